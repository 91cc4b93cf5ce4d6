"""What the store has to have of a notification once it is acknowledged: the fact itself, or an anomaly that tells of it.

A worker looks right before its acknowledgement leaves, the judge once more in the end.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from autodebit.repository import digest_of
from autodebit.repository.table import Item

Read: TypeAlias = Callable[[str, str], Item | None]
"""The item at a partition and a sort key."""
Anomalous: TypeAlias = Callable[[str], bool]
"""Whether an anomaly is recorded in a partition."""
_PAID, _ENDED = {"S": ("SUCCESS", "CANCELLED"), "F": ("FAIL",)}, ("REVOKED", "EXPIRED")
_HEARD_OF = ("CODE_RECEIVED", "ACTIVE", "REVOKED", "EXPIRED", "FAILED")
_TOKEN_HEARD_OF = ("ACTIVE", *_ENDED)
_WALLET_DECIDED = ("APPROVED", "REJECTED")
_REVIEWED = ("COMPLETED", "REJECTED")
_WALLETS = "pspRegistrationResultList"


def lacking(kind: str, body: Mapping[str, Any], read: Read, anomalous: Anomalous) -> str:
    """The name of what a notification speaks of, if the store lacks the fact; "" if it has it."""
    name, partition, kept = _fact(kind, body, read)
    return "" if kept or anomalous(partition) else name


def _fact(kind: str, body: Mapping[str, Any], read: Read) -> tuple[str, str, bool]:
    """What *body* speaks of, the partition where an anomaly of it would stand, and whether the fact is there."""
    match kind:
        case "notifyPayment":
            name = f"payment#{body['paymentRequestId']}"
            return name, name, _state(read(name, "item")) in _PAID.get(body["result"]["resultStatus"], ())
        case "notifyRefund":
            name = f"refund#{body['refundRequestId']}"
            return name, name, _state(read(name, "item")) == body["refundStatus"]
        case "notifyRegistrationStatus":
            name = f"registration#{body['registrationRequestId']}"
            return name, name, _has_review(read(name, "item"), body)
        case "notifyDispute":
            name = f"dispute#{body['disputeId']}"
            return name, name, read(name, "item") is not None
        case "notifyAuthorization":
            return _authorization(body, read)
        case _:
            raise ValueError(f"nobody has said what is to be kept of {kind}")


def _authorization(body: Mapping[str, Any], read: Read) -> tuple[str, str, bool]:
    told, token = body["authorizationNotifyType"], str(body.get("accessToken", ""))
    # In the outbox codes and tokens are masked: then only the worker, who had them in clear, can have looked for them.
    masked = "…" in f"{token}{body.get('authCode', '')}"
    pointer = read(f"token#{digest_of(token)}", "pointer") if token else None
    if told == "TOKEN_CANCELED":
        partition = str(pointer["target"]) if pointer else ""
        grant = read(f"grant#{partition}", "item") if partition else None
        marked = read(f"token#{digest_of(token)}", "cancelled") is not None
        return "a cancelled token", f"grant#{partition}", masked or marked or _state(grant) in _ENDED
    name = f"authorization#{body['authState']}"
    authorization = read(name, "item")
    if told == "TOKEN_CREATED":
        held = pointer is not None and authorization is not None and pointer["target"] == authorization.get("grant")
        return name, name, _state(authorization) in _TOKEN_HEARD_OF and (masked or held)
    code = read(f"code#{digest_of(str(body['authCode']))}", "item")
    linked = masked or (code is not None and code.get("auth_state") == body["authState"])
    return name, name, linked and _state(authorization) in _HEARD_OF


def _has_review(ours: Item | None, body: Mapping[str, Any]) -> bool:
    """Whether a registration stands where *body* says, or further; the same for each of its wallets that has decided."""
    status = body["registrationResult"]["registrationStatus"]
    if ours is None or ours["state"] not in ((status,) if status in _REVIEWED else ("PENDING", *_REVIEWED)):
        return False
    wallets = {wallet["name"]: wallet["status"] for wallet in ours.get("wallets", [])}
    told = {one["pspName"]: one["registrationResult"]["registrationStatus"] for one in body.get(_WALLETS, [])}
    return all(wallets.get(name) == status for name, status in told.items() if status in _WALLET_DECIDED)


def _state(item: Item | None) -> str:
    return str(item["state"]) if item else ""
