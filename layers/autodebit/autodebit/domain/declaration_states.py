"""States and transition table of a customs declaration."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from autodebit.domain.request_states import RequestState
from autodebit.domain.transitions import NOTHING, InvalidTransition, MoveTo, Step


class DeclarationState(RequestState):
    """Where a declaration stands for us and for our callers."""

    INITIATED = "INITIATED"
    """The intent is stored; whether Alipay has it is not known."""
    IN_PROCESS = "IN_PROCESS"
    """Handed over to Alipay: that says nothing yet of what customs makes of it."""
    COMPLETED = "COMPLETED"
    """Alipay's CUSTOMS_PROCESSING_COMPLETED: customs has given its receipt. If that is an error, a retransmission mends it."""
    FAIL = "FAIL"
    """Alipay refused it at its first send: nothing reached customs under this id."""
    NOT_SUBMITTED = "NOT_SUBMITTED"
    """Alipay said three times that it has no record: closed, yet a record that turns up still wins."""

    @property
    def final(self) -> bool:
        """Whether the outcome is known."""
        return self in (DeclarationState.COMPLETED, DeclarationState.FAIL)

    @property
    def open(self) -> bool:
        """Whether the outcome is still to be found out."""
        return self in (DeclarationState.INITIATED, DeclarationState.IN_PROCESS)

    @property
    def at_alipay(self) -> bool:
        """Whether Alipay is known to have it, so that sending it again is a retransmission."""
        return self in (DeclarationState.IN_PROCESS, DeclarationState.COMPLETED)


class DeclarationEvent(StrEnum):
    """What a signed word of Alipay can say of a declaration."""

    ACCEPTED = "ACCEPTED"
    """Handed over (S of declare), or found on record as IN_PROCESS."""
    COMPLETED = "COMPLETED"
    """Found on record as CUSTOMS_PROCESSING_COMPLETED."""
    REFUSED = "REFUSED"
    """F to the first send of what was declared: it was not taken, whatever was sent under this id before."""
    NOT_FOUND = "NOT_FOUND"
    SENT_AGAIN = "SENT_AGAIN"
    """No word of Alipay's: a caller has it sent once more. Of what Alipay has, that is a retransmission."""


_D, _N = DeclarationState, DeclarationEvent
DECLARATION_NOT_SUBMITTED_ADVICE = (
    "Alipay has no record of this declaration. Repeat this declarationRequestId unchanged: nothing is declared twice."
)
_CALLERS_ACTED_ON_ABSENCE = "callers were told that this declaration was not submitted"
_FORGOTTEN = InvalidTransition("Alipay no longer knows a declaration that it accepted")
_NEVER_ACCEPTED = InvalidTransition("Alipay has a declaration that it refused")

DECLARATION: Final[Mapping[tuple[DeclarationState, DeclarationEvent], Step]] = {
    (_D.INITIATED, _N.ACCEPTED): MoveTo(_D.IN_PROCESS),
    (_D.INITIATED, _N.COMPLETED): MoveTo(_D.COMPLETED),
    (_D.INITIATED, _N.REFUSED): MoveTo(_D.FAIL),
    (_D.INITIATED, _N.NOT_FOUND): MoveTo(_D.NOT_SUBMITTED),
    (_D.INITIATED, _N.SENT_AGAIN): NOTHING,
    (_D.IN_PROCESS, _N.ACCEPTED): NOTHING,
    (_D.IN_PROCESS, _N.COMPLETED): MoveTo(_D.COMPLETED),
    (_D.IN_PROCESS, _N.REFUSED): NOTHING,
    (_D.IN_PROCESS, _N.NOT_FOUND): _FORGOTTEN,
    (_D.IN_PROCESS, _N.SENT_AGAIN): NOTHING,
    (_D.COMPLETED, _N.ACCEPTED): NOTHING,
    (_D.COMPLETED, _N.COMPLETED): NOTHING,
    (_D.COMPLETED, _N.REFUSED): NOTHING,
    (_D.COMPLETED, _N.NOT_FOUND): _FORGOTTEN,
    (_D.COMPLETED, _N.SENT_AGAIN): MoveTo(_D.IN_PROCESS),
    (_D.FAIL, _N.ACCEPTED): _NEVER_ACCEPTED,
    (_D.FAIL, _N.COMPLETED): _NEVER_ACCEPTED,
    (_D.FAIL, _N.REFUSED): NOTHING,
    (_D.FAIL, _N.NOT_FOUND): NOTHING,
    (_D.FAIL, _N.SENT_AGAIN): InvalidTransition("a refused declaration was sent again"),
    (_D.NOT_SUBMITTED, _N.ACCEPTED): MoveTo(_D.IN_PROCESS, _CALLERS_ACTED_ON_ABSENCE),
    (_D.NOT_SUBMITTED, _N.COMPLETED): MoveTo(_D.COMPLETED, _CALLERS_ACTED_ON_ABSENCE),
    (_D.NOT_SUBMITTED, _N.REFUSED): MoveTo(_D.FAIL),
    (_D.NOT_SUBMITTED, _N.NOT_FOUND): NOTHING,
    (_D.NOT_SUBMITTED, _N.SENT_AGAIN): MoveTo(_D.INITIATED),
}
"""A retransmission that is refused leaves the declaration as it was: the next inquiry tells. FAIL never changes."""
