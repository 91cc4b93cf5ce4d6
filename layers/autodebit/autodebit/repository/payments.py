"""Payments in the table: written ahead, settled by facts, never lost to a conflict."""

from dataclasses import dataclass, replace

from autodebit.clock import Instant
from autodebit.errors import StoreUnavailable
from autodebit.payment import (
    Payment,
    PaymentFact,
    Word,
    claimed_for_poll,
    claimed_for_send,
    judge,
    not_sent,
)
from autodebit.repository.anomalies import anomaly
from autodebit.repository.records import Kind, item_of, key_of, record_of
from autodebit.repository.table import Conflict, Key, Table, Write, point, put
from autodebit.schedule import Plan

_ROUNDS = 64
"""How often a loser of conditional writes reads and judges again before the store counts as unavailable."""
_FOREIGN_ID = "paymentId belongs to another payment"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What came of a fact: the payment as it stands now, and the anomaly that was recorded, if any."""

    payment: Payment
    anomaly: str = ""


class Payments:
    """The promises that the store keeps for payments. All raise StoreUnavailable when the table does not answer."""

    def __init__(self, table: Table, plan: Plan) -> None:
        self._table = table
        self._plan = plan

    def find(self, payment_request_id: str) -> Payment | None:
        """The payment of that id as of now."""
        item = self._table.get(key_of(Kind.PAYMENT, payment_request_id))
        return record_of(Payment, item) if item else None

    def id_of(self, payment_id: str) -> str | None:
        """The paymentRequestId that goes with Alipay's *payment_id*, if a fact has told us."""
        pointer = self._table.get(_pointer(payment_id))
        return str(pointer["target"]) if pointer else None

    def open(self, intent: Payment, at: Instant) -> Payment | None:
        """Write *intent* ahead, leased to its first sender; None if a payment of that id is already there."""
        claimed = claimed_for_send(intent, at, self._plan)
        return self._replaced(claimed)

    def claim_send(self, payment: Payment, at: Instant) -> Payment | None:
        """Lease *payment* for another send; None if somebody has moved it since it was read."""
        return self._replaced(claimed_for_send(payment, at, self._plan))

    def claim_poll(self, payment: Payment, at: Instant) -> Payment | None:
        """Move the due time of *payment* out of the way of other pollers; None if somebody has moved it since it was read."""
        return self._replaced(claimed_for_poll(payment, at, self._plan))

    def release_unsent(self, claimed: Payment, at: Instant) -> None:
        """Undo the claim of a send of which certainly no byte left. If this fails, the lease simply runs out."""
        self._replaced(not_sent(claimed, at, self._plan))

    def settle(self, payment_request_id: str, fact: PaymentFact, at: Instant) -> Settlement | None:
        """Record *fact*: read, judge, write, and again until it is stored or without effect. None: no such payment."""
        key = key_of(Kind.PAYMENT, payment_request_id)
        foreign = False
        for _ in range(_ROUNDS):
            item = self._table.get(key)
            if item is None:
                return None
            payment = record_of(Payment, item)
            # A fact whose paymentId is another payment's settles nothing; the payment stays open and due like after silence.
            judged = replace(fact, word=Word.NOTHING) if foreign else fact
            judgement = judge(payment, judged, at, self._plan)
            reason = _FOREIGN_ID if foreign else judgement.anomaly
            after = judgement.payment
            writes = _writes(payment, after, reason, fact, at)
            if not writes:
                return Settlement(payment)
            try:
                self._table.write(*writes)
            except Conflict as conflict:
                foreign = _points_elsewhere(conflict, payment_request_id)
                continue
            moved = after != payment
            return Settlement(replace(after, version=payment.version + 1) if moved else payment, reason)
        raise StoreUnavailable("too many writers on one payment")

    def record_unknown(self, payment_request_id: str, reason: str, fact: PaymentFact, at: Instant) -> None:
        """Keep a fact that concerns no payment of ours."""
        self._table.write(anomaly(key_of(Kind.PAYMENT, payment_request_id), reason, at, _told(fact)))

    def _replaced(self, payment: Payment) -> Payment | None:
        try:
            self._table.write(_put(payment, over=payment.version))
        except Conflict:
            return None
        return replace(payment, version=payment.version + 1)


def _put(payment: Payment, *, over: int) -> Write:
    identity = payment.payment_request_id
    return put(key_of(Kind.PAYMENT, identity), item_of(Kind.PAYMENT, identity, payment), over=over)


def _writes(before: Payment, after: Payment, reason: str, fact: PaymentFact, at: Instant) -> list[Write]:
    writes: list[Write] = []
    if after != before:
        writes.append(_put(after, over=before.version))
    if after.payment_id and after.payment_id != before.payment_id:
        writes.append(point(_pointer(after.payment_id), after.payment_request_id))
    if reason:
        writes.append(anomaly(key_of(Kind.PAYMENT, before.payment_request_id), reason, at, _told(fact)))
    return writes


def _pointer(payment_id: str) -> Key:
    return Key(f"payment-id#{payment_id}", "pointer")


def _points_elsewhere(conflict: Conflict, payment_request_id: str) -> bool:
    """Whether the race was lost to a pointer: one paymentId cannot belong to two payments of ours."""
    return any(
        item is not None and item.get("target", payment_request_id) != payment_request_id for item in conflict.current
    )


def _told(fact: PaymentFact) -> dict[str, str]:
    return {
        "word": fact.word.value,
        "origin": fact.origin.value,
        "code": fact.code,
        "payment_request_id": fact.payment_request_id or "",
        "payment_id": fact.payment_id or "",
        "amount": fact.amount.value if fact.amount else "",
        "currency": fact.amount.currency if fact.amount else "",
    }
