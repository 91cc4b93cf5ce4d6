"""The cancel of a payment: requested once, retried until Alipay has cancelled the payment or refused for good. Pure.

It stands on the payment, because a payment has one; it has no id of its own, and sending it twice cancels once.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from autodebit.clock import Instant
from autodebit.domain.polling_plan import Plan
from autodebit.domain.stored import StoredRecord


class CancelState(StrEnum):
    """Where a cancel stands."""

    REQUESTED = "REQUESTED"
    """Meanwhile a repeat of pay sends nothing, and refunds are refused."""
    DONE = "DONE"
    REFUSED = "REFUSED"
    """Alipay will not cancel; the payment goes on as if nobody had asked. Whoever asks once more is heard once more."""


class NextStep(StrEnum):
    """What an answer to a cancel asks for."""

    RETRY = "RETRY"
    """The same cancel again, later."""
    INQUIRE = "INQUIRE"
    """An inquiry first: the payment's state decides."""
    STOP = "STOP"
    """This answer is final."""
    REFUND = "REFUND"
    """This answer is final: the cancel period is over, and only a refund gives the money back."""


@dataclass(frozen=True, slots=True)
class Cancel(StoredRecord):
    """What is known of the cancel of one payment."""

    state: CancelState
    requested_at: Instant
    sends: int = 0
    """How many sends may have reached Alipay."""
    lost: bool = False
    """Whether a send without an answer may have been acted on, of this cancel or of an earlier one of the payment: an F to a
    later one then settles nothing by itself."""
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
    """Whether that word was final, if inquiries do not say that the payment was cancelled all the same."""
    denials: int = 0
    """How many inquiries, late enough and far enough apart, have said that the payment is not cancelled."""
    denied_at: Instant = 0
    kept: bool = False
    """Whether callers were told to take a new id because this cancel is kept, should the payment turn up."""
    answer: str = ""
    """The body of the answer that confirmed it."""

    @property
    def pending(self) -> bool:
        """Whether it is still to be settled."""
        return self.state is CancelState.REQUESTED

    def leased(self, at: Instant) -> bool:
        """Whether somebody may be sending it right now."""
        return at < self.lease_until


def requested(before: Cancel | None, at: Instant) -> Cancel:
    """A pending cancel: *before*, or a new one if there was none, or if the last one was refused."""
    if before is None:
        return Cancel(CancelState.REQUESTED, at)
    if before.pending:
        return before
    return Cancel(CancelState.REQUESTED, at, lost=before.lost, unknown_attributes=before.unknown_attributes)


def claimed(before: Cancel | None, at: Instant, plan: Plan) -> Cancel:
    """The requested cancel in the hands of a sender."""
    before = requested(before, at)
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
        denials=0,
        denied_at=0,
    )


def not_sent(cancel: Cancel) -> Cancel:
    """*cancel* after a send of which certainly no byte left."""
    return replace(cancel, sends=cancel.sends - 1, lease_until=0)


def heard(cancel: Cancel, code: str, message: str, at: Instant, *, ask: bool) -> Cancel:
    """*cancel* once a send of it has ended, whatever came of it."""
    return replace(cancel, lease_until=0, code=code, message=message, heard_at=at, ask=ask)


def no_trusted_answer(cancel: Cancel, code: str, message: str, at: Instant, plan: Plan) -> Cancel:
    """*cancel* after U, or after no answer that we may act on: it may have been acted on, and is sent again."""
    return replace(heard(cancel, code, message, at, ask=cancel.tries >= plan.cancel_asks_after), lost=True)


def refused(cancel: Cancel, code: str, message: str, then: NextStep, at: Instant, plan: Plan) -> Cancel:
    """*cancel* after an F. After a lost send it may speak of the repeat only: then inquiries decide.

    A kept cancel ends only where Alipay says that the cancel period is over, and after inquiries have confirmed it.
    """
    final = then is NextStep.REFUND or (then is NextStep.STOP and not cancel.kept)
    if not final:
        asks = then is not NextStep.RETRY or cancel.tries >= plan.cancel_asks_after
        return heard(cancel, code, message, at, ask=asks)
    if cancel.lost or cancel.kept or plan.may_have_forgotten(cancel.requested_at):
        return replace(heard(cancel, code, message, at, ask=True), refused=True)
    return replace(heard(cancel, code, message, at, ask=False), state=CancelState.REFUSED)


def keep(cancel: Cancel) -> Cancel:
    """*cancel* of a payment that Alipay does not know: callers may take a new id, so from now on no F and no age ends it."""
    return replace(cancel, kept=True, refused=False, denials=0, denied_at=0)


def turned_up(cancel: Cancel, at: Instant) -> Cancel:
    """*cancel* once the payment has turned up at *at*: it is sent, and its patience counts from now."""
    return replace(cancel, requested_at=at, kept=True, tries=0, ask=False, refused=False, denials=0, denied_at=0)


def not_cancelled(cancel: Cancel, at: Instant, plan: Plan, *, paid: bool) -> Cancel:
    """*cancel* once an inquiry of the moment *at* has said that the payment is not cancelled: sent again, or refused for good.

    Alipay may still execute a cancel whose answer was lost. So a refusal, or an age, ends it only once so many inquiries have
    said so, far enough apart and late enough after the last send.
    """
    over = paid and at >= cancel.requested_at + plan.cancel_gives_up_after
    if not (cancel.refused or over) or (cancel.kept and not paid):
        return replace(cancel, ask=False, refused=False)
    early = at < plan.not_found_counts_from(cancel.heard_at)
    if early or (cancel.denials and at < cancel.denied_at + plan.not_found_gap):
        return cancel
    counted = replace(cancel, denials=cancel.denials + 1, denied_at=at)
    if counted.denials < plan.not_found_times:
        return counted
    return replace(counted, state=CancelState.REFUSED, ask=False)


def asked_in_vain(cancel: Cancel) -> Cancel:
    """*cancel* after an inquiry that did not tell whether the payment is cancelled."""
    return replace(cancel, tries=cancel.tries + 1)


def wait_of(cancel: Cancel, at: Instant, plan: Plan) -> int:
    """How long after *at* the next send or inquiry comes; inquiries that confirm a refusal come when they count."""
    wait = plan.payments.after(max(cancel.tries - 1, 0))
    if cancel.refused or cancel.denials:
        return max(wait, plan.not_found_gap, plan.not_found_counts_from(cancel.heard_at) - at)
    return wait


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
