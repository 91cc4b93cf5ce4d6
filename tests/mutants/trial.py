"""One suite on one copy of the tree: it passes, it fails, or the code is too broken to tell.

Only a test that fails counts as having caught a mutant. A suite that cannot be imported, a fixture that breaks or a name that
does not exist would make any suite look watchful.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from xml.etree import ElementTree as Xml

PATIENCE = 600
"""Seconds for each suite, after which a run counts as hanging. The slowest that are listed, the attackers, take a good minute."""
_FAREWELL = 30
_BROKEN_CODE = (
    "NameError",
    "UnboundLocalError",
    "AttributeError",
    "TypeError",
    "ImportError",
    "ModuleNotFoundError",
    "SyntaxError",
    "IndentationError",
)


class Verdict(StrEnum):
    """What a suite says of a tree."""

    PASSED = "passed"
    FAILED = "failed"
    BROKEN = "broken"
    """Errors at import, at collection or in a fixture, failures that code with a slip of the pen would cause, or no end."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict of a suite, the test that gave it (or what is broken), and how long that took."""

    verdict: Verdict
    told: str
    seconds: float


def try_suite(root: Path, *suite: str) -> Outcome:
    """Run the tests *suite* (pytest node ids) of the tree at *root*, up to the first that fails."""
    report = root / "report.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *suite]
    began = time.monotonic()
    with _running(command, root) as process:
        try:
            printed, _ = process.communicate(timeout=PATIENCE * len(suite))
        except subprocess.TimeoutExpired:
            return Outcome(Verdict.BROKEN, f"no end after {PATIENCE * len(suite)} s", time.monotonic() - began)
    seconds = time.monotonic() - began
    if process.returncode == 0:
        return Outcome(Verdict.PASSED, "", seconds)
    if process.returncode != 1 or not report.exists():
        lines = printed.decode(errors="replace").strip().splitlines()
        return Outcome(Verdict.BROKEN, lines[-1] if lines else f"exit code {process.returncode}", seconds)
    verdict, told = read_report(report.read_text())
    return Outcome(verdict, told, seconds)


def read_report(junit: str) -> tuple[Verdict, str]:
    """What a report of pytest, in the form of JUnit, says: the first test that failed by itself, or what is broken."""
    broken = "a failure without a test"
    for case in Xml.fromstring(junit).iter("testcase"):
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        failure, error = case.find("failure"), case.find("error")
        if error is not None:
            broken = f"{name}: {error.get('message', '')}"
        elif failure is not None:
            message = failure.get("message", "")
            if not message.startswith(_BROKEN_CODE):
                return Verdict.FAILED, name
            broken = f"{name}: {message}"
    return Verdict.BROKEN, " ".join(broken.split())[:200]


@contextlib.contextmanager
def _running(command: list[str], root: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is asked to end before it is made to: pytest then stops the engines that it has started."""
    # MUTANT_TRIAL: that a test fails is all that is asked here, so that none has to look for its smallest failing example.
    environment = {**os.environ, "PYTEST_ADDOPTS": "", "MUTANT_TRIAL": "1"}
    process = subprocess.Popen(
        command, cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=_FAREWELL)
        process.kill()
        process.wait()
