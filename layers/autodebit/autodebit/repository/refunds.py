"""Refunds in the table: each holds its amount on the payment until Alipay has said that it failed.

Payments that were made elsewhere are adopted here, because they come with their refunds.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import replace

from autodebit.clock import Instant
from autodebit.domain.payment import Payment
from autodebit.domain.polling_plan import Plan
from autodebit.domain.refund import Refund, RefundUpdate, judge, never_left
from autodebit.domain.tracked_request import Source, lease_for_send
from autodebit.errors import StoreUnavailable
from autodebit.repository.payments import Payments
from autodebit.repository.serialization import Kind
from autodebit.repository.table import ConditionFailed, Key, Table, Write
from autodebit.repository.tracked_requests import ROUNDS, TrackedRequests

_ONE_TRANSACTION = 90
"""Writes that go together; DynamoDB takes 100."""


class Refunds(TrackedRequests[Refund, RefundUpdate]):
    """The promises that the store keeps for refunds. All raise StoreUnavailable when the table does not answer."""

    KIND = Kind.REFUND
    SEND = Source.REFUND
    FOREIGN_ID = "refundId belongs to another refund"

    def __init__(self, table: Table, plan: Plan, payments: Payments) -> None:
        super().__init__(table, plan, made=Refund, identity=lambda refund: refund.refund_request_id, judge=judge)
        self._payments = payments

    def id_of(self, refund_id: str) -> str | None:
        """The refundRequestId that goes with Alipay's *refund_id*, if a fact has told us."""
        pointer = self._table.get(_pointer(refund_id))
        return str(pointer["target"]) if pointer else None

    def open(self, intent: Refund, payment: Payment, at: Instant) -> Refund | None:
        """Write *intent* ahead, leased to its sender, and reserve its amount on *payment*, in one transaction.

        *intent* is new, or one whose amount was released. None if somebody has moved it, or the payment, since it was read.
        """
        claimed = lease_for_send(replace(intent, amount_released=False), at, self._plan)
        held = replace(payment, reserved=payment.reserved + int(intent.amount.value))
        try:
            self._table.write(self.put(claimed), self._payments.put(held))
        except ConditionFailed:
            return None
        return self._table.stored(claimed)

    def adopt(self, payment: Payment, refunds: Sequence[Refund]) -> Payment | None:
        """Store a payment that was made elsewhere, with its refunds; if somebody was faster, what is stored.

        Those under way come in one transaction with the payment that holds their amounts: one that failed between two
        writes would free its amount before it was held, and hold it for ever. Final ones never change, and come before.
        More than a transaction takes are stored one by one, beneath a payment that is marked as being imported and holds its
        whole amount: whoever meets the mark calls this again, with Alipay's latest word, and the last write takes it away.
        None: its paymentId belongs to another payment, or somebody is adopting it at this very moment.
        """
        for refund in refunds:
            if refund.state.final:
                self._stored_once(refund)
        writes = [self._payments.put(payment), *self._payments.points(payment)]
        for refund in refunds:
            if refund.state.open:
                writes += [self.put(refund), *self.points(refund)]
        if payment.importing or len(writes) > _ONE_TRANSACTION:
            return self._adopted_in_pieces(payment, refunds)
        with contextlib.suppress(ConditionFailed):
            self._table.write(*writes)
        stored = self._payments.find(payment.payment_request_id)
        # One of the refunds may be known already, of another payment even: then each is looked at by itself.
        return stored or self._adopted_in_pieces(payment, refunds)

    def _adopted_in_pieces(self, payment: Payment, refunds: Sequence[Refund]) -> Payment | None:
        """*payment* with any number of *refunds*; the writes may end after each of them, and begin again."""
        whole = int(payment.amount.value)
        if not payment.importing:
            marked = replace(payment, importing=True, reserved=whole)
            with contextlib.suppress(ConditionFailed):
                self._table.write(self._payments.put(marked), *self._payments.points(marked))
        for _ in range(ROUNDS):
            stored = self._payments.find(payment.payment_request_id)
            if stored is None or not stored.importing:
                return stored
            now = [self._stored_once(refund) for refund in refunds]
            # A refund that fails meanwhile moves the payment, too: then this write meets a conflict, and all is added up again.
            ours = [(current, told) for current, told in zip(now, refunds, strict=True) if _same_payment(current, told)]
            changed = sum(current.held - told.held for current, told in ours)
            # The amount of a refund whose id we hold for another payment cannot be followed: all of it is held.
            known = len(ours) == len(refunds)
            reserved = min(max(payment.reserved + changed, 0), whole) if known else whole
            done = self._payments.replaced(replace(stored, importing=False, reserved=reserved))
            if done is not None:
                return done
        raise StoreUnavailable("too many writers on one payment")

    def _stored_once(self, refund: Refund) -> Refund:
        """*refund*, stored if it was not; as it stands now if it was."""
        known = self.find(refund.refund_request_id)
        if known is not None:
            return known
        try:
            self._table.write(self.put(refund), *self.points(refund))
        except ConditionFailed:
            # Somebody was faster, or its refundId leads to another refund: then it is found by its own id only.
            return self.find(refund.refund_request_id) or self.replaced(refund) or refund
        return self._table.stored(refund)

    def release_unsent(self, claimed: Refund, at: Instant) -> None:
        """Undo the claim of a send of which certainly no byte left.

        A refund of which no request has ever left frees its amount in the same transaction.
        """
        self.undo_claim(claimed, lambda stored: never_left(stored, claimed, at, self._plan), at)

    def _moves(self, before: Refund, after: Refund) -> list[Write]:
        """The writes that turn *before* into *after*: what it holds of the payment's amount changes in the same transaction.

        Only a signed failure, or the certainty that no request has ever left, frees an amount.
        """
        writes = super()._moves(before, after)
        if after.held == before.held:
            return writes
        payment = self._payments.find(after.payment_request_id)
        if payment is None:
            return writes
        reserved = max(payment.reserved + after.held - before.held, 0)
        return [*writes, self._payments.put(replace(payment, reserved=reserved))]

    def _pointer(self, item: Refund) -> Key | None:
        return _pointer(item.refund_id) if item.refund_id else None

    def _told(self, fact: RefundUpdate) -> dict[str, str]:
        ids = {
            "refund_request_id": fact.refund_request_id or "",
            "refund_id": fact.refund_id or "",
            "payment_id": fact.payment_id or "",
        }
        return super()._told(fact) | ids


def _same_payment(one: Refund, other: Refund) -> bool:
    return one.payment_request_id == other.payment_request_id


def _pointer(refund_id: str) -> Key:
    return Key(f"refund-id#{refund_id}", "pointer")
