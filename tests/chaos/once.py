"""The verdict on money that moved twice, or was about to, had Alipay not stood in the way.

Alipay books once for each id. So a fault of ours shows in what we sent it: one id with two contents, two sends at a time, a send
that nobody asked for, more money back than was taken; or in one order that was paid under two ids, the second of which we had
invited. All of it is sound under lost answers and crashes: what is sent is what was stored, and whoever dies leaves its lease.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from autodebit.runtime import SEND_NEEDS
from tests.chaos.books import Books, Verdict
from tests.chaos.notes import ARRIVED, ENDED, SENT, Note

_SENDER = {"pay": "pay", "refund": "refund"}
"""Which function alone may send an operation: pollers only ask."""
_LEASE = SEND_NEEDS
"""How long after a send its lease still runs for certain: who has less time left does not send, and the lease outlives it."""
_FORBIDDEN = {
    "REFUND_AMOUNT_EXCEED": "more than was left",
    "ORDER_IS_CANCELED": "for a payment that was being cancelled",
}
"""Why Alipay refused a refund that we must never have sent: amounts are reserved first, a cancel excludes refunds."""


def check(books: Books, notes: Iterable[Note], found: Verdict) -> None:
    """Add to *found* what moved money twice."""
    found.double_debits += _debited(books)
    found.double_refunds += _given_back(books)
    sends, ends, arrivals = _sorted(notes)
    lines = {"pay": found.double_debits, "refund": found.double_refunds}
    found.mismatches += _overlapping("cancel", [note for note in sends if note["operation"] == "cancel"], ends)
    for operation, into in lines.items():
        arrived = [note for note in arrivals if note["operation"] == operation]
        sent = [note for note in sends if note["operation"] == operation]
        into += _contents(operation, arrived)
        into += _more_often(operation, arrived, sent)
        into += (f"{operation} {note['id']} was sent by {note['function']}" for note in sent if not _asked_for(note))
        into += _overlapping(operation, sent, ends)
    found.double_debits += _orders(books, arrivals)
    found.double_refunds += [
        f"a cancel of {note['id']} was sent, and {note['given_back']} of it was refunded"
        for note in arrivals
        if note["operation"] == "cancel" and note["given_back"]
    ]


def _debited(books: Books) -> Iterator[str]:
    for identity, entry in books.ledger.items():
        if entry["debits"] > 1:
            yield f"{identity} was debited {entry['debits']} times"


def _given_back(books: Books) -> Iterator[str]:
    for identity, entry in books.ledger.items():
        debited, net = int(entry["amount"]), int(entry["net"])
        for refund, given in entry["refunds"].items():
            if given["credits"] > 1:
                yield f"{refund} was given back {given['credits']} times"
        if net < 0 or entry["cancels"] > 1:
            yield f"{identity}: {debited} was debited, {debited - net} was given back"
    for identity, refund in books.refunds.items():
        if why := _FORBIDDEN.get(refund.get("refundResultCode", "")):
            yield f"{identity} was sent, {why}"


def _sorted(notes: Iterable[Note]) -> tuple[list[Note], dict[str, int], list[Note]]:
    """Sends, the ends of sends by their numbers, and arrivals."""
    sends, ends, arrivals = [], {}, []
    for note in notes:
        match note["kind"]:
            case kind if kind == SENT:
                sends.append(note)
            case kind if kind == ENDED:
                ends[note["number"]] = note["at"]
            case kind if kind == ARRIVED:
                arrivals.append(note)
    return sends, ends, arrivals


def _contents(operation: str, arrived: Iterable[Note]) -> Iterator[str]:
    contents: defaultdict[str, set[str]] = defaultdict(set)
    for note in arrived:
        contents[note["id"]].add(note["content"])
    for identity, different in contents.items():
        if len(different) > 1:
            yield f"{operation} {identity} arrived with {len(different)} contents (money, order or token)"


def _more_often(operation: str, arrived: Iterable[Note], sent: Iterable[Note]) -> Iterator[str]:
    ours = Counter(note["id"] for note in sent)
    for identity, times in Counter(note["id"] for note in arrived).items():
        if times > ours[identity]:
            yield f"{operation} {identity} arrived {times} times, and was sent {ours[identity]} times"


def _asked_for(note: Note) -> bool:
    return bool(note["function"] == _SENDER[note["operation"]])


def _overlapping(operation: str, sent: Iterable[Note], ends: dict[str, int]) -> Iterator[str]:
    """One id that is sent while an earlier send of it is out, or under the lease of a sender that died (its send has no end)."""
    out: defaultdict[str, list[Note]] = defaultdict(list)
    for note in sorted(sent, key=lambda note: int(note["at"])):
        for before in out[note["id"]]:
            certain = before["at"] + _LEASE
            end = ends.get(before["number"], certain)
            if note["at"] < min(end, certain):
                yield (
                    f"{operation} {note['id']} was sent at {note['at']} by {note['number']} while {before['number']}'s send "
                    f"from {before['at']} to {end} was out"
                )
        out[note["id"]].append(note)


def _orders(books: Books, arrivals: Iterable[Note]) -> Iterator[str]:
    """Orders that are paid twice in the end: their callers took a new id when, and only when, our answer invited it."""
    orders: defaultdict[str, set[str]] = defaultdict(set)
    for note in arrivals:
        if note["operation"] == "pay":
            orders[note["order"]].add(note["id"])
    for order, identities in orders.items():
        paid = sorted(one for one in identities if int(books.ledger.get(one, {"net": "0"})["net"]) > 0)
        if len(paid) > 1:
            yield f"order {order} is paid under {' and '.join(paid)}"
