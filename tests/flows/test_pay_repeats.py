"""pay: repeats before the outcome is known, and what another send may and may not settle."""

from itertools import pairwise

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.gateway.client import Operation
from tests.flows.steps import (
    NEW_REFRESH,
    NEW_TOKEN,
    PAYMENT_ID,
    REFRESH,
    absent,
    ask_consent,
    asked,
    body_of,
    grant_of,
    inquire,
    message_of,
    notify,
    paid,
    payment,
    poll,
    poll_when_due,
    redirect,
    refresh,
    result_of,
    send,
    token_answer,
)
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.limit import Limit
from tests.support.world import TOKEN, World, pay_body


def lose_first(world: World, *then: object) -> None:
    """The first answer is lost; the next ones are *then*."""
    world.alipay.will(Operation.PAY, no_answer(), *then)
    send(world)
    world.clock.forward(1)


def test_a_repeat_while_the_send_is_under_way_is_u_without_a_call(world: World) -> None:
    replies = []

    def meanwhile(_body: object):
        world.clock.forward(10)
        replies.append(send(world))
        return paid()

    world.alipay.will(Operation.PAY, meanwhile)
    assert result_of(send(world)) == (200, "S", "SUCCESS")
    assert [result_of(reply) for reply in replies] == [(200, "U", "PAYMENT_IN_PROCESS")]
    assert [operation for operation, _ in world.alipay.sent] == [Operation.PAY]


def test_the_lease_of_a_sender_that_died_runs_out(world: World) -> None:
    class Killed(BaseException):
        pass

    def die(_body: object):
        raise Killed

    world.alipay.will(Operation.PAY, die, paid())
    with pytest.raises(Killed):
        send(world)
    assert payment(world).due_at == world.clock.now() + 25_000
    world.clock.forward(24.9)
    assert result_of(send(world)) == (200, "U", "PAYMENT_IN_PROCESS")
    world.clock.forward(0.1)
    assert result_of(send(world)) == (200, "S", "SUCCESS")
    first, second = world.alipay.sends_of(Operation.PAY)
    assert first == second


INQUIRIES = {
    "paid": (asked("SUCCESS"), ("S", "SUCCESS"), PaymentState.SUCCESS),
    "failed": (asked("FAIL", "USER_BALANCE_NOT_ENOUGH"), ("F", "USER_BALANCE_NOT_ENOUGH"), PaymentState.FAIL),
    "cancelled": (asked("CANCELLED", "SUCCESS"), ("F", "ORDER_IS_CANCELED"), PaymentState.CANCELLED),
    "in process": (asked("PROCESSING", "PAYMENT_IN_PROCESS"), ("U", "PAYMENT_IN_PROCESS"), PaymentState.PROCESSING),
    "not known": (absent(), ("U", "PAYMENT_IN_PROCESS"), PaymentState.PROCESSING),
    "SYSTEM_ERROR": (answer("F", "SYSTEM_ERROR"), ("U", "PAYMENT_IN_PROCESS"), PaymentState.PROCESSING),
    "no answer": (no_answer("inquiryPayment"), ("U", "PAYMENT_IN_PROCESS"), PaymentState.PROCESSING),
    "not reached": (not_reached("inquiryPayment"), ("U", "PAYMENT_IN_PROCESS"), PaymentState.PROCESSING),
    "another amount": (
        asked("SUCCESS", paymentAmount={"currency": "JPY", "value": "9"}),
        ("U", "PAYMENT_IN_PROCESS"),
        PaymentState.PROCESSING,
    ),
}


@pytest.mark.parametrize(("inquiry", "told", "state"), INQUIRIES.values(), ids=INQUIRIES)
def test_after_u_a_repeat_asks_once_and_sends_nothing(world: World, inquiry, told, state: PaymentState) -> None:
    world.alipay.will(Operation.PAY, answer("U", "PAYMENT_IN_PROCESS", "wait"))
    world.alipay.will(Operation.INQUIRY_PAYMENT, inquiry)
    send(world)
    assert result_of(send(world)) == (200, *told)
    assert len(world.alipay.sends_of(Operation.PAY)) == 1
    assert world.alipay.sends_of(Operation.INQUIRY_PAYMENT) == [{"paymentRequestId": "PAY-1"}]
    assert payment(world).state is state
    assert (payment(world).due_at is None) == state.final


@pytest.mark.parametrize("lost", [no_answer(), unsigned()], ids=["missing", "untrusted"])
def test_after_a_missing_or_untrusted_answer_the_stored_body_goes_again(world: World, lost) -> None:
    world.alipay.will(Operation.PAY, lost, paid())
    send(world, paymentExpiryTime="2027-01-15T01:18:00-07:00")
    assert result_of(send(world, paymentExpiryTime="2025-01-01T01:18:00-07:00")) == (200, "S", "SUCCESS")
    first, second = world.alipay.sends_of(Operation.PAY)
    assert list(first.items()) == list(second.items())
    assert second["paymentExpiryTime"] == "2027-01-15T01:18:00-07:00"


def test_a_repeat_uses_the_token_version_of_the_first_send_even_after_a_refresh(world: World) -> None:
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS", normalUrl="https://wallet.example.com"))
    world.alipay.will(Operation.APPLY_TOKEN, token_answer(), token_answer(NEW_TOKEN, NEW_REFRESH))
    ask_consent(world)
    handle = body_of(redirect(world))["accessToken"]
    world.alipay.will(Operation.PAY, no_answer(), paid(), paid(payment_request_id="PAY-2"))
    send(world, token=handle)
    assert result_of(refresh(world, REFRESH)) == (200, "S", "SUCCESS")
    assert grant_of(world, NEW_TOKEN).handle == handle
    assert result_of(send(world, token=handle)) == (200, "S", "SUCCESS")
    send(world, token=handle, payment_request_id="PAY-2")
    tokens = [body["paymentMethod"]["paymentMethodId"] for body in world.alipay.sends_of(Operation.PAY)]
    assert tokens == [TOKEN, TOKEN, NEW_TOKEN]
    assert payment(world, "PAY-2").token_version == 2


@pytest.mark.parametrize("code", ["USER_BALANCE_NOT_ENOUGH", "SYSTEM_ERROR", "PROCESS_FAIL"])
def test_an_f_to_a_later_send_settles_nothing(world: World, code: str) -> None:
    lose_first(world, answer("F", code, "no"))
    reply = send(world)
    assert result_of(reply) == (200, "U", "PAYMENT_IN_PROCESS")
    assert code in message_of(reply)
    assert payment(world).state is PaymentState.INITIATED
    assert payment(world).due_at is not None
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked("SUCCESS"))
    poll_when_due(world)
    assert payment(world).state is PaymentState.SUCCESS
    assert world.anomalies() == []


def test_an_f_after_a_send_that_died_settles_nothing(world: World) -> None:
    """Nobody knows what became of the first one: its sender never came back to say."""
    world.alipay.will(Operation.PAY, lambda _body: 1 // 0, answer("F", "USER_BALANCE_NOT_ENOUGH"))
    with pytest.raises(ZeroDivisionError):
        send(world)
    world.clock.forward(25)
    assert result_of(send(world)) == (200, "U", "PAYMENT_IN_PROCESS")
    assert payment(world).state is PaymentState.INITIATED


CONTENTS = {
    "amount": {"paymentAmount": {"currency": "JPY", "value": "1001"}},
    "currency": {"paymentAmount": {"currency": "USD", "value": "1000"}},
    "method": {"paymentMethod": {"paymentMethodType": "DANA", "paymentMethodId": TOKEN}},
    "order": {
        "order": {
            "orderAmount": {"currency": "JPY", "value": "1000"},
            "referenceOrderId": "ORDER-2",
            "orderDescription": "Monthly plan",
        }
    },
    "settlement": {"settlementStrategy": {"settlementCurrency": "EUR"}},
    "authorization": {"token": NEW_TOKEN},
}


@pytest.mark.parametrize("first", [paid(), no_answer()], ids=["final", "open"])
@pytest.mark.parametrize("changed", CONTENTS.values(), ids=CONTENTS)
def test_other_money_content_is_refused(world: World, changed: dict, first, refused) -> None:
    world.alipay.will(Operation.PAY, first)
    send(world)
    before = payment(world)
    assert refused(lambda: send(world, **changed)) == (409, "REPEAT_REQ_INCONSISTENT")
    assert len(world.alipay.sent) == 1
    assert payment(world) == before


def test_new_times_and_device_data_are_no_other_money_content(world: World) -> None:
    world.alipay.will(Operation.PAY, paid())
    first = send(world)
    order = {**pay_body()["order"], "orderDescription": "Monthly plan, again", "env": {"terminalType": "WEB"}}
    assert send(world, order=order, paymentExpiryTime="2030-07-01T01:18:00-07:00") == first
    assert len(world.alipay.sent) == 1


def not_submitted(world: World) -> None:
    """PAY-1 is closed, because Alipay says three times that it does not know it."""
    lose_first(world)
    world.alipay.will(Operation.INQUIRY_PAYMENT, absent())
    for _ in range(40):
        if payment(world).state is PaymentState.NOT_SUBMITTED:
            return
        poll_when_due(world)
    raise AssertionError("still open")


def test_a_payment_that_was_not_submitted_is_opened_again_with_the_new_body(world: World) -> None:
    not_submitted(world)
    world.alipay.will(Operation.PAY, paid())
    later = "2030-07-01T01:18:00-07:00"
    assert result_of(send(world, paymentExpiryTime=later)) == (200, "S", "SUCCESS")
    assert world.alipay.sends_of(Operation.PAY)[-1]["paymentExpiryTime"] == later
    assert payment(world).state is PaymentState.SUCCESS
    assert world.anomalies() == []


def test_an_f_to_a_payment_that_was_opened_again_settles_nothing(world: World) -> None:
    not_submitted(world)
    world.alipay.will(Operation.PAY, answer("F", "ORDER_IS_CLOSED"))
    assert result_of(send(world)) == (200, "U", "PAYMENT_IN_PROCESS")
    assert payment(world).state is PaymentState.INITIATED
    assert payment(world).due_at is not None


def test_a_late_success_wins_over_not_submitted_and_is_an_anomaly(world: World) -> None:
    not_submitted(world)
    notify(world)
    assert payment(world).state is PaymentState.SUCCESS
    assert world.anomalies() == ["callers were told that this payment was not submitted"]


def test_a_payment_that_was_not_submitted_is_asked_for_four_times_more(world: World) -> None:
    not_submitted(world)
    closed_at = world.clock.now()
    waits = []
    limit = Limit()
    while (due_at := payment(world).due_at) is not None:
        limit.step()
        waits.append((due_at - closed_at) // 60_000)
        poll_when_due(world)
    assert waits == [15, 60, 360, 1440]
    assert payment(world).state is PaymentState.NOT_SUBMITTED
    poll(world)


def test_order_not_exist_counts_three_times_fifteen_seconds_apart_after_the_grace(world: World) -> None:
    lose_first(world)
    sent_at = payment(world).sent_at
    world.alipay.will(Operation.INQUIRY_PAYMENT, absent())
    counted: list[int] = []
    limit = Limit()
    while payment(world).state.open:
        limit.step()
        before = payment(world).not_found_count
        poll_when_due(world)
        if payment(world).state is PaymentState.NOT_SUBMITTED or payment(world).not_found_count > before:
            counted.append(world.clock.now() - sent_at)
    assert len(counted) == 3
    assert counted[0] >= 85_000
    assert all(later - earlier >= 15_000 for earlier, later in pairwise(counted))


def test_a_signed_word_of_the_payment_ends_a_row_of_order_not_exist(world: World) -> None:
    lose_first(world)
    world.clock.forward(100)
    pending = asked("PROCESSING", "PAYMENT_IN_PROCESS")
    world.alipay.will(Operation.INQUIRY_PAYMENT, absent(), absent(), pending, absent(), absent(), pending)
    for _ in range(6):
        world.clock.forward(20)
        poll_when_due(world)
    assert payment(world).state is PaymentState.PROCESSING
    assert payment(world).payment_id == PAYMENT_ID


def test_a_dead_authorization_does_not_hide_the_answer_of_a_final_payment(world: World) -> None:
    world.alipay.will(Operation.PAY, paid(), answer("F", "INVALID_ACCESS_TOKEN"))
    first = send(world)
    send(world, payment_request_id="PAY-2")
    assert send(world) == first


def test_inquiries_of_callers_in_quick_succession_count_once(world: World) -> None:
    lose_first(world)
    world.clock.forward(100)
    world.alipay.will(Operation.INQUIRY_PAYMENT, absent())
    for _ in range(7):
        inquire(world)
        world.clock.forward(2)
    assert payment(world).not_found_count == 1
    assert payment(world).state is PaymentState.INITIATED
