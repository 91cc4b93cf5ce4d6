"""What an anomaly keeps of a notification: enough for operators to act on; no token, no code, no text, no personal data."""

import re
from collections.abc import Mapping
from typing import Any

from autodebit.contract import ResponseModel
from autodebit.responses import to_json

NOT_UNDERSTOOD = "a notification whose type, status or content is not known"
MASKED = "***"
_LONGEST = 2_000
_NAME = re.compile(r"[A-Za-z]{1,40}")
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_ID = re.compile(r"[A-Za-z0-9_.:+-]{1,128}")
_CODES = frozenset(
    {
        "authorizationNotifyType",
        "disputeJudgedResult",
        "disputeNotificationType",
        "disputeReasonCode",
        "disputeSource",
        "disputeType",
        "notifyType",
        "pspName",
        "refundStatus",
        "registrationStatus",
        "resultCode",
        "resultStatus",
    }
)
_IDS_AMOUNTS_TIMES = frozenset(
    {
        "acquirerReferenceNo",
        "arn",
        "authClientId",
        "authState",
        "captureId",
        "captureRequestId",
        "captureTime",
        "currency",
        "defenseDueTime",
        "disputeAcceptTime",
        "disputeId",
        "disputeJudgedTime",
        "disputeTime",
        "eventId",
        "paymentCreateTime",
        "paymentId",
        "paymentRequestId",
        "paymentTime",
        "quoteId",
        "quotePrice",
        "referenceMerchantId",
        "referenceStoreId",
        "refundId",
        "refundRequestId",
        "refundTime",
        "registrationRequestId",
        "value",
    }
)
_PARTS = frozenset(
    {
        "actualRefundAmount",
        "captureAmount",
        "customsDeclarationAmount",
        "disputeAmount",
        "disputeJudgedAmount",
        "grossSettlementAmount",
        "paymentAmount",
        "pspRegistrationResultList",
        "refundAmount",
        "registrationResult",
        "result",
        "settlementQuote",
    }
)
"""Objects, and lists of objects, whose fields are looked at one by one."""


def kept_body(told: ResponseModel) -> str:
    """The body of a proven notification as JSON text of at most 2,000 characters.

    Codes, ids, amounts and times stand in it under the names of the contract, if they look like such; of everything else
    only the name. What cannot be read counts as everything else.
    """
    data = told.model_dump(mode="json", by_alias=True, exclude_none=True)
    unreadable = {wire: MASKED for wire, name in told.wire_names().items() if name in unread(told)}
    return to_json(_kept({**data, **unreadable}))[:_LONGEST]


def unread(told: ResponseModel) -> set[str]:
    """The fields that a notification has and that cannot be read, by their names in Python."""
    return {name for name in told.model_fields_set & type(told).model_fields.keys() if getattr(told, name) is None}


def code_of(value: str | None) -> str:
    """*value* if it looks like a code or a type, else "": anything may stand in a message."""
    return value if value and _CODE.fullmatch(value) else ""


def status_to_keep(value: str | None) -> str:
    """What an anomaly keeps of a status that nobody knows, judged as it came: in capitals a token might look like a code."""
    return code_of(value) or MASKED


def _kept(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in data.items() if _NAME.fullmatch(name)}


def _value(name: str, value: Any) -> Any:
    if name in _PARTS:
        if isinstance(value, Mapping):
            return _kept(value)
        if isinstance(value, list):
            return [_kept(one) for one in value if isinstance(one, Mapping)]
    form = _CODE if name in _CODES else _ID if name in _IDS_AMOUNTS_TIMES else None
    return value if form and isinstance(value, str | int) and form.fullmatch(str(value)) else MASKED
