"""The payment that a caller means: from the store, or, if it was made elsewhere, adopted from Alipay's own word of it."""

from dataclasses import replace
from typing import Any

from autodebit import telemetry
from autodebit.contract import InquiryPaymentResponse, TrackedRequest
from autodebit.domain.payment import Payment, PaymentUpdate, placeholder
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund import Refund
from autodebit.domain.refund_states import RefundState
from autodebit.domain.tracked_request import ReportedStatus, SendOutcome, Source
from autodebit.errors import GatewayError, RequestRejected
from autodebit.flows.payments import messages
from autodebit.flows.payments.updates import log_anomaly, log_gateway_error, settle
from autodebit.gateway.client import Operation, ResultStatus, VerifiedResponse
from autodebit.gateway.json_body import status_text
from autodebit.responses import NO_TIME, Response, not_sent, passthrough, to_json
from autodebit.runtime import Runtime

_STATES = {
    ReportedStatus.SUCCEEDED: PaymentState.SUCCESS,
    ReportedStatus.FAILED: PaymentState.FAIL,
    ReportedStatus.CANCELLED: PaymentState.CANCELLED,
    ReportedStatus.PENDING: PaymentState.PROCESSING,
}
_REFUNDS = {"SUCCESS": RefundState.SUCCESS, "FAIL": RefundState.FAIL}
_NOT_TOLD = "This payment is not known here, and Alipay could not be asked for it; nothing was sent. Send the same request again."
_UNREADABLE = (
    "Alipay's word of this payment cannot be used (an id, the amount or the state is missing or another one's); "
    "nothing was sent."
)
_UNREAD_REFUND = "a refund of an imported payment cannot be read, so its whole amount is held"
_OTHER_REFUNDS_ID = "a refund of an imported payment has an id that is known of another payment or refund"
_OTHER_PAYMENTS_ID = "the paymentId of a payment made elsewhere is known of another payment"
_BUSY = "This payment is being taken over from Alipay right now; nothing was sent. Send the same request again."


def find_or_import_payment(
    payment_id: str | None,
    payment_request_id: str | None,
    account: str | None,
    runtime: Runtime,
    *,
    to_cancel: bool = False,
) -> Payment | Response:
    """The payment of these ids; a reply if there is none, or if nobody can tell right now.

    With *to_cancel* a stand-in, not stored yet, is given for a paymentRequestId that Alipay does not know: the request to pay
    may still be on its way, and must find its cancel.

    Raises:
        RequestRejected: the two ids name two payments, or Alipay does not know the one while the other may be good.
    """
    payments = runtime.repository.payments
    asked = payments.id_of(payment_id) if payment_id else payment_request_id
    stored = payments.find(asked) if asked else None
    if stored is not None:
        _check_agreement(stored, payment_id, payment_request_id)
        _check_account(stored, account)
        return stored if not stored.importing else _import_finished(stored, account, runtime)
    named = payments.find(payment_request_id) if payment_request_id else None
    if named is not None and named.payment_id is not None:
        _check_agreement(named, payment_id, payment_request_id)
    if not runtime.has_time_to_send:
        return not_sent(NO_TIME)
    body = {"paymentId": payment_id} if payment_id else {"paymentRequestId": payment_request_id}
    answer = _asked({**body, **({"merchantAccountId": account} if account else {})}, runtime)
    if answer is None:
        return not_sent(_NOT_TOLD)
    if answer.status is not ResultStatus.S:
        if payment_id and payment_request_id:
            # ORDER_NOT_EXIST of the paymentId would be read as a word on the payment that was named beside it.
            raise RequestRejected(
                400, "PARAM_ILLEGAL", "Alipay does not know this paymentId; give the paymentRequestId alone"
            )
        # Somebody may have begun to pay under this id meanwhile.
        named = payments.find(payment_request_id) if payment_request_id else None
        if named is None and payment_request_id and to_cancel:
            made = placeholder(payment_request_id, _account_body(account), runtime.clock.now())
            return replace(made, client_id=runtime.settings.client_id, account=account)
        return named or passthrough(answer.text)
    fact = messages.from_inquiry(answer, Source.INQUIRY)
    if payment_request_id and fact.payment_request_id not in (None, payment_request_id) and payment_id:
        raise _disagreement()
    if _of_another(fact, payment_id, payment_request_id):
        return not_sent(_UNREADABLE)
    return _taken_over(answer, fact, account, runtime)


def _import_finished(importing: Payment, account: str | None, runtime: Runtime) -> Payment | Response:
    """A payment whose import ended before all its refunds were stored, with all of them; Alipay is asked for them again."""
    if not runtime.settings.plan.is_own_client(importing.client_id):
        return importing
    if not runtime.has_time_to_send:
        return not_sent(NO_TIME)
    answer = _asked({"paymentId": importing.payment_id, **({"merchantAccountId": account} if account else {})}, runtime)
    if answer is None or answer.status is not ResultStatus.S:
        return not_sent(_BUSY)
    fact = messages.from_inquiry(answer, Source.INQUIRY)
    if fact.payment_request_id != importing.payment_request_id:
        return not_sent(_UNREADABLE)
    return _taken_over(answer, fact, account, runtime)


def _check_agreement(payment: Payment, payment_id: str | None, payment_request_id: str | None) -> None:
    other = payment_request_id not in (None, payment.payment_request_id)
    if other or (payment.payment_id and payment_id not in (None, payment.payment_id)):
        raise _disagreement()


def _check_account(payment: Payment, account: str | None) -> None:
    """Raise Refused where *account* is given and is not the one of *payment*: the same id there is another payment."""
    if account not in (None, payment.account):
        told = "merchantAccountId: this payment was made for another account, or for none; nothing was sent"
        raise RequestRejected(409, "REPEAT_REQ_INCONSISTENT", told)


def _disagreement() -> RequestRejected:
    return RequestRejected(
        400, "PARAM_ILLEGAL", "paymentId and paymentRequestId name two different payments; give one of them"
    )


def _account_body(account: str | None) -> str:
    """What stands for the request of a payment that was not made here."""
    return to_json({"merchantAccountId": account} if account else {})


def _of_another(fact: PaymentUpdate, payment_id: str | None, payment_request_id: str | None) -> bool:
    """Whether an answer speaks of another payment than the one that it was asked for."""
    if payment_id:
        return fact.payment_id not in (None, payment_id)
    return fact.payment_request_id not in (None, payment_request_id)


def _asked(body: dict[str, Any], runtime: Runtime) -> VerifiedResponse | None:
    """What Alipay says of a payment, or that it does not know it; None if it said neither."""
    try:
        answer = runtime.alipay.call(Operation.INQUIRY_PAYMENT, body, runtime.response_timeout_ms)
    except GatewayError as error:
        log_gateway_error(error)
        return None
    absent = answer.status is ResultStatus.F and answer.code == messages.ORDER_NOT_EXIST
    return answer if absent or answer.status is ResultStatus.S else None


def _taken_over(
    answer: VerifiedResponse, fact: PaymentUpdate, account: str | None, runtime: Runtime
) -> Payment | Response:
    """The payment that *answer* speaks of: one of ours whose paymentId is learned by it, or one made elsewhere."""
    identity = fact.payment_request_id
    known = runtime.repository.payments.find(identity) if identity else None
    if known is not None and known.account != account:
        # A paymentId that is not known here has led to our paymentRequestId: under another account that is another payment.
        told = "Alipay knows this paymentId under another merchantAccountId than our payment; give the paymentRequestId"
        raise RequestRejected(409, "REPEAT_REQ_INCONSISTENT", told)
    if identity is not None and (settled := settle(identity, fact, runtime)) is not None:
        if settled.anomaly:
            return not_sent(_UNREADABLE)
        if not settled.item.importing:
            return settled.item
        payment: Payment | None = settled.item
    else:
        payment = _adopted(fact, account, runtime)
    if payment is None:
        return not_sent(_UNREADABLE)
    refunds, reserved = _refunds(answer, payment, account, runtime)
    if reserved == int(payment.amount.value) > sum(refund.held for refund in refunds):
        _flag(_UNREAD_REFUND, payment, fact, runtime)
    # Before the payment is stored: who finds it later looks at its refunds no more.
    if any(_of_another_refund(refund, runtime) for refund in refunds):
        _flag(_OTHER_REFUNDS_ID, payment, fact, runtime)
    stored = runtime.repository.refunds.adopt(replace(payment, reserved=reserved), refunds)
    if stored is None:
        return _not_taken_over(payment, fact, runtime)
    telemetry.log("payment adopted", payment_request_id=stored.payment_request_id, state=stored.state.value)
    return stored


def _of_another_refund(refund: Refund, runtime: Runtime) -> bool:
    """Whether we hold an id of *refund* for a refund of another payment, or Alipay's id for another refund."""
    refunds = runtime.repository.refunds
    known = refunds.find(refund.refund_request_id)
    if known is not None and known.payment_request_id != refund.payment_request_id:
        return True
    owner = refunds.id_of(refund.refund_id) if refund.refund_id else None
    return owner not in (None, refund.refund_request_id)


def _not_taken_over(payment: Payment, fact: PaymentUpdate, runtime: Runtime) -> Response:
    """The answer where *payment* could not be stored: somebody is at it, or its paymentId is known of another payment."""
    owner = runtime.repository.payments.id_of(payment.payment_id or "")
    if owner in (None, payment.payment_request_id):
        return not_sent(_BUSY)
    _flag(_OTHER_PAYMENTS_ID, payment, fact, runtime)
    told = "Alipay's paymentId of this payment is known here of another one; nothing was sent, and it was flagged for review"
    raise RequestRejected(409, "ORDER_STATUS_INVALID", told)


def _flag(reason: str, payment: Payment, fact: PaymentUpdate, runtime: Runtime) -> None:
    """Record an anomaly beside *payment*, and tell operators of it."""
    runtime.repository.payments.record_unknown(payment.payment_request_id, reason, fact, runtime.clock.now())
    log_anomaly(reason, fact, payment.payment_request_id)


def _adopted(fact: PaymentUpdate, account: str | None, runtime: Runtime) -> Payment | None:
    state, now = _STATES.get(fact.word), runtime.clock.now()
    if state is None or not fact.payment_request_id or not fact.payment_id:
        return None
    if fact.amount is None or not fact.amount.readable:
        return None
    return Payment(
        payment_request_id=fact.payment_request_id,
        state=state,
        amount=fact.amount,
        fingerprint="",
        grant="",
        token_version=0,
        body=_account_body(account),
        account=account,
        created_at=now,
        client_id=runtime.settings.client_id,
        sends=1,
        sent_at=now,
        heard=SendOutcome.UNKNOWN,
        due_at=now if state.open else None,
        payment_id=fact.payment_id,
        payment_time=fact.payment_time,
        payment_create_time=fact.payment_create_time,
        result_code=fact.code,
        result_message=fact.message,
        settled_by="" if state.open else fact.source.value,
        answer="" if state.open else fact.body,
    )


def _refunds(
    answer: VerifiedResponse, payment: Payment, account: str | None, runtime: Runtime
) -> tuple[list[Refund], int]:
    """The refunds in *answer*, and what they hold of the amount: all of it if one of them cannot be read."""
    listed = answer.data.get("transactions")
    transactions = InquiryPaymentResponse.read(answer.data).transactions or []
    found = [
        _refund(told, payment, account, runtime)
        for told in transactions
        if messages.kind_of(told.transaction_type) in (None, "REFUND")
    ]
    refunds = [refund for refund in found if refund is not None]
    # One that is listed twice is one; two that share no more than their id both hold their amounts.
    distinct = {(refund.refund_request_id, refund.refund_id, refund.amount): refund for refund in refunds}
    taken = sum(int(refund.amount.value) for refund in distinct.values() if refund.state is not RefundState.FAIL)
    # What the contract model could not read it has left out.
    readable = listed is None or (isinstance(listed, list) and len(listed) == len(transactions))
    whole = int(payment.amount.value)
    held = min(taken, whole) if readable and len(refunds) == len(found) else whole
    return _each_once(refunds), held


def _each_once(refunds: list[Refund]) -> list[Refund]:
    """*refunds*, one of each id: a transaction takes an item once. Of two the one that has not failed: it holds its amount."""
    once: dict[str, Refund] = {}
    for refund in refunds:
        known = once.get(refund.refund_request_id)
        if known is None or known.state is RefundState.FAIL:
            once[refund.refund_request_id] = refund
    return list(once.values())


def _refund(told: TrackedRequest, payment: Payment, account: str | None, runtime: Runtime) -> Refund | None:
    amount = messages.money(told.transaction_amount, named=True)
    if not told.transaction_request_id or amount is None or not amount.readable:
        return None
    if amount.currency != payment.amount.currency:
        return None
    now, result = runtime.clock.now(), told.transaction_result
    state = _REFUNDS.get(status_text(told.transaction_status), RefundState.PROCESSING)
    return Refund(
        refund_request_id=told.transaction_request_id,
        state=state,
        payment_request_id=payment.payment_request_id,
        payment_id=payment.payment_id or "",
        amount=amount,
        body="{}",
        made_elsewhere=True,
        created_at=now,
        client_id=runtime.settings.client_id,
        sends=1,
        sent_at=now,
        heard=SendOutcome.ACCEPTED,
        due_at=now if state.open else None,
        refund_id=told.transaction_id,
        refund_time=told.transaction_time,
        result_code=(result.result_code if result else None) or "",
        result_message=(result.result_message if result else None) or "",
        settled_by="" if state.open else Source.INQUIRY.value,
        account=account or "",
    )
