"""Fixtures of all suites."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.engines import Engine, dynamodb_local, emulator
from tests.support.memory_engine import memory
from tests.support.world import World

os.environ.update(AWS_DEFAULT_REGION="us-east-1", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
os.environ.update(POWERTOOLS_METRICS_NAMESPACE="AutoDebitTests", POWERTOOLS_SERVICE_NAME="auto-debit")

_LONGEST = (
    "tests/stack/test_deployed_stack.py",
    "tests/explorer/test_explore_payments.py",
    "tests/order/test_any_order.py",
    "tests/chaos/test_chaos_run.py",
    "tests/flows/test_import_of_many_refunds.py",
    "tests/crash/test_crashes.py",
    "tests/explorer/test_explore_refunds.py",
)
"""Files that take a minute or so: they start first, so that no worker is alone with one of them in the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest; the others stay in their order."""
    rank = {name: number for number, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: rank.get(item.nodeid.partition("::")[0], len(_LONGEST)))


@pytest.fixture(scope="session")
def emulator_engine() -> Iterator[Engine]:
    """The emulator's DynamoDB and KMS, one process for the session."""
    with emulator() as engine:
        yield engine


@pytest.fixture(scope="session")
def dynamodb_local_engine() -> Iterator[Engine]:
    """DynamoDB Local, one process for the session."""
    with dynamodb_local() as engine:
        yield engine


@pytest.fixture(scope="session")
def memory_engine() -> Iterator[Engine]:
    """The in-memory table of the explorer, served on loopback: kept honest by the repository's contract suite."""
    with memory() as engine:
        yield engine


@pytest.fixture(scope="session")
def kms(emulator_engine: Engine) -> Any:
    """KMS of the emulator."""
    return emulator_engine.client("kms")


@pytest.fixture(scope="session")
def token_key(kms: Any) -> str:
    """A KMS key for tokens."""
    return str(kms.create_key(Description="tokens")["KeyMetadata"]["KeyId"])


@pytest.fixture
def world(emulator_engine: Engine, kms: Any, token_key: str) -> World:
    """A world on the emulator's DynamoDB."""
    return World(emulator_engine, kms, token_key)
