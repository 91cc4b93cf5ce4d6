"""What a record of the table's stream says: a change of state, an anomaly, or nothing that the world should hear of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autodebit.lifecycle import (
    DECLARATION_NOT_SUBMITTED_ADVICE,
    NOT_SUBMITTED_ADVICE,
    REFUND_NOT_SUBMITTED_ADVICE,
    DeclarationState,
    PaymentState,
    RefundState,
)
from autodebit.repository.table import ITEM, plain

_TOLD = {
    "payment": {
        "payment_request_id": "paymentRequestId",
        "payment_id": "paymentId",
        "reference_order_id": "referenceOrderId",
        "payment_method_type": "paymentMethodType",
        "grant": "paymentMethodId",
        "result_code": "resultCode",
        "result_message": "resultMessage",
        "settled_by": "settledBy",
        "payment_time": "paymentTime",
        "cancel_time": "cancelTime",
    },
    "refund": {
        "refund_request_id": "refundRequestId",
        "refund_id": "refundId",
        "payment_request_id": "paymentRequestId",
        "payment_id": "paymentId",
        "result_code": "resultCode",
        "result_message": "resultMessage",
        "settled_by": "settledBy",
        "refund_time": "refundTime",
    },
    "declaration": {
        "declaration_request_id": "declarationRequestId",
        "payment_id": "paymentId",
        "customs_code": "customsCode",
        "customs_payment_id": "customsPaymentId",
        "customs_order_id": "customsOrderId",
        "identity_check_result": "identityCheckResult",
        "clearing_channel": "clearingChannel",
        "clearing_transaction_id": "clearingTransactionId",
        "customs_provider_registration_id": "customsProviderRegistrationId",
        "customs_result_code": "customsDeclarationResultCode",
        "customs_result_desc": "customsDeclarationResultDesc",
        "customs_return_time": "customsDeclarationReturnTime",
        "result_code": "resultCode",
        "result_message": "resultMessage",
        "settled_by": "settledBy",
    },
    "authorization": {
        "auth_state": "authState",
        "wallet": "customerBelongsTo",
        "grant": "accessToken",
        "result_code": "resultCode",
        "result_message": "resultMessage",
    },
}
"""The attributes that an event carries, under Alipay's names. Tokens stand nowhere in an item; handles stand in their place."""
_AMOUNT = {"payment": "paymentAmount", "refund": "refundAmount", "declaration": "declarationAmount"}
_ADVICE = {
    ("payment", PaymentState.NOT_SUBMITTED): NOT_SUBMITTED_ADVICE,
    ("refund", RefundState.NOT_SUBMITTED): REFUND_NOT_SUBMITTED_ADVICE,
    ("declaration", DeclarationState.NOT_SUBMITTED): DECLARATION_NOT_SUBMITTED_ADVICE,
}


@dataclass(frozen=True, slots=True)
class StateChanged:
    """An entity moved from one state to another (None: it is new)."""

    kind: str
    version: int
    before: str | None
    after: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnomalySeen:
    """A fact was not applied as it came."""

    beside: str
    times: int
    last_seen: int
    facts: Mapping[str, Any] = field(default_factory=dict)


Change = StateChanged | AnomalySeen


def state_changes(record: Mapping[str, Any]) -> Change | None:
    """What *record* (as Lambda gets it, with old and new image) says, or None.

    Raises:
        KeyError, TypeError, ValueError: a record that cannot be read.
    """
    images = record["dynamodb"]
    if "NewImage" not in images:
        return None
    # Only what is told is read: tokens and codes are binary, which Lambda hands over in another form.
    image = images["NewImage"]
    if image["sk"]["S"].startswith("anomaly#"):
        return _anomaly(plain(image))
    if image["sk"]["S"] != ITEM or image["kind"]["S"] not in _TOLD:
        return None
    new = plain(image)
    old = plain(images["OldImage"]) if "OldImage" in images else {}
    moved = old.get("state") != new["state"] or _cancel_of(old) != _cancel_of(new)
    return _changed(new, old.get("state")) if moved else None


def _changed(new: Mapping[str, Any], before: str | None) -> StateChanged:
    names = _TOLD[new["kind"]]
    facts: dict[str, Any] = {told: new[name] for name, told in names.items() if new.get(name)}
    if "amount" in new:
        facts[_AMOUNT[new["kind"]]] = {"currency": new["amount"]["currency"], "value": new["amount"]["value"]}
    if cancel := _cancel_of(new):
        facts["cancel"] = cancel
    if advice := _ADVICE.get((new["kind"], new["state"])):
        facts["advice"] = advice
    return StateChanged(new["kind"], new["version"], before, new["state"], facts)


def _cancel_of(image: Mapping[str, Any]) -> str | None:
    """Where the cancel of a payment stands; a refused one is news although the payment stays where it is."""
    state: str | None = image.get("cancel", {}).get("state")
    return state


def _anomaly(new: Mapping[str, Any]) -> AnomalySeen:
    known = ("pk", "sk", "kind", "first_seen", "last_seen", "times_seen")
    facts = {name: value for name, value in new.items() if name not in known}
    return AnomalySeen(new["pk"], new["times_seen"], new["last_seen"], facts)
