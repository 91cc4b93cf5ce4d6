"""poll_payments: a requested cancel is driven to its end, and a payment that stays open for too long is cancelled."""

from dataclasses import replace
from itertools import pairwise

import pytest

from autodebit.clock import HOUR, SECOND
from autodebit.domain.cancellation import CancelState
from autodebit.domain.payment_states import PaymentState
from autodebit.flows.payments.sync import poll_payment
from autodebit.gateway.client import Operation
from tests.flows.cancel_steps import (
    call_off,
    cancelled,
    cancels,
    in_process_before,
    lost_before,
    paid_before,
    stored_cancel,
)
from tests.flows.conftest import Logged
from tests.flows.steps import absent, asked, notify, outage, payment, poll, poll_when_due, result_of, send
from tests.support.alipay import answer, no_answer, not_reached
from tests.support.world import World

CANCEL, INQUIRY, PAY = Operation.CANCEL, Operation.INQUIRY_PAYMENT, Operation.PAY
U = answer("U", "UNKNOWN_EXCEPTION")
LOST = no_answer("cancel")


def called(world: World) -> list[Operation]:
    """What Alipay was called for since the payment was sent."""
    return [operation for operation, _ in world.alipay.sent if operation is not PAY]


def driven(world: World, steps: int = 8) -> None:
    """The poller sees to PAY-1 until it is no longer due, at most *steps* times."""
    for _ in range(steps):
        if payment(world).due_at is None:
            return
        poll_when_due(world)


JOURNEYS = {
    "U, then S": ((U, cancelled()), (), [CANCEL, CANCEL], "CANCELLED", "DONE"),
    "lost, then S": ((LOST, cancelled()), (), [CANCEL, CANCEL], "CANCELLED", "DONE"),
    "lost, then refused, and cancelled after all": (
        (LOST, answer("F", "PROCESS_FAIL")),
        (asked("CANCELLED"),),
        [CANCEL, CANCEL, INQUIRY],
        "CANCELLED",
        "DONE",
    ),
    "lost, then too late, and not cancelled": (
        (LOST, answer("F", "CANCEL_WINDOW_EXCEED")),
        (asked("SUCCESS"),),
        [CANCEL, CANCEL, INQUIRY, INQUIRY, INQUIRY],
        "SUCCESS",
        "REFUSED",
    ),
    "lost, refused, and no word of an inquiry at first": (
        (LOST, answer("F", "CANCEL_WINDOW_EXCEED")),
        (no_answer("inquiryPayment"), answer("F", "SYSTEM_ERROR"), absent(), asked("SUCCESS")),
        [CANCEL, CANCEL, *[INQUIRY] * 6],
        "SUCCESS",
        "REFUSED",
    ),
    "ORDER_STATUS_INVALID of a cancelled one": (
        (answer("F", "ORDER_STATUS_INVALID"),),
        (asked("CANCELLED"),),
        [CANCEL, INQUIRY],
        "CANCELLED",
        "DONE",
    ),
    "ORDER_STATUS_INVALID, asked, sent again": (
        (answer("F", "ORDER_STATUS_INVALID"), cancelled()),
        (asked("SUCCESS"),),
        [CANCEL, INQUIRY, CANCEL],
        "CANCELLED",
        "DONE",
    ),
    "balance too low at first": (
        (answer("F", "MERCHANT_BALANCE_NOT_ENOUGH"), cancelled()),
        (),
        [CANCEL, CANCEL],
        "CANCELLED",
        "DONE",
    ),
    "U three times, and cancelled by one of them": (
        (U, U, U),
        (asked("CANCELLED"),),
        [CANCEL, CANCEL, CANCEL, INQUIRY],
        "CANCELLED",
        "DONE",
    ),
    "not found at first": (
        (absent(), cancelled()),
        (asked("SUCCESS"),),
        [CANCEL, INQUIRY, CANCEL],
        "CANCELLED",
        "DONE",
    ),
    "not reached for a while": (
        (not_reached("cancel"), not_reached("cancel"), answer("F", "PROCESS_FAIL")),
        (),
        [CANCEL, CANCEL, CANCEL],
        "SUCCESS",
        "REFUSED",
    ),
}


@pytest.mark.parametrize(("answers", "inquiries", "calls", "state", "cancel"), JOURNEYS.values(), ids=JOURNEYS)
def test_a_wanted_cancel_is_driven_to_its_end(world: World, answers, inquiries, calls, state: str, cancel: str) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, *answers)
    world.alipay.will(INQUIRY, *inquiries)
    call_off(world)
    driven(world)
    stored = payment(world)
    assert (stored.state.value, stored_cancel(world).state.value, stored.due_at) == (state, cancel, None)
    assert called(world) == calls
    world.clock.forward(86_400)
    poll(world)
    assert called(world) == calls


def test_the_cancel_of_an_open_payment_is_moot_once_an_inquiry_says_that_it_failed(world: World) -> None:
    in_process_before(world)
    world.alipay.will(CANCEL, answer("F", "ORDER_STATUS_INVALID"))
    world.alipay.will(INQUIRY, asked("FAIL", "ORDER_IS_CLOSED"))
    call_off(world)
    driven(world)
    assert (payment(world).state, stored_cancel(world).state) == (PaymentState.FAIL, CancelState.REFUSED)
    assert called(world) == [CANCEL, INQUIRY]


def test_an_open_payment_whose_cancel_was_refused_is_asked_for_as_ever(world: World) -> None:
    in_process_before(world)
    world.alipay.will(CANCEL, answer("F", "SYSTEM_ERROR"))
    world.alipay.will(INQUIRY, asked("PROCESSING"), asked("SUCCESS"))
    call_off(world)
    driven(world)
    assert called(world) == [CANCEL, INQUIRY, INQUIRY]
    assert (payment(world).state, payment(world).due_at) == (PaymentState.SUCCESS, None)


def test_a_success_notified_while_a_refusal_is_checked_does_not_confirm_it(world: World) -> None:
    """The notification may have been on its way since before the cancel, whose first send was acted on."""
    paid_before(world)
    world.alipay.will(CANCEL, LOST, answer("F", "PROCESS_FAIL"))
    call_off(world)
    poll_when_due(world)
    notify(world)
    assert stored_cancel(world).pending
    world.alipay.will(INQUIRY, asked("CANCELLED"))
    driven(world)
    assert payment(world).state is PaymentState.CANCELLED


def test_an_inquiry_that_was_sent_before_the_last_cancel_confirms_no_refusal(world: World) -> None:
    lost_before(world)

    def cancelled_meanwhile(_body: object):
        answered_before = asked("SUCCESS")
        world.alipay.will(CANCEL, LOST, answer("F", "PROCESS_FAIL"))
        for _ in range(2):
            world.clock.forward(1)
            call_off(world)
        return answered_before

    world.alipay.will(INQUIRY, cancelled_meanwhile)
    poll_when_due(world)
    assert (payment(world).state, stored_cancel(world).pending) == (PaymentState.SUCCESS, True)
    world.alipay.will(INQUIRY, asked("CANCELLED"))
    driven(world)
    assert payment(world).state is PaymentState.CANCELLED


def test_a_cancel_without_a_verdict_is_tried_ever_more_rarely_and_operators_hear_of_it(
    world: World, logged: Logged
) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, U)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    call_off(world)
    moments = [world.clock.now()]
    for _ in range(40):
        poll_when_due(world)
        moments.append(world.clock.now())
        assert stored_cancel(world).pending
    waits = [later - earlier for earlier, later in pairwise(moments)]
    assert waits[:3] == [2 * SECOND, 3 * SECOND, 5 * SECOND]
    assert waits == sorted(waits)
    assert waits[-1] == HOUR
    assert called(world)[:7] == [CANCEL, CANCEL, CANCEL, INQUIRY, CANCEL, INQUIRY, CANCEL]
    assert "cancel still open" in logged()


def test_a_cancel_that_can_no_longer_be_made_is_given_up_so_that_the_payment_can_be_refunded(world: World) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, answer("F", "ORDER_STATUS_INVALID"))
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    began = world.clock.now()
    call_off(world)
    driven(world, steps=400)
    assert (payment(world).state, stored_cancel(world).state) == (PaymentState.SUCCESS, CancelState.REFUSED)
    assert 48 * HOUR <= world.clock.now() - began < 54 * HOUR  # two more inquiries confirm it


def test_a_poller_without_time_claims_nothing(world: World) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, U)
    call_off(world)
    before = payment(world)
    world.clock.forward(2)
    poll_payment("PAY-1", world.runtime(14.9))
    assert (payment(world), cancels(world)) == (before, 1)


def test_if_the_outcome_cannot_be_stored_the_cancel_is_sent_again(world: World) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, U)
    call_off(world)
    store = outage(world)

    def and_then_the_store_is_gone(_body: object):
        store.on = True
        return cancelled()

    world.alipay.will(CANCEL, and_then_the_store_is_gone, cancelled())
    poll_when_due(world)
    store.on = False
    assert payment(world).cancel_pending
    poll_when_due(world)
    assert (payment(world).state, cancels(world)) == (PaymentState.CANCELLED, 3)


# --- the deployment's own cancel


def patient(world: World, seconds: int) -> None:
    world.settings = replace(world.settings, cancel_open_after=seconds * SECOND)


def test_by_default_no_payment_is_cancelled_that_nobody_wants_cancelled(world: World) -> None:
    lost_before(world)
    world.alipay.will(INQUIRY, asked("PROCESSING"))
    driven(world, steps=30)
    assert payment(world).state is PaymentState.PROCESSING
    assert set(called(world)) == {INQUIRY}


@pytest.mark.parametrize("first", [no_answer(), answer("U", "PAYMENT_IN_PROCESS")], ids=["lost", "U"])
def test_a_payment_that_stays_open_longer_than_the_deployment_likes_is_cancelled(world: World, first) -> None:
    patient(world, 60)
    world.alipay.will(PAY, first)
    send(world)
    began = world.clock.now()
    world.alipay.will(INQUIRY, asked("PROCESSING"))
    world.alipay.will(CANCEL, cancelled())
    driven(world, steps=30)
    assert payment(world).state is PaymentState.CANCELLED
    assert 60 * SECOND <= world.clock.now() - began < 90 * SECOND
    assert called(world)[:-1] == [INQUIRY] * (len(called(world)) - 1)
    assert result_of(send(world)) == (200, "F", "ORDER_IS_CANCELED")


@pytest.mark.parametrize("outcome", [asked("SUCCESS"), asked("FAIL")])
def test_a_payment_that_is_settled_in_time_is_not_cancelled(world: World, outcome) -> None:
    patient(world, 60)
    lost_before(world)
    world.alipay.will(INQUIRY, outcome)
    driven(world)
    world.clock.forward(120)
    poll(world)
    assert cancels(world) == 0


def test_after_a_refusal_an_open_payment_is_asked_for_and_never_cancelled_twice(world: World) -> None:
    patient(world, 10)
    lost_before(world)
    world.alipay.will(INQUIRY, asked("PROCESSING"))
    world.alipay.will(CANCEL, answer("F", "PROCESS_FAIL"))
    driven(world, steps=30)
    assert cancels(world) == 1
    assert payment(world).state.open
    assert called(world)[-1] is INQUIRY


def test_a_payment_whose_sender_is_at_work_is_not_cancelled(world: World) -> None:
    patient(world, 5)

    def meanwhile(_body: object):
        world.clock.forward(24)
        # Due for whatever reason: the lease alone must hold the poller back.
        world.repository.payments.replaced(replace(payment(world), due_at=world.clock.now()))
        world.alipay.will(INQUIRY, asked("PROCESSING"))
        poll_payment("PAY-1", world.runtime(58))
        raise no_answer()

    world.alipay.will(PAY, meanwhile)
    send(world, seconds=40)
    assert called(world) == [INQUIRY]
    assert payment(world).cancel is None


def test_a_payment_that_was_made_elsewhere_is_left_to_whoever_made_it(world: World) -> None:
    patient(world, 1)
    lost_before(world)
    world.repository.payments.replaced(replace(payment(world), fingerprint=""))
    world.clock.forward(60)
    world.alipay.will(INQUIRY, asked("PROCESSING"))
    driven(world, steps=3)
    assert called(world) == [INQUIRY] * 3


STUCK = {
    "no answer": no_answer("inquiryPayment"),
    "a U": answer("U", "UNKNOWN_EXCEPTION"),
    "not there": absent(),
}


@pytest.mark.parametrize("silence", STUCK.values(), ids=STUCK)
def test_a_cancel_that_is_stuck_while_only_inquiries_go_out_is_told_each_time(
    world: World, logged: Logged, silence
) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, U)
    call_off(world)
    for _ in range(2):
        poll_when_due(world)
    assert stored_cancel(world).ask
    world.alipay.will(INQUIRY, silence)
    told, sent = logged().count("cancel still open"), cancels(world)
    for polls in range(1, 4):
        poll_when_due(world)
        assert logged().count("cancel still open") == told + polls
    assert (cancels(world), len(world.alipay.sends_of(INQUIRY))) == (sent, 3)
    assert '"PollsExhausted"' in logged()
