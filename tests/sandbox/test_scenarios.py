"""Scenarios in three ways: by the id's end, by header, by order; for every operation that has them."""

import http.client
from typing import Any

import pytest

from sandbox.alipay.operations import OPERATIONS
from sandbox.alipay.scenarios import NAMES
from sandbox.alipay.wishes import REQUEST_IDS
from tests.sandbox.conftest import Start
from tests.sandbox.merchant import Merchant, Shop
from tests.sandbox.test_registrations import registration

LOST = http.client.RemoteDisconnected


@pytest.fixture
def merchant(start: Start, shop: Shop) -> Merchant:
    return Merchant(start(registration_notify_url=f"http://{shop.address}/notify/registration").url)


@pytest.fixture
def token(merchant: Merchant) -> str:
    return merchant.token()


def status(merchant: Merchant, request_id: str = "PAY_1") -> str:
    return str(merchant.inquire(paymentRequestId=request_id).body["paymentStatus"])


def next_of(merchant: Merchant, operation: str, *answers: Any) -> Any:
    return merchant.admin("next", {"operation": operation, "answers": answers})


def pay_by_header(merchant: Merchant, token: str, scenario: str, request_id: str = "PAY_1", **more: str) -> Any:
    return merchant.call("payments/pay", merchant.payment(token, request_id), Sandbox_Scenario=scenario, **more)


# What pay answers at first, and the status an inquiry then tells.
PAY = {
    "declined": ("USER_BALANCE_NOT_ENOUGH", "FAIL"),
    "pending": ("PAYMENT_IN_PROCESS", "PROCESSING"),
    "stuck": ("PAYMENT_IN_PROCESS", "PROCESSING"),
    "unpaid": ("PAYMENT_IN_PROCESS", "PROCESSING"),
    "late-success": ("PAYMENT_IN_PROCESS", "PROCESSING"),
    "unknown": ("UNKNOWN_EXCEPTION", "SUCCESS"),
    "always-unclear": ("UNKNOWN_EXCEPTION", "SUCCESS"),
    "answer-lost": (None, "SUCCESS"),
    "always-silent": (None, "SUCCESS"),
    "inquiry-unclear": ("SUCCESS", None),
    "inquiry-silent": ("SUCCESS", None),
    "cancel-lost": ("SUCCESS", "SUCCESS"),
    "cancel-unclear": ("SUCCESS", "SUCCESS"),
    "cancel-late": ("SUCCESS", "SUCCESS"),
    "cancel-late-lost": ("SUCCESS", "SUCCESS"),
    "cancel-late-unclear": ("SUCCESS", "SUCCESS"),
    "held": (None, ""),
    "forgotten": ("PROCESS_FAIL", ""),
    "throttled": ("REQUEST_TRAFFIC_EXCEED_LIMIT", ""),
    "taken": ("REPEAT_REQ_INCONSISTENT", "SUCCESS"),
    "two-merchants": ("SUCCESS", "SUCCESS"),
}


def test_every_scenario_of_pay_is_tried_here() -> None:
    assert set(PAY) == NAMES["pay"]


@pytest.mark.parametrize("way", ["id", "header", "order"])
@pytest.mark.parametrize("scenario", PAY)
def test_a_scenario_of_pay_in_three_ways(merchant: Merchant, token: str, scenario: str, way: str) -> None:
    code, told = PAY[scenario]
    request_id = f"PAY_1-{scenario}" if way == "id" else "PAY_1"

    def pay() -> str:
        if way == "header":
            return str(pay_by_header(merchant, token, scenario).code)
        return merchant.pay(token, request_id).code

    if way == "order":
        next_of(merchant, "pay", {"scenario": scenario})
    if code is None:
        with pytest.raises(LOST):
            pay()
    else:
        assert pay() == code
    if told == "":
        assert merchant.inquire(paymentRequestId=request_id).code == "ORDER_NOT_EXIST"
    elif told is not None:
        assert status(merchant, request_id) == told
    elif scenario == "inquiry-silent":
        with pytest.raises(LOST):
            status(merchant, request_id)
    else:
        assert merchant.inquire(paymentRequestId=request_id).code == "UNKNOWN_EXCEPTION"


def test_u_then_s_and_u_for_ever(merchant: Merchant, token: str) -> None:
    assert [merchant.pay(token, "A-unknown").code for _ in range(3)] == ["UNKNOWN_EXCEPTION", "SUCCESS", "SUCCESS"]
    assert {merchant.pay(token, "B-always-unclear").code for _ in range(3)} == {"UNKNOWN_EXCEPTION"}
    assert {entry["debits"] for entry in merchant.admin("ledger").values()} == {1}


def test_a_wish_counts_for_a_new_id_only(merchant: Merchant, token: str) -> None:
    assert merchant.pay(token).code == "SUCCESS"
    assert pay_by_header(merchant, token, "declined").code == "SUCCESS"
    assert pay_by_header(merchant, token, "pending", "PAY_2").code == "PAYMENT_IN_PROCESS"
    assert pay_by_header(merchant, token, "declined", "PAY_2").code == "PAYMENT_IN_PROCESS"
    merchant.advance(4)
    assert merchant.pay(token, "PAY_2").code == "SUCCESS"


def test_a_scenario_and_a_fault_of_one_call(merchant: Merchant, token: str) -> None:
    with pytest.raises(LOST):
        pay_by_header(merchant, token, "pending", Sandbox_Fault="act_then_cut")
    assert status(merchant) == "PROCESSING"
    merchant.advance(4)
    assert status(merchant) == "SUCCESS"


def test_a_reset_forgets_wishes(merchant: Merchant, token: str) -> None:
    assert pay_by_header(merchant, token, "stuck").code == "PAYMENT_IN_PROCESS"
    merchant.admin("reset", {})
    assert merchant.pay(merchant.token()).code == "SUCCESS"


def test_the_first_answer_of_a_cancel(merchant: Merchant, token: str) -> None:
    merchant.pay(token, "A-cancel-lost")
    with pytest.raises(LOST):
        merchant.cancel(paymentRequestId="A-cancel-lost")
    merchant.pay(token, "B-cancel-unclear")
    assert merchant.cancel(paymentRequestId="B-cancel-unclear").code == "UNKNOWN_EXCEPTION"
    for request_id in ("A-cancel-lost", "B-cancel-unclear"):
        assert status(merchant, request_id) == "CANCELLED"
        assert merchant.cancel(paymentRequestId=request_id).code == "SUCCESS"
        assert merchant.admin("ledger")[request_id]["cancels"] == 1


# Operation: the scenario, the code of the first answer, and of a repeat after ten seconds.
OTHERS = [
    ("refund", "declined", "PROCESS_FAIL", "PROCESS_FAIL"),
    ("refund", "pending", "REFUND_IN_PROCESS", "SUCCESS"),
    ("refund", "quiet", "REFUND_IN_PROCESS", "SUCCESS"),
    ("refund", "failed-late", "REFUND_IN_PROCESS", "PROCESS_FAIL"),
    ("refund", "stuck", "REFUND_IN_PROCESS", "REFUND_IN_PROCESS"),
    ("refund", "unknown", "UNKNOWN_EXCEPTION", "SUCCESS"),
    ("refund", "answer-lost", None, "SUCCESS"),
    ("refund", "executed-late", "SUCCESS", "REFUND_IN_PROCESS"),
    ("refund", "executed-late-lost", None, "REFUND_IN_PROCESS"),
    ("refund", "executed-late-unclear", "UNKNOWN_EXCEPTION", "REFUND_IN_PROCESS"),
    ("refund", "held", None, "SUCCESS"),
    ("refund", "forgotten", "PROCESS_FAIL", "SUCCESS"),
    ("refund", "throttled", "REQUEST_TRAFFIC_EXCEED_LIMIT", "REQUEST_TRAFFIC_EXCEED_LIMIT"),
    ("refund", "taken", "REPEAT_REQ_INCONSISTENT", "REPEAT_REQ_INCONSISTENT"),
    ("declare", "rejected", "SUCCESS", "SUCCESS"),
    ("declare", "stuck", "SUCCESS", "SUCCESS"),
    ("declare", "unknown", "UNKNOWN_EXCEPTION", "SUCCESS"),
    ("declare", "answer-lost", None, "SUCCESS"),
    ("initAuthentication", "unknown", "UNKNOWN_EXCEPTION", "SUCCESS"),
    ("initAuthentication", "answer-lost", None, "SUCCESS"),
    ("registration", "quiet", "SUCCESS", "SUCCESS"),
    ("registration", "rejected", "SUCCESS", "SUCCESS"),
    ("registration", "stuck", "SUCCESS", "SUCCESS"),
    ("registration", "two-wallets", "SUCCESS", "SUCCESS"),
    ("registration", "empty", "SUCCESS", "SUCCESS"),
    ("registration", "unknown", "UNKNOWN_EXCEPTION", "SUCCESS"),
    ("registration", "answer-lost", None, "SUCCESS"),
]


def test_every_scenario_of_the_other_operations_is_tried_here() -> None:
    tried = {(operation, scenario) for operation, scenario, *_ in OTHERS}
    assert tried == {(operation, name) for operation in REQUEST_IDS if operation != "pay" for name in NAMES[operation]}


@pytest.mark.parametrize("way", ["id", "header", "order"])
@pytest.mark.parametrize(("operation", "scenario", "first", "later"), OTHERS)
def test_a_scenario_of_another_operation_in_three_ways(
    merchant: Merchant, operation: str, scenario: str, first: str | None, later: str, way: str
) -> None:
    request_id = f"X_1-{scenario}" if way == "id" else "X_1"
    path, body = ready(merchant, operation)
    body |= {REQUEST_IDS[operation]: request_id}
    header = {"Sandbox_Scenario": scenario} if way == "header" else {}
    if way == "order":
        next_of(merchant, operation, {"scenario": scenario})
    if first is None:
        with pytest.raises(LOST):
            merchant.call(path, body, **header)
    else:
        assert merchant.call(path, body, **header).code == first
    merchant.advance(10)
    assert merchant.call(path, body).code == later
    if operation == "declare":
        (record,) = merchant.inquire_declarations(request_id).body["declarationRecords"]
        said = {"rejected": "-1", "stuck": None}.get(scenario, "2")
        assert record.get("customsDeclarationResultCode") == said
    if operation == "registration":
        (found,) = merchant.admin("registrations")
        overall = {"rejected": "REJECTED", "stuck": "PENDING"}.get(scenario, "COMPLETED")
        assert found["registrationResult"]["registrationStatus"] == overall
        wallets = {"two-wallets": 2, "empty": 0, "stuck": 0}.get(scenario, 1)
        assert len(found.get("pspRegistrationResultList", [])) == wallets
        kinds = [one["kind"] for one in merchant.admin("outbox")]
        assert kinds.count("notifyRegistrationStatus") == {"quiet": 0, "stuck": 0, "two-wallets": 2}.get(scenario, 1)
    if operation == "refund":
        kinds = [one["kind"] for one in merchant.admin("outbox")]
        assert kinds.count("notifyRefund") == (scenario in ("pending", "failed-late"))


def ready(merchant: Merchant, operation: str) -> tuple[str, dict[str, Any]]:
    """Path and body of a call of *operation* that is in order, what it needs made before."""
    token = merchant.token(wallet="ALIPAY_CN")
    if operation == "initAuthentication":
        body = {"authenticationType": "OTP", "authenticationChannelType": "SMS", "userIdentityType": "WALLET_TOKEN"}
        return "users/initAuthentication", body | {"userIdentityValue": token}
    if operation == "registration":
        return "merchants/registration", registration("REG_1")
    payment_id = merchant.pay(token, currency="CNY", wallet="ALIPAY_CN").body["paymentId"]
    if operation == "refund":
        return "payments/refund", {"paymentId": payment_id, "refundAmount": {"currency": "CNY", "value": "1000"}}
    return "customs/declare", merchant.declaration(payment_id)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: str(operation.name))
def test_every_operation_takes_faults_by_header_and_by_order(merchant: Merchant, operation: Any) -> None:
    path = operation.path.removeprefix("/v1/")
    assert merchant.call(path, {}, Sandbox_Fault="traffic_limit").code == "REQUEST_TRAFFIC_EXCEED_LIMIT"
    next_of(merchant, operation.name, "unknown", "SYSTEM_ERROR", "cut_before", "pass")
    assert [merchant.call(path, {}).code for _ in range(2)] == ["UNKNOWN_EXCEPTION", "SYSTEM_ERROR"]
    with pytest.raises(LOST):
        merchant.call(path, {})
    assert [merchant.call(path, {}).code for _ in range(2)] == ["PARAM_ILLEGAL", "PARAM_ILLEGAL"]
    assert merchant.admin("faults") == []


def test_the_next_answers_come_in_their_order(merchant: Merchant, token: str) -> None:
    ordered = next_of(
        merchant,
        "pay",
        "pending",
        "PAYMENT_IN_PROCESS",
        {"fault": "act_then_cut", "requestId": "OTHER"},
        "pass",
        "http_500",
    )
    assert [(one["fault"], one["scenario"]) for one in ordered] == [
        ("pass", "pending"),
        ("answer", None),
        ("act_then_cut", None),
        ("pass", None),
        ("http_500", None),
    ]
    assert merchant.pay(token).code == "PAYMENT_IN_PROCESS"
    merchant.advance(4)
    assert [merchant.pay(token).code for _ in range(2)] == ["PAYMENT_IN_PROCESS", "SUCCESS"]
    assert merchant.pay(token).status == 500
    with pytest.raises(LOST):
        merchant.pay(token, "OTHER")


def test_orders_are_taken_all_or_none(merchant: Merchant) -> None:
    for wrong in (["unknown", "nonsense"], [], "unknown", [{"fault": "answer"}]):
        assert merchant.admin_reply("next", {"operation": "pay", "answers": wrong}).status == 400
    assert merchant.admin_reply("next", {"operation": "payy", "answers": ["unknown"]}).status == 400
    assert merchant.admin("faults") == []


def test_the_next_notifications_in_their_order(merchant: Merchant, token: str, shop: Shop) -> None:
    next_of(merchant, "notifyPayment", "drop", "pass", "duplicate")
    for number in range(3):
        merchant.pay(token, f"PAY_{number}")
        merchant.advance(0)
    told = [one.body["paymentRequestId"] for one in shop.of("PAYMENT_RESULT")]
    assert told == ["PAY_1", "PAY_2", "PAY_2"]


def test_a_fault_for_ever(merchant: Merchant, token: str) -> None:
    merchant.admin("faults", {"operation": "pay", "fault": "act_then_unknown", "times": "always"})
    assert {merchant.pay(token).code for _ in range(5)} == {"UNKNOWN_EXCEPTION"}
    assert merchant.admin("faults")[0]["times"] == "always"
    assert status(merchant) == "SUCCESS"
    merchant.admin("faults", method="DELETE")
    assert merchant.pay(token).code == "SUCCESS"


def test_a_reordered_notification_comes_after_the_next(merchant: Merchant, token: str, shop: Shop) -> None:
    merchant.advance(0)
    merchant.admin("faults", {"operation": "notifyPayment", "fault": "reorder"})
    merchant.pay(token, "FIRST")
    merchant.advance(0)
    assert shop.of("PAYMENT_RESULT") == []
    merchant.pay(token, "SECOND")
    merchant.advance(0)
    assert [one.body["paymentRequestId"] for one in shop.of("PAYMENT_RESULT")] == ["SECOND", "FIRST"]
    merchant.advance(86_400)
    assert len(shop.of("PAYMENT_RESULT")) == 2


def test_a_reordered_notification_waits_two_minutes_for_another(merchant: Merchant, token: str, shop: Shop) -> None:
    merchant.advance(0)
    merchant.admin("faults", {"operation": "notifyPayment", "fault": "reorder"})
    merchant.pay(token)
    merchant.advance(119)
    assert shop.of("PAYMENT_RESULT") == []
    merchant.advance(1)
    assert len(shop.of("PAYMENT_RESULT")) == 1


def test_a_notification_sent_again_with_a_fault(merchant: Merchant, token: str, shop: Shop) -> None:
    merchant.pay(token)
    merchant.advance(0)
    number = merchant.admin("outbox")[-1]["number"]
    before = len(shop.received)
    merchant.admin(f"outbox/{number}/send", {"fault": "duplicate"})
    assert len(shop.received) == before + 2
    merchant.admin(f"outbox/{number}/send", {"fault": "tamper"})
    assert shop.received[-1].body["paymentAmount"]["value"] == "91000"
    assert merchant.admin_reply(f"outbox/{number}/send", {"fault": "drop"}).status == 400


def test_a_success_that_comes_too_late_by_order(merchant: Merchant, token: str, shop: Shop) -> None:
    assert merchant.admin_reply("payments/late-success", {"paymentRequestId": "PAY_1"}).status == 404
    pay_by_header(merchant, token, "stuck")
    assert merchant.admin_reply("payments/late-success", {"paymentRequestId": "PAY_1"}).status == 400
    assert merchant.cancel(paymentRequestId="PAY_1").code == "SUCCESS"
    assert merchant.admin("payments/late-success", {"paymentRequestId": "PAY_1"})["paymentStatus"] == "CANCELLED"
    merchant.advance(0)
    (notified,) = shop.of("PAYMENT_RESULT")
    assert notified.body["result"]["resultStatus"] == "S"
    assert merchant.admin("ledger")["PAY_1"]["debits"] == 0
