"""One shop for each case: a simulator with a stopped clock, and a door for its notifications."""

import functools
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config as BotoConfig

from sandbox.alipay import Simulator
from tests.crash.door import Door
from tests.crash.shop import HOST, TOKEN_SECONDS, Shop
from tests.flows.conftest import QuickEngine
from tests.support.engines import Engine
from tests.support.simulated import simulator_config


class LeanEngine(QuickEngine):
    """The same engine, whose clients do not check what they send: thousands of calls are most of what the suite costs."""

    @functools.cache  # noqa: B019  one instance for the session
    def client(self, service: str) -> Any:
        return Engine.client(self, service, BotoConfig(parameter_validation=False, retries={"total_max_attempts": 1}))


@pytest.fixture(scope="session")
def quick_local_engine(dynamodb_local_engine: Engine) -> QuickEngine:
    return LeanEngine(dynamodb_local_engine.name, dynamodb_local_engine.url)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """What is logged is proven elsewhere."""
    caplog.set_level("CRITICAL", "auto-debit")


@pytest.fixture
def shop(quick_local_engine: QuickEngine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    config = simulator_config(
        auth_notify_url=f"{HOST}/v1/authorizations/notifyAuthorization",
        payment_notify_url=f"{HOST}/v1/payments/payNotify",
        refund_notify_url=f"{HOST}/v1/payments/notifyRefund",
        registration_notify_url=f"{HOST}/v1/merchants/notifyRegistrationStatus",
        dispute_notify_url=f"{HOST}/v1/payments/notifyDispute",
        token_seconds=TOKEN_SECONDS,
        start=1_800_000_000,
        speed=0.0,
        header_time="simulated",
    )
    door = Door()
    serving = threading.Thread(target=functools.partial(door.serve_forever, 0.02), daemon=True)
    serving.start()
    config.connect = {HOST.removeprefix("https://"): door.address}
    with Simulator(config) as simulator:
        door.shop = Shop(quick_local_engine, simulator, monkeypatch)
        yield door.shop
    door.shutdown()
    serving.join()
    door.server_close()
