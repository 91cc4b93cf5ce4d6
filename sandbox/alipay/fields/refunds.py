"""Requests of refund and inquiryRefund, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.alipay.fields.table import Field, amount_of, problems, text, url

REFUND: Mapping[str, Field] = {
    "refundRequestId": text(64, required=True),
    "paymentId": text(64, required=True),
    "referenceRefundId": text(64),
    "refundAmount": amount_of(1, required=True),
    "refundReason": text(256),
    "refundNotifyUrl": url(1024),
    "captureId": text(64),
    "metadata": text(64),
    "isAsyncRefund": Field("flag"),
    "extendInfo": text(512),
}
INQUIRY_REFUND: Mapping[str, Field] = {
    "refundRequestId": text(64),
    "refundId": text(64),
    "merchantAccountId": text(32),
}


def refund(body: Mapping[str, Any]) -> Iterator[str]:
    yield from problems(REFUND, body)


def inquiry_refund(body: Mapping[str, Any]) -> Iterator[str]:
    yield from problems(INQUIRY_REFUND, body)
    if body.get("refundRequestId") is None and body.get("refundId") is None:
        yield "refundRequestId or refundId is required"
