"""declare and inquiryDeclarationRequests: who may declare what, retransmissions, the receipts of customs."""

import json
from typing import Any

import pytest

from tests.sandbox.merchant import SANDBOX, Merchant, declaration, send

HENAN = {"customs": {"customsCode": "HENAN", "region": "CN"}}
BUYER = {"certificateType": "ID_CARD", "certificateNo": "110101199003070000", "holderName": {"fullName": "Zhang San"}}


@pytest.fixture
def payment_id(merchant: Merchant) -> str:
    return pay(merchant)


def pay(merchant: Merchant, request_id: str = "PAY_1", wallet: str = "ALIPAY_CN", currency: str = "CNY") -> str:
    reply = merchant.pay(merchant.token(f"STATE_{request_id}", wallet), request_id, wallet=wallet, currency=currency)
    return str(reply.body.get("paymentId") or merchant.inquire(paymentRequestId=request_id).body["paymentId"])


def split(order: str) -> dict[str, Any]:
    return {"splitOrder": "true", "suborderId": order}


def record(merchant: Merchant, request_id: str = "DCL_1") -> dict[str, Any]:
    (found,) = merchant.inquire_declarations(request_id).body["declarationRecords"]
    return dict(found)


def test_a_declaration_is_accepted_and_then_recorded_by_customs(merchant: Merchant, payment_id: str) -> None:
    reply = merchant.declare(payment_id)
    reply.verify(f"{SANDBOX}/v1/customs/declare")
    assert reply.code == "SUCCESS"
    assert set(reply.body) == {"result", "customsPaymentId", "customsOrderId"}
    assert reply.body["customsOrderId"] == "PAY_1"
    first = record(merchant)
    assert first["declarationRequestStatus"] == "IN_PROCESS"
    assert "customsDeclarationResultCode" not in first
    merchant.advance(4)
    done = record(merchant)
    assert (done["declarationRequestStatus"], done["customsDeclarationResultCode"]) == (
        "CUSTOMS_PROCESSING_COMPLETED",
        "2",
    )
    assert {"customsDeclarationResultDesc", "customsDeclarationReturnTime", "lastModifiedTime"} <= set(done)
    assert done["customsPaymentId"] == reply.body["customsPaymentId"]
    assert done["declarationAmount"] == {"currency": "CNY", "value": "1000"}
    assert (done["splitOrder"], done["customs"]) == (False, {"customsCode": "ZONGSHU", "region": "CN"})
    again = merchant.declare(payment_id, splitOrder=None).body  # absent means false, as the Go SDK sends it
    assert {"clearingChannel", "clearingTransactionId", "customsProviderRegistrationId"} <= set(again)
    assert merchant.admin("declarations")[0]["paymentId"] == payment_id


def test_the_path_of_production(merchant: Merchant) -> None:
    path, raw = "/ams/api/v1/customs/declare", json.dumps(declaration("unknown", "D", "1")).encode()
    assert send(merchant.url, "POST", path, merchant.headers(path, raw), raw).code == "NO_INTERFACE_DEF"
    assert merchant.declare("unknown").code == "ORDER_NOT_EXIST"


@pytest.mark.parametrize(("suffix", "code"), [("-rejected", "-1"), ("-stuck", None)])
def test_other_words_of_customs(merchant: Merchant, payment_id: str, suffix: str, code: str | None) -> None:
    merchant.declare(payment_id, f"D{suffix}")
    merchant.advance(30 * 86_400)
    found = record(merchant, f"D{suffix}")
    assert found.get("customsDeclarationResultCode") == code
    assert found["declarationRequestStatus"] == ("CUSTOMS_PROCESSING_COMPLETED" if code else "IN_PROCESS")


def test_which_payments_can_be_declared(merchant: Merchant) -> None:
    for request_id in ("A-pending", "A-declined"):
        assert merchant.declare(pay(merchant, request_id), "D").code == "ORDER_STATUS_INVALID"
    cancelled = pay(merchant, "CANCELLED")
    merchant.cancel(paymentRequestId="CANCELLED")
    assert merchant.declare(cancelled, "D").code == "ORDER_STATUS_INVALID"
    assert merchant.declare(pay(merchant, "HK", "ALIPAY_HK"), "D").code == "INVALID_CONTRACT"
    # A refusal does not use up the id.
    assert merchant.declare(pay(merchant), "D").code == "SUCCESS"


def test_the_ceiling_is_the_payment_in_cny(merchant: Merchant) -> None:
    payment = pay(merchant, currency="USD")
    ceiling = merchant.inquire(paymentRequestId="PAY_1").body["customsDeclarationAmount"]["value"]
    assert merchant.declare(payment, value=str(int(ceiling) + 1)).code == "TOTAL_DECLARATION_AMOUNT_EXCEED"
    assert merchant.declare(payment, value=ceiling).code == "SUCCESS"


def test_the_parts_of_a_split_order_never_exceed_the_payment(merchant: Merchant, payment_id: str) -> None:
    first = merchant.declare(payment_id, "A", "600", **split("PART_A"))
    assert (first.code, first.body["customsOrderId"]) == ("SUCCESS", "PART_A")
    assert merchant.declare(payment_id, "B", "401", **split("PART_B")).code == "TOTAL_DECLARATION_AMOUNT_EXCEED"
    java = {"splitOrder": True, "subOrderId": "PART_B"}
    assert merchant.declare(payment_id, "B", "400", **java).body["customsOrderId"] == "PART_B"
    assert record(merchant, "B")["splitOrder"] is True


def test_an_order_is_declared_once_at_each_office(merchant: Merchant, payment_id: str) -> None:
    merchant.declare(payment_id, "A", "100")
    assert merchant.declare(payment_id, "B", "100").code == "DUPLICATED_DECLARATIONS"
    assert merchant.declare(payment_id, "C", "100", **HENAN).code == "SUCCESS"
    assert merchant.declare(payment_id, "D", "100", **split("PART")).code == "SUCCESS"
    assert merchant.declare(payment_id, "E", "100", **split("PART")).code == "DUPLICATED_DECLARATIONS"
    assert merchant.declare(pay(merchant, "PAY_2"), "F", "100").code == "SUCCESS"


@pytest.mark.parametrize(
    ("number", "check"), [("110101199003070000", "CHECK_PASSED"), ("11010119900307-mismatch", "CHECK_NOT_PASSED")]
)
def test_a_buyer_is_checked_when_there_is_a_certificate(
    merchant: Merchant, payment_id: str, number: str, check: str
) -> None:
    reply = merchant.declare(payment_id, buyerCertificate={**BUYER, "certificateNo": number})
    assert (reply.result_status, reply.body["identityCheckResult"]) == ("S", check)
    journal = json.dumps(merchant.admin("journal"))
    assert number not in journal
    assert "Zhang San" not in journal


def test_a_repeat_within_five_minutes_is_the_same_success(merchant: Merchant, payment_id: str) -> None:
    first = merchant.declare(payment_id)
    assert merchant.declare(payment_id).body == first.body
    merchant.advance(299)
    merchant.declare(payment_id)
    assert merchant.admin("declarations")[0]["transmissions"] == 1
    assert merchant.declare(payment_id, value="999").code == "CONTEXT_INCONSISTENT"
    assert record(merchant)["declarationAmount"]["value"] == "1000"


def test_five_minutes_count_from_the_last_call(merchant: Merchant, payment_id: str) -> None:
    merchant.declare(payment_id)
    merchant.advance(200)
    merchant.declare(payment_id)
    merchant.advance(200)
    assert merchant.declare(payment_id, value="999").code == "CONTEXT_INCONSISTENT"


def test_a_rejected_declaration_is_corrected_by_a_retransmission(merchant: Merchant, payment_id: str) -> None:
    first = merchant.declare(payment_id, "D-rejected", buyerCertificate=BUYER)
    merchant.advance(300)
    corrected = {
        "merchantCustomsInfo": {"merchantCustomsCode": "9", "merchantCustomsName": "Right Name"},
        "buyerCertificate": {**BUYER, "certificateNo": "9", "holderName": {"fullName": "Li Si"}},
        **HENAN,
    }
    again = merchant.declare(payment_id, "D-rejected", "999", **corrected)
    assert again.body == first.body
    assert record(merchant, "D-rejected")["declarationRequestStatus"] == "IN_PROCESS"
    merchant.advance(4)
    found = record(merchant, "D-rejected")
    assert found["customsDeclarationResultCode"] == "2"
    assert found["merchantCustomsInfo"] == corrected["merchantCustomsInfo"]
    assert (found["customs"], found["declarationAmount"]["value"]) == (HENAN["customs"], "999")


def test_what_a_retransmission_may_not_change(merchant: Merchant, payment_id: str) -> None:
    other = pay(merchant, "PAY_2")
    merchant.declare(payment_id, buyerCertificate=BUYER)
    for payment, changes in (
        (other, {"buyerCertificate": BUYER}),
        (payment_id, {"buyerCertificate": BUYER, **split("PART")}),
        (payment_id, {"buyerCertificate": {**BUYER, "certificateType": "PASSPORT"}}),
        (payment_id, {}),
    ):
        merchant.advance(300)
        assert merchant.declare(payment, **changes).code == "CONTEXT_INCONSISTENT"


def test_the_amount_of_a_retransmission_is_not_added(merchant: Merchant, payment_id: str) -> None:
    merchant.declare(payment_id, "A", "600", **split("PART_A"))
    merchant.declare(payment_id, "B", "400", **split("PART_B"))
    merchant.advance(300)
    assert merchant.declare(payment_id, "A", "1001", **split("PART_A")).code == "TOTAL_DECLARATION_AMOUNT_EXCEED"
    merchant.advance(300)
    assert merchant.declare(payment_id, "A", "601", **split("PART_A")).code == "SUCCESS"
    merchant.advance(300)
    assert merchant.declare(payment_id, "A", "601", **split("PART_B")).code == "DUPLICATED_DECLARATIONS"


def test_an_answer_to_an_earlier_transmission_is_not_taken_for_the_last_one(start: Any) -> None:
    merchant = Merchant(start(pending_seconds=400.0).url)
    payment = pay(merchant)
    merchant.declare(payment, "D-rejected")
    merchant.advance(300)
    merchant.declare(payment, "D-rejected")
    merchant.advance(399)
    assert record(merchant, "D-rejected")["declarationRequestStatus"] == "IN_PROCESS"
    merchant.advance(1)
    assert record(merchant, "D-rejected")["customsDeclarationResultCode"] == "2"


def test_an_inquiry_of_up_to_ten(merchant: Merchant, payment_id: str) -> None:
    merchant.declare(payment_id)
    body = merchant.inquire_declarations("X", "DCL_1", "X").body
    assert body["declarationRequestsNotFound"] == ["X"]
    assert [one["declarationRequestId"] for one in body["declarationRecords"]] == ["DCL_1"]
    assert "declarationRequestsNotFound" not in merchant.inquire_declarations("DCL_1").body
    assert merchant.inquire_declarations("Y").body["declarationRecords"] == []
    ids = [f"D{number}" for number in range(11)]
    assert merchant.inquire_declarations(*ids).code == "ARRAY_SIZE_EXCEEDED"
    assert merchant.inquire_declarations(*ids[:10]).code == "SUCCESS"
    for wrong in ((), ("x" * 33,), ("",)):
        assert merchant.inquire_declarations(*wrong).code == "PARAM_ILLEGAL"


@pytest.mark.parametrize(
    "changes",
    [
        {"declarationAmount": {"currency": "USD", "value": "1"}},
        {"customs": {"customsCode": "ZONGSHU", "region": "HK"}},
        {"customs": {"customsCode": "NOWHERE", "region": "CN"}},
        {"splitOrder": "perhaps"},
        {"splitOrder": "true"},
        {"merchantCustomsInfo": {"merchantCustomsCode": "1"}},
        {"buyerCertificate": {"certificateType": "ID_CARD", "certificateNo": "1"}},
    ],
)
def test_fields_of_a_declaration(merchant: Merchant, payment_id: str, changes: dict[str, Any]) -> None:
    assert merchant.declare(payment_id, **changes).code == "PARAM_ILLEGAL"
    assert merchant.declare(payment_id).code == "SUCCESS"


def test_faults_of_a_declaration(merchant: Merchant, payment_id: str) -> None:
    merchant.admin("faults", {"operation": "declare", "fault": "act_then_unknown", "requestId": "DCL_1", "amount": "7"})
    assert merchant.declare(payment_id, value="7").code == "UNKNOWN_EXCEPTION"
    assert record(merchant)["declarationAmount"]["value"] == "7"
    merchant.admin("faults", {"operation": "inquiryDeclarationRequests", "fault": "traffic_limit"})
    assert merchant.inquire_declarations("DCL_1").code == "REQUEST_TRAFFIC_EXCEED_LIMIT"
