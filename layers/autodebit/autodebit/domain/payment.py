"""A payment, the status updates that Alipay reports of it, and the rules that apply them. Pure."""

from dataclasses import dataclass, replace

from autodebit.clock import Instant
from autodebit.domain import cancellation, tracked_request
from autodebit.domain.cancellation import Cancel, CancelState, NextStep
from autodebit.domain.payment_states import PAYMENT, PaymentState
from autodebit.domain.polling_plan import Plan
from autodebit.domain.tracked_request import (
    NOT_KNOWN,
    OTHER_ACCOUNT,
    ReportedStatus,
    Source,
    StatusUpdate,
    TrackedRequest,
    Transition,
    TransitionRules,
    apply_by_rules,
    not_known,
)


@dataclass(frozen=True, slots=True)
class PaymentUpdate(StatusUpdate):
    """One word of Alipay on one payment. Fields that the message did not carry are None."""

    payment_request_id: str | None = None
    payment_id: str | None = None
    payment_time: str | None = None
    payment_create_time: str | None = None
    cancel_time: str | None = None
    then: NextStep = NextStep.RETRY
    """What the answer to a cancel asks for, if it is one."""
    needs_customer: bool = False
    """Whether the answer to pay names a page on which the customer has to act."""
    account: str | None = None
    """The merchantAccountId that the message names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment(TrackedRequest):
    """The stored intent and all that is known of it."""

    payment_request_id: str
    state: PaymentState
    fingerprint: str
    """SHA-256 of the money content: a repeat must agree with it. Empty for a payment that was not asked for here."""
    grant: str
    token_version: int
    """The version of the token of the first send; every repeat uses it, because Alipay compares paymentMethodId."""
    reference_order_id: str = ""
    payment_method_type: str = ""
    account: str | None = None
    """The merchantAccountId that it was made for, if any: the same id under another account is another payment."""
    payment_id: str | None = None
    payment_time: str | None = None
    payment_create_time: str | None = None
    cancel_time: str | None = None
    needs_customer: bool = False
    """Whether it waits for its customer to act on a page that the answer to pay has named."""
    cancel: Cancel | None = None
    reserved: int = 0
    """What refunds have taken of the amount, or may take: the sum of all that have not failed."""
    importing: bool = False
    """Whether refunds that were made elsewhere are still being stored; until all are, the whole amount is held."""

    @property
    def adopted(self) -> bool:
        """Whether it was not asked for here: we know what Alipay says of it, if anything, and not its money content."""
        return not self.fingerprint

    @property
    def imported(self) -> bool:
        return self.adopted

    @property
    def unheard(self) -> bool:
        return super(Payment, self).unheard and self.payment_id is None

    @property
    def cancel_pending(self) -> bool:
        """Whether a cancel was requested and is not settled."""
        return self.cancel is not None and self.cancel.pending

    @property
    def cancel_kept(self) -> bool:
        """Whether callers were told to take a new id because its cancel is kept, should it turn up."""
        return self.cancel is not None and self.cancel.kept


STAYS_PAID = "a payment stays paid although callers were told that it would be cancelled"


def placeholder(payment_request_id: str, body: str, at: Instant) -> Payment:
    """What a cancel stands on where neither we nor Alipay know the payment: the request to pay may still be on its way."""
    return Payment(
        payment_request_id=payment_request_id,
        state=PaymentState.NOT_SUBMITTED,
        amount=NOT_KNOWN,
        fingerprint="",
        grant="",
        token_version=0,
        body=body,
        created_at=at,
        closed_at=at,
    )


def lease_for_cancel(payment: Payment, at: Instant, plan: Plan) -> Payment:
    """*payment* with its cancel in the hands of a sender: due again should the sender die."""
    return replace(payment, cancel=cancellation.claimed(payment.cancel, at, plan), due_at=at + plan.send_lease)


def request_cancel(payment: Payment, at: Instant) -> Payment:
    """*payment* with a pending cancel and without a send of it; it is sent when the payment is due, by a poller or a repeat."""
    return replace(payment, cancel=cancellation.requested(payment.cancel, at))


def keep_cancel_unsent(payment: Payment, at: Instant, plan: Plan) -> Payment:
    """*payment*, of which certainly nothing was ever sent, with a kept cancel and without a send of it.

    Alipay's record under this id, if there is one, is another system's: a cancel would give that customer's money back.
    """
    cancel = replace(payment.cancel or Cancel(CancelState.REQUESTED, at), state=CancelState.REQUESTED, ask=True)
    return replace(
        payment,
        state=PaymentState.NOT_SUBMITTED,
        cancel=cancellation.keep(cancel),
        lease_until=0,
        closed_at=payment.closed_at or at,
        due_at=at + plan.not_found_rechecks[0],
    )


def release_unsent_cancel(payment: Payment, at: Instant, plan: Plan) -> Payment:
    """*payment* after a send of its cancel of which certainly no byte left."""
    if payment.cancel is None:
        return payment
    wait = plan.payments.after(payment.cancel.tries - 1)
    return replace(payment, cancel=cancellation.not_sent(payment.cancel), due_at=at + wait)


def never_left(stored: Payment, unsent: Payment, at: Instant, plan: Plan) -> Transition[Payment]:
    """*stored* after the send of *unsent*, of which certainly no byte left."""
    return tracked_request.never_left(stored, unsent, at, plan, plan.payments)


def judge(payment: Payment, fact: PaymentUpdate, at: Instant, plan: Plan) -> Transition[Payment]:
    """Where *payment* stands once *fact* is known at *at*. A pending cancel is settled or driven on with it."""
    if fact.source is Source.CANCEL and fact.word in (ReportedStatus.REJECTED, ReportedStatus.NO_INFORMATION):
        judgement = Transition(
            payment, not_known(fact)
        )  # It says that the cancel was not done, and nothing of the payment.
    else:
        judgement = apply_by_rules(_RULES, payment, fact, at, plan)
    after, anomaly = judgement.item, judgement.anomaly
    if after.id_taken:
        return judgement  # Nothing is sent under this id any more, and no word on it drives the cancel on.
    if after.state is PaymentState.CANCELLED and payment.state is not PaymentState.CANCELLED and payment.reserved:
        anomaly = anomaly or "a payment with refunds was cancelled"
    item = _with_cancel(payment, after, fact, at, plan, trusted=not judgement.anomaly)
    if payment.cancel_pending and item.state is PaymentState.SUCCESS and not item.cancel_pending and item.cancel:
        anomaly = anomaly or (STAYS_PAID if item.cancel.kept else "")
    return Transition(item, anomaly)


def _with_cancel(
    before: Payment, payment: Payment, fact: PaymentUpdate, at: Instant, plan: Plan, *, trusted: bool
) -> Payment:
    cancel = payment.cancel
    if cancel is None or cancel.state is CancelState.DONE:
        return payment
    if payment.state is PaymentState.CANCELLED:
        # One that was refused, too: Alipay's word that it is cancelled is the later one.
        body = fact.body if fact.source is Source.CANCEL and fact.word is ReportedStatus.CANCELLED else ""
        return replace(payment, cancel=cancellation.done(cancel, body), due_at=None)
    if not cancel.pending:
        return payment
    if payment.state is PaymentState.FAIL:
        return replace(payment, cancel=cancellation.moot(cancel), due_at=None)
    if payment.state is PaymentState.NOT_SUBMITTED:
        # From here on callers are advised to take a new id, by answers and by events.
        cancel = cancellation.keep(cancel)
    elif before.state is PaymentState.NOT_SUBMITTED:
        cancel = cancellation.turned_up(cancel, at)
    if fact.source is Source.CANCEL:
        cancel = _answered(cancel, fact, at, plan)
    elif cancel.ask and fact.source is Source.POLL:
        told = (
            trusted
            and fact.word in (ReportedStatus.SUCCEEDED, ReportedStatus.PENDING)
            and fact.asked_at >= cancel.heard_at
        )
        paid = payment.state is PaymentState.SUCCESS
        asked_at = min(fact.asked_at, at)
        cancel = (
            cancellation.not_cancelled(cancel, asked_at, plan, paid=paid)
            if told
            else cancellation.asked_in_vain(cancel)
        )
    return _kept_due(replace(payment, cancel=cancel), fact, at, plan)


def _answered(cancel: Cancel, fact: PaymentUpdate, at: Instant, plan: Plan) -> Cancel:
    match fact.word:
        case ReportedStatus.REJECTED:
            return cancellation.refused(cancel, fact.code, fact.message, fact.then, at, plan)
        case ReportedStatus.NO_INFORMATION:
            return cancellation.no_trusted_answer(cancel, fact.code, fact.message, at, plan)
        case _:
            # ORDER_NOT_EXIST, or an answer that does not fit: the cancel stays wanted, and the payment is asked for.
            return cancellation.heard(cancel, fact.code, fact.message, at, ask=True)


def _kept_due(payment: Payment, fact: PaymentUpdate, at: Instant, plan: Plan) -> Payment:
    """A payment with a pending cancel is due, whatever its own state; one whose cancel ended only while it is open itself."""
    cancel = payment.cancel
    if cancel is None:
        return payment
    if payment.state is PaymentState.NOT_SUBMITTED:
        # Not known to Alipay: the rechecks go on, and whatever turns up is cancelled then.
        unheard = fact.source is Source.CANCEL and fact.word in (ReportedStatus.REJECTED, ReportedStatus.NO_INFORMATION)
        if unheard:
            return replace(payment, due_at=at + plan.not_found_rechecks[0])
        if cancel.leased(at):
            return replace(payment, due_at=cancel.lease_until)
        late = at + plan.kept_recheck_after(at - payment.closed_at)
        return replace(payment, due_at=late if payment.due_at is None else payment.due_at)
    if not cancel.pending:
        rest = at + plan.payments.after(payment.polls) if payment.state.open else None
        return replace(payment, due_at=rest)
    due_at = payment.due_at if payment.due_at is not None else at + plan.payments.after(0)
    if fact.source in (Source.CANCEL, Source.POLL):
        counting = fact.word is ReportedStatus.NOT_FOUND and payment.not_found_count > 0
        wait = plan.not_found_gap if counting else cancellation.wait_of(cancel, at, plan)
        due_at = at + (max(wait, plan.throttled_wait) if fact.throttled else wait)
    # A sender at work is not disturbed: whatever becomes known meanwhile, the next step waits for its lease.
    return replace(payment, due_at=max(due_at, cancel.lease_until))


def _differs(payment: Payment, fact: PaymentUpdate) -> str:
    if payment.account and fact.account not in (None, payment.account):
        return OTHER_ACCOUNT
    if fact.payment_request_id not in (None, payment.payment_request_id):
        return "paymentRequestId differs from the intent's"
    if payment.payment_id and fact.payment_id not in (None, payment.payment_id):
        return "paymentId differs from the one known"
    return ""


def _same_record(payment: Payment, fact: PaymentUpdate) -> bool:
    return payment.payment_id is not None and fact.payment_id == payment.payment_id


def _learned(payment: Payment, fact: PaymentUpdate) -> Payment:
    amount = payment.amount
    if not amount.known and fact.amount is not None and fact.amount.readable:
        amount = fact.amount
    return replace(
        payment,
        amount=amount,
        payment_id=payment.payment_id or fact.payment_id,
        payment_create_time=payment.payment_create_time or fact.payment_create_time,
        needs_customer=payment.needs_customer or (fact.needs_customer and fact.word is ReportedStatus.PENDING),
    )


def _settled(payment: Payment, fact: PaymentUpdate) -> Payment:
    return replace(
        payment,
        payment_time=fact.payment_time or payment.payment_time,
        cancel_time=fact.cancel_time or payment.cancel_time,
        needs_customer=False,
    )


_RULES = TransitionRules[Payment, PaymentUpdate](
    PAYMENT, _differs, _same_record, _learned, _settled, lambda plan: plan.payments
)
