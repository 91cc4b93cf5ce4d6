"""How the outcome of a payment becomes known: a caller asks, Alipay tells, or a poller asks."""

from autodebit import telemetry
from autodebit.contract import InquiryPaymentRequest, NotifyPaymentRequest
from autodebit.errors import GatewayError
from autodebit.flows import words
from autodebit.flows.answers import inquiry_answer
from autodebit.flows.cancels import drive_cancel, note_stuck_cancel
from autodebit.flows.settling import (
    account_of,
    judged,
    note_anomaly,
    note_gateway_error,
    note_id_taken,
    own_inquiry,
    settle,
)
from autodebit.flows.storing import stored_until_deadline
from autodebit.flows.telling import PAYMENT, outcome_not_recorded, told_of_inquiry, told_of_nobodys
from autodebit.gateway import Answer, Operation
from autodebit.payment import Payment, PaymentFact
from autodebit.replies import NO_TIME, Reply, not_sent, relayed, unanswered
from autodebit.runtime import Runtime
from autodebit.transaction import ID_TAKEN, Origin, Word


def inquiry_payment(request: InquiryPaymentRequest, runtime: Runtime) -> Reply:
    """Ask Alipay where a payment stands; what it says is recorded like any other word of its."""
    payments = runtime.repository.payments
    asked = payments.id_of(request.payment_id) if request.payment_id else request.payment_request_id
    stored = payments.find(asked) if asked else None
    named = stored or (payments.find(request.payment_request_id) if request.payment_request_id else None)
    if not runtime.may_send:
        return not_sent(NO_TIME)
    try:
        answer = runtime.alipay.call(Operation.INQUIRY_PAYMENT, request.to_wire(), runtime.answer_within)
    except GatewayError as error:
        note_gateway_error(error, asked or "")
        known = stored_until_deadline(lambda: payments.find(asked), runtime) if asked else None
        known = known or stored
        return inquiry_answer(known) if known and known.state.final else unanswered(error)
    return _inquired(answer, request, asked, named, runtime)


def notify_payment(notification: NotifyPaymentRequest, runtime: Runtime) -> None:
    """Record what Alipay says of a payment. Returns once it is stored; a payment that is not ours is kept as an anomaly."""
    fact = words.of_notification(notification)
    payment_request_id = fact.payment_request_id or ""
    settled = settle(payment_request_id, fact, runtime) if payment_request_id else None
    if settled is None:
        reason = "a notification for a payment that is not known"
        runtime.repository.payments.record_unknown(payment_request_id, reason, fact, runtime.clock.now())
        note_anomaly(reason, fact, payment_request_id)


def poll_payment(payment_request_id: str, runtime: Runtime) -> None:
    """One step for one payment, by whoever claims it first: an inquiry, or its cancel where one is wanted."""
    payments, now = runtime.repository.payments, runtime.clock.now()
    payment = payments.find(payment_request_id)
    if payment is None or payment.due_at is None or payment.due_at > now:
        return
    if _to_be_cancelled(payment):
        drive_cancel(payment, runtime)
        return
    claimed = payments.claim_poll(payment, now)
    if claimed is None:
        return
    if claimed.state.open and runtime.settings.plan.payments.exhausted(claimed.polls):
        telemetry.note("still open", level="ERROR", payment_request_id=payment_request_id, state=claimed.state.value)
        telemetry.count("PollsExhausted")
    fact = _inquire(claimed, runtime)
    settlement = settle(payment_request_id, fact, runtime)
    if settlement is None:
        return
    if _patience_is_over(settlement.item, fact, runtime):
        drive_cancel(settlement.item, runtime)
    else:
        note_stuck_cancel(settlement.item, runtime)


def _inquire(claimed: Payment, runtime: Runtime) -> PaymentFact:
    """What one inquiry of a poller says, if only that nothing was heard."""
    if claimed.id_taken:
        note_id_taken(payment_request_id=claimed.payment_request_id)
        return words.of_silence(Origin.POLL, ID_TAKEN)
    asked_at = runtime.clock.now()
    try:
        answer = runtime.alipay.call(Operation.INQUIRY_PAYMENT, own_inquiry(claimed), runtime.answer_within)
    except GatewayError as error:
        note_gateway_error(error, claimed.payment_request_id)
        return words.of_silence(Origin.POLL, error.reason)
    return words.of_inquiry(answer, Origin.POLL, asked_at)


def _patience_is_over(payment: Payment, fact: PaymentFact, runtime: Runtime) -> bool:
    """Whether the deployment cancels *payment* on its own account, just after an inquiry has said that it is still open.

    The patience counts from the last send. A payment that was made elsewhere is closed by whoever made it.
    """
    patience, now = runtime.settings.cancel_open_after, runtime.clock.now()
    if not patience or payment.adopted or payment.id_taken or payment.cancel is not None or payment.leased(now):
        return False
    still_open = payment.state.open and fact.word in (Word.PENDING, Word.ABSENT)
    return still_open and now >= payment.sent_at + patience


def _to_be_cancelled(payment: Payment) -> bool:
    """Whether the cancel that was requested is the next step."""
    return payment.cancel is not None and payment.cancel.pending and not payment.cancel.ask and not payment.id_taken


def _inquired(
    answer: Answer, request: InquiryPaymentRequest, asked: str | None, named: Payment | None, runtime: Runtime
) -> Reply:
    """What a caller hears of an inquiry: *asked* is the id it went by, *named* a payment of ours that it names."""
    fact = words.of_inquiry(answer, Origin.INQUIRY)
    if fact.word is Word.ABSENT and named and (asked is None or request.merchant_account_id != account_of(named)):
        # It speaks of a paymentId that we do not know, or of another account: it says nothing of this payment.
        fact = words.of_silence(Origin.INQUIRY)
    # Alipay goes by paymentId when both are given, so its answer says which payment it speaks of.
    concerned = asked or fact.payment_request_id
    if concerned is None and named and fact.word is Word.NOTHING:
        concerned = named.payment_request_id
    if concerned is None:
        return relayed(answer.text)
    settlement = stored_until_deadline(lambda: settle(concerned, fact, runtime), runtime)
    if settlement is None and named is not None:
        if fact.word in (Word.FAILED, Word.CANCELLED):
            return outcome_not_recorded(PAYMENT)
        settlement = judged(named, fact, runtime)
    if settlement is None:
        return told_of_nobodys(PAYMENT, answer, fact)
    return told_of_inquiry(PAYMENT, answer, fact, settlement)
