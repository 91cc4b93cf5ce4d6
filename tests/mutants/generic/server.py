"""A pytest that has collected its tests and runs some of them in a fork for each mutant: `tests.mutants.generic.server`.

Collecting costs seconds, a fork milliseconds. In the fork the code object of the mutated function is exchanged, so that whoever
imported the function before has the mutant, too. A mutant of what an import runs needs a server of its own, which starts on the
mutated file. Requests and answers are lines of JSON on two pipes.
"""

import contextlib
import gc
import importlib
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import IO, Any, NoReturn

import boto3
import pytest

from tests.mutants.generic.core import NOT_RUN

_MEMORY = 6 * 2**30
"""Bytes for each fork: a mutant that never stops collecting ends in MemoryError, not in a machine that swaps."""
_ENGINE_LASTS = 25
"""Every test makes a table, and no engine drops one: after so many mutants a new one is started."""


def exchange(path: str, source: bytes, root: tuple[str, int]) -> bool:
    """Give the function *root* (qualified name and first line) of the imported module at *path* its code in *source*.

    False if it is not found, or if it closes over other names than before.
    """
    made = next((code for code in _codes(compile(source, path, "exec")) if _key(code) == root), None)
    functions = [
        each
        for each in gc.get_objects()
        if isinstance(each, FunctionType) and each.__code__.co_filename == path and _key(each.__code__) == root
    ]
    if made is None or not functions or any(each.__code__.co_freevars != made.co_freevars for each in functions):
        return False
    for function in functions:
        function.__code__ = made
    return True


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _key(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


class Fork:
    """What the fork does: the tests it was asked to run, up to the first that fails."""

    def __init__(self, request: dict[str, Any], answers: int) -> None:
        self._answers = answers
        self._broken = ""
        self._run = 0
        self._wanted: list[str] = request["tests"]

    def tell(self, **answer: Any) -> None:
        """One line for the server."""
        os.write(self._answers, json.dumps(answer).encode() + b"\n")

    def end(self, verdict: str, told: str = "") -> NoReturn:
        """Tell the verdict; nothing of the session is to be put in order here."""
        self.tell(verdict=verdict, told=told, run=self._run)
        os._exit(0)

    def started(self, test: str) -> None:
        """Before each test."""
        self.tell(started=test)

    def reported(self, report: pytest.TestReport) -> None:
        """After each phase of a test: a failure ends it, a fixture that breaks proves nothing."""
        self._run += report.when == "call"
        if not report.failed:
            return
        message = getattr(getattr(report.longrepr, "reprcrash", None), "message", "") or str(report.longrepr)
        if report.when == "call" or (report.when == "teardown" and message.startswith("AssertionError")):
            self.end("killed", report.nodeid)
        self._broken = self._broken or f"{report.nodeid}: {' '.join(message.split())[:150]}"

    def finished(self) -> None:
        """After the last test."""
        self.end("broken" if self._broken else "survived", self._broken)


class Server:
    """The plugin of the process that forks."""

    def __init__(self, requests: IO[str], answers: IO[str], engine: str) -> None:
        self._requests, self._answers = requests, answers
        modules: Any = importlib.import_module("tests.support.engines")
        self._start = modules.emulator
        # Tests take the engine that runs already; a given one belongs to another server.
        self._engine: Any = modules.Engine("emulator", engine) if engine else None
        self._shared = bool(engine)
        modules.emulator = lambda: contextlib.nullcontext(self._engine)
        self._engines = contextlib.ExitStack()
        self._fork: Fork | None = None
        self._served = 0

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out the slower engine."""
        items[:] = [item for item in items if NOT_RUN not in item.nodeid]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Answer requests; in the fork, let pytest run what was asked for."""
        if session.testsfailed:
            return True  # something cannot be imported
        items = {item.nodeid: item for item in session.items}
        with self._engines:
            self._warm()
            self._renew_engine()
            self._say(ready=True, engine=self._engine.url)
            for line in self._requests:
                request = json.loads(line)
                if self._served % _ENGINE_LASTS == _ENGINE_LASTS - 1:
                    self._renew_engine()
                self._served += 1
                reading, writing = os.pipe()
                child = os.fork()
                if child == 0:
                    os.close(reading)
                    self._fork = fork = Fork(request, writing)
                    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
                    self._mutate(request, fork)
                    session.items = [items[test] for test in request["tests"] if test in items]
                    return None
                os.close(writing)
                self._say(engine=self._engine.url, **_outcome(child, reading, request))
        return True

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """See Fork."""
        if self._fork:
            self._fork.started(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """See Fork."""
        if self._fork:
            self._fork.reported(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """See Fork."""
        if self._fork:
            self._fork.finished()

    def _mutate(self, request: dict[str, Any], fork: Fork) -> None:
        if request["path"] and not exchange(request["path"], request["source"].encode(), tuple(request["root"])):
            fork.end("not exchanged")

    def _say(self, **answer: Any) -> None:
        print(json.dumps(answer), file=self._answers, flush=True)

    def _renew_engine(self) -> None:
        if not self._shared:
            self._engines.close()
            self._engine = self._engines.enter_context(self._start())

    def _warm(self) -> None:
        """What every fork would otherwise do anew: read the service models, make the keys."""
        for service in ("dynamodb", "kms"):
            boto3.client(service, region_name="us-east-1")
        keys = importlib.import_module("tests.support.keys")
        keys.alipay_key()
        keys.merchant_key()


def _outcome(child: int, reading: int, request: dict[str, Any]) -> dict[str, Any]:
    """What the fork comes to; it is ended if a test takes longer than it is allowed."""
    began, last, pending = time.monotonic(), "", b""
    until = began + request["patience"]
    try:
        while True:
            ready, _, _ = select.select([reading], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                os.kill(child, signal.SIGKILL)
                return {"verdict": "timed out", "told": last, "run": 0, "took": time.monotonic() - began}
            read = os.read(reading, 65536)
            if not read:
                return {
                    "verdict": "broken",
                    "told": f"the process ended in {last}",
                    "run": 0,
                    "took": time.monotonic() - began,
                }
            *lines, pending = (pending + read).split(b"\n")
            for answer in map(json.loads, lines):
                if "verdict" in answer:
                    return {**answer, "took": time.monotonic() - began}
                last = answer["started"]
                until = time.monotonic() + max(request["patience"], 20 * request["usual"].get(last, 0.0))
    finally:
        os.close(reading)
        os.waitpid(child, 0)


def _serve() -> int:
    sys.path[:0] = [str(Path.cwd())]
    requests, answers, engine = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    with os.fdopen(requests) as asked, os.fdopen(answers, "w") as answering:
        options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
        return int(pytest.main([*options, *sys.argv[4:]], plugins=[Server(asked, answering, engine)]))


if __name__ == "__main__":
    raise SystemExit(_serve())
