"""Shape of requests as Alipay's field tables give it: what must be there, its kind, its length.

A table of its own on purpose, not the bundle's models: the simulator must be able to disagree with them.
Fields that no table names are ignored, numbers and booleans may come bare or quoted, ``null`` counts as
absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.alipay.clock import parse_iso


@dataclass(frozen=True)
class Field:
    """One field: *kind* is text, url, time, whole (a whole number, *least* or more), list or object."""

    kind: str = "text"
    required: bool = False
    longest: int | None = None
    allowed: tuple[str, ...] = ()
    members: Mapping[str, Field] | None = None
    least: int = 0

    def problems(self, value: Any, path: str) -> Iterator[str]:
        if self.kind == "object":
            yield from self._object(value, path)
        elif self.kind == "list":
            yield from self._list(value, path)
        else:
            yield from self._scalar(value, path)

    def _object(self, value: Any, path: str) -> Iterator[str]:
        if isinstance(value, dict):
            yield from problems(self.members or {}, value, f"{path}.")
        else:
            yield f"{path} must be an object"

    def _list(self, value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, list) or not value:
            yield f"{path} must be a list with at least one element"
            return
        if self.longest is not None and len(value) > self.longest:
            yield f"{path} has more than {self.longest} elements"
        if self.allowed and any(item not in self.allowed for item in value):
            yield f"{path} has an element that is not one of {', '.join(self.allowed)}"

    def _scalar(self, value: Any, path: str) -> Iterator[str]:
        if isinstance(value, dict | list):
            yield f"{path} must be a single value"
            return
        text = str(value)
        if not text:
            yield f"{path} is empty"
        elif self.longest is not None and len(text) > self.longest:
            yield f"{path} is longer than {self.longest}"
        elif self.allowed and text not in self.allowed:
            yield f"{path} must be one of {', '.join(self.allowed)}"
        elif self.kind == "time" and parse_iso(text) is None:
            yield f"{path} is not an ISO 8601 time with offset"
        elif self.kind == "url" and not urlsplit(text).scheme:
            yield f"{path} is not a URL"
        elif self.kind == "whole" and not (text.isascii() and text.isdigit() and int(text) >= self.least):
            yield f"{path} must be a whole number of the smallest unit, {self.least} or more"


def problems(table: Mapping[str, Field], body: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Every fault of *body* against *table*; nothing when it is acceptable."""
    for name, field in table.items():
        value = body.get(name)
        if value is not None:
            yield from field.problems(value, prefix + name)
        elif field.required:
            yield f"{prefix}{name} is missing"


def _text(longest: int | None = None, *, required: bool = False, allowed: tuple[str, ...] = ()) -> Field:
    return Field("text", required, longest, allowed)


def _url(longest: int, *, required: bool = False) -> Field:
    return Field("url", required, longest)


def _object(members: Mapping[str, Field], *, required: bool = False) -> Field:
    return Field("object", required, members=members)


def _amount(least: int, *, required: bool = False) -> Field:
    return _object(
        {"currency": _text(3, required=True), "value": Field("whole", True, 16, least=least)},
        required=required,
    )


TERMINALS = ("WEB", "WAP", "APP", "MINI_APP")
SYSTEMS = ("IOS", "ANDROID")
SCOPES = (
    "BASE_USER_INFO", "USER_INFO", "AGREEMENT_PAY", "USER_LOGIN_ID", "HASH_LOGIN_ID",
    "SEND_OTP", "TAOBAO_REBIND",
)  # fmt: skip
REGIONS = ("US", "JP", "PK", "SG")
TERMINAL = {
    "terminalType": _text(allowed=TERMINALS),
    "osType": _text(allowed=SYSTEMS),
    "osVersion": _text(16),
}
CONSULT: Mapping[str, Field] = {
    "customerBelongsTo": _text(64, required=True),
    "authClientId": _text(64),
    "authRedirectUrl": _url(1024, required=True),
    "authNotifyUrl": _url(1024),
    "scopes": Field("list", True, 4, SCOPES),
    "authState": _text(256, required=True),
    **TERMINAL,
    "env": _object(TERMINAL),
    "merchantRegion": _text(2, allowed=REGIONS),
}
APPLY_TOKEN: Mapping[str, Field] = {
    "grantType": _text(required=True, allowed=("AUTHORIZATION_CODE", "REFRESH_TOKEN")),
    "customerBelongsTo": _text(64, required=True),
    "authCode": _text(128),
    "refreshToken": _text(128),
    "merchantRegion": _text(2, allowed=REGIONS),
    "merchantAccountId": _text(64),
}
PAY: Mapping[str, Field] = {
    "productCode": _text(required=True, allowed=("AGREEMENT_PAYMENT",)),
    "paymentRequestId": _text(64, required=True),
    "order": _object(
        {
            "orderAmount": _amount(0, required=True),
            "referenceOrderId": _text(64, required=True),
            "orderDescription": _text(256, required=True),
            "env": _object(
                {
                    "terminalType": _text(required=True, allowed=TERMINALS),
                    "osType": _text(allowed=SYSTEMS),
                    "userAgent": _text(1024),
                    "deviceTokenId": _text(64),
                    "clientIp": _text(64),
                    "cookieId": _text(64),
                }
            ),
            "merchant": _object({"referenceMerchantId": _text(32, required=True)}),
        },
        required=True,
    ),
    "paymentAmount": _amount(1, required=True),
    "paymentMethod": _object(
        {"paymentMethodType": _text(64, required=True), "paymentMethodId": _text(128, required=True)},
        required=True,
    ),
    "paymentExpiryTime": Field("time"),
    "settlementStrategy": _object({"settlementCurrency": _text(3, required=True)}),
    "appId": _text(32),
    "paymentNotifyUrl": _url(2048),
    "merchantAccountId": _text(32),
    "userRegion": _text(2),
}
INQUIRY_PAYMENT: Mapping[str, Field] = {
    "paymentRequestId": _text(64),
    "paymentId": _text(64),
    "merchantAccountId": _text(32),
}


def consult(body: Mapping[str, Any]) -> Iterator[str]:
    yield from problems(CONSULT, body)
    # Since January 2026 the terminal is described in env; the old places are still taken.
    env = body.get("env") if isinstance(body.get("env"), dict) else {}
    terminal = body.get("terminalType") or (env or {}).get("terminalType")
    if terminal is None:
        yield "terminalType is missing"
    elif terminal != "WEB" and not (body.get("osType") or (env or {}).get("osType")):
        yield f"osType is required when terminalType is {terminal}"


def apply_token(body: Mapping[str, Any]) -> Iterator[str]:
    yield from problems(APPLY_TOKEN, body)
    needed = {"AUTHORIZATION_CODE": "authCode", "REFRESH_TOKEN": "refreshToken"}.get(str(body.get("grantType")))
    if needed and body.get(needed) is None:
        yield f"{needed} is required when grantType is {body['grantType']}"


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
