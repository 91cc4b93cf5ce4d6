"""Secondary merchants: registered once for each registrationRequestId. Received is not approved; wallets answer later."""

import json
from collections.abc import Mapping
from typing import Any

from autodebit.contract import InquiryRegistrationInfoRequest, RegistrationRequest
from autodebit.domain.registration import Registration, RegistrationSource, RegistrationTransition, judge
from autodebit.domain.registration_states import RegistrationState
from autodebit.errors import GatewayError, RequestRejected
from autodebit.flows.client_ids import refuse_other_client_id
from autodebit.flows.merchants import messages
from autodebit.flows.merchants.responses import registration_answer
from autodebit.flows.merchants.sync import TAKEN, ask_registration, record_registration_update
from autodebit.flows.payments.responses import throttled
from autodebit.flows.payments.updates import log_gateway_error
from autodebit.flows.send import retry_until_deadline
from autodebit.gateway.client import Operation, ResultStatus, VerifiedResponse
from autodebit.responses import NO_TIME, Response, no_trusted_answer, not_sent, passthrough, to_json, unknown
from autodebit.runtime import Runtime

_ROUNDS = 8
_BEING_SENT = "This registration is being sent."
_NOT_RECORDED = "Alipay's answer could not be recorded; the outcome is being asked for. Repeat the same request."
_NOT_KNOWN_YET = "It is not known yet whether Alipay has received this registration; it is being asked for."
_NOT_CONTENT = {"registrationRequestId", "registrationNotifyURL", "passThroughInfo"}
"""What a repeat may say differently: it does not describe the merchant. What is sent is the first request all the same."""


def registration(request: RegistrationRequest, runtime: Runtime) -> Response:
    """Ask wallets to accept a secondary merchant, once for each registrationRequestId, however often it is asked for."""
    for _ in range(_ROUNDS):
        stored = runtime.repository.registrations.find(request.registration_request_id)
        reply = _first(request, runtime) if stored is None else _repeat(stored, request, runtime)
        if reply is not None:
            return reply
    return unknown(_BEING_SENT)


def inquiry_registration_info(request: InquiryRegistrationInfoRequest, runtime: Runtime) -> Response:
    """Ask Alipay for the newest data of a registered merchant. Nothing of it is kept."""
    if not runtime.has_time_to_send:
        return not_sent(NO_TIME)
    try:
        answer = runtime.alipay.call(
            Operation.INQUIRY_REGISTRATION_INFO, request.to_wire(), runtime.response_timeout_ms
        )
    except GatewayError as error:
        log_gateway_error(error)
        return no_trusted_answer(error, "Send the same request again.")
    return passthrough(answer.text)


def _first(request: RegistrationRequest, runtime: Runtime) -> Response | None:
    """The first request of an id: the intent is stored before anything is sent; None if somebody was faster."""
    if not runtime.has_time_to_send:
        return not_sent(NO_TIME)
    store = request.store_info
    intent = Registration(
        registration_request_id=request.registration_request_id,
        reference_merchant_id=request.merchant_info.reference_merchant_id,
        reference_store_id=store.reference_store_id if store else "",
        state=RegistrationState.INITIATED,
        body=_body(request, runtime),
        created_at=runtime.clock.now(),
        client_id=runtime.settings.client_id,
    )
    claimed = runtime.repository.registrations.open(intent, runtime.clock.now())
    return _send(claimed, runtime) if claimed else None


def _body(request: RegistrationRequest, runtime: Runtime) -> str:
    body = request.to_wire()
    if request.registration_notify_url is None and runtime.settings.registration_notify_url:
        body["registrationNotifyURL"] = runtime.settings.registration_notify_url
    return to_json(body)


def _repeat(stored: Registration, request: RegistrationRequest, runtime: Runtime) -> Response | None:
    """A repeat of an id: what was answered, one inquiry, or the stored body once more; None if it moved meanwhile."""
    _check_same(stored, request)
    if stored.state is not RegistrationState.INITIATED and not stored.id_taken:
        return registration_answer(stored)
    if stored.id_taken:
        return unknown(TAKEN)
    now = runtime.clock.now()
    if stored.leased(now):
        return unknown(_BEING_SENT)
    refuse_other_client_id(stored, runtime)
    if now < stored.retry_at:
        return throttled()
    if not runtime.has_time_to_send:
        return _no_time(sent_before=stored.sends > 0)
    if stored.told_unknown:
        asked = ask_registration(stored, RegistrationSource.INQUIRY, runtime)
        known = asked is not None and asked.registration.state is not RegistrationState.INITIATED
        return registration_answer(asked.registration) if asked and known else unknown(_NOT_KNOWN_YET)
    claimed = runtime.repository.registrations.claim_send(stored, runtime.clock.now())
    return _send(claimed, runtime) if claimed else None


def _no_time(*, sent_before: bool) -> Response:
    if sent_before:
        return unknown(f"{NO_TIME} An earlier request may have been acted on.")
    return not_sent(NO_TIME)


def _check_same(stored: Registration, request: RegistrationRequest) -> None:
    """Raise Refused if a repeat describes another merchant than the first request of the id did."""
    first, now = _content(json.loads(stored.body)), _content(request.to_wire())
    if differing := sorted(name for name in first.keys() | now.keys() if first.get(name) != now.get(name)):
        told = f"this registrationRequestId was used with another {' and another '.join(differing)}"
        raise RequestRejected(409, "REPEAT_REQ_INCONSISTENT", told)


def _content(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in _NOT_CONTENT}


def _send(claimed: Registration, runtime: Runtime) -> Response:
    """Send the stored body of a registration that is written ahead and leased to us, and record what comes of it."""
    identity, registrations = claimed.registration_request_id, runtime.repository.registrations
    if not runtime.has_time_to_send:
        retry_until_deadline(lambda: registrations.release_unsent(claimed, runtime.clock.now()), runtime)
        return _no_time(sent_before=claimed.sends > 1)
    try:
        answer = runtime.alipay.call(Operation.REGISTRATION, json.loads(claimed.body), runtime.response_timeout_ms)
    except GatewayError as error:
        log_gateway_error(error)
        if not error.may_have_acted:
            retry_until_deadline(lambda: registrations.release_unsent(claimed, runtime.clock.now()), runtime)
            return no_trusted_answer(error, sent_before=claimed.sends > 1)
        silence = messages.no_answer(RegistrationSource.REGISTRATION, error.reason)
        known = retry_until_deadline(lambda: record_registration_update(identity, silence, runtime), runtime)
        if known is not None and known.registration.state is not RegistrationState.INITIATED:
            return registration_answer(known.registration)
        return no_trusted_answer(error)
    fact = messages.from_registration(answer)
    settled = retry_until_deadline(lambda: record_registration_update(identity, fact, runtime), runtime)
    if settled is None and answer.status is ResultStatus.F:
        # Whoever reads F corrects the data under a new id, while a repeat of this one would be sent and may be taken.
        return unknown(_NOT_RECORDED)
    return _told(answer, settled or judge(claimed, fact, runtime.clock.now(), runtime.settings.plan))


def _told(answer: VerifiedResponse, settled: RegistrationTransition) -> Response:
    """What a caller hears once the answer to a send is recorded."""
    if settled.registration.id_taken:
        return unknown(f"Alipay answered {answer.code}. {TAKEN}")
    if settled.registration.state is RegistrationState.INITIATED:
        if answer.status is ResultStatus.U:
            return passthrough(answer.text)
        return unknown(
            f"Alipay answered {answer.code}, which may speak of an earlier send of this registrationRequestId; "
            "the outcome is being asked for."
        )
    expected = ResultStatus.F if settled.registration.state is RegistrationState.FAIL else ResultStatus.S
    return passthrough(answer.text) if answer.status is expected else registration_answer(settled.registration)
