"""pay: every kind of answer to the first send of an id."""

import json
from pathlib import Path

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.domain.tracked_request import ID_TAKEN, SendOutcome
from autodebit.gateway.client import Operation
from tests.flows.conftest import Logged
from tests.flows.steps import PAYMENT_ID, body_of, message_of, paid, payment, result_of, send
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.world import TOKEN, World, paid_fields

_CONTRACT = json.loads((Path(__file__).parents[1] / "contract" / "data" / "pay.json").read_text())
REFUSALS = [row["code"] for row in _CONTRACT["result_codes"] if row["status"] == "F"]
THROTTLED = "REQUEST_TRAFFIC_EXCEED_LIMIT"
UNKNOWNS = [row["code"] for row in _CONTRACT["result_codes"] if row["status"] == "U" and row["code"] != THROTTLED]


def test_a_paid_payment_is_answered_with_alipays_own_body(world: World) -> None:
    world.alipay.will(Operation.PAY, answer("S", "SUCCESS", "ok", **paid_fields(), somethingNew={"a": 1.5}))
    reply = send(world)
    assert result_of(reply) == (200, "S", "SUCCESS")
    assert body_of(reply)["somethingNew"] == {"a": 1.5}
    stored = payment(world)
    assert (stored.state, stored.due_at, stored.lease_until) == (PaymentState.SUCCESS, None, 0)
    assert world.repository.payments.id_of(PAYMENT_ID) == "PAY-1"
    assert send(world) == reply
    assert len(world.alipay.sends_of(Operation.PAY)) == 1
    assert TOKEN not in world.all_text()


@pytest.mark.parametrize("code", [code for code in REFUSALS if code != "REPEAT_REQ_INCONSISTENT"])
def test_an_f_to_the_first_send_is_final(world: World, code: str) -> None:
    world.alipay.will(Operation.PAY, answer("F", code, "no"))
    reply = send(world)
    assert result_of(reply) == (200, "F", code)
    stored = payment(world)
    assert (stored.state, stored.result_code, stored.due_at) == (PaymentState.FAIL, code, None)


def test_an_unknown_f_to_the_first_send_is_final(world: World) -> None:
    world.alipay.will(Operation.PAY, answer("F", "A_CODE_OF_NEXT_YEAR", "no"))
    assert result_of(send(world)) == (200, "F", "A_CODE_OF_NEXT_YEAR")
    assert payment(world).state is PaymentState.FAIL


def test_the_contract_lists_refusals_and_unknowns() -> None:
    assert {"SYSTEM_ERROR", "PROCESS_FAIL", "REPEAT_REQ_INCONSISTENT", "USER_BALANCE_NOT_ENOUGH"} <= set(REFUSALS)
    assert {"PAYMENT_IN_PROCESS", "UNKNOWN_EXCEPTION"} <= set(UNKNOWNS)


def test_repeat_req_inconsistent_never_settles_not_even_the_first_send(world: World) -> None:
    world.alipay.will(Operation.PAY, answer("F", "REPEAT_REQ_INCONSISTENT", "other content"))
    assert result_of(send(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    stored = payment(world)
    assert (stored.state, stored.id_taken) == (PaymentState.INITIATED, True)
    assert stored.due_at is not None
    assert world.anomalies() == [ID_TAKEN]


@pytest.mark.parametrize("code", [*UNKNOWNS, "A_CODE_OF_NEXT_YEAR"])
def test_u_leaves_the_payment_open_and_is_passed_on(world: World, code: str) -> None:
    world.alipay.will(Operation.PAY, answer("U", code, "wait", paymentId=PAYMENT_ID))
    reply = send(world)
    assert result_of(reply) == (200, "U", code)
    stored = payment(world)
    assert (stored.state, stored.heard) == (PaymentState.PROCESSING, SendOutcome.UNKNOWN)
    assert stored.due_at == world.clock.now() + 2_000
    assert stored.payment_id == PAYMENT_ID


def test_a_lost_answer_is_u_and_leaves_the_payment_due(world: World) -> None:
    world.alipay.will(Operation.PAY, no_answer())
    assert result_of(send(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    stored = payment(world)
    assert (stored.state, stored.heard, stored.sends) == (PaymentState.INITIATED, SendOutcome.NOTHING, 1)
    assert stored.due_at == world.clock.now() + 2_000


def test_where_nothing_left_the_answer_is_503_and_the_send_does_not_count(world: World) -> None:
    world.alipay.will(Operation.PAY, not_reached(), answer("F", "USER_BALANCE_NOT_ENOUGH", "no"))
    reply = send(world)
    assert result_of(reply) == (503, "U", "UNKNOWN_EXCEPTION")
    assert "nothing was sent" in message_of(reply)
    stored = payment(world)
    assert (stored.sends, stored.lease_until) == (0, 0)
    assert stored.due_at is not None
    assert result_of(send(world)) == (200, "F", "USER_BALANCE_NOT_ENOUGH")
    assert payment(world).state is PaymentState.FAIL


@pytest.mark.parametrize("hint", ["SUCCESS", "USER_BALANCE_NOT_ENOUGH", "KEY_NOT_FOUND"])
def test_an_unsigned_answer_says_nothing_but_a_hint(world: World, hint: str, logged: Logged) -> None:
    world.alipay.will(Operation.PAY, unsigned(hint=hint))
    reply = send(world)
    assert result_of(reply) == (200, "U", "UNKNOWN_EXCEPTION")
    assert hint in message_of(reply)
    assert "keys and client id" in message_of(reply)
    assert set(body_of(reply)) == {"result"}
    stored = payment(world)
    assert (stored.state, stored.heard, stored.result_code) == (PaymentState.INITIATED, SendOutcome.NOTHING, "")
    assert hint in logged()


MISMATCHES = {
    "another amount": ({"paymentAmount": {"currency": "JPY", "value": "1001"}}, "amount differs from the intent's"),
    "another currency": ({"paymentAmount": {"currency": "USD", "value": "1000"}}, "currency differs from the intent's"),
    "another id": ({"paymentRequestId": "PAY-2"}, "paymentRequestId differs from the intent's"),
    "an amount that is no object": ({"paymentAmount": "1000 JPY"}, "currency differs from the intent's"),
    "an amount without currency": ({"paymentAmount": {"value": "1000"}}, "currency differs from the intent's"),
    "an amount without value": ({"paymentAmount": {"currency": "JPY"}}, "currency differs from the intent's"),
}


@pytest.mark.parametrize(("changed", "reason"), MISMATCHES.values(), ids=MISMATCHES)
def test_a_success_that_is_not_ours_settles_nothing(world: World, changed: dict, reason: str) -> None:
    world.alipay.will(Operation.PAY, answer("S", "SUCCESS", "ok", **{**paid_fields(), **changed}))
    assert result_of(send(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    stored = payment(world)
    assert stored.state is PaymentState.INITIATED
    assert stored.due_at is not None
    assert stored.payment_id is None
    assert not stored.id_taken
    assert stored.amount_in_doubt == ("paymentAmount" in changed)
    assert world.anomalies() == [reason]


def test_a_success_with_the_payment_id_of_another_payment_settles_nothing(world: World) -> None:
    world.alipay.will(Operation.PAY, paid(), paid(payment_request_id="PAY-2", paymentId=PAYMENT_ID))
    send(world)
    assert result_of(send(world, payment_request_id="PAY-2")) == (200, "U", "UNKNOWN_EXCEPTION")
    assert payment(world, "PAY-2").state is PaymentState.INITIATED
    assert payment(world, "PAY-2").due_at is not None
    assert world.anomalies() == ["paymentId belongs to another payment"]
    assert world.repository.payments.id_of(PAYMENT_ID) == "PAY-1"


def test_a_success_with_bare_numbers_and_without_amount_is_ours(world: World) -> None:
    bare = {"paymentAmount": {"currency": "JPY", "value": 1000}}
    world.alipay.will(Operation.PAY, answer("S", "SUCCESS", **{**paid_fields(), **bare}), answer("S", "SUCCESS"))
    send(world)
    send(world, payment_request_id="PAY-2")
    assert [payment(world, name).state for name in ("PAY-1", "PAY-2")] == [PaymentState.SUCCESS] * 2


NOTIFY_URLS = {
    "absent: ours is filled in": ({}, "https://alipay.example.com/live/v1/payments/payNotify"),
    "given: sent as it is": ({"paymentNotifyUrl": "https://shop.example.com/hook"}, "https://shop.example.com/hook"),
}


@pytest.mark.parametrize(("given", "sent"), NOTIFY_URLS.values(), ids=NOTIFY_URLS)
def test_the_notify_url(world: World, given: dict, sent: str) -> None:
    world.alipay.will(Operation.PAY, paid())
    send(world, **given)
    (body,) = world.alipay.sends_of(Operation.PAY)
    assert body["paymentNotifyUrl"] == sent
