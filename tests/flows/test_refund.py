"""refund: every kind of answer to the first send of an id, and every reason to send nothing."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from autodebit.domain.refund_states import RefundState
from autodebit.domain.result_codes import Action, find_result_code
from autodebit.domain.tracked_request import ID_TAKEN, SendOutcome
from autodebit.gateway.client import Operation
from tests.flows.conftest import Logged
from tests.flows.refund_steps import (
    REFUND_ID,
    buy,
    give_back,
    inquire_refund,
    refunded,
    refunded_fields,
    reserved,
    stored,
)
from tests.flows.steps import PAYMENT_ID, body_of, message_of, result_of
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.world import World

REFUND = Operation.REFUND
_CONTRACT = json.loads((Path(__file__).parents[1] / "contract" / "data" / "refund.json").read_text())
REFUSALS = [row["code"] for row in _CONTRACT["result_codes"] if row["status"] == "F"]
THROTTLED = "REQUEST_TRAFFIC_EXCEED_LIMIT"
UNKNOWNS = [row["code"] for row in _CONTRACT["result_codes"] if row["status"] == "U" and row["code"] != THROTTLED]


@pytest.fixture
def world(world: World) -> World:
    """A world in which PAY-1 is paid."""
    buy(world)
    return world


def test_a_refund_is_answered_with_alipays_own_body_and_its_amount_is_held(world: World) -> None:
    done = answer("S", "SUCCESS", "ok", paymentId=PAYMENT_ID, **refunded_fields(), somethingNew={"a": 1.5})
    world.alipay.will(REFUND, done)
    reply = give_back(world)
    assert (reply.http_status, reply.text) == (200, done.text)
    kept = stored(world)
    assert (kept.state, kept.due_at, kept.lease_until) == (RefundState.SUCCESS, None, 0)
    assert (kept.refund_id, kept.refund_time) == (REFUND_ID, "2027-01-16T09:00:00+08:00")
    assert world.repository.refunds.id_of(REFUND_ID) == "REF-1"
    assert reserved(world) == 300
    assert give_back(world) == reply
    assert len(world.alipay.sends_of(REFUND)) == 1


@pytest.mark.parametrize("code", [code for code in REFUSALS if code != "REPEAT_REQ_INCONSISTENT"])
def test_an_f_to_the_first_send_is_final_and_frees_the_amount(world: World, code: str) -> None:
    refusal = answer("F", code, "no")
    world.alipay.will(REFUND, refusal)
    assert give_back(world).text == refusal.text
    kept = stored(world)
    assert (kept.state, kept.result_code, kept.due_at) == (RefundState.FAIL, code, None)
    assert reserved(world) == 0
    assert give_back(world).text == refusal.text
    assert len(world.alipay.sends_of(REFUND)) == 1


def test_the_refusals_are_of_every_class_that_refund_has() -> None:
    actions = {meaning.action for code in REFUSALS if (meaning := find_result_code(REFUND.label, code))}
    assert {Action.FINAL, Action.INQUIRE} < actions
    assert {"SYSTEM_ERROR", "PROCESS_FAIL", "MERCHANT_BALANCE_NOT_ENOUGH", "REPEAT_REQ_INCONSISTENT"} < set(REFUSALS)
    assert set(UNKNOWNS) == {"REFUND_IN_PROCESS", "UNKNOWN_EXCEPTION"}


def test_an_unknown_f_to_the_first_send_is_final(world: World) -> None:
    world.alipay.will(REFUND, answer("F", "A_CODE_OF_NEXT_YEAR", "no"))
    assert result_of(give_back(world)) == (200, "F", "A_CODE_OF_NEXT_YEAR")
    assert (stored(world).state, reserved(world)) == (RefundState.FAIL, 0)


def test_with_too_little_balance_the_amount_is_free_for_a_new_id(world: World) -> None:
    world.alipay.will(REFUND, answer("F", "MERCHANT_BALANCE_NOT_ENOUGH", "fund it"), refunded("REF-2", "1000"))
    assert result_of(give_back(world, value="1000")) == (200, "F", "MERCHANT_BALANCE_NOT_ENOUGH")
    assert result_of(give_back(world, value="1000")) == (200, "F", "MERCHANT_BALANCE_NOT_ENOUGH")
    assert result_of(give_back(world, "REF-2", "1000")) == (200, "S", "SUCCESS")
    assert [body["refundRequestId"] for body in world.alipay.sends_of(REFUND)] == ["REF-1", "REF-2"]
    assert reserved(world) == 1000


def test_repeat_req_inconsistent_never_settles_not_even_the_first_send(world: World) -> None:
    world.alipay.will(REFUND, answer("F", "REPEAT_REQ_INCONSISTENT", "other content"))
    reply = give_back(world)
    assert result_of(reply) == (200, "U", "UNKNOWN_EXCEPTION")
    assert ID_TAKEN in message_of(reply)
    assert (stored(world).state, stored(world).id_taken) == (RefundState.INITIATED, True)
    assert stored(world).due_at is not None
    assert reserved(world) == 300


@pytest.mark.parametrize("code", [*UNKNOWNS, "A_CODE_OF_NEXT_YEAR"])
def test_u_leaves_the_refund_open_and_is_passed_on(world: World, code: str) -> None:
    wait = answer("U", code, "wait")
    world.alipay.will(REFUND, wait)
    assert give_back(world).text == wait.text
    kept = stored(world)
    in_process = code == "REFUND_IN_PROCESS"
    assert (kept.state, kept.heard) == (
        RefundState.PROCESSING,
        SendOutcome.ACCEPTED if in_process else SendOutcome.UNKNOWN,
    )
    assert kept.due_at == world.clock.now() + 15_000
    assert reserved(world) == 300


def test_a_lost_answer_is_u_and_leaves_the_refund_due_and_its_amount_held(world: World) -> None:
    world.alipay.will(REFUND, no_answer("refund"))
    assert result_of(give_back(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    kept = stored(world)
    assert (kept.state, kept.heard, kept.sends, kept.lease_until) == (RefundState.INITIATED, SendOutcome.NOTHING, 1, 0)
    assert kept.due_at == world.clock.now() + 15_000
    assert reserved(world) == 300


def test_where_nothing_left_the_answer_is_503_and_the_send_does_not_count(world: World) -> None:
    world.alipay.will(REFUND, not_reached("refund"), answer("F", "REFUND_WINDOW_EXCEED", "no"))
    reply = give_back(world)
    assert result_of(reply) == (503, "U", "UNKNOWN_EXCEPTION")
    assert "nothing was sent" in message_of(reply)
    assert (stored(world).sends, stored(world).lease_until, reserved(world)) == (0, 0, 0)
    assert stored(world).due_at is not None
    assert result_of(give_back(world)) == (200, "F", "REFUND_WINDOW_EXCEED")
    assert (stored(world).state, reserved(world)) == (RefundState.FAIL, 0)


@pytest.mark.parametrize("hint", ["SUCCESS", "PROCESS_FAIL", "KEY_NOT_FOUND"])
def test_an_unsigned_answer_says_nothing_but_a_hint(world: World, hint: str, logged: Logged) -> None:
    world.alipay.will(REFUND, unsigned("refund", hint))
    reply = give_back(world)
    assert result_of(reply) == (200, "U", "UNKNOWN_EXCEPTION")
    assert hint in message_of(reply)
    assert set(body_of(reply)) == {"result"}
    assert (stored(world).state, stored(world).heard, reserved(world)) == (
        RefundState.INITIATED,
        SendOutcome.NOTHING,
        300,
    )
    assert hint in logged()
    assert '"refund_request_id":"REF-1"' in logged().replace('": "', '":"')


MISMATCHES = {
    "another amount": ({"refundAmount": {"currency": "JPY", "value": "1000"}}, "amount differs from the intent's"),
    "another currency": ({"refundAmount": {"currency": "USD", "value": "300"}}, "currency differs from the intent's"),
    "another id": ({"refundRequestId": "REF-2"}, "refundRequestId differs from the intent's"),
    "another payment": ({"paymentId": "OTHER"}, "paymentId differs from the intent's"),
    "an amount that is no object": ({"refundAmount": "300 JPY"}, "currency differs from the intent's"),
    "an amount without value": ({"refundAmount": {"currency": "JPY"}}, "currency differs from the intent's"),
}


@pytest.mark.parametrize("status", ["S", "F"])
@pytest.mark.parametrize(("changed", "reason"), MISMATCHES.values(), ids=MISMATCHES)
def test_an_outcome_that_is_not_ours_settles_nothing_and_frees_nothing(
    world: World, changed: dict, reason: str, status: str
) -> None:
    body = {"paymentId": PAYMENT_ID, **refunded_fields(), **changed}
    world.alipay.will(REFUND, answer(status, "SUCCESS" if status == "S" else "PROCESS_FAIL", **body))
    assert result_of(give_back(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    kept = stored(world)
    assert (kept.state, kept.refund_id, reserved(world)) == (RefundState.INITIATED, None, 300)
    assert kept.due_at is not None
    assert world.anomalies() == [reason]


def test_a_success_with_the_refund_id_of_another_refund_settles_nothing(world: World) -> None:
    world.alipay.will(REFUND, refunded(), refunded("REF-2", refundId=REFUND_ID))
    give_back(world)
    assert result_of(give_back(world, "REF-2")) == (200, "U", "UNKNOWN_EXCEPTION")
    assert stored(world, "REF-2").state is RefundState.INITIATED
    assert stored(world, "REF-2").due_at is not None
    assert world.anomalies() == ["refundId belongs to another refund"]
    assert reserved(world) == 600


def test_a_success_with_bare_numbers_or_without_anything_is_ours(world: World) -> None:
    bare = refunded_fields(refundAmount={"currency": "JPY", "value": 300})
    world.alipay.will(REFUND, answer("S", "SUCCESS", **bare), answer("S", "SUCCESS"))
    give_back(world)
    give_back(world, "REF-2")
    assert [stored(world, name).state for name in ("REF-1", "REF-2")] == [RefundState.SUCCESS] * 2


# --- what is sent


NOTIFY_URLS = {
    "absent: ours is filled in": ({}, "https://alipay.example.com/live/v1/payments/refundNotify"),
    "given: sent as it is": ({"refundNotifyUrl": "https://shop.example.com/hook"}, "https://shop.example.com/hook"),
}


@pytest.mark.parametrize(("given", "sent"), NOTIFY_URLS.values(), ids=NOTIFY_URLS)
def test_the_notify_url(world: World, given: dict, sent: str) -> None:
    world.settings = replace(
        world.settings, refund_notify_url="https://alipay.example.com/live/v1/payments/refundNotify"
    )
    world.alipay.will(REFUND, refunded())
    give_back(world, **given)
    (body,) = world.alipay.sends_of(REFUND)
    assert body["refundNotifyUrl"] == sent


def test_without_a_notify_url_of_ours_none_is_sent(world: World) -> None:
    world.alipay.will(REFUND, refunded())
    give_back(world)
    assert "refundNotifyUrl" not in world.alipay.sends_of(REFUND)[0]


@pytest.mark.parametrize(
    "ids", [{"paymentId": None, "paymentRequestId": "PAY-1"}, {"paymentRequestId": "PAY-1"}], ids=["ours", "both"]
)
def test_alipay_is_told_its_own_id_of_the_payment_and_never_ours(world: World, ids: dict) -> None:
    world.alipay.will(REFUND, refunded())
    assert result_of(give_back(world, refundReason="broken", **ids)) == (200, "S", "SUCCESS")
    assert world.alipay.sends_of(REFUND) == [
        {
            "refundRequestId": "REF-1",
            "paymentId": PAYMENT_ID,
            "refundAmount": {"currency": "JPY", "value": "300"},
            "refundReason": "broken",
        }
    ]
    assert [operation for operation, _ in world.alipay.sent] == [Operation.PAY, REFUND]


# --- how much


def test_partial_refunds_go_up_to_the_whole_and_not_one_yen_further(world: World, refused) -> None:
    world.alipay.will(REFUND, refunded("A", "600"), refunded("B", "399"), refunded("C", "1"))
    give_back(world, "A", "600")
    give_back(world, "B", "399")
    assert refused(lambda: give_back(world, "X", "2")) == (409, "REFUND_AMOUNT_EXCEED")
    assert world.repository.refunds.find("X") is None
    give_back(world, "C", "1")
    assert refused(lambda: give_back(world, "X", "1")) == (409, "REFUND_AMOUNT_EXCEED")
    assert [stored(world, name).state for name in "ABC"] == [RefundState.SUCCESS] * 3
    assert (len(world.alipay.sends_of(REFUND)), reserved(world)) == (3, 1000)


OPEN = {
    "lost": no_answer("refund"),
    "throttled": answer("U", THROTTLED),
    "U": answer("U", "UNKNOWN_EXCEPTION"),
    "in process": answer("U", "REFUND_IN_PROCESS"),
}


@pytest.mark.parametrize("first", OPEN.values(), ids=OPEN)
def test_an_open_refund_holds_its_amount_against_others(world: World, first, refused) -> None:
    world.alipay.will(REFUND, first)
    give_back(world, value="600")
    assert refused(lambda: give_back(world, "REF-2", "401")) == (409, "REFUND_AMOUNT_EXCEED")
    assert len(world.alipay.sends_of(REFUND)) == 1


def test_refunds_that_come_at_once_never_exceed_the_payment_and_none_that_fits_is_turned_away(world: World) -> None:
    world.alipay.will(REFUND, answer("S", "SUCCESS"))

    def one(number: int) -> str:
        try:
            return result_of(give_back(world, f"REF-{number}", "100"))[1]
        except Exception as error:  # noqa: BLE001  whatever it is, it stands in the assertion
            return getattr(error, "code", repr(error))

    with ThreadPoolExecutor(16) as callers:
        outcomes = sorted(callers.map(one, range(16)))
    assert outcomes == ["REFUND_AMOUNT_EXCEED"] * 6 + ["S"] * 10
    assert (len(world.alipay.sends_of(REFUND)), reserved(world)) == (10, 1000)


def test_a_refund_that_finds_the_payment_moved_every_time_is_not_sent_and_may_be_asked_for_again(world: World) -> None:
    """REFUND_IN_PROCESS would have the caller wait for a refund that does not exist."""
    client = world.dynamodb

    class Crowded:
        def __getattr__(self, name: str):
            return getattr(client, name)

        def transact_write_items(self, **request: object):
            moved = world.repository.payments.find("PAY-1")
            client.update_item(
                TableName=world.table,
                Key={"pk": {"S": "payment#PAY-1"}, "sk": {"S": "item"}},
                UpdateExpression="SET version = :version",
                ExpressionAttributeValues={":version": {"N": str(moved.version + 1)}},
            )
            return client.transact_write_items(**request)

    world.dynamodb = Crowded()
    assert result_of(give_back(world)) == (503, "U", "UNKNOWN_EXCEPTION")
    world.dynamodb = client
    assert world.alipay.sends_of(REFUND) == []
    assert world.repository.refunds.find("REF-1") is None
    assert reserved(world) == 0


def test_another_currency_is_refused(world: World, refused) -> None:
    other = {"currency": "USD", "value": "1"}
    assert refused(lambda: give_back(world, refundAmount=other)) == (409, "CURRENCY_NOT_SUPPORT")
    assert world.alipay.sends_of(REFUND) == []
    assert world.repository.refunds.find("REF-1") is None


def test_an_inquiry_while_refund_is_in_flight_is_not_answered_with_a_record_that_may_be_anothers(world: World) -> None:
    buy(world)

    def meanwhile(_body: object):
        assert result_of(inquire_refund(world)) == (200, "U", "REFUND_IN_PROCESS")
        return refunded()

    world.alipay.will(REFUND, meanwhile)
    assert result_of(give_back(world)) == (200, "S", "SUCCESS")
    assert world.alipay.sends_of(Operation.INQUIRY_REFUND) == []
