"""A cancel or a refund that Alipay accepts and executes later, and a request that arrives late."""

import http.client
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.merchant import Merchant, Reply, Shop

LOST = http.client.RemoteDisconnected
HOW = [("", "SUCCESS"), ("-lost", None), ("-unclear", "UNKNOWN_EXCEPTION")]
FAULTS = {"": "late", "-lost": "late_cut", "-unclear": "late_unknown"}
Cancel = Callable[[], Reply]


@pytest.fixture
def token(merchant: Merchant) -> str:
    return merchant.token()


def status(merchant: Merchant, request_id: str = "PAY_1") -> str:
    return str(merchant.inquire(paymentRequestId=request_id).body["paymentStatus"])


def heard(call: Callable[[], Reply]) -> str | None:
    """The code of an answer; None if it is lost."""
    try:
        return call().code
    except LOST:
        return None


def booked(merchant: Merchant, request_id: str = "PAY_1") -> tuple[int, int]:
    """Debits and cancels."""
    entry = merchant.admin("ledger").get(request_id, {"debits": 0, "cancels": 0})
    return entry["debits"], entry["cancels"]


@pytest.mark.parametrize(("end", "code"), HOW)
@pytest.mark.parametrize("way", ["id", "scenario by header", "order", "header"])
def test_a_cancel_is_executed_late(merchant: Merchant, token: str, way: str, end: str, code: str | None) -> None:
    request_id = f"PAY_1-cancel-late{end}" if way == "id" else "PAY_1"
    scenario = {"Sandbox_Scenario": f"cancel-late{end}"} if way == "scenario by header" else {}
    merchant.call("payments/pay", merchant.payment(token, request_id), **scenario)
    if way == "order":
        merchant.admin("faults", {"operation": "cancel", "fault": FAULTS[end], "seconds": 120})
    fault = {"Sandbox_Fault": f"{FAULTS[end]};seconds=120"} if way == "header" else {}
    assert heard(lambda: merchant.call("payments/cancel", {"paymentRequestId": request_id}, **fault)) == code
    merchant.advance(119)
    assert (status(merchant, request_id), booked(merchant, request_id)) == ("SUCCESS", (1, 0))
    repeated = merchant.cancel(paymentRequestId=request_id)
    assert repeated.code == "SUCCESS"
    merchant.advance(1)
    assert (status(merchant, request_id), booked(merchant, request_id)) == ("CANCELLED", (1, 1))
    assert merchant.cancel(paymentRequestId=request_id).body == repeated.body
    merchant.advance(600)
    assert booked(merchant, request_id) == (1, 1)


def test_a_late_cancel_of_a_payment_in_process_gives_back_what_was_paid_meanwhile(
    merchant: Merchant, token: str
) -> None:
    merchant.pay(token, "PAY_1-pending")
    merchant.admin("faults", {"operation": "cancel", "fault": "late_cut"})
    assert heard(lambda: merchant.cancel(paymentRequestId="PAY_1-pending")) is None
    merchant.advance(4)
    assert (status(merchant, "PAY_1-pending"), booked(merchant, "PAY_1-pending")) == ("SUCCESS", (1, 0))
    merchant.advance(120)
    assert (status(merchant, "PAY_1-pending"), booked(merchant, "PAY_1-pending")) == ("CANCELLED", (1, 1))


def test_a_late_cancel_of_a_payment_that_fails_meanwhile_does_nothing(merchant: Merchant, token: str) -> None:
    merchant.pay(token, "PAY_1-unpaid")
    merchant.admin("faults", {"operation": "cancel", "fault": "late"})
    assert merchant.cancel(paymentRequestId="PAY_1-unpaid").code == "SUCCESS"
    merchant.advance(121)
    assert (status(merchant, "PAY_1-unpaid"), booked(merchant, "PAY_1-unpaid")) == ("FAIL", (0, 0))


def test_nothing_is_refunded_while_a_cancel_waits_for_its_execution(merchant: Merchant, token: str) -> None:
    payment_id = merchant.pay(token, "PAY_1-cancel-late").body["paymentId"]
    merchant.cancel(paymentRequestId="PAY_1-cancel-late")
    assert merchant.refund(payment_id, "REF_1", "400").code == "ORDER_IS_CANCELED"
    merchant.advance(120)
    assert merchant.admin("ledger")["PAY_1-cancel-late"]["net"] == "0"


@pytest.mark.parametrize(("end", "code"), HOW)
@pytest.mark.parametrize("way", ["id", "scenario by header", "order", "header"])
def test_a_refund_is_executed_late(
    merchant: Merchant, token: str, shop: Shop, way: str, end: str, code: str | None
) -> None:
    payment_id = merchant.pay(token).body["paymentId"]
    merchant.advance(0)
    request_id = f"REF_1-executed-late{end}" if way == "id" else "REF_1"
    amount = {"currency": "JPY", "value": "400"}
    body: dict[str, Any] = {"refundRequestId": request_id, "paymentId": payment_id, "refundAmount": amount}
    if way == "order":
        merchant.admin("faults", {"operation": "refund", "fault": FAULTS[end], "seconds": 120})
    header = {
        "scenario by header": {"Sandbox_Scenario": f"executed-late{end}"},
        "header": {"Sandbox_Fault": f"{FAULTS[end]};seconds=120"},
    }.get(way, {})
    assert heard(lambda: merchant.call("payments/refund", body, **header)) == code
    merchant.advance(119)
    assert merchant.inquire_refund(refundRequestId=request_id).code == "ORDER_NOT_EXIST"
    assert merchant.inquire(paymentRequestId="PAY_1").body["transactions"] is None
    assert merchant.call("payments/refund", body).code == "REFUND_IN_PROCESS"
    assert merchant.refund(payment_id, "REF_2", "601").code == "REFUND_AMOUNT_EXCEED"
    assert merchant.admin("ledger")["PAY_1"]["net"] == "1000"
    merchant.advance(1)
    assert merchant.inquire_refund(refundRequestId=request_id).body["refundStatus"] == "SUCCESS"
    assert merchant.call("payments/refund", body).code == "SUCCESS"
    assert merchant.admin("ledger")["PAY_1"]["refunds"][request_id] == {"credits": 1, "amount": "400"}
    assert [one.body["refundRequestId"] for one in shop.of("REFUND_RESULT")] == [request_id]


def test_a_refund_that_is_refused_is_refused_at_once(merchant: Merchant, token: str) -> None:
    payment_id = merchant.pay(token).body["paymentId"]
    merchant.admin("faults", {"operation": "refund", "fault": "late"})
    assert merchant.refund(payment_id, "REF_1", "1001").code == "REFUND_AMOUNT_EXCEED"
    merchant.advance(600)
    assert merchant.admin("ledger")["PAY_1"]["net"] == "1000"


@pytest.mark.parametrize("operation", ["pay", "inquiryPayment", "*"])
def test_what_cannot_be_executed_late_takes_no_such_order(merchant: Merchant, operation: str) -> None:
    assert merchant.admin_reply("faults", {"operation": operation, "fault": "late"}).status == 400


# --- a request that is held on its way


@pytest.mark.parametrize("way", ["id", "scenario by header", "order", "header"])
def test_a_pay_arrives_late(merchant: Merchant, token: str, shop: Shop, way: str) -> None:
    request_id = "PAY_1-held" if way == "id" else "PAY_1"
    if way == "order":
        merchant.admin("faults", {"operation": "pay", "fault": "held", "seconds": 120})
    header = {
        "scenario by header": {"Sandbox_Scenario": "held"},
        "header": {"Sandbox_Fault": "held;seconds=120"},
    }.get(way, {})
    assert heard(lambda: merchant.call("payments/pay", merchant.payment(token, request_id), **header)) is None
    merchant.advance(119)
    assert merchant.inquire(paymentRequestId=request_id).code == "ORDER_NOT_EXIST"
    merchant.advance(1)
    assert (status(merchant, request_id), booked(merchant, request_id)) == ("SUCCESS", (1, 0))
    merchant.advance(1)
    assert len(shop.of("PAYMENT_RESULT")) == 1


def test_a_pay_that_arrives_after_its_repeat_debits_nothing(merchant: Merchant, token: str) -> None:
    assert heard(lambda: merchant.pay(token, "PAY_1-held")) is None
    assert merchant.pay(token, "PAY_1-held").code == "SUCCESS"
    merchant.advance(121)
    assert booked(merchant, "PAY_1-held") == (1, 0)


def test_a_cancel_that_arrives_late_cancels_then(merchant: Merchant, token: str) -> None:
    merchant.pay(token)
    merchant.admin("faults", {"operation": "cancel", "fault": "held", "seconds": 300})
    assert heard(lambda: merchant.cancel(paymentRequestId="PAY_1")) is None
    merchant.advance(299)
    assert status(merchant) == "SUCCESS"
    merchant.advance(1)
    assert (status(merchant), booked(merchant)) == ("CANCELLED", (1, 1))


def test_a_refund_that_arrives_after_the_cancel_is_refused(merchant: Merchant, token: str) -> None:
    payment_id = merchant.pay(token).body["paymentId"]
    assert heard(lambda: merchant.refund(payment_id, "REF_1-held", "400")) is None
    merchant.cancel(paymentRequestId="PAY_1")
    merchant.advance(121)
    assert merchant.inquire_refund(refundRequestId="REF_1-held").body["refundStatus"] == "FAIL"
    assert merchant.admin("ledger")["PAY_1"]["net"] == "0"


def test_a_held_request_waits_the_setting_by_default_and_stands_in_the_journal(merchant: Merchant, token: str) -> None:
    merchant.admin("faults", {"operation": "pay", "fault": "held"})
    assert heard(lambda: merchant.pay(token)) is None
    merchant.advance(120)
    pays = [one for one in merchant.admin("journal?kind=call") if one.get("operation") == "pay"]
    assert [(one["fault"], one["code"]) for one in pays] == [
        ("held", "UNKNOWN_EXCEPTION"),
        ("held, and arrived", "SUCCESS"),
    ]
