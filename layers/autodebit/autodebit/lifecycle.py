"""The life of a payment and of an authorization, as two tables. No clock, no AWS, no HTTP.

A table answers one question: given where an item stands and what has become known, where does it stand now? What is not a
move is either nothing new (the state stays) or a contradiction, which is recorded as an anomaly and never applied.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class PaymentState(StrEnum):
    """Where a payment stands for us and for our callers."""

    INITIATED = "INITIATED"
    """The intent is stored; whether Alipay has it is not known."""
    PROCESSING = "PROCESSING"
    """Alipay has answered, and not finally."""
    SUCCESS = "SUCCESS"
    FAIL = "FAIL"
    CANCELLED = "CANCELLED"
    NOT_SUBMITTED = "NOT_SUBMITTED"
    """Alipay said three times that it does not know the payment: closed, yet a signed outcome still wins."""

    @property
    def final(self) -> bool:
        """Whether the outcome is known. SUCCESS is final although a confirmed cancel may still turn it to CANCELLED."""
        return self in (PaymentState.SUCCESS, PaymentState.FAIL, PaymentState.CANCELLED)

    @property
    def open(self) -> bool:
        """Whether the outcome is still to be found out."""
        return self in (PaymentState.INITIATED, PaymentState.PROCESSING)


class PaymentNews(StrEnum):
    """What a signed word of Alipay can say of a payment."""

    PENDING = "PENDING"
    PAID = "PAID"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    ABSENT = "ABSENT"


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


@dataclass(frozen=True, slots=True)
class Move:
    """Where the item goes; *anomaly* says why people should look although the move is made."""

    to: str
    anomaly: str = ""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The news contradicts what is final: recorded, counted, alarmed, not applied."""

    anomaly: str


class _Nothing:
    """The news changes nothing."""


NOTHING: Final = _Nothing()
Step = Move | Contradiction | _Nothing

_P, _N = PaymentState, PaymentNews
_A, _W = AuthorizationState, AuthorizationNews
NOT_SUBMITTED_ADVICE = (
    "Alipay does not know this payment. Repeat this paymentRequestId or cancel it before taking a new one."
)
TOLD_OTHERWISE = "callers were told that this payment was not submitted"

PAYMENT: Final[Mapping[tuple[PaymentState, PaymentNews], Step]] = {
    (_P.INITIATED, _N.PENDING): Move(_P.PROCESSING),
    (_P.INITIATED, _N.PAID): Move(_P.SUCCESS),
    (_P.INITIATED, _N.FAILED): Move(_P.FAIL),
    (_P.INITIATED, _N.CANCELLED): Move(_P.CANCELLED),
    (_P.INITIATED, _N.ABSENT): Move(_P.NOT_SUBMITTED),
    (_P.PROCESSING, _N.PENDING): NOTHING,
    (_P.PROCESSING, _N.PAID): Move(_P.SUCCESS),
    (_P.PROCESSING, _N.FAILED): Move(_P.FAIL),
    (_P.PROCESSING, _N.CANCELLED): Move(_P.CANCELLED),
    (_P.PROCESSING, _N.ABSENT): Move(_P.NOT_SUBMITTED),
    (_P.NOT_SUBMITTED, _N.PENDING): Move(_P.PROCESSING, TOLD_OTHERWISE),
    (_P.NOT_SUBMITTED, _N.PAID): Move(_P.SUCCESS, TOLD_OTHERWISE),
    (_P.NOT_SUBMITTED, _N.FAILED): Move(_P.FAIL),
    (_P.NOT_SUBMITTED, _N.CANCELLED): Move(_P.CANCELLED),
    (_P.NOT_SUBMITTED, _N.ABSENT): NOTHING,
    (_P.SUCCESS, _N.PENDING): NOTHING,
    (_P.SUCCESS, _N.PAID): NOTHING,
    (_P.SUCCESS, _N.FAILED): Contradiction("a failure was reported of a successful payment"),
    (_P.SUCCESS, _N.CANCELLED): Move(_P.CANCELLED),
    (_P.SUCCESS, _N.ABSENT): Contradiction("Alipay no longer knows a successful payment"),
    (_P.FAIL, _N.PENDING): NOTHING,
    (_P.FAIL, _N.PAID): Contradiction("a success was reported of a failed payment"),
    (_P.FAIL, _N.FAILED): NOTHING,
    (_P.FAIL, _N.CANCELLED): Contradiction("a cancellation was reported of a failed payment"),
    (_P.FAIL, _N.ABSENT): NOTHING,
    (_P.CANCELLED, _N.PENDING): NOTHING,
    (_P.CANCELLED, _N.PAID): Contradiction("a success was reported of a cancelled payment"),
    (_P.CANCELLED, _N.FAILED): Contradiction("a failure was reported of a cancelled payment"),
    (_P.CANCELLED, _N.CANCELLED): NOTHING,
    (_P.CANCELLED, _N.ABSENT): NOTHING,
}
"""A late PENDING is old news, never a step back. FAIL and CANCELLED never change; SUCCESS changes only to CANCELLED."""

AUTHORIZATION: Final[Mapping[tuple[AuthorizationState, AuthorizationNews], Step]] = {
    (_A.CONSULTED, _W.CODE): Move(_A.CODE_RECEIVED),
    (_A.CONSULTED, _W.TOKEN): Move(_A.ACTIVE),
    (_A.CONSULTED, _W.REFUSED): Move(_A.FAILED),
    (_A.CONSULTED, _W.SILENCE): Move(_A.ABANDONED),
    (_A.CONSULTED, _W.CANCELED): Contradiction("a token was cancelled before it was issued"),
    (_A.CONSULTED, _W.DEAD): Contradiction("a token was refused before it was issued"),
    (_A.CODE_RECEIVED, _W.CODE): NOTHING,
    (_A.CODE_RECEIVED, _W.TOKEN): Move(_A.ACTIVE),
    (_A.CODE_RECEIVED, _W.REFUSED): Move(_A.FAILED),
    (_A.CODE_RECEIVED, _W.SILENCE): NOTHING,
    (_A.CODE_RECEIVED, _W.CANCELED): Contradiction("a token was cancelled before it was issued"),
    (_A.CODE_RECEIVED, _W.DEAD): Contradiction("a token was refused before it was issued"),
    (_A.ABANDONED, _W.CODE): Move(_A.CODE_RECEIVED),
    (_A.ABANDONED, _W.TOKEN): Move(_A.ACTIVE),
    (_A.ABANDONED, _W.REFUSED): Move(_A.FAILED),
    (_A.ABANDONED, _W.SILENCE): NOTHING,
    (_A.ABANDONED, _W.CANCELED): Contradiction("a token was cancelled before it was issued"),
    (_A.ABANDONED, _W.DEAD): Contradiction("a token was refused before it was issued"),
    (_A.ACTIVE, _W.CODE): NOTHING,
    (_A.ACTIVE, _W.TOKEN): NOTHING,
    (_A.ACTIVE, _W.REFUSED): Contradiction("an active authorization was refused"),
    (_A.ACTIVE, _W.SILENCE): NOTHING,
    (_A.ACTIVE, _W.CANCELED): Move(_A.REVOKED),
    (_A.ACTIVE, _W.DEAD): Move(_A.EXPIRED),
    (_A.FAILED, _W.CODE): Contradiction("a code came for a failed authorization"),
    (_A.FAILED, _W.TOKEN): Contradiction("a token came for a failed authorization"),
    (_A.FAILED, _W.REFUSED): NOTHING,
    (_A.FAILED, _W.SILENCE): NOTHING,
    (_A.FAILED, _W.CANCELED): NOTHING,
    (_A.FAILED, _W.DEAD): NOTHING,
    (_A.REVOKED, _W.CODE): NOTHING,
    (_A.REVOKED, _W.TOKEN): Contradiction("a token came for a revoked authorization"),
    (_A.REVOKED, _W.REFUSED): NOTHING,
    (_A.REVOKED, _W.SILENCE): NOTHING,
    (_A.REVOKED, _W.CANCELED): NOTHING,
    (_A.REVOKED, _W.DEAD): NOTHING,
    (_A.EXPIRED, _W.CODE): NOTHING,
    (_A.EXPIRED, _W.TOKEN): Contradiction("a token came for an expired authorization"),
    (_A.EXPIRED, _W.REFUSED): NOTHING,
    (_A.EXPIRED, _W.SILENCE): NOTHING,
    (_A.EXPIRED, _W.CANCELED): NOTHING,
    (_A.EXPIRED, _W.DEAD): NOTHING,
}
"""A resent notification brings a code that was used long ago: old news, never an anomaly."""
