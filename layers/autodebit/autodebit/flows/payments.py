"""Debits: written ahead, sent once for each id, and settled by whatever signed word of Alipay comes first."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from autodebit import telemetry
from autodebit.authorization import Grant
from autodebit.contract import InquiryPaymentRequest, NotifyPaymentRequest, PayRequest
from autodebit.errors import GatewayError, Refused
from autodebit.flows import words
from autodebit.flows.answers import inquiry_answer, pay_answer
from autodebit.flows.handles import with_handles
from autodebit.flows.storing import stored_until_deadline
from autodebit.flows.tokens import grant_for, token_refused
from autodebit.gateway import Answer, Operation, Status, read_answer
from autodebit.lifecycle import NOT_SUBMITTED_ADVICE, PaymentState
from autodebit.payment import Heard, Money, Origin, Payment, PaymentFact, Word, judge, reopened
from autodebit.replies import Reply, built, dumped, not_sent, relayed, result, unanswered, unknown
from autodebit.repository import Settlement
from autodebit.runtime import Runtime

_ROUNDS = 8
_NO_TIME = "There is not enough time left to send this; nothing was sent. Send the same request again."
_IN_PROCESS = "This payment is being processed."


def pay(request: PayRequest, runtime: Runtime) -> Reply:
    """Debit a wallet once for each paymentRequestId, however often it is asked for."""
    grant = grant_for(request.payment_method.payment_method_id, request.payment_method.payment_method_type, runtime)
    intent = _intent(request, grant, runtime)
    for _ in range(_ROUNDS):
        stored = runtime.repository.payments.find(intent.payment_request_id)
        reply = _first(intent, grant, runtime) if stored is None else _repeat(stored, intent, grant, runtime)
        if reply is not None:
            return reply if runtime.settings.tokens_as_handles else _as_called(reply, request, grant)
    return unknown(_IN_PROCESS, code="PAYMENT_IN_PROCESS")


def inquiry_payment(request: InquiryPaymentRequest, runtime: Runtime) -> Reply:
    """Ask Alipay where a payment stands; what it says is recorded like any other word of its."""
    payments = runtime.repository.payments
    asked = payments.id_of(request.payment_id) if request.payment_id else request.payment_request_id
    stored = payments.find(asked) if asked else None
    named = stored or (payments.find(request.payment_request_id) if request.payment_request_id else None)
    if not runtime.may_send:
        return not_sent(_NO_TIME)
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


def settle(payment_request_id: str, fact: PaymentFact, runtime: Runtime) -> Settlement | None:
    """Record *fact*, tell operators of it, and end the authorization whose token it calls dead. None: no such payment."""
    settlement = runtime.repository.payments.settle(payment_request_id, fact, runtime.clock.now())
    if settlement is None:
        return None
    payment = settlement.payment
    telemetry.note(
        "payment",
        payment_request_id=payment.payment_request_id,
        payment_id=payment.payment_id,
        state=payment.state.value,
        code=fact.code,
        origin=fact.origin.value,
    )
    if settlement.anomaly:
        note_anomaly(settlement.anomaly, fact, payment_request_id)
    if payment.state is PaymentState.FAIL and fact.code == "INVALID_ACCESS_TOKEN":
        token_refused(payment.grant, payment.token_version, runtime)
    return settlement


def note_anomaly(reason: str, fact: PaymentFact, payment_request_id: str) -> None:
    """Tell operators of a fact that was not applied as it came."""
    telemetry.anomaly(
        reason,
        payment_request_id=payment_request_id,
        payment_id=fact.payment_id,
        code=fact.code,
        origin=fact.origin.value,
    )


def note_gateway_error(error: GatewayError, payment_request_id: str = "") -> None:
    """Tell operators that a call brought no answer we may act on."""
    telemetry.note(
        "no answer",
        level="WARNING",
        operation=error.operation,
        payment_request_id=payment_request_id or None,
        reason=error.reason,
        code=error.hint or None,
    )
    telemetry.count("UntrustedAnswers" if error.hint else "NoAnswers")


# --- pay


def _intent(request: PayRequest, grant: Grant, runtime: Runtime) -> Payment:
    body = request.to_wire()
    if request.payment_notify_url is None and runtime.settings.payment_notify_url:
        body["paymentNotifyUrl"] = runtime.settings.payment_notify_url
    amount = Money(request.payment_amount.value, request.payment_amount.currency)
    settlement = request.settlement_strategy.settlement_currency if request.settlement_strategy else ""
    money_content = [
        amount.value,
        amount.currency,
        request.payment_method.payment_method_type,
        grant.handle,
        request.order.reference_order_id,
        settlement,
    ]
    return Payment(
        payment_request_id=request.payment_request_id,
        state=PaymentState.INITIATED,
        amount=amount,
        fingerprint=hashlib.sha256(json.dumps(money_content).encode()).hexdigest(),
        grant=grant.handle,
        token_version=grant.newest,
        body=dumped(_with_token(body, grant.handle)),
        created_at=runtime.clock.now(),
        reference_order_id=request.order.reference_order_id,
        payment_method_type=request.payment_method.payment_method_type,
    )


def _first(intent: Payment, grant: Grant, runtime: Runtime) -> Reply | None:
    """The first request of an id: the intent is stored before anything else; None if another caller stored one first."""
    if not grant.usable:
        raise _dead(grant)
    if not runtime.may_send:
        return not_sent(_NO_TIME)
    token = runtime.repository.grants.access_token(intent.grant, intent.token_version)
    claimed = runtime.repository.payments.open(intent, runtime.clock.now())
    return _send(claimed, token, runtime) if claimed else None


def _repeat(stored: Payment, intent: Payment, grant: Grant, runtime: Runtime) -> Reply | None:
    """A repeat of an id: an answer from what is stored, one inquiry, or the stored body once more; None if it moved meanwhile."""
    if stored.fingerprint != intent.fingerprint:
        raise Refused(
            409,
            "REPEAT_REQ_INCONSISTENT",
            "this paymentRequestId was used with another amount, wallet, authorization, order or settlement currency",
        )
    if stored.state.final:
        return pay_answer(stored)
    if stored.leased(runtime.clock.now()):
        return unknown(_IN_PROCESS, code="PAYMENT_IN_PROCESS")
    if not runtime.may_send:
        return not_sent(_NO_TIME)
    if stored.state is PaymentState.NOT_SUBMITTED:
        if not grant.usable:
            # Not INVALID_ACCESS_TOKEN: that invites a new id, while a signed success of this one would still count.
            raise Refused(409, "ORDER_STATUS_INVALID", f"{NOT_SUBMITTED_ADVICE} Its authorization has ended meanwhile.")
        stored = reopened(stored, intent.body)
    elif stored.heard is Heard.UNKNOWN:
        return _ask(stored, runtime)
    token = runtime.repository.grants.access_token(stored.grant, stored.token_version)
    claimed = runtime.repository.payments.claim_send(stored, runtime.clock.now())
    return _send(claimed, token, runtime) if claimed else None


def _send(claimed: Payment, token: str, runtime: Runtime) -> Reply:
    """Send the stored body of a payment that is written ahead and leased to us, and record what comes of it."""
    identity = claimed.payment_request_id
    if not runtime.may_send:
        # KMS and the table took so long that an answer could no longer be recorded.
        stored_until_deadline(lambda: runtime.repository.payments.release_unsent(claimed, runtime.clock.now()), runtime)
        return not_sent(_NO_TIME)
    try:
        body = _with_token(json.loads(claimed.body), token)
        answer = runtime.alipay.call(Operation.PAY, body, runtime.answer_within)
    except GatewayError as error:
        note_gateway_error(error, identity)
        if error.may_have_acted:
            silence = words.of_silence(Origin.PAY, error.reason)
            known = stored_until_deadline(lambda: settle(identity, silence, runtime), runtime)
            if known is not None and known.payment.state.final:
                return pay_answer(known.payment)
        else:
            stored_until_deadline(
                lambda: runtime.repository.payments.release_unsent(claimed, runtime.clock.now()), runtime
            )
        return unanswered(error)
    text = with_handles(answer.text, {token: claimed.grant})
    fact = words.of_pay(answer if text == answer.text else read_answer(Operation.PAY.label, text.encode()))
    settlement = stored_until_deadline(lambda: settle(identity, fact, runtime), runtime)
    return _told(answer.status, text, fact, settlement or _judged(claimed, fact, runtime))


def _told(status: Status, text: str, fact: PaymentFact, settlement: Settlement) -> Reply:
    """What a caller hears once the answer to a send is recorded."""
    payment = settlement.payment
    if payment.state.final:
        agrees = (payment.state, status) in ((PaymentState.SUCCESS, Status.S), (PaymentState.FAIL, Status.F))
        return relayed(text) if agrees and not settlement.anomaly else pay_answer(payment)
    if status is Status.U:
        return relayed(text)
    if settlement.anomaly:
        return unknown(
            f"Alipay's answer does not fit this payment ({settlement.anomaly}); it is kept open and looked at."
        )
    return unknown(
        f"Alipay answered {fact.code}, which does not tell what became of this payment; the outcome is being asked for.",
        code="PAYMENT_IN_PROCESS",
    )


def _judged(known: Payment, fact: PaymentFact, runtime: Runtime) -> Settlement:
    """What *fact* comes to where the store cannot take it: a caller must not read more from an answer than we would."""
    judgement = judge(known, fact, runtime.clock.now(), runtime.settings.plan)
    return Settlement(judgement.payment, judgement.anomaly)


def own_inquiry(payment: Payment) -> dict[str, Any]:
    """The body of an inquiry of ours: for the account that the payment was made for."""
    account = _account_of(payment)
    return {"paymentRequestId": payment.payment_request_id, **({"merchantAccountId": account} if account else {})}


def _account_of(payment: Payment) -> str | None:
    account: str | None = json.loads(payment.body).get("merchantAccountId")
    return account


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
    if settlement is not None and settlement.payment.state.final:
        return pay_answer(settlement.payment)
    return unknown(_IN_PROCESS, code="PAYMENT_IN_PROCESS")


# --- inquiry


def _inquired(
    answer: Answer, request: InquiryPaymentRequest, asked: str | None, named: Payment | None, runtime: Runtime
) -> Reply:
    """What a caller hears of an inquiry: *asked* is the id it went by, *named* a payment of ours that it names."""
    fact = words.of_inquiry(answer, Origin.INQUIRY)
    if fact.word is Word.ABSENT and named and (asked is None or request.merchant_account_id != _account_of(named)):
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
        settlement = _judged(named, fact, runtime)
    if settlement is None:
        return relayed(answer.text)
    payment = settlement.payment
    if payment.state.final:
        behind = fact.word in (Word.PENDING, Word.NOTHING, Word.ABSENT)
        return inquiry_answer(payment) if behind or settlement.anomaly else relayed(answer.text)
    if settlement.anomaly and fact.word in (Word.PAID, Word.FAILED, Word.CANCELLED):
        return unknown(
            f"Alipay's answer does not fit this payment ({settlement.anomaly}); it is kept open and looked at."
        )
    # A bare ORDER_NOT_EXIST would invite a new paymentRequestId, and with it a second debit.
    absent = answer.status is Status.F and answer.code == words.ORDER_NOT_EXIST
    if absent and payment.state is PaymentState.NOT_SUBMITTED:
        return built({"result": result("F", words.ORDER_NOT_EXIST, NOT_SUBMITTED_ADVICE)})
    if absent:
        return unknown("Alipay does not know this payment yet; it is asked again.", code="PAYMENT_IN_PROCESS")
    return relayed(answer.text)


# --- shared


def _as_called(reply: Reply, request: PayRequest, grant: Grant) -> Reply:
    """Where the deployment keeps no tokens from its callers, a caller reads the token under the name that it gave."""
    return replace(reply, text=with_handles(reply.text, {grant.handle: request.payment_method.payment_method_id}))


def _with_token(body: Mapping[str, Any], token: str) -> dict[str, Any]:
    """*body* with *token* as its payment method's id."""
    return {**body, "paymentMethod": {**body["paymentMethod"], "paymentMethodId": token}}


def _dead(grant: Grant) -> Refused:
    return Refused(
        409,
        "INVALID_ACCESS_TOKEN",
        f"this authorization is {grant.state.value.lower()}; nothing was sent. The customer has to authorise again (consult).",
    )
