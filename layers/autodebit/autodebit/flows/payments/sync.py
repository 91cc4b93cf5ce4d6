"""How the outcome of a payment becomes known: a caller asks, Alipay tells, or a poller asks."""

from dataclasses import replace
from typing import Any

from autodebit import telemetry
from autodebit.contract import InquiryPaymentRequest, NotifyPaymentRequest
from autodebit.domain.payment import Payment, PaymentUpdate
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.tracked_request import ID_TAKEN, ReportedStatus, Source, certainly_never_sent
from autodebit.errors import GatewayError
from autodebit.flows.client_ids import left_to_its_client_id
from autodebit.flows.kept_bodies import NOT_UNDERSTOOD, kept_body
from autodebit.flows.payments import messages
from autodebit.flows.payments.cancel import log_stuck_cancel, retry_cancel
from autodebit.flows.payments.disputes import dispute_in, notify_dispute
from autodebit.flows.payments.final_responses import inquiry_answer
from autodebit.flows.payments.responses import (
    BEING_SENT,
    CANCELLING,
    PAYMENT,
    outcome_not_recorded,
    response_for_unknown,
    response_to_inquiry,
)
from autodebit.flows.payments.updates import (
    judged,
    log_anomaly,
    log_gateway_error,
    log_id_taken,
    own_inquiry,
    settle,
)
from autodebit.flows.send import retry_until_deadline
from autodebit.gateway.client import Operation, VerifiedResponse
from autodebit.repository import Kind
from autodebit.responses import NO_TIME, Response, no_trusted_answer, not_sent, passthrough, unknown
from autodebit.runtime import Runtime

_REVERSED = "the customer paid a payment that was closed; the money is with the merchant"


def inquiry_payment(request: InquiryPaymentRequest, runtime: Runtime) -> Response:
    """Ask Alipay where a payment stands; what it says is recorded like any other word of its."""
    payments = runtime.repository.payments
    asked = payments.id_of(request.payment_id) if request.payment_id else request.payment_request_id
    stored = payments.find(asked) if asked else None
    named = stored or (payments.find(request.payment_request_id) if request.payment_request_id else None)
    if named is not None and named.first_answer_is_out(runtime.clock.now()):
        return unknown(BEING_SENT, code="PAYMENT_IN_PROCESS")
    if not runtime.has_time_to_send:
        return not_sent(NO_TIME)
    try:
        answer = runtime.alipay.call(Operation.INQUIRY_PAYMENT, _body(request, named), runtime.response_timeout_ms)
    except GatewayError as error:
        log_gateway_error(error, asked or "")
        known = retry_until_deadline(lambda: payments.find(asked), runtime) if asked else None
        known = known or stored
        if known and _may_be_given_back(known):
            return unknown(CANCELLING, code="PAYMENT_IN_PROCESS")
        return inquiry_answer(known) if known and known.state.final else no_trusted_answer(error)
    return _inquired(answer, request, asked, named, runtime)


def _body(request: InquiryPaymentRequest, named: Payment | None) -> dict[str, Any]:
    """What Alipay is asked: for a payment of ours that names no account, the account that it was made for."""
    account = named.account if named else None
    return {**({"merchantAccountId": account} if account else {}), **request.to_wire()}


def _may_be_given_back(payment: Payment) -> bool:
    """Whether it is paid while its cancel is pending: nobody is to deliver then."""
    return payment.state is PaymentState.SUCCESS and payment.cancel_pending


def notify_payment(notification: NotifyPaymentRequest, runtime: Runtime) -> None:
    """Record what Alipay says of a payment. Returns once it is stored.

    What is not ours, and what says nothing that we know, is kept as an anomaly with its body. A dispute may come here, too.
    """
    if (dispute := dispute_in(notification)) is not None:
        notify_dispute(dispute, runtime)
        return
    fact, payments = messages.from_notification(notification), runtime.repository.payments
    payment_request_id = fact.payment_request_id or (fact.payment_id and payments.id_of(fact.payment_id)) or ""
    settled = settle(payment_request_id, fact, runtime) if payment_request_id else None
    if messages.kind_of(notification.notify_type) == messages.REVERSAL:
        reason = _REVERSED
    elif fact.word is ReportedStatus.NO_INFORMATION:
        reason = NOT_UNDERSTOOD
    elif settled is None:
        reason = "a notification for a payment that is not known"
    else:
        return
    payments.record_unknown(payment_request_id, reason, fact, runtime.clock.now(), kept_body(notification))
    log_anomaly(reason, fact, payment_request_id)


def poll_payment(payment_request_id: str, runtime: Runtime) -> None:
    """One step for one payment, by whoever claims it first: an inquiry, or its cancel where one is wanted."""
    payments, now = runtime.repository.payments, runtime.clock.now()
    payment = payments.find(payment_request_id)
    if payment is None or payment.due_at is None or payment.due_at > now:
        return
    if left_to_its_client_id(Kind.PAYMENT, payment_request_id, payment, runtime):
        return
    if _to_be_cancelled(payment):
        retry_cancel(payment, runtime)
        return
    claimed = payments.claim_poll(payment, now)
    if claimed is None:
        return
    if claimed.state.open and _overdue(claimed, runtime):
        telemetry.log("still open", level="ERROR", payment_request_id=payment_request_id, state=claimed.state.value)
        telemetry.metric("PollsExhausted")
    fact = _inquire(claimed, runtime)
    settlement = settle(payment_request_id, fact, runtime)
    if settlement is None:
        return
    if _patience_is_over(settlement.item, fact, runtime):
        retry_cancel(settlement.item, runtime)
    else:
        log_stuck_cancel(settlement.item, runtime)


def _overdue(payment: Payment, runtime: Runtime) -> bool:
    """Whether an open payment has been asked for so often and so long that people should hear of it."""
    plan = runtime.settings.plan
    patience = plan.may_stay_open_for(payment.payment_method_type)
    return plan.payments.exhausted(payment.polls) and runtime.clock.now() >= payment.created_at + patience


def _inquire(claimed: Payment, runtime: Runtime) -> PaymentUpdate:
    """What one inquiry of a poller says, if only that nothing was heard."""
    if claimed.id_taken:
        log_id_taken(payment_request_id=claimed.payment_request_id)
        return messages.no_answer(Source.POLL, ID_TAKEN)
    asked_at = runtime.clock.now()
    try:
        answer = runtime.alipay.call(Operation.INQUIRY_PAYMENT, own_inquiry(claimed), runtime.response_timeout_ms)
    except GatewayError as error:
        log_gateway_error(error, claimed.payment_request_id)
        return messages.no_answer(Source.POLL, error.reason)
    return messages.from_inquiry(answer, Source.POLL, asked_at)


def _patience_is_over(payment: Payment, fact: PaymentUpdate, runtime: Runtime) -> bool:
    """Whether the deployment cancels *payment* on its own account, just after an inquiry has said that it is still open.

    The patience counts from the last send. A payment that was made elsewhere is closed by whoever made it.
    """
    patience, now = runtime.settings.cancel_open_after, runtime.clock.now()
    if not patience or payment.adopted or payment.id_taken or payment.cancel is not None or payment.leased(now):
        return False
    if payment.amount_in_doubt or certainly_never_sent(payment, now, runtime.settings.plan):
        return False  # What Alipay may have under this id is another system's.
    patience = max(patience, runtime.settings.plan.may_stay_open_for(payment.payment_method_type))
    still_open = payment.state.open and fact.word in (ReportedStatus.PENDING, ReportedStatus.NOT_FOUND)
    return still_open and now >= payment.sent_at + patience


def _to_be_cancelled(payment: Payment) -> bool:
    """Whether the cancel that was requested is the next step."""
    return payment.cancel is not None and payment.cancel.pending and not payment.cancel.ask and not payment.id_taken


def _inquired(
    answer: VerifiedResponse, request: InquiryPaymentRequest, asked: str | None, named: Payment | None, runtime: Runtime
) -> Response:
    """What a caller hears of an inquiry: *asked* is the id it went by, *named* a payment of ours that it names."""
    fact = messages.from_inquiry(answer, Source.INQUIRY)
    other_account = named is not None and request.merchant_account_id not in (None, named.account)
    known_id = named.payment_id if named else None
    absent = fact.word is ReportedStatus.NOT_FOUND
    if other_account and not absent and not request.payment_id and (not fact.payment_id or fact.payment_id != known_id):
        # The same id under another account is another payment.
        return response_for_unknown(PAYMENT, answer, replace(fact, word=ReportedStatus.NO_INFORMATION))
    if absent and named and (asked is None or other_account):
        # It speaks of a paymentId that we do not know, or of another account: it says nothing of this payment.
        fact = messages.no_answer(Source.INQUIRY)
    # Alipay goes by paymentId when both are given, so its answer says which payment it speaks of.
    concerned = asked or fact.payment_request_id
    if concerned is None and named and fact.word is ReportedStatus.NO_INFORMATION:
        concerned = named.payment_request_id
    led_to = runtime.repository.payments.find(concerned) if concerned and asked is None else None
    account = request.merchant_account_id or (named.account if named else None)
    if concerned is None or (led_to and led_to.account != account):
        # Nothing of ours, or our id under another account, which is another payment.
        return passthrough(answer.text)
    settlement = retry_until_deadline(lambda: settle(concerned, fact, runtime), runtime)
    if settlement is None and named is not None:
        if concerned == named.payment_request_id and fact.word in (ReportedStatus.FAILED, ReportedStatus.CANCELLED):
            return outcome_not_recorded(PAYMENT)
        settlement = judged(named, fact, runtime)
    if settlement is None:
        return response_for_unknown(PAYMENT, answer, fact)
    if _may_be_given_back(settlement.item):
        return unknown(CANCELLING, code="PAYMENT_IN_PROCESS")
    return response_to_inquiry(PAYMENT, answer, fact, settlement)
