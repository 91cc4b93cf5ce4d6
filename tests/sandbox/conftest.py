"""A simulator with a stopped clock, a merchant that calls it, and a shop that it notifies."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from sandbox.alipay import Config, Simulator
from tests.sandbox.merchant import CLIENT_ID, Merchant, Shop, key_pair

Start = Callable[..., Simulator]


@pytest.fixture
def shop() -> Iterator[Shop]:
    found = Shop()
    yield found
    found.close()


@pytest.fixture
def start(shop: Shop) -> Iterator[Start]:
    """Start a simulator with settings of one's own."""
    with ExitStack() as stack:

        def started(**settings: Any) -> Simulator:
            defaults: dict[str, Any] = {
                "client_id": CLIENT_ID,
                "private_key": key_pair("alipay")[0],
                "merchant_public_keys": {"1": key_pair("merchant")[1]},
                "auth_notify_url": f"http://{shop.address}/notify/authorization",
                "payment_notify_url": f"http://{shop.address}/notify/payment",
                "refund_notify_url": f"http://{shop.address}/notify/refund",
                "speed": 0.0,
                "hang_real_seconds": 0.05,
                "answer_timeout_real_seconds": 1.0,
            }
            return stack.enter_context(Simulator(Config(**(defaults | settings))))

        yield started


@pytest.fixture
def alipay(start: Start) -> Simulator:
    return start()


@pytest.fixture
def merchant(alipay: Simulator) -> Merchant:
    return Merchant(alipay.url)
