"""The life of an authorization."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from autodebit.lifecycle.steps import NOTHING, Contradiction, Move, Step


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


class AuthorizationNews(StrEnum):
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


_A, _W = AuthorizationState, AuthorizationNews

AUTHORIZATION: Final[Mapping[tuple[AuthorizationState, AuthorizationNews], Step]] = {
    (_A.CONSULTED, _W.CODE): Move(_A.CODE_RECEIVED),
    (_A.CONSULTED, _W.TOKEN): Move(_A.ACTIVE),
    (_A.CONSULTED, _W.REFUSED): Move(_A.FAILED),
    (_A.CONSULTED, _W.SILENCE): Move(_A.ABANDONED),
    (_A.CONSULTED, _W.CANCELED): Contradiction("a token was cancelled before it was issued"),
    (_A.CONSULTED, _W.DEAD): Contradiction("a token was refused before it was issued"),
    (_A.CONSULTED, _W.LAPSED): Contradiction("a token ended before it was issued"),
    (_A.CODE_RECEIVED, _W.CODE): NOTHING,
    (_A.CODE_RECEIVED, _W.TOKEN): Move(_A.ACTIVE),
    (_A.CODE_RECEIVED, _W.REFUSED): Move(_A.FAILED),
    (_A.CODE_RECEIVED, _W.SILENCE): NOTHING,
    (_A.CODE_RECEIVED, _W.CANCELED): Contradiction("a token was cancelled before it was issued"),
    (_A.CODE_RECEIVED, _W.DEAD): Contradiction("a token was refused before it was issued"),
    (_A.CODE_RECEIVED, _W.LAPSED): Contradiction("a token ended before it was issued"),
    (_A.ABANDONED, _W.CODE): Move(_A.CODE_RECEIVED),
    (_A.ABANDONED, _W.TOKEN): Move(_A.ACTIVE),
    (_A.ABANDONED, _W.REFUSED): Move(_A.FAILED),
    (_A.ABANDONED, _W.SILENCE): NOTHING,
    (_A.ABANDONED, _W.CANCELED): Contradiction("a token was cancelled before it was issued"),
    (_A.ABANDONED, _W.DEAD): Contradiction("a token was refused before it was issued"),
    (_A.ABANDONED, _W.LAPSED): Contradiction("a token ended before it was issued"),
    (_A.ACTIVE, _W.CODE): NOTHING,
    (_A.ACTIVE, _W.TOKEN): NOTHING,
    (_A.ACTIVE, _W.REFUSED): Contradiction("an active authorization was refused"),
    (_A.ACTIVE, _W.SILENCE): NOTHING,
    (_A.ACTIVE, _W.CANCELED): Move(_A.REVOKED),
    (_A.ACTIVE, _W.DEAD): Move(_A.EXPIRED),
    (_A.ACTIVE, _W.LAPSED): Move(_A.EXPIRED),
    (_A.FAILED, _W.CODE): Contradiction("a code came for a failed authorization"),
    (_A.FAILED, _W.TOKEN): Contradiction("a token came for a failed authorization"),
    (_A.FAILED, _W.REFUSED): NOTHING,
    (_A.FAILED, _W.SILENCE): NOTHING,
    (_A.FAILED, _W.CANCELED): NOTHING,
    (_A.FAILED, _W.DEAD): NOTHING,
    (_A.FAILED, _W.LAPSED): NOTHING,
    (_A.REVOKED, _W.CODE): NOTHING,
    (_A.REVOKED, _W.TOKEN): Contradiction("a token came for a revoked authorization"),
    (_A.REVOKED, _W.REFUSED): NOTHING,
    (_A.REVOKED, _W.SILENCE): NOTHING,
    (_A.REVOKED, _W.CANCELED): NOTHING,
    (_A.REVOKED, _W.DEAD): NOTHING,
    (_A.REVOKED, _W.LAPSED): NOTHING,
    (_A.EXPIRED, _W.CODE): NOTHING,
    (_A.EXPIRED, _W.TOKEN): Contradiction("a token came for an expired authorization"),
    (_A.EXPIRED, _W.REFUSED): NOTHING,
    (_A.EXPIRED, _W.SILENCE): NOTHING,
    (_A.EXPIRED, _W.CANCELED): NOTHING,
    (_A.EXPIRED, _W.DEAD): NOTHING,
    (_A.EXPIRED, _W.LAPSED): NOTHING,
}
"""A resent notification brings a code that was used long ago: old news, never an anomaly."""
