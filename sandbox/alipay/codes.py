"""Alipay's result codes with their status and wire text."""

from __future__ import annotations

from typing import Any

_CODES: dict[str, tuple[str, str]] = {
    "SUCCESS": ("S", "success."),
    "ACCESS_DENIED": ("F", "Access is denied."),
    "API_INVALID": ("F", "The API name or API call format is used incorrectly."),
    "ARRAY_SIZE_EXCEEDED": ("F", "One inquiry request only supports a maximum number of 10 declaration request IDs."),
    "AUTH_IN_PROCESS": ("U", "The authorization is still in process."),
    "CANCEL_WINDOW_EXCEED": (
        "F",
        "The cancellation date exceeds the period during which cancellation is supported. The period is "
        "agreed upon in the contract.",
    ),
    "CLIENT_FORBIDDEN_ACCESS_API": ("F", "The client is not authorized to use this API."),
    "CLIENT_INVALID": ("F", "The client ID is invalid. Alipay has restrictions on client ID."),
    "CONTEXT_INCONSISTENT": ("F", "The request is inconsistent with the previous declaration."),
    "CURRENCY_NOT_SUPPORT": ("F", "The currency is not supported."),
    "DUPLICATED_DECLARATIONS": ("F", "The same order can only be declared once at the same customs."),
    "INVALID_ACCESS_TOKEN": ("F", "The access token is expired, revoked, or does not exist."),
    "INVALID_API": ("F", "The called API is invalid or not active."),
    "INVALID_AUTHCODE": ("F", "The authorization code is invalid."),
    "INVALID_CLIENT": ("F", "The client is invalid."),
    "INVALID_CLIENT_STATUS": ("F", "The client status is invalid."),
    "INVALID_CONTRACT": ("F", "The parameter values in the contract do not match those in the current transaction."),
    "INVALID_MERCHANT_STATUS": ("F", "The merchant status is abnormal because restrictions exist."),
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
    "MERCHANT_BALANCE_NOT_ENOUGH": ("F", "The merchant balance is insufficient."),
    "MERCHANT_NOT_REGISTERED": ("F", "The merchant is not registered."),
    "METHOD_NOT_SUPPORTED": (
        "F",
        "The server does not implement the requested HTTP method. Only the POST method is supported.",
    ),
    "MULTIPLE_REFUNDS_NOT_SUPPORTED": (
        "F",
        "Multiple refunds are not supported because restrictions exist in the contract.",
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
    "ORDER_STATUS_INVALID": (
        "F",
        "The order status is invalid. The transaction is under process or the transaction is failed.",
    ),
    "PARAM_ILLEGAL": ("F", "The required parameters are not passed, or illegal parameters exist."),
    "PARTIAL_REFUND_NOT_SUPPORTED": ("F", "A partial refund is not supported for this transaction."),
    "PAYMENT_AMOUNT_EXCEED_LIMIT": ("F", "The payment amount exceeds the limit."),
    "PAYMENT_IN_PROCESS": ("U", "The payment is being processed."),
    "PAYMENT_METHOD_NOT_SUPPORTED": (
        "F",
        "The payment method does not support canceling or refunding transactions if the payment status is successful.",
    ),
    "PROCESS_FAIL": ("F", "A general business failure occurred."),
    "RECORD_NOT_FOUND": (
        "F",
        "The system is not able to find the registration record for the given referenceMerchantId and/or "
        "referenceStoreId.",
    ),
    "REFUND_AMOUNT_EXCEED": ("F", "The total refund amount exceeds the payment amount."),
    "REFUND_IN_PROCESS": ("U", "The refund is being processed."),
    "REFUND_NOT_SUPPORTED": ("F", "Refunds are not supported for this transaction."),
    "REFUND_WINDOW_EXCEED": ("F", "The refund date exceeds the refundable period that is agreed in the contract."),
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
    "TOTAL_DECLARATION_AMOUNT_EXCEED": ("F", "The total declared amount exceeds the payment amount."),
    "UNKNOWN_CLIENT": ("F", "The client is unknown."),
    "UNKNOWN_EXCEPTION": ("U", "An API call has failed, which is caused by unknown reasons."),
    "USER_BALANCE_NOT_ENOUGH": (
        "F",
        "The payment cannot be completed because the user balance in the corresponding payment method is not enough.",
    ),
    "USER_NOT_EXIST": ("F", "The user does not exist."),
    "USER_STATUS_ABNORMAL": ("F", "The user status is abnormal."),
}

NAMES = tuple(_CODES)


def known(code: str) -> bool:
    return code in _CODES


def refusal(code: str | None) -> bool:
    """Whether *code* is known, and its status F."""
    return code in _CODES and _CODES[code][0] == "F"


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
