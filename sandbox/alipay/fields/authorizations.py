"""Requests of consult, applyToken and revoke, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.alipay.fields.table import Field, object_of, problems, text, url

TERMINALS = ("WEB", "WAP", "APP", "MINI_APP")
SYSTEMS = ("IOS", "ANDROID")
SCOPES = (
    "BASE_USER_INFO", "USER_INFO", "AGREEMENT_PAY", "USER_LOGIN_ID", "HASH_LOGIN_ID",
    "SEND_OTP", "TAOBAO_REBIND",
)  # fmt: skip
REGIONS = ("US", "JP", "PK", "SG")
TERMINAL = {
    "terminalType": text(allowed=TERMINALS),
    "osType": text(allowed=SYSTEMS),
    "osVersion": text(16),
}
CONSULT: Mapping[str, Field] = {
    "customerBelongsTo": text(64, required=True),
    "authClientId": text(64),
    "authRedirectUrl": url(1024, required=True),
    "authNotifyUrl": url(1024),
    "scopes": Field("list", True, 4, SCOPES),
    "authState": text(256, required=True),
    **TERMINAL,
    "env": object_of(TERMINAL),
    "merchantRegion": text(2, allowed=REGIONS),
}
APPLY_TOKEN: Mapping[str, Field] = {
    "grantType": text(required=True, allowed=("AUTHORIZATION_CODE", "REFRESH_TOKEN")),
    "customerBelongsTo": text(64, required=True),
    "authCode": text(128),
    "refreshToken": text(128),
    "merchantRegion": text(2, allowed=REGIONS),
    "merchantAccountId": text(64),
}
REVOKE: Mapping[str, Field] = {
    "accessToken": text(128, required=True),
    "merchantAccountId": text(64),
    "extendInfo": text(),
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


def revoke(body: Mapping[str, Any]) -> Iterator[str]:
    yield from problems(REVOKE, body)
