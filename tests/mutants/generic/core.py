"""What is mutated, and which suites have to notice: the two lists to change when modules or suites move."""

from collections.abc import Iterable
from pathlib import Path

PACKAGE = "layers/autodebit/autodebit"
MONEY_CORE = (
    "domain/tracked_request.py",
    "domain/payment.py",
    "domain/cancellation.py",
    "domain/refund.py",
    "domain/declaration.py",
    "domain/registration.py",
    "domain/authorization.py",
    "domain/grant_lifecycle.py",
    "domain/polling_plan.py",
    "gateway/client.py",
    "domain/*_states.py",
    "domain/transitions.py",
    "flows/**/*.py",
    "repository/*.py",
)
"""Globs below PACKAGE."""
LEFT_OUT = (
    "flows/outbox.py",
    "flows/users/authentication.py",
    "flows/worker.py",
    "repository/cipher.py",
    "repository/authentications.py",
    "domain/authentication_states.py",
)
"""Globs below PACKAGE. Delivery of events, encryption, one-time passwords: neither money nor an id that is sent twice."""
SUITES = (
    "tests/unit/config",
    "tests/unit/contract",
    "tests/unit/gateway",
    "tests/unit/domain",
    "tests/flows",
    "tests/handlers",
    "tests/order",
    "tests/promises",
    "tests/repository",
)
"""Suites that run the code in their own process. What only a subprocess executes is not seen here."""
NOT_RUN = "dynamodb-local"
"""Part of the node ids of rows that repeat a test on the slower engine."""


def mutated_files(tree: Path) -> list[Path]:
    """The files to mutate, in order.

    Raises:
        ValueError: a glob matches nothing, because a module has moved.
    """
    package = tree / PACKAGE
    return sorted(_matching(package, MONEY_CORE) - _matching(package, LEFT_OUT))


def test_files(tree: Path) -> list[str]:
    """The test files of SUITES, relative to *tree*."""
    found = (path for suite in SUITES for path in (tree / suite).glob("**/test_*.py"))
    return sorted(path.relative_to(tree).as_posix() for path in found)


def _matching(package: Path, globs: Iterable[str]) -> set[Path]:
    found: set[Path] = set()
    for glob in globs:
        files = set(package.glob(glob))
        if not files:
            raise ValueError(f"no file matches {PACKAGE}/{glob}: has it moved? Change tests/mutants/generic/core.py")
        found |= files
    return found
