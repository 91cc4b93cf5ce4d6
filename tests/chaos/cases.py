"""Books, a store and notes that agree with each other, and ways to change them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.chaos.books import Books
from tests.chaos.notes import ARRIVED, ENDED, SENT

PAID = {"state": "SUCCESS", "payment_id": "A1"}
NOTIFIED = {
    "kind": "notifyPayment",
    "state": "acknowledged",
    "body": {"paymentRequestId": "P", "result": {"resultStatus": "S"}},
    "attempts": [],
}


def books(**changed: Any) -> Books:
    """One payment of 100 that was paid, and one refund of 40."""
    amount = {"currency": "JPY", "value": "100"}
    refunds = {"R": {"credits": 1, "amount": "40"}}
    entry = {"debits": 1, "amount": "100", "currency": "JPY", "cancels": 0, "refunds": refunds, "net": "60"}
    refund = {"refundStatus": "SUCCESS", "refundAmount": {"currency": "JPY", "value": "40"}, "refundId": "B1"}
    return Books(
        ledger={"P": entry | changed.get("entry", {}), **changed.get("ledger", {})},
        balanced=changed.get("balanced", True),
        payments={
            "P": {"paymentStatus": "SUCCESS", "paymentAmount": amount, "paymentId": "A1"} | changed.get("payment", {})
        },
        refunds={"R": refund | changed.get("refund", {})},
        outbox=changed.get("outbox", []),
    )


def item(kind: str, identity: str, **changed: Any) -> dict[str, Any]:
    """An item of the table in DynamoDB's typed form."""
    made = {"pk": f"{kind}#{identity}", "sk": "item", "kind": kind, f"{kind}_request_id": identity, **changed}
    return {name: typed(value) for name, value in made.items() if value is not None}


def other(kind: str, key: str, identity: str, **fields: Any) -> dict[str, Any]:
    """An item whose id has a name of its own."""
    made = {"pk": f"{kind}#{identity}", "sk": "item", "kind": kind, key: identity, **fields}
    return {name: typed(value) for name, value in made.items() if value not in (None, 0)}


def typed(value: Any) -> dict[str, Any]:
    """A plain value in DynamoDB's form."""
    if isinstance(value, dict):
        return {"M": {name: typed(inner) for name, inner in value.items()}}
    if isinstance(value, list):
        return {"L": [typed(inner) for inner in value]}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def pointer(kind: str, known: str, target: str) -> dict[str, Any]:
    """What leads from an id of Alipay's to an item of ours."""
    return {name: {"S": text} for name, text in {"pk": f"{kind}-id#{known}", "sk": "pointer", "target": target}.items()}


def store(**changed: Any) -> list[dict[str, Any]]:
    """The items that agree with books(), but for what is *changed* of the payment."""
    payment = {**PAID, "amount": {"value": "100", "currency": "JPY"}, "reserved": 40, **changed}
    refund = {
        "state": "SUCCESS",
        "refund_id": "B1",
        "amount": {"value": "40", "currency": "JPY"},
        "payment_request_id": "P",
    }
    return [
        item("payment", "P", **payment),
        item("refund", "R", **refund),
        pointer("payment", "A1", "P"),
        pointer("refund", "B1", "R"),
    ]


# --- what was noted


def arrived(operation: str = "pay", identity: str = "P", **facts: Any) -> dict[str, Any]:
    """A call as it arrived at Alipay."""
    usual = {"content": "same", "order": "O" if operation == "pay" else "", "given_back": 0}
    return {"kind": ARRIVED, "operation": operation, "id": identity, **usual, **facts}


def sent(number: str, at: int, operation: str = "pay", identity: str = "P", function: str = "") -> dict[str, Any]:
    """A call as it left us."""
    by = function or operation
    return {"kind": SENT, "number": number, "function": by, "at": at, "operation": operation, "id": identity}


def ended(number: str, at: int) -> dict[str, Any]:
    """The end of a call of ours."""
    return {"kind": ENDED, "number": number, "at": at}


# --- beside money

ENDS = "2027-02-01T00:00:00+00:00"
ENDS_AT = 1_801_440_000_000
AGREED = {"authState": "S", "revoked": False, "tokens": [{"accessTokenExpiryTime": ENDS}]}
LATER = {"accessTokenExpiryTime": "2027-03-01T00:00:00+00:00"}
RENEWED = {"authorizations": [{**AGREED, "tokens": [*AGREED["tokens"], LATER]}]}  # type: ignore[misc]
RECORD = {
    "declarationRequestStatus": "IN_PROCESS",
    "transmissions": 1,
    "declarationAmount": {"currency": "CNY", "value": "23610"},
}
REVIEW = {"registrationResult": {"registrationStatus": "COMPLETED"}}


def others(**changed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items of one authorization, its grant, a declaration, a registration and an authentication; *changed* by kind."""

    def fields(kind: str, **usual: Any) -> dict[str, Any]:
        return {**usual, **changed.get(kind, {})}

    due = {"due_at": 1, "due_key": "x"}
    grant = fields("grant", state="ACTIVE", auth_state="S", wallet="GCASH", access_until=ENDS_AT, newest=1, **due)
    declaration = fields("declaration", state="IN_PROCESS", amounts=[{"value": "1", "currency": "CNY"}], **due)
    made = [
        other("authorization", "auth_state", "S", **fields("authorization", state="ACTIVE", grant="T")),
        other("grant", "handle", "T", **grant),
        other("declaration", "declaration_request_id", "D", **declaration),
        other("registration", "registration_request_id", "G", **fields("registration", state="COMPLETED")),
        other("authentication", "authentication_request_id", "A", **fields("authentication", state="SENT")),
    ]
    if "code" in changed:
        made.append(other("code", "digest", "C", **changed["code"]))
    return made


def beside(**changed: Any) -> Books:
    """The books that agree with others()."""
    known: dict[str, Any] = {
        "authorizations": [AGREED],
        "declarations": {"D": RECORD},
        "registrations": {"G": REVIEW},
        "authentications": {"A": {"status": "SENT"}},
    }
    return replace(books(), **{**known, **changed})
