"""Every mutant in its turn: applied to a copy of the tree, held against its suites, taken back."""

import os
import queue
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.mutants.mutant import Mutant
from tests.mutants.trial import Outcome, Verdict, try_suite

_NOT_COPIED = (".git", ".tools", ".aws-sam", ".local", ".hypothesis", ".*_cache", "__pycache__", "node_modules")
_T = TypeVar("_T")
_TOGETHER = 24
"""How many suites of the untouched tree one run of pytest takes: it starts the engines once."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of a mutant: the outcome of each suite that was tried."""

    mutant: Mutant
    outcomes: tuple[tuple[str, Outcome], ...]

    @property
    def caught(self) -> bool:
        """Whether every suite that was tried up to the last one says so; the last one decides."""
        return bool(self.outcomes) and self.outcomes[-1][1].verdict is Verdict.FAILED

    @property
    def seconds(self) -> float:
        """How long it took."""
        return sum(outcome.seconds for _, outcome in self.outcomes)

    @property
    def told(self) -> str:
        """Who caught it, or what it came to."""
        if not self.outcomes:
            return "no suite is listed"
        suite, outcome = self.outcomes[-1]
        if outcome.verdict is Verdict.FAILED:
            return outcome.told
        return f"SURVIVED {suite}" if outcome.verdict is Verdict.PASSED else f"BROKEN, {outcome.told}"


@contextmanager
def copies(tree: Path, workers: int) -> Iterator["queue.Queue[Path]"]:
    """So many copies of the code in *tree*, to be taken and put back. Its environments are shared, and never written to."""
    free: queue.Queue[Path] = queue.Queue()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        for number in range(workers):
            copy = Path(folder) / str(number)
            shutil.copytree(tree, copy, ignore=shutil.ignore_patterns(*_NOT_COPIED), symlinks=True)
            if (tree / ".tools").exists():
                (copy / ".tools").symlink_to((tree / ".tools").resolve())
            free.put(copy)
        yield free


def failing_untouched(
    mutants: Sequence[Mutant], free: "queue.Queue[Path]", workers: int, progress: Callable[[str], None]
) -> list[str]:
    """What the suites of *mutants* say of the untouched code, where that is not "passed": then they prove nothing."""
    suites = sorted({suite for mutant in mutants for suite in mutant.suites})
    groups = [suites[start : start + _TOGETHER] for start in range(0, len(suites), _TOGETHER)]

    def held(group: list[str]) -> str:
        outcome = _on_a_copy(free, lambda copy: try_suite(copy, *group))
        progress(f"untouched code, {len(group)} suites: {outcome.verdict}, {outcome.seconds:.0f} s")
        return "" if outcome.verdict is Verdict.PASSED else f"{outcome.verdict}: {outcome.told}"

    with ThreadPoolExecutor(workers) as pool:
        return [told for told in pool.map(held, groups) if told]


def findings(
    mutants: Iterable[Mutant], free: "queue.Queue[Path]", workers: int, *, every_suite: bool = False
) -> Iterator[Finding]:
    """What becomes of each of *mutants*, in their order; with *every_suite* all of its suites have to catch it."""
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(
            lambda mutant: _on_a_copy(free, lambda copy: trial_of(mutant, copy, every_suite=every_suite)), mutants
        )


def trial_of(mutant: Mutant, copy: Path, *, every_suite: bool = False) -> Finding:
    """Apply *mutant* to *copy*, try its suites until one catches it (*every_suite*: until one does not), take it back."""
    source = mutant.source(copy)
    outcomes: list[tuple[str, Outcome]] = []
    with written(source, mutant.applied(source.read_text()).encode()):
        for suite in mutant.suites:
            outcomes.append((suite, try_suite(copy, suite)))
            caught = outcomes[-1][1].verdict is Verdict.FAILED
            if caught is not every_suite:
                break
    return Finding(mutant, tuple(outcomes))


@contextmanager
def written(source: Path, mutated: bytes) -> Iterator[None]:
    """The file *source* with the content *mutated*, as long as the context lasts."""
    untouched = source.read_bytes()
    _write(source, mutated)
    try:
        yield
    finally:
        _write(source, untouched)


def _write(source: Path, content: bytes) -> None:
    """Bytecode is told from its source by size and whole seconds: each text gets a second of its own."""
    later = int(source.stat().st_mtime) + 1
    source.write_bytes(content)
    os.utime(source, (later, later))


def _on_a_copy(free: "queue.Queue[Path]", work: Callable[[Path], _T]) -> _T:
    copy = free.get()
    try:
        return work(copy)
    finally:
        free.put(copy)
