"""One-time passwords: sent once for each authenticationRequestId, and checked by Alipay each time that a customer types one.

Alipay has no inquiry for them, so nothing here is due, and no poller sends a password to anybody.
"""

import hashlib
import json

from autodebit import telemetry
from autodebit.authentication import Authentication
from autodebit.authorization import Grant
from autodebit.contract import (
    InitAuthenticationRequest,
    VerifyAuthenticationRequest,
    VerifyAuthenticationResponse,
)
from autodebit.errors import GatewayError, Refused
from autodebit.flows.grants import ended, grant_for, lease_end, may_send_under, token_refused
from autodebit.flows.handles import with_handles
from autodebit.flows.storing import stored_until_deadline
from autodebit.gateway import Answer, Operation, Status
from autodebit.lifecycle import AuthenticationNews, AuthenticationState
from autodebit.replies import NO_TIME, Reply, built, dumped, not_sent, relayed, result, unanswered, unknown
from autodebit.runtime import Runtime
from autodebit.transaction import answers_only_send, is_only_send

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


def init_authentication(request: InitAuthenticationRequest, runtime: Runtime) -> Reply:
    """Have the wallet send its customer a password, once for each id; a repeat sends no second one."""
    if not runtime.may_send:
        known = runtime.repository.authentications.find(request.authentication_request_id)
        return unknown(_IN_PROCESS) if known is not None and known.sends else not_sent(NO_TIME)
    grant = grant_for(request.user_identity_value, "", runtime, field="userIdentityValue")
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


def verify_authentication(request: VerifyAuthenticationRequest, runtime: Runtime) -> Reply:
    """Whether what the customer typed is the password. Only Alipay can tell, so it is asked each time, after a pass, too:
    to replay a pass would let anything that is typed under the same id pass."""
    stored = runtime.repository.authentications.find(request.authentication_request_id)
    if stored is None:
        told = "authenticationRequestId: no initAuthentication with this id is known here; nothing was sent"
        raise Refused(400, "PARAM_ILLEGAL", told)
    if stored.state is AuthenticationState.FAILED:
        told = (
            f"this authentication has failed ({stored.result_code}); nothing was sent. Begin a new one, with a new id."
        )
        raise Refused(409, "ORDER_STATUS_INVALID", told)
    if not runtime.may_send:
        return unknown(_UNCHECKED) if stored.check_lost else not_sent(NO_TIME)
    try:
        answer = runtime.alipay.call(Operation.VERIFY_AUTHENTICATION, request.to_wire(), runtime.answer_within)
    except GatewayError as error:
        _note_silence(error, stored)
        if error.may_have_acted:
            identity = stored.authentication_request_id
            stored_until_deadline(lambda: runtime.repository.authentications.lose_check(identity), runtime)
        elif stored.check_lost:
            return unknown(_UNCHECKED)
        return unanswered(error)
    news = _verdict(answer)
    settled = _settle(stored, news, answer, runtime) if news is not None else None
    _heard(stored, answer, runtime)
    if news is AuthenticationNews.USELESS and settled is None:
        return unknown(_UNCHECKED)  # that it has failed is told only once it is stored
    return relayed(answer.text)


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
        body=dumped(body),
        created_at=runtime.clock.now(),
    )


def _known(stored: Authentication, intent: Authentication, runtime: Runtime) -> Reply | None:
    """The answer to a repeat; None if Alipay has not answered yet and is asked with the stored body once more."""
    if stored.fingerprint != intent.fingerprint:
        told = (
            "this authenticationRequestId was used with another authorization or channel; a new password takes a new id"
        )
        raise Refused(409, "REPEAT_REQ_INCONSISTENT", told)
    if stored.answer:
        return relayed(stored.answer)
    if stored.state is AuthenticationState.FAILED:
        return built({"result": result("F", stored.result_code, "this authentication has failed")})
    if stored.state is not AuthenticationState.INITIATED:
        sent = result("S", "SUCCESS", "success")
        return built({"result": sent, "authenticationRequestId": stored.authentication_request_id})
    if runtime.clock.now() < stored.lease_until:
        return unknown(_IN_PROCESS)
    return None


def _send(claimed: Authentication, token: str, runtime: Runtime) -> Reply:
    """Send the stored body of an authentication that is written ahead and leased to us, and record what comes of it."""
    now, plan = runtime.clock.now(), runtime.settings.plan
    repeated = not is_only_send(claimed, now, plan)
    if not may_send_under(claimed.lease_until, runtime):
        # The table took so long that an answer could no longer be recorded.
        _release(claimed, runtime, unsent=True)
        return unknown(_IN_PROCESS) if repeated else not_sent(NO_TIME)
    try:
        body = {**json.loads(claimed.body), "userIdentityValue": token}
        answer = runtime.alipay.call(Operation.INIT_AUTHENTICATION, body, runtime.answer_within)
    except GatewayError as error:
        _note_silence(error, claimed)
        _release(claimed, runtime, unsent=not error.may_have_acted)
        return unknown(_IN_PROCESS) if repeated and not error.may_have_acted else unanswered(error)
    text = with_handles(answer.text, {token: claimed.grant})
    final, only = True, answers_only_send(claimed, answer.code, now, plan)
    if answer.status is Status.S:
        _settle(claimed, AuthenticationNews.SENT, answer, runtime, text=text)
    elif answer.status is Status.F and only:
        settled = _settle(claimed, AuthenticationNews.REFUSED, answer, runtime, text=text)
        final = settled is not None and settled.state is AuthenticationState.FAILED
    else:
        # If an earlier send may have been acted on, F may describe the repeat only: the customer may have the password of
        # the first send. F would be harmful: a failed authentication checks no password, and a new id sends another one.
        _release(claimed, runtime, unsent=False)
        final = answer.status is not Status.F
    _heard(claimed, answer, runtime)
    if not final:
        return unknown(_IN_PROCESS if only else _FIRST_MAY_BE_GOOD)
    return relayed(text if runtime.settings.tokens_as_handles else answer.text)


def _verdict(answer: Answer) -> AuthenticationNews | None:
    """What an answer to verifyAuthentication says of the authentication; S alone is no pass."""
    if answer.status is Status.S:
        passed = VerifyAuthenticationResponse.read(answer.data).is_passed
        return AuthenticationNews.RIGHT if passed else AuthenticationNews.WRONG
    return AuthenticationNews.USELESS if answer.status is Status.F and answer.code in _USELESS else None


def _settle(
    known: Authentication, news: AuthenticationNews, answer: Answer, runtime: Runtime, *, text: str = ""
) -> Authentication | None:
    """Record *news*; the authentication as it then stands, None if the store stayed away."""
    identity, now = known.authentication_request_id, runtime.clock.now()
    settled = stored_until_deadline(
        lambda: runtime.repository.authentications.settle(identity, news, now, code=answer.code, answer=text), runtime
    )
    if settled is None:
        return None
    if settled[1]:
        telemetry.anomaly(settled[1], authentication_request_id=identity, code=answer.code)
    return settled[0]


def _heard(known: Authentication, answer: Answer, runtime: Runtime) -> None:
    """Tell operators of an answer, and end the authorization whose token it calls dead."""
    telemetry.note("authentication", authentication_request_id=known.authentication_request_id, code=answer.code)
    if answer.status is Status.F and answer.code == _DEAD_TOKEN:
        stored_until_deadline(lambda: token_refused(known.grant, known.token_version, runtime), runtime)


def _release(claimed: Authentication, runtime: Runtime, *, unsent: bool) -> None:
    """Give the lease back: a repeat sends the stored body again."""
    stored_until_deadline(lambda: runtime.repository.authentications.release(claimed, unsent=unsent), runtime)


def _note_silence(error: GatewayError, known: Authentication) -> None:
    telemetry.note(
        "no answer",
        level="WARNING",
        operation=error.operation,
        authentication_request_id=known.authentication_request_id,
        reason=error.reason,
        code=error.hint or None,
    )
    telemetry.count("UntrustedAnswers" if error.hint else "NoAnswers")
