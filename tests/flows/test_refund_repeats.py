"""refund: repeats before and after the outcome is known, and what another send may and may not settle."""

from itertools import pairwise

import pytest

from autodebit.contract import RefundRequest
from autodebit.domain.refund_states import RefundState
from autodebit.domain.tracked_request import ReportedStatus, Source
from autodebit.flows.payments.refund import refund
from autodebit.gateway.client import Operation
from tests.flows.refund_steps import (
    REFUND_ID,
    buy,
    give_back,
    inquire_refund,
    notify_of,
    poll_refund_when_due,
    refunded,
    refunded_fields,
    reserved,
    stored,
    told,
    unknown_refund,
)
from tests.flows.steps import PAYMENT_ID, body_of, message_of, result_of
from tests.repository.refund_samples import said
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.limit import Limit
from tests.support.world import World

REFUND, INQUIRY = Operation.REFUND, Operation.INQUIRY_REFUND
LOST = no_answer("refund")
IN_PROCESS = answer("U", "REFUND_IN_PROCESS", "wait")


@pytest.fixture
def world(world: World) -> World:
    """A world in which PAY-1 is paid."""
    buy(world)
    return world


def lose_first(world: World, *then: object) -> None:
    """The first answer is lost; the next ones are *then*."""
    world.alipay.will(REFUND, LOST, *then)
    give_back(world)
    world.clock.forward(1)


def sends(world: World) -> int:
    return len(world.alipay.sends_of(REFUND))


# --- before the outcome is known


def test_a_repeat_while_the_send_is_under_way_is_u_without_a_call(world: World) -> None:
    replies = []

    def meanwhile(_body: object):
        world.clock.forward(10)
        replies.append(give_back(world))
        return refunded()

    world.alipay.will(REFUND, meanwhile)
    assert result_of(give_back(world)) == (200, "S", "SUCCESS")
    assert [result_of(reply) for reply in replies] == [(200, "U", "REFUND_IN_PROCESS")]
    assert (sends(world), world.alipay.sends_of(INQUIRY)) == (1, [])


def test_the_lease_of_a_sender_that_died_runs_out_and_an_f_to_the_next_send_settles_nothing(world: World) -> None:
    class Killed(BaseException):
        pass

    def die(_body: object):
        raise Killed

    world.alipay.will(REFUND, die, answer("F", "PROCESS_FAIL"), refunded())
    with pytest.raises(Killed):
        give_back(world)
    assert stored(world).due_at == world.clock.now() + 25_000
    world.clock.forward(24.9)
    assert result_of(give_back(world)) == (200, "U", "REFUND_IN_PROCESS")
    assert sends(world) == 1
    world.clock.forward(0.1)
    assert result_of(give_back(world)) == (200, "U", "REFUND_IN_PROCESS")
    assert (stored(world).state, reserved(world)) == (RefundState.INITIATED, 300)
    world.clock.forward(1)
    assert result_of(give_back(world)) == (200, "S", "SUCCESS")
    assert reserved(world) == 300


@pytest.mark.parametrize("lost", [LOST, unsigned("refund")], ids=["missing", "untrusted"])
def test_after_a_missing_or_untrusted_answer_the_stored_body_goes_again(world: World, lost) -> None:
    world.alipay.will(REFUND, lost, refunded())
    give_back(world, refundReason="broken", refundNotifyUrl="https://shop.example.com/a")
    again = give_back(world, refundReason="changed my mind", refundNotifyUrl="https://shop.example.com/b")
    assert result_of(again) == (200, "S", "SUCCESS")
    first, second = world.alipay.sends_of(REFUND)
    assert list(first.items()) == list(second.items())
    assert (second["refundReason"], reserved(world)) == ("broken", 300)


INQUIRIES = {
    "done": (told("SUCCESS"), ("S", "SUCCESS"), RefundState.SUCCESS, 300),
    "failed": (told("FAIL"), ("F", "PROCESS_FAIL"), RefundState.FAIL, 0),
    "in process": (told("PROCESSING"), ("U", "REFUND_IN_PROCESS"), RefundState.PROCESSING, 300),
    "not known": (unknown_refund(), ("U", "REFUND_IN_PROCESS"), RefundState.PROCESSING, 300),
    "SYSTEM_ERROR": (answer("F", "SYSTEM_ERROR"), ("U", "REFUND_IN_PROCESS"), RefundState.PROCESSING, 300),
    "no answer": (no_answer("inquiryRefund"), ("U", "REFUND_IN_PROCESS"), RefundState.PROCESSING, 300),
    "not reached": (not_reached("inquiryRefund"), ("U", "REFUND_IN_PROCESS"), RefundState.PROCESSING, 300),
    "another amount": (
        told("FAIL", refundAmount={"currency": "JPY", "value": "9"}),
        ("U", "REFUND_IN_PROCESS"),
        RefundState.PROCESSING,
        300,
    ),
}


@pytest.mark.parametrize("code", ["REFUND_IN_PROCESS", "UNKNOWN_EXCEPTION"])
@pytest.mark.parametrize(("inquiry", "heard", "state", "held"), INQUIRIES.values(), ids=INQUIRIES)
def test_after_u_a_repeat_asks_once_and_sends_nothing(
    world: World, inquiry, heard, state: RefundState, held: int, code: str
) -> None:
    world.alipay.will(REFUND, answer("U", code, "wait"))
    world.alipay.will(INQUIRY, inquiry)
    give_back(world)
    assert result_of(give_back(world)) == (200, *heard)
    assert sends(world) == 1
    assert world.alipay.sends_of(INQUIRY) == [{"refundRequestId": "REF-1"}]
    assert (stored(world).state, reserved(world)) == (state, held)
    assert (stored(world).due_at is None) == state.final


def ask(world: World) -> None:
    inquire_refund(world)


def tell(world: World) -> None:
    notify_of(world, "PROCESSING")


@pytest.mark.parametrize("learn", [poll_refund_when_due, ask, tell], ids=["poll", "inquiry", "notification"])
def test_a_refund_that_alipay_calls_processing_is_not_sent_again_although_its_first_answer_was_lost(
    world: World, learn
) -> None:
    lose_first(world)
    world.alipay.will(INQUIRY, told("PROCESSING"))
    learn(world)
    world.clock.forward(100)
    assert stored(world).state is RefundState.PROCESSING
    assert result_of(give_back(world)) == (200, "U", "REFUND_IN_PROCESS")
    assert sends(world) == 1


def test_an_f_to_a_repeat_does_not_make_a_refund_in_process_one_to_be_sent_again(world: World) -> None:
    def meanwhile(_body: object):
        # A poll that began before this send is answered now.
        world.repository.refunds.settle("REF-1", said(ReportedStatus.PENDING, Source.POLL), world.clock.now())
        return answer("F", "PROCESS_FAIL")

    lose_first(world, meanwhile)
    world.alipay.will(INQUIRY, told("PROCESSING"))
    give_back(world)
    world.clock.forward(100)
    give_back(world)
    assert sends(world) == 2


@pytest.mark.parametrize(
    "code",
    ["MERCHANT_BALANCE_NOT_ENOUGH", "SYSTEM_ERROR", "PROCESS_FAIL", "ORDER_IS_CLOSED"],
)
def test_an_f_to_a_later_send_settles_nothing_frees_nothing_and_invites_no_new_id(world: World, code: str) -> None:
    lose_first(world, answer("F", code, "no"))
    reply = give_back(world)
    assert result_of(reply) == (200, "U", "REFUND_IN_PROCESS")
    assert code in message_of(reply)
    assert (stored(world).state, reserved(world)) == (RefundState.INITIATED, 300)
    world.alipay.will(INQUIRY, told("SUCCESS"))
    poll_refund_when_due(world)
    assert (stored(world).state, reserved(world)) == (RefundState.SUCCESS, 300)
    assert world.anomalies() == []


def test_a_repeat_that_is_not_reached_leaves_the_first_send_counted(world: World) -> None:
    lose_first(world, not_reached("refund"), answer("F", "PROCESS_FAIL"))
    assert result_of(give_back(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    assert stored(world).sends == 1
    assert result_of(give_back(world)) == (200, "U", "REFUND_IN_PROCESS")
    assert reserved(world) == 300


# --- what is final is replayed


def learn_by_notification(world: World, status: str) -> None:
    notify_of(world, status, "SUCCESS" if status == "SUCCESS" else "MERCHANT_BALANCE_NOT_ENOUGH", **QUOTE)


def learn_by_poll(world: World, status: str) -> None:
    world.alipay.will(INQUIRY, told(status, **QUOTE))
    poll_refund_when_due(world)


QUOTE = {
    "grossSettlementAmount": {"currency": "USD", "value": "200"},
    "settlementQuote": {"quoteId": "Q-1", "quoteCurrencyPair": "JPY/USD", "quotePrice": "0.0067"},
}
WHOLE = {"paymentId": PAYMENT_ID, **refunded_fields(), **QUOTE}
OUTCOMES = {
    "success by notification": (learn_by_notification, "SUCCESS", ("S", "SUCCESS"), WHOLE),
    "success by poll": (learn_by_poll, "SUCCESS", ("S", "SUCCESS"), WHOLE),
    "failure by notification": (learn_by_notification, "FAIL", ("F", "MERCHANT_BALANCE_NOT_ENOUGH"), {}),
    "failure by poll": (learn_by_poll, "FAIL", ("F", "PROCESS_FAIL"), {}),
}


@pytest.mark.parametrize(("learn", "outcome", "heard", "rest"), OUTCOMES.values(), ids=OUTCOMES)
def test_a_repeat_of_what_was_learned_otherwise_has_the_shape_of_refund(
    world: World, learn, outcome: str, heard: tuple[str, str], rest: dict
) -> None:
    """Ids and amount come with S only."""
    lose_first(world)
    learn(world, outcome)
    reply = give_back(world)
    assert result_of(reply) == (200, *heard)
    body = body_of(reply)
    assert set(body.pop("result")) == {"resultCode", "resultStatus", "resultMessage"}
    assert body == rest
    assert give_back(world, seconds=2) == reply
    assert sends(world) == 1


@pytest.mark.parametrize("older", [IN_PROCESS, LOST], ids=["U", "no answer"])
@pytest.mark.parametrize(("status", "heard"), [("SUCCESS", ("S", "SUCCESS")), ("FAIL", ("F", "PROCESS_FAIL"))])
def test_an_outcome_that_arrives_while_the_call_runs_is_the_answer(world: World, older, status: str, heard) -> None:
    def meanwhile(_body: object):
        notify_of(world, status, "SUCCESS" if status == "SUCCESS" else "PROCESS_FAIL")
        if isinstance(older, Exception):
            raise older
        return older

    world.alipay.will(REFUND, meanwhile)
    assert result_of(give_back(world)) == (200, *heard)
    assert (stored(world).settled_by, stored(world).due_at) == ("notification", None)
    assert reserved(world) == (300 if status == "SUCCESS" else 0)


def test_a_success_notified_while_the_call_runs_stands_against_its_f(world: World) -> None:
    def meanwhile(_body: object):
        notify_of(world)
        return answer("F", "PROCESS_FAIL")

    world.alipay.will(REFUND, meanwhile)
    assert result_of(give_back(world)) == (200, "S", "SUCCESS")
    assert reserved(world) == 300
    assert world.anomalies() == ["a failure was reported of a successful refund"]


# --- the same id for something else


CONTENTS = {
    "amount": {"value": "301"},
    "currency": {"refundAmount": {"currency": "USD", "value": "300"}},
    "payment": {"paymentId": "ANOTHER"},
    "our id of the payment": {"paymentId": None, "paymentRequestId": "PAY-2"},
    "one of two ids": {"paymentRequestId": "PAY-2"},
}


@pytest.mark.parametrize(
    "first", [refunded(), answer("F", "PROCESS_FAIL"), LOST, IN_PROCESS], ids=["S", "F", "lost", "U"]
)
@pytest.mark.parametrize("changed", CONTENTS.values(), ids=CONTENTS)
def test_another_payment_amount_or_currency_is_refused(world: World, changed: dict, first, refused) -> None:
    world.alipay.will(REFUND, first)
    give_back(world)
    before, held = stored(world), reserved(world)
    assert refused(lambda: give_back(world, **changed)) == (409, "REPEAT_REQ_INCONSISTENT")
    assert (stored(world), reserved(world), len(world.alipay.sent)) == (before, held, 2)


@pytest.mark.parametrize("ids", [{"paymentId": None, "paymentRequestId": "PAY-1"}, {"paymentRequestId": "PAY-1"}])
def test_the_same_payment_may_be_named_otherwise(world: World, ids: dict) -> None:
    world.alipay.will(REFUND, refunded())
    assert give_back(world) == give_back(world, **ids)
    assert sends(world) == 1


def test_two_first_sends_at_once_send_once(world: World) -> None:
    """The second finds the intent of the first between its read and its write."""
    refunds, replies, runtime = world.repository.refunds, [], world.runtime()

    class Late:
        def __getattr__(self, name: str):
            return getattr(refunds, name)

        def open(self, intent, payment, at):
            replies.append(give_back(world))
            return refunds.open(intent, payment, at)

    object.__setattr__(runtime.repository, "refunds", Late())
    world.alipay.will(REFUND, refunded())
    amount = {"currency": "JPY", "value": "300"}
    request = {"refundRequestId": "REF-1", "paymentId": PAYMENT_ID, "refundAmount": amount}
    assert [refund(RefundRequest.model_validate(request), runtime)] == replies
    assert (sends(world), reserved(world)) == (1, 300)


# --- closed as NOT_SUBMITTED


def not_submitted(world: World) -> None:
    """REF-1 is closed, because Alipay says three times that it does not know it."""
    lose_first(world)
    world.alipay.will(INQUIRY, unknown_refund())
    for _ in range(40):
        if stored(world).state is RefundState.NOT_SUBMITTED:
            return
        poll_refund_when_due(world)
    raise AssertionError("still open")


def test_a_refund_that_was_not_submitted_still_holds_its_amount_and_is_sent_again_under_the_same_id(
    world: World, refused
) -> None:
    not_submitted(world)
    assert reserved(world) == 300
    assert refused(lambda: give_back(world, "REF-2", "701")) == (409, "REFUND_AMOUNT_EXCEED")
    world.alipay.will(REFUND, refunded())
    assert result_of(give_back(world, refundReason="once more")) == (200, "S", "SUCCESS")
    assert world.alipay.sends_of(REFUND)[-1]["refundReason"] == "once more"
    assert (stored(world).state, reserved(world), world.anomalies()) == (RefundState.SUCCESS, 300, [])


def test_an_f_to_a_refund_that_was_opened_again_settles_nothing(world: World) -> None:
    not_submitted(world)
    world.alipay.will(REFUND, answer("F", "MERCHANT_BALANCE_NOT_ENOUGH"))
    assert result_of(give_back(world)) == (200, "U", "REFUND_IN_PROCESS")
    assert (stored(world).state, reserved(world)) == (RefundState.INITIATED, 300)
    assert stored(world).due_at is not None
    notify_of(world, "FAIL", "MERCHANT_BALANCE_NOT_ENOUGH")
    assert (stored(world).state, reserved(world)) == (RefundState.FAIL, 0)


def test_a_late_success_wins_over_not_submitted_and_is_an_anomaly(world: World) -> None:
    not_submitted(world)
    notify_of(world)
    assert (stored(world).state, stored(world).refund_id, reserved(world)) == (RefundState.SUCCESS, REFUND_ID, 300)
    assert world.anomalies() == ["callers were told that this refund was not submitted"]


def test_a_refund_that_was_not_submitted_is_asked_for_four_times_more(world: World) -> None:
    not_submitted(world)
    closed_at, waits = world.clock.now(), []
    limit = Limit()
    while (due_at := stored(world).due_at) is not None:
        limit.step()
        waits.append((due_at - closed_at) // 60_000)
        poll_refund_when_due(world)
    assert waits == [15, 60, 360, 1440]
    assert (stored(world).state, reserved(world)) == (RefundState.NOT_SUBMITTED, 300)


def test_order_not_exist_counts_three_times_fifteen_seconds_apart_after_the_grace(world: World) -> None:
    lose_first(world)
    sent_at, counted = stored(world).sent_at, []
    world.alipay.will(INQUIRY, unknown_refund())
    limit = Limit()
    while stored(world).state.open:
        limit.step()
        before = stored(world).not_found_count
        poll_refund_when_due(world)
        if stored(world).state is RefundState.NOT_SUBMITTED or stored(world).not_found_count > before:
            counted.append(world.clock.now() - sent_at)
    assert len(counted) == 3
    assert counted[0] >= 85_000
    assert all(later - earlier == 15_000 for earlier, later in pairwise(counted))
