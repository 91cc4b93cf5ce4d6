"""What a word of Alipay does to a payment, whoever brought it, and what operators hear of it."""

from typing import Any

from autodebit import telemetry
from autodebit.domain.payment import Payment, PaymentUpdate, judge
from autodebit.domain.payment_states import PaymentState
from autodebit.errors import GatewayError
from autodebit.flows.authorizations.tokens import token_refused
from autodebit.repository import RecordedUpdate
from autodebit.runtime import Runtime


def settle(payment_request_id: str, fact: PaymentUpdate, runtime: Runtime) -> RecordedUpdate[Payment] | None:
    """Record *fact*, tell operators of it, and end the authorization whose token it calls dead. None: no such payment."""
    settlement = runtime.repository.payments.settle(payment_request_id, fact, runtime.clock.now())
    if settlement is None:
        return None
    payment = settlement.item
    telemetry.log(
        "payment",
        payment_request_id=payment.payment_request_id,
        payment_id=payment.payment_id,
        state=payment.state.value,
        code=fact.code,
        source=fact.source.value,
    )
    if settlement.anomaly:
        log_anomaly(settlement.anomaly, fact, payment_request_id)
    if payment.state is PaymentState.FAIL and payment.grant and fact.code == "INVALID_ACCESS_TOKEN":
        token_refused(payment.grant, payment.token_version, runtime, wallet=payment.payment_method_type)
    return settlement


def log_anomaly(reason: str, fact: PaymentUpdate, payment_request_id: str) -> None:
    """Tell operators of a fact that was not applied as it came."""
    telemetry.anomaly(
        reason,
        payment_request_id=payment_request_id,
        payment_id=fact.payment_id,
        code=fact.code,
        source=fact.source.value,
    )


def log_id_taken(*, payment_request_id: str | None = None, refund_request_id: str | None = None) -> None:
    """Tell operators of an item that stays open because Alipay's record under its id belongs to another request."""
    telemetry.log("id taken", level="ERROR", payment_request_id=payment_request_id, refund_request_id=refund_request_id)
    telemetry.metric("PollsExhausted")


def log_gateway_error(error: GatewayError, payment_request_id: str = "", *, refund_request_id: str = "") -> None:
    """Tell operators that a call brought no answer we may act on."""
    telemetry.log(
        "no answer",
        level="WARNING",
        operation=error.operation,
        payment_request_id=payment_request_id or None,
        refund_request_id=refund_request_id or None,
        reason=error.reason,
        code=error.hint or None,
    )
    telemetry.metric("UntrustedAnswers" if error.hint else "NoAnswers")


def judged(known: Payment, fact: PaymentUpdate, runtime: Runtime) -> RecordedUpdate[Payment]:
    """What *fact* comes to where the store cannot take it: a caller must not read more from an answer than we would."""
    judgement = judge(known, fact, runtime.clock.now(), runtime.settings.plan)
    return RecordedUpdate(judgement.item, judgement.anomaly)


def own_inquiry(payment: Payment) -> dict[str, Any]:
    """The body of an inquiry of ours: for the account that the payment was made for."""
    account = payment.account
    return {"paymentRequestId": payment.payment_request_id, **({"merchantAccountId": account} if account else {})}
