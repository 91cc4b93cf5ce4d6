"""pay and inquiryPayment: scenarios, idempotency, and the ledger as judge."""

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sandbox.alipay import Simulator
from sandbox.alipay.ledger import InsufficientFunds, Ledger
from sandbox.alipay.money import Money, convert, quote_price
from tests.sandbox.conftest import Start
from tests.sandbox.merchant import SANDBOX, Merchant, Shop

PAY = f"{SANDBOX}/v1/payments/pay"
DEBITED = {"debits": 1, "amount": "1000", "currency": "JPY", "cancels": 0, "refunds": {}, "net": "1000"}
UNTOUCHED = {"debits": 0, "amount": "0", "currency": "JPY", "cancels": 0, "refunds": {}, "net": "0"}
LOST = http.client.RemoteDisconnected


@pytest.fixture
def token(merchant: Merchant) -> str:
    return merchant.token()


@pytest.fixture(autouse=True)
def the_books_balance(alipay: Simulator) -> Any:
    """After every test of this file, whatever happened in it."""
    yield
    assert alipay.world.ledger.balanced()


def ledger(merchant: Merchant) -> dict[str, Any]:
    found: dict[str, Any] = merchant.admin("ledger")
    return found


def status(merchant: Merchant, request_id: str) -> tuple[str, str]:
    body = merchant.inquire(paymentRequestId=request_id).body
    return body["paymentStatus"], body["paymentResultCode"]


def test_a_payment_is_paid_at_once(merchant: Merchant, token: str, shop: Shop) -> None:
    reply = merchant.pay(token)
    reply.verify(PAY)
    body = reply.body
    assert (reply.code, reply.result_status) == ("SUCCESS", "S")
    assert body["paymentAmount"] == {"currency": "JPY", "value": "1000"}
    assert {"paymentId", "paymentTime", "paymentCreateTime", "pspCustomerInfo"} <= set(body)
    assert ledger(merchant) == {"PAY_1": DEBITED}
    merchant.advance(0)
    (notified,) = shop.of("PAYMENT_RESULT")
    notified.verify()
    assert notified.path == "/notify/payment"
    assert notified.body["result"]["resultCode"] == "SUCCESS"
    for name in ("paymentId", "paymentRequestId", "paymentAmount", "paymentTime", "grossSettlementAmount"):
        assert notified.body[name] == body[name]


def test_numbers_of_a_settlement_quote_come_bare(merchant: Merchant, token: str) -> None:
    reply = merchant.pay(token)
    assert b'"quotePrice":0.006605' in reply.raw
    assert b'"guaranteed":false' in reply.raw
    assert reply.body["grossSettlementAmount"] == {"currency": "USD", "value": "660"}
    same = merchant.pay(token, "SAME", currency="USD")
    assert "settlementQuote" not in same.body


def test_an_inquiry_of_a_paid_payment(merchant: Merchant, token: str) -> None:
    paid = merchant.pay(token).body
    for ids in ({"paymentRequestId": "PAY_1"}, {"paymentId": paid["paymentId"]}):
        body = merchant.inquire(**ids).body
        assert (body["paymentStatus"], body["paymentResultCode"]) == ("SUCCESS", "SUCCESS")
        assert body["transactions"] is None
        assert body["paymentTime"] == paid["paymentTime"]
    assert merchant.inquire(paymentId="unknown", paymentRequestId="PAY_1").code == "ORDER_NOT_EXIST"
    second = merchant.pay(token, "PAY_2").body["paymentId"]
    assert merchant.inquire(paymentId=second, paymentRequestId="PAY_1").body["paymentRequestId"] == "PAY_2"


def test_a_declined_payment(merchant: Merchant, token: str, shop: Shop) -> None:
    reply = merchant.pay(token, "A-declined")
    assert (reply.code, reply.result_status, set(reply.body)) == ("USER_BALANCE_NOT_ENOUGH", "F", {"result"})
    assert status(merchant, "A-declined") == ("FAIL", "USER_BALANCE_NOT_ENOUGH")
    assert ledger(merchant) == {"A-declined": UNTOUCHED}
    merchant.advance(59)
    assert shop.of("PAYMENT_RESULT") == []
    merchant.advance(1)
    (notified,) = shop.of("PAYMENT_RESULT")
    assert notified.body["result"]["resultStatus"] == "F"
    assert "paymentTime" not in notified.body


def test_some_wallets_never_notify_a_failure(merchant: Merchant, shop: Shop) -> None:
    merchant.pay(merchant.token(wallet="MAYA"), "A-declined", wallet="MAYA")
    merchant.advance(3600)
    assert shop.of("PAYMENT_RESULT") == []


def test_a_pending_payment_is_paid_later_and_notified(merchant: Merchant, token: str, shop: Shop) -> None:
    reply = merchant.pay(token, "A-pending")
    assert (reply.code, reply.result_status) == ("PAYMENT_IN_PROCESS", "U")
    assert "paymentTime" not in reply.body
    assert status(merchant, "A-pending") == ("PROCESSING", "PAYMENT_IN_PROCESS")
    assert ledger(merchant) == {"A-pending": UNTOUCHED}
    merchant.advance(4)
    assert status(merchant, "A-pending") == ("SUCCESS", "SUCCESS")
    assert merchant.pay(token, "A-pending").body["paymentId"] == reply.body["paymentId"]
    assert ledger(merchant) == {"A-pending": DEBITED}
    merchant.advance(3600)
    assert status(merchant, "A-pending") == ("SUCCESS", "SUCCESS")
    assert len(shop.of("PAYMENT_RESULT")) == 1


def test_a_final_payment_is_not_settled_again(merchant: Merchant, token: str) -> None:
    merchant.pay(token)
    for outcome in ("SUCCESS", "FAIL", "CLOSED"):
        settled = merchant.admin("payments/settle", {"paymentRequestId": "PAY_1", "outcome": outcome})
        assert settled["paymentStatus"] == "SUCCESS"
    assert ledger(merchant) == {"PAY_1": DEBITED}


def test_time_passes_for_a_payment_only_between_calls(alipay: Simulator, merchant: Merchant, token: str) -> None:
    merchant.pay(token, "A-pending")
    payment = alipay.world.payments.find(request_id="A-pending")
    with ThreadPoolExecutor(1) as pool:
        with alipay.world.lock:
            advanced = pool.submit(alipay.clock.advance, 5)
            time.sleep(0.1)
            assert payment is not None
            assert payment.status == "PROCESSING"
        advanced.result()
    assert status(merchant, "A-pending") == ("SUCCESS", "SUCCESS")


def test_a_failure_is_notified_only_between_calls(alipay: Simulator, merchant: Merchant, token: str) -> None:
    merchant.pay(token, "A-declined")
    before = len(alipay.world.outbox.describe())
    with ThreadPoolExecutor(1) as pool:
        with alipay.world.lock:
            advanced = pool.submit(alipay.clock.advance, 61)
            time.sleep(0.1)
            assert len(alipay.world.outbox.describe()) == before
        advanced.result()
    assert len(alipay.world.outbox.describe()) == before + 1


def test_a_stuck_payment_never_ends_by_itself(merchant: Merchant, token: str, shop: Shop) -> None:
    merchant.pay(token, "A-stuck")
    merchant.advance(30 * 86_400)
    assert status(merchant, "A-stuck") == ("PROCESSING", "PAYMENT_IN_PROCESS")
    assert merchant.pay(token, "A-stuck").code == "PAYMENT_IN_PROCESS"
    assert shop.of("PAYMENT_RESULT") == []
    settled = merchant.admin("payments/settle", {"paymentRequestId": "A-stuck", "outcome": "SUCCESS"})
    assert settled["paymentStatus"] == "SUCCESS"
    assert ledger(merchant) == {"A-stuck": DEBITED}


def test_an_unpaid_payment_is_closed_after_a_minute(merchant: Merchant, token: str, shop: Shop) -> None:
    assert merchant.pay(token, "A-unpaid").code == "PAYMENT_IN_PROCESS"
    merchant.advance(59)
    assert status(merchant, "A-unpaid") == ("PROCESSING", "PAYMENT_IN_PROCESS")
    merchant.advance(1)
    assert status(merchant, "A-unpaid") == ("FAIL", "PROCESS_FAIL")
    assert merchant.pay(token, "A-unpaid").code == "ORDER_IS_CLOSED"
    (notified,) = shop.of("PAYMENT_RESULT")
    assert notified.body["result"]["resultCode"] == "ORDER_IS_CLOSED"
    assert ledger(merchant) == {"A-unpaid": UNTOUCHED}


def test_an_expiry_time_shortens_the_minute_and_never_lengthens_it(start: Start, shop: Shop) -> None:
    merchant = Merchant(start(start=1_700_000_000.0).url)
    token = merchant.token()
    merchant.pay(token, "SHORT-unpaid", paymentExpiryTime="2023-11-15T06:13:30+08:00")
    merchant.pay(token, "LONG-unpaid", paymentExpiryTime="2023-11-16T06:13:30+08:00")
    assert merchant.pay(token, "PAST", paymentExpiryTime="2023-11-14T06:13:30+08:00").code == "ORDER_IS_CLOSED"
    merchant.advance(11)
    assert [status(merchant, f"{name}-unpaid")[0] for name in ("SHORT", "LONG")] == ["FAIL", "PROCESSING"]
    merchant.advance(50)
    assert status(merchant, "LONG-unpaid")[0] == "FAIL"


def test_a_lost_answer_is_lost_once_and_the_money_is_taken_once(merchant: Merchant, token: str) -> None:
    with pytest.raises(LOST):
        merchant.pay(token, "A-answer-lost")
    assert ledger(merchant) == {"A-answer-lost": DEBITED}
    assert status(merchant, "A-answer-lost") == ("SUCCESS", "SUCCESS")
    assert merchant.pay(token, "A-answer-lost").code == "SUCCESS"
    assert ledger(merchant) == {"A-answer-lost": DEBITED}


def test_the_trigger_amounts(merchant: Merchant, token: str) -> None:
    assert merchant.pay(token, "ONE", "9901").code == "UNKNOWN_EXCEPTION"
    assert status(merchant, "ONE") == ("SUCCESS", "SUCCESS")
    with pytest.raises(LOST):
        merchant.pay(token, "TWO", "9902")
    assert status(merchant, "TWO") == ("SUCCESS", "SUCCESS")
    assert merchant.pay(token, "THREE", "9903").code == "SUCCESS"
    assert merchant.inquire(paymentRequestId="THREE").code == "UNKNOWN_EXCEPTION"
    assert merchant.pay(token, "FOUR", "9904").code == "SUCCESS"
    with pytest.raises(LOST):
        merchant.inquire(paymentRequestId="FOUR")
    assert [entry["debits"] for entry in ledger(merchant).values()] == [1, 1, 1, 1]


def test_a_repeat_gets_the_same_answer_and_takes_nothing(merchant: Merchant, token: str) -> None:
    first = merchant.pay(token)
    merchant.advance(3600)
    again = merchant.pay(
        token,
        order={"orderAmount": {"currency": "JPY", "value": "1"}, "referenceOrderId": "OTHER", "orderDescription": "x"},
    )
    assert again.body == first.body
    assert ledger(merchant) == {"PAY_1": DEBITED}


def test_a_repeat_of_a_failure_gets_the_same_failure(merchant: Merchant, token: str) -> None:
    account = {"customerBelongsTo": "GCASH", "account": "maria@wallet.example", "currency": "JPY"}
    merchant.admin("balances", account | {"value": "999"})
    assert merchant.pay(token).code == "USER_BALANCE_NOT_ENOUGH"
    merchant.admin("balances", account | {"value": "1000"})
    assert merchant.pay(token).code == "USER_BALANCE_NOT_ENOUGH"
    assert merchant.pay(token, "PAY_2").code == "SUCCESS"
    assert merchant.pay(token, "PAY_3", "1").code == "USER_BALANCE_NOT_ENOUGH"
    assert ledger(merchant)["PAY_2"] == DEBITED


@pytest.mark.parametrize("request_id", ["PAY_1", "A-declined", "A-pending"])
@pytest.mark.parametrize("change", [{"value": "1001"}, {"currency": "KRW"}])
def test_another_amount_under_the_same_id_is_inconsistent(
    merchant: Merchant, token: str, request_id: str, change: dict[str, str]
) -> None:
    first = merchant.pay(token, request_id).code
    reply = merchant.pay(token, request_id, **change)
    assert (reply.code, reply.result_status) == ("REPEAT_REQ_INCONSISTENT", "F")
    assert merchant.pay(token, request_id).code == first


def test_another_token_under_the_same_id_is_inconsistent(merchant: Merchant, token: str) -> None:
    merchant.pay(token)
    assert merchant.pay(merchant.token("STATE_2")).code == "REPEAT_REQ_INCONSISTENT"
    assert ledger(merchant) == {"PAY_1": DEBITED}


def test_a_repeat_after_the_agreement_ended_still_tells_of_the_payment(merchant: Merchant, token: str) -> None:
    merchant.pay(token)
    merchant.admin("authorizations/cancel", {"authState": "STATE_1"})
    assert merchant.pay(token).code == "SUCCESS"


def test_a_refusal_by_the_gateway_does_not_use_up_the_id(merchant: Merchant, token: str) -> None:
    assert merchant.pay(token, value="x").code == "PARAM_ILLEGAL"
    assert merchant.pay(token).code == "SUCCESS"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"wallet": "DANA"}, "INVALID_ACCESS_TOKEN"),
        ({"wallet": "PIGGY_BANK"}, "NO_PAY_OPTIONS"),
        ({"currency": "XAU"}, "CURRENCY_NOT_SUPPORT"),
        ({"settlementStrategy": {"settlementCurrency": "XAU"}}, "SETTLE_CONTRACT_NOT_MATCH"),
        ({"currency": "IDR", "value": "1001"}, "PARAM_ILLEGAL"),
    ],
)
def test_what_pay_refuses(merchant: Merchant, token: str, change: dict[str, Any], code: str) -> None:
    assert merchant.pay(token, **change).code == code
    assert all(entry["debits"] == 0 for entry in ledger(merchant).values())


def test_a_token_nobody_knows_or_without_the_scope(merchant: Merchant) -> None:
    assert merchant.pay("28101003_nobody").code == "INVALID_ACCESS_TOKEN"
    token = merchant.token(scopes=["USER_INFO"])
    assert merchant.pay(token, "PAY_2").code == "ACCESS_DENIED"


def test_customs_get_an_amount_in_cny_for_alipay_cn(merchant: Merchant, shop: Shop) -> None:
    token = merchant.token(wallet="ALIPAY_CN")
    merchant.pay(token, wallet="ALIPAY_CN", currency="CNY")
    assert merchant.inquire(paymentRequestId="PAY_1").body["customsDeclarationAmount"] == {
        "currency": "CNY",
        "value": "1000",
    }
    merchant.advance(0)
    assert shop.of("PAYMENT_RESULT")[0].body["customsDeclarationAmount"]["value"] == "1000"


def test_the_notify_url_of_the_payment_wins(merchant: Merchant, token: str, shop: Shop) -> None:
    merchant.pay(token, paymentNotifyUrl=f"http://{shop.address}/own")
    merchant.advance(0)
    assert [one.path for one in shop.of("PAYMENT_RESULT")] == ["/own"]


def test_fifty_pays_of_one_id_at_once_take_the_money_once(
    alipay: Simulator, merchant: Merchant, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = alipay._ids.payment_id

    def slowly(now: float) -> str:
        # Between the look for an earlier payment and its entry: here the others would slip in.
        time.sleep(0.05)
        return make(now)

    monkeypatch.setattr(alipay._ids, "payment_id", slowly)
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda _: merchant.pay(token), range(50)))
    assert {reply.code for reply in replies} == {"SUCCESS"}
    assert len({reply.body["paymentId"] for reply in replies}) == 1
    assert ledger(merchant) == {"PAY_1": DEBITED}


def test_the_ledger_moves_money_from_the_customer_to_the_merchant(merchant: Merchant, token: str) -> None:
    merchant.pay(token)
    book = merchant.admin("ledger/entries")
    assert book["balanced"] is True
    (entry,) = [entry for entry in book["entries"] if entry["kind"] == "payment"]
    assert entry["from"].startswith("customer:GCASH:2170")
    assert entry["to"] == f"merchant:{merchant.client_id}"
    assert entry["reference"] == "PAY_1"


def test_an_entry_that_is_not_in_the_balances_is_noticed() -> None:
    book = Ledger(opening_balance=10)
    book.move("payment", "A", "customer:X:1", "merchant:M", Money("JPY", 10), 0.0)
    assert book.balanced()
    with pytest.raises(InsufficientFunds):
        book.move("payment", "B", "customer:X:1", "merchant:M", Money("JPY", 1), 0.0)
    assert book.balanced()
    book.entries.pop()
    assert not book.balanced()


@pytest.mark.parametrize(
    ("amount", "currency", "value"),
    [(Money("JPY", 1000), "USD", 660), (Money("USD", 100), "JPY", 151), (Money("PHP", 10000), "CNY", 1253)],
)
def test_amounts_are_converted_between_smallest_units(amount: Money, currency: str, value: int) -> None:
    assert convert(amount, currency) == Money(currency, value)
    assert quote_price(amount.currency, amount.currency) == 1
