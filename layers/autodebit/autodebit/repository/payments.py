"""Payments in the table: written ahead, settled by facts, cancelled on request."""

from autodebit.clock import Instant
from autodebit.domain.payment import (
    Payment,
    PaymentUpdate,
    judge,
    keep_cancel_unsent,
    lease_for_cancel,
    never_left,
    release_unsent_cancel,
    request_cancel,
)
from autodebit.domain.polling_plan import Plan
from autodebit.domain.tracked_request import Source, lease_for_send
from autodebit.repository.serialization import Kind
from autodebit.repository.table import Key, Table
from autodebit.repository.tracked_requests import TrackedRequests


class Payments(TrackedRequests[Payment, PaymentUpdate]):
    """The promises that the store keeps for payments. All raise StoreUnavailable when the table does not answer."""

    KIND = Kind.PAYMENT
    SEND = Source.PAY
    FOREIGN_ID = "paymentId belongs to another payment"

    def __init__(self, table: Table, plan: Plan) -> None:
        super().__init__(table, plan, made=Payment, identity=lambda payment: payment.payment_request_id, judge=judge)

    def id_of(self, payment_id: str) -> str | None:
        """The paymentRequestId that goes with Alipay's *payment_id*, if a fact has told us."""
        pointer = self._table.get(_pointer(payment_id))
        return str(pointer["target"]) if pointer else None

    def open(self, intent: Payment, at: Instant) -> Payment | None:
        """Write *intent* ahead, leased to its first sender; None if a payment of that id is already there."""
        return self.replaced(lease_for_send(intent, at, self._plan))

    def release_unsent(self, claimed: Payment, at: Instant) -> None:
        """Undo the claim of a send of which certainly no byte left."""
        self.undo_claim(claimed, lambda stored: never_left(stored, claimed, at, self._plan), at)

    def claim_cancel(self, payment: Payment, at: Instant) -> Payment | None:
        """Write the cancel of *payment* ahead, leased to its sender; None if somebody has moved the payment meanwhile."""
        return self.replaced(lease_for_cancel(payment, at, self._plan))

    def request_cancel(self, payment: Payment, at: Instant) -> Payment | None:
        """Write the cancel of *payment* ahead, to be sent later; None if somebody has moved the payment meanwhile."""
        return self.replaced(request_cancel(payment, at))

    def keep_cancel_unsent(self, payment: Payment, at: Instant) -> Payment | None:
        """Keep the cancel of a payment that was certainly never sent, without sending it; None if somebody has moved it."""
        return self.replaced(keep_cancel_unsent(payment, at, self._plan))

    def release_unsent_cancel(self, claimed: Payment, at: Instant) -> None:
        """Undo the claim of a cancel of which certainly no byte left; it stays requested and due."""
        self.replaced(release_unsent_cancel(claimed, at, self._plan))

    def _pointer(self, item: Payment) -> Key | None:
        return _pointer(item.payment_id) if item.payment_id else None

    def _told(self, fact: PaymentUpdate) -> dict[str, str]:
        ids = {"payment_request_id": fact.payment_request_id or "", "payment_id": fact.payment_id or ""}
        return super()._told(fact) | ids


def _pointer(payment_id: str) -> Key:
    return Key(f"payment-id#{payment_id}", "pointer")
