"""Tokens: codes exchanged once, refreshes that never lose the newest token, and handles in the hands of callers."""

import json
from dataclasses import dataclass, replace

from autodebit import telemetry
from autodebit.authorization import AuthCode, CodeState, Grant, GrantState, Token
from autodebit.clock import SECOND
from autodebit.contract import ApplyTokenRequest, ApplyTokenResponse
from autodebit.errors import GatewayError, Refused
from autodebit.flows.handles import with_handles
from autodebit.flows.storing import stored_until_deadline
from autodebit.gateway import Answer, Operation, Status
from autodebit.lifecycle import AuthorizationNews
from autodebit.replies import NO_TIME, Reply, dumped, not_sent, relayed, result, unanswered, unknown
from autodebit.repository import ACCESS_PREFIX, REFRESH_PREFIX, digest_of, new_grant
from autodebit.runtime import Runtime

_WAIT_FOR_WINNER = 5 * SECOND
_LOOK_EVERY = 200
_RECORD_NEEDS = 3 * SECOND
_IN_PROCESS = "This authorization is being processed; send the same request again."
_NEVER_ANSWERED = "an authorization code was never answered"
_LOST_CODE = "the answer to applyToken was lost after Alipay may have acted, and the code is refused now"
_LOST_REFRESH = "the answer to a refresh was lost after Alipay may have acted, and the refresh token is refused now"


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came of an attempt to exchange a code: the reply for a caller, and the code as it stands."""

    reply: Reply
    code: AuthCode | None = None


def apply_token(request: ApplyTokenRequest, runtime: Runtime) -> Reply:
    """Exchange a code or renew a token; the caller gets handles."""
    if not runtime.may_send:
        return not_sent(NO_TIME)
    body = {name: value for name, value in request.to_wire().items() if name not in ("authCode", "refreshToken")}
    if request.grant_type == "REFRESH_TOKEN":
        return _refresh(_grant_to_refresh(request, runtime), dumped(body), runtime)
    return exchange(request.auth_code or "", dumped(body), request.customer_belongs_to, runtime).reply


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
    within = runtime.answer_within if within is None else within
    until = runtime.clock.now() + wait
    known = runtime.repository.authorizations.find_code(digest_of(secret))
    if known is not None and known.wallet != wallet:
        raise _another_wallet()
    while True:
        now = runtime.clock.now()
        if runtime.left < within + _RECORD_NEEDS:
            # The wait for the winner has used up the time in which an answer could still be recorded.
            return Exchange(unknown(_IN_PROCESS, code="AUTH_IN_PROCESS"))
        claim = runtime.repository.authorizations.claim_code(secret, body, wallet, now, _lease(runtime))
        if claim.code.wallet != wallet:
            if claim.mine:
                runtime.repository.authorizations.exchange_open(claim.code, now, lost=False, unsent=True)
            raise _another_wallet()
        if claim.mine:
            return _exchange(claim.code, secret, within, runtime)
        if claim.code.state is not CodeState.WAITING:
            return Exchange(_replayed(claim.code, runtime), claim.code)
        if now >= until:
            return Exchange(unknown(_IN_PROCESS, code="AUTH_IN_PROCESS"), claim.code)
        runtime.clock.sleep(_LOOK_EVERY)


def exchange_due(digest: str, runtime: Runtime) -> None:
    """Go on with the exchange of a code that nobody has finished."""
    codes, now = runtime.repository.authorizations, runtime.clock.now()
    code = codes.find_code(digest)
    if code is None or code.state is not CodeState.WAITING or code.due_at is None or code.due_at > now:
        return
    if now >= code.created_at + runtime.settings.plan.exchange_gives_up_after:
        told = dumped({"result": result("F", "INVALID_AUTHCODE", f"{_NEVER_ANSWERED}; authorise again (consult)")})
        codes.exchange_failed(code, told, "INVALID_AUTHCODE", now, _NEVER_ANSWERED)
        telemetry.anomaly(_NEVER_ANSWERED, auth_state=code.auth_state)
        return
    exchange(codes.secret_of(code), code.body, code.wallet, runtime, wait=0)


def refresh_due(handle: str, runtime: Runtime) -> None:
    """Repeat a refresh whose answer is missing."""
    grant, now = runtime.repository.grants.find(handle), runtime.clock.now()
    if grant is None or grant.due_at is None or grant.due_at > now:
        return
    if grant.state in (GrantState.ACTIVE, GrantState.PENDING):
        _refresh(grant, grant.refresh_body, runtime)
    else:
        runtime.repository.grants.replaced(replace(grant, due_at=None, refreshes=0))


def grant_for(text: str, wallet: str, runtime: Runtime) -> Grant:
    """The grant behind a handle, or behind a raw token, which is vaulted on first use.

    Raises:
        Refused: *text* looks like a handle and is none of ours; it is never sent.
    """
    grants = runtime.repository.grants
    if text.startswith(ACCESS_PREFIX):
        known = grants.find(text)
        if known is None:
            raise _unknown_handle("paymentMethod.paymentMethodId")
        return known
    if text.startswith(REFRESH_PREFIX):
        raise Refused(400, "PARAM_ILLEGAL", "paymentMethod.paymentMethodId: this is the handle of a refresh token")
    found = grants.find_by_secret(text)
    if found:
        return found[0]
    adopted = grants.adopt(new_grant(wallet, runtime.clock.now()), Token(access=text))
    _end_if_cancelled(adopted, text, runtime)
    return grants.find(adopted.handle) or adopted


def token_refused(handle: str, token_version: int, runtime: Runtime) -> None:
    """Alipay called a token dead: that ends its authorization only if there is no newer token."""
    grant = runtime.repository.grants.find(handle)
    if grant is None or grant.newest != token_version or not grant.usable:
        return
    runtime.repository.authorizations.close_grant(
        grant, GrantState.EXPIRED, AuthorizationNews.DEAD, runtime.clock.now(), "INVALID_ACCESS_TOKEN"
    )
    telemetry.note(
        "authorization ended", handle=handle, auth_state=grant.auth_state or None, code="INVALID_ACCESS_TOKEN"
    )


# --- exchange


def _exchange(code: AuthCode, secret: str, within: int, runtime: Runtime) -> Exchange:
    """Send the exchange of a code that is leased to us, and record what comes of it."""
    codes = runtime.repository.authorizations
    try:
        answer = runtime.alipay.call(Operation.APPLY_TOKEN, {**json.loads(code.body), "authCode": secret}, within)
    except GatewayError as error:
        _note(code, error=error)
        lost = error.may_have_acted
        stored_until_deadline(
            lambda: codes.exchange_open(code, runtime.clock.now(), lost=lost, unsent=not lost), runtime
        )
        return Exchange(unanswered(error), code)
    _note(code, answer=answer)
    token = _token_in(answer)
    if token is not None:
        return _store_token(code, token, answer, runtime)
    if answer.status is Status.F:
        reason = _LOST_CODE if code.lost else ""
        told = with_handles(answer.text, {secret: "(authCode)"})
        failed = stored_until_deadline(
            lambda: codes.exchange_failed(code, told, answer.code, runtime.clock.now(), reason),
            runtime,
        )
        if reason:
            telemetry.anomaly(reason, auth_state=code.auth_state, code=answer.code)
        if failed is not None and failed.state is CodeState.EXCHANGED:
            return Exchange(_replayed(failed, runtime), failed)
        if failed is not None and failed.state is CodeState.WAITING:
            return Exchange(unknown(_IN_PROCESS, code="AUTH_IN_PROCESS"), failed)
        return Exchange(relayed(answer.text), failed)
    lost = answer.status is Status.S
    stored_until_deadline(lambda: codes.exchange_open(code, runtime.clock.now(), lost=lost), runtime)
    if lost:
        return Exchange(unknown("Alipay's answer has no accessToken; the request is sent again."), code)
    return Exchange(relayed(answer.text), code)


def _store_token(code: AuthCode, token: Token, answer: Answer, runtime: Runtime) -> Exchange:
    grant = new_grant(code.wallet, runtime.clock.now(), auth_state=code.auth_state)

    def store() -> tuple[AuthCode, str]:
        done, anomaly = runtime.repository.authorizations.exchanged(
            code, grant, token, lambda held: _answer_with_handles(answer, token, held), runtime.clock.now()
        )
        held = runtime.repository.grants.find(done.grant)
        if held is not None:
            _end_if_cancelled(held, token.access, runtime)
        return done, anomaly

    stored = stored_until_deadline(store, runtime)
    if stored is None:
        return Exchange(
            unknown("The token could not be stored yet; send the same request again.", code="AUTH_IN_PROCESS")
        )
    done, anomaly = stored
    if anomaly:
        telemetry.anomaly(anomaly, auth_state=done.auth_state, handle=done.grant)
    return Exchange(relayed(done.answer if runtime.settings.tokens_as_handles else answer.text), done)


def _replayed(code: AuthCode, runtime: Runtime) -> Reply:
    """The stored answer to an exchange that is finished."""
    if code.state is CodeState.FAILED or runtime.settings.tokens_as_handles:
        return relayed(code.answer)
    grant = runtime.repository.grants.find(code.grant)
    if grant is None:
        return relayed(code.answer)
    token = runtime.repository.grants.token(grant.handle, grant.newest)
    return relayed(with_handles(code.answer, {grant.handle: token.access, grant.refresh_handle: token.refresh}))


# --- refresh


def _grant_to_refresh(request: ApplyTokenRequest, runtime: Runtime) -> Grant:
    text, grants = request.refresh_token or "", runtime.repository.grants
    if text.startswith(REFRESH_PREFIX):
        known = grants.find_by_refresh_handle(text)
        if known is None:
            raise _unknown_handle("refreshToken")
        return known
    if text.startswith(ACCESS_PREFIX):
        raise Refused(400, "PARAM_ILLEGAL", "refreshToken: this is the handle of an access token")
    found = grants.find_by_secret(text)
    if found:
        return found[0]
    pending = new_grant(request.customer_belongs_to, runtime.clock.now(), state=GrantState.PENDING)
    return grants.adopt(pending, Token(access="", refresh=text))


def _refresh(grant: Grant, body: str, runtime: Runtime) -> Reply:
    """Renew the newest token of *grant* under a lease; the handles stay the same."""
    grants, now = runtime.repository.grants, runtime.clock.now()
    if grant.state not in (GrantState.ACTIVE, GrantState.PENDING):
        raise Refused(
            409,
            "INVALID_REFRESH_TOKEN",
            f"this authorization is {grant.state.value.lower()}; nothing was sent",
        )
    if now < grant.lease_until:
        return unknown(_IN_PROCESS, code="AUTH_IN_PROCESS")
    token = grants.token(grant.handle, grant.newest)
    if not token.refresh:
        raise Refused(
            409,
            "INVALID_REFRESH_TOKEN",
            "this wallet gave no refresh token; its access token cannot be renewed",
        )
    until = now + _lease(runtime)
    claimed = grants.replaced(
        replace(grant, lease_until=until, due_at=until, refreshes=grant.refreshes + 1, refresh_body=body)
    )
    if claimed is None:
        return unknown(_IN_PROCESS, code="AUTH_IN_PROCESS")
    try:
        answer = runtime.alipay.call(
            Operation.APPLY_TOKEN, {**json.loads(body), "refreshToken": token.refresh}, runtime.answer_within
        )
    except GatewayError as error:
        telemetry.note(
            "no answer",
            level="WARNING",
            operation=error.operation,
            reason=error.reason,
            code=error.hint or None,
        )
        sent = 0 if error.may_have_acted else 1
        _close_refresh(claimed, runtime, refreshes=claimed.refreshes - sent)
        return unanswered(error)
    renewed = _token_in(answer)
    if renewed is not None:
        return _store_renewed(claimed, replace(renewed, refresh=renewed.refresh or token.refresh), answer, runtime)
    if answer.status is Status.F:
        if claimed.refreshes > 1:
            stored_until_deadline(
                lambda: runtime.repository.authorizations.record_grant_anomaly(
                    claimed, _LOST_REFRESH, answer.code, runtime.clock.now()
                ),
                runtime,
            )
            telemetry.anomaly(_LOST_REFRESH, handle=grant.handle, code=answer.code)
        _close_refresh(claimed, runtime, refreshes=0)
        return relayed(answer.text)
    _close_refresh(claimed, runtime, refreshes=claimed.refreshes)
    return relayed(answer.text) if answer.status is Status.U else unknown("Alipay's answer has no accessToken.")


def _store_renewed(claimed: Grant, token: Token, answer: Answer, runtime: Runtime) -> Reply:
    done = replace(claimed, state=GrantState.ACTIVE, lease_until=0, due_at=None, refreshes=0, refresh_body="")

    def store() -> Grant:
        renewed = runtime.repository.grants.renewed(done, token)
        _end_if_cancelled(renewed, token.access, runtime)
        return renewed

    stored = stored_until_deadline(store, runtime)
    if stored is None:
        return unknown("The token could not be stored yet; send the same request again.", code="AUTH_IN_PROCESS")
    telemetry.note("token renewed", handle=done.handle, auth_state=done.auth_state or None)
    return relayed(_answer_with_handles(answer, token, done) if runtime.settings.tokens_as_handles else answer.text)


def _close_refresh(claimed: Grant, runtime: Runtime, *, refreshes: int) -> None:
    """Give the lease back; with *refreshes* above 0 a poller repeats the refresh."""
    due_at = runtime.clock.now() + runtime.settings.plan.payments.after(refreshes) if refreshes else None
    ended = replace(claimed, lease_until=0, refreshes=refreshes, due_at=due_at)
    stored_until_deadline(lambda: runtime.repository.grants.replaced(ended), runtime)


# --- shared


def _token_in(answer: Answer) -> Token | None:
    told = ApplyTokenResponse.read(answer.data)
    if answer.status is not Status.S or not told.access_token:
        return None
    return Token(
        access=told.access_token,
        refresh=told.refresh_token or "",
        access_expires=told.access_token_expiry_time or "",
        refresh_expires=told.refresh_token_expiry_time or "",
    )


def _answer_with_handles(answer: Answer, token: Token, grant: Grant) -> str:
    return with_handles(answer.text, {token.access: grant.handle, token.refresh: grant.refresh_handle})


def _lease(runtime: Runtime) -> int:
    """As long as this invocation can hold on: KMS and the table take their time, too, before and after the call."""
    return min(runtime.left, runtime.settings.plan.send_lease) + 1 * SECOND


def _end_if_cancelled(grant: Grant, secret: str, runtime: Runtime) -> None:
    """A cancellation that came before its token is applied now that the token is stored."""
    if runtime.repository.grants.was_cancelled(secret):
        runtime.repository.authorizations.close_grant(
            grant, GrantState.REVOKED, AuthorizationNews.CANCELED, runtime.clock.now(), "TOKEN_CANCELED"
        )


def _another_wallet() -> Refused:
    return Refused(409, "REPEAT_REQ_INCONSISTENT", "customerBelongsTo: this authCode belongs to another wallet")


def _unknown_handle(field: str) -> Refused:
    return Refused(400, "PARAM_ILLEGAL", f"{field}: this handle is not known here; nothing was sent")


def _note(code: AuthCode, *, answer: Answer | None = None, error: GatewayError | None = None) -> None:
    told = error.hint if error else answer.code if answer else ""
    telemetry.note(
        "exchange",
        operation="applyToken",
        auth_state=code.auth_state or None,
        code=told or None,
        reason=error.reason if error else None,
    )
