"""Refunds: the amount is reserved on the payment, the request sent once for each id, and settled by a signed word of Alipay."""

import json

from autodebit.contract import RefundRequest
from autodebit.domain.payment import Payment
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund import Refund
from autodebit.domain.refund_states import RefundState
from autodebit.domain.tracked_request import Money, ReportedStatus, SendOutcome, Source, reopen
from autodebit.errors import GatewayError, RequestRejected
from autodebit.flows.client_ids import refuse_other_client_id
from autodebit.flows.payments import messages, refund_messages
from autodebit.flows.payments.final_responses import refund_answer
from autodebit.flows.payments.imports import find_or_import_payment
from autodebit.flows.payments.refund_sync import asked_refund, record_refund_update, unrecorded_refund
from autodebit.flows.payments.responses import (
    REFUND,
    id_taken,
    no_time,
    not_recorded,
    response_to_send,
    sent_before,
    throttled,
)
from autodebit.flows.payments.updates import log_gateway_error, own_inquiry, settle
from autodebit.flows.send import retry_until_deadline
from autodebit.gateway.client import Operation
from autodebit.responses import NO_TIME, Response, no_trusted_answer, not_sent, to_json, unknown
from autodebit.runtime import Runtime

_ROUNDS = 64
"""Refunds of one payment reserve their amounts one after the other: each may have to wait for many."""
_IN_PROCESS = "This refund is being processed."
_NOT_KNOWN_YET = (
    "The outcome of the payment is not known yet, so nothing was refunded. "
    "Send the same request again, or cancel the payment."
)
_CROWDED = "Too many refunds of this payment at one moment; this one was not sent. Send the same request again."


def refund(request: RefundRequest, runtime: Runtime) -> Response:
    """Give back all or part of a payment once for each refundRequestId, however often it is asked for."""
    stored = None
    for _ in range(_ROUNDS):
        stored = runtime.repository.refunds.find(request.refund_request_id)
        reply = _first(request, runtime) if stored is None else _repeat(stored, request, runtime)
        if reply is not None:
            return reply
    return unknown(_IN_PROCESS, code="REFUND_IN_PROCESS") if stored else not_sent(_CROWDED)


def _first(request: RefundRequest, runtime: Runtime) -> Response | None:
    """The first request of an id: intent and reservation are stored before anything is sent; None if somebody was faster."""
    payment = _payment(request, runtime)
    if isinstance(payment, Response):
        return payment
    amount = Money(request.refund_amount.value, request.refund_amount.currency)
    _check(payment, amount)
    if not runtime.has_time_to_send:
        return not_sent(NO_TIME)
    intent = _intent(request, payment, amount, runtime)
    claimed = runtime.repository.refunds.open(intent, payment, runtime.clock.now())
    return _send(claimed, runtime) if claimed else None


def _payment(request: RefundRequest, runtime: Runtime) -> Payment | Response:
    """The payment to refund, its outcome and Alipay's id of it known: after a lost answer to pay both are asked for first.

    Raises:
        RequestRejected: the request names two payments.
    """
    known = find_or_import_payment(request.payment_id, request.payment_request_id, None, runtime)
    if isinstance(known, Response):
        return known
    refuse_other_client_id(known, runtime)
    # Of a taken id Alipay would speak of another request.
    ready = known.payment_id if known.state is PaymentState.SUCCESS else known.state.final or known.id_taken
    return known if ready else _asked(known, runtime)


def _asked(known: Payment, runtime: Runtime) -> Payment | Response:
    """*known* after one inquiry; a reply if that did not tell enough of it."""
    if not runtime.has_time_to_send:
        return not_sent(NO_TIME)
    try:
        answer = runtime.alipay.call(Operation.INQUIRY_PAYMENT, own_inquiry(known), runtime.response_timeout_ms)
    except GatewayError as error:
        log_gateway_error(error, known.payment_request_id)
        return not_sent(_NOT_KNOWN_YET)
    fact = messages.from_inquiry(answer, Source.INQUIRY)
    settlement = settle(known.payment_request_id, fact, runtime)
    payment = settlement.item if settlement else known
    silent = payment.state.open and fact.word is not ReportedStatus.PENDING
    nameless = payment.state is PaymentState.SUCCESS and not payment.payment_id
    return not_sent(_NOT_KNOWN_YET) if silent or nameless else payment


def _check(payment: Payment, amount: Money) -> None:
    """Raise Refused where the state forbids a refund; nothing is sent then."""
    if payment.id_taken:
        told = "Alipay holds this payment's id for another request, which a refund would pay back; it was flagged for review"
        raise RequestRejected(409, "ORDER_STATUS_INVALID", told)
    if payment.state is not PaymentState.SUCCESS:
        told = f"this payment is {payment.state.value}; only a successful payment can be refunded"
        raise RequestRejected(409, "ORDER_STATUS_INVALID", told)
    if payment.cancel_pending:
        raise RequestRejected(
            409, "ORDER_STATUS_INVALID", "a cancel of this payment was requested; it would give back all of it"
        )
    if amount.currency != payment.amount.currency:
        raise RequestRejected(409, "CURRENCY_NOT_SUPPORT", f"the payment was made in {payment.amount.currency}")
    left = int(payment.amount.value) - payment.reserved
    if int(amount.value) > left:
        held = f"other refunds, done or under way, hold {payment.reserved} of {payment.amount.value}"
        told = f"at most {left} can be refunded: {held}"
        raise RequestRejected(409, "REFUND_AMOUNT_EXCEED", told)


def _intent(request: RefundRequest, payment: Payment, amount: Money, runtime: Runtime) -> Refund:
    return Refund(
        refund_request_id=request.refund_request_id,
        state=RefundState.INITIATED,
        payment_request_id=payment.payment_request_id,
        payment_id=payment.payment_id or "",
        amount=amount,
        body=_body(request, payment.payment_id or "", runtime),
        created_at=runtime.clock.now(),
        client_id=runtime.settings.client_id,
        account=payment.account or "",
    )


def _body(request: RefundRequest, payment_id: str, runtime: Runtime) -> str:
    """What Alipay is sent: paymentRequestId is an extension of ours, which it does not know."""
    body = {name: value for name, value in request.to_wire().items() if name != "paymentRequestId"}
    body["paymentId"] = payment_id
    if request.refund_notify_url is None and runtime.settings.refund_notify_url:
        body["refundNotifyUrl"] = runtime.settings.refund_notify_url
    return to_json(body)


def _repeat(stored: Refund, request: RefundRequest, runtime: Runtime) -> Response | None:
    """A repeat of an id: an answer from what is stored, one inquiry, or the stored body once more; None if it moved meanwhile."""
    _check_same(stored, request)
    if stored.id_taken:
        return id_taken(REFUND)
    if stored.state.final:
        return refund_answer(stored)
    now = runtime.clock.now()
    if stored.leased(now):
        return unknown(_IN_PROCESS, code="REFUND_IN_PROCESS")
    refuse_other_client_id(stored, runtime)
    if now < stored.retry_at:
        return throttled()
    if not runtime.has_time_to_send:
        return no_time(stored, runtime)
    if stored.state is RefundState.NOT_SUBMITTED:
        # Its amount is still reserved, so the payment can still bear it.
        stored = reopen(stored, _body(request, stored.payment_id, runtime))
    elif stored.heard in (SendOutcome.UNKNOWN, SendOutcome.ACCEPTED):
        return _ask(stored, runtime)
    claimed = _claim(stored, runtime)
    return _send(claimed, runtime) if claimed else None


def _claim(stored: Refund, runtime: Runtime) -> Refund | None:
    """*stored* leased for another send; an amount that was released is reserved again. None if somebody was faster."""
    refunds = runtime.repository.refunds
    if not stored.amount_released:
        return refunds.claim_send(stored, runtime.clock.now())
    payment = runtime.repository.payments.find(stored.payment_request_id)
    if payment is None:
        return None
    _check(payment, stored.amount)
    return refunds.open(stored, payment, runtime.clock.now())


def _check_same(stored: Refund, request: RefundRequest) -> None:
    amount = Money(request.refund_amount.value, request.refund_amount.currency)
    same_payment = request.payment_id in (None, stored.payment_id)
    same_request = request.payment_request_id in (None, stored.payment_request_id)
    # The contract has no merchantAccountId in a refund: it may come where unknown fields are forwarded.
    account = request.to_wire().get("merchantAccountId")
    same_account = account in (json.loads(stored.body).get("merchantAccountId"), stored.account)
    if stored.amount != amount or not same_payment or not same_request or not same_account:
        told = "this refundRequestId was used with another payment, amount, currency or account"
        raise RequestRejected(409, "REPEAT_REQ_INCONSISTENT", told)


def _send(claimed: Refund, runtime: Runtime) -> Response:
    """Send the stored body of a refund that is written ahead and leased to us, and record what comes of it."""
    identity, refunds = claimed.refund_request_id, runtime.repository.refunds
    if not runtime.has_time_to_send:
        retry_until_deadline(lambda: refunds.release_unsent(claimed, runtime.clock.now()), runtime)
        return no_time(claimed, runtime, sending=True)
    try:
        answer = runtime.alipay.call(Operation.REFUND, json.loads(claimed.body), runtime.response_timeout_ms)
    except GatewayError as error:
        log_gateway_error(error, refund_request_id=identity)
        if error.may_have_acted:
            silence = refund_messages.no_answer(Source.REFUND, error.reason)
            known = retry_until_deadline(lambda: record_refund_update(identity, silence, runtime), runtime)
            if known is not None and known.item.state.final:
                return refund_answer(known.item)
        else:
            retry_until_deadline(lambda: refunds.release_unsent(claimed, runtime.clock.now()), runtime)
        return no_trusted_answer(error, sent_before=sent_before(claimed, runtime))
    fact = refund_messages.from_refund(answer)
    settlement = retry_until_deadline(lambda: record_refund_update(identity, fact, runtime), runtime)
    if settlement is None:
        return not_recorded(REFUND, answer.status, answer.text, unrecorded_refund(claimed, fact, runtime))
    return response_to_send(REFUND, answer.status, answer.text, fact, settlement)


def _ask(stored: Refund, runtime: Runtime) -> Response:
    """The answer to a repeat of a refund of which Alipay has said U: one inquiry, told in the form of an answer to refund."""
    fact = asked_refund(stored, Source.INQUIRY, runtime)
    settlement = retry_until_deadline(lambda: record_refund_update(stored.refund_request_id, fact, runtime), runtime)
    if settlement is not None and settlement.item.state.final:
        return refund_answer(settlement.item)
    return unknown(_IN_PROCESS, code="REFUND_IN_PROCESS")
