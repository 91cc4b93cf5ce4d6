"""Ids that another system of the same client uses, refusals that leave no record, and waves of throttling."""

import pytest

from tests.sandbox.merchant import Merchant, Shop


@pytest.fixture
def token(merchant: Merchant) -> str:
    return merchant.token()


def net(merchant: Merchant, request_id: str) -> str:
    return str(merchant.admin("ledger").get(request_id, {"net": "0"})["net"])


# --- an id of another system


def taken(merchant: Merchant, way: str) -> str:
    """An id that another system has used for a payment of 1000 JPY."""
    if way == "id":
        return "PAY_1-taken"
    amount = {"currency": "JPY", "value": "1000"}
    merchant.admin("payments/elsewhere", {"paymentRequestId": "PAY_1", "paymentAmount": amount})
    return "PAY_1"


@pytest.mark.parametrize("way", ["id", "admin"])
def test_a_pay_with_an_id_of_another_system_debits_nobody(merchant: Merchant, token: str, way: str) -> None:
    request_id = taken(merchant, way)
    assert [merchant.pay(token, request_id).code for _ in range(2)] == ["REPEAT_REQ_INCONSISTENT"] * 2
    found = merchant.inquire(paymentRequestId=request_id).body
    ours = merchant.pay(token, "PAY_2").body
    assert (found["paymentStatus"], found["paymentAmount"]) == ("SUCCESS", ours["paymentAmount"])
    assert found["pspCustomerInfo"]["pspCustomerId"] != ours["pspCustomerInfo"]["pspCustomerId"]
    assert (net(merchant, request_id), net(merchant, f"{request_id}@elsewhere")) == ("0", "1000")


def test_a_cancel_of_an_id_of_another_system_moves_its_money(merchant: Merchant, token: str) -> None:
    request_id = taken(merchant, "id")
    merchant.pay(token, request_id)
    assert merchant.cancel(paymentRequestId=request_id).code == "SUCCESS"
    assert merchant.admin("ledger")[f"{request_id}@elsewhere"]["cancels"] == 1


def test_the_other_system_is_notified_at_the_url_that_all_systems_share(
    merchant: Merchant, token: str, shop: Shop
) -> None:
    merchant.pay(token, "PAY_1-taken")
    merchant.advance(119)
    assert shop.of("PAYMENT_RESULT") == []
    merchant.advance(1)
    amount = {"currency": "JPY", "value": "1000"}
    merchant.admin("payments/elsewhere", {"paymentRequestId": "PAY_2", "paymentAmount": amount})
    merchant.advance(0)
    told = [(one.body["paymentRequestId"], one.body["result"]["resultStatus"]) for one in shop.of("PAYMENT_RESULT")]
    assert told == [("PAY_1-taken", "S"), ("PAY_2", "S")]


@pytest.mark.parametrize("way", ["id", "admin"])
def test_a_refund_with_an_id_of_another_system_gives_nothing_back(merchant: Merchant, token: str, way: str) -> None:
    payment_id = merchant.pay(token).body["paymentId"]
    request_id = "REF_1-taken" if way == "id" else "REF_1"
    if way == "admin":
        amount = {"currency": "JPY", "value": "400"}
        merchant.admin("refunds/elsewhere", {"refundRequestId": "REF_1", "refundAmount": amount})
    codes = [merchant.refund(payment_id, request_id, "400").code for _ in range(2)]
    assert codes == ["REPEAT_REQ_INCONSISTENT"] * 2
    found = merchant.inquire_refund(refundRequestId=request_id).body
    assert (found["refundStatus"], found["refundAmount"]["value"]) == ("SUCCESS", "400")
    assert net(merchant, "PAY_1") == "1000"
    assert merchant.inquire(paymentRequestId="PAY_1").body["transactions"] is None
    (described,) = merchant.admin("refunds")
    assert described["elsewhere"] is True


def test_another_system_uses_an_id_once(merchant: Merchant, token: str) -> None:
    amount = {"currency": "JPY", "value": "1000"}
    merchant.pay(token)
    assert (
        merchant.admin_reply("payments/elsewhere", {"paymentRequestId": "PAY_1", "paymentAmount": amount}).status == 400
    )
    order = {"refundRequestId": "REF_1", "refundAmount": amount}
    merchant.admin("refunds/elsewhere", order)
    assert merchant.admin_reply("refunds/elsewhere", order).status == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"paymentRequestId": "A"},
        {"paymentAmount": {"currency": "JPY", "value": "1"}},
        {"paymentRequestId": "A", "paymentAmount": {"currency": "JPY", "value": "0"}},
        {"paymentRequestId": "A", "paymentAmount": {"currency": "XXX", "value": "1"}},
        {"paymentRequestId": "A", "paymentAmount": {"currency": "JPY", "value": "1"}, "customerBelongsTo": "X"},
    ],
)
def test_a_wrong_payment_elsewhere_is_refused(merchant: Merchant, wrong: dict[str, object]) -> None:
    assert merchant.admin_reply("payments/elsewhere", wrong).status == 400
    assert merchant.admin("payments") == []


# --- two merchant accounts under one id


@pytest.mark.parametrize("ours", [None, "OUR_ACCOUNT"])
def test_two_merchant_accounts_have_a_payment_each_under_one_id(
    merchant: Merchant, token: str, ours: str | None
) -> None:
    request_id, account = "PAY_1-two-merchants", {} if ours is None else {"merchantAccountId": ours}
    paid = merchant.pay(token, request_id, **account)
    assert paid.code == "SUCCESS"
    assert merchant.pay(token, request_id, **account).body == paid.body
    assert (net(merchant, request_id), net(merchant, f"{request_id}@elsewhere")) == ("1000", "1000")
    mine = merchant.inquire(paymentRequestId=request_id, **account).body["paymentId"]
    assert mine == paid.body["paymentId"]
    other = {} if ours else {"merchantAccountId": "ANOTHER_ACCOUNT"}
    assert merchant.inquire(paymentRequestId=request_id, **other).body["paymentId"] != mine
    assert merchant.cancel(paymentRequestId=request_id, **other).code == "SUCCESS"
    assert (net(merchant, request_id), net(merchant, f"{request_id}@elsewhere")) == ("1000", "0")


def test_another_merchant_account_does_not_know_a_payment(merchant: Merchant, token: str) -> None:
    payment_id = merchant.pay(token, merchantAccountId="OURS").body["paymentId"]
    for named in ({"paymentRequestId": "PAY_1"}, {"paymentId": payment_id}):
        assert merchant.inquire(**named, merchantAccountId="OTHER").code == "ORDER_NOT_EXIST"
        assert merchant.cancel(**named, merchantAccountId="OTHER").code == "ORDER_NOT_EXIST"
        assert merchant.inquire(**named, merchantAccountId="OURS").code == "SUCCESS"
        assert merchant.inquire(**named).code == "SUCCESS"
    (described,) = merchant.admin("payments")
    assert described["merchantAccountId"] == "OURS"


def test_two_customers_under_one_id_are_one_payment(merchant: Merchant, token: str) -> None:
    other = merchant.token("STATE_2")
    assert merchant.pay(token).code == "SUCCESS"
    assert merchant.pay(other).code == "REPEAT_REQ_INCONSISTENT"
    assert merchant.admin("ledger")["PAY_1"]["debits"] == 1


# --- a refusal without a record


@pytest.mark.parametrize(
    ("way", "code"),
    [
        ("PAY_1-forgotten", "PROCESS_FAIL"),
        ("PAY_1-forgotten-RISK_REJECT", "RISK_REJECT"),
        ("PAY_1-forgotten-SYSTEM_ERROR", "SYSTEM_ERROR"),
        ("PAY_1-forgotten-NO_SUCH_CODE", "PROCESS_FAIL"),
        ("order", "USER_BALANCE_NOT_ENOUGH"),
        ("header", "INVALID_ACCESS_TOKEN"),
    ],
)
def test_a_refusal_of_which_no_record_is_kept(merchant: Merchant, token: str, way: str, code: str) -> None:
    request_id = way if way.startswith("PAY") else "PAY_1"
    if way == "order":
        merchant.admin("faults", {"operation": "pay", "fault": "answer", "code": code})
    header = {"Sandbox_Fault": f"answer;code={code}"} if way == "header" else {}
    refused = merchant.call("payments/pay", merchant.payment(token, request_id), **header)
    assert (refused.code, refused.result_status) == (code, "F")
    assert merchant.inquire(paymentRequestId=request_id).code == "ORDER_NOT_EXIST"
    assert merchant.cancel(paymentRequestId=request_id).code == "ORDER_NOT_EXIST"
    assert merchant.pay(token, request_id).code == "SUCCESS"
    assert net(merchant, request_id) == "1000"


def test_a_refused_refund_of_which_no_record_is_kept(merchant: Merchant, token: str) -> None:
    payment_id = merchant.pay(token).body["paymentId"]
    assert merchant.refund(payment_id, "REF_1-forgotten-REFUND_WINDOW_EXCEED", "400").code == "REFUND_WINDOW_EXCEED"
    assert merchant.inquire_refund(refundRequestId="REF_1-forgotten-REFUND_WINDOW_EXCEED").code == "ORDER_NOT_EXIST"
    assert merchant.refund(payment_id, "REF_1-forgotten-REFUND_WINDOW_EXCEED", "400").code == "SUCCESS"


# --- throttling in waves


@pytest.mark.parametrize("way", ["header", "order"])
def test_a_wave_throttles_every_call_of_the_operation_for_its_time(merchant: Merchant, token: str, way: str) -> None:
    if way == "order":
        merchant.admin("faults", {"operation": "pay", "fault": "traffic_wave", "seconds": 20})
    header = {"Sandbox_Fault": "traffic_wave;seconds=20"} if way == "header" else {}
    first = merchant.call("payments/pay", merchant.payment(token, "PAY_0"), **header)
    assert (first.code, first.result_status) == ("REQUEST_TRAFFIC_EXCEED_LIMIT", "U")
    merchant.advance(19)
    codes = {merchant.pay(token, f"PAY_{number}").code for number in range(3)}
    assert codes == {"REQUEST_TRAFFIC_EXCEED_LIMIT"}
    assert merchant.inquire(paymentRequestId="PAY_1").code == "ORDER_NOT_EXIST"
    merchant.advance(1)
    assert merchant.pay(token, "PAY_1").code == "SUCCESS"
    assert merchant.admin("mixture") == {"firstRequests": {"throttled": 4}}


def test_a_wave_over_everything(merchant: Merchant, token: str) -> None:
    merchant.admin("faults", {"operation": "*", "fault": "traffic_wave"})
    assert merchant.inquire(paymentRequestId="PAY_1").code == "REQUEST_TRAFFIC_EXCEED_LIMIT"
    assert merchant.pay(token).code == "REQUEST_TRAFFIC_EXCEED_LIMIT"
    merchant.advance(30)
    assert merchant.pay(token).code == "SUCCESS"


def test_one_id_is_throttled_and_others_are_not(merchant: Merchant, token: str) -> None:
    assert merchant.pay(token, "PAY_1-throttled").code == "REQUEST_TRAFFIC_EXCEED_LIMIT"
    assert merchant.pay(token, "PAY_2").code == "SUCCESS"
    merchant.advance(29)
    assert merchant.pay(token, "PAY_1-throttled").code == "REQUEST_TRAFFIC_EXCEED_LIMIT"
    assert merchant.inquire(paymentRequestId="PAY_1-throttled").code == "ORDER_NOT_EXIST"
    merchant.advance(1)
    assert merchant.pay(token, "PAY_1-throttled").code == "SUCCESS"
