"""Payments made elsewhere: taken over from Alipay's own word, with their refunds, before they are cancelled or refunded."""

import contextlib
from typing import Any

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund_states import RefundState
from autodebit.errors import RequestRejected
from autodebit.flows.payments.refund_sync import poll_refund
from autodebit.gateway.client import Operation
from tests.flows.adoption_steps import give_back, known_to_alipay, old_refund, refunded, stored_payments, transaction
from tests.flows.cancel_steps import call_off, cancelled, cancels, lost_before, paid_before
from tests.flows.steps import (
    PAYMENT_ID,
    absent,
    asked,
    inquire,
    notify,
    paid,
    payment,
    poll_when_due,
    result_of,
    send,
)
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.world import World

CANCEL, INQUIRY, PAY, REFUND = Operation.CANCEL, Operation.INQUIRY_PAYMENT, Operation.PAY, Operation.REFUND
WHOLE = 1000


# --- taken over


IDS = {"by our id": {"paymentRequestId": "PAY-1"}, "by Alipay's id": {"paymentId": PAYMENT_ID}}


@pytest.mark.parametrize("ids", [*IDS.values(), {"paymentRequestId": "PAY-1", "paymentId": PAYMENT_ID}])
def test_a_payment_made_elsewhere_is_asked_for_once_stored_and_cancelled(world: World, ids: dict) -> None:
    known_to_alipay(world)
    world.alipay.will(CANCEL, cancelled())
    assert result_of(call_off(world, **ids)) == (200, "S", "SUCCESS")
    by = {name: value for name, value in ids.items() if name == "paymentId" or "paymentId" not in ids}
    assert world.alipay.sent == [(INQUIRY, by), (CANCEL, {"paymentRequestId": "PAY-1"})]
    stored = payment(world)
    assert (stored.state, stored.adopted, stored.payment_id) == (PaymentState.CANCELLED, True, PAYMENT_ID)
    assert result_of(call_off(world, **ids)) == (200, "S", "SUCCESS")
    assert len(world.alipay.sent) == 2


def test_a_payment_made_elsewhere_is_refunded_and_the_amount_reserved(world: World) -> None:
    known_to_alipay(world)
    world.alipay.will(REFUND, refunded())
    assert result_of(give_back(world)) == (200, "S", "SUCCESS")
    assert payment(world).reserved == 100
    assert world.repository.payments.id_of(PAYMENT_ID) == "PAY-1"
    assert world.alipay.sends_of(REFUND)[0]["paymentId"] == PAYMENT_ID


def test_the_account_that_the_caller_names_is_kept_for_all_that_follows(world: World) -> None:
    known_to_alipay(world, transaction(status="PROCESSING"))
    world.alipay.will(CANCEL, answer("F", "PROCESS_FAIL"))
    ids = {"paymentRequestId": "PAY-1", "merchantAccountId": "SHOP-1"}
    with pytest.raises(Exception, match="ORDER_STATUS_INVALID"):
        call_off(world, **ids)
    assert world.alipay.sends_of(INQUIRY) == [ids]
    assert payment(world).body == '{"merchantAccountId":"SHOP-1"}'
    assert old_refund(world).account == "SHOP-1"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("SUCCESS", "SUCCESS"),
        ("FAIL", "FAIL"),
        ("CANCELLED", "CANCELLED"),
        ("PROCESSING", "PROCESSING"),
        ("PENDING", "PROCESSING"),
    ],
)
def test_it_is_taken_over_as_alipay_tells_it_and_due_if_it_is_open(
    world: World, status: str, state: str, refused
) -> None:
    known_to_alipay(world, status=status)
    if state == "CANCELLED":
        assert result_of(call_off(world)) == (200, "S", "SUCCESS")
    elif state == "FAIL":
        assert refused(lambda: call_off(world)) == (409, "ORDER_STATUS_INVALID")
    else:
        assert result_of(call_off(world, seconds=14.9)) == (503, "U", "UNKNOWN_EXCEPTION")
        world.alipay.will(CANCEL, answer("F", "CANCEL_WINDOW_EXCEED"))
        assert result_of(call_off(world)) == (200, "F", "CANCEL_WINDOW_EXCEED")
    stored = payment(world)
    assert stored.state.value == state
    assert (stored.due_at is not None) == stored.state.open
    assert (stored.settled_by, bool(stored.answer)) == (("", False) if stored.state.open else ("inquiry", True))


def test_an_open_payment_made_elsewhere_is_asked_for_until_it_is_settled(world: World, refused) -> None:
    known_to_alipay(world, status="PROCESSING")
    assert refused(lambda: give_back(world)) == (409, "ORDER_STATUS_INVALID")
    world.alipay.will(INQUIRY, asked("SUCCESS"))
    poll_when_due(world)
    assert (payment(world).state, payment(world).due_at) == (PaymentState.SUCCESS, None)
    assert world.alipay.sends_of(PAY) == []


# --- its refunds

REFUNDS = {
    "none": ((), 0, {}),
    "null": (None, 0, {}),
    "done": ((transaction(),), 300, {1: "SUCCESS"}),
    "under way": ((transaction(status="PROCESSING"),), 300, {1: "PROCESSING"}),
    "failed": ((transaction(status="FAIL"),), 0, {1: "FAIL"}),
    "of a status that nobody knows": ((transaction(status="A_STATUS_OF_NEXT_YEAR"),), 300, {1: "PROCESSING"}),
    "without a status": ((transaction(status=None),), 300, {1: "PROCESSING"}),
    "without a type": ((transaction(transactionType=None),), 300, {1: "SUCCESS"}),
    "three": (
        (transaction(1), transaction(2, "200", "PROCESSING"), transaction(3, "500", "FAIL")),
        500,
        {1: "SUCCESS", 2: "PROCESSING", 3: "FAIL"},
    ),
    "a bare number": ((transaction(value=300),), 300, {1: "SUCCESS"}),
    "of other types": ((transaction(transactionType="CAPTURE"), transaction(2)), 300, {2: "SUCCESS"}),
    "more than the payment": ((transaction(1, "900"), transaction(2, "900")), WHOLE, {1: "SUCCESS", 2: "SUCCESS"}),
    "an unreadable amount": ((transaction(1, "a lot"), transaction(2)), WHOLE, {2: "SUCCESS"}),
    "no amount": ((transaction(transactionAmount=None),), WHOLE, {}),
    "another currency": ((transaction(transactionAmount={"currency": "USD", "value": "3"}),), WHOLE, {}),
    "no id": ((transaction(transactionRequestId=None),), WHOLE, {}),
    "no object": (("a refund", transaction(2)), WHOLE, {2: "SUCCESS"}),
    "no list": ("a refund", WHOLE, {}),
}


@pytest.mark.parametrize(("told", "reserved", "states"), REFUNDS.values(), ids=REFUNDS)
def test_refunds_made_elsewhere_are_taken_over_and_hold_their_amounts(
    world: World, told: Any, reserved: int, states: dict[int, str], refused
) -> None:
    """What cannot be read holds the whole amount: nothing is given back twice."""
    known_to_alipay(world, transactions=list(told) if isinstance(told, tuple) else told)
    world.alipay.will(CANCEL, answer("F", "CANCEL_WINDOW_EXCEED"))
    if reserved:
        assert refused(lambda: call_off(world)) == (409, "ORDER_STATUS_INVALID")
    else:
        call_off(world)
    assert payment(world).reserved == reserved
    for number in (1, 2, 3):
        found = world.repository.refunds.find(f"OLD-{number}")
        assert (found.state.value if found else None) == states.get(number)
        if found:
            assert (found.due_at is not None) == found.state.open
            assert found.settled_by == ("" if found.state.open else "inquiry")
            assert world.repository.refunds.id_of(f"2024OLD-{number}") == f"OLD-{number}"
    unread = "a refund of an imported payment cannot be read, so its whole amount is held"
    assert world.anomalies() == ([unread] if reserved == WHOLE and sum(map(bool, states)) < 2 else [])


def test_not_more_is_refunded_than_refunds_made_elsewhere_have_left(world: World, refused) -> None:
    known_to_alipay(world, transaction(1, "600"), transaction(2, "300", "PROCESSING"))
    assert refused(lambda: give_back(world, "101"))[0] == 409
    world.alipay.will(REFUND, refunded())
    assert result_of(give_back(world, "100")) == (200, "S", "SUCCESS")
    assert payment(world).reserved == WHOLE


def test_a_refund_made_elsewhere_that_fails_frees_its_amount(world: World, refused) -> None:
    known_to_alipay(world, transaction(1, "900", "PROCESSING"))
    assert refused(lambda: give_back(world, "200"))[0] == 409
    world.alipay.will(Operation.INQUIRY_REFUND, answer("S", "SUCCESS", refundStatus="FAIL", refundRequestId="OLD-1"))
    poll_refund("OLD-1", world.runtime(58))
    assert (old_refund(world).state, payment(world).reserved) == (RefundState.FAIL, 0)


def test_a_refund_made_elsewhere_is_never_sent_by_a_repeat(world: World, refused) -> None:
    known_to_alipay(world, transaction(status="PROCESSING"))
    assert refused(lambda: call_off(world))[0] == 409
    world.alipay.will(Operation.INQUIRY_REFUND, absent())
    for _ in range(3):
        world.clock.forward(100)
        assert result_of(give_back(world, "300", "OLD-1")) == (200, "U", "REFUND_IN_PROCESS")
    assert world.alipay.sends_of(REFUND) == []


# --- not taken over


@pytest.mark.parametrize(
    ("act", "ids"), [(call_off, IDS["by Alipay's id"]), *[(give_back, ids) for ids in IDS.values()]]
)
def test_what_alipay_does_not_know_is_told_stored_nowhere_and_nothing_is_sent(world: World, act, ids: dict) -> None:
    world.alipay.will(INQUIRY, absent())
    reply = act(world, **ids)
    assert reply.text == absent().text
    assert [operation for operation, _ in world.alipay.sent] == [INQUIRY]
    assert stored_payments(world) == []


@pytest.mark.parametrize("act", [call_off, give_back])
def test_that_alipay_does_not_know_its_own_id_says_nothing_of_the_payment_named_beside_it(
    world: World, act, refused
) -> None:
    world.alipay.will(INQUIRY, absent())
    both = {"paymentRequestId": "PAY-1", "paymentId": PAYMENT_ID}
    assert refused(lambda: act(world, **both)) == (400, "PARAM_ILLEGAL")
    assert stored_payments(world) == []


SILENCES = {
    "lost": no_answer("inquiryPayment"),
    "not reached": not_reached("inquiryPayment"),
    "unsigned": unsigned("inquiryPayment"),
    "U": answer("U", "UNKNOWN_EXCEPTION"),
    "SYSTEM_ERROR": answer("F", "SYSTEM_ERROR"),
    "a status that nobody knows": asked("A_STATUS_OF_NEXT_YEAR"),
    "no status": asked(None),
    "no amount": asked("SUCCESS", paymentAmount=None),
    "an unreadable amount": asked("SUCCESS", paymentAmount={"currency": "JPY", "value": "much"}),
    "no paymentId": asked("SUCCESS", paymentId=None),
    "no paymentRequestId": asked("SUCCESS", paymentRequestId=None),
}


@pytest.mark.parametrize("act", [call_off, give_back])
@pytest.mark.parametrize("told", SILENCES.values(), ids=SILENCES)
def test_without_a_word_that_can_be_used_nothing_is_stored_and_nothing_is_sent(world: World, act, told) -> None:
    world.alipay.will(INQUIRY, told)
    assert result_of(act(world)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert [operation for operation, _ in world.alipay.sent] == [INQUIRY]
    assert stored_payments(world) == []


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        ({"paymentRequestId": "PAY-1"}, asked("SUCCESS", payment_request_id="PAY-2")),
        ({"paymentId": PAYMENT_ID}, asked("SUCCESS", payment_request_id="PAY-2")),
    ],
)
def test_an_answer_that_speaks_of_another_payment_is_not_acted_on(world: World, ids: dict, told) -> None:
    world.alipay.will(PAY, paid(payment_request_id="PAY-2"))
    send(world, payment_request_id="PAY-2")
    world.alipay.will(INQUIRY, told)
    assert result_of(call_off(world, **ids)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert cancels(world) == 0
    assert payment(world, "PAY-2").cancel is None


def test_with_too_little_time_alipay_is_not_asked(world: World) -> None:
    assert result_of(call_off(world, seconds=14.9)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert world.alipay.sent == []


# --- two ids


def disagreeing(world: World, before) -> dict[str, str]:
    """The ids of two payments: PAY-1, and one of Alipay's that belongs to PAY-2."""
    before(world)
    world.alipay.will(INQUIRY, asked("SUCCESS", payment_request_id="PAY-2"))
    return {"paymentRequestId": "PAY-1", "paymentId": "20240701PAY-2"}


def both_paid(world: World) -> None:
    paid_before(world)
    world.alipay.will(PAY, paid(payment_request_id="PAY-2"))
    send(world, payment_request_id="PAY-2")


TWO = {
    "both ours": both_paid,
    "one ours": paid_before,
    "one ours, its id not known yet": lost_before,
    "none ours": lambda _world: None,
}


@pytest.mark.parametrize("act", [call_off, give_back])
@pytest.mark.parametrize("before", TWO.values(), ids=TWO)
def test_ids_of_two_payments_are_refused_and_nothing_is_sent(world: World, act, before, refused) -> None:
    ids = disagreeing(world, before)
    assert refused(lambda: act(world, **ids)) == (400, "PARAM_ILLEGAL")
    assert not world.alipay.sends_of(CANCEL) + world.alipay.sends_of(REFUND)


def test_an_unknown_id_of_alipays_beside_a_payment_of_ours_is_no_word_on_that_payment(world: World, refused) -> None:
    """ORDER_NOT_EXIST would invite a new paymentRequestId, and with it a second debit."""
    lost_before(world)
    world.alipay.will(INQUIRY, absent())
    ids = {"paymentRequestId": "PAY-1", "paymentId": "a-typo"}
    assert refused(lambda: call_off(world, **ids)) == (400, "PARAM_ILLEGAL")
    assert (payment(world).state, payment(world).not_found_count, payment(world).cancel) == (
        PaymentState.INITIATED,
        0,
        None,
    )


def test_alipays_id_is_learned_of_a_payment_whose_answer_was_lost(world: World) -> None:
    lost_before(world)
    known_to_alipay(world)
    world.alipay.will(CANCEL, cancelled())
    assert result_of(call_off(world, paymentId=PAYMENT_ID)) == (200, "S", "SUCCESS")
    stored = payment(world)
    assert (stored.state, stored.adopted, stored.payment_id) == (PaymentState.CANCELLED, False, PAYMENT_ID)


# --- pay with its id


@pytest.mark.parametrize("status", ["SUCCESS", "PROCESSING"])
def test_a_pay_with_the_id_of_an_imported_payment_is_refused(world: World, status: str, refused) -> None:
    known_to_alipay(world, status=status)
    world.alipay.will(REFUND, refunded())
    with contextlib.suppress(RequestRejected):
        give_back(world)
    assert payment(world).adopted
    assert refused(lambda: send(world)) == (409, "REPEAT_REQ_INCONSISTENT")
    other = {"paymentAmount": {"currency": "JPY", "value": "1001"}}
    assert refused(lambda: send(world, **other)) == (409, "REPEAT_REQ_INCONSISTENT")
    assert world.alipay.sends_of(PAY) == []


# --- what takes nothing over


def test_an_id_of_alipays_that_belongs_to_another_payment_is_not_taken_over(world: World, refused) -> None:
    world.alipay.will(PAY, paid(payment_request_id="PAY-2", paymentId=PAYMENT_ID))
    send(world, payment_request_id="PAY-2")
    known_to_alipay(world)
    assert refused(lambda: call_off(world)) == (409, "ORDER_STATUS_INVALID")
    assert cancels(world) == 0
    assert "payment#PAY-2" in stored_payments(world)
    assert world.repository.payments.find("PAY-1") is None


def test_a_notification_or_an_inquiry_alone_takes_nothing_over(world: World) -> None:
    known_to_alipay(world)
    notify(world)
    assert result_of(inquire(world)) == (200, "S", "SUCCESS")
    assert world.repository.payments.find("PAY-1") is None
    assert world.anomalies() == ["a notification for a payment that is not known"]
