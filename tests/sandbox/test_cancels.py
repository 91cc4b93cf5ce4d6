"""cancel: what it closes, what it gives back, until when, and that a repeat gives nothing twice."""

from datetime import datetime
from typing import Any

import pytest

from sandbox.alipay import Simulator
from tests.sandbox.conftest import Start
from tests.sandbox.merchant import SANDBOX, Merchant, Shop

NOON = datetime.fromisoformat("2026-03-10T12:00:00+08:00").timestamp()
LAST_MINUTE = 12 * 3600 + 15 * 60  # from noon to 00:15 of the next day


@pytest.fixture
def token(merchant: Merchant) -> str:
    return merchant.token()


@pytest.fixture(autouse=True)
def the_books_balance(alipay: Simulator) -> Any:
    yield
    assert alipay.world.ledger.balanced()


def judged(merchant: Merchant, request_id: str = "PAY_1") -> tuple[int, int, str]:
    """Debits, cancels, and what the merchant has left of the payment."""
    entry = merchant.admin("ledger")[request_id]
    return entry["debits"], entry["cancels"], entry["net"]


def status(merchant: Merchant, request_id: str = "PAY_1") -> tuple[str, str]:
    body = merchant.inquire(paymentRequestId=request_id).body
    return body["paymentStatus"], body["paymentResultCode"]


def test_a_paid_payment_goes_back_in_full(merchant: Merchant, token: str) -> None:
    paid = merchant.pay(token).body
    reply = merchant.cancel(paymentRequestId="PAY_1")
    reply.verify(f"{SANDBOX}/v1/payments/cancel")
    assert set(reply.body) == {"result", "paymentId", "paymentRequestId", "cancelTime"}
    assert (reply.code, reply.body["paymentId"]) == ("SUCCESS", paid["paymentId"])
    assert judged(merchant) == (1, 1, "0")
    found = merchant.inquire(paymentRequestId="PAY_1").body
    assert (found["paymentStatus"], found["paymentResultCode"]) == ("CANCELLED", "SUCCESS")
    assert found["paymentTime"] == paid["paymentTime"]
    taken, returned = [entry for entry in merchant.admin("ledger/entries")["entries"] if entry["kind"] != "opening"]
    assert (returned["kind"], returned["reference"]) == ("cancel", "PAY_1")
    assert (returned["from"], returned["to"]) == (taken["to"], taken["from"])


@pytest.mark.parametrize("request_id", ["A-pending", "A-unpaid", "A-stuck"])
def test_an_unpaid_payment_is_closed_and_never_paid_later(
    merchant: Merchant, token: str, shop: Shop, request_id: str
) -> None:
    merchant.pay(token, request_id)
    assert merchant.cancel(paymentRequestId=request_id).code == "SUCCESS"
    merchant.advance(3600)
    merchant.admin("payments/settle", {"paymentRequestId": request_id, "outcome": "SUCCESS"})
    assert status(merchant, request_id) == ("CANCELLED", "SUCCESS")
    assert "paymentTime" not in merchant.inquire(paymentRequestId=request_id).body
    assert judged(merchant, request_id) == (0, 0, "0")
    assert shop.of("PAYMENT_RESULT") == []


def test_a_repeated_cancel_is_told_of_the_first(merchant: Merchant, token: str) -> None:
    merchant.pay(token)
    first = merchant.cancel(paymentRequestId="PAY_1")
    merchant.advance(3 * 86_400)
    assert merchant.cancel(paymentRequestId="PAY_1").body == first.body
    assert judged(merchant) == (1, 1, "0")


def test_a_pay_with_the_id_of_a_cancelled_payment(merchant: Merchant, token: str) -> None:
    for request_id in ("PAY_1", "A-pending"):
        merchant.pay(token, request_id)
        merchant.cancel(paymentRequestId=request_id)
        assert merchant.pay(token, request_id).code == "ORDER_IS_CANCELED"
    assert judged(merchant) == (1, 1, "0")


def test_the_payment_id_wins(merchant: Merchant, token: str) -> None:
    merchant.pay(token)
    second = merchant.pay(token, "PAY_2").body["paymentId"]
    assert merchant.cancel(paymentRequestId="PAY_1", paymentId=second).body["paymentRequestId"] == "PAY_2"
    assert merchant.cancel(paymentRequestId="PAY_1", paymentId="unknown").code == "ORDER_NOT_EXIST"
    assert merchant.cancel(paymentRequestId="unknown").code == "ORDER_NOT_EXIST"
    assert merchant.cancel(merchantAccountId="M").code == "PARAM_ILLEGAL"
    assert judged(merchant) == (1, 0, "1000")


def test_a_failed_payment_cannot_be_cancelled(merchant: Merchant, token: str) -> None:
    merchant.pay(token, "A-declined")
    assert merchant.cancel(paymentRequestId="A-declined").code == "ORDER_STATUS_INVALID"
    assert status(merchant, "A-declined") == ("FAIL", "USER_BALANCE_NOT_ENOUGH")


@pytest.mark.parametrize(
    ("refund", "code"), [("R", "PROCESS_FAIL"), ("R-stuck", "PROCESS_FAIL"), ("R-declined", "SUCCESS")]
)
def test_a_refunded_payment_cannot_be_cancelled(merchant: Merchant, token: str, refund: str, code: str) -> None:
    merchant.refund(merchant.pay(token).body["paymentId"], refund, "1")
    assert merchant.cancel(paymentRequestId="PAY_1").code == code


def test_a_cancel_is_possible_until_a_quarter_past_midnight(start: Start) -> None:
    merchant = Merchant(start(start=NOON).url)
    token = merchant.token()
    for request_id in ("IN_TIME", "LATE", "A-stuck"):
        merchant.pay(token, request_id)
    merchant.advance(LAST_MINUTE)
    assert merchant.cancel(paymentRequestId="IN_TIME").code == "SUCCESS"
    merchant.advance(1)
    assert merchant.cancel(paymentRequestId="LATE").code == "CANCEL_WINDOW_EXCEED"
    assert merchant.cancel(paymentRequestId="A-stuck").code == "SUCCESS"
    assert judged(merchant, "LATE") == (1, 0, "1000")
    assert status(merchant, "LATE") == ("SUCCESS", "SUCCESS")


def test_a_thai_direct_debit_is_cancelled_only_before_it_is_paid(merchant: Merchant) -> None:
    bank = "DIRECT_DEBIT_KRUNGTHAIBANK"
    token = merchant.token(wallet=bank)
    for request_id, code in (("PAY_1", "PAYMENT_METHOD_NOT_SUPPORTED"), ("A-pending", "SUCCESS")):
        merchant.pay(token, request_id, wallet=bank)
        assert merchant.cancel(paymentRequestId=request_id).code == code


def test_a_merchant_who_may_not_owe_needs_the_money(merchant: Merchant, token: str) -> None:
    merchant.pay(token)
    merchant.admin("balances", {"merchant": True, "currency": "JPY", "value": "999"})
    merchant.admin("settings", {"merchantMayOwe": False})
    assert merchant.cancel(paymentRequestId="PAY_1").code == "MERCHANT_BALANCE_NOT_ENOUGH"
    merchant.admin("balances", {"merchant": True, "currency": "JPY", "value": "1000"})
    assert merchant.cancel(paymentRequestId="PAY_1").code == "SUCCESS"


def test_a_success_that_comes_after_the_cancel_is_notified_and_takes_nothing(
    merchant: Merchant, token: str, shop: Shop
) -> None:
    assert merchant.pay(token, "A-late-success").code == "PAYMENT_IN_PROCESS"
    merchant.advance(3600)
    assert status(merchant, "A-late-success") == ("PROCESSING", "PAYMENT_IN_PROCESS")
    assert merchant.cancel(paymentRequestId="A-late-success").code == "SUCCESS"
    merchant.advance(3)
    assert shop.of("PAYMENT_RESULT") == []
    merchant.advance(1)
    (notified,) = shop.of("PAYMENT_RESULT")
    notified.verify()
    assert notified.body["result"]["resultStatus"] == "S"
    assert {"paymentTime", "paymentId", "paymentAmount"} <= set(notified.body)
    assert status(merchant, "A-late-success") == ("CANCELLED", "SUCCESS")
    assert merchant.pay(token, "A-late-success").code == "ORDER_IS_CANCELED"
    assert judged(merchant, "A-late-success") == (0, 0, "0")


def test_faults_of_a_cancel(merchant: Merchant, token: str) -> None:
    merchant.pay(token)
    merchant.admin("faults", {"operation": "cancel", "fault": "act_then_unknown", "requestId": "PAY_1"})
    assert merchant.cancel(paymentRequestId="PAY_1").code == "UNKNOWN_EXCEPTION"
    assert judged(merchant) == (1, 1, "0")
    assert merchant.cancel(paymentRequestId="PAY_1").code == "SUCCESS"
    assert judged(merchant) == (1, 1, "0")
