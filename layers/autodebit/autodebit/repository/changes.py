"""What a record of the table's stream says: a change of state, an anomaly, or nothing that the world should hear of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autodebit.lifecycle import NOT_SUBMITTED_ADVICE, PaymentState
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
    },
    "authorization": {
        "auth_state": "authState",
        "wallet": "customerBelongsTo",
        "grant": "accessToken",
        "result_code": "resultCode",
        "result_message": "resultMessage",
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
}
"""The attributes that an event carries, under Alipay's names. Tokens stand nowhere in an item; handles stand in their place."""
_WALLETS = "wallets"
"""What each wallet says of a registration: a change of that alone is told, too, as it decides where a merchant can charge."""
_ADVICE = {PaymentState.NOT_SUBMITTED: NOT_SUBMITTED_ADVICE}


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
    old = images.get("OldImage", {})
    before = old["state"]["S"] if old else None
    same = before == new["state"] and old.get(_WALLETS) == image.get(_WALLETS)
    return None if same else _changed(new, before)


def _changed(new: Mapping[str, Any], before: str | None) -> StateChanged:
    names = _TOLD[new["kind"]]
    facts: dict[str, Any] = {told: new[name] for name, told in names.items() if new.get(name)}
    if "amount" in new:
        facts["paymentAmount"] = {"currency": new["amount"]["currency"], "value": new["amount"]["value"]}
    if _WALLETS in new:
        facts["pspRegistrationResultList"] = [_wallet(wallet) for wallet in new[_WALLETS]]
    if advice := _ADVICE.get(new["state"]):
        facts["advice"] = advice
    return StateChanged(new["kind"], new["version"], before, new["state"], facts)


def _wallet(stored: Mapping[str, str]) -> dict[str, Any]:
    names = {"status": "registrationStatus", "reject_reasons": "rejectReasons"}
    told = {told: stored[name] for name, told in names.items() if name in stored}
    return {"pspName": stored["name"], **({"registrationResult": told} if told else {})}


def _anomaly(new: Mapping[str, Any]) -> AnomalySeen:
    known = ("pk", "sk", "kind", "first_seen", "last_seen", "times_seen")
    facts = {name: value for name, value in new.items() if name not in known}
    return AnomalySeen(new["pk"], new["times_seen"], new["last_seen"], facts)
