"""Taken ids beside the ways that most tests go, and repeats that reach nobody after a send that may have acted."""

from dataclasses import replace

from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund_states import RefundState
from autodebit.flows.payments.responses import throttled
from autodebit.gateway.client import Operation
from tests.flows.cancel_steps import call_off, cancels
from tests.flows.refund_steps import buy, give_back, refunded, stored
from tests.flows.steps import asked, payment, poll_when_due, result_of, send
from tests.support.alipay import answer, no_answer, not_reached
from tests.support.world import World

CANCEL, INQUIRY, PAY, REFUND = Operation.CANCEL, Operation.INQUIRY_PAYMENT, Operation.PAY, Operation.REFUND
USED_BEFORE = answer("F", "REPEAT_REQ_INCONSISTENT")
THROTTLED = answer("U", "REQUEST_TRAFFIC_EXCEED_LIMIT")


# --- taken ids


def test_a_paid_payment_whose_id_is_taken_is_not_refunded(world: World, refused) -> None:
    buy(world)
    world.repository.payments.replaced(replace(payment(world), id_taken=True))
    assert refused(lambda: give_back(world)) == (409, "ORDER_STATUS_INVALID")
    assert world.alipay.sends_of(REFUND) == []


def test_an_id_that_an_inquiry_shows_as_taken_is_not_cancelled(world: World) -> None:
    """The deployment's own cancel would close the other request."""
    world.settings = replace(world.settings, cancel_open_after=1_000)
    world.alipay.will(PAY, no_answer())
    send(world)
    world.clock.forward(60)
    world.alipay.will(INQUIRY, asked("PROCESSING", paymentAmount={"currency": "JPY", "value": "77"}))
    poll_when_due(world)
    assert (payment(world).amount_in_doubt, cancels(world)) == (True, 0)


def test_a_refund_whose_id_is_taken_is_not_sent_again(world: World) -> None:
    buy(world)
    world.alipay.will(REFUND, USED_BEFORE, refunded())
    give_back(world)
    world.clock.forward(60)
    assert result_of(give_back(world))[:2] == (200, "U")
    assert (stored(world).state, stored(world).id_taken) == (RefundState.INITIATED, True)
    assert len(world.alipay.sends_of(REFUND)) == 1


def test_a_taken_id_is_not_asked_for_by_the_poller(world: World) -> None:
    world.alipay.will(PAY, USED_BEFORE)
    send(world)
    for _ in range(3):
        poll_when_due(world)
    assert world.alipay.sends_of(INQUIRY) == []
    assert (payment(world).state, payment(world).due_at is not None) == (PaymentState.INITIATED, True)


# --- repeats that reach nobody


def test_a_repeat_of_refund_that_is_not_reached_is_u_after_a_lost_answer(world: World) -> None:
    buy(world)
    world.alipay.will(REFUND, no_answer("refund"), not_reached("refund"))
    give_back(world)
    world.clock.forward(1)
    assert result_of(give_back(world))[:2] == (200, "U")


def test_a_repeat_of_cancel_that_is_not_reached_is_u_after_a_lost_answer(world: World) -> None:
    buy(world)
    world.alipay.will(CANCEL, no_answer("cancel"), not_reached("cancel"))
    call_off(world)
    world.clock.forward(1)
    assert result_of(call_off(world))[:2] == (200, "U")


def test_a_repeat_without_time_is_u_after_a_lost_answer(world: World) -> None:
    world.alipay.will(PAY, no_answer())
    send(world)
    world.clock.forward(1)
    assert result_of(send(world, seconds=3))[:2] == (200, "U")
    assert result_of(send(world, seconds=3, payment_request_id="PAY-2"))[:2] == (503, "U")
    assert len(world.alipay.sends_of(PAY)) == 1


# --- throttling


def test_a_repeat_of_refund_at_once_after_throttling_is_not_sent(world: World) -> None:
    buy(world)
    world.alipay.will(REFUND, THROTTLED, refunded())
    give_back(world)
    assert give_back(world).text == throttled().text
    world.clock.forward(30)
    assert result_of(give_back(world))[:2] == (200, "S")
    assert len(world.alipay.sends_of(REFUND)) == 2
