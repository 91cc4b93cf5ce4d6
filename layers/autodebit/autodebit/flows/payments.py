"""Debits: written ahead, sent once for each id, and settled by whatever signed word of Alipay comes first."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from autodebit.authorization import Grant
from autodebit.contract import PayRequest
from autodebit.errors import GatewayError, Refused
from autodebit.flows import words
from autodebit.flows.answers import pay_answer
from autodebit.flows.clients import refuse_other_client_id
from autodebit.flows.fingerprints import fingerprint_of, same_money_content
from autodebit.flows.grants import confirm_wallet, ended, grant_for, require_wallet
from autodebit.flows.handles import with_handles, words_with_handles
from autodebit.flows.settling import judged, note_gateway_error, own_inquiry, settle
from autodebit.flows.storing import stored_until_deadline
from autodebit.flows.telling import (
    CANCELLING,
    PAYMENT,
    id_taken,
    no_time,
    not_recorded,
    sent_before,
    throttled,
    told_of_send,
)
from autodebit.gateway import Operation, Status
from autodebit.lifecycle import NOT_SUBMITTED_ADVICE, PaymentState
from autodebit.payment import Payment, PaymentFact
from autodebit.replies import NO_TIME, Reply, dumped, not_sent, unanswered, unknown
from autodebit.repository import Settlement
from autodebit.runtime import Runtime
from autodebit.transaction import Heard, Money, Origin, reopen

_ROUNDS = 8
_IN_PROCESS = "This payment is being processed."


def pay(request: PayRequest, runtime: Runtime) -> Reply:
    """Debit a wallet once for each paymentRequestId, however often it is asked for."""
    grant = grant_for(request.payment_method.payment_method_id, request.payment_method.payment_method_type, runtime)
    intent = _intent(request, grant, runtime)
    for _ in range(_ROUNDS):
        stored = runtime.repository.payments.find(intent.payment_request_id)
        reply = _next(stored, intent, grant, runtime)
        if reply is not None:
            confirm_wallet(grant, intent.payment_request_id, runtime)
            return reply if runtime.settings.tokens_as_handles else _as_called(reply, request, grant)
    return unknown(_IN_PROCESS, code="PAYMENT_IN_PROCESS")


def _next(stored: Payment | None, intent: Payment, grant: Grant, runtime: Runtime) -> Reply | None:
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
        body=dumped(body),
        created_at=runtime.clock.now(),
        client_id=runtime.settings.client_id,
        reference_order_id=request.order.reference_order_id,
        account=request.merchant_account_id,
        payment_method_type=request.payment_method.payment_method_type,
    )


def _first(intent: Payment, grant: Grant, runtime: Runtime) -> Reply | None:
    """The first request of an id: the intent is stored before anything else; None if another caller stored one first."""
    require_wallet(grant, intent.payment_method_type, field="paymentMethod.paymentMethodType")
    if not grant.usable:
        if runtime.settings.plan.may_have_forgotten(runtime.clock.now()):
            # INVALID_ACCESS_TOKEN invites a new id, while this one may have been sent before the store was restored.
            told = "its authorization has ended, and it may have been sent before the store was restored; ask for it or cancel it"
            raise Refused(409, "ORDER_STATUS_INVALID", told)
        raise ended(grant)
    if not runtime.may_send:
        return not_sent(NO_TIME)
    token = runtime.repository.grants.access_token(intent.grant, intent.token_version)
    claimed = runtime.repository.payments.open(intent, runtime.clock.now())
    return _send(claimed, token, runtime) if claimed else None


def _repeat(stored: Payment, intent: Payment, grant: Grant, runtime: Runtime) -> Reply | None:
    """A repeat of an id: an answer from what is stored, one inquiry, or the stored body once more; None if it moved meanwhile."""
    _check_same(stored, intent)
    if stored.id_taken:
        return id_taken(PAYMENT)
    if stored.state.final and not stored.being_cancelled:
        return pay_answer(stored)
    now = runtime.clock.now()
    if stored.leased(now):
        return unknown(_IN_PROCESS, code="PAYMENT_IN_PROCESS")
    refuse_other_client_id(stored, runtime)
    if now < stored.retry_at:
        return throttled()
    if not runtime.may_send:
        return no_time(stored, runtime)
    if stored.being_cancelled:
        # It must not be sent by a repeat.
        if stored.state is PaymentState.NOT_SUBMITTED:
            raise _take_a_new_id()
        return _ask(stored, runtime)
    if stored.state is PaymentState.NOT_SUBMITTED:
        if not grant.usable:
            # Not INVALID_ACCESS_TOKEN: that invites a new id, while a signed success of this one would still count.
            raise Refused(409, "ORDER_STATUS_INVALID", f"{NOT_SUBMITTED_ADVICE} Its authorization has ended meanwhile.")
        stored = reopen(stored, intent.body)
    elif stored.heard is Heard.UNKNOWN:
        return _ask(stored, runtime)
    token = runtime.repository.grants.access_token(stored.grant, stored.token_version)
    claimed = runtime.repository.payments.claim_send(stored, runtime.clock.now())
    return _send(claimed, token, runtime) if claimed else None


def _check_same(stored: Payment, intent: Payment) -> None:
    """Raise Refused where the id was used for anything else than what is asked for now; nothing is sent then."""
    if stored.adopted and stored.being_cancelled and stored.state is PaymentState.NOT_SUBMITTED:
        raise _take_a_new_id()
    if stored.adopted:
        told = f"this paymentRequestId belongs to a payment that was not made here; it is {stored.state.value}. "
        ended = stored.state in (PaymentState.FAIL, PaymentState.CANCELLED)
        then = (
            "Take a new one."
            if ended
            else "Ask for its outcome (inquiryPayment) or cancel it before you pay under another."
        )
        raise Refused(409, "REPEAT_REQ_INCONSISTENT", told + then)
    if not same_money_content(stored.fingerprint, json.loads(stored.body), json.loads(intent.body)):
        raise Refused(
            409,
            "REPEAT_REQ_INCONSISTENT",
            "this paymentRequestId was used with another amount, wallet, authorization, order, settlement currency or merchant",
        )


def _take_a_new_id() -> Refused:
    """A new id is as safe as it can be: should this payment turn up after all, its kept cancel gives it back."""
    told = "a cancel was requested, and Alipay does not know this payment; take a new paymentRequestId"
    return Refused(409, "ORDER_STATUS_INVALID", told)


def _send(claimed: Payment, token: str, runtime: Runtime) -> Reply:
    """Send the stored body of a payment that is written ahead and leased to us, and record what comes of it."""
    identity = claimed.payment_request_id
    if not runtime.may_send:
        # KMS and the table took so long that an answer could no longer be recorded.
        stored_until_deadline(lambda: runtime.repository.payments.release_unsent(claimed, runtime.clock.now()), runtime)
        return no_time(claimed, runtime, sending=True)
    try:
        body = _with_token(json.loads(claimed.body), token)
        answer = runtime.alipay.call(Operation.PAY, body, runtime.answer_within)
    except GatewayError as error:
        note_gateway_error(error, identity)
        if error.may_have_acted:
            silence = words.of_silence(Origin.PAY, error.reason)
            known = stored_until_deadline(lambda: settle(identity, silence, runtime), runtime)
            if known is not None and known.item.state.final and not known.item.being_cancelled:
                return pay_answer(known.item)
        else:
            stored_until_deadline(
                lambda: runtime.repository.payments.release_unsent(claimed, runtime.clock.now()), runtime
            )
        return unanswered(error, sent_before=sent_before(claimed, runtime))
    handles = {token: claimed.grant}
    text = with_handles(answer.text, handles)
    fact = replace(words.of_pay(answer), body=text, message=words_with_handles(answer.message, handles))
    settlement = stored_until_deadline(lambda: settle(identity, fact, runtime), runtime)
    if settlement is None:
        return not_recorded(PAYMENT, answer.status, text, judged(claimed, fact, runtime))
    return _recorded(answer.status, text, fact, settlement)


def _recorded(status: Status, text: str, fact: PaymentFact, settlement: Settlement[Payment]) -> Reply:
    """The reply to a send whose answer is recorded."""
    payment = settlement.item
    if payment.being_cancelled and (status is Status.S or payment.state is PaymentState.SUCCESS):
        # Paid, and about to be given back: nobody is to deliver for it.
        return unknown(CANCELLING, code="PAYMENT_IN_PROCESS")
    return told_of_send(PAYMENT, status, text, fact, settlement)


def _ask(stored: Payment, runtime: Runtime) -> Reply:
    """The answer to a repeat of a payment of which Alipay has said U: one inquiry, told in the form of an answer to pay."""
    identity = stored.payment_request_id
    try:
        answer = runtime.alipay.call(Operation.INQUIRY_PAYMENT, own_inquiry(stored), runtime.answer_within)
    except GatewayError as error:
        note_gateway_error(error, identity)
        fact = words.of_silence(Origin.INQUIRY, error.reason)
    else:
        fact = words.of_inquiry(answer, Origin.INQUIRY)
    settlement = stored_until_deadline(lambda: settle(identity, fact, runtime), runtime)
    known = settlement.item if settlement is not None else stored
    if known.state.final and not known.being_cancelled:
        return pay_answer(known)
    return unknown(CANCELLING if known.being_cancelled else _IN_PROCESS, code="PAYMENT_IN_PROCESS")


def _as_called(reply: Reply, request: PayRequest, grant: Grant) -> Reply:
    """Where the deployment keeps no tokens from its callers, a caller reads the token under the name that it gave."""
    return replace(reply, text=with_handles(reply.text, {grant.handle: request.payment_method.payment_method_id}))


def _with_token(body: Mapping[str, Any], token: str) -> dict[str, Any]:
    """*body* with *token* as its payment method's id."""
    return {**body, "paymentMethod": {**body["paymentMethod"], "paymentMethodId": token}}
