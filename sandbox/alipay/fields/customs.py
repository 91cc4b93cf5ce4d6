"""Requests of declare and inquiryDeclarationRequests, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.alipay.fields.table import Field, object_of, problems, text

CUSTOMS_CODES = ("ZONGSHU", "ZHENGZHOU", "NINGBO", "SHANGHAI_CBT", "HENAN")
DECLARE: Mapping[str, Field] = {
    "declarationRequestId": text(32, required=True),
    "paymentId": text(64, required=True),
    "declarationAmount": object_of(
        {"currency": text(required=True, allowed=("CNY",)), "value": Field("whole", True, 16, least=1)},
        required=True,
    ),
    "customs": object_of(
        {
            "customsCode": text(28, required=True, allowed=CUSTOMS_CODES),
            "region": text(required=True, allowed=("CN",)),
        },
        required=True,
    ),
    "merchantCustomsInfo": object_of(
        {"merchantCustomsCode": text(128, required=True), "merchantCustomsName": text(256, required=True)},
        required=True,
    ),
    "splitOrder": Field("flag"),
    "suborderId": text(64),
    "subOrderId": text(64),
    "buyerCertificate": object_of(
        {
            "certificateType": text(required=True, allowed=("ID_CARD", "PASSPORT")),
            "certificateNo": text(64, required=True),
            "holderName": object_of(
                {
                    "firstName": text(32),
                    "middleName": text(32),
                    "lastName": text(32),
                    "fullName": text(128),
                }
            ),
        }
    ),
}
LONGEST_ID = 32
INQUIRY: Mapping[str, Field] = {"declarationRequestIds": Field("list", True)}


def declare(body: Mapping[str, Any]) -> Iterator[str]:
    found = list(problems(DECLARE, body))
    yield from found
    if found:
        return
    if is_true(body.get("splitOrder")) and suborder_id(body) is None:
        yield "suborderId is required when splitOrder is true"
    certificate = body.get("buyerCertificate") or {}
    if certificate.get("certificateType") == "ID_CARD" and not (certificate.get("holderName") or {}).get("fullName"):
        yield "buyerCertificate.holderName.fullName is required when certificateType is ID_CARD"


def inquiry_declaration_requests(body: Mapping[str, Any]) -> Iterator[str]:
    found = list(problems(INQUIRY, body))
    yield from found
    if not found and not all(
        isinstance(item, str) and 0 < len(item) <= LONGEST_ID for item in body["declarationRequestIds"]
    ):
        yield f"declarationRequestIds has an element that is not a text of 1 to {LONGEST_ID} characters"


def is_true(value: object) -> bool:
    """Booleans come bare or quoted."""
    return str(value).lower() == "true"


def suborder_id(body: Mapping[str, Any]) -> str | None:
    """The pages and the Python SDK write ``suborderId``, the Java, PHP and Go SDKs ``subOrderId``."""
    for name in ("suborderId", "subOrderId"):
        if body.get(name) is not None:
            return str(body[name])
    return None
