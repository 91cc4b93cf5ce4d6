"""A payment made elsewhere is taken over while others begin it or take it over, or while whoever does it dies."""

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund_states import RefundState
from autodebit.errors import StoreUnavailable
from autodebit.gateway.client import Operation, VerifiedResponse
from tests.flows.adoption_steps import give_back, known_to_alipay, old_refund, refunded, stored_payments, transaction
from tests.flows.cancel_steps import call_off, cancelled, lost_before
from tests.flows.steps import (
    absent,
    asked,
    outage,
    payment,
    result_of,
)
from tests.repository.samples import together
from tests.support.world import World

CANCEL, INQUIRY, PAY, REFUND = Operation.CANCEL, Operation.INQUIRY_PAYMENT, Operation.PAY, Operation.REFUND


def test_a_payment_that_somebody_begins_while_alipay_is_asked_for_it_is_cancelled_as_ours(world: World) -> None:
    def meanwhile(_body: object) -> VerifiedResponse:
        lost_before(world)
        return absent()

    world.alipay.will(INQUIRY, meanwhile, absent())
    world.alipay.will(CANCEL, cancelled())
    assert result_of(call_off(world)) == (200, "S", "SUCCESS")
    known = payment(world)
    assert (known.state, known.adopted) == (PaymentState.CANCELLED, False)


def test_a_payment_that_somebody_begins_while_it_is_taken_over_stays_ours(world: World) -> None:
    def meanwhile(_body: object) -> VerifiedResponse:
        lost_before(world)
        return asked("SUCCESS")

    world.alipay.will(INQUIRY, meanwhile)
    world.alipay.will(REFUND, refunded())
    assert result_of(give_back(world)) == (200, "S", "SUCCESS")
    stored = payment(world)
    assert (stored.adopted, stored.state, stored.reserved) == (False, PaymentState.SUCCESS, 100)


def test_of_callers_that_take_over_one_payment_at_once_none_loses_a_refund_and_not_too_much_is_given_back(
    world: World,
) -> None:
    known_to_alipay(world, transaction(1, "500"), transaction(2, "100", "PROCESSING"))
    world.alipay.will(REFUND, lambda body: refunded("100", body["refundRequestId"]))

    def act(number: int) -> object:
        try:
            return result_of(give_back(world, "100", f"REFUND-{number}"))[0]
        except Exception as error:  # noqa: BLE001  a refusal is an outcome here
            return type(error).__name__

    outcomes = together(6, act)
    done = outcomes.count(200)
    assert set(outcomes) <= {200, 503, "RequestRejected"}
    assert 1 <= done <= 4
    stored = payment(world)
    assert (stored.adopted, stored.reserved) == (True, 600 + 100 * done)
    assert (old_refund(world, 1).state, old_refund(world, 2).state) == (RefundState.SUCCESS, RefundState.PROCESSING)
    assert len(world.alipay.sends_of(REFUND)) == done


WRITES = {"the first refund": "refund#OLD-1", "the second refund": "refund#OLD-2", "the payment": "payment#PAY-1"}


@pytest.mark.parametrize("place", WRITES.values(), ids=WRITES)
def test_a_crash_between_the_writes_is_made_good_by_the_next_call(world: World, place: str) -> None:
    known_to_alipay(world, transaction(1), transaction(2, "200", "PROCESSING"))
    store = outage(world)
    store.on = True
    store.hits = lambda method, request: method == "transact_write_items" and f"'{place}'" in repr(request)
    with pytest.raises(StoreUnavailable):
        give_back(world)
    assert store.calls == 1
    assert world.alipay.sends_of(REFUND) == []
    store.on = False
    assert stored_payments(world) == []
    world.alipay.will(REFUND, refunded())
    assert result_of(give_back(world)) == (200, "S", "SUCCESS")
    assert payment(world).reserved == 600
    assert (old_refund(world, 1).state, old_refund(world, 2).state) == (RefundState.SUCCESS, RefundState.PROCESSING)
