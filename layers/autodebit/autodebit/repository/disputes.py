"""What the store promises of disputes: each is kept from its first notification on, and found beside its payment."""

from collections.abc import Sequence

from autodebit.clock import Instant
from autodebit.domain.dispute import Dispute, DisputeTransition, DisputeUpdate, apply_update, new_dispute, warned
from autodebit.errors import StoreUnavailable
from autodebit.repository.anomalies import anomaly
from autodebit.repository.serialization import Kind, item_of, key_of, record_of
from autodebit.repository.table import ConditionFailed, Key, Table, Write, point, put
from autodebit.repository.tracked_requests import ROUNDS


class Disputes:
    """The promises that the store keeps for disputes. All raise StoreUnavailable when the table does not answer."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, dispute_id: str) -> Dispute | None:
        """The dispute of that id as of now."""
        item = self._table.get(key_of(Kind.DISPUTE, dispute_id))
        return record_of(Dispute, item) if item else None

    def apply(
        self, update: DisputeUpdate, at: Instant, body: str, *, if_new: Sequence[str] = (), always: Sequence[str] = ()
    ) -> tuple[DisputeTransition, list[str]]:
        """Record *update*: read, apply, write, and again until it is stored or without effect; never without a dispute.

        Returns what became of it, and the reasons of the anomalies that were stored with it in the same transaction: those of the
        update itself, *always*, and *if_new* where this is the first notification of the dispute. *body* is what is kept of it.
        """
        for _ in range(ROUNDS):
            before = self.find(update.dispute_id)
            transition = apply_update(before or new_dispute(update, at), update, at)
            reasons = [*([transition.anomaly] if transition.anomaly else []), *always, *(() if before else if_new)]
            writes = [
                *_changes(before, transition.dispute),
                *(_anomaly(reason, update, at, body) for reason in reasons),
            ]
            if not writes:
                return transition, reasons
            try:
                self._table.write(*writes)
            except ConditionFailed:
                continue
            return transition, reasons
        raise StoreUnavailable("too many writers on one dispute")

    def record_unknown(self, update: DisputeUpdate, reason: str, at: Instant, body: str) -> None:
        """Keep a notification that does not tell which dispute it speaks of."""
        self._table.write(_anomaly(reason, update, at, body))

    def note_warned(self, dispute: Dispute, at: Instant) -> None:
        """Note that people were warned; without effect if somebody has moved the dispute since it was read."""
        try:
            self._table.write(_put(warned(dispute, at)))
        except ConditionFailed:
            return


def _changes(before: Dispute | None, after: Dispute) -> list[Write]:
    """The writes that store *after* in place of *before*, and beside its payment a pointer to it."""
    if after == before:
        return []
    known = before.payment_request_id if before else ""
    if not after.payment_request_id or after.payment_request_id == known:
        return [_put(after)]
    beside = Key(key_of(Kind.PAYMENT, after.payment_request_id).pk, f"dispute#{after.dispute_id}")
    return [_put(after), point(beside, after.dispute_id)]


def _put(dispute: Dispute) -> Write:
    """The write that stores *dispute* over the version that it was read as."""
    item = item_of(Kind.DISPUTE, dispute.dispute_id, dispute)
    return put(key_of(Kind.DISPUTE, dispute.dispute_id), item, over=dispute.version)


def _anomaly(reason: str, update: DisputeUpdate, at: Instant, body: str) -> Write:
    told = {
        "notification": update.event.value if update.event else "",
        "dispute_id": update.dispute_id,
        "payment_request_id": update.payment_request_id,
        "payment_id": update.payment_id,
        "body": body,
    }
    return anomaly(key_of(Kind.DISPUTE, update.dispute_id), reason, at, told)
