"""The verdict: the simulator's books against our store and against what callers were told. The books are always right.

Five things must not be: a double debit, a double refund, an outcome that was lost, an item that is stuck, and anything that does
not match.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from autodebit.repository.table import Item, plain
from tests.chaos import agreements, once, orders, waiting
from tests.chaos.books import Acts, Books, Told, Verdict
from tests.chaos.kept import lacking
from tests.chaos.notes import NOT_KEPT, Note

_FINAL = ("SUCCESS", "FAIL", "CANCELLED")
_OPEN = waiting.OPEN["payment"]
_BECOMES = {"SUCCESS": ("SUCCESS", "CANCELLED"), "FAIL": ("FAIL", ""), "CANCELLED": ("CANCELLED",)}
"""Where a payment or refund may stand in the end of which a caller was told so. What Alipay refused need not be in its books."""
_FAULTS_OF_THE_WAY = ("drop", "tamper", "unsigned", "wrong_signature")
"""What befalls a delivery that we cannot take, or must not."""


def judge(
    books: Books,
    items: Iterable[Mapping[str, Any]],
    told: Iterable[Told] = (),
    *,
    notes: Iterable[Note] = (),
    earlier: Iterable[Mapping[str, Any]] = (),
    acts: Acts | None = None,
) -> Verdict:
    """The verdict over all *items* of the table (in DynamoDB's typed form) once everything had time to become quiet.

    *notes* are what the processes of the run noted, *earlier* are the items as they were 48 virtual hours before, *acts* what
    callers and consumers did (None: nobody has noted it).
    """
    court = _Court(books, [plain(item) for item in items])
    return court.verdict(list(told), list(notes), [plain(item) for item in earlier], acts)


class _Court:
    def __init__(self, books: Books, items: list[Item]) -> None:
        self._books, self._items = books, items
        self._found = Verdict()
        self._payments = self._of("payment", "payment_request_id")
        self._refunds = self._of("refund", "refund_request_id")
        self._places = {(str(item["pk"]), str(item["sk"])): item for item in items}
        self._anomalous = {item["pk"] for item in items if item["sk"].startswith("anomaly#")}
        self._pointers = {item["pk"]: item["target"] for item in items if item["sk"] == "pointer"}

    def verdict(self, told: list[Told], notes: list[Note], earlier: list[Item], acts: Acts | None) -> Verdict:
        found = self._found
        found.payments, found.refunds = len(self._payments), len(self._refunds)
        if not self._books.balanced:
            found.mismatches.append("the books do not balance")
        for item in self._items:
            if item["sk"].startswith("anomaly#"):
                found.anomalies[item["reason"]] += 1
        once.check(self._books, notes, found)
        for identity in sorted({*self._books.payments, *self._payments}):
            self._compare("payment", identity, self._books.payments.get(identity), self._payments.get(identity))
        for identity in sorted({*self._books.refunds, *self._refunds}):
            self._compare("refund", identity, self._books.refunds.get(identity), self._refunds.get(identity))
        for identity, payment in self._payments.items():
            self._check_payment(identity, payment)
        found.for_people += waiting.for_people(self._books, self._items)
        found.stuck += waiting.stuck(self._books, self._items, earlier)
        self._check_notified(notes)
        self._check_told(told)
        agreements.check(self._books, self._items, told, found)
        states = {
            str(item["pk"]): str(item["state"]) for item in self._items if item["sk"] == "item" and "state" in item
        }
        orders.check(self._books, acts, told, states, found)
        return found

    def _of(self, kind: str, key: str) -> dict[str, Item]:
        found = [item for item in self._items if item.get("kind") == kind and item["sk"] == "item"]
        return {str(item[key]): item for item in found}

    # --- states

    def _compare(
        self, kind: str, identity: str, theirs: Mapping[str, Any] | None, ours: Mapping[str, Any] | None
    ) -> None:
        state = str(ours["state"]) if ours else ""
        if theirs is None:
            others = self._books.payments_elsewhere if kind == "payment" else self._books.refunds_elsewhere
            if state in ("SUCCESS", "CANCELLED"):
                why = "that is another system's" if identity in others else "Alipay does not know it"
                self._found.mismatches.append(f"{kind} {identity}: {state}, and {why}")
            return
        real = str(theirs[f"{kind}Status"])
        if ours is None:
            self._found.lost.append(f"{kind} {identity}: {real} at Alipay, and not in the store")
            return
        if real == "PROCESSING":
            if state not in _OPEN:
                self._found.mismatches.append(f"{kind} {identity}: PROCESSING at Alipay, {state} in the store")
        elif state not in (*_FINAL, *_OPEN):
            self._found.lost.append(f"{kind} {identity}: {real} at Alipay, {state} in the store")
        elif state != real and state not in _OPEN:
            self._found.mismatches.append(f"{kind} {identity}: {real} at Alipay, {state} in the store")
        self._compare_content(kind, identity, theirs, ours)

    def _compare_content(self, kind: str, identity: str, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
        amount = theirs[f"{kind}Amount"]
        # A cancel that came before its payment knows no amount until Alipay tells it.
        kept = ours.get("amount") or {}
        if (kept.get("value"), kept.get("currency")) != (amount["value"], amount["currency"]):
            self._found.mismatches.append(f"{kind} {identity}: another amount in the store")
        known = ours.get(f"{kind}_id")
        if known and known != theirs[f"{kind}Id"]:
            self._found.mismatches.append(f"{kind} {identity}: another {kind}Id in the store")
        if known and self._pointers.get(f"{kind}-id#{known}") != identity:
            self._found.mismatches.append(f"{kind} {identity}: its {kind}Id does not lead to it")

    def _check_payment(self, identity: str, payment: Mapping[str, Any]) -> None:
        held = sum(
            int(refund["amount"]["value"])
            for refund in self._refunds.values()
            if refund["payment_request_id"] == identity
            and refund["state"] != "FAIL"
            and not refund.get("amount_released")
        )
        if payment.get("reserved", 0) != held:
            self._found.mismatches.append(
                f"payment {identity}: {payment.get('reserved', 0)} reserved, and its refunds hold {held}"
            )
        cancel = payment.get("cancel") or {}
        real = self._books.payments.get(identity, {}).get("paymentStatus")
        if cancel.get("state") == "DONE" and real != "CANCELLED":
            self._found.mismatches.append(f"payment {identity}: the cancel is DONE, and it is {real} at Alipay")

    # --- what Alipay said

    def _check_notified(self, notes: Iterable[Note]) -> None:
        """What was acknowledged was in the store at that moment, and is; what was refused until Alipay gave up is there, too."""
        for note in notes:
            if note["kind"] == NOT_KEPT:
                self._found.lost.append(
                    f"{note['notification']} of {note['about']} was acknowledged before it was stored"
                )
        for told in self._books.outbox:
            acknowledged = told["state"] == "acknowledged"
            if not acknowledged and not (told["state"] == "given up" and any(map(_refused, told["attempts"]))):
                continue
            if name := lacking(told["kind"], told["body"], self._read, self._anomalous.__contains__):
                end = "acknowledged" if acknowledged else "refused until Alipay gave up"
                self._found.lost.append(f"{told['kind']} of {name} was {end}, and the store does not have it")

    def _read(self, partition: str, sort: str) -> Item | None:
        return self._places.get((partition, sort))

    # --- what was said

    def _check_told(self, told: list[Told]) -> None:
        """S and F to a caller are true in the end: whoever hears F takes a new id, whoever hears S delivers."""
        cancelled = {word.identity for word in told if (word.function, word.status) == ("cancel", "S")}
        for word in told:
            if (
                word.status in ("S", "F")
                and word.code != "REPEAT_REQ_INCONSISTENT"
                and not self._right(word, cancelled)
            ):
                heard = " ".join(filter(None, (str(word.http_status), word.status, word.code, word.final)))
                self._found.mismatches.append(
                    f"{word.function} {word.identity}: a caller was told {heard}, and the books say no"
                )

    def _right(self, told: Told, cancelled: set[str]) -> bool:
        """Whether the books agree; *cancelled* are the payments of which some caller was told that they are."""
        entry = self._books.ledger.get(told.identity, {"debits": 0, "net": "0"})
        real = self._books.payments.get(told.identity, {}).get("paymentStatus", "")
        match told.function, told.status:
            case "pay", "S":
                return bool(entry["debits"] == 1) and told.asked in ("", entry["amount"])
            case "pay", "F":
                return int(entry["net"]) == 0
            case "cancel", "S":
                return int(entry["net"]) == 0
            case "cancel", "F" if told.code == "ORDER_NOT_EXIST":
                # "Nothing was taken. Should it turn up, it is cancelled. To pay again take a new id."
                return int(entry["net"]) == 0
            case "cancel", "F":
                # "Not cancelled; the payment goes on": unless a caller asked once more, and was told so.
                return real != "CANCELLED" or told.identity in cancelled
            case "inquiry_payment", "S" if told.final in _FINAL:
                return real in _BECOMES[told.final]
            case "inquiry_refund", "S" if told.final in _FINAL:
                refund = self._books.refunds.get(told.identity, {}).get("refundStatus", "")
                return refund in _BECOMES[told.final] and self._credits(told.identity) == (told.final == "SUCCESS")
            case "refund", "S":
                return self._credits(told.identity) == 1 and told.asked in ("", self._given_back(told.identity))
            case "refund", "F":
                return self._credits(told.identity) == 0
            case _:
                return True

    def _credits(self, refund_request_id: str) -> int:
        return sum(given["credits"] for given in self._entries(refund_request_id))

    def _given_back(self, refund_request_id: str) -> str:
        return str(sum(int(given["amount"]) for given in self._entries(refund_request_id)))

    def _entries(self, refund_request_id: str) -> list[Mapping[str, Any]]:
        """What was given back under that id, by payment."""
        ledger = self._books.ledger.values()
        return [entry["refunds"][refund_request_id] for entry in ledger if refund_request_id in entry["refunds"]]


def _refused(attempt: Mapping[str, Any]) -> bool:
    """Whether a delivery that we could have taken was answered by us, and not acknowledged."""
    answered = attempt["outcome"]["http_status"] is not None and not attempt["outcome"]["acknowledged"]
    return answered and attempt["fault"] not in _FAULTS_OF_THE_WAY
