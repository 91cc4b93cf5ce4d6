"""States and transition table of a secondary merchant's registration. Accepted is not approved: only the end of the review is."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from autodebit.domain.transitions import NOTHING, InvalidTransition, MoveTo, Step


class RegistrationState(StrEnum):
    """Where a registration stands."""

    INITIATED = "INITIATED"
    """The intent is stored; whether Alipay has it is not known."""
    PENDING = "PENDING"
    """Alipay has accepted the request, and wallets review it: for minutes or for days."""
    COMPLETED = "COMPLETED"
    """The review is over. What each wallet said stands beside it, and may still change."""
    REJECTED = "REJECTED"
    FAIL = "FAIL"
    """Alipay refused the request itself; no wallet has seen it."""

    @property
    def open(self) -> bool:
        """Whether the outcome is still to be found out."""
        return self in (RegistrationState.INITIATED, RegistrationState.PENDING)

    @property
    def reviewed(self) -> bool:
        """Whether the review has ended, one way or the other."""
        return self in (RegistrationState.COMPLETED, RegistrationState.REJECTED)


class RegistrationEvent(StrEnum):
    """What a signed word of Alipay can say of a registration."""

    UNDER_REVIEW = "UNDER_REVIEW"
    """The request was accepted, or an inquiry or a notification says PENDING."""
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    REFUSED = "REFUSED"
    """F to a send before which no other can have been acted on."""
    NOT_FOUND = "NOT_FOUND"
    """RECORD_NOT_FOUND, often enough to be believed."""


_R, _N = RegistrationState, RegistrationEvent
_REVIEWED_ALL_THE_SAME = InvalidTransition("a review was reported of a registration that Alipay had refused")
_REFUSED_ALL_THE_SAME = InvalidTransition("Alipay refused a registration that it has under review or reviewed")

REGISTRATION: Final[Mapping[tuple[RegistrationState, RegistrationEvent], Step]] = {
    (_R.INITIATED, _N.UNDER_REVIEW): MoveTo(_R.PENDING),
    (_R.INITIATED, _N.COMPLETED): MoveTo(_R.COMPLETED),
    (_R.INITIATED, _N.REJECTED): MoveTo(_R.REJECTED),
    (_R.INITIATED, _N.REFUSED): MoveTo(_R.FAIL),
    (_R.INITIATED, _N.NOT_FOUND): NOTHING,
    (_R.PENDING, _N.UNDER_REVIEW): NOTHING,
    (_R.PENDING, _N.COMPLETED): MoveTo(_R.COMPLETED),
    (_R.PENDING, _N.REJECTED): MoveTo(_R.REJECTED),
    (_R.PENDING, _N.REFUSED): _REFUSED_ALL_THE_SAME,
    (_R.PENDING, _N.NOT_FOUND): InvalidTransition("Alipay no longer knows a registration that it had under review"),
    (_R.COMPLETED, _N.UNDER_REVIEW): NOTHING,
    (_R.COMPLETED, _N.COMPLETED): NOTHING,
    (_R.COMPLETED, _N.REJECTED): InvalidTransition("a rejection was reported of a completed registration"),
    (_R.COMPLETED, _N.REFUSED): _REFUSED_ALL_THE_SAME,
    (_R.COMPLETED, _N.NOT_FOUND): InvalidTransition("Alipay no longer knows a completed registration"),
    (_R.REJECTED, _N.UNDER_REVIEW): NOTHING,
    (_R.REJECTED, _N.COMPLETED): InvalidTransition("a completion was reported of a rejected registration"),
    (_R.REJECTED, _N.REJECTED): NOTHING,
    (_R.REJECTED, _N.REFUSED): _REFUSED_ALL_THE_SAME,
    (_R.REJECTED, _N.NOT_FOUND): NOTHING,
    (_R.FAIL, _N.UNDER_REVIEW): _REVIEWED_ALL_THE_SAME,
    (_R.FAIL, _N.COMPLETED): _REVIEWED_ALL_THE_SAME,
    (_R.FAIL, _N.REJECTED): _REVIEWED_ALL_THE_SAME,
    (_R.FAIL, _N.REFUSED): NOTHING,
    (_R.FAIL, _N.NOT_FOUND): NOTHING,
}
"""A late PENDING is old news, never a step back. RECORD_NOT_FOUND closes nothing: a repeat of the id sends it again."""
