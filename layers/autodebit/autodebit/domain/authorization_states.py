"""States and transition table of an authorization."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from autodebit.domain.transitions import NOTHING, InvalidTransition, MoveTo, Step


class AuthorizationState(StrEnum):
    """Where an authorization stands."""

    CONSULTED = "CONSULTED"
    CODE_RECEIVED = "CODE_RECEIVED"
    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"
    ABANDONED = "ABANDONED"
    """Nothing was heard in time; a code or a token that comes later still counts."""


class AuthorizationEvent(StrEnum):
    """What can become known of an authorization."""

    CODE = "CODE"
    TOKEN = "TOKEN"  # noqa: S105  the name of a kind of news
    REFUSED = "REFUSED"
    SILENCE = "SILENCE"
    CANCELED = "CANCELED"
    """The token was cancelled, in the wallet or by us (Alipay spells the notification with one L)."""
    DEAD = "DEAD"
    """Alipay said INVALID_ACCESS_TOKEN of the newest token."""
    LAPSED = "LAPSED"
    """The time of the newest token is over, and it could not be renewed."""


_A, _W = AuthorizationState, AuthorizationEvent

AUTHORIZATION: Final[Mapping[tuple[AuthorizationState, AuthorizationEvent], Step]] = {
    (_A.CONSULTED, _W.CODE): MoveTo(_A.CODE_RECEIVED),
    (_A.CONSULTED, _W.TOKEN): MoveTo(_A.ACTIVE),
    (_A.CONSULTED, _W.REFUSED): MoveTo(_A.FAILED),
    (_A.CONSULTED, _W.SILENCE): MoveTo(_A.ABANDONED),
    (_A.CONSULTED, _W.CANCELED): InvalidTransition("a token was cancelled before it was issued"),
    (_A.CONSULTED, _W.DEAD): InvalidTransition("a token was refused before it was issued"),
    (_A.CONSULTED, _W.LAPSED): InvalidTransition("a token ended before it was issued"),
    (_A.CODE_RECEIVED, _W.CODE): NOTHING,
    (_A.CODE_RECEIVED, _W.TOKEN): MoveTo(_A.ACTIVE),
    (_A.CODE_RECEIVED, _W.REFUSED): MoveTo(_A.FAILED),
    (_A.CODE_RECEIVED, _W.SILENCE): NOTHING,
    (_A.CODE_RECEIVED, _W.CANCELED): InvalidTransition("a token was cancelled before it was issued"),
    (_A.CODE_RECEIVED, _W.DEAD): InvalidTransition("a token was refused before it was issued"),
    (_A.CODE_RECEIVED, _W.LAPSED): InvalidTransition("a token ended before it was issued"),
    (_A.ABANDONED, _W.CODE): MoveTo(_A.CODE_RECEIVED),
    (_A.ABANDONED, _W.TOKEN): MoveTo(_A.ACTIVE),
    (_A.ABANDONED, _W.REFUSED): MoveTo(_A.FAILED),
    (_A.ABANDONED, _W.SILENCE): NOTHING,
    (_A.ABANDONED, _W.CANCELED): InvalidTransition("a token was cancelled before it was issued"),
    (_A.ABANDONED, _W.DEAD): InvalidTransition("a token was refused before it was issued"),
    (_A.ABANDONED, _W.LAPSED): InvalidTransition("a token ended before it was issued"),
    (_A.ACTIVE, _W.CODE): NOTHING,
    (_A.ACTIVE, _W.TOKEN): NOTHING,
    (_A.ACTIVE, _W.REFUSED): InvalidTransition("an active authorization was refused"),
    (_A.ACTIVE, _W.SILENCE): NOTHING,
    (_A.ACTIVE, _W.CANCELED): MoveTo(_A.REVOKED),
    (_A.ACTIVE, _W.DEAD): MoveTo(_A.EXPIRED),
    (_A.ACTIVE, _W.LAPSED): MoveTo(_A.EXPIRED),
    (_A.FAILED, _W.CODE): InvalidTransition("a code came for a failed authorization"),
    (_A.FAILED, _W.TOKEN): InvalidTransition("a token came for a failed authorization"),
    (_A.FAILED, _W.REFUSED): NOTHING,
    (_A.FAILED, _W.SILENCE): NOTHING,
    (_A.FAILED, _W.CANCELED): NOTHING,
    (_A.FAILED, _W.DEAD): NOTHING,
    (_A.FAILED, _W.LAPSED): NOTHING,
    (_A.REVOKED, _W.CODE): NOTHING,
    (_A.REVOKED, _W.TOKEN): InvalidTransition("a token came for a revoked authorization"),
    (_A.REVOKED, _W.REFUSED): NOTHING,
    (_A.REVOKED, _W.SILENCE): NOTHING,
    (_A.REVOKED, _W.CANCELED): NOTHING,
    (_A.REVOKED, _W.DEAD): NOTHING,
    (_A.REVOKED, _W.LAPSED): NOTHING,
    (_A.EXPIRED, _W.CODE): NOTHING,
    (_A.EXPIRED, _W.TOKEN): InvalidTransition("a token came for an expired authorization"),
    (_A.EXPIRED, _W.REFUSED): NOTHING,
    (_A.EXPIRED, _W.SILENCE): NOTHING,
    (_A.EXPIRED, _W.CANCELED): NOTHING,
    (_A.EXPIRED, _W.DEAD): NOTHING,
    (_A.EXPIRED, _W.LAPSED): NOTHING,
}
"""A resent notification brings a code that was used long ago: old news, never an anomaly."""
