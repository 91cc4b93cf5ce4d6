"""The simulator of Alipay under tests: its configuration, its clock as ours, a gateway to it, and the death of a process."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from autodebit.clock import SECOND, Clock
from autodebit.gateway.client import ANSWER_TIMEOUT, HttpAlipayClient, Operation, VerifiedResponse
from sandbox.alipay import Config, Simulator
from tests.support.keys import texts
from tests.support.world import CLIENT_ID, World


class Killed(BaseException):
    """The process ends here; nothing may catch this."""


class SimulatedClock:
    """The simulator's clock as ours: sleeping moves it."""

    def __init__(self, simulator: Simulator) -> None:
        self._clock = simulator.clock

    def now(self) -> int:
        """See autodebit.clock.Clock."""
        return round(self._clock.now() * SECOND)

    def sleep(self, milliseconds: int) -> None:
        """See autodebit.clock.Clock."""
        self._clock.advance(milliseconds / SECOND)


def simulator_config(**settings: Any) -> Config:
    """A simulator that knows the tests' merchant; *settings* are its further ones."""
    keys = texts()
    return Config(
        client_id=CLIENT_ID,
        private_key=keys["alipay_simulated"]["private_pkcs8_b64"],
        merchant_public_keys={"1": keys["merchant"]["public_spki_b64"]},
        **settings,
    )


class _GatewayOfWorld(HttpAlipayClient):
    """A gateway whose answers know by the clock of *world* when their requests were sent, as the flows read it."""

    def __init__(self, world: World, **parts: Any) -> None:
        super().__init__(**parts)
        self._world = world

    def call(self, operation: Operation, body: Mapping[str, Any], within: int = ANSWER_TIMEOUT) -> VerifiedResponse:
        sent_at = self._world.clock.now()
        return replace(super().call(operation, body, within), sent_at=sent_at)


def gateway_to(simulator: Simulator, world: World, clock: Clock) -> HttpAlipayClient:
    """The way from *world* to *simulator*; the headers of requests are dated by *clock*."""
    return _GatewayOfWorld(
        world,
        url=simulator.url,
        path=world.settings.gateway_path,
        client_id=CLIENT_ID,
        signer=world.keys.signer,
        verifier=world.keys.verifier,
        clock=clock,
    )
