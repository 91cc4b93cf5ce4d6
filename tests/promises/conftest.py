"""A shop whose customer has authorised it."""

from collections.abc import Iterator

import pytest

from autodebit.clock import SystemClock
from autodebit.gateway import HttpGateway
from sandbox.alipay import Simulator
from sandbox.alipay.config import Config
from tests.promises.customer import authorise
from tests.promises.shop import Shop
from tests.support.keys import texts
from tests.support.world import CLIENT_ID, World


@pytest.fixture
def shop(world: World) -> Iterator[Shop]:
    """A shop whose customer has authorised it."""
    keys = texts()
    config = Config(
        client_id=CLIENT_ID,
        private_key=keys["alipay_simulated"]["private_pkcs8_b64"],
        merchant_public_keys={"1": keys["merchant"]["public_spki_b64"]},
    )
    with Simulator(config) as simulator:
        gateway = HttpGateway(
            url=simulator.url,
            path=world.settings.gateway_path,
            client_id=CLIENT_ID,
            signer=world.keys.signer,
            verifier=world.keys.verifier,
            clock=SystemClock(),
        )
        made = Shop(world, simulator.url, gateway)
        made.handle = authorise(made.runtime())
        yield made
