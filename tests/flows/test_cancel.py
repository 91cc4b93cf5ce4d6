"""cancel: every kind of answer, repeats, trouble, and all that can happen to the payment meanwhile."""

import threading
from collections.abc import Mapping
from dataclasses import replace

import pytest

from autodebit.cancel import CancelState
from autodebit.errors import StoreUnavailable
from autodebit.flows.outcomes import poll_payment
from autodebit.gateway import Operation
from autodebit.lifecycle import PaymentState
from autodebit.payment import claimed_for_cancel
from autodebit.replies import Reply
from tests.contract.documents import document
from tests.flows.cancel_steps import (
    CANCELLED_AT,
    call_off,
    cancelled,
    cancels,
    lost_before,
    paid_before,
    stored_cancel,
)
from tests.flows.conftest import Logged
from tests.flows.steps import (
    PAYMENT_ID,
    absent,
    asked,
    body_of,
    inquire,
    message_of,
    notify,
    outage,
    paid,
    payment,
    poll_when_due,
    result_of,
    send,
)
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.world import World

CANCEL, INQUIRY, PAY = Operation.CANCEL, Operation.INQUIRY_PAYMENT, Operation.PAY
CODES = {row["code"]: row for row in document("cancel")["result_codes"]}
UNKNOWNS = [code for code, row in CODES.items() if row["status"] == "U"]
AGAIN = [c for c, row in CODES.items() if row["status"] == "F" and row["action_kind"] == "retry_same_request"]
ASKING = [code for code, row in CODES.items() if row["action_kind"] == "inquire"]
REFUSALS = [c for c, row in CODES.items() if row["status"] == "F" and c not in (*AGAIN, *ASKING, "ORDER_NOT_EXIST")]
BEFORE = {"paid": (paid_before, PaymentState.SUCCESS), "open": (lost_before, PaymentState.INITIATED)}


def test_the_contract_lists_every_class() -> None:
    assert {"CANCEL_WINDOW_EXCEED", "PROCESS_FAIL", "KEY_NOT_FOUND", "SYSTEM_ERROR"} <= set(REFUSALS)
    assert (AGAIN, ASKING) == (["MERCHANT_BALANCE_NOT_ENOUGH"], ["ORDER_STATUS_INVALID"])
    assert set(UNKNOWNS) == {"REQUEST_TRAFFIC_EXCEED_LIMIT", "UNKNOWN_EXCEPTION"}


# --- each kind of answer to the first send


@pytest.mark.parametrize(("before", "state"), BEFORE.values(), ids=BEFORE)
def test_s_is_answered_with_alipays_own_body_and_repeats_get_the_same(
    world: World, before, state: PaymentState
) -> None:
    before(world)
    assert payment(world).state is state
    world.alipay.will(CANCEL, cancelled(somethingNew=1.5))
    reply = call_off(world)
    assert reply.text == cancelled(somethingNew=1.5).text
    stored = payment(world)
    assert (stored.state, stored.due_at, stored.cancel_time) == (PaymentState.CANCELLED, None, CANCELLED_AT)
    assert stored_cancel(world).state is CancelState.DONE
    assert call_off(world) == reply
    assert world.alipay.sends_of(CANCEL) == [{"paymentRequestId": "PAY-1"}]
    assert world.anomalies() == []


@pytest.mark.parametrize(("before", "state"), BEFORE.values(), ids=BEFORE)
@pytest.mark.parametrize("code", [*REFUSALS, "A_CODE_OF_NEXT_YEAR"])
def test_a_final_f_is_told_ends_the_cancel_and_says_nothing_of_the_payment(
    world: World, before, state: PaymentState, code: str
) -> None:
    before(world)
    world.alipay.will(CANCEL, answer("F", code, "no"))
    assert result_of(call_off(world)) == (200, "F", code)
    stored = payment(world)
    assert (stored.state, stored.cancel.state, stored.cancel.code) == (state, CancelState.REFUSED, code)
    assert (stored.due_at is None) == stored.state.final


@pytest.mark.parametrize(("before", "state"), BEFORE.values(), ids=BEFORE)
@pytest.mark.parametrize("code", [*AGAIN, *ASKING])
def test_an_f_that_is_not_final_is_told_as_u_and_the_cancel_stays_wanted(
    world: World, before, state: PaymentState, code: str
) -> None:
    before(world)
    world.alipay.will(CANCEL, answer("F", code, "not now"))
    reply = call_off(world)
    assert result_of(reply) == (200, "U", "UNKNOWN_EXCEPTION")
    assert code in message_of(reply)
    stored = payment(world)
    assert (stored.state, stored.being_cancelled, stored.cancel.ask) == (state, True, code in ASKING)
    assert stored.due_at == world.clock.now() + 2_000


@pytest.mark.parametrize(("before", "state"), BEFORE.values(), ids=BEFORE)
@pytest.mark.parametrize("code", UNKNOWNS)
def test_u_is_told_as_it_is_and_the_cancel_stays_wanted(world: World, before, state: PaymentState, code: str) -> None:
    before(world)
    world.alipay.will(CANCEL, answer("U", code, "wait"))
    assert call_off(world).text == answer("U", code, "wait").text
    stored = payment(world)
    assert (stored.state, stored.being_cancelled, stored.cancel.lost) == (state, True, True)
    assert stored.due_at == world.clock.now() + 2_000


@pytest.mark.parametrize("lost", [no_answer("cancel"), unsigned("cancel", "PROCESS_FAIL")], ids=["missing", "unsigned"])
def test_a_lost_answer_is_u_and_the_cancel_stays_wanted(world: World, lost) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, lost)
    assert result_of(call_off(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    assert (stored_cancel(world).pending, stored_cancel(world).lost, stored_cancel(world).lease_until) == (
        True,
        True,
        0,
    )
    assert payment(world).due_at == world.clock.now() + 2_000


def test_a_cancel_that_did_not_reach_alipay_is_told_as_kept_and_is_sent_by_the_poller(world: World) -> None:
    """503 as everywhere, but whoever hears it must not believe that the cancel is forgotten."""
    paid_before(world)
    world.alipay.will(CANCEL, not_reached("cancel"), cancelled())
    reply = call_off(world)
    assert result_of(reply) == (503, "U", "UNKNOWN_EXCEPTION")
    assert "is stored" in message_of(reply)
    assert (stored_cancel(world).pending, stored_cancel(world).sends, stored_cancel(world).lost) == (True, 0, False)
    assert payment(world).due_at == world.clock.now() + 2_000
    poll_when_due(world)
    assert payment(world).state is PaymentState.CANCELLED


def test_an_f_after_a_send_that_did_not_reach_alipay_is_final(world: World) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, not_reached("cancel"), answer("F", "PROCESS_FAIL"))
    call_off(world)
    assert result_of(call_off(world)) == (200, "F", "PROCESS_FAIL")
    assert stored_cancel(world).state is CancelState.REFUSED


@pytest.mark.parametrize("lost", [no_answer("cancel"), answer("U", "UNKNOWN_EXCEPTION")], ids=["missing", "U"])
@pytest.mark.parametrize("code", ["CANCEL_WINDOW_EXCEED", "PROCESS_FAIL"])
def test_an_f_after_a_lost_send_refuses_nothing_before_an_inquiry_has_said_so(world: World, code: str, lost) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, lost, answer("F", code))
    call_off(world)
    reply = call_off(world)
    assert result_of(reply) == (200, "U", "UNKNOWN_EXCEPTION")
    assert code in message_of(reply)
    assert stored_cancel(world).pending


FOREIGN = {"paymentId": {"paymentId": "2024OTHER"}, "paymentRequestId": {"paymentRequestId": "PAY-2"}}


@pytest.mark.parametrize("named", FOREIGN.values(), ids=FOREIGN)
def test_an_s_that_names_another_payment_cancels_nothing(world: World, named: dict, logged: Logged) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, cancelled(**named))
    assert result_of(call_off(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    assert (payment(world).state, stored_cancel(world).ask) == (PaymentState.SUCCESS, True)
    assert len(world.anomalies()) == 1
    assert '"Anomalies"' in logged()


def test_it_is_found_by_alipays_id_too_and_sent_by_ours(world: World) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, cancelled())
    assert result_of(call_off(world, paymentId=PAYMENT_ID)) == (200, "S", "SUCCESS")
    assert world.alipay.sends_of(CANCEL) == [{"paymentRequestId": "PAY-1"}]


def test_it_is_sent_for_the_account_of_the_payment(world: World) -> None:
    world.alipay.will(PAY, paid())
    send(world, merchantAccountId="SHOP-1")
    world.alipay.will(CANCEL, cancelled())
    call_off(world)
    assert world.alipay.sends_of(CANCEL) == [{"paymentRequestId": "PAY-1", "merchantAccountId": "SHOP-1"}]


# --- repeats before and after


@pytest.mark.parametrize(
    "first",
    [
        no_answer("cancel"),
        answer("U", "UNKNOWN_EXCEPTION"),
        answer("F", "MERCHANT_BALANCE_NOT_ENOUGH"),
        not_reached("cancel"),
    ],
    ids=["lost", "U", "balance", "not reached"],
)
def test_a_repeat_before_the_end_sends_the_same_cancel_again(world: World, first) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, first, cancelled())
    call_off(world)
    assert result_of(call_off(world)) == (200, "S", "SUCCESS")
    assert world.alipay.sends_of(CANCEL) == [{"paymentRequestId": "PAY-1"}] * 2
    assert stored_cancel(world).state is CancelState.DONE


def test_after_a_refusal_whoever_asks_once_more_is_heard_once_more(world: World) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, answer("F", "SYSTEM_ERROR"), cancelled())
    call_off(world)
    assert result_of(call_off(world)) == (200, "S", "SUCCESS")


def test_a_payment_cancelled_elsewhere_after_a_refusal_is_told_as_cancelled(world: World) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, answer("F", "PROCESS_FAIL"))
    call_off(world)
    world.alipay.will(INQUIRY, asked("CANCELLED"))
    inquire(world)
    assert result_of(call_off(world)) == (200, "S", "SUCCESS")
    assert cancels(world) == 1


def test_a_payment_that_an_inquiry_calls_cancelled_is_answered_from_what_is_stored(world: World) -> None:
    """Alipay gives paymentResultCode SUCCESS and a paymentTime to a payment that was cancelled after it was paid."""
    paid_before(world)
    world.alipay.will(CANCEL, no_answer("cancel"))
    call_off(world)
    world.alipay.will(INQUIRY, asked("CANCELLED", "SUCCESS"))
    inquire(world)
    assert (payment(world).state, payment(world).due_at) == (PaymentState.CANCELLED, None)
    reply = call_off(world)
    assert result_of(reply) == (200, "S", "SUCCESS")
    assert (body_of(reply)["paymentId"], body_of(reply)["paymentRequestId"]) == (PAYMENT_ID, "PAY-1")
    assert cancels(world) == 1


def test_a_repeat_while_the_cancel_is_under_way_is_u_without_a_call(world: World) -> None:
    paid_before(world)
    replies = []

    def meanwhile(_body: object):
        world.clock.forward(10)
        replies.append(call_off(world))
        return cancelled()

    world.alipay.will(CANCEL, meanwhile)
    assert result_of(call_off(world)) == (200, "S", "SUCCESS")
    assert [result_of(reply) for reply in replies] == [(200, "U", "UNKNOWN_EXCEPTION")]
    assert cancels(world) == 1


def test_a_poller_does_not_send_while_a_caller_does(world: World) -> None:
    """The success that comes meanwhile would be due in two seconds."""
    lost_before(world)

    def meanwhile(_body: object):
        notify(world)
        world.clock.forward(10)
        poll_payment("PAY-1", world.runtime(58))
        return cancelled()

    world.alipay.will(CANCEL, meanwhile)
    assert result_of(call_off(world)) == (200, "S", "SUCCESS")
    assert cancels(world) == 1
    assert world.alipay.sends_of(INQUIRY) == []


def test_two_callers_at_once_send_one_cancel_under_one_lease(world: World) -> None:
    paid_before(world)
    both, client = threading.Barrier(2), world.dynamodb

    class Together:
        """Both callers have read the payment before either claims the cancel."""

        def __init__(self) -> None:
            self._claims = 0

        def __getattr__(self, name: str):
            return getattr(client, name)

        def put_item(self, **request: object):
            self._claims += 1
            if self._claims <= 2:
                both.wait(10)
            return client.put_item(**request)

    sending = threading.Event()

    def slowly(_body: object):
        sending.wait(10)
        return cancelled()

    world.alipay.will(CANCEL, slowly)
    world.dynamodb = Together()
    replies: list[Reply] = []

    def run() -> None:
        replies.append(call_off(world))
        sending.set()

    callers = [threading.Thread(target=run) for _ in range(2)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(20)
    world.dynamodb = client
    assert cancels(world) == 1
    assert sorted(result_of(reply) for reply in replies) == [(200, "S", "SUCCESS"), (200, "U", "UNKNOWN_EXCEPTION")]
    assert (payment(world).state, stored_cancel(world).sends) == (PaymentState.CANCELLED, 1)


# --- what the state forbids


def test_a_failed_payment_is_not_cancelled(world: World, refused) -> None:
    world.alipay.will(PAY, answer("F", "USER_BALANCE_NOT_ENOUGH"))
    send(world)
    assert refused(lambda: call_off(world)) == (409, "ORDER_STATUS_INVALID")
    assert cancels(world) == 0


def test_a_payment_with_refunds_is_not_cancelled(world: World, refused) -> None:
    paid_before(world)
    world.repository.payments.replaced(replace(payment(world), reserved=1))
    assert refused(lambda: call_off(world)) == (409, "ORDER_STATUS_INVALID")
    assert cancels(world) == 0
    assert payment(world).cancel is None


def test_a_payment_that_fails_while_its_cancel_is_under_way_is_told_as_failed(world: World, refused) -> None:
    lost_before(world)

    def fails_meanwhile(_body: object):
        notify(world, "F", "ORDER_IS_CLOSED")
        return answer("F", "ORDER_STATUS_INVALID")

    world.alipay.will(CANCEL, fails_meanwhile)
    assert refused(lambda: call_off(world)) == (409, "ORDER_STATUS_INVALID")
    assert (payment(world).state, payment(world).due_at) == (PaymentState.FAIL, None)
    assert stored_cancel(world).state is CancelState.REFUSED


# --- a pay in flight


def test_a_cancel_while_pay_is_in_flight_closes_nothing_on_order_not_exist_and_gets_the_money_back(
    world: World,
) -> None:
    told: list[Reply] = []

    def meanwhile(_body: object):
        world.alipay.will(CANCEL, absent())
        told.append(call_off(world))
        return paid()

    world.alipay.will(PAY, meanwhile)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    # Paid, and about to be given back: an S would have somebody deliver for it.
    assert result_of(send(world)) == (200, "U", "PAYMENT_IN_PROCESS")
    assert result_of(told[0]) == (200, "U", "UNKNOWN_EXCEPTION")
    assert (payment(world).state, payment(world).being_cancelled) == (PaymentState.SUCCESS, True)
    assert result_of(send(world)) == (200, "U", "PAYMENT_IN_PROCESS")
    world.alipay.will(CANCEL, cancelled())
    poll_when_due(world)
    poll_when_due(world)
    assert (payment(world).state, payment(world).due_at) == (PaymentState.CANCELLED, None)


def test_pays_own_success_that_comes_after_the_cancel_is_recorded_and_told_as_cancelled(world: World) -> None:
    def meanwhile(_body: object):
        world.alipay.will(CANCEL, cancelled())
        assert result_of(call_off(world)) == (200, "S", "SUCCESS")
        return paid()

    world.alipay.will(PAY, meanwhile)
    assert result_of(send(world)) == (200, "F", "ORDER_IS_CANCELED")
    assert payment(world).state is PaymentState.CANCELLED
    assert world.anomalies() == ["a success was reported of a cancelled payment"]


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
    while payment(world).state is not PaymentState.NOT_SUBMITTED:
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
    for _ in range(3):
        poll_when_due(world)
    assert (payment(world).state, payment(world).due_at) == (PaymentState.CANCELLED, None)


def test_a_payment_that_is_notified_after_its_cancel_and_the_last_recheck_is_cancelled_too(world: World) -> None:
    not_submitted(world)
    world.alipay.will(CANCEL, absent())
    call_off(world)
    while payment(world).due_at is not None:
        poll_when_due(world)
    notify(world)
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    world.alipay.will(CANCEL, cancelled())
    poll_when_due(world)
    poll_when_due(world)
    assert payment(world).state is PaymentState.CANCELLED


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        (answer("U", "UNKNOWN_EXCEPTION"), (200, "U", "UNKNOWN_EXCEPTION")),
        (no_answer("cancel"), (200, "U", "UNKNOWN_EXCEPTION")),
        (not_reached("cancel"), (503, "U", "UNKNOWN_EXCEPTION")),
        (answer("F", "MERCHANT_BALANCE_NOT_ENOUGH"), (200, "U", "UNKNOWN_EXCEPTION")),
        (answer("F", "SYSTEM_ERROR"), (200, "F", "SYSTEM_ERROR")),
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


# --- the store, and time


def test_with_the_store_down_nothing_is_sent(world: World) -> None:
    paid_before(world)
    outage(world).on = True
    with pytest.raises(StoreUnavailable):
        call_off(world)
    assert cancels(world) == 0


def test_if_the_write_ahead_fails_nothing_is_sent(world: World) -> None:
    paid_before(world)
    store = outage(world)
    store.on, store.hits = True, lambda method, _request: method == "put_item"
    with pytest.raises(StoreUnavailable):
        call_off(world)
    assert cancels(world) == 0
    store.on = False
    assert payment(world).cancel is None


def and_then_the_store_is_gone(world: World, told):
    """*told*, and from then on the store is out of reach."""
    store = outage(world)

    def answered(_body: Mapping[str, object]):
        store.on = True
        if isinstance(told, Exception):
            raise told
        return told

    return answered, store


UNSTORED = {
    "S": (cancelled(), (200, "S", "SUCCESS")),
    "F": (answer("F", "PROCESS_FAIL"), (200, "U", "UNKNOWN_EXCEPTION")),
    "U": (answer("U", "UNKNOWN_EXCEPTION"), (200, "U", "UNKNOWN_EXCEPTION")),
    "lost": (no_answer("cancel"), (200, "U", "UNKNOWN_EXCEPTION")),
    "not reached": (not_reached("cancel"), (503, "U", "UNKNOWN_EXCEPTION")),
    "absent": (absent(), (200, "U", "UNKNOWN_EXCEPTION")),
}


@pytest.mark.parametrize(("told", "heard"), UNSTORED.values(), ids=UNSTORED)
def test_if_the_answer_cannot_be_stored_the_due_cancel_finds_it_out_again(world: World, told, heard) -> None:
    """A refusal that could not be stored is told as U: what is stored says that the cancel is sent again."""
    paid_before(world)
    answered, store = and_then_the_store_is_gone(world, told)
    world.alipay.will(CANCEL, answered, cancelled())
    assert result_of(call_off(world)) == heard
    store.on = False
    stored = payment(world)
    assert (stored.state, stored.being_cancelled) == (PaymentState.SUCCESS, True)
    assert stored.due_at == stored.cancel.lease_until
    poll_when_due(world)
    assert payment(world).state is PaymentState.CANCELLED


def test_if_the_store_comes_back_in_time_the_answer_is_stored(world: World) -> None:
    paid_before(world)
    answered, store = and_then_the_store_is_gone(world, answer("F", "CANCEL_WINDOW_EXCEED"))
    store.ends_after = 5
    world.alipay.will(CANCEL, answered)
    assert result_of(call_off(world)) == (200, "F", "CANCEL_WINDOW_EXCEED")
    assert stored_cancel(world).state is CancelState.REFUSED


def test_a_cancel_whose_sender_died_is_sent_by_the_poller_when_the_lease_is_over(world: World) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, lambda _body: 1 // 0, cancelled())
    with pytest.raises(ZeroDivisionError):
        call_off(world)
    assert payment(world).due_at == world.clock.now() + 25_000
    world.clock.forward(24.9)
    assert result_of(call_off(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    poll_when_due(world)
    assert (cancels(world), payment(world).state) == (2, PaymentState.CANCELLED)


def test_with_too_little_time_nothing_is_written_and_nothing_is_sent(world: World) -> None:
    paid_before(world)
    before = payment(world)
    assert result_of(call_off(world, seconds=14.9)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert (payment(world), cancels(world)) == (before, 0)


def test_when_the_claim_has_used_up_the_time_nothing_is_sent_and_the_cancel_is_kept(world: World) -> None:
    paid_before(world)
    client = world.dynamodb

    class Slow:
        def __getattr__(self, name: str):
            return getattr(client, name)

        def put_item(self, **request: object):
            world.clock.forward(11)
            return client.put_item(**request)

    world.dynamodb = Slow()
    reply = call_off(world)
    world.dynamodb = client
    assert result_of(reply) == (503, "U", "UNKNOWN_EXCEPTION")
    assert "is stored" in message_of(reply)
    assert (cancels(world), stored_cancel(world).pending, stored_cancel(world).sends) == (0, True, 0)
    assert payment(world).due_at is not None


# --- operators


def test_three_cancels_without_a_verdict_are_told_to_operators(world: World, logged: Logged) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, answer("U", "UNKNOWN_EXCEPTION"))
    call_off(world)
    call_off(world)
    assert "PollsExhausted" not in logged()
    call_off(world)
    assert "cancel still open" in logged()
    assert "PollsExhausted" in logged()


def test_an_answer_that_comes_after_another_sender_took_over_is_heard_as_well(world: World) -> None:
    paid_before(world)

    def so_slow_that_another_took_over(_body: object):
        world.clock.forward(30)
        taken = claimed_for_cancel(payment(world), world.clock.now(), world.settings.plan)
        assert world.repository.payments.replaced(taken) is not None
        return cancelled()

    world.alipay.will(CANCEL, so_slow_that_another_took_over)
    assert result_of(call_off(world, seconds=60)) == (200, "S", "SUCCESS")
    assert (payment(world).state, stored_cancel(world).state) == (PaymentState.CANCELLED, CancelState.DONE)
