"""One-time passwords: sent once for each authenticationRequestId, and checked by Alipay each time that a customer types one.

Alipay has no inquiry for them, so nothing here is due, and no poller sends a password to anybody.
"""

import hashlib
import json

from autodebit import telemetry
from autodebit.contract import InitAuthenticationRequest, VerifyAuthenticationRequest, VerifyAuthenticationResponse
from autodebit.domain.authentication import Authentication
from autodebit.domain.authentication_states import AuthenticationEvent, AuthenticationState
from autodebit.domain.authorization import Grant
from autodebit.domain.tracked_request import answers_only_send, is_only_send
from autodebit.errors import GatewayError, RequestRejected
from autodebit.flows.authorizations.handles import replace_tokens
from autodebit.flows.authorizations.tokens import ended, has_time_to_send_under, lease_end, resolve_grant, token_refused
from autodebit.flows.send import retry_until_deadline
from autodebit.gateway.client import Operation, ResultStatus, VerifiedResponse
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
_IN_PROCESS = "This authentication is being processed; send the same request again."
_UNCHECKED = "Whether the password was checked is not known; send the same request again."
_FIRST_MAY_BE_GOOD = (
    "Alipay refused a repeat, which does not tell what became of the first: the customer may have its password. "
    "Verify it, or send the same request again; a new authenticationRequestId sends a new password."
)
_DEAD_TOKEN = "INVALID_ACCESS_TOKEN"  # noqa: S105  a code
_USELESS = (_DEAD_TOKEN, "USER_NOT_EXIST", "USER_STATUS_ABNORMAL")
"""What says of verifyAuthentication that no try can pass any more. Every other F speaks of the one request only."""


def init_authentication(request: InitAuthenticationRequest, runtime: Runtime) -> Response:
    """Have the wallet send its customer a password, once for each id; a repeat sends no second one."""
    if not runtime.has_time_to_send:
        known = runtime.repository.authentications.find(request.authentication_request_id)
        return unknown(_IN_PROCESS) if known is not None and known.sends else not_sent(NO_TIME)
    grant = resolve_grant(request.user_identity_value, "", runtime, field="userIdentityValue")
    intent = _intent(request, grant, runtime)
    for _ in range(_ROUNDS):
        stored = runtime.repository.authentications.find(intent.authentication_request_id)
        if stored is not None and (reply := _known(stored, intent, runtime)) is not None:
            return reply
        if not grant.usable:
            raise ended(grant)
        ready = stored or intent
        token = runtime.repository.grants.access_token(ready.grant, ready.token_version)
        claimed = runtime.repository.authentications.claim(ready, lease_end(runtime))
        if claimed is not None:
            return _send(claimed, token, runtime)
    return unknown(_IN_PROCESS)


def verify_authentication(request: VerifyAuthenticationRequest, runtime: Runtime) -> Response:
    """Whether what the customer typed is the password. Only Alipay can tell, so it is asked each time, after a pass, too:
    to replay a pass would let anything that is typed under the same id pass."""
    stored = runtime.repository.authentications.find(request.authentication_request_id)
    if stored is None:
        told = "authenticationRequestId: no initAuthentication with this id is known here; nothing was sent"
        raise RequestRejected(400, "PARAM_ILLEGAL", told)
    if stored.state is AuthenticationState.FAILED:
        told = (
            f"this authentication has failed ({stored.result_code}); nothing was sent. Begin a new one, with a new id."
        )
        raise RequestRejected(409, "ORDER_STATUS_INVALID", told)
    if not runtime.has_time_to_send:
        return unknown(_UNCHECKED) if stored.check_lost else not_sent(NO_TIME)
    try:
        answer = runtime.alipay.call(Operation.VERIFY_AUTHENTICATION, request.to_wire(), runtime.response_timeout_ms)
    except GatewayError as error:
        _note_silence(error, stored)
        if error.may_have_acted:
            identity = stored.authentication_request_id
            retry_until_deadline(lambda: runtime.repository.authentications.lose_check(identity), runtime)
        elif stored.check_lost:
            return unknown(_UNCHECKED)
        return no_trusted_answer(error)
    news = _verdict(answer)
    settled = _settle(stored, news, answer, runtime) if news is not None else None
    _heard(stored, answer, runtime)
    if news is AuthenticationEvent.USELESS and settled is None:
        return unknown(_UNCHECKED)  # that it has failed is told only once it is stored
    return passthrough(answer.text)


def _intent(request: InitAuthenticationRequest, grant: Grant, runtime: Runtime) -> Authentication:
    body = {**request.to_wire(), "userIdentityValue": grant.handle}
    content = [
        request.authentication_type,
        request.authentication_channel_type,
        request.user_identity_type,
        grant.handle,
    ]
    return Authentication(
        authentication_request_id=request.authentication_request_id,
        state=AuthenticationState.INITIATED,
        fingerprint=hashlib.sha256(json.dumps(content).encode()).hexdigest(),
        grant=grant.handle,
        token_version=grant.newest,
        body=to_json(body),
        created_at=runtime.clock.now(),
    )


def _known(stored: Authentication, intent: Authentication, runtime: Runtime) -> Response | None:
    """The answer to a repeat; None if Alipay has not answered yet and is asked with the stored body once more."""
    if stored.fingerprint != intent.fingerprint:
        told = (
            "this authenticationRequestId was used with another authorization or channel; a new password takes a new id"
        )
        raise RequestRejected(409, "REPEAT_REQ_INCONSISTENT", told)
    if stored.answer:
        return passthrough(stored.answer)
    if stored.state is AuthenticationState.FAILED:
        return built({"result": result("F", stored.result_code, "this authentication has failed")})
    if stored.state is not AuthenticationState.INITIATED:
        sent = result("S", "SUCCESS", "success")
        return built({"result": sent, "authenticationRequestId": stored.authentication_request_id})
    if runtime.clock.now() < stored.lease_until:
        return unknown(_IN_PROCESS)
    return None


def _send(claimed: Authentication, token: str, runtime: Runtime) -> Response:
    """Send the stored body of an authentication that is written ahead and leased to us, and record what comes of it."""
    now, plan = runtime.clock.now(), runtime.settings.plan
    repeated = not is_only_send(claimed, now, plan)
    if not has_time_to_send_under(claimed.lease_until, runtime):
        # The table took so long that an answer could no longer be recorded.
        _release(claimed, runtime, unsent=True)
        return unknown(_IN_PROCESS) if repeated else not_sent(NO_TIME)
    try:
        body = {**json.loads(claimed.body), "userIdentityValue": token}
        answer = runtime.alipay.call(Operation.INIT_AUTHENTICATION, body, runtime.response_timeout_ms)
    except GatewayError as error:
        _note_silence(error, claimed)
        _release(claimed, runtime, unsent=not error.may_have_acted)
        return unknown(_IN_PROCESS) if repeated and not error.may_have_acted else no_trusted_answer(error)
    text = replace_tokens(answer.text, {token: claimed.grant})
    final, only = True, answers_only_send(claimed, answer.code, now, plan)
    if answer.status is ResultStatus.S:
        _settle(claimed, AuthenticationEvent.SENT, answer, runtime, text=text)
    elif answer.status is ResultStatus.F and only:
        settled = _settle(claimed, AuthenticationEvent.REFUSED, answer, runtime, text=text)
        final = settled is not None and settled.state is AuthenticationState.FAILED
    else:
        # If an earlier send may have been acted on, F may describe the repeat only: the customer may have the password of
        # the first send. F would be harmful: a failed authentication checks no password, and a new id sends another one.
        _release(claimed, runtime, unsent=False)
        final = answer.status is not ResultStatus.F
    _heard(claimed, answer, runtime)
    if not final:
        return unknown(_IN_PROCESS if only else _FIRST_MAY_BE_GOOD)
    return passthrough(text if runtime.settings.tokens_as_handles else answer.text)


def _verdict(answer: VerifiedResponse) -> AuthenticationEvent | None:
    """What an answer to verifyAuthentication says of the authentication; S alone is no pass."""
    if answer.status is ResultStatus.S:
        passed = VerifyAuthenticationResponse.read(answer.data).is_passed
        return AuthenticationEvent.RIGHT if passed else AuthenticationEvent.WRONG
    return AuthenticationEvent.USELESS if answer.status is ResultStatus.F and answer.code in _USELESS else None


def _settle(
    known: Authentication, news: AuthenticationEvent, answer: VerifiedResponse, runtime: Runtime, *, text: str = ""
) -> Authentication | None:
    """Record *news*; the authentication as it then stands, None if the store stayed away."""
    identity, now = known.authentication_request_id, runtime.clock.now()
    settled = retry_until_deadline(
        lambda: runtime.repository.authentications.settle(identity, news, now, code=answer.code, answer=text), runtime
    )
    if settled is None:
        return None
    if settled[1]:
        telemetry.anomaly(settled[1], authentication_request_id=identity, code=answer.code)
    return settled[0]


def _heard(known: Authentication, answer: VerifiedResponse, runtime: Runtime) -> None:
    """Tell operators of an answer, and end the authorization whose token it calls dead."""
    telemetry.log("authentication", authentication_request_id=known.authentication_request_id, code=answer.code)
    if answer.status is ResultStatus.F and answer.code == _DEAD_TOKEN:
        retry_until_deadline(lambda: token_refused(known.grant, known.token_version, runtime), runtime)


def _release(claimed: Authentication, runtime: Runtime, *, unsent: bool) -> None:
    """Give the lease back: a repeat sends the stored body again."""
    retry_until_deadline(lambda: runtime.repository.authentications.release(claimed, unsent=unsent), runtime)


def _note_silence(error: GatewayError, known: Authentication) -> None:
    telemetry.log(
        "no answer",
        level="WARNING",
        operation=error.operation,
        authentication_request_id=known.authentication_request_id,
        reason=error.reason,
        code=error.hint or None,
    )
    telemetry.metric("UntrustedAnswers" if error.hint else "NoAnswers")
