"""Every test of this folder runs on each engine."""

from typing import Any

import pytest

from tests.support.world import World


@pytest.fixture(
    params=["emulator_engine", "dynamodb_local_engine", "memory_engine"], ids=["emulator", "dynamodb-local", "memory"]
)
def store(request: pytest.FixtureRequest, kms: Any, token_key: str) -> World:
    """A world with a table of its own; KMS is the emulator's always, because the others have none."""
    return World(request.getfixturevalue(request.param), kms, token_key)
