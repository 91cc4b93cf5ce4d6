"""Alipay's result codes with their status and wire text."""

from __future__ import annotations

from typing import Any

_CODES: dict[str, tuple[str, str]] = {
    "SUCCESS": ("S", "success."),
    "ACCESS_DENIED": ("F", "Access is denied."),
    "API_INVALID": ("F", "The API name or API call format is used incorrectly."),
    "AUTH_IN_PROCESS": ("U", "The authorization is still in process."),
    "CLIENT_FORBIDDEN_ACCESS_API": ("F", "The client is not authorized to use this API."),
    "CLIENT_INVALID": ("F", "The client ID is invalid. Alipay has restrictions on client ID."),
    "CURRENCY_NOT_SUPPORT": ("F", "The currency is not supported."),
    "INVALID_ACCESS_TOKEN": ("F", "The access token is expired, revoked, or does not exist."),
    "INVALID_API": ("F", "The called API is invalid or not active."),
    "INVALID_AUTHCODE": ("F", "The authorization code is invalid."),
    "INVALID_CLIENT": ("F", "The client is invalid."),
    "INVALID_CLIENT_STATUS": ("F", "The client status is invalid."),
    "INVALID_REFRESH_TOKEN": ("F", "The refresh token is invalid."),
    "INVALID_SIGNATURE": (
        "F",
        "The signature is not validated. The private key used to sign a request does not match the public "
        "key of Antom Dashboard.",
    ),
    "KEY_NOT_FOUND": ("F", "The private key or public key of Alipay or the merchant is not found."),
    "MEDIA_TYPE_NOT_ACCEPTABLE": (
        "F",
        "The server does not implement the media type that is acceptable to the client.",
    ),
    "MERCHANT_NOT_REGISTERED": ("F", "The merchant is not registered."),
    "METHOD_NOT_SUPPORTED": (
        "F",
        "The server does not implement the requested HTTP method. Only the POST method is supported.",
    ),
    "NO_INTERFACE_DEF": ("F", "API is not defined."),
    "NO_PAY_OPTIONS": ("F", "The payment method is not supported by this API."),
    "OAUTH_FAILED": ("F", "OAuth process failed."),
    "ORDER_IS_CANCELED": (
        "F",
        "The request you initiated has the same paymentRequestId as the previously paid transaction, which "
        "is canceled.",
    ),
    "ORDER_IS_CLOSED": (
        "F",
        "The request you initiated has the same paymentRequestId as that of the existed transaction, which is closed.",
    ),
    "ORDER_NOT_EXIST": ("F", "The order does not exist."),
    "PARAM_ILLEGAL": ("F", "The required parameters are not passed, or illegal parameters exist."),
    "PAYMENT_AMOUNT_EXCEED_LIMIT": ("F", "The payment amount exceeds the limit."),
    "PAYMENT_IN_PROCESS": ("U", "The payment is being processed."),
    "PROCESS_FAIL": ("F", "A general business failure occurred."),
    "RECORD_NOT_FOUND": (
        "F",
        "The system is not able to find the registration record for the given referenceMerchantId and/or "
        "referenceStoreId.",
    ),
    "REGISTRATION_UNDER_REVIEW": (
        "F",
        "A previously submitted registration is currently under review. No new registration or modification is allowed.",
    ),
    "REPEAT_REGISTRATION": ("F", "Repeated registration for merchant"),
    "REPEAT_REQ_INCONSISTENT": ("F", "The amount or currency is different from the previous request."),
    "REQUEST_TRAFFIC_EXCEED_LIMIT": ("U", "The request traffic exceeds the limit."),
    "RISK_REJECT": ("F", "The request is rejected because of the risk control."),
    "SETTLE_CONTRACT_NOT_MATCH": ("F", "No matched settlement contract can be found."),
    "SYSTEM_ERROR": ("F", "A system error occurred."),
    "UNKNOWN_CLIENT": ("F", "The client is unknown."),
    "UNKNOWN_EXCEPTION": ("U", "An API call has failed, which is caused by unknown reasons."),
    "USER_BALANCE_NOT_ENOUGH": (
        "F",
        "The payment cannot be completed because the user balance in the corresponding payment method is not enough.",
    ),
    "USER_NOT_EXIST": ("F", "The user does not exist."),
    "USER_STATUS_ABNORMAL": ("F", "The user status is abnormal."),
}


def known(code: str) -> bool:
    return code in _CODES


def message(code: str) -> str:
    return _CODES[code][1]


def result(code: str, detail: str = "") -> dict[str, Any]:
    """The ``result`` object of *code*; *detail* is added to the wire text, at most 256 characters in all."""
    status, text = _CODES[code]
    return {
        "resultCode": code,
        "resultStatus": status,
        "resultMessage": f"{text} {detail}".strip()[:256],
    }
