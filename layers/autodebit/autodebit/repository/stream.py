"""What a record of the table's stream says: a change of state, an anomaly, or nothing that the world should hear of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autodebit.clock import iso
from autodebit.domain.declaration_states import DECLARATION_NOT_SUBMITTED_ADVICE, DeclarationState
from autodebit.domain.payment_states import NOT_SUBMITTED_ADVICE, PaymentState
from autodebit.domain.refund_states import REFUND_NEVER_SENT_ADVICE, REFUND_NOT_SUBMITTED_ADVICE, RefundState
from autodebit.domain.registration_states import RegistrationState
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
        "needs_customer": "customerActionNeeded",
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
    "grant": {
        "auth_state": "authState",
        "wallet": "customerBelongsTo",
        "handle": "accessToken",
        "reason": "resultMessage",
    },
    "registration": {
        "registration_request_id": "registrationRequestId",
        "reference_merchant_id": "referenceMerchantId",
        "reference_store_id": "referenceStoreId",
        "result_code": "resultCode",
        "result_message": "resultMessage",
        "reject_reasons": "rejectReasons",
        "settled_by": "settledBy",
    },
    "dispute": {
        "dispute_id": "disputeId",
        "payment_request_id": "paymentRequestId",
        "payment_id": "paymentId",
        "capture_id": "captureId",
        "arn": "arn",
        "dispute_time": "disputeTime",
        "reason_code": "disputeReasonCode",
        "dispute_type": "disputeType",
        "source": "disputeSource",
        "defendable": "defendable",
        "defense_due_time": "defenseDueTime",
        "judged_time": "disputeJudgedTime",
        "judged_result": "disputeJudgedResult",
        "accept_time": "disputeAcceptTime",
        "accept_reason": "disputeAcceptReason",
        "alerts": "alerts",
    },
}
"""The attributes that an event carries, under Alipay's names. Tokens stand nowhere in an item; handles stand in their place."""
_AMOUNT = {
    "payment": "paymentAmount",
    "refund": "refundAmount",
    "declaration": "declarationAmount",
    "dispute": "disputeAmount",
}
_ADVICE = {
    ("payment", PaymentState.NOT_SUBMITTED): NOT_SUBMITTED_ADVICE,
    ("refund", RefundState.NOT_SUBMITTED): REFUND_NOT_SUBMITTED_ADVICE,
    ("declaration", DeclarationState.NOT_SUBMITTED): DECLARATION_NOT_SUBMITTED_ADVICE,
}
_WHILE_HELD: Mapping[tuple[str, str], str] = {
    ("payment", PaymentState.SUCCESS): PaymentState.PROCESSING,
    ("refund", RefundState.SUCCESS): RefundState.PROCESSING,
    ("declaration", DeclarationState.COMPLETED): DeclarationState.IN_PROCESS,
    ("registration", RegistrationState.COMPLETED): RegistrationState.PENDING,
    ("registration", RegistrationState.REJECTED): RegistrationState.PENDING,
}
"""What consumers are told in place of an outcome that they must not act on."""
_OF_A_DISPUTE = ("alerts", "amount", "defendable", "defense_due_time", "judged_amount", "judged_result", "payment_id")


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


@dataclass(frozen=True, slots=True)
class TokenExpiring:
    """The end of a token is near, and it is not renewed."""

    version: int
    facts: Mapping[str, Any] = field(default_factory=dict)


Change = StateChanged | AnomalySeen | TokenExpiring


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
    if new["kind"] == "grant":
        return _of_grant(new, old)
    return _changed(new, _announced(old) if old else None) if _what_counts(new) != _what_counts(old) else None


def _changed(new: Mapping[str, Any], before: str | None) -> StateChanged:
    names = _TOLD[new["kind"]]
    facts: dict[str, Any] = {told: new[name] for name, told in names.items() if new.get(name)}
    if new.get("amount", {}).get("value"):
        facts[_AMOUNT[new["kind"]]] = {"currency": new["amount"]["currency"], "value": new["amount"]["value"]}
    if new.get("judged_amount", {}).get("value"):
        judged = new["judged_amount"]
        facts["disputeJudgedAmount"] = {"currency": judged["currency"], "value": judged["value"]}
    if cancel := _cancel_of(new):
        facts["cancel"] = cancel
    if "wallets" in new:
        facts["pspRegistrationResultList"] = [_wallet(wallet) for wallet in new["wallets"]]
    advice = _ADVICE.get((new["kind"], new["state"]))
    if advice and facts.get("cancel") != "REQUESTED":
        facts["advice"] = REFUND_NEVER_SENT_ADVICE if new.get("amount_released") else advice
    return StateChanged(new["kind"], new["version"], before, _announced(new), facts)


def _announced(image: Mapping[str, Any]) -> str:
    """The state that consumers are told: no outcome of another's request, no SUCCESS while a cancel is pending."""
    state: str = image["state"]
    held = image.get("id_taken") or _cancel_of(image) == "REQUESTED"
    return str(_WHILE_HELD.get((image["kind"], state), state)) if held else state


def _what_counts(image: Mapping[str, Any]) -> tuple[object, ...]:
    """What makes a change news. Beside the state: where a payment's cancel stands, for a refused one leaves the payment as it
    is; what each wallet says of a registration, for it decides where a merchant can charge; of a dispute until when it can be
    defended, and how much it is about.
    """
    known = image.get("state"), _cancel_of(image), image.get("wallets"), image.get("id_taken")
    return (*known, *(image.get(name) for name in _OF_A_DISPUTE)) if image.get("kind") == "dispute" else known


def _cancel_of(image: Mapping[str, Any]) -> str | None:
    """Where the cancel of a payment stands; a refused one is news although the payment stays where it is."""
    state: str | None = image.get("cancel", {}).get("state")
    return state


def _of_grant(new: Mapping[str, Any], old: Mapping[str, Any]) -> Change | None:
    """Grants are told of through their authorizations; only those that have none speak for themselves when they end."""
    facts = {told: new[name] for name, told in _TOLD["grant"].items() if new.get(name)}
    if new.get("not_renewed") and new["not_renewed"] != old.get("not_renewed"):
        ends = {"accessTokenExpiryTime": iso(new["access_until"]), "resultCode": new["not_renewed"]}
        return TokenExpiring(new["version"], {**facts, **ends})
    ended = new["state"] in ("REVOKED", "EXPIRED") and old.get("state") not in (None, new["state"])
    if not ended or new.get("auth_state"):
        return None
    return StateChanged("authorization", new["version"], old["state"], new["state"], facts)


def _wallet(stored: Mapping[str, str]) -> dict[str, Any]:
    names = {"status": "registrationStatus", "reject_reasons": "rejectReasons"}
    told = {told: stored[name] for name, told in names.items() if name in stored}
    return {"pspName": stored["name"], **({"registrationResult": told} if told else {})}


def _anomaly(new: Mapping[str, Any]) -> AnomalySeen:
    known = ("pk", "sk", "kind", "first_seen", "last_seen", "times_seen")
    facts = {name: value for name, value in new.items() if name not in known}
    return AnomalySeen(new["pk"], new["times_seen"], new["last_seen"], facts)
