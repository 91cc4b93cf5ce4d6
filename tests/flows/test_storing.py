"""A store that fails after Alipay has answered is tried again for as long as one more try can end in time, and no longer."""

import pytest

from autodebit.errors import StoreUnavailable
from autodebit.flows.send import retry_until_deadline
from tests.flows.conftest import Logged
from tests.support.world import World


class Away:
    """A store that fails so many times."""

    def __init__(self, failures: int) -> None:
        self.tries = 0
        self._failures = failures

    def __call__(self) -> str:
        self.tries += 1
        if self.tries <= self._failures:
            raise StoreUnavailable("away")
        return "stored"


@pytest.mark.parametrize(("seconds", "tries"), [(8.199, 1), (8.2, 2), (8.399, 2), (8.4, 3)])
def test_another_try_begins_only_if_it_can_end_in_time(
    world: World, logged: Logged, seconds: float, tries: int
) -> None:
    away = Away(100)
    assert retry_until_deadline(away, world.runtime(seconds)) is None
    assert away.tries == tries
    assert '"AnswersNotStored"' in logged()


def test_a_store_that_comes_back_in_time_has_it(world: World, logged: Logged) -> None:
    away = Away(2)
    assert retry_until_deadline(away, world.runtime(25)) == "stored"
    assert away.tries == 3
    assert '"AnswersNotStored"' not in logged()
