"""Whatever a flow test does, no token and no code may reach a log."""

import functools
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from autodebit import telemetry
from autodebit.errors import RequestRejected
from autodebit.gateway.client import Operation
from tests.flows.registering import accepted, register
from tests.flows.renewal_steps import agreed
from tests.flows.steps import SECRETS, token_answer
from tests.support.engines import Engine
from tests.support.template import table_definition
from tests.support.world import World

Logged = Callable[[], str]


class QuickEngine(Engine):
    """The same engine, whose clients and table definition are made once: hundreds of worlds share them."""

    @functools.cache  # noqa: B019  one instance for the session
    def client(self, service: str) -> Any:  # type: ignore[override]
        return super().client(service)

    def new_table(self, name: str) -> str:
        self.client("dynamodb").create_table(TableName=name, **_definition())
        return name


_definition = functools.cache(table_definition)


@pytest.fixture(scope="session")
def quick_engine(emulator_engine: Engine) -> QuickEngine:
    return QuickEngine(emulator_engine.name, emulator_engine.url)


@pytest.fixture
def world(quick_engine: QuickEngine, kms: Any, token_key: str) -> World:
    """A world on the emulator's DynamoDB, with a table of its own."""
    return World(quick_engine, kms, token_key)


@pytest.fixture(autouse=True)
def logged(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Logged]:
    """Everything that was logged so far in this test, metrics included; nothing secret may stand in it in the end."""
    stream, printed = io.StringIO(), io.StringIO()
    for handler in telemetry._logger.handlers:
        monkeypatch.setattr(handler, "stream", stream)

    def text() -> str:
        telemetry.flush()
        out, err = capsys.readouterr()
        printed.write(out + err)
        return stream.getvalue() + printed.getvalue()

    yield text
    told = text()
    assert [secret[:12] + "..." for secret in SECRETS if secret in told] == []


@pytest.fixture
def refused() -> Callable[[Callable[[], object]], tuple[int, str]]:
    """Runs a step that must be refused by us: the HTTP status and the code."""

    def run(step: Callable[[], object]) -> tuple[int, str]:
        with pytest.raises(RequestRejected) as caught:
            step()
        return caught.value.http_status, caught.value.code

    return run


@pytest.fixture
def handle(world: World) -> str:
    """The handle of a customer of GCASH who has agreed; nothing has been sent since."""
    return agreed(world, token_answer()).handle


@pytest.fixture
def pending(world: World) -> World:
    """A registration that Alipay has accepted."""
    world.alipay.will(Operation.REGISTRATION, accepted())
    register(world)
    return world
