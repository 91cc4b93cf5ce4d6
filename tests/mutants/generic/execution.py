"""Which test executes which lines of the package, and how long each test takes.

A plugin of pytest watches the lines by sys.monitoring, which costs little because each line reports once for each test. What it
finds is kept in .local/mutants, for each test file under a key of the content of the code, the helpers and that file: only
what a change may have touched is watched anew.
"""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from tests.mutants.generic.core import NOT_RUN, PACKAGE, SUITES, test_files

CACHE = Path(".local") / "mutants"
_CODE = (
    "layers",
    "functions",
    "sandbox",
    "template.yaml",
    "pyproject.toml",
    "tests/mutants/generic/execution.py",
    "requirements/dev.txt",
)
_TARGETS = "MUTANTS_MAPS"
_TOOL = 3


@dataclass(frozen=True, slots=True)
class Executed:
    """One test: its node id, its seconds, whether it passed, and the lines it executes by file (a path below the tree).

    Seconds are those of the processor, which are the same on a busy machine.
    """

    test: str
    seconds: float
    passed: bool
    lines: Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Executions:
    """All tests, and the lines of functions that run already while tests are imported."""

    tests: tuple[Executed, ...] = ()
    imported: Mapping[str, frozenset[int]] = field(default_factory=dict)

    @property
    def failing(self) -> list[str]:
        """Tests that fail on the untouched code: they cannot judge a mutant."""
        return [each.test for each in self.tests if not each.passed]


def executions(tree: Path, workers: int, say: Callable[[str], None]) -> Executions:
    """What every test of the suites in this process executes; from the cache where nothing has changed.

    Raises:
        RuntimeError: this Python cannot tell (it is older than 3.12), or pytest did not run.
    """
    if not hasattr(sys, "monitoring"):
        raise RuntimeError("generic mutants need Python 3.12 or newer")
    code = _digest(tree, [*_files(tree, _CODE), *_helpers(tree)])
    targets = {
        file: tree / CACHE / f"{hashlib.sha256((code + file + _digest(tree, [tree / file])).encode()).hexdigest()}.json"
        for file in test_files(tree)
    }
    missing = {file: target for file, target in targets.items() if not target.exists()}
    if missing:
        say(f"watching which lines {len(missing)} of {len(targets)} test files execute")
        (tree / CACHE).mkdir(parents=True, exist_ok=True)
        by_size = sorted(missing, key=lambda file: (tree / file).stat().st_size, reverse=True)
        parts = [part for number in range(workers) if (part := by_size[number::workers])]
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda part: _watch(tree, {file: missing[file] for file in part}), parts))
    for old in set((tree / CACHE).glob("*.json")) - set(targets.values()):
        old.unlink()
    return _read(targets.values())


def _watch(tree: Path, targets: Mapping[str, Path]) -> None:
    """Run the test files of *targets* and write what each executes."""
    environment = {
        **os.environ,
        "PYTEST_ADDOPTS": "",
        "MUTANT_TRIAL": "1",
        "PYTHONPATH": str(Path(__file__).parents[3]),
        _TARGETS: json.dumps({file: str(path) for file, path in targets.items()}),
    }
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "tests.mutants.generic.execution"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *targets],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1) or not all(path.exists() for path in targets.values()):
        raise RuntimeError(f"pytest ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}")


def _read(paths: Iterable[Path]) -> Executions:
    tests: list[Executed] = []
    imported: dict[str, frozenset[int]] = {}
    for path in paths:
        stored = json.loads(path.read_text())
        for file, lines in stored["imported"].items():
            imported[file] = imported.get(file, frozenset()) | frozenset(lines)
        for test, told in stored["tests"].items():
            lines_of = {file: frozenset(lines) for file, lines in told["lines"].items()}
            tests.append(Executed(test, told["seconds"], told["passed"], lines_of))
    return Executions(tuple(sorted(tests, key=lambda each: each.test)), imported)


def _files(tree: Path, parts: Iterable[str]) -> Iterator[Path]:
    for part in parts:
        found = [tree / part] if (tree / part).is_file() else (tree / part).rglob("*")
        yield from (path for path in found if path.is_file() and "__pycache__" not in path.parts)


def _helpers(tree: Path) -> Iterator[Path]:
    """What tests are made of beside themselves."""
    around = [*(path for path in (tree / "tests").glob("*.py")), *_files(tree, ("tests/support", "tests/vectors"))]
    suites = {Path(suite) for suite in SUITES}
    inside = (path for suite in suites for path in (tree / suite).rglob("*.py"))
    yield from (path for path in [*around, *inside] if not path.name.startswith("test_"))


def _digest(tree: Path, paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(set(paths)):
        digest.update(path.relative_to(tree).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


class Watch:
    """The plugin: it collects the lines of the package that run since the last `restart`."""

    def __init__(self, root: Path, targets: Mapping[str, str]) -> None:
        self._prefix = f"{root}/"
        self._package = f"{root}/{PACKAGE}/"
        self._targets = targets
        self._seen: set[tuple[str, int]] = set()
        self._imported: dict[str, list[int]] = {}
        self._tests: dict[str, dict[str, Any]] = {}
        self._reports: list[pytest.TestReport] = []

    def start(self) -> None:
        """Begin to watch."""
        monitoring = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        monitoring.use_tool_id(_TOOL, "mutants")
        disable = monitoring.DISABLE

        def line(code: CodeType, number: int) -> Any:
            # What a module or a class body executes is bound to its import, not to a test.
            if code.co_flags & 0x2 and code.co_filename.startswith(self._package):
                self._seen.add((code.co_filename, number))
            return disable

        monitoring.register_callback(_TOOL, monitoring.events.LINE, line)
        monitoring.set_events(_TOOL, monitoring.events.LINE)

    def taken(self) -> dict[str, list[int]]:
        """What was executed since this was last asked."""
        lines: dict[str, list[int]] = {}
        for file, number in sorted(self._seen):
            lines.setdefault(file.removeprefix(self._prefix), []).append(number)
        self._seen.clear()
        sys.monitoring.restart_events()  # type: ignore[attr-defined,unused-ignore]
        return lines

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out the slower engine; what was executed until now was executed by imports."""
        items[:] = [item for item in items if NOT_RUN not in item.nodeid]
        self._imported = self.taken()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """One test."""
        self._reports.clear()
        self.taken()
        began = time.process_time()
        yield
        self._tests[item.nodeid] = {
            "seconds": round(time.process_time() - began, 4),
            "passed": all(not report.failed for report in self._reports),
            "lines": self.taken(),
        }

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of a test."""
        self._reports.append(report)

    def pytest_sessionfinish(self) -> None:
        """Write one file for each test file."""
        for file, target in self._targets.items():
            tests = {test: told for test, told in self._tests.items() if test.partition("::")[0] == file}
            Path(target).write_text(json.dumps({"imported": self._imported, "tests": tests}))


def pytest_configure(config: pytest.Config) -> None:
    """Called by pytest where this module is given as a plugin."""
    if _TARGETS in os.environ:
        watch = Watch(config.rootpath, json.loads(os.environ.pop(_TARGETS)))
        watch.start()
        config.pluginmanager.register(watch, "mutants-watch")
