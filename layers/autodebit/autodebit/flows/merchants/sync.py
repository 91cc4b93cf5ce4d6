"""How the outcome of a registration becomes known: a caller asks, Alipay tells, or a poller asks."""

from autodebit import telemetry
from autodebit.contract import InquiryRegistrationStatusRequest, NotifyRegistrationStatusRequest
from autodebit.domain.registration import (
    Registration,
    RegistrationReport,
    RegistrationSource,
    RegistrationTransition,
    RegistrationUpdate,
    judge,
    meant,
    overdue,
)
from autodebit.domain.tracked_request import ID_TAKEN
from autodebit.errors import GatewayError
from autodebit.flows.client_ids import left_to_its_client_id
from autodebit.flows.kept_bodies import NOT_UNDERSTOOD, kept_body
from autodebit.flows.merchants import messages
from autodebit.flows.merchants.responses import inquiry_registration_answer
from autodebit.flows.payments.updates import log_gateway_error
from autodebit.flows.send import retry_until_deadline
from autodebit.gateway.client import Operation, VerifiedResponse
from autodebit.repository import Kind
from autodebit.responses import NO_TIME, Response, no_trusted_answer, not_sent, passthrough, unknown
from autodebit.runtime import Runtime

_NOT_KNOWN = "a notification for a registration that is not known"
TAKEN = "Alipay holds this id for another request, so this registration is not sent; it was flagged for review."
_NOT_NAMED = "a notification that does not tell which registration it speaks of"


def inquiry_registration_status(request: InquiryRegistrationStatusRequest, runtime: Runtime) -> Response:
    """Ask Alipay where a registration stands; what it says is recorded where it speaks of one of ours."""
    registrations, asked = runtime.repository.registrations, request.registration_request_id
    stored = registrations.find(asked) if asked else None
    ours = stored if stored and _names(request, stored) else None
    if not runtime.has_time_to_send:
        return not_sent(NO_TIME)
    try:
        answer = runtime.alipay.call(
            Operation.INQUIRY_REGISTRATION_STATUS, request.to_wire(), runtime.response_timeout_ms
        )
    except GatewayError as error:
        log_gateway_error(error)
        if ours is None:
            return no_trusted_answer(error, "Send the same request again.")
        known = retry_until_deadline(lambda: registrations.find(ours.registration_request_id), runtime) or ours
        if known.id_taken:
            return unknown(TAKEN)
        return inquiry_registration_answer(known) if known.state.reviewed else no_trusted_answer(error)
    if ours is not None:
        return _inquired(answer, ours, runtime)
    if asked is None and request.reference_merchant_id is not None:
        merchant, store = request.reference_merchant_id, request.reference_store_id or ""
        fact = messages.from_inquiry(answer, RegistrationSource.INQUIRY)
        retry_until_deadline(lambda: _settle_of_merchant(merchant, store, fact, runtime), runtime)
    return passthrough(answer.text)


def notify_registration_status(notification: NotifyRegistrationStatusRequest, runtime: Runtime) -> None:
    """Record what Alipay says of a registration. Returns once it is stored.

    What is not ours, and what says nothing that we know, is kept as an anomaly with its body.
    """
    fact = messages.from_notification(notification)
    identity = fact.registration_request_id or ""
    if identity:
        settled = record_registration_update(identity, fact, runtime)
    else:
        merchant, store = fact.reference_merchant_id or "", fact.reference_store_id or ""
        settled = _settle_of_merchant(merchant, store, fact, runtime) if merchant else None
    if settled is None:
        reason = _NOT_KNOWN if identity else _NOT_NAMED
    elif not messages.understood(notification):
        reason, identity = NOT_UNDERSTOOD, settled.registration.registration_request_id
    else:
        return
    body = kept_body(notification)
    runtime.repository.registrations.record_unknown(identity, reason, fact, runtime.clock.now(), body)
    _note_anomaly(reason, fact, identity)


def poll_registration(registration_request_id: str, runtime: Runtime) -> None:
    """One inquiry for one registration, by whoever claims it first."""
    registrations, now = runtime.repository.registrations, runtime.clock.now()
    registration = registrations.find(registration_request_id)
    if registration is None or registration.due_at is None or registration.due_at > now:
        return
    if left_to_its_client_id(Kind.REGISTRATION, registration_request_id, registration, runtime):
        return
    claimed = registrations.claim_poll(registration, now)
    if claimed is None:
        return
    if overdue(claimed, now, runtime.settings.plan):
        telemetry.log(
            "still open",
            level="ERROR",
            registration_request_id=registration_request_id,
            state=claimed.state.value,
        )
        telemetry.metric("PollsExhausted")
    ask_registration(claimed, RegistrationSource.POLL, runtime)


def ask_registration(
    registration: Registration, source: RegistrationSource, runtime: Runtime
) -> RegistrationTransition | None:
    """One inquiry for *registration*, its answer or its silence recorded; None if the store stayed away."""
    identity = registration.registration_request_id
    # With both ids the answer is about this registration; the merchant's id alone would bring all that its wallets say.
    body = {"registrationRequestId": identity, "referenceMerchantId": registration.reference_merchant_id}
    try:
        if registration.id_taken:
            telemetry.log("another request's id", level="ERROR", registration_request_id=identity)
            fact = messages.no_answer(source, ID_TAKEN)
        else:
            answer = runtime.alipay.call(Operation.INQUIRY_REGISTRATION_STATUS, body, runtime.response_timeout_ms)
            fact = messages.from_inquiry(answer, source)
    except GatewayError as error:
        log_gateway_error(error)
        fact = messages.no_answer(source, error.reason)
    return retry_until_deadline(lambda: record_registration_update(identity, fact, runtime), runtime)


def record_registration_update(
    registration_request_id: str, fact: RegistrationUpdate, runtime: Runtime
) -> RegistrationTransition | None:
    """Record *fact* and tell operators of it. None: no such registration."""
    settled = runtime.repository.registrations.settle(registration_request_id, fact, runtime.clock.now())
    if settled is None:
        return None
    telemetry.log(
        "registration",
        registration_request_id=registration_request_id,
        state=settled.registration.state.value,
        code=fact.code,
        source=fact.source.value,
    )
    if settled.anomaly:
        _note_anomaly(settled.anomaly, fact, registration_request_id)
    return settled


def _settle_of_merchant(
    merchant: str, store: str, fact: RegistrationUpdate, runtime: Runtime
) -> RegistrationTransition | None:
    """Record a word that names a merchant and no request. None: it cannot be told which registration it speaks of, if any.

    That nothing was found is said of the merchant as a whole: it counts for none of its registrations.
    """
    known = runtime.repository.registrations.of_merchant(merchant, store)
    target = meant(*known, fact.word) if known and fact.word is not RegistrationReport.NOT_FOUND else None
    return record_registration_update(target.registration_request_id, fact, runtime) if target else None


def _names(request: InquiryRegistrationStatusRequest, registration: Registration) -> bool:
    """Whether all ids of *request* are those of *registration*; what another merchant or store brings says nothing of it."""
    same_merchant = request.reference_merchant_id in (None, registration.reference_merchant_id)
    return same_merchant and request.reference_store_id in (None, registration.reference_store_id)


def _inquired(answer: VerifiedResponse, ours: Registration, runtime: Runtime) -> Response:
    """What a caller hears of an inquiry for a registration of ours: Alipay's words, unless what is final says otherwise."""
    fact = messages.from_inquiry(answer, RegistrationSource.INQUIRY)
    identity = ours.registration_request_id
    settled = retry_until_deadline(lambda: record_registration_update(identity, fact, runtime), runtime)
    if settled is None:
        settled = judge(ours, fact, runtime.clock.now(), runtime.settings.plan)
    if settled.registration.id_taken:
        return unknown(TAKEN)
    said = fact.word in (RegistrationReport.COMPLETED, RegistrationReport.REJECTED)
    if settled.registration.state.reviewed and (not said or settled.anomaly):
        return inquiry_registration_answer(settled.registration)
    return passthrough(answer.text)


def _note_anomaly(reason: str, fact: RegistrationUpdate, registration_request_id: str) -> None:
    telemetry.anomaly(reason, registration_request_id=registration_request_id, code=fact.code, source=fact.source.value)
