"""Declarations to customs: written ahead, handed over, retransmitted by Alipay's rules, asked for until customs has answered."""

import json
from dataclasses import replace

from autodebit import telemetry
from autodebit.clock import Instant, iso
from autodebit.contract import DeclareRequest, InquiryDeclarationRequestsRequest
from autodebit.domain.declaration import RETRANSMITTABLE, Declaration, DeclarationUpdate, changed_fields, judge
from autodebit.domain.declaration_states import DeclarationState
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.tracked_request import ID_TAKEN, Money, Source
from autodebit.errors import GatewayError, RequestRejected
from autodebit.flows.client_ids import left_to_its_client_id, refuse_other_client_id
from autodebit.flows.customs import messages
from autodebit.flows.payments.responses import no_time, throttled
from autodebit.flows.payments.updates import log_gateway_error
from autodebit.flows.send import retry_until_deadline
from autodebit.gateway.client import Operation, ResultStatus, read_response
from autodebit.repository import Kind, RecordedUpdate
from autodebit.responses import (
    NO_TIME,
    Response,
    built,
    no_trusted_answer,
    not_sent,
    passthrough,
    result,
    to_json,
    unknown,
)
from autodebit.runtime import Runtime

_ROUNDS = 8
_IN_PROCESS = "This declaration is being sent."
_TAKEN = "Alipay holds this id for another request, so this declaration is not sent; it was flagged for review."
_NOT_RECORDED = (
    "Alipay's answer could not be recorded; the outcome is being asked for. Repeat this declaration unchanged."
)
_NOT_TRANSMITTED_AGAIN = (
    "Alipay has this declaration, and answered {code} when it was to transmit it once more; what was transmitted before stands. "
    "Take no new id: inquiryDeclarationRequests tells what customs says, and five minutes later this request is sent again."
)


def declare(request: DeclareRequest, runtime: Runtime) -> Response:
    """Have a payment's data transmitted to customs: once for each declarationRequestId, again only by Alipay's rules for that."""
    intent = _intent(request, runtime)
    for _ in range(_ROUNDS):
        stored = runtime.repository.declarations.find(intent.declaration_request_id)
        reply = _first(intent, runtime) if stored is None else _repeat(stored, intent, runtime)
        if reply is not None:
            return reply
    return unknown(_IN_PROCESS)


def inquiry_declaration_requests(request: InquiryDeclarationRequestsRequest, runtime: Runtime) -> Response:
    """Ask customs' word on up to ten declarations; what is said of ours is recorded, the answer is passed on as it came."""
    if not runtime.has_time_to_send:
        return not_sent(NO_TIME)
    asked_at = runtime.clock.now()
    try:
        answer = runtime.alipay.call(
            Operation.INQUIRY_DECLARATION_REQUESTS, request.to_wire(), runtime.response_timeout_ms
        )
    except GatewayError as error:
        log_gateway_error(error)
        return no_trusted_answer(error)
    facts = messages.from_inquiry(answer, Source.INQUIRY, asked_at)
    settled = retry_until_deadline(
        lambda: [record_declaration_update(name, fact, runtime) for name, fact in facts.items()], runtime
    )
    items = [one.item for one in settled or () if one]
    if taken := [item.declaration_request_id for item in items if item.id_taken]:
        return unknown(f"Alipay holds {', '.join(taken)} for another request; ask for the others alone.")
    return passthrough(answer.text)


def poll_declaration(declaration_request_id: str, runtime: Runtime) -> None:
    """One inquiry for one declaration, by whoever claims it first. Pollers never send a declaration."""
    declarations, now = runtime.repository.declarations, runtime.clock.now()
    declaration = declarations.find(declaration_request_id)
    if declaration is None or declaration.due_at is None or declaration.due_at > now:
        return
    if left_to_its_client_id(Kind.DECLARATION, declaration_request_id, declaration, runtime):
        return
    claimed = declarations.claim_poll(declaration, now)
    if claimed is None:
        return
    state = claimed.state
    if state.open and runtime.settings.plan.declarations.exhausted(claimed.polls):
        telemetry.log("still open", level="ERROR", declaration_request_id=declaration_request_id, state=state.value)
        telemetry.metric("PollsExhausted")
    fact = _inquire(claimed, now, runtime)
    retry_until_deadline(lambda: record_declaration_update(declaration_request_id, fact, runtime), runtime)


def _inquire(claimed: Declaration, now: Instant, runtime: Runtime) -> DeclarationUpdate:
    """What one inquiry of a poller says, if only that nothing was heard."""
    identity = claimed.declaration_request_id
    if claimed.id_taken:
        telemetry.log("another request's id", level="ERROR", declaration_request_id=identity)
        return messages.no_answer(Source.POLL, now, ID_TAKEN)
    body = {"declarationRequestIds": [identity]}
    try:
        answer = runtime.alipay.call(Operation.INQUIRY_DECLARATION_REQUESTS, body, runtime.response_timeout_ms)
    except GatewayError as error:
        log_gateway_error(error)
        return messages.no_answer(Source.POLL, now, error.reason)
    facts = messages.from_inquiry(answer, Source.POLL, now)
    return facts.get(identity) or messages.without_record(answer, Source.POLL, now)


def record_declaration_update(
    declaration_request_id: str, fact: DeclarationUpdate, runtime: Runtime
) -> RecordedUpdate[Declaration] | None:
    """Record *fact* and tell operators of it. None: no such declaration."""
    settlement = runtime.repository.declarations.settle(declaration_request_id, fact, runtime.clock.now())
    if settlement is None:
        return None
    telemetry.log(
        "declaration",
        declaration_request_id=declaration_request_id,
        payment_id=settlement.item.payment_id,
        state=settlement.item.state.value,
        code=fact.code or fact.customs_result_code,
        source=fact.source.value,
    )
    if settlement.anomaly:
        telemetry.anomaly(
            settlement.anomaly,
            declaration_request_id=declaration_request_id,
            code=fact.code,
            source=fact.source.value,
        )
    return settlement


def _intent(request: DeclareRequest, runtime: Runtime) -> Declaration:
    amount = Money(request.declaration_amount.value, request.declaration_amount.currency)
    return Declaration(
        declaration_request_id=request.declaration_request_id,
        state=DeclarationState.INITIATED,
        payment_id=request.payment_id,
        customs_code=request.customs.customs_code,
        amount=amount,
        amounts=(amount,),
        body=to_json(request.to_wire()),
        created_at=runtime.clock.now(),
        client_id=runtime.settings.client_id,
    )


def _first(intent: Declaration, runtime: Runtime) -> Response | None:
    """The first request of an id: the intent is stored before anything is sent; None if another caller stored one first."""
    _check_payment(intent, runtime)
    if not runtime.has_time_to_send:
        return not_sent(NO_TIME)
    claimed = runtime.repository.declarations.open(intent, runtime.clock.now())
    return _send(claimed, None, runtime) if claimed else None


def _check_payment(intent: Declaration, runtime: Runtime) -> None:
    """Raise Refused if the payment is ours and not successful. One that was made elsewhere is Alipay's to judge."""
    payments = runtime.repository.payments
    known = payments.id_of(intent.payment_id)
    payment = payments.find(known) if known else None
    if payment is not None and payment.state is not PaymentState.SUCCESS:
        told = f"this payment is {payment.state.value}; only a successful payment can be declared. Nothing was sent."
        raise RequestRejected(409, "ORDER_STATUS_INVALID", told)


def _repeat(stored: Declaration, intent: Declaration, runtime: Runtime) -> Response | None:
    """A repeat of an id: what is stored, the same body once more, or a retransmission; None if it moved meanwhile."""
    if stored.id_taken:
        return unknown(_TAKEN)
    changed = tuple(changed_fields(json.loads(stored.body), json.loads(intent.body)))
    if changed:
        _check_changes(stored, changed)
    if stored.state is DeclarationState.FAIL:
        return _answer(stored)
    now = runtime.clock.now()
    if stored.leased(now):
        return unknown(_IN_PROCESS)
    if not (stored.done and not changed):
        refuse_other_client_id(stored, runtime)
    if now < stored.retry_at:
        return throttled()
    if changed or stored.answered:
        if not changed and stored.done:
            return _answer(stored)
        allowed_at = stored.over_at + runtime.settings.plan.retransmit_after
        if now < allowed_at and changed:
            # The time is told in whole seconds, rounded up.
            told = (
                f"changed ({', '.join(changed)}) too soon: a retransmission is allowed from {iso(allowed_at + 999)} on"
            )
            raise RequestRejected(409, "REPEAT_REQ_INCONSISTENT", f"{told}. Nothing was sent.")
        if now < allowed_at:
            return _with_receipt(stored, runtime) if stored.receipt_missing else _answer(stored)
        _check_payment(intent, runtime)
    if not runtime.has_time_to_send:
        return no_time(stored, runtime)
    intent = intent if changed else replace(intent, body=stored.body)
    claimed = runtime.repository.declarations.send_again(stored, intent, now)
    return _send(claimed, stored, runtime) if claimed else None


def _check_changes(stored: Declaration, changed: tuple[str, ...]) -> None:
    """Raise Refused where no retransmission may make these changes."""
    if stored.state is DeclarationState.FAIL:
        told = f"this declarationRequestId was refused ({stored.result_code}); take a new one for other data"
    elif not stored.state.at_alipay:
        told = f"changed ({', '.join(changed)}), while it is not known that Alipay has this declaration; repeat it unchanged"
    elif fixed := [name for name in changed if name not in RETRANSMITTABLE]:
        told = f"a retransmission may not change {', '.join(fixed)}; that takes a new declarationRequestId"
    else:
        return
    raise RequestRejected(409, "REPEAT_REQ_INCONSISTENT", f"{told}. Nothing was sent.")


def _send(claimed: Declaration, before: Declaration | None, runtime: Runtime) -> Response:
    """Send the stored body of a declaration that is written ahead and leased to us, and record what comes of it."""
    identity, declarations = claimed.declaration_request_id, runtime.repository.declarations
    if not runtime.has_time_to_send:
        retry_until_deadline(lambda: declarations.release_unsent(claimed, before, runtime.clock.now()), runtime)
        return no_time(before, runtime) if before else not_sent(NO_TIME)
    try:
        answer = runtime.alipay.call(Operation.DECLARE, json.loads(claimed.body), runtime.response_timeout_ms)
    except GatewayError as error:
        log_gateway_error(error)
        if not error.may_have_acted:
            retry_until_deadline(lambda: declarations.release_unsent(claimed, before, runtime.clock.now()), runtime)
            return no_trusted_answer(error, sent_before=before is not None and before.sends > 0)
        silence = messages.no_answer(Source.DECLARE, claimed.sent_at, error.reason)
        known = retry_until_deadline(lambda: record_declaration_update(identity, silence, runtime), runtime)
        return _answer(known.item) if known and known.item.answered else no_trusted_answer(error)
    fact = messages.from_declare(answer, claimed.sent_at)
    settlement = retry_until_deadline(lambda: record_declaration_update(identity, fact, runtime), runtime)
    if settlement is None and answer.status is ResultStatus.F:
        # Whoever reads F mends the data under a new id, while a repeat of this one would be sent and may be taken.
        return unknown(_NOT_RECORDED)
    declaration = (
        settlement.item if settlement else judge(claimed, fact, runtime.clock.now(), runtime.settings.plan).item
    )
    if declaration.id_taken:
        return unknown(f"Alipay answered {answer.code}. {_TAKEN}")
    if declaration.answered:
        # Where an inquiry has found it meanwhile, an F or a U to this send is no longer the word on it.
        return _answer(declaration)
    if answer.status is ResultStatus.U:
        return passthrough(answer.text)
    return unknown(
        f"Alipay answered {answer.code}, which does not tell whether this declaration was taken. It is being asked for; "
        "repeat it unchanged."
    )


def _with_receipt(stored: Declaration, runtime: Runtime) -> Response | None:
    """The answer for a completed declaration with its clearing data, which Alipay tells in answers to declare only.

    Until five minutes after its last call the same request is a repeat: Alipay transmits nothing, and no state is at stake. That
    call may have come as early as the last send was claimed; and this one is a call as well, so it is noted ahead. None: the
    declaration moved meanwhile.
    """
    if not _is_still_a_repeat(stored, runtime):
        return _answer(stored)
    claimed = runtime.repository.declarations.claim_receipt(stored, runtime.clock.now())
    if claimed is None:
        return None
    if not _is_still_a_repeat(claimed, runtime):
        return _answer(stored)
    try:
        answer = runtime.alipay.call(Operation.DECLARE, json.loads(stored.body), runtime.response_timeout_ms)
    except GatewayError as error:
        log_gateway_error(error)
        return _answer(stored)
    if answer.status is not ResultStatus.S:
        return _answer(stored)
    fact = messages.from_declare(answer, stored.sent_at)
    retry_until_deadline(lambda: record_declaration_update(stored.declaration_request_id, fact, runtime), runtime)
    return passthrough(answer.text)


def _is_still_a_repeat(declaration: Declaration, runtime: Runtime) -> bool:
    """Whether a call that is made now ends before Alipay takes it for a retransmission."""
    ends_by = runtime.clock.now() + runtime.response_timeout_ms
    return runtime.has_time_to_send and ends_by < declaration.sent_at + runtime.settings.plan.retransmit_after


def _answer(declaration: Declaration) -> Response:
    """What declare answers for a declaration whose last send is answered: Alipay's own answer, or one built from its record.

    Whoever repeats what was taken, perhaps because its answer was lost, must not read that it was refused.
    """
    if declaration.refused_unchanged:
        code = read_response(Operation.DECLARE.label, declaration.answer.encode()).code
        return unknown(_NOT_TRANSMITTED_AGAIN.format(code=code))
    if declaration.answer:
        return passthrough(declaration.answer)
    known = {
        "customsPaymentId": declaration.customs_payment_id,
        "customsOrderId": declaration.customs_order_id,
        "identityCheckResult": declaration.identity_check_result,
    }
    told = {name: value for name, value in known.items() if value is not None}
    return built({"result": result("S", "SUCCESS", "success"), **told})
