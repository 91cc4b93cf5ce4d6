"""Requests of initAuthentication and verifyAuthentication, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.alipay.fields.table import Field, problems, text

COMMON = {
    "authenticationType": text(16, required=True, allowed=("OTP",)),
    "authenticationRequestId": text(64, required=True),
}
INIT_AUTHENTICATION: Mapping[str, Field] = {
    **COMMON,
    "authenticationChannelType": text(16, required=True, allowed=("EMAIL", "SMS")),
    "userIdentityType": text(16, required=True, allowed=("WALLET_TOKEN",)),
    "userIdentityValue": text(128, required=True),
}
VERIFY_AUTHENTICATION: Mapping[str, Field] = {
    **COMMON,
    "authenticationValue": text(256, required=True),
}


def init_authentication(body: Mapping[str, Any]) -> Iterator[str]:
    yield from problems(INIT_AUTHENTICATION, body)


def verify_authentication(body: Mapping[str, Any]) -> Iterator[str]:
    yield from problems(VERIFY_AUTHENTICATION, body)
