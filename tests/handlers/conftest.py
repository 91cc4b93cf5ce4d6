"""The handlers as Lambda runs them: loaded from their folders, with the real engine behind them and a fake Alipay at the port.

The seam is the name `runtime` (and `publisher`) that the edge modules call: it is replaced by a runtime over the test's world,
made of the same parts as the deployed one. test_handlers_start.py runs the deployed one itself.
"""

import functools
import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.flows.conftest import logged as logged  # the fixture: no secret in any log
from tests.support.events import ROOT
from tests.support.template import table_definition
from tests.support.world import World

API_SECONDS, SPI_SECONDS, POLL_SECONDS = 25, 15, 58


@dataclass(frozen=True)
class FakeContext:
    """What a handler needs of Lambda's context."""

    function_name: str
    seconds: float

    def get_remaining_time_in_millis(self) -> int:
        return round(self.seconds * 1000)


@dataclass(frozen=True)
class Response:
    """What API Gateway gets."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def body(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.text)
        return data

    @property
    def result(self) -> tuple[int, str, str]:
        """HTTP status, resultStatus and resultCode."""
        result = self.body["result"]
        return self.status, result["resultStatus"], result["resultCode"]

    @property
    def message(self) -> str:
        return str(self.body["result"]["resultMessage"])


Invoke = Callable[..., Any]
Http = Callable[..., Response]


@functools.cache
def handler_of(name: str) -> Callable[[Mapping[str, Any], FakeContext], Any]:
    """The handler of functions/<name>/app.py."""
    spec = importlib.util.spec_from_file_location(f"functions_{name}", ROOT / "functions" / name / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Callable[[Mapping[str, Any], FakeContext], Any] = module.handler
    return handler


@pytest.fixture(scope="session", autouse=True)
def _template_read_once() -> Iterator[None]:
    """Every test here makes a table; reading the template's YAML takes ten times as long as making it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.support.engines.table_definition", functools.cache(table_definition))
        yield


@pytest.fixture
def invoke(world: World, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Runs the handler of a function on an event: its return value, as JSON would carry it."""
    for entrypoint in ("merchant_requests", "notifications", "schedules"):
        monkeypatch.setattr(f"autodebit.entrypoints.{entrypoint}.runtime", lambda: world.runtime(0))

    def run(name: str, event: Mapping[str, Any], seconds: float = API_SECONDS) -> Any:
        before = json.dumps(event)
        returned = handler_of(name)(event, FakeContext(name, seconds))
        assert json.dumps(event) == before
        return json.loads(json.dumps(returned, ensure_ascii=False).encode().decode())

    return run


@pytest.fixture
def http(invoke: Invoke) -> Http:
    """Runs a handler behind API Gateway."""

    def run(name: str, event: Mapping[str, Any], seconds: float | None = None) -> Response:
        given = seconds or (SPI_SECONDS if name.startswith("notify") else API_SECONDS)
        returned = invoke(name, event, given)
        assert set(returned) == {"statusCode", "headers", "body", "isBase64Encoded"}
        assert returned["isBase64Encoded"] is False
        return Response(returned["statusCode"], returned["body"], returned["headers"])

    return run
