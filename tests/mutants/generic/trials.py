"""Each drawn mutant in its turn: the tests that execute its line, those that cost least first, up to the first that fails."""

import json
import os
import queue
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from tests.mutants.generic.execution import Executed, Executions
from tests.mutants.generic.mutation import Mutation
from tests.mutants.runner import written

BUDGET = 120.0
"""Seconds of tests for each mutant, as they were measured. Few lines are executed by more; a mutant of one of these that survives
has survived the cheapest tests of every file that executes it."""
PATIENCE = 30.0
"""Seconds for a single test (or twenty times what it usually takes, if that is more): after that the mutant hangs."""
_REMOVED = ("branch deleted", "statement deleted")


class Verdict(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    """A test failed in its own body (or found a secret in the end), and passes on the untouched code when asked again."""
    TIMED_OUT = "timed out"
    """A test did not end in many times its usual time. It counts as killed, and is told apart."""
    SURVIVED = "survived"
    EQUIVALENT = "judged equivalent"
    BROKEN = "broken"
    """No test could be run on it: the import, or the fixtures of all of them, fail. It proves nothing about the tests."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A mutant, its verdict, who gave it, how many tests were run of how many that execute the line, and the seconds."""

    mutation: Mutation
    verdict: Verdict
    told: str = ""
    run: int = 0
    of: int = 0
    seconds: float = 0.0


class Server:
    """A process that runs tests for mutants: see tests.mutants.generic.server. A context manager."""

    def __init__(self, root: Path, files: Sequence[str], engine: str = "") -> None:
        asked, self._write = os.pipe()
        self._read, answering = os.pipe()
        command = [sys.executable, "-m", "tests.mutants.generic.server", str(asked), str(answering), engine, *files]
        here = str(Path(__file__).parents[3])
        environment = {**os.environ, "PYTEST_ADDOPTS": "", "MUTANT_TRIAL": "1", "PYTHONPATH": here}
        self._process = subprocess.Popen(
            command,
            cwd=root,
            env=environment,
            pass_fds=(asked, answering),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        os.close(asked)
        os.close(answering)
        self._requests: IO[str] = os.fdopen(self._write, "w")
        self._answers: IO[str] = os.fdopen(self._read)
        self._printed = ""
        ready = self._answers.readline()
        self.engine: str = json.loads(ready)["engine"] if ready else ""
        """Where its engine listens; "" if the tests cannot be collected."""

    def __enter__(self) -> "Server":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.printed()
        self._answers.close()

    def printed(self) -> str:
        """End it; the last lines that it printed."""
        if not self._requests.closed:
            self._requests.close()
            self._printed = self._process.communicate()[0].decode(errors="replace")[-2000:]
        return self._printed

    def ask(
        self, tests: Sequence[Executed], path: str = "", source: str = "", root: tuple[str, int] | None = None
    ) -> dict[str, Any]:
        """Run *tests*, with the function *root* of the module at *path* exchanged by the one in *source*."""
        request = {
            "tests": [each.test for each in tests],
            "usual": {each.test: each.seconds for each in tests if each.seconds > 1},
            "patience": PATIENCE,
            "path": path,
            "source": source,
            "root": root,
        }
        print(json.dumps(request), file=self._requests, flush=True)
        answer: dict[str, Any] = json.loads(self._answers.readline())
        self.engine = answer["engine"]
        return answer


def tests_of(mutation: Mutation, executed: Executions) -> list[Executed]:
    """The tests that execute the line of *mutation*, in the order in which they are tried.

    What runs at import is executed by no test: then it is those that execute a function of the file, and all if it has none.
    """
    able = [each for each in executed.tests if each.passed]
    if mutation.root is None:
        return in_order([each for each in able if mutation.file in each.lines] or able)
    head = range(mutation.head[0], mutation.head[1] + 1)
    removed = range(mutation.line, mutation.head[1] + 1)
    for lines in (removed, head) if mutation.operator in _REMOVED else (head,):
        found = [each for each in able if not each.lines.get(mutation.file, frozenset()).isdisjoint(lines)]
        if found:
            return in_order(found)
    return []


def in_order(tests: Sequence[Executed]) -> list[Executed]:
    """The cheapest first, and each test file gets as much time as any other: the one that minds is somewhere among them."""
    spent: dict[str, float] = {}
    placed: list[tuple[float, str, Executed]] = []
    for each in sorted(tests, key=lambda each: (each.seconds, each.test)):
        file = each.test.partition("::")[0]
        spent[file] = spent.get(file, 0.0) + each.seconds
        placed.append((spent[file], each.test, each))
    return [each for _, _, each in sorted(placed, key=lambda place: place[:2])]


def within_budget(tests: Sequence[Executed]) -> list[Executed]:
    """The first of *tests* that take no longer than BUDGET together, and at least one."""
    spent = list(accumulate(each.seconds for each in tests))
    return [each for each, until in zip(tests, spent, strict=True) if until <= BUDGET] or list(tests[:1])


class Trials:
    """Runs mutants on copies of the tree, one for each worker."""

    def __init__(self, executed: Executions, free: "queue.Queue[Path]", workers: int) -> None:
        self._executed, self._free, self._workers = executed, free, workers
        self._files = sorted({each.test.partition("::")[0] for each in executed.tests})
        self._sound: set[str] = set()
        self.unreliable: set[str] = set()
        """Tests that failed on the untouched code when asked again: they kill nobody."""

    def run(self, mutations: Sequence[Mutation]) -> Iterator[Trial]:
        """What becomes of each of *mutations*, as it becomes known.

        Raises:
            RuntimeError: the tests of the untouched code cannot be collected.
        """
        work: queue.SimpleQueue[Mutation] = queue.SimpleQueue()
        done: queue.SimpleQueue[Trial | None] = queue.SimpleQueue()
        for mutation in mutations:
            work.put(mutation)
        with ThreadPoolExecutor(self._workers) as pool:
            working = [pool.submit(self._work, work, done) for _ in range(self._workers)]
            for _ in working:
                yield from iter(done.get, None)
            for each in working:
                each.result()

    def _work(self, work: "queue.SimpleQueue[Mutation]", done: "queue.SimpleQueue[Trial | None]") -> None:
        copy = self._free.get()
        try:
            with Server(copy, self._files) as server:
                if not server.engine:
                    raise RuntimeError(f"the tests cannot be collected: {server.printed()}")
                while True:
                    try:
                        mutation = work.get_nowait()
                    except queue.Empty:
                        return
                    done.put(self._try(mutation, copy, server))
        finally:
            self._free.put(copy)
            done.put(None)

    def _try(self, mutation: Mutation, copy: Path, server: Server) -> Trial:
        tests = tests_of(mutation, self._executed)
        seconds = 0.0
        while True:
            chosen = [each for each in within_budget(tests) if each.test not in self.unreliable]
            if not chosen:
                return Trial(mutation, Verdict.SURVIVED, "no test executes it", 0, 0, seconds)
            answer = self._ask(mutation, chosen, copy, server)
            seconds += answer["took"]
            if answer["verdict"] == Verdict.KILLED and not self._is_sound(answer["told"], server):
                continue
            return Trial(mutation, Verdict(answer["verdict"]), answer["told"], answer["run"], len(tests), seconds)

    def _ask(self, mutation: Mutation, tests: list[Executed], copy: Path, server: Server) -> dict[str, Any]:
        path = copy / mutation.file
        mutated = mutation.applied(path.read_bytes())
        at_import = not self._executed.imported.get(mutation.file, frozenset()).isdisjoint(
            range(mutation.head[0], mutation.head[1] + 1)
        )
        if mutation.root is not None and not at_import:
            answer = server.ask(tests, str(path), mutated.decode(), mutation.root)
            if answer["verdict"] != "not exchanged":
                return answer
        files = sorted({each.test.partition("::")[0] for each in tests})
        with written(path, mutated), Server(copy, files, server.engine) as fresh:
            if not fresh.engine:
                return {"verdict": Verdict.BROKEN, "told": fresh.printed()[-150:], "run": 0, "took": 0.0}
            return fresh.ask(tests)

    def _is_sound(self, test: str, server: Server) -> bool:
        """Whether *test* passes on the untouched code, in a fork as well."""
        if test not in self._sound:
            usual = [each for each in self._executed.tests if each.test == test]
            if server.ask(usual)["verdict"] != Verdict.SURVIVED:
                self.unreliable.add(test)
                return False
            self._sound.add(test)
        return True
