"""refund, inquiryRefund and notifyRefund: limits, idempotency, scenarios, and the ledger as judge."""

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from alipay_signing import BadSignature
from sandbox.alipay import Simulator
from tests.sandbox.merchant import SANDBOX, Merchant, Shop

DAY = 86_400


@pytest.fixture
def payment_id(merchant: Merchant) -> str:
    return pay(merchant)


@pytest.fixture(autouse=True)
def the_books_balance(alipay: Simulator) -> Any:
    yield
    assert alipay.world.ledger.balanced()


def pay(merchant: Merchant, request_id: str = "PAY_1", wallet: str = "GCASH") -> str:
    token = merchant.token(f"STATE_{request_id}", wallet)
    return str(merchant.pay(token, request_id, wallet=wallet).body["paymentId"])


def judged(merchant: Merchant) -> tuple[dict[str, Any], str]:
    """What each refund gave back, and what the merchant has left of PAY_1."""
    entry = merchant.admin("ledger")["PAY_1"]
    return {name: (one["credits"], one["amount"]) for name, one in entry["refunds"].items()}, entry["net"]


def status(merchant: Merchant, request_id: str) -> str:
    return str(merchant.inquire_refund(refundRequestId=request_id).body["refundStatus"])


def test_a_payment_is_refunded_at_once(merchant: Merchant, payment_id: str, shop: Shop) -> None:
    reply = merchant.refund(payment_id, value="400")
    reply.verify(f"{SANDBOX}/v1/payments/refund")
    body = reply.body
    assert (reply.code, body["paymentId"]) == ("SUCCESS", payment_id)
    assert body["refundAmount"] == {"currency": "JPY", "value": "400"}
    assert body["grossSettlementAmount"] == {"currency": "USD", "value": "264"}
    assert {"refundId", "refundRequestId", "refundTime", "settlementQuote"} <= set(body)
    assert judged(merchant) == ({"REF_1": (1, "400")}, "600")
    merchant.advance(3600)
    assert shop.of("REFUND_RESULT") == []
    taken, returned = [entry for entry in merchant.admin("ledger/entries")["entries"] if entry["kind"] != "opening"]
    assert (returned["kind"], returned["reference"]) == ("refund", "REF_1")
    assert (returned["from"], returned["to"]) == (taken["to"], taken["from"])


def test_an_inquiry_of_a_refund(merchant: Merchant, payment_id: str) -> None:
    made = merchant.refund(payment_id, value="400", metadata="from-shop-7").body
    for ids in ({"refundRequestId": "REF_1"}, {"refundId": made["refundId"]}):
        found = merchant.inquire_refund(**ids).body
        assert found["refundStatus"] == "SUCCESS"
        assert found["metadata"] == "from-shop-7"
        for name in ("refundId", "refundRequestId", "refundAmount", "refundTime", "grossSettlementAmount"):
            assert found[name] == made[name]
    second = merchant.refund(payment_id, "REF_2", "1").body["refundId"]
    assert merchant.inquire_refund(refundRequestId="REF_1", refundId=second).body["refundRequestId"] == "REF_2"
    assert merchant.inquire_refund(refundRequestId="REF_1", refundId="unknown").code == "ORDER_NOT_EXIST"
    assert merchant.inquire_refund(refundRequestId="unknown").code == "ORDER_NOT_EXIST"
    assert merchant.inquire_refund().code == "PARAM_ILLEGAL"


def test_a_repeat_gets_the_same_answer_and_gives_nothing_back(merchant: Merchant, payment_id: str) -> None:
    first = merchant.refund(payment_id, value="400")
    merchant.advance(2 * 365 * DAY)
    assert merchant.refund(payment_id, value="400", refundReason="again").body == first.body
    assert judged(merchant) == ({"REF_1": (1, "400")}, "600")


def test_another_refund_under_the_same_id_is_inconsistent(merchant: Merchant, payment_id: str) -> None:
    merchant.refund(payment_id, value="400")
    other = pay(merchant, "PAY_2")
    for arguments in ((payment_id, "REF_1", "401"), (payment_id, "REF_1", "400", "USD"), (other, "REF_1", "400")):
        assert merchant.refund(*arguments).code == "REPEAT_REQ_INCONSISTENT"
    assert judged(merchant) == ({"REF_1": (1, "400")}, "600")


def test_refunds_never_exceed_the_payment(merchant: Merchant, payment_id: str) -> None:
    assert merchant.refund(payment_id, "A", "600").code == "SUCCESS"
    assert merchant.refund(payment_id, "B", "401").code == "REFUND_AMOUNT_EXCEED"
    assert merchant.refund(payment_id, "C-stuck", "300").code == "REFUND_IN_PROCESS"
    assert merchant.refund(payment_id, "D", "101").code == "REFUND_AMOUNT_EXCEED"
    assert merchant.refund(payment_id, "E", "100").code == "SUCCESS"
    assert judged(merchant) == (
        {"A": (1, "600"), "B": (0, "0"), "C-stuck": (0, "0"), "D": (0, "0"), "E": (1, "100")},
        "300",
    )
    merchant.admin("refunds/settle", {"refundRequestId": "C-stuck", "outcome": "FAIL"})
    assert merchant.refund(payment_id, "F", "300").code == "SUCCESS"
    assert judged(merchant)[1] == "0"
    assert merchant.inquire(paymentRequestId="PAY_1").body["paymentStatus"] == "SUCCESS"


def test_fifty_refunds_at_once_never_exceed_the_payment(
    alipay: Simulator, merchant: Merchant, payment_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = alipay._ids.refund_id

    def slowly(now: float) -> str:
        # Between the look for an earlier refund and its entry: here the others would slip in.
        time.sleep(0.01)
        return make(now)

    monkeypatch.setattr(alipay._ids, "refund_id", slowly)
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda n: merchant.refund(payment_id, f"REF_{n // 2}", "100"), range(50)))
    assert {reply.code for reply in replies} == {"SUCCESS", "REFUND_AMOUNT_EXCEED"}
    refunds, net = judged(merchant)
    assert sorted(refunds.values()) == [(0, "0")] * 15 + [(1, "100")] * 10
    assert (len(refunds), net) == (25, "0")


def test_time_passes_for_a_refund_only_between_calls(alipay: Simulator, merchant: Merchant, payment_id: str) -> None:
    merchant.refund(payment_id, "R-pending")
    refund = alipay.world.refunds.find(request_id="R-pending")
    assert refund is not None
    with ThreadPoolExecutor(1) as pool:
        with alipay.world.lock:
            advanced = pool.submit(alipay.clock.advance, 5)
            time.sleep(0.1)
            assert refund.status == "PROCESSING"
        advanced.result()
    assert status(merchant, "R-pending") == "SUCCESS"


def test_a_refusal_is_final_for_its_id(merchant: Merchant, payment_id: str) -> None:
    assert merchant.refund(payment_id, value="1001").code == "REFUND_AMOUNT_EXCEED"
    assert merchant.refund(payment_id, value="1001").code == "REFUND_AMOUNT_EXCEED"
    assert merchant.refund(payment_id, value="1000").code == "REPEAT_REQ_INCONSISTENT"
    assert status(merchant, "REF_1") == "FAIL"
    assert merchant.refund("unknown", "REF_2").code == "ORDER_NOT_EXIST"
    assert merchant.inquire_refund(refundRequestId="REF_2").code == "ORDER_NOT_EXIST"
    assert merchant.refund(payment_id, "REF_2").code == "SUCCESS"


@pytest.mark.parametrize(
    ("payment", "code"),
    [("A-pending", "ORDER_STATUS_INVALID"), ("A-declined", "ORDER_STATUS_INVALID"), ("A", "ORDER_IS_CANCELED")],
)
def test_only_a_successful_payment_is_refunded(merchant: Merchant, payment: str, code: str) -> None:
    pay_reply = merchant.pay(merchant.token(), payment)
    merchant.cancel(paymentRequestId="A")
    identity = pay_reply.body.get("paymentId") or merchant.inquire(paymentRequestId=payment).body["paymentId"]
    assert merchant.refund(identity).code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"currency": "USD"}, "CURRENCY_NOT_SUPPORT"),
        ({"value": "0"}, "PARAM_ILLEGAL"),
        ({"refundReason": "x" * 257}, "PARAM_ILLEGAL"),
        ({"isAsyncRefund": "perhaps"}, "PARAM_ILLEGAL"),
        ({"isAsyncRefund": True}, "SUCCESS"),
    ],
)
def test_fields_of_a_refund(merchant: Merchant, payment_id: str, changes: dict[str, Any], code: str) -> None:
    assert merchant.refund(payment_id, **changes).code == code


@pytest.mark.parametrize(("wallet", "days"), [("GCASH", 365), ("ZALOPAY", 180), ("PAYPAY", 90)])
def test_the_refund_period_of_a_wallet(merchant: Merchant, wallet: str, days: int) -> None:
    in_time, late = pay(merchant, "PAY_1", wallet), pay(merchant, "PAY_2", wallet)
    merchant.advance(days * DAY)
    assert merchant.refund(in_time, "IN_TIME").code == "SUCCESS"
    merchant.advance(1)
    assert merchant.refund(late, "LATE").code == "REFUND_WINDOW_EXCEED"


def test_what_wallets_do_not_do(merchant: Merchant) -> None:
    thai = pay(merchant, "THAI", "DIRECT_DEBIT_SIAMCOMMERCIALBANK")
    assert merchant.refund(thai, "T").code == "PAYMENT_METHOD_NOT_SUPPORTED"
    paypay = pay(merchant, "PAYPAY", "PAYPAY")
    assert merchant.refund(paypay, "P1", "999").code == "PARTIAL_REFUND_NOT_SUPPORTED"
    assert merchant.refund(paypay, "P2", "1000").code == "SUCCESS"
    easypaisa = pay(merchant, "EASY", "EASYPAISA")
    assert merchant.refund(easypaisa, "E1", "1").code == "SUCCESS"
    assert merchant.refund(easypaisa, "E2", "1").code == "MULTIPLE_REFUNDS_NOT_SUPPORTED"
    merchant.advance(DAY)
    assert merchant.refund(easypaisa, "E3", "1").code == "SUCCESS"


def test_a_merchant_who_may_not_owe_needs_the_money(merchant: Merchant, payment_id: str, shop: Shop) -> None:
    merchant.admin("balances", {"merchant": True, "currency": "JPY", "value": "400"})
    assert merchant.admin("settings", {"merchantMayOwe": False})["merchantMayOwe"] is False
    assert merchant.refund(payment_id, "A", "401").code == "MERCHANT_BALANCE_NOT_ENOUGH"
    merchant.refund(payment_id, "B-pending", "401")
    assert merchant.refund(payment_id, "C", "400").code == "SUCCESS"
    merchant.advance(4)
    (notified,) = shop.of("REFUND_RESULT")
    assert notified.body["result"]["resultCode"] == "MERCHANT_BALANCE_NOT_ENOUGH"
    assert judged(merchant) == ({"A": (0, "0"), "B-pending": (0, "0"), "C": (1, "400")}, "600")
    assert merchant.admin_reply("settings", {"merchantMayOwe": "no"}).status == 400


def test_a_pending_refund_succeeds_later_and_is_notified(merchant: Merchant, payment_id: str, shop: Shop) -> None:
    reply = merchant.refund(payment_id, "R-pending", metadata="from-shop-7")
    assert (reply.code, reply.result_status, set(reply.body)) == ("REFUND_IN_PROCESS", "U", {"result"})
    assert status(merchant, "R-pending") == "PROCESSING"
    assert "refundTime" not in merchant.inquire_refund(refundRequestId="R-pending").body
    assert judged(merchant) == ({"R-pending": (0, "0")}, "1000")
    merchant.advance(4)
    made = merchant.refund(payment_id, "R-pending").body
    assert judged(merchant) == ({"R-pending": (1, "1000")}, "0")
    (notified,) = shop.of("REFUND_RESULT")
    notified.verify()
    assert notified.path == "/notify/refund"
    assert (notified.body["refundStatus"], notified.body["result"]["resultStatus"]) == ("SUCCESS", "S")
    assert notified.body["metadata"] == "from-shop-7"
    for name in ("refundId", "refundRequestId", "refundAmount", "refundTime"):
        assert notified.body[name] == made[name]


def test_a_quiet_refund_is_never_notified(merchant: Merchant, payment_id: str, shop: Shop) -> None:
    merchant.refund(payment_id, "R-quiet")
    merchant.advance(3600)
    assert status(merchant, "R-quiet") == "SUCCESS"
    assert shop.of("REFUND_RESULT") == []


def test_a_refund_that_fails_late_gives_nothing_back(merchant: Merchant, payment_id: str, shop: Shop) -> None:
    assert merchant.refund(payment_id, "R-failed-late").code == "REFUND_IN_PROCESS"
    merchant.advance(4)
    (notified,) = shop.of("REFUND_RESULT")
    assert (notified.body["refundStatus"], notified.body["result"]["resultStatus"]) == ("FAIL", "F")
    assert "refundTime" not in notified.body
    assert merchant.refund(payment_id, "R-failed-late").code == "PROCESS_FAIL"
    assert judged(merchant) == ({"R-failed-late": (0, "0")}, "1000")


def test_a_stuck_refund_waits_to_be_settled(merchant: Merchant, payment_id: str, shop: Shop) -> None:
    merchant.refund(payment_id, "R-stuck")
    merchant.advance(30 * DAY)
    assert status(merchant, "R-stuck") == "PROCESSING"
    order = {"refundRequestId": "R-stuck", "outcome": "SUCCESS"}
    assert merchant.admin("refunds/settle", order) == {"refundStatus": "SUCCESS", "refundResultCode": "SUCCESS"}
    assert merchant.admin("refunds/settle", order | {"outcome": "FAIL"})["refundStatus"] == "SUCCESS"
    merchant.advance(0)
    assert len(shop.of("REFUND_RESULT")) == 1
    assert judged(merchant) == ({"R-stuck": (1, "1000")}, "0")
    assert merchant.admin("refunds")[0]["refundStatus"] == "SUCCESS"
    assert merchant.admin_reply("refunds/settle", order | {"refundRequestId": "X"}).status == 404
    assert merchant.admin_reply("refunds/settle", order | {"outcome": "?"}).status == 400


def test_a_lost_answer_is_lost_once_and_the_money_goes_back_once(merchant: Merchant, payment_id: str) -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        merchant.refund(payment_id, "R-answer-lost")
    assert merchant.refund(payment_id, "R-answer-lost").code == "SUCCESS"
    assert judged(merchant) == ({"R-answer-lost": (1, "1000")}, "0")


def test_a_declined_refund(merchant: Merchant, payment_id: str, shop: Shop) -> None:
    reply = merchant.refund(payment_id, "R-declined")
    assert (reply.code, reply.result_status, set(reply.body)) == ("PROCESS_FAIL", "F", {"result"})
    merchant.advance(3600)
    assert shop.of("REFUND_RESULT") == []
    assert judged(merchant) == ({"R-declined": (0, "0")}, "1000")


def test_an_inquiry_of_the_payment_lists_its_refunds(merchant: Merchant, payment_id: str) -> None:
    for request_id in ("R-declined", "R-failed-late", "R-stuck", "R"):
        merchant.refund(payment_id, request_id, "100")
    merchant.advance(4)
    listed = merchant.inquire(paymentRequestId="PAY_1").body["transactions"]
    assert [
        (one["transactionRequestId"], one["transactionStatus"], one["transactionResult"]["resultCode"])
        for one in listed
    ] == [
        ("R-failed-late", "FAIL", "PROCESS_FAIL"),
        ("R-stuck", "PROCESSING", "PAYMENT_IN_PROCESS"),
        ("R", "SUCCESS", "SUCCESS"),
    ]
    assert {one["transactionType"] for one in listed} == {"REFUND"}
    assert listed[2]["transactionAmount"] == {"currency": "JPY", "value": "100"}
    made = merchant.inquire_refund(refundRequestId="R").body
    assert (listed[2]["transactionId"], listed[2]["transactionTime"]) == (made["refundId"], made["refundTime"])


def test_the_notify_url_of_the_refund_wins(merchant: Merchant, payment_id: str, shop: Shop) -> None:
    merchant.refund(payment_id, "R-pending", refundNotifyUrl=f"http://{shop.address}/own")
    merchant.advance(4)
    merchant.admin("notify", {"kind": "notifyRefund", "body": {"refundRequestId": "R-pending"}})
    assert [one.path for one in shop.received if "refundRequestId" in one.body] == ["/own", "/own"]


def test_the_dashboard_url_for_refunds_can_be_set(merchant: Merchant, payment_id: str, shop: Shop) -> None:
    merchant.admin("settings", {"refundNotifyUrl": f"http://{shop.address}/later"})
    merchant.refund(payment_id, "R-pending")
    merchant.advance(4)
    assert [one.path for one in shop.of("REFUND_RESULT")] == ["/later"]


def test_faults_of_a_refund_and_of_its_notification(merchant: Merchant, payment_id: str, shop: Shop) -> None:
    merchant.admin("faults", {"operation": "refund", "fault": "cut_before", "amount": "100", "requestId": "R-pending"})
    assert merchant.refund(payment_id, "OTHER", "100").code == "SUCCESS"
    with pytest.raises(http.client.RemoteDisconnected):
        merchant.refund(payment_id, "R-pending", "100")
    assert merchant.inquire_refund(refundRequestId="R-pending").code == "ORDER_NOT_EXIST"
    merchant.refund(payment_id, "R-pending", "100")
    merchant.admin("faults", {"operation": "notifyRefund", "fault": "tamper"})
    merchant.advance(4)
    (notified,) = shop.of("REFUND_RESULT")
    assert notified.body["refundAmount"]["value"] == "9100"
    with pytest.raises(BadSignature):
        notified.verify()
    merchant.admin("faults", {"operation": "inquiryRefund", "fault": "answer", "code": "SYSTEM_ERROR"})
    assert merchant.inquire_refund(refundRequestId="OTHER").code == "SYSTEM_ERROR"


def test_a_reset_forgets_refunds(merchant: Merchant, payment_id: str, shop: Shop) -> None:
    merchant.refund(payment_id, "R-pending")
    merchant.admin("reset", {})
    merchant.advance(3600)
    assert merchant.admin("refunds") == []
    assert shop.of("REFUND_RESULT") == []
