"""Where each id has to stand in the end: in the store, and, where money is concerned, in the simulator's ledger."""

from tests.chaos.books import Books
from tests.crash.arrivals import Arrival
from tests.crash.shop import Place, Shop

_KEYS = {"authorization": "{}-state"}
_NEVER_SENT = (None, "NOT_SUBMITTED")
_SENDS = {"payment": "pay", "refund": "refund"}
_MOVED = {
    ("payment", "SUCCESS"): ((1, 0),),
    ("payment", "FAIL"): ((0, 0),),
    ("payment", "CANCELLED"): ((1, 1), (0, 0)),
    ("refund", "SUCCESS"): ((0, 1),),
    ("refund", "FAIL"): ((0, 0),),
}
"""How often money may have been taken and given back under an id that ends so."""


class Ends:
    """The ledger, the store, and what has arrived, once everything is quiet."""

    def __init__(self, shop: Shop, place: Place, books: Books, arrived: list[Arrival]) -> None:
        self._items = {(item["pk"], item["sk"]): item for item in shop.items(place)}
        self._ledger, self._arrived = books.ledger, arrived

    def state(self, kind: str, identity: str) -> str | None:
        """Where the item of that id stands in the store."""
        item = self._items.get((f"{kind}#{_KEYS.get(kind, '{}').format(identity)}", "item"), {})
        return item.get("state")

    def faults(self, wanted: str, identity: str) -> list[str]:
        """How *identity* stands elsewhere than where its caller, who has come back, brings it: once, and there only."""
        kind, state = wanted.split()
        known, moved = self.state(kind, identity), self.moved(kind, identity)
        found = [] if known == state else [f"{kind} {identity} ends as {known}"]
        if moved not in _MOVED.get((kind, state), (moved,)):
            found.append(f"{kind} {identity} is {state}, and the ledger has moved {moved}")
        return found

    def faults_of_twin(self, wanted: str, identity: str) -> list[str]:
        """The same of one whose caller never comes back: what was sent ends alike, and what was not is never sent."""
        kind, _ = wanted.split()
        if any((one.operation, one.identity) == (_SENDS[kind], identity) for one in self._arrived):
            return self.faults(wanted, identity)
        known, moved = self.state(kind, identity), self.moved(kind, identity)
        return [] if known in _NEVER_SENT and not any(moved) else [f"{kind} {identity}: {known}, and it was never sent"]

    def moved(self, kind: str, identity: str) -> tuple[int, int]:
        """How often money was taken under that id, and how often it was given back."""
        if kind == "refund":
            given = [one["refunds"][identity]["credits"] for one in self._ledger.values() if identity in one["refunds"]]
            return 0, sum(given)
        entry = self._ledger.get(identity, {"debits": 0, "cancels": 0})
        return entry["debits"], entry["cancels"]
