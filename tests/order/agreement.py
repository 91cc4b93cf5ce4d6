"""The end of it all: what is stored and what callers were told, held against the simulator's books."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autodebit.domain.payment import Payment
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund import Refund
from autodebit.responses import Response
from sandbox.alipay import judge
from tests.order.merchant import AMOUNT, Merchant


@dataclass(frozen=True, slots=True)
class Told:
    """What a caller was told."""

    kind: str
    identity: str
    http_status: int
    status: str
    code: str
    body: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, kind: str, identity: str, reply: Response) -> "Told":
        """What *reply* says."""
        body = json.loads(reply.text)
        result = body["result"]
        return cls(kind, identity, reply.http_status, result["resultStatus"], result["resultCode"], body)


@dataclass(frozen=True, slots=True)
class Books:
    """What Alipay has of one payment."""

    status: str
    """"" where it does not know it."""
    debits: int
    cancels: int
    net: int
    refunds: Mapping[str, str]
    credits: Mapping[str, int]

    @classmethod
    def of(cls, merchant: Merchant, identity: str) -> "Books":
        """The simulator's books, as they are now."""
        world = merchant.simulator.world
        with world.lock:
            payment = world.payments.find(request_id=identity)
            if payment is None:
                return cls("", 0, 0, 0, {}, {})
            entry = judge.verdict(world.ledger.entries, [payment])[identity]
            refunds = {refund.request_id: refund.status for refund in payment.refunds}
        given = {name: booked["credits"] for name, booked in entry["refunds"].items()}
        return cls(payment.status, entry["debits"], entry["cancels"], int(entry["net"]), refunds, given)


def check_stored(books: Books, payment: Payment | None, refunds: Mapping[str, Refund]) -> None:
    """Money moved as often as it may, and the store knows of it all; what is open is in process there, too."""
    assert books.debits <= 1, f"debited {books.debits} times"
    assert all(times <= 1 for times in books.credits.values()), f"given back twice: {books.credits}"
    assert 0 <= books.net <= AMOUNT, f"{books.net} is left of {AMOUNT}"
    ours = payment.state.value if payment else ""
    assert _same(ours, books.status) or _taken(payment), (
        f"{ours or 'nothing'} is stored, and Alipay has {books.status or 'nothing'}"
    )
    if ours == PaymentState.SUCCESS:
        assert (books.debits, books.cancels) == (1, 0), f"SUCCESS, and {books}"
    if ours in (PaymentState.FAIL, PaymentState.CANCELLED, PaymentState.NOT_SUBMITTED):
        assert books.net == 0, f"{ours}, and {books}"
    if payment is not None:
        assert not payment.cancel_pending or not payment.state.final, "a cancel is still wanted"
    for identity in {*refunds, *books.refunds}:
        ours = refunds[identity].state.value if identity in refunds else ""
        theirs = books.refunds.get(identity, "")
        if _taken(refunds.get(identity)):
            continue
        assert _same(ours, theirs), f"{identity}: {ours or 'nothing'} is stored, and Alipay has {theirs or 'nothing'}"
        assert books.credits.get(identity, 0) == (ours == "SUCCESS"), f"{identity} is {ours}, and {books}"


def check_told(books: Books, told: Iterable[Told]) -> None:
    """S and F to a caller are true in the end: whoever hears F takes a new id, whoever hears S delivers."""
    for one in told:
        assert _true(one, books), f"a caller was told {one}, and the books have {books}"


def _taken(item: Payment | Refund | None) -> bool:
    """Whether it stays open for people, because a message showed another one's record under its id."""
    return item is not None and item.id_taken and not item.state.final


def _same(ours: str, theirs: str) -> bool:
    match ours, theirs:
        case "INITIATED" | "PROCESSING", _:
            return theirs == "PROCESSING"
        case "" | "NOT_SUBMITTED", _:
            return theirs == ""
        case "FAIL", "":
            return True  # an F that was the answer of the gateway, not of the operation
        case _:
            return ours == theirs


def _true(told: Told, books: Books) -> bool:
    """With an HTTP status other than 200 an F refuses one request and says nothing of others with its id."""
    refused = told.status == "F" and told.http_status == 200
    match told.kind, told.status:
        case "pay", "S":
            return books.debits == 1
        case "pay", "F":
            # ORDER_STATUS_INVALID invites a new id.
            return books.net == 0 or not (refused or told.code == "ORDER_STATUS_INVALID")
        case "cancel", "S":
            return books.net == 0
        case "cancel", "F":
            return books.net == 0 or told.code != "ORDER_NOT_EXIST"
        case "refund", "S":
            return books.credits.get(told.identity) == 1
        case "refund", "F":
            return not refused or not books.credits.get(told.identity)
        case "inquire", "S":
            return _inquiry_true(told.body.get("paymentStatus", ""), books)
        case _:
            return True


def _inquiry_true(status: str, books: Books) -> bool:
    match status:
        case "SUCCESS":
            return books.debits == 1
        case "FAIL" | "CANCELLED":
            return books.net == 0
        case _:
            return True
