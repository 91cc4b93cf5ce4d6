"""Codes become tokens: each is exchanged once, whoever comes first, and the caller gets handles."""

import json
from dataclasses import dataclass, replace

from autodebit import telemetry
from autodebit.clock import SECOND
from autodebit.contract import ApplyTokenRequest
from autodebit.domain.authorization import AuthCode, CodeState, Token
from autodebit.domain.tracked_request import is_only_send
from autodebit.errors import GatewayError, RequestRejected
from autodebit.flows.authorizations.handles import replace_tokens
from autodebit.flows.authorizations.refresh import refresh
from autodebit.flows.authorizations.tokens import (
    IN_PROCESS,
    answer_with_handles,
    end_if_cancelled,
    has_time_to_send_under,
    lease_end,
    token_in,
)
from autodebit.flows.send import retry_until_deadline
from autodebit.gateway.client import Operation, ResultStatus, VerifiedResponse
from autodebit.repository import digest_of, new_grant
from autodebit.repository.renewal_request import renewal_of
from autodebit.responses import NO_TIME, Response, no_trusted_answer, not_sent, passthrough, result, to_json, unknown
from autodebit.runtime import RECORD_NEEDS, SEND_NEEDS, Runtime

_WAIT_FOR_WINNER = 5 * SECOND
_LOOK_EVERY = 200
"""What is kept in any case of an answer that is too long to be kept whole."""
_NEVER_ANSWERED = "an authorization code was never answered"
_LOST_CODE = "the answer to applyToken was lost after Alipay may have acted, and the code is refused now"


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came of an attempt to exchange a code: the reply for a caller, and the code as it stands."""

    reply: Response
    code: AuthCode | None = None


def apply_token(request: ApplyTokenRequest, runtime: Runtime) -> Response:
    """Exchange a code or renew a token; the caller gets handles."""
    body = {name: value for name, value in request.to_wire().items() if name not in ("authCode", "refreshToken")}
    if request.grant_type == "REFRESH_TOKEN":
        return refresh(request, to_json(body), runtime)
    return exchange(request.auth_code or "", to_json(body), request.customer_belongs_to, runtime).reply


def exchange(
    secret: str,
    body: str,
    wallet: str,
    runtime: Runtime,
    *,
    within: int | None = None,
    wait: int = _WAIT_FOR_WINNER,
) -> Exchange:
    """Exchange the code *secret* once, whoever comes first.

    *body* is the request without the code; the request of the first to come is the one that is sent. Whoever comes second
    waits up to *wait* milliseconds for the first one's result.
    """
    needs = SEND_NEEDS if within is None else within + RECORD_NEEDS
    until = runtime.clock.now() + wait
    known = runtime.repository.codes.find_code(digest_of(secret))
    if known is not None and known.wallet != wallet and not known.refused_for_another(wallet):
        raise _another_wallet(known)
    while True:
        if runtime.left < needs:
            # Perhaps the wait for the winner has used up the time in which an answer could still be recorded.
            return Exchange(not_sent(NO_TIME) if known is None or not known.sends else _in_process(), known)
        now = runtime.clock.now()
        claim = runtime.repository.codes.claim_code(secret, body, wallet, now, lease_end(runtime) - now)
        known = claim.code
        if claim.code.wallet != wallet:
            if claim.mine:
                runtime.repository.codes.exchange_open(claim.code, now, lost=False, unsent=True)
            raise _another_wallet(claim.code)
        if claim.mine:
            return _exchange(claim.code, secret, within, needs, runtime)
        if claim.code.state is not CodeState.WAITING:
            return Exchange(_replayed(claim.code, runtime), claim.code)
        if now >= until:
            return Exchange(_in_process(), claim.code)
        runtime.clock.sleep(_LOOK_EVERY)


def exchange_due(digest: str, runtime: Runtime) -> None:
    """Go on with the exchange of a code that nobody has finished."""
    codes, now = runtime.repository.codes, runtime.clock.now()
    code = codes.find_code(digest)
    if code is None or code.state is not CodeState.WAITING or code.due_at is None or code.due_at > now:
        return
    if now >= code.created_at + runtime.settings.plan.exchange_gives_up_after:
        told = to_json({"result": result("F", "INVALID_AUTHCODE", f"{_NEVER_ANSWERED}; authorise again (consult)")})
        codes.exchange_failed(code, told, "INVALID_AUTHCODE", now, _NEVER_ANSWERED)
        telemetry.anomaly(_NEVER_ANSWERED, auth_state=code.auth_state)
        return
    exchange(codes.secret_of(code), code.body, code.wallet, runtime, wait=0)


# --- exchange


def _exchange(code: AuthCode, secret: str, within: int | None, needs: int, runtime: Runtime) -> Exchange:
    """Send the exchange of a code that is leased to us, and record what comes of it."""
    codes = runtime.repository.codes
    if not has_time_to_send_under(code.lease_until, runtime, needs):
        # KMS and the table took so long that a token could no longer be recorded: a poller goes on.
        retry_until_deadline(lambda: codes.exchange_open(code, runtime.clock.now(), lost=False, unsent=True), runtime)
        return Exchange(_in_process(), code)
    within = runtime.response_timeout_ms if within is None else within
    try:
        answer = runtime.alipay.call(Operation.APPLY_TOKEN, {**json.loads(code.body), "authCode": secret}, within)
    except GatewayError as error:
        _note(code, error=error)
        lost = error.may_have_acted
        retry_until_deadline(
            lambda: codes.exchange_open(code, runtime.clock.now(), lost=lost, unsent=not lost), runtime
        )
        only = is_only_send(code, runtime.clock.now(), runtime.settings.plan)
        return Exchange(no_trusted_answer(error) if lost or only else _in_process(), code)
    _note(code, answer=answer)
    token = token_in(answer)
    if token is not None:
        return _store_token(code, token, answer, runtime)
    if answer.status is ResultStatus.F:
        reason = _LOST_CODE if code.lost else ""
        told = replace_tokens(answer.text, {secret: "(authCode)"})
        failed = retry_until_deadline(
            lambda: codes.exchange_failed(code, told, answer.code, runtime.clock.now(), reason),
            runtime,
        )
        if reason and failed is not None and failed.state is CodeState.FAILED:
            telemetry.anomaly(reason, auth_state=code.auth_state, code=answer.code)
        if failed is not None and failed.state is CodeState.EXCHANGED:
            return Exchange(_replayed(failed, runtime), failed)
        if failed is None or failed.state is CodeState.WAITING:
            # Not stored as final: a poller sends it again, and its code may yet bring a token.
            return Exchange(_in_process(), failed)
        return Exchange(passthrough(answer.text), failed)
    lost = answer.status is ResultStatus.S
    retry_until_deadline(lambda: codes.exchange_open(code, runtime.clock.now(), lost=lost), runtime)
    if lost:
        return Exchange(unknown("Alipay's answer has no accessToken; the request is sent again."), code)
    return Exchange(passthrough(answer.text), code)


def _store_token(code: AuthCode, token: Token, answer: VerifiedResponse, runtime: Runtime) -> Exchange:
    grant = replace(
        new_grant(code.wallet, runtime.clock.now(), auth_state=code.auth_state), refresh_body=renewal_of(code.body)
    )

    def store() -> tuple[AuthCode, str]:
        done, anomaly = runtime.repository.codes.exchanged(
            code, grant, token, lambda held: answer_with_handles(answer, token, held), runtime.clock.now()
        )
        held = runtime.repository.grants.find(done.grant)
        if held is not None:
            end_if_cancelled(held, token.access, runtime)
        return done, anomaly

    stored = retry_until_deadline(store, runtime)
    if stored is None:
        return Exchange(
            unknown("The token could not be stored yet; send the same request again.", code="AUTH_IN_PROCESS")
        )
    done, anomaly = stored
    if anomaly:
        telemetry.anomaly(anomaly, auth_state=done.auth_state, handle=done.grant)
    return Exchange(passthrough(done.answer if runtime.settings.tokens_as_handles else answer.text), done)


def _replayed(code: AuthCode, runtime: Runtime) -> Response:
    """The stored answer to an exchange that is finished."""
    if code.state is CodeState.FAILED or runtime.settings.tokens_as_handles:
        return passthrough(code.answer)
    grant = runtime.repository.grants.find(code.grant)
    if grant is None:
        return passthrough(code.answer)
    token = runtime.repository.grants.token(grant.handle, grant.newest)
    return passthrough(replace_tokens(code.answer, {grant.handle: token.access, grant.refresh_handle: token.refresh}))


def _in_process() -> Response:
    """The exchange is open. Where an earlier send may have been acted on, 503 must not be said of it."""
    return unknown(IN_PROCESS, code="AUTH_IN_PROCESS")


def _another_wallet(code: AuthCode) -> RequestRejected:
    told = f"customerBelongsTo: this authCode was brought for the wallet {code.wallet}; nothing was sent"
    return RequestRejected(409, "REPEAT_REQ_INCONSISTENT", told)


def _note(code: AuthCode, *, answer: VerifiedResponse | None = None, error: GatewayError | None = None) -> None:
    told = error.hint if error else answer.code if answer else ""
    telemetry.log(
        "exchange",
        operation="applyToken",
        auth_state=code.auth_state or None,
        code=told or None,
        reason=error.reason if error else None,
    )
