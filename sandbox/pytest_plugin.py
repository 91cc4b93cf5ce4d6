"""Fixtures that give a test a simulator of Alipay: ``pytest -p sandbox.pytest_plugin``, from any project.

Example:
    >>> def test_a_customer_pays(alipay_sandbox, alipay_keys):
    ...     shop = Shop(alipay_sandbox.url, alipay_keys.merchant_private.read_text())
    ...     assert shop.pay("ORDER-1")["result"]["resultStatus"] == "S"
    ...     assert alipay_sandbox.world.payments.debits()["ORDER-1"]["debits"] == 1
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

# The simulator is imported by the tests that ask for it: whoever loads this module does not wait for it.
if TYPE_CHECKING:
    from sandbox.alipay import Simulator
    from sandbox.alipay.keyfolder import KeyFolder


@pytest.fixture(scope="session")
def alipay_keys(request: pytest.FixtureRequest) -> KeyFolder:
    """The keys of both sides, made at the first run and kept in pytest's cache."""
    from sandbox.alipay.keyfolder import KeyFolder

    return KeyFolder(Path(request.config.cache.mkdir("alipay-sandbox"))).fill()


@pytest.fixture(scope="session")
def alipay_settings() -> dict[str, Any]:
    """Override this to start the simulator with other settings of ``sandbox.alipay.Config``."""
    return {}


@pytest.fixture(scope="session")
def alipay_simulator(alipay_keys: KeyFolder, alipay_settings: dict[str, Any]) -> Iterator[Simulator]:
    """One simulator for the whole session, on a free port of this machine."""
    from sandbox.alipay import Config, Simulator
    from sandbox.alipay.keyfolder import CLIENT_ID

    defaults: dict[str, Any] = {
        "client_id": CLIENT_ID,
        "private_key": alipay_keys.alipay_private.read_text(),
        "merchant_public_keys": {"1": alipay_keys.merchant_public.read_text()},
    }
    with Simulator(Config(**(defaults | alipay_settings))) as simulator:
        yield simulator


@pytest.fixture
def alipay_sandbox(alipay_simulator: Simulator) -> Simulator:
    """The simulator, with everything forgotten that an earlier test did."""
    alipay_simulator.reset()
    return alipay_simulator
