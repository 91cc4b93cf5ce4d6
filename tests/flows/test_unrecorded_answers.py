"""The store goes away just after Alipay has answered: what callers act on is stored first."""

from dataclasses import replace

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund_states import RefundState
from autodebit.errors import StoreUnavailable
from autodebit.gateway.client import Operation
from tests.flows.cancel_steps import call_off, paid_before, stored_cancel
from tests.flows.refund_steps import (
    buy,
    give_back,
    inquire_refund,
    refunded,
    stored,
    told,
)
from tests.flows.steps import asked, inquire, outage, paid, payment, poll_when_due, result_of, send
from tests.support.alipay import answer, no_answer
from tests.support.world import World

CANCEL, INQUIRY, PAY = Operation.CANCEL, Operation.INQUIRY_PAYMENT, Operation.PAY
REFUND, INQUIRY_REFUND = Operation.REFUND, Operation.INQUIRY_REFUND
REFUSALS = ["SYSTEM_ERROR", "PROCESS_FAIL", "USER_BALANCE_NOT_ENOUGH", "ORDER_IS_CLOSED", "A_CODE_OF_NEXT_YEAR"]


def answered_as_the_store_goes_away(world: World, said):
    """What Alipay does, and the store: Alipay answers *said*, and the table is away from that moment on."""
    store = outage(world)

    def answered(_body: object):
        store.on = True
        return said

    return answered, store


@pytest.mark.parametrize("code", REFUSALS)
def test_an_unrecorded_f_to_pay_is_unknown_and_the_same_id_pays_in_the_end(world: World, code: str) -> None:
    answered, store = answered_as_the_store_goes_away(world, answer("F", code))
    world.alipay.will(PAY, answered, paid())
    assert result_of(send(world)) == (200, "U", "PAYMENT_IN_PROCESS")
    store.on = False
    world.clock.forward(26)
    assert result_of(send(world)) == (200, "S", "SUCCESS")


def test_an_f_that_is_recorded_before_the_deadline_is_final(world: World) -> None:
    answered, store = answered_as_the_store_goes_away(world, answer("F", "USER_BALANCE_NOT_ENOUGH"))
    store.ends_after = 4
    world.alipay.will(PAY, answered)
    assert result_of(send(world)) == (200, "F", "USER_BALANCE_NOT_ENOUGH")
    assert payment(world).state is PaymentState.FAIL


@pytest.mark.parametrize(
    "said", [answer("U", "PAYMENT_IN_PROCESS"), answer("U", "REQUEST_TRAFFIC_EXCEED_LIMIT"), paid()]
)
def test_what_invites_no_new_id_is_passed_on_unrecorded(world: World, said) -> None:
    answered, _store = answered_as_the_store_goes_away(world, said)
    world.alipay.will(PAY, answered)
    assert send(world).text == said.text


@pytest.mark.parametrize("code", ["INVALID_MERCHANT_STATUS", "MERCHANT_BALANCE_NOT_ENOUGH", "A_CODE_OF_NEXT_YEAR"])
def test_an_unrecorded_f_to_refund_is_unknown_and_its_amount_stays_reserved(world: World, code: str) -> None:
    buy(world)
    answered, store = answered_as_the_store_goes_away(world, answer("F", code))
    world.alipay.will(REFUND, answered)
    assert result_of(give_back(world)) == (200, "U", "REFUND_IN_PROCESS")
    store.on = False
    assert (stored(world).state, payment(world).reserved) == (RefundState.INITIATED, 300)


@pytest.mark.parametrize("code", ["CANCEL_WINDOW_EXCEED", "PROCESS_FAIL"])
def test_an_unrecorded_f_to_cancel_is_unknown_and_the_cancel_goes_on(world: World, code: str) -> None:
    paid_before(world)
    answered, store = answered_as_the_store_goes_away(world, answer("F", code))
    world.alipay.will(CANCEL, answered)
    assert result_of(call_off(world))[:2] == (200, "U")
    store.on = False
    assert stored_cancel(world).pending


@pytest.mark.parametrize("status", ["FAIL", "CANCELLED"])
def test_an_unrecorded_outcome_of_an_inquiry_invites_no_new_id(world: World, status: str) -> None:
    world.alipay.will(PAY, no_answer())
    send(world)
    answered, store = answered_as_the_store_goes_away(world, asked(status, "PROCESS_FAIL"))
    world.alipay.will(INQUIRY, answered)
    assert result_of(inquire(world))[:2] == (200, "U")
    store.on = False
    assert payment(world).state.open


def test_an_unrecorded_failure_of_a_refund_invites_no_new_id(world: World) -> None:
    buy(world)
    world.alipay.will(REFUND, no_answer("refund"))
    give_back(world)
    answered, store = answered_as_the_store_goes_away(world, told("FAIL"))
    world.alipay.will(INQUIRY_REFUND, answered)
    assert result_of(inquire_refund(world))[:2] == (200, "U")
    store.on = False
    assert stored(world).state.open


def test_a_repeat_while_the_store_is_away_is_no_answer_about_the_payment(world: World) -> None:
    """StoreUnavailable becomes 503, which speaks of this request only."""
    answered, store = answered_as_the_store_goes_away(world, answer("F", "SYSTEM_ERROR"))
    world.alipay.will(PAY, answered, paid())
    send(world)
    with pytest.raises(StoreUnavailable):
        send(world)
    store.on = False
    world.clock.forward(26)
    send(world)
    assert [payment(world).state, len(world.alipay.sends_of(PAY))] == [PaymentState.SUCCESS, 2]


# --- the deployment's own cancel


def told_paid_and_not_stored(world: World, patience: int) -> None:
    """S is passed on while the table is away, so the caller delivers; the poller finds the payment open."""
    world.settings = replace(world.settings, cancel_open_after=patience * 1_000)
    answered, store = answered_as_the_store_goes_away(world, paid())
    world.alipay.will(PAY, answered)
    assert result_of(send(world)) == (200, "S", "SUCCESS")
    store.on = False


@pytest.mark.parametrize("patience", [20, 60])
def test_the_deployments_own_cancel_asks_first_and_finds_what_was_paid(world: World, patience: int) -> None:
    told_paid_and_not_stored(world, patience)
    world.clock.forward(max(26, patience + 1))
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    poll_when_due(world)
    assert (payment(world).state, world.alipay.sends_of(CANCEL)) == (PaymentState.SUCCESS, [])


@pytest.mark.parametrize(
    "said", [no_answer("inquiryPayment"), answer("F", "SYSTEM_ERROR"), answer("U", "UNKNOWN_EXCEPTION")]
)
def test_without_an_answer_to_its_inquiry_it_is_not_sent(world: World, said) -> None:
    told_paid_and_not_stored(world, 60)
    world.clock.forward(100)
    world.alipay.will(INQUIRY, said)
    poll_when_due(world)
    assert world.alipay.sends_of(CANCEL) == []


def test_a_refund_is_answered_from_the_store_once_it_is_back(world: World) -> None:
    buy(world)
    answered, store = answered_as_the_store_goes_away(world, refunded())
    world.alipay.will(REFUND, answered)
    assert result_of(give_back(world)) == (200, "S", "SUCCESS")
    store.on = False
    world.clock.forward(26)
    world.alipay.will(REFUND, refunded())
    assert result_of(give_back(world)) == (200, "S", "SUCCESS")
    assert payment(world).reserved == 300
