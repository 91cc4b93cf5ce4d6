"""cancel: every kind of answer, repeats, and what the state forbids."""

import threading
from dataclasses import replace

import pytest

from autodebit.domain.cancellation import CancelState
from autodebit.domain.payment import lease_for_cancel
from autodebit.domain.payment_states import PaymentState
from autodebit.flows.payments.sync import poll_payment
from autodebit.gateway.client import Operation
from autodebit.responses import Response
from tests.contract.documents import document
from tests.flows.cancel_steps import (
    CANCELLED_AT,
    call_off,
    cancelled,
    cancels,
    in_process_before,
    paid_before,
    stored_cancel,
)
from tests.flows.conftest import Logged
from tests.flows.steps import (
    PAYMENT_ID,
    asked,
    body_of,
    inquire,
    message_of,
    notify,
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
BEFORE = {"paid": (paid_before, PaymentState.SUCCESS), "open": (in_process_before, PaymentState.PROCESSING)}


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
    assert (stored.state, stored.cancel_pending, stored.cancel.ask) == (state, True, code in ASKING)
    assert stored.due_at == world.clock.now() + 2_000


@pytest.mark.parametrize(("before", "state"), BEFORE.values(), ids=BEFORE)
@pytest.mark.parametrize("code", UNKNOWNS)
def test_u_is_told_as_it_is_and_the_cancel_stays_wanted(world: World, before, state: PaymentState, code: str) -> None:
    before(world)
    world.alipay.will(CANCEL, answer("U", code, "wait"))
    assert call_off(world).text == answer("U", code, "wait").text
    stored = payment(world)
    assert (stored.state, stored.cancel_pending, stored.cancel.lost) == (state, True, True)
    throttled = code == "REQUEST_TRAFFIC_EXCEED_LIMIT"
    assert stored.due_at == world.clock.now() + (60_000 if throttled else 2_000)


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
    in_process_before(world)

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
    replies: list[Response] = []

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
    in_process_before(world)

    def fails_meanwhile(_body: object):
        notify(world, "F", "ORDER_IS_CLOSED")
        return answer("F", "ORDER_STATUS_INVALID")

    world.alipay.will(CANCEL, fails_meanwhile)
    assert refused(lambda: call_off(world)) == (409, "ORDER_STATUS_INVALID")
    assert (payment(world).state, payment(world).due_at) == (PaymentState.FAIL, None)
    assert stored_cancel(world).state is CancelState.REFUSED


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
        taken = lease_for_cancel(payment(world), world.clock.now(), world.settings.plan)
        assert world.repository.payments.replaced(taken) is not None
        return cancelled()

    world.alipay.will(CANCEL, so_slow_that_another_took_over)
    assert result_of(call_off(world, seconds=60)) == (200, "S", "SUCCESS")
    assert (payment(world).state, stored_cancel(world).state) == (PaymentState.CANCELLED, CancelState.DONE)
