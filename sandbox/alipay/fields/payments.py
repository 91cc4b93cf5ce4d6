"""Requests of pay, inquiryPayment and cancel, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.alipay.fields.authorizations import SYSTEMS, TERMINALS
from sandbox.alipay.fields.table import Field, amount_of, object_of, problems, text, url

PAY: Mapping[str, Field] = {
    "productCode": text(required=True, allowed=("AGREEMENT_PAYMENT",)),
    "paymentRequestId": text(64, required=True),
    "order": object_of(
        {
            "orderAmount": amount_of(0, required=True),
            "referenceOrderId": text(64, required=True),
            "orderDescription": text(256, required=True),
            "env": object_of(
                {
                    "terminalType": text(required=True, allowed=TERMINALS),
                    "osType": text(allowed=SYSTEMS),
                    "userAgent": text(1024),
                    "deviceTokenId": text(64),
                    "clientIp": text(64),
                    "cookieId": text(64),
                }
            ),
            "merchant": object_of({"referenceMerchantId": text(32, required=True)}),
        },
        required=True,
    ),
    "paymentAmount": amount_of(1, required=True),
    "paymentMethod": object_of(
        {"paymentMethodType": text(64, required=True), "paymentMethodId": text(128, required=True)},
        required=True,
    ),
    "paymentExpiryTime": Field("time"),
    "settlementStrategy": object_of({"settlementCurrency": text(3, required=True)}),
    "appId": text(32),
    "paymentNotifyUrl": url(2048),
    "merchantAccountId": text(32),
    "userRegion": text(2),
}
INQUIRY_PAYMENT: Mapping[str, Field] = {
    "paymentRequestId": text(64),
    "paymentId": text(64),
    "merchantAccountId": text(32),
}


def pay(body: Mapping[str, Any]) -> Iterator[str]:
    found = list(problems(PAY, body))
    yield from found
    if found:
        return
    amount = body["paymentAmount"]
    if amount["currency"] == "IDR" and not str(amount["value"]).endswith("00"):
        yield "paymentAmount.value in IDR must end in 00"
    env = body["order"].get("env") or {}
    if env and env["terminalType"] != "WEB" and not env.get("osType"):
        yield f"order.env.osType is required when terminalType is {env['terminalType']}"
    if env.get("terminalType") == "MINI_APP" and not body.get("appId"):
        yield "appId is required when terminalType is MINI_APP"


def inquiry_payment(body: Mapping[str, Any]) -> Iterator[str]:
    yield from problems(INQUIRY_PAYMENT, body)
    if body.get("paymentRequestId") is None and body.get("paymentId") is None:
        yield "paymentRequestId or paymentId is required"


def cancel(body: Mapping[str, Any]) -> Iterator[str]:
    """A cancel names its payment as an inquiry does."""
    yield from inquiry_payment(body)
