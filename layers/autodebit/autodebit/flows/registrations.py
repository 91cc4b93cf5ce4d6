"""Secondary merchants: registered once for each registrationRequestId. Received is not approved; wallets answer later."""

import json
from collections.abc import Mapping
from typing import Any

from autodebit.contract import InquiryRegistrationInfoRequest, RegistrationRequest
from autodebit.errors import GatewayError, Refused
from autodebit.flows import registration_words as words
from autodebit.flows.clients import refuse_other_client_id
from autodebit.flows.registration_answers import registration_answer
from autodebit.flows.registration_outcomes import ask_registration, settle_registration
from autodebit.flows.settling import note_gateway_error
from autodebit.flows.storing import stored_until_deadline
from autodebit.gateway import Answer, Operation, Status
from autodebit.lifecycle import RegistrationState
from autodebit.registration import Registration, RegistrationJudgement, RegistrationOrigin, judge
from autodebit.replies import NO_TIME, Reply, dumped, not_sent, relayed, unanswered, unknown
from autodebit.runtime import Runtime

_ROUNDS = 8
_BEING_SENT = "This registration is being sent."
_NOT_KNOWN_YET = "It is not known yet whether Alipay has received this registration; it is being asked for."
_NOT_CONTENT = {"registrationRequestId", "registrationNotifyURL", "passThroughInfo"}
"""What a repeat may say differently: it does not describe the merchant. What is sent is the first request all the same."""


def registration(request: RegistrationRequest, runtime: Runtime) -> Reply:
    """Ask wallets to accept a secondary merchant, once for each registrationRequestId, however often it is asked for."""
    for _ in range(_ROUNDS):
        stored = runtime.repository.registrations.find(request.registration_request_id)
        reply = _first(request, runtime) if stored is None else _repeat(stored, request, runtime)
        if reply is not None:
            return reply
    return unknown(_BEING_SENT)


def inquiry_registration_info(request: InquiryRegistrationInfoRequest, runtime: Runtime) -> Reply:
    """Ask Alipay for the newest data of a registered merchant. Nothing of it is kept."""
    if not runtime.may_send:
        return not_sent(NO_TIME)
    try:
        answer = runtime.alipay.call(Operation.INQUIRY_REGISTRATION_INFO, request.to_wire(), runtime.answer_within)
    except GatewayError as error:
        note_gateway_error(error)
        return unanswered(error, "Send the same request again.")
    return relayed(answer.text)


def _first(request: RegistrationRequest, runtime: Runtime) -> Reply | None:
    """The first request of an id: the intent is stored before anything is sent; None if somebody was faster."""
    if not runtime.may_send:
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
    return dumped(body)


def _repeat(stored: Registration, request: RegistrationRequest, runtime: Runtime) -> Reply | None:
    """A repeat of an id: what was answered, one inquiry, or the stored body once more; None if it moved meanwhile."""
    _check_same(stored, request)
    if stored.state is not RegistrationState.INITIATED:
        return registration_answer(stored)
    if stored.leased(runtime.clock.now()):
        return unknown(_BEING_SENT)
    refuse_other_client_id(stored, runtime)
    if not runtime.may_send:
        return not_sent(NO_TIME)
    if stored.told_unknown:
        asked = ask_registration(stored, RegistrationOrigin.INQUIRY, runtime)
        known = asked is not None and asked.registration.state is not RegistrationState.INITIATED
        return registration_answer(asked.registration) if asked and known else unknown(_NOT_KNOWN_YET)
    claimed = runtime.repository.registrations.claim_send(stored, runtime.clock.now())
    return _send(claimed, runtime) if claimed else None


def _check_same(stored: Registration, request: RegistrationRequest) -> None:
    """Raise Refused if a repeat describes another merchant than the first request of the id did."""
    first, now = _content(json.loads(stored.body)), _content(request.to_wire())
    if differing := sorted(name for name in first.keys() | now.keys() if first.get(name) != now.get(name)):
        told = f"this registrationRequestId was used with another {' and another '.join(differing)}"
        raise Refused(409, "REPEAT_REQ_INCONSISTENT", told)


def _content(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in _NOT_CONTENT}


def _send(claimed: Registration, runtime: Runtime) -> Reply:
    """Send the stored body of a registration that is written ahead and leased to us, and record what comes of it."""
    identity, registrations = claimed.registration_request_id, runtime.repository.registrations
    if not runtime.may_send:
        stored_until_deadline(lambda: registrations.release_unsent(claimed, runtime.clock.now()), runtime)
        return not_sent(NO_TIME)
    try:
        answer = runtime.alipay.call(Operation.REGISTRATION, json.loads(claimed.body), runtime.answer_within)
    except GatewayError as error:
        note_gateway_error(error)
        if not error.may_have_acted:
            stored_until_deadline(lambda: registrations.release_unsent(claimed, runtime.clock.now()), runtime)
            return unanswered(error)
        silence = words.of_silence(RegistrationOrigin.REGISTRATION, error.reason)
        known = stored_until_deadline(lambda: settle_registration(identity, silence, runtime), runtime)
        if known is not None and known.registration.state is not RegistrationState.INITIATED:
            return registration_answer(known.registration)
        return unanswered(error)
    fact = words.of_registration(answer)
    settled = stored_until_deadline(lambda: settle_registration(identity, fact, runtime), runtime)
    return _told(answer, settled or judge(claimed, fact, runtime.clock.now(), runtime.settings.plan))


def _told(answer: Answer, settled: RegistrationJudgement) -> Reply:
    """What a caller hears once the answer to a send is recorded."""
    if settled.registration.state is RegistrationState.INITIATED:
        if answer.status is Status.U:
            return relayed(answer.text)
        return unknown(
            f"Alipay answered {answer.code}, which may speak of an earlier send of this registrationRequestId; "
            "the outcome is being asked for."
        )
    expected = Status.F if settled.registration.state is RegistrationState.FAIL else Status.S
    return relayed(answer.text) if answer.status is expected else registration_answer(settled.registration)
