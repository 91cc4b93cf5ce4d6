"""The search: every step from every state, every choice of every step, each state once. It knows nothing of payments.

Level by level, so that the first story of a kind is the shortest one. Within a step the choices are tried depth first, by running
the step again from the same snapshot.
"""

import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from tests.explorer.oracle import Excluded, Oracle, Violation

S = TypeVar("S")


class Model(Protocol[S]):
    """What can be explored."""

    name: str

    def start(self) -> S:
        """The first state."""

    def step(self, state: S, oracle: Oracle) -> S | None:
        """The state after one step, whatever it is, from *state*, which stays as it is; None if no step is left.

        Raises:
            Violation: a promise is broken by it.
            Excluded: it is not judged.
        """

    def key(self, state: S) -> Hashable:
        """The same for states that cannot be told apart by anything that follows."""

    def finish(self, state: S, oracle: Oracle) -> None:
        """Judge *state* once everything that is under way has come to its end.

        Raises:
            Violation: a promise is broken in the end.
        """


@dataclass(frozen=True, slots=True)
class Found:
    """A violation, and the choices of each step that lead to it; in the last one, of *finish* if *at_the_end*."""

    rule: str
    message: str
    scripts: tuple[tuple[int, ...], ...]
    at_the_end: bool = False


@dataclass(slots=True)
class Report:
    """What a search has seen."""

    model: str
    found: list[Found] = field(default_factory=list)
    states: int = 1
    runs: int = 0
    violations: int = 0
    excluded: int = 0
    depth: int = 0
    complete: bool = False
    """Whether no state is left from which a step was not tried."""
    seconds: float = 0.0

    def line(self) -> str:
        """One line of figures."""
        rate = self.runs / self.seconds if self.seconds else 0
        whole = "all" if self.complete else f"to {self.depth} steps"
        return (
            f"{self.model}: {self.states} states ({whole}), {self.runs} runs, {self.excluded} excluded, "
            f"{self.violations} violations of {len(self.found)} kinds, {self.seconds:.1f} s, {rate:.0f} runs/s"
        )


class Search(Generic[S]):
    """One search over one model."""

    def __init__(self, model: Model[S], progress: Callable[[Report, int], None] | None = None) -> None:
        self._model = model
        self._progress = progress
        self._seen: set[int] = set()
        self._parents: list[tuple[int, tuple[int, ...]]] = []
        self._rules: set[str] = set()
        self.report = Report(model.name)

    def run(self, depth: int, *, most_states: int = 10_000_000, stop_at_first: bool = False) -> Report:
        """Explore to *depth* steps, or until *most_states* were met.

        A story beyond a violation is not followed. Each rule is reported once, with its shortest story; another one may be as
        short, because of equal states one is kept.
        """
        began = time.process_time()
        report, first = self.report, self._model.start()
        self._seen.add(hash(self._model.key(first)))
        self._parents.append((-1, ()))
        level: list[tuple[S, int]] = [(first, 0)]
        for number in range(1, depth + 1):
            after: list[tuple[S, int]] = []
            while level:
                # Popped from the end, so that what was tried is forgotten.
                state, node = level.pop()
                for successor, script in self._steps(state, node):
                    self._parents.append((node, script))
                    after.append((successor, len(self._parents) - 1))
                    report.states += 1
                report.seconds = time.process_time() - began
                if (stop_at_first and report.found) or report.states >= most_states:
                    return report
            report.depth, report.complete = number, not after
            level = after[::-1]
            if self._progress is not None:
                self._progress(report, len(level))
            if not level:
                break
        return report

    def _steps(self, state: S, node: int) -> Iterator[tuple[S, tuple[int, ...]]]:
        """The new states after one step from *state*, with the choices that lead there."""
        script: list[int] | None = []
        while script is not None:
            oracle = Oracle(script)
            self.report.runs += 1
            successor: S | None = None
            try:
                successor = self._model.step(state, oracle)
            except Violation as violation:
                oracle.noted.append(violation)
            except Excluded:
                self.report.excluded += 1
                oracle.noted.clear()
            taken = tuple(oracle.taken)
            self._found(oracle.noted, node, taken)
            key = None if successor is None else hash(self._model.key(successor))
            if successor is not None and key is not None and key not in self._seen:
                self._seen.add(key)
                if self._ends_well(successor, node, taken):
                    yield successor, taken
            script = oracle.next_script()

    def _ends_well(self, state: S, node: int, taken: tuple[int, ...]) -> bool:
        """Whether no ending of *state* breaks a promise. One that does is not followed: it would tell the same again."""
        script: list[int] | None = []
        well = True
        while script is not None:
            oracle = Oracle(script)
            try:
                self._model.finish(state, oracle)
            except Violation as violation:
                oracle.noted.append(violation)
                well = False
            self._found(oracle.noted, node, taken, tuple(oracle.taken))
            script = oracle.next_script()
        return well

    def _found(self, violations: Sequence[Violation], node: int, *scripts: tuple[int, ...]) -> None:
        for violation in violations:
            self.report.violations += 1
            if violation.rule not in self._rules:
                self._rules.add(violation.rule)
                path = (*self._path(node), *scripts)
                self.report.found.append(Found(violation.rule, str(violation), path, at_the_end=len(scripts) > 1))

    def _path(self, node: int) -> Sequence[tuple[int, ...]]:
        path: list[tuple[int, ...]] = []
        while node > 0:
            node, script = self._parents[node]
            path.append(script)
        return path[::-1]
