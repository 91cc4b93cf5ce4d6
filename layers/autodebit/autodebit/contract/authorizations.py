"""Consent and tokens: consult, applyToken and revoke (/v1/authorizations/consult, /applyToken, /revoke)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from autodebit.contract.model import RequestModel, ResponseModel, Unmet, at
from autodebit.contract.request_types import TERMINALS_WITH_OS, AuthMetaData, ConsultEnv, OsType, TerminalType
from autodebit.contract.response_types import AuthCodeForm, PspCustomerInfo, Result
from autodebit.contract.scalars import (
    AnsweredText,
    Flag,
    Id64,
    Id128,
    Id256,
    Open,
    Text,
    Text16,
    Wallet,
    WebAddress1024,
    WebOrAppAddress1024,
    refusal,
)

GrantType = Literal["AUTHORIZATION_CODE", "REFRESH_TOKEN"]
MerchantRegion = Annotated[Literal["US", "JP", "PK", "SG"], Open]


def _no_product(value: object) -> object:
    if value == "AGREEMENT_PAYMENT":
        raise refusal("is the code of the product, not a scope; did you mean `AGREEMENT_PAY`?")
    return value


_ScopeCode = Literal[
    "BASE_USER_INFO",
    "USER_INFO",
    "AGREEMENT_PAY",
    # Only in the SDK's enum ScopeType, without a documented meaning.
    "USER_LOGIN_ID",
    "HASH_LOGIN_ID",
    "SEND_OTP",
    "TAOBAO_REBIND",
]
Scope = Annotated[_ScopeCode, Open, BeforeValidator(_no_product)]
_MOVED_TO_ENV = ("terminalType", "osType", "osVersion")


class ConsultRequest(RequestModel):
    """Asks for a page on which the wallet's owner can agree to Auto Debit.

    terminalType, osType and osVersion stand in env (since 2026) or at the top (until 2025, deprecated): either
    is accepted, and what stands at the top is sent in both places.
    Not checked, because no source is certain: recurringPayment for PAYPAY, merchantRegion for GAGW.
    """

    customer_belongs_to: Wallet
    auth_client_id: Id64 | None = None
    auth_redirect_url: WebOrAppAddress1024
    auth_notify_url: WebAddress1024 | None = None
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=4)]
    auth_state: Id256
    terminal_type: TerminalType | None = None
    os_type: OsType | None = None
    os_version: Text16 | None = None
    env: ConsultEnv | None = None
    merchant_region: MerchantRegion | None = None
    recurring_payment: Flag | None = None
    merchant_account_id: Text | None = None
    auth_meta_data: AuthMetaData | None = None
    extend_info: Text | None = None

    @classmethod
    def unmet_conditions(cls, wire: Mapping[str, object]) -> Iterator[Unmet]:
        terminal = at(wire, "env", "terminalType") or wire.get("terminalType")
        if terminal is None:
            yield ("terminalType",), "is required, here or as env.terminalType"
        os_type = at(wire, "env", "osType") or wire.get("osType")
        if isinstance(terminal, str) and terminal in TERMINALS_WITH_OS and os_type is None:
            yield ("osType",), f"is required, here or as env.osType, when terminalType is {terminal}"

    def to_wire(self) -> dict[str, object]:
        """As every request's; a gateway may read the old places only, or the new ones only."""
        wire = super().to_wire()
        old = {name: wire[name] for name in _MOVED_TO_ENV if name in wire}
        env = wire.get("env", {})
        if old and isinstance(env, dict):
            wire["env"] = {**old, **env}
        return wire


class ConsultResponse(ResponseModel):
    """With S at least one of scheme_url, applink_url and normal_url: open only one, consent is single-use."""

    result: Result | None = None
    scheme_url: AnsweredText | None = None
    applink_url: AnsweredText | None = None
    normal_url: AnsweredText | None = None
    app_identifier: AnsweredText | None = None
    auth_code_form: AuthCodeForm | None = None
    auth_url: AnsweredText | None = None
    extend_info: AnsweredText | None = None


class ApplyTokenRequest(RequestModel):
    """Turns an auth code into an access token, or renews an access token."""

    grant_type: GrantType
    customer_belongs_to: Wallet
    auth_code: Id128 | None = None
    refresh_token: Id128 | None = None
    merchant_region: MerchantRegion | None = None
    merchant_account_id: Id64 | None = None
    extend_info: Text | None = None

    @classmethod
    def unmet_conditions(cls, wire: Mapping[str, object]) -> Iterator[Unmet]:
        if wire.get("grantType") == "AUTHORIZATION_CODE" and "authCode" not in wire:
            yield ("authCode",), "is required when grantType is AUTHORIZATION_CODE"
        if wire.get("grantType") == "REFRESH_TOKEN" and "refreshToken" not in wire:
            yield ("refreshToken",), "is required when grantType is REFRESH_TOKEN"


class ApplyTokenResponse(ResponseModel):
    """Without refresh_token the access token lives very long (KakaoPay). Times are ISO 8601, as they came."""

    result: Result | None = None
    access_token: AnsweredText | None = None
    access_token_expiry_time: AnsweredText | None = None
    refresh_token: AnsweredText | None = None
    refresh_token_expiry_time: AnsweredText | None = None
    user_login_id: AnsweredText | None = None
    extend_info: AnsweredText | None = None
    psp_customer_info: PspCustomerInfo | None = None


class RevokeRequest(RequestModel):
    """Ends an authorization: the access token and its refresh token stop working."""

    access_token: Id128
    merchant_account_id: Id64 | None = None
    extend_info: Text | None = None  # only the SDK names it


class RevokeResponse(ResponseModel):
    result: Result | None = None
    extend_info: AnsweredText | None = None
