"""Whether the store shows what a notification says, at this very moment."""

from collections.abc import Iterable, Mapping
from typing import Any

from autodebit.repository import digest_of
from autodebit.repository.table import Item

_PAID = {"S": ("SUCCESS", "CANCELLED"), "F": ("FAIL",)}


def kept(items: Iterable[Item], body: Mapping[str, Any]) -> bool:
    """Whether *items* (all of the table) show what *body* says: as the state it tells, or as an anomaly."""
    stored = _Stored(items)
    match body:
        case {"refundRequestId": identity}:
            return stored.shows("refund", identity, body["refundStatus"])
        case {"paymentRequestId": identity}:
            return stored.shows("payment", identity, *_PAID[body["result"]["resultStatus"]])
        case {"registrationRequestId": identity}:
            return stored.shows("registration", identity, body["registrationResult"]["registrationStatus"])
        case {"authorizationNotifyType": "AUTHCODE_CREATED", "authState": auth_state, "authCode": code}:
            linked = stored.entity("code", digest_of(code)).get("auth_state") == auth_state
            return linked or f"authorization#{auth_state}" in stored.anomalous
        case {"authorizationNotifyType": "TOKEN_CREATED", "authState": auth_state, "accessToken": token}:
            grant = stored.authorization(auth_state).get("grant")
            return grant is not None and grant == stored.holder(token)
        case {"authorizationNotifyType": "TOKEN_CANCELED", "accessToken": token}:
            return stored.ended(token)
    raise LookupError(f"nobody knows what shows {body}")


class _Stored:
    def __init__(self, items: Iterable[Item]) -> None:
        self._items = {(item["pk"], item["sk"]): item for item in items}
        self.anomalous = {pk for pk, sk in self._items if sk.startswith("anomaly#")}

    def entity(self, kind: str, identity: str) -> Item:
        return self._items.get((f"{kind}#{identity}", "item"), {})

    def shows(self, kind: str, identity: str, *states: str) -> bool:
        return self.entity(kind, identity).get("state") in states or f"{kind}#{identity}" in self.anomalous

    def authorization(self, auth_state: str) -> Item:
        return self.entity("authorization", auth_state)

    def holder(self, token: str) -> str:
        """The handle of the grant that has *token*."""
        return str(self._items.get((f"token#{digest_of(token)}", "pointer"), {}).get("target", ""))

    def ended(self, token: str) -> bool:
        """Whether its grant has ended; of a token that is not here, whether that is remembered for whoever brings it."""
        grant = self.holder(token)
        if not grant:
            return (f"token#{digest_of(token)}", "cancelled") in self._items
        return self.entity("grant", grant).get("state") == "REVOKED" or f"grant#{grant}" in self.anomalous
