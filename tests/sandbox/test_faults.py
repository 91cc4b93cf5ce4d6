"""Faults ordered for calls: by the admin interface, by amount or id, by header."""

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from alipay_signing import BadSignature
from tests.sandbox.merchant import SANDBOX, Merchant, Reply
from tests.support.limit import wait_until

PAY = f"{SANDBOX}/v1/payments/pay"
LOST = http.client.RemoteDisconnected


@pytest.fixture
def token(merchant: Merchant) -> str:
    return merchant.token()


def order(merchant: Merchant, fault: str, **more: Any) -> None:
    merchant.admin("faults", {"operation": "pay", "fault": fault, **more})


def debits(merchant: Merchant) -> int:
    return sum(entry["debits"] for entry in merchant.admin("ledger").values())


@pytest.mark.parametrize(("fault", "acts"), [("cut_before", 0), ("act_then_cut", 1)])
def test_a_cut_connection(merchant: Merchant, token: str, fault: str, acts: int) -> None:
    order(merchant, fault)
    with pytest.raises(LOST):
        merchant.pay(token)
    assert debits(merchant) == acts
    assert merchant.pay(token).code == "SUCCESS"
    assert debits(merchant) == 1


@pytest.mark.parametrize(("fault", "acts"), [("http_500", 0), ("act_then_http_500", 1)])
def test_a_server_error(merchant: Merchant, token: str, fault: str, acts: int) -> None:
    order(merchant, fault)
    reply = merchant.pay(token)
    assert (reply.status, reply.header("signature")) == (500, None)
    assert debits(merchant) == acts


@pytest.mark.parametrize(
    ("fault", "code", "acts"),
    [
        ("unknown", "UNKNOWN_EXCEPTION", 0),
        ("act_then_unknown", "UNKNOWN_EXCEPTION", 1),
        ("traffic_limit", "REQUEST_TRAFFIC_EXCEED_LIMIT", 0),
    ],
)
def test_an_answer_that_leaves_the_outcome_open(
    merchant: Merchant, token: str, fault: str, code: str, acts: int
) -> None:
    order(merchant, fault)
    reply = merchant.pay(token)
    assert (reply.code, reply.result_status) == (code, "U")
    reply.verify(PAY)
    assert debits(merchant) == acts
    assert merchant.pay(token).code == "SUCCESS"


def test_an_answer_of_choice(merchant: Merchant, token: str) -> None:
    order(merchant, "answer", code="RISK_REJECT")
    reply = merchant.pay(token)
    assert (reply.code, debits(merchant)) == ("RISK_REJECT", 0)
    reply.verify(PAY)


def test_broken_json_with_a_good_signature(merchant: Merchant, token: str) -> None:
    order(merchant, "broken_json")
    reply = merchant.pay(token)
    reply.verify(PAY)
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.raw)
    assert debits(merchant) == 1


def test_an_unsigned_answer(merchant: Merchant, token: str) -> None:
    order(merchant, "unsigned")
    reply = merchant.pay(token)
    assert (reply.code, reply.header("signature"), debits(merchant)) == ("SUCCESS", None, 1)


@pytest.mark.parametrize("fault", ["wrong_signature", "old_key_version"])
def test_a_signature_that_cannot_be_trusted(merchant: Merchant, token: str, fault: str) -> None:
    order(merchant, fault)
    reply = merchant.pay(token)
    with pytest.raises(BadSignature):
        reply.verify(PAY)
    assert ("keyVersion=0" in (reply.header("signature") or "")) is (fault == "old_key_version")
    assert debits(merchant) == 1


def test_a_delay_is_in_real_seconds_and_keeps_nobody_else_waiting(merchant: Merchant, token: str) -> None:
    order(merchant, "delay", seconds=0.4)
    began = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        delayed = pool.submit(merchant.pay, token)
        wait_until(lambda: merchant.admin("payments"))
        assert merchant.pay(token, "OTHER").code == "SUCCESS"
        assert not delayed.done()
        assert delayed.result().code == "SUCCESS"
    assert time.monotonic() - began >= 0.4


def test_a_fault_is_used_up(merchant: Merchant, token: str) -> None:
    order(merchant, "unknown", times=2)
    codes = [merchant.pay(token).code for _ in range(3)]
    assert codes == ["UNKNOWN_EXCEPTION", "UNKNOWN_EXCEPTION", "SUCCESS"]
    assert merchant.admin("faults") == []


def test_a_fault_waits_for_its_operation_amount_and_id(merchant: Merchant, token: str) -> None:
    order(merchant, "unknown", amount="77")
    order(merchant, "traffic_limit", requestId="WANTED")
    assert merchant.inquire(paymentRequestId="WANTED").code == "ORDER_NOT_EXIST"
    assert merchant.pay(token, "OTHER").code == "SUCCESS"
    assert merchant.pay(token, "WANTED").code == "REQUEST_TRAFFIC_EXCEED_LIMIT"
    assert merchant.pay(token, "THIRD", "77").code == "UNKNOWN_EXCEPTION"


def test_a_fault_for_any_operation_and_orders_withdrawn(merchant: Merchant) -> None:
    page = merchant.consult().body["normalUrl"]
    merchant.admin("faults", {"operation": "*", "fault": "unknown", "times": 9})
    merchant.decide(page)
    merchant.advance(0)
    assert merchant.admin("faults")[0]["times"] == 9
    assert merchant.inquire(paymentRequestId="X").code == "UNKNOWN_EXCEPTION"
    assert merchant.admin("faults", method="DELETE") == []
    assert merchant.inquire(paymentRequestId="X").code == "ORDER_NOT_EXIST"


def test_a_call_with_a_bad_signature_uses_up_no_fault(merchant: Merchant, token: str) -> None:
    order(merchant, "unknown")
    assert merchant.call("payments/pay", {}, Signature="x").code == "INVALID_SIGNATURE"
    assert merchant.pay(token).code == "UNKNOWN_EXCEPTION"


def test_a_fault_by_header(merchant: Merchant) -> None:
    def inquire(fault: str) -> Reply:
        return merchant.call("payments/inquiryPayment", {"paymentRequestId": "X"}, Sandbox_Fault=fault)

    assert inquire("traffic_limit").code == "REQUEST_TRAFFIC_EXCEED_LIMIT"
    assert inquire("delay;seconds=0.01").code == "ORDER_NOT_EXIST"
    assert inquire("answer;code=RISK_REJECT").code == "RISK_REJECT"


@pytest.mark.parametrize(
    "header",
    [
        {"Sandbox_Fault": "nonsense"},
        {"Sandbox_Fault": "answer"},
        {"Sandbox_Fault": "delay;second=2"},
        {"Sandbox_Fault": "delay;seconds=two"},
        {"Sandbox_Fault": "drop"},
        {"Sandbox_Scenario": "pending"},
    ],
)
def test_a_header_that_cannot_be_followed_is_refused_and_nothing_is_done(
    merchant: Merchant, token: str, header: dict[str, str]
) -> None:
    operation, body = "payments/inquiryPayment", {"paymentRequestId": "X"}
    reply = merchant.call(operation, body, **header)
    reply.verify(f"{SANDBOX}/v1/{operation}")
    assert reply.code == "PARAM_ILLEGAL"
    assert (
        "must be" in reply.body["result"]["resultMessage"]
        or "needs" in reply.raw.decode()
        or "has" in reply.raw.decode()
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"operation": "pay", "fault": "explode"},
        {"operation": "payy", "fault": "delay"},
        {"operation": "pay", "fault": "delay", "tims": 2},
        {"operation": "pay", "fault": "delay", "times": 0},
        {"operation": "pay", "fault": "answer"},
        {"operation": "pay", "fault": "answer", "code": "NO_SUCH_CODE"},
        {"operation": "pay", "fault": "delay", "seconds": []},
        {"operation": "pay"},
        {"operation": "pay", "scenario": "two-wallets"},
        {"operation": "consult", "scenario": "pending"},
        {"operation": "pay", "fault": "drop"},
        {"operation": "notifyPayment", "fault": "cut_before"},
    ],
)
def test_a_wrong_order_is_refused(merchant: Merchant, wrong: dict[str, Any]) -> None:
    reply = merchant.admin_reply("faults", wrong)
    assert reply.status == 400
    assert reply.body["error"]
    assert merchant.admin("faults") == []
