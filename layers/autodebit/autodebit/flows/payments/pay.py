"""Debits: written ahead, sent once for each id, and settled by whatever signed word of Alipay comes first."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from autodebit.contract import PayRequest
from autodebit.domain.authorization import Grant
from autodebit.domain.payment import Payment, PaymentUpdate
from autodebit.domain.payment_states import NOT_SUBMITTED_ADVICE, PaymentState
from autodebit.domain.tracked_request import Money, SendOutcome, Source, reopen
from autodebit.errors import GatewayError, RequestRejected
from autodebit.flows.authorizations.handles import replace_tokens, text_without_tokens
from autodebit.flows.authorizations.tokens import confirm_wallet, ended, require_wallet, resolve_grant
from autodebit.flows.client_ids import refuse_other_client_id
from autodebit.flows.payments import messages
from autodebit.flows.payments.final_responses import pay_answer
from autodebit.flows.payments.fingerprints import fingerprint_of, same_money_content
from autodebit.flows.payments.responses import (
    CANCELLING,
    PAYMENT,
    id_taken,
    no_time,
    not_recorded,
    response_to_send,
    sent_before,
    throttled,
)
from autodebit.flows.payments.updates import judged, log_gateway_error, own_inquiry, settle
from autodebit.flows.send import retry_until_deadline
from autodebit.gateway.client import Operation, ResultStatus
from autodebit.repository import RecordedUpdate
from autodebit.responses import NO_TIME, Response, no_trusted_answer, not_sent, to_json, unknown
from autodebit.runtime import Runtime

_ROUNDS = 8
_IN_PROCESS = "This payment is being processed."


def pay(request: PayRequest, runtime: Runtime) -> Response:
    """Debit a wallet once for each paymentRequestId, however often it is asked for."""
    grant = resolve_grant(request.payment_method.payment_method_id, request.payment_method.payment_method_type, runtime)
    intent = _intent(request, grant, runtime)
    for _ in range(_ROUNDS):
        stored = runtime.repository.payments.find(intent.payment_request_id)
        reply = _next(stored, intent, grant, runtime)
        if reply is not None:
            confirm_wallet(grant, intent.payment_request_id, runtime)
            return reply if runtime.settings.tokens_as_handles else _as_called(reply, request, grant)
    return unknown(_IN_PROCESS, code="PAYMENT_IN_PROCESS")


def _next(stored: Payment | None, intent: Payment, grant: Grant, runtime: Runtime) -> Response | None:
    """The reply to a request of that id; None if it moved meanwhile."""
    if stored is None:
        return _first(intent, grant, runtime)
    return _repeat(stored, intent, grant, runtime)


def _intent(request: PayRequest, grant: Grant, runtime: Runtime) -> Payment:
    body = request.to_wire()
    if request.payment_notify_url is None and runtime.settings.payment_notify_url:
        body["paymentNotifyUrl"] = runtime.settings.payment_notify_url
    amount = Money(request.payment_amount.value, request.payment_amount.currency)
    body = _with_token(body, grant.handle)
    return Payment(
        payment_request_id=request.payment_request_id,
        state=PaymentState.INITIATED,
        amount=amount,
        fingerprint=fingerprint_of(body),
        grant=grant.handle,
        token_version=grant.newest,
        body=to_json(body),
        created_at=runtime.clock.now(),
        client_id=runtime.settings.client_id,
        reference_order_id=request.order.reference_order_id,
        account=request.merchant_account_id,
        payment_method_type=request.payment_method.payment_method_type,
    )


def _first(intent: Payment, grant: Grant, runtime: Runtime) -> Response | None:
    """The first request of an id: the intent is stored before anything else; None if another caller stored one first."""
    require_wallet(grant, intent.payment_method_type, field="paymentMethod.paymentMethodType")
    if not grant.usable:
        if runtime.settings.plan.may_have_forgotten(runtime.clock.now()):
            # INVALID_ACCESS_TOKEN invites a new id, while this one may have been sent before the store was restored.
            told = "its authorization has ended, and it may have been sent before the store was restored; ask for it or cancel it"
            raise RequestRejected(409, "ORDER_STATUS_INVALID", told)
        raise ended(grant)
    if not runtime.has_time_to_send:
        return not_sent(NO_TIME)
    token = runtime.repository.grants.access_token(intent.grant, intent.token_version)
    claimed = runtime.repository.payments.open(intent, runtime.clock.now())
    return _send(claimed, token, runtime) if claimed else None


def _repeat(stored: Payment, intent: Payment, grant: Grant, runtime: Runtime) -> Response | None:
    """A repeat of an id: an answer from what is stored, one inquiry, or the stored body once more; None if it moved meanwhile."""
    _check_same(stored, intent)
    if stored.id_taken:
        return id_taken(PAYMENT)
    if stored.state.final and not stored.cancel_pending:
        return pay_answer(stored)
    now = runtime.clock.now()
    if stored.leased(now):
        return unknown(_IN_PROCESS, code="PAYMENT_IN_PROCESS")
    refuse_other_client_id(stored, runtime)
    if now < stored.retry_at:
        return throttled()
    if not runtime.has_time_to_send:
        return no_time(stored, runtime)
    if stored.cancel_pending:
        # It must not be sent by a repeat.
        if stored.state is PaymentState.NOT_SUBMITTED:
            raise _take_a_new_id()
        return _ask(stored, runtime)
    if stored.state is PaymentState.NOT_SUBMITTED:
        if not grant.usable:
            # Not INVALID_ACCESS_TOKEN: that invites a new id, while a signed success of this one would still count.
            raise RequestRejected(
                409, "ORDER_STATUS_INVALID", f"{NOT_SUBMITTED_ADVICE} Its authorization has ended meanwhile."
            )
        stored = reopen(stored, intent.body)
    elif stored.heard is SendOutcome.UNKNOWN:
        return _ask(stored, runtime)
    token = runtime.repository.grants.access_token(stored.grant, stored.token_version)
    claimed = runtime.repository.payments.claim_send(stored, runtime.clock.now())
    return _send(claimed, token, runtime) if claimed else None


def _check_same(stored: Payment, intent: Payment) -> None:
    """Raise Refused where the id was used for anything else than what is asked for now; nothing is sent then."""
    if stored.adopted and stored.cancel_pending and stored.state is PaymentState.NOT_SUBMITTED:
        raise _take_a_new_id()
    if stored.adopted:
        told = f"this paymentRequestId belongs to a payment that was not made here; it is {stored.state.value}. "
        ended = stored.state in (PaymentState.FAIL, PaymentState.CANCELLED)
        then = (
            "Take a new one."
            if ended
            else "Ask for its outcome (inquiryPayment) or cancel it before you pay under another."
        )
        raise RequestRejected(409, "REPEAT_REQ_INCONSISTENT", told + then)
    if not same_money_content(stored.fingerprint, json.loads(stored.body), json.loads(intent.body)):
        raise RequestRejected(
            409,
            "REPEAT_REQ_INCONSISTENT",
            "this paymentRequestId was used with another amount, wallet, authorization, order, settlement currency or merchant",
        )


def _take_a_new_id() -> RequestRejected:
    """A new id is as safe as it can be: should this payment turn up after all, its kept cancel gives it back."""
    told = "a cancel was requested, and Alipay does not know this payment; take a new paymentRequestId"
    return RequestRejected(409, "ORDER_STATUS_INVALID", told)


def _send(claimed: Payment, token: str, runtime: Runtime) -> Response:
    """Send the stored body of a payment that is written ahead and leased to us, and record what comes of it."""
    identity = claimed.payment_request_id
    if not runtime.has_time_to_send:
        # KMS and the table took so long that an answer could no longer be recorded.
        retry_until_deadline(lambda: runtime.repository.payments.release_unsent(claimed, runtime.clock.now()), runtime)
        return no_time(claimed, runtime, sending=True)
    try:
        body = _with_token(json.loads(claimed.body), token)
        answer = runtime.alipay.call(Operation.PAY, body, runtime.response_timeout_ms)
    except GatewayError as error:
        log_gateway_error(error, identity)
        if error.may_have_acted:
            silence = messages.no_answer(Source.PAY, error.reason)
            known = retry_until_deadline(lambda: settle(identity, silence, runtime), runtime)
            if known is not None and known.item.state.final and not known.item.cancel_pending:
                return pay_answer(known.item)
        else:
            retry_until_deadline(
                lambda: runtime.repository.payments.release_unsent(claimed, runtime.clock.now()), runtime
            )
        return no_trusted_answer(error, sent_before=sent_before(claimed, runtime))
    handles = {token: claimed.grant}
    text = replace_tokens(answer.text, handles)
    fact = replace(messages.from_pay(answer), body=text, message=text_without_tokens(answer.message, handles))
    settlement = retry_until_deadline(lambda: settle(identity, fact, runtime), runtime)
    if settlement is None:
        return not_recorded(PAYMENT, answer.status, text, judged(claimed, fact, runtime))
    return _recorded(answer.status, text, fact, settlement)


def _recorded(status: ResultStatus, text: str, fact: PaymentUpdate, settlement: RecordedUpdate[Payment]) -> Response:
    """The reply to a send whose answer is recorded."""
    payment = settlement.item
    if payment.cancel_pending and (status is ResultStatus.S or payment.state is PaymentState.SUCCESS):
        # Paid, and about to be given back: nobody is to deliver for it.
        return unknown(CANCELLING, code="PAYMENT_IN_PROCESS")
    return response_to_send(PAYMENT, status, text, fact, settlement)


def _ask(stored: Payment, runtime: Runtime) -> Response:
    """The answer to a repeat of a payment of which Alipay has said U: one inquiry, told in the form of an answer to pay."""
    identity = stored.payment_request_id
    try:
        answer = runtime.alipay.call(Operation.INQUIRY_PAYMENT, own_inquiry(stored), runtime.response_timeout_ms)
    except GatewayError as error:
        log_gateway_error(error, identity)
        fact = messages.no_answer(Source.INQUIRY, error.reason)
    else:
        fact = messages.from_inquiry(answer, Source.INQUIRY)
    settlement = retry_until_deadline(lambda: settle(identity, fact, runtime), runtime)
    known = settlement.item if settlement is not None else stored
    if known.state.final and not known.cancel_pending:
        return pay_answer(known)
    return unknown(CANCELLING if known.cancel_pending else _IN_PROCESS, code="PAYMENT_IN_PROCESS")


def _as_called(reply: Response, request: PayRequest, grant: Grant) -> Response:
    """Where the deployment keeps no tokens from its callers, a caller reads the token under the name that it gave."""
    return replace(reply, text=replace_tokens(reply.text, {grant.handle: request.payment_method.payment_method_id}))


def _with_token(body: Mapping[str, Any], token: str) -> dict[str, Any]:
    """*body* with *token* as its payment method's id."""
    return {**body, "paymentMethod": {**body["paymentMethod"], "paymentMethodId": token}}
