"""An authentication: one password, sent once for each authenticationRequestId, and tried until it is right. Pure."""

from dataclasses import dataclass, replace

from autodebit.clock import Instant
from autodebit.domain.authentication_states import AUTHENTICATION, AuthenticationEvent, AuthenticationState
from autodebit.domain.stored import StoredRecord
from autodebit.domain.transitions import InvalidTransition, MoveTo


@dataclass(frozen=True, slots=True)
class Authentication(StoredRecord):
    """What a caller asked for with initAuthentication. What the customer types is never kept, in no form."""

    authentication_request_id: str
    state: AuthenticationState
    fingerprint: str
    grant: str
    token_version: int
    """Of the first send; every repeat is the same request."""
    body: str
    """The request as first sent, with the handle in the place of the token."""
    created_at: Instant
    version: int = 0
    sends: int = 0
    """How many sends may have reached Alipay."""
    lease_until: Instant = 0
    wrong_tries: int = 0
    check_lost: bool = False
    """Whether the answer to a verifyAuthentication that Alipay may have acted on was lost."""
    result_code: str = ""
    answer: str = ""
    """Alipay's own answer to initAuthentication, replayed to repeats."""
    due_at: Instant | None = None
    """Never: Alipay has no inquiry for it, and a password that nobody asks for again is forgotten by itself."""


@dataclass(frozen=True, slots=True)
class AuthenticationTransition:
    """What becomes of an authentication once news of it is known."""

    authentication: Authentication
    anomaly: str = ""


def claimed(authentication: Authentication, until: Instant) -> Authentication:
    """*authentication* in the hands of a sender until *until*."""
    return replace(authentication, sends=authentication.sends + 1, lease_until=until)


def left_open(authentication: Authentication, sent: Authentication, *, unsent: bool) -> Authentication:
    """*authentication* after a send without a verdict; one of which certainly nothing left (*unsent*) does not count."""
    if authentication.sends != sent.sends:
        return authentication
    return replace(authentication, sends=authentication.sends - unsent, lease_until=0)


def apply_authentication_event(
    authentication: Authentication, news: AuthenticationEvent, *, code: str, answer: str = ""
) -> AuthenticationTransition:
    """Where *authentication* stands once *news* is known; *answer* is the body of an answer to initAuthentication."""
    step = AUTHENTICATION[authentication.state, news]
    if isinstance(step, InvalidTransition):
        return AuthenticationTransition(authentication, step.anomaly)
    heard = authentication
    if news is AuthenticationEvent.WRONG and authentication.state is not AuthenticationState.PASSED:
        heard = replace(heard, wrong_tries=heard.wrong_tries + 1)
    if answer:
        # A refusal that changes nothing is no answer for repeats: the customer has a password.
        kept = answer if news is AuthenticationEvent.SENT or isinstance(step, MoveTo) else ""
        heard = replace(heard, lease_until=0, answer=heard.answer or kept)
    if not isinstance(step, MoveTo):
        return AuthenticationTransition(heard)
    return AuthenticationTransition(replace(heard, state=AuthenticationState(step.to), result_code=code))
