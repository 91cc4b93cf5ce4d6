"""Requests other than consent and payment: conditions between fields, and fields that are spelled in two ways."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from autodebit.contract import (
    CancelRequest,
    DeclareRequest,
    InquiryDeclarationRequestsRequest,
    InquiryPaymentResponse,
    InquiryRefundRequest,
    InquiryRegistrationStatusRequest,
    NotifyPaymentRequest,
    RefundRequest,
    RegistrationRequest,
    RequestModel,
    explain,
)
from tests.contract.bodies import example
from tests.contract.judging import faulty_fields

REFUND = example("refund")
WITHOUT_PAYMENT = {name: REFUND[name] for name in REFUND if name != "paymentId"}
DECLARE = example("declare")
WHOLE = {name: DECLARE[name] for name in DECLARE if name != "suborderId"} | {"splitOrder": False}
REGISTRATION = example("registration")
STORE = {"referenceStoreId": "S", "storeName": "Pier 1", "storeMCC": "5942", "storeAddress": {"region": "HK"}}


def buyer(**changes: object) -> dict[str, Any]:
    """A declaration whose buyer's certificate has *changes*."""
    certificate = {**DECLARE["buyerCertificate"], **changes}
    return {**DECLARE, "buyerCertificate": certificate}


@pytest.mark.parametrize(
    ("model", "body", "expected"),
    [
        (CancelRequest, {}, ["paymentRequestId"]),
        (CancelRequest, {"paymentId": None}, ["paymentRequestId"]),
        (CancelRequest, {"paymentId": "P"}, []),
        (CancelRequest, {"paymentRequestId": "R"}, []),
        (CancelRequest, {"paymentId": "P", "paymentRequestId": "R"}, []),
        (RefundRequest, REFUND, []),
        (RefundRequest, WITHOUT_PAYMENT, ["paymentId"]),
        (RefundRequest, {**WITHOUT_PAYMENT, "paymentRequestId": "R"}, []),
        (RefundRequest, {**REFUND, "paymentRequestId": "R"}, []),
        (RefundRequest, {**WITHOUT_PAYMENT, "paymentRequestId": " "}, ["paymentRequestId"]),
        (RefundRequest, {**REFUND, "refundAmount": {"currency": "HKD", "value": "0"}}, ["refundAmount.value"]),
        (RefundRequest, {**REFUND, "refundAmount": {"currency": "IDR", "value": "150"}}, ["refundAmount.value"]),
        (RefundRequest, {**REFUND, "refundAmount": {"currency": "IDR", "value": "100"}}, []),
        (RefundRequest, {**REFUND, "refundDetails": [{}], "refundToBankInfo": {}, "customizedInfo": {}}, []),
        (InquiryRefundRequest, {}, ["refundRequestId"]),
        (InquiryRefundRequest, {"refundId": "P"}, []),
        (InquiryRefundRequest, {"refundRequestId": "R"}, []),
        (DeclareRequest, DECLARE, []),
        (DeclareRequest, WHOLE, []),
        (DeclareRequest, {**WHOLE, "splitOrder": "true"}, ["suborderId"]),
        (DeclareRequest, {**WHOLE, "splitOrder": True}, ["suborderId"]),
        (DeclareRequest, {**WHOLE, "splitOrder": "perhaps"}, ["splitOrder"]),
        (DeclareRequest, {**DECLARE, "declarationAmount": {"currency": "CNY", "value": "0"}}, []),
        (
            DeclareRequest,
            {**DECLARE, "declarationAmount": {"currency": "USD", "value": "1"}},
            ["declarationAmount.currency"],
        ),
        (DeclareRequest, {**DECLARE, "customs": {"customsCode": "ZONGSHU", "region": "HK"}}, ["customs.region"]),
        (DeclareRequest, buyer(holderName=None), ["buyerCertificate.holderName"]),
        (DeclareRequest, buyer(holderName={"firstName": "San"}), ["buyerCertificate.holderName.fullName"]),
        (DeclareRequest, buyer(certificateType="PASSPORT", holderName=None), []),
        (DeclareRequest, buyer(certificateType="CPF"), ["buyerCertificate.certificateType"]),
        (InquiryDeclarationRequestsRequest, {"declarationRequestIds": []}, ["declarationRequestIds"]),
        (InquiryDeclarationRequestsRequest, {"declarationRequestIds": ["a", ""]}, ["declarationRequestIds.1"]),
        (InquiryDeclarationRequestsRequest, {"declarationRequestIds": "a"}, ["declarationRequestIds"]),
        (RegistrationRequest, REGISTRATION, []),
        (RegistrationRequest, {**REGISTRATION, "productCodes": []}, ["productCodes"]),
        (RegistrationRequest, {**REGISTRATION, "productCodes": ["IN_STORE_PAYMENT"]}, ["storeInfo"]),
        (RegistrationRequest, {**REGISTRATION, "productCodes": ["IN_STORE_PAYMENT"], "storeInfo": STORE}, []),
        (InquiryRegistrationStatusRequest, {}, ["registrationRequestId"]),
        (InquiryRegistrationStatusRequest, {"referenceMerchantId": "M"}, []),
        (InquiryRegistrationStatusRequest, {"registrationRequestId": "R"}, []),
        (InquiryRegistrationStatusRequest, {"referenceStoreId": "S"}, []),
    ],
)
def test_conditions(model: type[RequestModel], body: dict[str, Any], expected: list[str]) -> None:
    assert sorted(faulty_fields(model, body)) == expected


SPELLED_IN_TWO_WAYS: list[tuple[type[RequestModel], dict[str, Any], str, str]] = [
    (DeclareRequest, DECLARE, "suborderId", "subOrderId"),
    (RegistrationRequest, REGISTRATION, "registrationNotifyURL", "registrationNotifyUrl"),
]


@pytest.mark.parametrize(
    "context", [None, {"unknown_fields": "known"}, {"unknown_fields": "forward"}], ids=["refuse", "known", "forward"]
)
@pytest.mark.parametrize(("model", "body", "documented", "other"), SPELLED_IN_TWO_WAYS)
def test_either_spelling_is_accepted_and_the_documented_one_is_sent(
    model: type[RequestModel], body: dict[str, Any], documented: str, other: str, context: dict[str, str] | None
) -> None:
    rest = {name: body[name] for name in body if name != documented}
    expected = model.model_validate(body).to_wire()
    for spelled in ({**rest, other: body[documented]}, {**body, other: body[documented]}, {**body, other: None}):
        assert model.model_validate(spelled, context=context).to_wire() == expected
    assert documented in expected
    assert other not in expected


@pytest.mark.parametrize(
    "context", [None, {"unknown_fields": "known"}, {"unknown_fields": "forward"}], ids=["refuse", "known", "forward"]
)
@pytest.mark.parametrize(("model", "body", "documented", "other"), SPELLED_IN_TWO_WAYS)
def test_two_spellings_with_two_values_are_refused(
    model: type[RequestModel], body: dict[str, Any], documented: str, other: str, context: dict[str, str] | None
) -> None:
    with pytest.raises(ValidationError) as caught:
        model.model_validate({**body, other: "https://other.example.com"}, context=context)
    assert explain(caught.value, model) == f"{other}: is another spelling of {documented}, which has another value"


def test_what_is_wrong_under_the_other_spelling_is_told() -> None:
    assert faulty_fields(
        RegistrationRequest, {**REGISTRATION, "registrationNotifyURL": None} | {"registrationNotifyUrl": "x"}
    )


@pytest.mark.parametrize("model", [InquiryPaymentResponse, NotifyPaymentRequest])
def test_an_answer_may_spell_promotions_as_the_sdks_do(
    model: type[InquiryPaymentResponse] | type[NotifyPaymentRequest],
) -> None:
    for spelled in ("promotionResult", "promotionResults"):
        (promotion,) = model.read({spelled: [{"promotionType": "DISCOUNT"}]}).promotion_result or []
        assert promotion.promotion_type == "DISCOUNT"
    both = model.read({"promotionResult": [], "promotionResults": [{"promotionType": "DISCOUNT"}]})
    assert both.promotion_result == []
    assert set(both.model_extra or {}) == {"promotionResults"}
