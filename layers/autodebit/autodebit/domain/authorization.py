"""An authorization, the grant (tokens behind a handle) that comes of it, and the code that turns one into the other."""

from dataclasses import dataclass, replace
from enum import StrEnum

from autodebit.clock import Instant
from autodebit.domain.authorization_states import AUTHORIZATION, AuthorizationEvent, AuthorizationState
from autodebit.domain.stored import StoredRecord
from autodebit.domain.transitions import InvalidTransition, MoveTo


@dataclass(frozen=True, slots=True)
class Authorization(StoredRecord):
    """What a caller asked for with consult, keyed by authState."""

    auth_state: str
    state: AuthorizationState
    fingerprint: str
    body: str
    """The request as first sent; it names the wallet, which the notification of the code does not."""
    wallet: str
    created_at: Instant
    version: int = 0
    sends: int = 0
    due_at: Instant | None = None
    grant: str = ""
    """The handle of the access token, once there is one."""
    result_code: str = ""
    result_message: str = ""
    answer: str = ""
    """Alipay's own answer to consult, replayed to repeats."""


class GrantState(StrEnum):
    """Whether the tokens of a grant may be used."""

    PENDING = "PENDING"
    """Only a refresh token is known yet: a merchant brought it along."""
    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Revocation(StoredRecord):
    """A revoke that is wanted: written ahead on its grant, and sent until the newest token is dead."""

    requested_at: Instant
    body: str = ""
    """The caller's request without its token; empty for a revoke of our own."""
    sends: int = 0
    """How many sends of the newest token may have reached Alipay."""
    tries: int = 0
    """How often it was tried; the waits between tries grow with it."""

    @property
    def created_at(self) -> Instant:
        """When it was first seen: the rules about sends call it so for every kind of request."""
        return self.requested_at


@dataclass(frozen=True, slots=True)
class Grant(StoredRecord):
    """A customer's consent as we can use it: two handles, behind which the versions of the tokens change."""

    handle: str
    """`tok_...`: what callers hold in the place of the access token."""
    refresh_handle: str
    wallet: str
    state: GrantState
    created_at: Instant
    version: int = 0
    newest: int = 0
    """The version of the newest token; 0 while there is none."""
    auth_state: str = ""
    earlier: tuple[str, ...] = ()
    """Older authorizations that led to the very same token: a wallet may issue one again. They end together."""
    lease_until: Instant = 0
    """While somebody may be sending a refresh or a revoke: never both."""
    due_at: Instant | None = None
    refreshes: int = 0
    """Refreshes begun since the last one that ended; above 0 a poller repeats the refresh."""
    refresh_body: str = ""
    """The applyToken request that renews its tokens, without the refresh token."""
    revocation: Revocation | None = None
    access_until: Instant = 0
    """When the newest access token ends; 0 where that is not known."""
    refresh_until: Instant = 0
    refreshable: bool = False
    """Whether the newest version has a refresh token."""
    not_renewed: str = ""
    """Why the newest token, close to its end, was not renewed; an event tells of it once."""
    reason: str = ""
    ending: AuthorizationEvent | None = None
    """What its authorizations are still to be told of its end: there are more of them than fit into one transaction."""
    wallet_confirmed: bool = False
    """Whether Alipay has acted on a request that named this token together with *wallet*."""

    @property
    def wallet_known(self) -> bool:
        """Whether the token is certainly that wallet's: confirmed by Alipay, or named by the consent that led to it.

        The wallet of a raw token that a caller brought is a claim of that caller until a request with it succeeds.
        """
        return bool(self.wallet) and (self.wallet_confirmed or bool(self.auth_state))

    @property
    def usable(self) -> bool:
        """Whether a payment may be tried with it."""
        return self.state is GrantState.ACTIVE and self.revocation is None

    @property
    def ended(self) -> bool:
        """Whether its tokens are dead for good, or meant to be."""
        return self.state in (GrantState.REVOKED, GrantState.EXPIRED)

    @property
    def under_way(self) -> bool:
        """Whether a refresh, a revoke or its end is still to be finished."""
        return self.refreshes > 0 or self.revocation is not None or self.ending is not None

    @property
    def auth_states(self) -> tuple[str, ...]:
        """All authorizations that led to it, each once."""
        return tuple(dict.fromkeys(name for name in (self.auth_state, *self.earlier) if name))

    @property
    def standing(self) -> str:
        """Where it stands, in words for callers."""
        return "being revoked" if self.revocation is not None and not self.ended else self.state.value.lower()


@dataclass(frozen=True, slots=True)
class Token:
    """One version of the tokens of a grant, in clear: it lives in memory only, the repository stores it encrypted."""

    access: str
    refresh: str = ""
    access_expires: str = ""
    refresh_expires: str = ""

    def __repr__(self) -> str:
        return "Token(...)"


class CodeState(StrEnum):
    """How far the exchange of an authorization code has come."""

    WAITING = "WAITING"
    EXCHANGED = "EXCHANGED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class AuthCode(StoredRecord):
    """An authorization code on its way to a token, keyed by its SHA-256. The code itself is stored encrypted."""

    digest: str
    state: CodeState
    body: str
    """The applyToken request without the code."""
    wallet: str
    created_at: Instant
    version: int = 0
    auth_state: str = ""
    """Known once the notification has come; the redirect does not tell us."""
    sends: int = 0
    lost: bool = False
    """Whether an answer that Alipay may have given was lost."""
    lease_until: Instant = 0
    polls: int = 0
    due_at: Instant | None = None
    grant: str = ""
    answer: str = ""
    """Alipay's answer, with handles in the place of tokens."""
    result_code: str = ""
    expires_at: int | None = None
    """When the table may forget a finished exchange: seconds since the epoch."""

    def refused_for_another(self, wallet: str) -> bool:
        """Whether it was refused under a wallet that only a caller had named, and that is not *wallet*."""
        return self.state is CodeState.FAILED and self.wallet != wallet and not self.auth_state


def for_wallet(known: AuthCode, fresh: AuthCode) -> AuthCode:
    """*known* for the wallet of *fresh*. One that was refused or is still tried under another wallet is tried anew."""
    if known.wallet == fresh.wallet:
        return known
    if known.state is CodeState.EXCHANGED:
        return replace(known, wallet=fresh.wallet)
    anew = replace(known, state=CodeState.WAITING, body=fresh.body, wallet=fresh.wallet, expires_at=None)
    if known.state is CodeState.WAITING:
        return anew
    return replace(anew, answer="", result_code="", sends=0, lost=False, lease_until=0, due_at=fresh.due_at)


@dataclass(frozen=True, slots=True)
class AuthorizationTransition:
    """What becomes of an authorization once news of it is known."""

    authorization: Authorization
    anomaly: str = ""


def apply_authorization_event(
    authorization: Authorization,
    news: AuthorizationEvent,
    *,
    code: str = "",
    message: str = "",
    grant: str = "",
) -> AuthorizationTransition:
    """Where *authorization* stands once *news* is known; *code* and *message* say why, *grant* is the handle of a new token."""
    step = AUTHORIZATION[authorization.state, news]
    if isinstance(step, InvalidTransition):
        return AuthorizationTransition(authorization, step.anomaly)
    if not isinstance(step, MoveTo):
        return AuthorizationTransition(authorization)
    moved = replace(
        authorization,
        state=AuthorizationState(step.to),
        due_at=None,
        grant=grant or authorization.grant,
        result_code=code,
        result_message=message,
    )
    return AuthorizationTransition(moved, step.anomaly)
