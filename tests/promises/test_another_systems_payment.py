"""Another system of the same client id has used our id: its money is not moved, and its payment is not ours."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.domain.tracked_request import ID_TAKEN, OLDER_RECORD
from autodebit.errors import RequestRejected
from tests.promises.customer import authorise
from tests.promises.shop import Shop, shop_on
from tests.support.world import World


@pytest.fixture
def ours(world: World, emulator_engine, kms, token_key) -> Iterator[Shop]:
    """Our shop, whose customer B is asked for PAY-1; an older system has debited customer A under that id."""
    other = World(emulator_engine, kms, token_key)
    with shop_on(other) as older:
        assert older.pay("PAY-1").http_status == 200
        made = Shop(world, older.simulator, older.gateway)
        made.handle = authorise(made.runtime(), state="STATE-OF-B")
        yield made
        assert older.stored("PAY-1").state is PaymentState.SUCCESS


def test_the_success_of_another_systems_payment_is_not_ours(ours: Shop) -> None:
    assert '"U"' in ours.pay("PAY-1").text
    ours.world.clock.forward(3)
    for _ in range(4):
        ours.poll("PAY-1")
    assert (ours.stored("PAY-1").state, ours.stored("PAY-1").id_taken) == (PaymentState.INITIATED, True)
    assert '"U"' in ours.pay("PAY-1").text
    assert ours.pays_sent == 1
    assert ours.world.anomalies() == [ID_TAKEN]
    ours.notify("S")
    assert ours.stored("PAY-1").state is PaymentState.INITIATED


def test_its_money_is_not_given_back_by_our_callers(ours: Shop) -> None:
    ours.pay("PAY-1")
    for attempt in (lambda: ours.cancel("PAY-1"), lambda: ours.refund("400", of="PAY-1")):
        with pytest.raises(RequestRejected) as refused:
            attempt()
        assert (refused.value.http_status, refused.value.code) == (409, "ORDER_STATUS_INVALID")
    assert (ours.booked("PAY-1")["cancels"], ours.booked("PAY-1").get("refunds", {})) == (0, {})


def test_its_money_is_not_given_back_by_the_deployments_own_cancel(ours: Shop) -> None:
    ours.world.settings = replace(ours.world.settings, cancel_open_after=2_000)
    ours.pay("PAY-1")
    for _ in range(5):
        ours.poll("PAY-1")
    assert ours.booked("PAY-1")["cancels"] == 0


def test_it_is_not_taken_for_ours_when_the_refusal_is_lost(ours: Shop) -> None:
    """Nothing but the age of Alipay's record tells it from our payment then."""
    ours.world.clock.forward(2 * 3600)
    ours.fault("act_then_cut")
    assert '"U"' in ours.pay("PAY-1").text
    ours.world.clock.forward(3)
    ours.poll("PAY-1")
    assert (ours.stored("PAY-1").state, ours.world.anomalies()) == (PaymentState.INITIATED, [OLDER_RECORD])
    with pytest.raises(RequestRejected):
        ours.refund("400", of="PAY-1")
    assert ours.booked("PAY-1").get("refunds", {}) == {}


def test_its_money_is_not_given_back_by_a_cancel_when_the_refusal_is_lost(ours: Shop) -> None:
    ours.world.clock.forward(2 * 3600)
    ours.fault("act_then_cut")
    ours.pay("PAY-1")
    with pytest.raises(RequestRejected):
        ours.cancel("PAY-1")
    for _ in range(3):
        ours.poll("PAY-1")
    assert ours.booked("PAY-1")["cancels"] == 0
