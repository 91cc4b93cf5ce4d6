"""States and transition table of an authentication: a one-time password that shows that a wallet's customer is present."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from autodebit.domain.transitions import NOTHING, InvalidTransition, MoveTo, Step


class AuthenticationState(StrEnum):
    """Where an authentication stands."""

    INITIATED = "INITIATED"
    """Stored, perhaps sent: the customer may have a password."""
    SENT = "SENT"
    PASSED = "PASSED"
    FAILED = "FAILED"


class AuthenticationEvent(StrEnum):
    """What can become known of an authentication."""

    SENT = "SENT"
    """The wallet has sent a password."""
    REFUSED = "REFUSED"
    """Alipay refused the only request to send one."""
    RIGHT = "RIGHT"
    WRONG = "WRONG"
    """What the customer typed is not the password; another try may be."""
    USELESS = "USELESS"
    """Token or customer are no longer good: no try can pass any more."""


_A, _W = AuthenticationState, AuthenticationEvent

AUTHENTICATION: Final[Mapping[tuple[AuthenticationState, AuthenticationEvent], Step]] = {
    (_A.INITIATED, _W.SENT): MoveTo(_A.SENT),
    (_A.INITIATED, _W.REFUSED): MoveTo(_A.FAILED),
    (_A.INITIATED, _W.RIGHT): MoveTo(_A.PASSED),
    # Whoever compares has a password to compare with: it was sent, although its answer was lost.
    (_A.INITIATED, _W.WRONG): MoveTo(_A.SENT),
    (_A.INITIATED, _W.USELESS): MoveTo(_A.FAILED),
    (_A.SENT, _W.SENT): NOTHING,
    (_A.SENT, _W.REFUSED): NOTHING,
    (_A.SENT, _W.RIGHT): MoveTo(_A.PASSED),
    (_A.SENT, _W.WRONG): NOTHING,
    (_A.SENT, _W.USELESS): MoveTo(_A.FAILED),
    (_A.PASSED, _W.SENT): NOTHING,
    (_A.PASSED, _W.REFUSED): NOTHING,
    (_A.PASSED, _W.RIGHT): NOTHING,
    (_A.PASSED, _W.WRONG): NOTHING,
    (_A.PASSED, _W.USELESS): NOTHING,
    (_A.FAILED, _W.SENT): InvalidTransition("a password was sent for an authentication that had failed"),
    (_A.FAILED, _W.REFUSED): NOTHING,
    (_A.FAILED, _W.RIGHT): InvalidTransition("an authentication that had failed was passed"),
    (_A.FAILED, _W.WRONG): NOTHING,
    (_A.FAILED, _W.USELESS): NOTHING,
}
"""A repeat of initAuthentication sends no second password, so whatever it is answered, the first one stays good."""
