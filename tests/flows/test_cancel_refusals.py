"""A refused cancel is believed late after a lost one; the deployment's own cancel is patient; nobody delivers meanwhile."""

from dataclasses import replace

import pytest

from autodebit.clock import SECOND
from autodebit.domain.cancellation import CancelState
from autodebit.domain.payment import STAYS_PAID
from autodebit.domain.payment_states import PaymentState
from autodebit.gateway.client import Operation
from autodebit.repository.stream import state_changes
from tests.flows.cancel_steps import (
    call_off,
    cancelled,
    cancels,
    in_process_before,
    lost_before,
    paid_before,
    stored_cancel,
)
from tests.flows.refund_steps import give_back, poll_refund_when_due, refunded, reserved, stored, unknown_refund
from tests.flows.steps import absent, asked, inquire, notify, payment, poll_when_due, result_of, send
from tests.flows.test_publish_events import as_lambda_has_it, records_of
from tests.support.alipay import answer, no_answer, not_reached
from tests.support.world import World

CANCEL, INQUIRY, PAY, REFUND = Operation.CANCEL, Operation.INQUIRY_PAYMENT, Operation.PAY, Operation.REFUND


def told_states(world: World) -> list[str]:
    """The states of PAY-1 that events tell, in order."""
    changes = [state_changes(as_lambda_has_it(record)) for record in records_of(world)]
    return [change.after for change in changes if change is not None and hasattr(change, "after")]


@pytest.mark.parametrize("first", [no_answer("cancel"), answer("U", "UNKNOWN_EXCEPTION")], ids=["lost", "U"])
def test_a_lost_cancel_may_still_be_executed_after_a_refusal_and_an_early_inquiry(world: World, first) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, first, answer("F", "PROCESS_FAIL", "a cancel is being processed"))
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    call_off(world)
    poll_when_due(world)
    poll_when_due(world)
    assert stored_cancel(world).pending
    world.alipay.will(INQUIRY, asked("CANCELLED"))
    poll_when_due(world)
    assert (payment(world).state, payment(world).due_at) == (PaymentState.CANCELLED, None)


def test_a_loss_is_remembered_over_a_new_request_to_cancel(world: World) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, no_answer("cancel"), answer("F", "PROCESS_FAIL"))
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    call_off(world)
    for _ in range(9):
        if payment(world).due_at is not None:
            poll_when_due(world)
    assert stored_cancel(world).state is CancelState.REFUSED
    call_off(world)
    assert stored_cancel(world).pending


def test_a_refused_flag_from_before_counts_no_more_once_the_payment_turns_up(world: World) -> None:
    lost_before(world)
    world.alipay.will(CANCEL, no_answer("cancel"), answer("F", "SYSTEM_ERROR", "x"))
    world.alipay.will(INQUIRY, absent())
    call_off(world)
    for _ in range(60):
        if payment(world).state is PaymentState.NOT_SUBMITTED:
            break
        poll_when_due(world)
    assert payment(world).state is PaymentState.NOT_SUBMITTED
    sent = cancels(world)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    world.alipay.will(CANCEL, cancelled())
    for _ in range(4):
        if payment(world).due_at is not None:
            poll_when_due(world)
    assert (payment(world).state, cancels(world)) == (PaymentState.CANCELLED, sent + 1)


def test_a_kept_cancel_that_alipay_refuses_for_good_is_told_to_people(world: World) -> None:
    world.alipay.will(INQUIRY, absent())
    world.alipay.will(CANCEL, absent(), answer("F", "CANCEL_WINDOW_EXCEED"))
    call_off(world)
    notify(world)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    for _ in range(9):
        if payment(world).due_at is not None:
            poll_when_due(world)
    assert (payment(world).state, stored_cancel(world).state) == (PaymentState.SUCCESS, CancelState.REFUSED)
    assert STAYS_PAID in world.anomalies()


# --- the deployment's own cancel


def test_patience_counts_from_the_last_send(world: World) -> None:
    """NOT_SUBMITTED for a day; the caller repeats, as the event advises, and Alipay has it in process."""
    world.settings = replace(world.settings, cancel_open_after=300_000)
    world.alipay.will(PAY, no_answer())
    send(world)
    world.alipay.will(INQUIRY, absent())
    for _ in range(60):
        if payment(world).state is PaymentState.NOT_SUBMITTED:
            break
        poll_when_due(world)
    world.clock.forward(86_400)
    world.alipay.will(PAY, answer("U", "PAYMENT_IN_PROCESS"))
    send(world)
    world.alipay.will(INQUIRY, asked("PROCESSING"))
    poll_when_due(world)
    assert payment(world).cancel is None
    world.alipay.will(CANCEL, cancelled())
    for _ in range(30):
        if payment(world).state is PaymentState.CANCELLED:
            break
        poll_when_due(world)
    assert world.clock.now() - payment(world).sent_at >= 300 * SECOND
    assert payment(world).state is PaymentState.CANCELLED


# --- what callers and consumers hear meanwhile


def test_no_event_says_success_of_a_payment_whose_cancel_is_pending(world: World) -> None:
    in_process_before(world)
    world.alipay.will(CANCEL, no_answer("cancel"))
    call_off(world)
    notify(world)
    assert (payment(world).state, payment(world).cancel_pending) == (PaymentState.SUCCESS, True)
    assert "SUCCESS" not in told_states(world)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    assert result_of(send(world))[1] == "U"
    world.alipay.will(CANCEL, cancelled())
    poll_when_due(world)
    assert told_states(world)[-1] == "CANCELLED"
    assert "SUCCESS" not in told_states(world)


def test_a_payment_that_stays_paid_after_a_refused_cancel_is_told_as_success(world: World) -> None:
    in_process_before(world)
    world.alipay.will(CANCEL, no_answer("cancel"), answer("F", "CANCEL_WINDOW_EXCEED"))
    call_off(world)
    notify(world)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    for _ in range(9):
        if payment(world).due_at is not None:
            poll_when_due(world)
    assert told_states(world)[-1] == "SUCCESS"


def test_pay_does_not_say_s_of_a_payment_whose_cancel_is_pending(world: World) -> None:
    def meanwhile(_body: object):
        world.alipay.will(Operation.INQUIRY_PAYMENT, absent())
        world.alipay.will(CANCEL, no_answer("cancel"))
        call_off(world)
        notify(world)
        return answer("U", "PAYMENT_IN_PROCESS")

    world.alipay.will(PAY, meanwhile)
    assert result_of(send(world))[:2] == (200, "U")


@pytest.mark.parametrize("said", [asked("SUCCESS"), no_answer("inquiryPayment")], ids=["SUCCESS", "no answer"])
def test_an_inquiry_does_not_say_success_while_a_cancel_is_pending(world: World, said) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, no_answer("cancel"))
    call_off(world)
    world.alipay.will(INQUIRY, said)
    assert result_of(inquire(world))[:2] == (200, "U")


def test_the_deployments_own_cancel_is_not_sent_for_what_never_left(world: World) -> None:
    world.settings = replace(world.settings, cancel_open_after=30_000)
    world.alipay.will(PAY, not_reached())
    send(world)
    world.alipay.will(INQUIRY, absent())
    for _ in range(12):
        if payment(world).due_at is not None:
            poll_when_due(world)
    assert cancels(world) == 0


def test_a_kept_cancel_ends_only_once_the_payment_is_paid(world: World) -> None:
    """Refused for good while the payment is in process: a success may still come, and is given back then."""
    world.alipay.will(INQUIRY, absent())
    world.alipay.will(CANCEL, absent(), answer("F", "CANCEL_WINDOW_EXCEED"), cancelled())
    call_off(world)
    world.alipay.will(INQUIRY, asked("PROCESSING"))
    for _ in range(12):
        if payment(world).state is PaymentState.CANCELLED:
            break
        poll_when_due(world)
    assert payment(world).state is PaymentState.CANCELLED


def test_inquiries_that_confirm_a_refusal_come_more_rarely_while_they_say_nothing(world: World) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, no_answer("cancel"), answer("F", "CANCEL_WINDOW_EXCEED"))
    world.alipay.will(INQUIRY, no_answer("inquiryPayment"))
    call_off(world)
    for _ in range(40):
        poll_when_due(world)
    due_at = payment(world).due_at
    assert due_at is not None
    assert due_at - world.clock.now() > 60 * SECOND


def test_a_cancel_of_what_never_left_is_due_also_after_the_last_recheck(world: World) -> None:
    world.alipay.will(PAY, not_reached())
    send(world)
    world.clock.forward(90)
    world.alipay.will(INQUIRY, absent())
    for _ in range(30):
        if payment(world).due_at is None:
            break
        poll_when_due(world)
    assert (payment(world).state, payment(world).due_at) == (PaymentState.NOT_SUBMITTED, None)
    assert result_of(call_off(world))[1:] == ("F", "ORDER_NOT_EXIST")
    assert payment(world).due_at is not None


# --- refunds that never left


@pytest.mark.parametrize("repeats", [1, 3])
def test_a_refund_that_certainly_never_left_blocks_no_cancel(world: World, repeats: int) -> None:
    paid_before(world)
    world.alipay.will(REFUND, not_reached("refund"))
    for _ in range(repeats):
        give_back(world, value="1000")
    world.alipay.will(Operation.INQUIRY_REFUND, unknown_refund())
    poll_refund_when_due(world)
    assert reserved(world) == 0
    world.alipay.will(CANCEL, cancelled())
    assert result_of(call_off(world))[1] == "S"


def test_its_repeat_reserves_again_and_is_refused_where_others_hold_the_amount(world: World, refused) -> None:
    paid_before(world)
    world.alipay.will(REFUND, not_reached("refund"), refunded("REF-2", "800"))
    give_back(world, value="300")
    give_back(world, "REF-2", "800")
    assert refused(lambda: give_back(world, value="300")) == (409, "REFUND_AMOUNT_EXCEED")
    world.alipay.will(REFUND, refunded("REF-3", "100"))
    give_back(world, "REF-3", "100")
    assert reserved(world) == 900
    assert stored(world).sends == 0


def test_a_refund_that_may_have_left_once_keeps_its_amount(world: World) -> None:
    paid_before(world)
    world.alipay.will(REFUND, no_answer("refund"), not_reached("refund"))
    give_back(world)
    assert result_of(give_back(world))[:2] == (200, "U")
    assert (reserved(world), stored(world).sends) == (300, 1)
