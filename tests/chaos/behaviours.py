"""How often a run met each behaviour that code, simulator and suites once agreed to leave out."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tests.chaos.books import Acts, Books
from tests.chaos.notes import SENT, Note


def behaviours(
    mixture: Mapping[str, Any],
    books: Books,
    notes: Iterable[Note],
    suffered: Mapping[str, int],
    deeds: Mapping[str, int],
    acts: Acts,
) -> Counter[str]:
    """The counts, each from who knows it best: the simulator, its books, the workers, the callers."""
    given, first = mixture.get("given", {}), mixture.get("firstRequests", {})
    sent = [note for note in notes if note["kind"] == SENT]
    own = {note["id"] for note in sent if note["operation"] == "cancel"} - acts.cancels_asked
    words = [name for name in deeds if name.startswith("event consumers: ")]
    found = {
        "cancel executed late": sum(1 for one in books.payments.values() if one.get("cancelExecutedLate")),
        "refund executed late": sum(1 for one in books.refunds.values() if one.get("executedLate")),
        "F without a record": given.get("calls: answer", 0) + first.get("forgotten", 0),
        "id of another system, payment": sum(1 for one in books.payments_elsewhere if one.endswith("-taken")),
        "id of another system, refund": len(books.refunds_elsewhere),
        "request that arrived late": given.get("calls: held", 0) + first.get("held", 0),
        "call throttled in a wave": first.get("throttled", 0),
        "two merchant accounts under one id": sum(
            1 for one in books.payments_elsewhere if one.endswith("-two-merchants")
        ),
        "two merchants asked for one id": deeds.get("story: two merchants", 0),
        "two customers asked for one id": deeds.get("story: two customers", 0),
        "store away between an answer and its record": suffered.get("store away after an answer", 0),
        "payment cancelled on the deployment's own account": len(own),
        "new id for an order, on our word": deeds.get("a new id for an order", 0),
        "new id for a refund, on our word": deeds.get("a new id for a refund", 0),
        **{name: deeds[name] for name in sorted(words)},
    }
    return Counter(found)
