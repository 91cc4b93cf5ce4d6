"""The simulator of Alipay under tests: its configuration, its clock as ours, a gateway to it, and the death of a process."""

from typing import Any

from autodebit.clock import SECOND, Clock
from autodebit.gateway import HttpGateway
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


def gateway_to(simulator: Simulator, world: World, clock: Clock) -> HttpGateway:
    """The way from *world* to *simulator*; requests are dated by *clock*."""
    return HttpGateway(
        url=simulator.url,
        path=world.settings.gateway_path,
        client_id=CLIENT_ID,
        signer=world.keys.signer,
        verifier=world.keys.verifier,
        clock=clock,
    )
