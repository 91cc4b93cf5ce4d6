"""What the store promises of payments and of refunds alike: written ahead, settled by facts, never lost to a conflict."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Generic, TypeVar

from autodebit.clock import Instant
from autodebit.domain.polling_plan import Plan
from autodebit.domain.tracked_request import (
    ReportedStatus,
    Source,
    StatusUpdate,
    TrackedRequest,
    Transition,
    lease_for_poll,
    lease_for_send,
)
from autodebit.errors import StoreUnavailable
from autodebit.repository.anomalies import anomaly
from autodebit.repository.serialization import Kind, item_of, key_of, record_of
from autodebit.repository.table import ConditionFailed, Key, Table, Write, point, put

ROUNDS = 64
"""How often a loser of conditional writes reads and judges again before the store counts as unavailable."""

T = TypeVar("T", bound=TrackedRequest)
F = TypeVar("F", bound=StatusUpdate)


@dataclass(frozen=True, slots=True)
class RecordedUpdate(Generic[T]):
    """What came of a fact: the item as it stands now, and the anomaly that was recorded, if any."""

    item: T
    anomaly: str = ""


class TrackedRequests(ABC, Generic[T, F]):
    """The promises for one kind. All raise StoreUnavailable when the table does not answer."""

    KIND: ClassVar[Kind]
    SEND: ClassVar[Source]
    """What a claim of one leads to."""
    FOREIGN_ID: ClassVar[str]

    def __init__(
        self,
        table: Table,
        plan: Plan,
        *,
        made: type[T],
        identity: Callable[[T], str],
        judge: Callable[[T, F, Instant, Plan], Transition[T]],
    ) -> None:
        self._table = table
        self._plan = plan
        self._made = made
        self._identity = identity
        self._judge = judge

    def find(self, identity: str) -> T | None:
        """The item of that id as of now."""
        item = self._table.get(key_of(self.KIND, identity))
        return record_of(self._made, item) if item else None

    def claim_send(self, item: T, at: Instant) -> T | None:
        """Lease *item* for another send; None if somebody has moved it since it was read."""
        return self.replaced(lease_for_send(item, at, self._plan))

    def claim_poll(self, item: T, at: Instant) -> T | None:
        """Move the due time of *item* out of the way of other pollers; None if somebody has moved it since it was read."""
        return self.replaced(lease_for_poll(item, at, self._plan))

    def undo_claim(self, claimed: T, undone: Callable[[T], Transition[T]], at: Instant) -> None:
        """Undo the claim of a send of which certainly no byte left, also where somebody has recorded a fact since.

        *undone* tells what becomes of the item as it stands now.
        """
        key, stored = key_of(self.KIND, self._identity(claimed)), claimed
        for _ in range(ROUNDS):
            judgement = undone(stored)
            writes = [*self._moves(stored, judgement.item)]
            if judgement.anomaly:
                told = {"word": "", "origin": self.SEND.value, "state": stored.state.value}
                writes.append(anomaly(key, judgement.anomaly, at, told))
            if not writes:
                return
            try:
                self._table.write(*writes)
            except ConditionFailed:
                found = self.find(self._identity(claimed))
                if found is None:
                    return
                stored = found
            else:
                return
        raise StoreUnavailable(f"too many writers on one {self.KIND}")

    def settle(self, identity: str, fact: F, at: Instant) -> RecordedUpdate[T] | None:
        """Record *fact*: read, judge, write, and again until it is stored or without effect. None: no such item."""
        key = key_of(self.KIND, identity)
        foreign = False
        for _ in range(ROUNDS):
            stored = self._table.get(key)
            if stored is None:
                return None
            before = record_of(self._made, stored)
            # A fact whose Alipay id is another item's settles nothing; the item stays open and due like after silence.
            judgement = self._judge(
                before, replace(fact, word=ReportedStatus.NO_INFORMATION) if foreign else fact, at, self._plan
            )
            reason = self.FOREIGN_ID if foreign else judgement.anomaly
            # What Alipay has under our id is then the other item's, so later words on it do not count either.
            taken = foreign and not before.state.final
            after = replace(judgement.item, id_taken=True) if taken else judgement.item
            writes = [*self._moves(before, after)]
            if reason:
                writes.append(anomaly(key, reason, at, self._told(fact)))
            if not writes:
                return RecordedUpdate(before)
            try:
                self._table.write(*writes)
            except ConditionFailed as conflict:
                foreign = self._points_elsewhere(conflict, identity)
                continue
            return RecordedUpdate(self._table.stored(after) if after != before else before, reason)
        raise StoreUnavailable(f"too many writers on one {self.KIND}")

    def record_unknown(self, identity: str, reason: str, fact: F, at: Instant, body: str = "") -> None:
        """Keep a fact that concerns no item of ours, or says nothing, with what may be kept of the message's *body*."""
        self._table.write(anomaly(key_of(self.KIND, identity), reason, at, self._told(fact) | {"body": body}))

    def replaced(self, item: T) -> T | None:
        """Store *item* as changed (version 0: as new); None if somebody has moved it since it was read."""
        try:
            self._table.write(self.put(item))
        except ConditionFailed:
            return None
        return self._table.stored(item)

    def put(self, item: T) -> Write:
        """The write that stores *item* over the version that it was read as."""
        identity = self._identity(item)
        return put(key_of(self.KIND, identity), item_of(self.KIND, identity, item), over=item.version)

    def points(self, item: T) -> list[Write]:
        """The write that lets Alipay's own id lead to *item*, once it is known."""
        pointer = self._pointer(item)
        return [point(pointer, self._identity(item))] if pointer else []

    def _moves(self, before: T, after: T) -> list[Write]:
        """The writes that turn *before* into *after*, in one transaction with the pointers that lead to it."""
        if after == before:
            return []
        learned = self._pointer(after) != self._pointer(before)
        return [self.put(after), *(self.points(after) if learned else [])]

    @abstractmethod
    def _pointer(self, item: T) -> Key | None:
        """Where Alipay's own id of *item* points to it, once it is known; None where Alipay gives none."""

    def _told(self, fact: F) -> dict[str, str]:
        """What an anomaly keeps of *fact*: ids, amounts, codes and the source."""
        return {
            "word": fact.word.value,
            "origin": fact.source.value,
            "code": fact.code,
            "status": fact.status,
            "amount": fact.amount.value if fact.amount else "",
            "currency": fact.amount.currency if fact.amount else "",
        }

    def _points_elsewhere(self, conflict: ConditionFailed, identity: str) -> bool:
        """Whether the race was lost to a pointer: one id of Alipay's cannot belong to two items of ours."""
        return any(item is not None and item.get("target", identity) != identity for item in conflict.current)
