"""How the outcome of a refund becomes known: a caller asks, Alipay tells, or a poller asks."""

from dataclasses import replace
from typing import Any

from autodebit import telemetry
from autodebit.contract import InquiryRefundRequest, NotifyRefundRequest
from autodebit.domain.refund import Refund, RefundUpdate, judge
from autodebit.domain.tracked_request import ID_TAKEN, ReportedStatus, Source
from autodebit.errors import GatewayError
from autodebit.flows.client_ids import left_to_its_client_id
from autodebit.flows.kept_bodies import NOT_UNDERSTOOD, kept_body
from autodebit.flows.payments import refund_messages
from autodebit.flows.payments.final_responses import inquiry_refund_answer
from autodebit.flows.payments.responses import (
    BEING_SENT,
    REFUND,
    outcome_not_recorded,
    response_for_unknown,
    response_to_inquiry,
)
from autodebit.flows.payments.updates import log_gateway_error, log_id_taken
from autodebit.flows.send import retry_until_deadline
from autodebit.gateway.client import Operation, VerifiedResponse
from autodebit.repository import Kind, RecordedUpdate
from autodebit.responses import NO_TIME, Response, no_trusted_answer, not_sent, passthrough, unknown
from autodebit.runtime import Runtime


def inquiry_refund(request: InquiryRefundRequest, runtime: Runtime) -> Response:
    """Ask Alipay where a refund stands; what it says is recorded like any other word of its."""
    refunds = runtime.repository.refunds
    asked = refunds.id_of(request.refund_id) if request.refund_id else request.refund_request_id
    stored = refunds.find(asked) if asked else None
    named = stored or (refunds.find(request.refund_request_id) if request.refund_request_id else None)
    if named is not None and named.first_answer_is_out(runtime.clock.now()):
        return unknown(BEING_SENT, code="REFUND_IN_PROCESS")
    if not runtime.has_time_to_send:
        return not_sent(NO_TIME)
    try:
        answer = runtime.alipay.call(Operation.INQUIRY_REFUND, _body(request, named), runtime.response_timeout_ms)
    except GatewayError as error:
        log_gateway_error(error, refund_request_id=asked or "")
        known = retry_until_deadline(lambda: refunds.find(asked), runtime) if asked else None
        known = known or stored
        return inquiry_refund_answer(known) if known and known.state.final else no_trusted_answer(error)
    return _inquired(answer, request, asked, named, runtime)


def _body(request: InquiryRefundRequest, named: Refund | None) -> dict[str, Any]:
    """What Alipay is asked: for a refund of ours that names no account, the account that its payment was made for."""
    account = named.account if named else ""
    return {**({"merchantAccountId": account} if account else {}), **request.to_wire()}


def notify_refund(notification: NotifyRefundRequest, runtime: Runtime) -> None:
    """Record what Alipay says of a refund. Returns once it is stored.

    What is not ours, and what says nothing that we know, is kept as an anomaly with its body.
    """
    fact, refunds = refund_messages.from_notification(notification), runtime.repository.refunds
    identity = fact.refund_request_id or (fact.refund_id and refunds.id_of(fact.refund_id)) or ""
    settled = record_refund_update(identity, fact, runtime) if identity else None
    if fact.word is ReportedStatus.NO_INFORMATION:
        reason = NOT_UNDERSTOOD
    elif settled is None:
        reason = "a notification for a refund that is not known"
    else:
        return
    refunds.record_unknown(identity, reason, fact, runtime.clock.now(), kept_body(notification))
    _note_anomaly(reason, fact, identity)


def poll_refund(refund_request_id: str, runtime: Runtime) -> None:
    """One inquiry for one refund, by whoever claims it first."""
    refunds, now = runtime.repository.refunds, runtime.clock.now()
    refund = refunds.find(refund_request_id)
    if refund is None or refund.due_at is None or refund.due_at > now:
        return
    if left_to_its_client_id(Kind.REFUND, refund_request_id, refund, runtime):
        return
    claimed = refunds.claim_poll(refund, now)
    if claimed is None:
        return
    if claimed.state.open and runtime.settings.plan.refunds.exhausted(claimed.polls):
        telemetry.log("still open", level="ERROR", refund_request_id=refund_request_id, state=claimed.state.value)
        telemetry.metric("PollsExhausted")
    record_refund_update(refund_request_id, asked_refund(claimed, Source.POLL, runtime), runtime)


def asked_refund(refund: Refund, source: Source, runtime: Runtime) -> RefundUpdate:
    """What one inquiry of ours for *refund* says, if only that nothing was heard."""
    if refund.id_taken:
        log_id_taken(refund_request_id=refund.refund_request_id)
        return refund_messages.no_answer(source, ID_TAKEN)
    body: dict[str, Any] = {"refundRequestId": refund.refund_request_id}
    body |= {"merchantAccountId": refund.account} if refund.account else {}
    try:
        answer = runtime.alipay.call(Operation.INQUIRY_REFUND, body, runtime.response_timeout_ms)
    except GatewayError as error:
        log_gateway_error(error, refund_request_id=refund.refund_request_id)
        return refund_messages.no_answer(source, error.reason)
    return refund_messages.from_inquiry(answer, source)


def record_refund_update(refund_request_id: str, fact: RefundUpdate, runtime: Runtime) -> RecordedUpdate[Refund] | None:
    """Record *fact* and tell operators of it. None: no such refund."""
    settlement = runtime.repository.refunds.settle(refund_request_id, fact, runtime.clock.now())
    if settlement is None:
        return None
    refund = settlement.item
    telemetry.log(
        "refund",
        refund_request_id=refund.refund_request_id,
        payment_request_id=refund.payment_request_id,
        state=refund.state.value,
        code=fact.code,
        source=fact.source.value,
    )
    if settlement.anomaly:
        _note_anomaly(settlement.anomaly, fact, refund_request_id)
    return settlement


def unrecorded_refund(known: Refund, fact: RefundUpdate, runtime: Runtime) -> RecordedUpdate[Refund]:
    """What *fact* comes to where the store cannot take it: a caller must not read more from an answer than we would."""
    judgement = judge(known, fact, runtime.clock.now(), runtime.settings.plan)
    return RecordedUpdate(judgement.item, judgement.anomaly)


def _inquired(
    answer: VerifiedResponse, request: InquiryRefundRequest, asked: str | None, named: Refund | None, runtime: Runtime
) -> Response:
    """What a caller hears of an inquiry: *asked* is the id it went by, *named* a refund of ours that it names."""
    fact = refund_messages.from_inquiry(answer, Source.INQUIRY)
    other_account = named is not None and request.merchant_account_id not in (None, named.account)
    known_id = named.refund_id if named else None
    absent = fact.word is ReportedStatus.NOT_FOUND
    if other_account and not absent and not request.refund_id and (not fact.refund_id or fact.refund_id != known_id):
        # The same id under another account is another refund.
        return response_for_unknown(REFUND, answer, replace(fact, word=ReportedStatus.NO_INFORMATION))
    if absent and named and (asked is None or other_account):
        # It speaks of a refundId that we do not know, or of another account: it says nothing of this refund.
        fact = refund_messages.no_answer(Source.INQUIRY)
    # Alipay goes by refundId when both are given, so its answer says which refund it speaks of.
    concerned = asked or fact.refund_request_id
    if concerned is None and named and fact.word is ReportedStatus.NO_INFORMATION:
        concerned = named.refund_request_id
    led_to = runtime.repository.refunds.find(concerned) if concerned and asked is None else None
    account = request.merchant_account_id or (named.account if named else "")
    if concerned is None or (led_to and led_to.account != account):
        # Nothing of ours, or our id under another account, which is another refund.
        return passthrough(answer.text)
    settlement = retry_until_deadline(lambda: record_refund_update(concerned, fact, runtime), runtime)
    if settlement is None and named is not None:
        if concerned == named.refund_request_id and fact.word is ReportedStatus.FAILED:
            return outcome_not_recorded(REFUND)
        settlement = unrecorded_refund(named, fact, runtime)
    if settlement is None:
        return response_for_unknown(REFUND, answer, fact)
    return response_to_inquiry(REFUND, answer, fact, settlement)


def _note_anomaly(reason: str, fact: RefundUpdate, refund_request_id: str) -> None:
    telemetry.anomaly(reason, refund_request_id=refund_request_id, code=fact.code, source=fact.source.value)
