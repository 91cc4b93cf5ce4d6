"""cancel: all that can happen to its payment meanwhile, in flight, late, or not known to Alipay."""

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.gateway.client import Operation
from autodebit.responses import Response
from tests.flows.cancel_steps import (
    call_off,
    cancelled,
    lost_before,
    paid_before,
    stored_cancel,
)
from tests.flows.steps import (
    absent,
    asked,
    inquire,
    message_of,
    notify,
    paid,
    payment,
    poll_when_due,
    result_of,
    send,
)
from tests.support.alipay import answer, no_answer, not_reached
from tests.support.limit import Limit
from tests.support.world import World

CANCEL, INQUIRY, PAY = Operation.CANCEL, Operation.INQUIRY_PAYMENT, Operation.PAY


# --- a pay in flight


@pytest.mark.parametrize("inquiry", [asked("SUCCESS"), absent()])
def test_a_cancel_while_pay_is_in_flight_waits_for_its_answer_and_gets_the_money_back(world: World, inquiry) -> None:
    told: list[Response] = []

    def meanwhile(_body: object):
        told.append(call_off(world))
        told.append(call_off(world))
        return paid()

    world.alipay.will(PAY, meanwhile)
    world.alipay.will(INQUIRY, inquiry)
    # Paid, but a cancel is pending: an S would have somebody deliver for it.
    assert result_of(send(world)) == (200, "U", "PAYMENT_IN_PROCESS")
    assert [result_of(each) for each in told] == [(200, "U", "UNKNOWN_EXCEPTION")] * 2
    assert world.alipay.sends_of(CANCEL) == world.alipay.sends_of(INQUIRY) == []
    assert (payment(world).state, payment(world).cancel_pending) == (PaymentState.SUCCESS, True)
    assert result_of(send(world)) == (200, "U", "PAYMENT_IN_PROCESS")
    world.alipay.will(CANCEL, cancelled())
    poll_when_due(world)
    assert (payment(world).state, payment(world).due_at) == (PaymentState.CANCELLED, None)
    assert len(world.alipay.sends_of(CANCEL)) == 1


def test_a_cancel_while_pay_is_in_flight_never_touches_the_payment_of_another_system(world: World, refused) -> None:
    def meanwhile(_body: object):
        assert result_of(call_off(world)) == (200, "U", "UNKNOWN_EXCEPTION")
        return answer("F", "REPEAT_REQ_INCONSISTENT")

    world.alipay.will(PAY, meanwhile)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    assert result_of(send(world))[:2] == (200, "U")
    assert payment(world).id_taken
    assert refused(lambda: call_off(world)) == (409, "ORDER_STATUS_INVALID")
    for _ in range(3):
        poll_when_due(world)
    assert world.alipay.sends_of(CANCEL) == []


def test_a_cancel_of_a_pay_that_turns_out_never_to_have_left_cancels_nobody(world: World) -> None:
    def meanwhile(_body: object):
        call_off(world)
        raise not_reached()

    world.alipay.will(PAY, meanwhile)
    assert result_of(send(world)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert (payment(world).sends, payment(world).lease_until) == (0, 0)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    for _ in range(3):
        poll_when_due(world)
    assert world.alipay.sends_of(CANCEL) == []
    assert payment(world).id_taken


def test_an_inquiry_while_pay_is_in_flight_is_not_answered_with_a_record_that_may_be_anothers(world: World) -> None:
    def meanwhile(_body: object):
        assert result_of(inquire(world, paymentRequestId="PAY-1")) == (200, "U", "PAYMENT_IN_PROCESS")
        return paid()

    world.alipay.will(PAY, meanwhile)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    assert result_of(send(world)) == (200, "S", "SUCCESS")
    assert world.alipay.sends_of(INQUIRY) == []
    assert result_of(inquire(world, paymentRequestId="PAY-1")) == (200, "S", "SUCCESS")


def test_a_sender_that_died_holds_cancel_and_inquiry_back_only_until_its_lease_ends(world: World) -> None:
    world.alipay.will(PAY, lambda _body: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        send(world)
    assert result_of(inquire(world, paymentRequestId="PAY-1")) == (200, "U", "PAYMENT_IN_PROCESS")
    assert result_of(call_off(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    world.clock.forward(30)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    world.alipay.will(CANCEL, cancelled())
    assert result_of(call_off(world)) == (200, "S", "SUCCESS")


def test_a_success_notified_late_is_recorded_and_the_payment_stays_cancelled(world: World) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, cancelled())
    call_off(world)
    notify(world)
    notify(world)
    assert (payment(world).state, payment(world).due_at) == (PaymentState.CANCELLED, None)
    assert world.anomalies() == ["a success was reported of a cancelled payment"]


@pytest.mark.parametrize("inquiry", [asked("PROCESSING"), absent(), no_answer("inquiryPayment")])
def test_a_repeat_of_pay_while_a_cancel_is_wanted_sends_nothing(world: World, inquiry) -> None:
    lost_before(world)
    world.alipay.will(CANCEL, no_answer("cancel"))
    world.alipay.will(INQUIRY, inquiry)
    call_off(world)
    for _ in range(3):
        assert result_of(send(world)) == (200, "U", "PAYMENT_IN_PROCESS")
        world.clock.forward(30)
    assert len(world.alipay.sends_of(PAY)) == 1
    assert stored_cancel(world).pending


def test_after_a_refused_cancel_a_repeat_of_pay_goes_on_as_ever(world: World) -> None:
    lost_before(world)
    world.alipay.will(INQUIRY, absent())
    world.alipay.will(CANCEL, answer("F", "SYSTEM_ERROR"))
    call_off(world)
    world.alipay.will(PAY, paid())
    assert result_of(send(world)) == (200, "S", "SUCCESS")
    first, second = world.alipay.sends_of(PAY)
    assert first == second


# --- a payment that Alipay does not know


def not_submitted(world: World) -> None:
    """PAY-1 is closed, because Alipay says three times that it does not know it."""
    lost_before(world)
    world.alipay.will(INQUIRY, absent())
    limit = Limit()
    while payment(world).state is not PaymentState.NOT_SUBMITTED:
        limit.step()
        poll_when_due(world)


def test_a_payment_that_turns_up_after_its_cancel_is_cancelled_by_the_poller(world: World, refused) -> None:
    not_submitted(world)
    world.alipay.will(CANCEL, absent())
    reply = call_off(world)
    assert result_of(reply) == (200, "F", "ORDER_NOT_EXIST")
    assert "should the payment turn up, it is cancelled" in message_of(reply)
    assert refused(lambda: send(world)) == (409, "ORDER_STATUS_INVALID")
    assert len(world.alipay.sends_of(PAY)) == 1
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    world.alipay.will(CANCEL, cancelled())
    poll_when_due(world)  # the recheck finds it
    poll_when_due(world)  # and the kept cancel is sent
    assert (payment(world).state, payment(world).due_at) == (PaymentState.CANCELLED, None)


def test_a_payment_that_is_notified_after_its_cancel_and_the_last_recheck_is_cancelled_too(world: World) -> None:
    not_submitted(world)
    world.alipay.will(CANCEL, absent())
    call_off(world)
    for _ in range(9):
        poll_when_due(world)
    notify(world)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    world.alipay.will(CANCEL, cancelled())
    poll_when_due(world)
    assert payment(world).state is PaymentState.CANCELLED


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        (answer("U", "UNKNOWN_EXCEPTION"), (200, "U", "UNKNOWN_EXCEPTION")),
        (no_answer("cancel"), (200, "U", "UNKNOWN_EXCEPTION")),
        (not_reached("cancel"), (503, "U", "UNKNOWN_EXCEPTION")),
        (answer("F", "MERCHANT_BALANCE_NOT_ENOUGH"), (200, "U", "UNKNOWN_EXCEPTION")),
        (answer("F", "SYSTEM_ERROR"), (200, "U", "UNKNOWN_EXCEPTION")),
    ],
    ids=["U", "lost", "not reached", "balance", "final F"],
)
def test_nobody_hears_that_alipay_does_not_know_a_payment_unless_alipay_has_just_said_so(
    world: World, told, heard
) -> None:
    not_submitted(world)
    world.alipay.will(CANCEL, told)
    assert result_of(call_off(world)) == heard
    assert payment(world).due_at is not None
