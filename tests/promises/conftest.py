"""A shop whose customer has authorised it."""

from collections.abc import Iterator

import pytest

from tests.promises.shop import Shop, shop_on
from tests.support.world import World


@pytest.fixture
def shop(world: World) -> Iterator[Shop]:
    """A shop whose customer has authorised it."""
    with shop_on(world) as made:
        yield made
