"""Cancels: written ahead on the payment, and driven until Alipay has cancelled it or refused for good."""

from typing import Any

from autodebit import telemetry
from autodebit.contract import CancelRequest
from autodebit.domain.cancellation import CancelState
from autodebit.domain.payment import Payment, PaymentUpdate
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.tracked_request import Source, certainly_never_sent
from autodebit.errors import GatewayError, RequestRejected
from autodebit.flows.client_ids import refuse_other_client_id
from autodebit.flows.payments import messages
from autodebit.flows.payments.final_responses import cancel_answer
from autodebit.flows.payments.imports import find_or_import_payment
from autodebit.flows.payments.updates import judged, log_gateway_error, own_inquiry, settle
from autodebit.flows.send import retry_until_deadline
from autodebit.gateway.client import Operation, ResultStatus, VerifiedResponse
from autodebit.repository import RecordedUpdate
from autodebit.responses import NO_TIME, Response, built, no_trusted_answer, not_sent, passthrough, result, unknown
from autodebit.runtime import Runtime

_ROUNDS = 8
_IN_PROCESS = "This cancel is requested, and is repeated until Alipay has settled it."
_AFTER_PAY = (
    "This payment is being sent right now. The cancel is stored, and is sent as soon as the payment is answered."
)
_KEPT = "Alipay could not be reached yet; the cancel is stored, and is sent as soon as it can be. Or send the same request again."
_NEVER_SENT = (
    "This payment was never sent and will not be, so nothing was taken. To pay again take a new paymentRequestId."
)
_NOT_THERE = (
    "Alipay does not know this payment, so nothing was taken. The cancel is kept: should the payment turn up, it is cancelled. "
    "To pay again take a new paymentRequestId."
)


def cancel(request: CancelRequest, runtime: Runtime) -> Response:
    """Close a payment, or give all of it back; a repeat cancels nothing twice."""
    known = find_or_import_payment(
        request.payment_id, request.payment_request_id, request.merchant_account_id, runtime, to_cancel=True
    )
    if isinstance(known, Response):
        return known
    for _ in range(_ROUNDS):
        payment = runtime.repository.payments.find(known.payment_request_id) or known
        if payment.state is PaymentState.CANCELLED:
            return cancel_answer(payment)
        _check(payment)
        refuse_other_client_id(payment, runtime)
        if payment.cancel is not None and payment.cancel.leased(runtime.clock.now()):
            return unknown(_IN_PROCESS)
        if not payment.imported and certainly_never_sent(payment, runtime.clock.now(), runtime.settings.plan):
            if runtime.repository.payments.keep_cancel_unsent(payment, runtime.clock.now()) is not None:
                return built({"result": result("F", messages.ORDER_NOT_EXIST, _NEVER_SENT)})
            continue
        if payment.first_answer_is_out(runtime.clock.now()):
            # The answer to the request that is out may say that the id is another system's.
            if runtime.repository.payments.request_cancel(payment, runtime.clock.now()) is not None:
                return unknown(_AFTER_PAY)
            continue
        if not runtime.has_time_to_send:
            return unknown(f"{NO_TIME} {_IN_PROCESS}") if _sent(payment) else not_sent(NO_TIME)
        claimed = runtime.repository.payments.claim_cancel(payment, runtime.clock.now())
        if claimed is not None:
            return _told(*_send(claimed, runtime))
    return unknown(_IN_PROCESS)


def retry_cancel(payment: Payment, runtime: Runtime) -> None:
    """Send the cancel that *payment* wants once more, by whoever claims it first."""
    if not runtime.has_time_to_send:
        return  # It stays due for the next invocation.
    claimed = runtime.repository.payments.claim_cancel(payment, runtime.clock.now())
    if claimed is not None:
        _send(claimed, runtime)


def log_stuck_cancel(payment: Payment, runtime: Runtime) -> None:
    """Tell operators of a cancel without a verdict after so many tries that Alipay's documents send people to its support."""
    if payment.cancel is None or not payment.cancel.pending:
        return
    if payment.cancel.tries >= runtime.settings.plan.cancel_asks_after:
        telemetry.log(
            "cancel still open",
            level="ERROR",
            payment_request_id=payment.payment_request_id,
            state=payment.state.value,
            code=payment.cancel.code or None,
        )
        telemetry.metric("PollsExhausted")


def _check(payment: Payment) -> None:
    """Raise Refused where the state forbids a cancel; nothing is sent then."""
    if payment.state is PaymentState.FAIL:
        raise _failed()
    if payment.id_taken:
        raise _taken()
    if payment.reserved:
        raise RequestRejected(
            409,
            "ORDER_STATUS_INVALID",
            "this payment has refunds, done or under way; a cancel gives back all of it. Refund the rest instead.",
        )


def _sent(payment: Payment, *, sending: bool = False) -> bool:
    """Whether an earlier request to cancel may have been acted on; with *sending* the unsent one is counted already."""
    return payment.cancel is not None and payment.cancel.sends > (1 if sending else 0)


def _taken() -> RequestRejected:
    told = "Alipay holds this id for another request, which a cancel would close; it was flagged for review"
    return RequestRejected(409, "ORDER_STATUS_INVALID", told)


def _failed() -> RequestRejected:
    return RequestRejected(
        409, "ORDER_STATUS_INVALID", "this payment failed; nothing was taken, and there is nothing to cancel"
    )


def _send(claimed: Payment, runtime: Runtime) -> tuple[VerifiedResponse | GatewayError | None, RecordedUpdate[Payment]]:
    """Send a cancel that is written ahead and leased to us, and record what comes of it."""
    identity, payments = claimed.payment_request_id, runtime.repository.payments
    if claimed.unheard:
        # A cancel goes by the id, so it would give another system's customer the money back.
        asked = _asked(claimed, runtime)
        if not isinstance(asked, Payment):
            retry_until_deadline(lambda: payments.release_unsent_cancel(claimed, runtime.clock.now()), runtime)
            return asked, RecordedUpdate(claimed)
        claimed = asked
        if claimed.id_taken:
            retry_until_deadline(lambda: payments.release_unsent_cancel(claimed, runtime.clock.now()), runtime)
        if claimed.id_taken or not claimed.cancel_pending:
            return None, RecordedUpdate(claimed)
    if not runtime.has_time_to_send:
        retry_until_deadline(lambda: payments.release_unsent_cancel(claimed, runtime.clock.now()), runtime)
        return None, RecordedUpdate(claimed)
    try:
        answer = runtime.alipay.call(Operation.CANCEL, _body(claimed), runtime.response_timeout_ms)
    except GatewayError as error:
        log_gateway_error(error, identity)
        if not error.may_have_acted:
            retry_until_deadline(lambda: payments.release_unsent_cancel(claimed, runtime.clock.now()), runtime)
            return error, RecordedUpdate(claimed)
        return error, _recorded(claimed, messages.no_answer(Source.CANCEL, error.reason), runtime)
    return answer, _recorded(claimed, messages.from_cancel(answer), runtime)


def _asked(claimed: Payment, runtime: Runtime) -> Payment | GatewayError | None:
    """*claimed* once Alipay was asked for it, or the error if it did not answer; None if time did not suffice to ask or store."""
    if not runtime.has_time_to_send:
        return None
    asked_at = runtime.clock.now()
    try:
        answer = runtime.alipay.call(Operation.INQUIRY_PAYMENT, own_inquiry(claimed), runtime.response_timeout_ms)
    except GatewayError as error:
        log_gateway_error(error, claimed.payment_request_id)
        return GatewayError(Operation.CANCEL.label, error.reason, may_have_acted=False)
    fact = messages.from_inquiry(answer, Source.INQUIRY, asked_at)
    settlement = retry_until_deadline(lambda: settle(claimed.payment_request_id, fact, runtime), runtime)
    return settlement.item if settlement is not None else None


def _recorded(claimed: Payment, fact: PaymentUpdate, runtime: Runtime) -> RecordedUpdate[Payment]:
    settlement = retry_until_deadline(lambda: settle(claimed.payment_request_id, fact, runtime), runtime)
    if settlement is not None:
        log_stuck_cancel(settlement.item, runtime)
        return settlement
    judgement = judged(claimed, fact, runtime)
    # What is stored still says that the cancel is wanted, so it is sent again: a refusal would be told too early.
    return judgement if judgement.item.state is PaymentState.CANCELLED else RecordedUpdate(claimed)


def _body(payment: Payment) -> dict[str, Any]:
    """By our own id: after a lost answer to pay it is the only one that is known."""
    account = payment.account
    return {"paymentRequestId": payment.payment_request_id, **({"merchantAccountId": account} if account else {})}


def _told(answer: VerifiedResponse | GatewayError | None, settlement: RecordedUpdate[Payment]) -> Response:
    """What a caller hears once the answer to a cancel is recorded."""
    payment = settlement.item
    if payment.state is PaymentState.CANCELLED:
        agrees = isinstance(answer, VerifiedResponse) and answer.status is ResultStatus.S and not settlement.anomaly
        return passthrough(answer.text) if isinstance(answer, VerifiedResponse) and agrees else cancel_answer(payment)
    if payment.state is PaymentState.FAIL:
        raise _failed()
    if answer is None:
        if payment.id_taken:
            raise _taken()
        told = f"{NO_TIME} The cancel itself is stored, and will be sent."
        return unknown(told) if _sent(payment, sending=True) else not_sent(told)
    if isinstance(answer, GatewayError):
        if answer.may_have_acted:
            return no_trusted_answer(answer)
        return unknown(f"{_KEPT} {_IN_PROCESS}") if _sent(payment, sending=True) else not_sent(_KEPT)
    if answer.status is ResultStatus.U:
        return passthrough(answer.text)
    if (
        payment.state is PaymentState.NOT_SUBMITTED
        and payment.cancel_pending
        and answer.code == messages.ORDER_NOT_EXIST
    ):
        return built({"result": result("F", messages.ORDER_NOT_EXIST, _NOT_THERE)})
    if settlement.anomaly:
        return unknown(f"Alipay's answer does not fit this payment ({settlement.anomaly}); it is looked at.")
    if payment.cancel is not None and payment.cancel.state is CancelState.REFUSED:
        return passthrough(answer.text) if answer.status is ResultStatus.F else unknown(_IN_PROCESS)
    return unknown(f"Alipay answered {answer.code}, which settles nothing yet. {_IN_PROCESS}")
