"""A cancel: requested once, driven until Alipay has cancelled the payment or refused for good. Pure.

It stands on the payment, because a payment has one; it has no id of its own, and sending it twice cancels once.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from autodebit.clock import Instant
from autodebit.schedule import Plan


class CancelState(StrEnum):
    """Where a cancel stands."""

    REQUESTED = "REQUESTED"
    """Meanwhile a repeat of pay sends nothing, and refunds are refused."""
    DONE = "DONE"
    REFUSED = "REFUSED"
    """Alipay will not cancel; the payment goes on as if nobody had asked. Whoever asks once more is heard once more."""


class Next(StrEnum):
    """What an answer to a cancel asks for."""

    SEND = "SEND"
    """The same cancel again, later."""
    ASK = "ASK"
    """An inquiry first: the payment's state decides."""
    STOP = "STOP"
    """This answer is final."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """What is known of the cancel of one payment."""

    state: CancelState
    requested_at: Instant
    sends: int = 0
    """How many sends may have reached Alipay."""
    lost: bool = False
    """Whether a send without an answer may have been acted on: an F to a later one then settles nothing by itself."""
    lease_until: Instant = 0
    tries: int = 0
    """How often it was tried since it was requested; the waits between tries grow with it."""
    ask: bool = False
    """Whether an inquiry comes before the next send."""
    code: str = ""
    """Alipay's last word on it."""
    message: str = ""
    refused: bool = False
    """Whether that word was final, if an inquiry does not say that the payment was cancelled all the same."""
    answer: str = ""
    """The body of the answer that ended it."""

    @property
    def pending(self) -> bool:
        """Whether it is still to be settled."""
        return self.state is CancelState.REQUESTED

    def leased(self, at: Instant) -> bool:
        """Whether somebody may be sending it right now."""
        return at < self.lease_until


def claimed(before: Cancel | None, at: Instant, plan: Plan) -> Cancel:
    """A cancel in the hands of a sender; a new one if there was none, or if the last one was refused."""
    if before is None or not before.pending:
        before = Cancel(CancelState.REQUESTED, at)
    # A lease that was never given back is a sender that died: it may have sent.
    lost = before.lost or before.lease_until > 0
    return replace(before, sends=before.sends + 1, tries=before.tries + 1, lost=lost, lease_until=at + plan.send_lease)


def not_sent(cancel: Cancel) -> Cancel:
    """*cancel* after a send of which certainly no byte left."""
    return replace(cancel, sends=cancel.sends - 1, lease_until=0)


def unanswered(cancel: Cancel, code: str, message: str) -> Cancel:
    """*cancel* after U, or after no answer that we may act on: it may have been acted on, and is sent again."""
    return replace(cancel, lost=True, lease_until=0, code=code, message=message)


def refused(cancel: Cancel, code: str, message: str, body: str, then: Next) -> Cancel:
    """*cancel* after an F. After a lost send it may speak of the repeat only: then an inquiry decides."""
    heard = replace(cancel, lease_until=0, code=code, message=message, answer=body)
    if then is Next.STOP and cancel.lost:
        return replace(heard, ask=True, refused=True)
    if then is Next.STOP:
        return replace(heard, state=CancelState.REFUSED)
    return replace(heard, ask=then is Next.ASK)


def not_cancelled(cancel: Cancel) -> Cancel:
    """*cancel* once an inquiry has said that the payment is not cancelled: sent again, or refused for good."""
    if cancel.refused:
        return replace(cancel, state=CancelState.REFUSED, ask=False)
    return replace(cancel, ask=False)


def done(cancel: Cancel, body: str = "") -> Cancel:
    """*cancel* of a payment that is cancelled; *body* is Alipay's answer if this is it."""
    return replace(cancel, state=CancelState.DONE, lease_until=0, ask=False, answer=body)


def moot(cancel: Cancel) -> Cancel:
    """*cancel* of a payment that failed: there is nothing to cancel."""
    told = "the payment failed; there is nothing to cancel"
    return replace(
        cancel,
        state=CancelState.REFUSED,
        lease_until=0,
        ask=False,
        code="ORDER_STATUS_INVALID",
        message=told,
        answer="",
    )
