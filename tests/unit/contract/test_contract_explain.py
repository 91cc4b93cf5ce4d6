"""What the people who sent a faulty request are told."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from autodebit.contract import (
    ApplyTokenRequest,
    ConsultRequest,
    InquiryPaymentRequest,
    PayRequest,
    RequestModel,
    explain,
)
from tests.contract.documents import examples

PAY = examples("pay", "request")["request"]
CONSULT = examples("consult", "request")["request"]


def told(model: type[RequestModel], body: object) -> str:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(body)
    return explain(caught.value, model)


def pay(**changes: object) -> dict[str, Any]:
    return {**PAY, **changes}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in PAY.items() if key != name}


EXPLAINED: list[tuple[type[RequestModel], object, str]] = [
    (PayRequest, [], "the body: must be an object"),
    (PayRequest, without("paymentAmount"), "paymentAmount: is required"),
    (
        PayRequest,
        pay(paymentMethod={"paymentMethodType": "GCASH"}),
        "paymentMethod.paymentMethodId: is required",
    ),
    (PayRequest, pay(paymentMethod="GCASH"), "paymentMethod: must be an object"),
    (PayRequest, pay(appId="x" * 33), "appId: must have at most 32 characters"),
    (PayRequest, pay(appId=["x"]), "appId: must be text or a whole number"),
    (PayRequest, pay(appId="\ud800"), "appId: must be valid Unicode"),
    (PayRequest, pay(productCode="CASHIER_PAYMENT"), "productCode: must be 'AGREEMENT_PAYMENT'"),
    (PayRequest, pay(paymentRequestId=""), "paymentRequestId: must not be empty"),
    (
        PayRequest,
        pay(paymentAmount={"currency": "IDR", "value": "149"}),
        "paymentAmount.value: must end in 00 for IDR",
    ),
    (
        PayRequest,
        pay(
            order={
                **PAY["order"],
                "goods": [{"referenceGoodsId": "1", "goodsName": "a"}, {"referenceGoodsId": "1"}],
            }
        ),
        "order.goods[1].goodsName: is required",
    ),
    (PayRequest, pay(order={**PAY["order"], "goods": {}}), "order.goods: must be an array"),
    (
        PayRequest,
        {**without("paymentRequestId"), "paymentRequestID": "P"},
        "paymentRequestId: is required; "
        "paymentRequestID: is not a field of this request; did you mean `paymentRequestId`?",
    ),
    (
        PayRequest,
        pay(payment_notify_url="x"),
        "payment_notify_url: is not a field of this request; did you mean `paymentNotifyUrl`?",
    ),
    (
        PayRequest,
        pay(order={**PAY["order"], "goods": [{"referenceGoodsId": "1", "goodsName": "a", "goodQuantity": 1}]}),
        "order.goods[0].goodQuantity: is not a field of this request; did you mean `goodsQuantity`?",
    ),
    (PayRequest, pay(zebra=1), "zebra: is not a field of this request"),
    (PayRequest, pay(**{"\ud800": 1}), "?: is not a field of this request"),
    (PayRequest, pay(**{"{braces}\n": 1}), "{braces}?: is not a field of this request"),
    (PayRequest, pay(**{"z" * 99: 1}), f"{'z' * 64}...: is not a field of this request"),
    (ConsultRequest, {**CONSULT, "scopes": []}, "scopes: must have at least 1 element"),
    (ConsultRequest, {**CONSULT, "scopes": ["USER_INFO"] * 5}, "scopes: must have at most 4 elements"),
    (ConsultRequest, {**CONSULT, "osType": "BSD"}, "osType: must be 'IOS' or 'ANDROID'"),
    (
        ConsultRequest,
        {**CONSULT, "authNotifyUrl": "/n"},
        "authNotifyUrl: must be an absolute http or https URL",
    ),
    (
        ApplyTokenRequest,
        {"grantType": "REFRESH_TOKEN", "customerBelongsTo": "DANA"},
        "refreshToken: is required when grantType is REFRESH_TOKEN",
    ),
    (InquiryPaymentRequest, {}, "paymentRequestId: is required, or paymentId"),
]


@pytest.mark.parametrize(("model", "body", "text"), EXPLAINED, ids=[case[2] for case in EXPLAINED])
def test_a_fault_is_named_by_its_wire_path(model: type[RequestModel], body: object, text: str) -> None:
    assert told(model, body) == text


def test_every_fault_is_named() -> None:
    text = told(PayRequest, {"order": {"env": {"terminalType": "APP"}}, "paymentAmount": {"value": 1.5}})
    named = {sentence.split(":")[0] for sentence in text.split("; ")}
    assert named == {
        "productCode",
        "paymentRequestId",
        "order.orderAmount",
        "order.referenceOrderId",
        "order.orderDescription",
        "order.env.osType",
        "paymentAmount.currency",
        "paymentAmount.value",
        "paymentMethod",
    }


def test_no_value_is_told() -> None:
    secret = "secret" * 50
    body = {
        **dict.fromkeys(PayRequest.wire_names(), secret),
        "paymentMethod": {"paymentMethodType": secret, "paymentMethodId": secret, "extra": secret},
        "order": {"env": {"terminalType": secret}, "buyer": {"buyerEmail": secret}, "goods": secret},
        "paymentAmount": {"currency": secret, "value": secret},
    }
    assert "secret" not in told(PayRequest, body)


def test_a_flood_of_faults_stays_readable() -> None:
    text = told(PayRequest, pay(**{f"unknown{number}": 1 for number in range(5000)}))
    assert text.endswith("; and 4950 more")
    assert len(text) < 10_000
