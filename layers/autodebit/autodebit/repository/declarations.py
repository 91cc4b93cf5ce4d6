"""Declarations in the table: written ahead, settled by facts, sent again only by whoever holds the version that was read."""

from autodebit.clock import Instant
from autodebit.domain.declaration import (
    Declaration,
    DeclarationUpdate,
    asked_for_receipt,
    claimed,
    judge,
    never_left,
    sent_again,
)
from autodebit.domain.polling_plan import Plan
from autodebit.domain.tracked_request import Source
from autodebit.repository.serialization import Kind
from autodebit.repository.table import Key, Table
from autodebit.repository.tracked_requests import TrackedRequests


class Declarations(TrackedRequests[Declaration, DeclarationUpdate]):
    """The promises that the store keeps for declarations. All raise StoreUnavailable when the table does not answer."""

    KIND = Kind.DECLARATION
    SEND = Source.DECLARE
    FOREIGN_ID = ""
    """Alipay has no id of its own for a declaration."""

    def __init__(self, table: Table, plan: Plan) -> None:
        super().__init__(
            table,
            plan,
            made=Declaration,
            identity=lambda declaration: declaration.declaration_request_id,
            judge=judge,
        )

    def open(self, intent: Declaration, at: Instant) -> Declaration | None:
        """Write *intent* ahead, leased to its first sender; None if a declaration of that id is already there."""
        return self.replaced(claimed(intent, at, self._plan))

    def send_again(self, declaration: Declaration, intent: Declaration, at: Instant) -> Declaration | None:
        """Write the data of *intent* ahead for one more send of *declaration*; None if somebody has moved it meanwhile."""
        return self.replaced(claimed(sent_again(declaration, intent), at, self._plan))

    def release_unsent(self, unsent: Declaration, before: Declaration | None, at: Instant) -> None:
        """Undo the claim of a send of which certainly no byte left, also where somebody has recorded a fact since."""
        self.undo_claim(unsent, lambda stored: never_left(stored, unsent, before, at, self._plan), at)

    def claim_receipt(self, declaration: Declaration, at: Instant) -> Declaration | None:
        """Note ahead that Alipay is called for the clearing data of *declaration*; None if somebody has moved it meanwhile."""
        return self.replaced(asked_for_receipt(declaration, at, self._plan))

    def _pointer(self, item: Declaration) -> Key | None:
        del item
        return None

    def _told(self, fact: DeclarationUpdate) -> dict[str, str]:
        return super()._told(fact) | {"customs_result_code": fact.customs_result_code or ""}
