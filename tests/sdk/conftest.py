import json
from collections.abc import Iterator
from typing import Any

import pytest
from official_sdk import ROOT, Sdk, running_sdk


@pytest.fixture(scope="session")
def sdk() -> Iterator[Sdk]:
    with running_sdk() as sdk:
        yield sdk


@pytest.fixture(scope="session")
def keys() -> Any:
    """The throw-away keys of both sides, as text."""
    return json.loads((ROOT / "tests" / "vectors" / "throwaway_keys.json").read_text(encoding="utf-8"))
