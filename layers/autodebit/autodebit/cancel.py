"""A cancel: requested once, driven until Alipay has cancelled the payment or refused for good. Pure.

It stands on the payment, because a payment has one; it has no id of its own, and sending it twice cancels once.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from autodebit.clock import Instant
from autodebit.schedule import Plan
from autodebit.stored import StoredRecord


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
class Cancel(StoredRecord):
    """What is known of the cancel of one payment."""

    state: CancelState
    requested_at: Instant
    sends: int = 0
    """How many sends may have reached Alipay."""
    lost: bool = False
    """Whether a send without an answer may have been acted on: an F to a later one then settles nothing by itself."""
    lease_until: Instant = 0
    tries: int = 0
    """How often it was sent, or asked for in vain, since it was requested; the waits grow with it."""
    ask: bool = False
    """Whether an inquiry comes before the next send."""
    heard_at: Instant = 0
    """When the last send ended: an inquiry that was sent earlier says nothing of what it did."""
    code: str = ""
    """Alipay's last word on it."""
    message: str = ""
    refused: bool = False
    """Whether that word was final, if an inquiry does not say that the payment was cancelled all the same."""
    answer: str = ""
    """The body of the answer that confirmed it."""

    @property
    def pending(self) -> bool:
        """Whether it is still to be settled."""
        return self.state is CancelState.REQUESTED

    def leased(self, at: Instant) -> bool:
        """Whether somebody may be sending it right now."""
        return at < self.lease_until


def claimed(before: Cancel | None, at: Instant, plan: Plan) -> Cancel:
    """A cancel in the hands of a sender; a new one if there was none, or if the last one was refused."""
    if before is None:
        before = Cancel(CancelState.REQUESTED, at)
    elif not before.pending:
        before = Cancel(CancelState.REQUESTED, at, unknown_attributes=before.unknown_attributes)
    return replace(
        before,
        sends=before.sends + 1,
        tries=before.tries + 1,
        # A lease that was never given back is a sender that died: it may have sent.
        lost=before.lost or before.lease_until > 0,
        lease_until=at + plan.send_lease,
        # Another send opens the question again: no inquiry may close it while the answer is out.
        ask=False,
        refused=False,
    )


def not_sent(cancel: Cancel) -> Cancel:
    """*cancel* after a send of which certainly no byte left."""
    return replace(cancel, sends=cancel.sends - 1, lease_until=0)


def heard(cancel: Cancel, code: str, message: str, at: Instant, *, ask: bool) -> Cancel:
    """*cancel* once a send of it has ended, whatever came of it."""
    return replace(cancel, lease_until=0, code=code, message=message, heard_at=at, ask=ask)


def unanswered(cancel: Cancel, code: str, message: str, at: Instant, plan: Plan) -> Cancel:
    """*cancel* after U, or after no answer that we may act on: it may have been acted on, and is sent again."""
    return replace(heard(cancel, code, message, at, ask=cancel.tries >= plan.cancel_asks_after), lost=True)


def refused(cancel: Cancel, code: str, message: str, then: Next, at: Instant, plan: Plan) -> Cancel:
    """*cancel* after an F. After a lost send it may speak of the repeat only: then an inquiry decides."""
    if then is not Next.STOP:
        return heard(cancel, code, message, at, ask=then is Next.ASK or cancel.tries >= plan.cancel_asks_after)
    if cancel.lost or plan.may_have_forgotten(cancel.requested_at):
        return replace(heard(cancel, code, message, at, ask=True), refused=True)
    return replace(heard(cancel, code, message, at, ask=False), state=CancelState.REFUSED)


def not_cancelled(cancel: Cancel, at: Instant, plan: Plan, *, paid: bool) -> Cancel:
    """*cancel* once an inquiry has said that the payment is not cancelled: sent again, or refused for good."""
    over = paid and at >= cancel.requested_at + plan.cancel_gives_up_after
    if cancel.refused or over:
        return replace(cancel, state=CancelState.REFUSED, ask=False)
    return replace(cancel, ask=False)


def asked_in_vain(cancel: Cancel) -> Cancel:
    """*cancel* after an inquiry that did not tell whether the payment is cancelled."""
    return replace(cancel, tries=cancel.tries + 1)


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
    )
