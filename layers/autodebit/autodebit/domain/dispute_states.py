"""States and transition table of a dispute. The final state does not depend on the order of the notifications.

The states are ranked: created, defended, cancelled, accepted, judged. A notification of a lower rank that comes late is old news
and never a step back; a judgement, which says where the money goes, stands above everything else.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from autodebit.domain.transitions import NOTHING, InvalidTransition, MoveTo, Step


class DisputeState(StrEnum):
    """Where a dispute stands."""

    CREATED = "CREATED"
    """Open: the merchant may defend it until its due time."""
    DEFENDED = "DEFENDED"
    """The documents of the defence are with Alipay."""
    CANCELLED = "CANCELLED"
    """The customer has withdrawn it."""
    ACCEPTED = "ACCEPTED"
    """The merchant has accepted it, or did not answer in time."""
    JUDGED = "JUDGED"
    """The result and the amount stand beside it."""


class DisputeEvent(StrEnum):
    """What a notification says of a dispute: the values of disputeNotificationType, in the order of their rank."""

    CREATED = "DISPUTE_CREATED"
    DUE_ALERT = "DEFENSE_DUE_ALERT"
    """The time for the defence is nearly over. It moves no state."""
    RDR_RESOLVED = "RDR_RESOLVED"
    """Settled by Rapid Dispute Resolution: there is nothing to defend. It moves no state."""
    DEFENDED = "DEFENSE_SUPPLIED"
    CANCELLED = "DISPUTE_CANCELLED"
    ACCEPTED = "DISPUTE_ACCEPTED"
    JUDGED = "DISPUTE_JUDGED"

    @property
    def rank(self) -> int:
        """Above that of every event that comes before it in the life of a dispute; at least 1."""
        return list(DisputeEvent).index(self) + 1

    @property
    def alert(self) -> bool:
        """Whether it tells something and moves nothing."""
        return self in (DisputeEvent.DUE_ALERT, DisputeEvent.RDR_RESOLVED)


_S, _E = DisputeState, DisputeEvent
_CANCELLED_AND_MORE = "a dispute was cancelled, and accepted or judged all the same"

DISPUTE: Final[Mapping[tuple[DisputeState, DisputeEvent], Step]] = {
    **{(state, event): NOTHING for state in _S for event in (_E.CREATED, _E.DUE_ALERT, _E.RDR_RESOLVED)},
    (_S.CREATED, _E.DEFENDED): MoveTo(_S.DEFENDED),
    (_S.CREATED, _E.CANCELLED): MoveTo(_S.CANCELLED),
    (_S.CREATED, _E.ACCEPTED): MoveTo(_S.ACCEPTED),
    (_S.CREATED, _E.JUDGED): MoveTo(_S.JUDGED),
    (_S.DEFENDED, _E.DEFENDED): NOTHING,
    (_S.DEFENDED, _E.CANCELLED): MoveTo(_S.CANCELLED),
    (_S.DEFENDED, _E.ACCEPTED): MoveTo(_S.ACCEPTED),
    (_S.DEFENDED, _E.JUDGED): MoveTo(_S.JUDGED),
    (_S.CANCELLED, _E.DEFENDED): NOTHING,
    (_S.CANCELLED, _E.CANCELLED): NOTHING,
    (_S.CANCELLED, _E.ACCEPTED): MoveTo(_S.ACCEPTED, _CANCELLED_AND_MORE),
    (_S.CANCELLED, _E.JUDGED): MoveTo(_S.JUDGED, _CANCELLED_AND_MORE),
    (_S.ACCEPTED, _E.DEFENDED): NOTHING,
    (_S.ACCEPTED, _E.CANCELLED): InvalidTransition(_CANCELLED_AND_MORE),
    (_S.ACCEPTED, _E.ACCEPTED): NOTHING,
    (_S.ACCEPTED, _E.JUDGED): MoveTo(_S.JUDGED),
    (_S.JUDGED, _E.DEFENDED): NOTHING,
    (_S.JUDGED, _E.CANCELLED): InvalidTransition(_CANCELLED_AND_MORE),
    (_S.JUDGED, _E.ACCEPTED): NOTHING,
    (_S.JUDGED, _E.JUDGED): NOTHING,
}
