"""Refreshes: tokens are renewed before they end, the newest refresh token always wins, and the handles stay."""

import json
from dataclasses import replace

from autodebit import telemetry
from autodebit.contract import ApplyTokenRequest
from autodebit.domain.authorization import Grant, GrantState, Token
from autodebit.domain.authorization_states import AuthorizationEvent
from autodebit.domain.grant_lifecycle import (
    lease_for_refresh,
    not_renewable,
    not_renewed,
    refresh_open,
    refresh_refused,
    rested,
)
from autodebit.errors import GatewayError, RequestRejected
from autodebit.flows.authorizations.tokens import (
    IN_PROCESS,
    answer_with_handles,
    end_if_cancelled,
    has_time_to_send_under,
    lease_end,
    log_no_answer,
    require_room,
    require_wallet,
    token_in,
    unknown_handle,
)
from autodebit.flows.send import retry_until_deadline
from autodebit.flows.worker import Handlers, run_due_work
from autodebit.gateway.client import Operation, ResultStatus, VerifiedResponse
from autodebit.repository import ACCESS_PREFIX, REFRESH_PREFIX, Kind, new_grant
from autodebit.repository.renewal_request import for_account_of
from autodebit.responses import NO_TIME, Response, no_trusted_answer, not_sent, passthrough, to_json, unknown
from autodebit.runtime import Runtime

_LOST_REFRESH = "the answer to a refresh was lost after Alipay may have acted, and the refresh token is refused now"
_LAPSED = "the time of the token is over"


def refresh_tokens(runtime: Runtime) -> None:
    """Renew every token whose end is near; tell of those that cannot be renewed; end the authorizations of those that ended."""
    run_due_work(_LIVES, runtime)


def refresh(request: ApplyTokenRequest, body: str, runtime: Runtime) -> Response:
    """Renew the newest token behind what the caller names; *body* is the request without the refresh token."""
    require_room(body)
    known = _known_grant(request, runtime)
    if not runtime.has_time_to_send:
        return _in_process() if known is not None and known.refreshes else not_sent(NO_TIME)
    grant = known or _brought_along(request, runtime)
    if grant.ended or grant.revocation is not None:
        raise RequestRejected(409, "INVALID_REFRESH_TOKEN", f"this authorization is {grant.standing}; nothing was sent")
    if not grant.refreshable:
        raise RequestRejected(
            409, "INVALID_REFRESH_TOKEN", "this wallet gave no refresh token; its access token cannot be renewed"
        )
    return send_refresh(grant, body, runtime)


def renew_in_time(handle: str, runtime: Runtime) -> None:
    """The end of a token is near: renew it, or tell why not; once it has ended, so has its authorization."""
    grants, now = runtime.repository.grants, runtime.clock.now()
    grant = grants.find(handle)
    if grant is None or grant.under_way or grant.due_at is None or grant.due_at > now or not runtime.has_time_to_send:
        return
    why = not_renewable(grant, now)
    if not why:
        send_refresh(grant, grant.refresh_body or _own_request(grant), runtime)
        return
    if now < grant.access_until:
        plan = runtime.settings.plan
        marked = grants.replaced(rested(not_renewed(grant, why, now, plan), now, plan))
        if marked is None or not marked.not_renewed:
            return
    _tell(grant, why, runtime)


def send_refresh(grant: Grant, body: str, runtime: Runtime) -> Response:
    """Renew the newest token of *grant* under a lease; the handles stay the same."""
    grants = runtime.repository.grants
    if runtime.clock.now() < grant.lease_until:
        return _in_process()
    body = for_account_of(body, grant.refresh_body)
    secret = grants.refresh_token(grant.handle, grant.newest)
    asked = {**json.loads(body), "refreshToken": secret}
    claimed = grants.replaced(lease_for_refresh(grant, body, lease_end(runtime), asked["customerBelongsTo"]))
    if claimed is None:
        return _in_process()
    repeated = claimed.refreshes > 1
    if not has_time_to_send_under(claimed.lease_until, runtime):
        # The table took so long that an answer could no longer be recorded.
        _left_open(claimed, runtime, unsent=True)
        return _in_process() if repeated else not_sent(NO_TIME)
    try:
        answer = runtime.alipay.call(Operation.APPLY_TOKEN, asked, runtime.response_timeout_ms)
    except GatewayError as error:
        log_no_answer(error, grant)
        _left_open(claimed, runtime, unsent=not error.may_have_acted)
        return _in_process() if repeated and not error.may_have_acted else no_trusted_answer(error)
    brought = token_in(answer)
    if brought is not None:
        return _store_renewed(claimed, replace(brought, refresh=brought.refresh or secret), answer, runtime)
    if answer.status is ResultStatus.F:
        return _refused(claimed, answer, runtime)
    _left_open(claimed, runtime)
    return (
        passthrough(answer.text) if answer.status is ResultStatus.U else unknown("Alipay's answer has no accessToken.")
    )


def _in_process() -> Response:
    """The renewal is open: 503 would say that nothing was sent, and an earlier send may have been acted on."""
    return unknown(IN_PROCESS, code="AUTH_IN_PROCESS")


def _known_grant(request: ApplyTokenRequest, runtime: Runtime) -> Grant | None:
    """The grant that the caller names; None for a raw refresh token that is not known yet."""
    text, grants = request.refresh_token or "", runtime.repository.grants
    if text.startswith(REFRESH_PREFIX):
        known = grants.find_by_refresh_handle(text)
        if known is None:
            raise unknown_handle("refreshToken")
        require_wallet(known, request.customer_belongs_to, field="customerBelongsTo")
        return known
    if text.startswith(ACCESS_PREFIX):
        raise RequestRejected(400, "PARAM_ILLEGAL", "refreshToken: this is the handle of an access token")
    found = grants.find_by_secret(text)
    if found:
        require_wallet(found[0], request.customer_belongs_to, field="customerBelongsTo")
        return found[0]
    return None


def _brought_along(request: ApplyTokenRequest, runtime: Runtime) -> Grant:
    """The grant of a raw refresh token, vaulted on first use."""
    pending = new_grant(request.customer_belongs_to, runtime.clock.now(), state=GrantState.PENDING)
    return runtime.repository.grants.adopt(pending, Token(access="", refresh=request.refresh_token or ""))


def _own_request(grant: Grant) -> str:
    return to_json({"grantType": "REFRESH_TOKEN", "customerBelongsTo": grant.wallet})


def _left_open(claimed: Grant, runtime: Runtime, *, unsent: bool = False) -> None:
    """Give the lease back; a poller repeats the refresh, unless certainly nothing left."""
    now, plan = runtime.clock.now(), runtime.settings.plan
    retry_until_deadline(
        lambda: runtime.repository.grants.changed(
            claimed.handle, lambda grant: refresh_open(grant, claimed, now, plan, unsent=unsent)
        ),
        runtime,
    )


def _refused(claimed: Grant, answer: VerifiedResponse, runtime: Runtime) -> Response:
    """An F: the access token lives on, until its own end. Told only once it is stored: else a poller repeats the refresh."""
    now, plan, repository = runtime.clock.now(), runtime.settings.plan, runtime.repository
    if claimed.refreshes > 1:
        retry_until_deadline(
            lambda: repository.authorizations.record_grant_anomaly(claimed, _LOST_REFRESH, answer.code, now), runtime
        )
        telemetry.anomaly(_LOST_REFRESH, handle=claimed.handle, code=answer.code)
    left = retry_until_deadline(
        lambda: repository.grants.changed(
            claimed.handle, lambda grant: refresh_refused(grant, claimed, answer.code, now, plan)
        ),
        runtime,
    )
    if left is not None and left.not_renewed:
        retry_until_deadline(lambda: _tell(left, answer.code, runtime), runtime)
    if left is None or left.refreshes or left.newest != claimed.newest:
        return _in_process()
    return passthrough(answer.text)


def _store_renewed(claimed: Grant, token: Token, answer: VerifiedResponse, runtime: Runtime) -> Response:
    def store() -> Grant:
        renewed = runtime.repository.grants.renewed(claimed, token, runtime.clock.now())
        end_if_cancelled(renewed, token.access, runtime)
        return renewed

    if retry_until_deadline(store, runtime) is None:
        return unknown("The token could not be stored yet; send the same request again.", code="AUTH_IN_PROCESS")
    telemetry.log("token renewed", handle=claimed.handle, auth_state=claimed.auth_state or None)
    return passthrough(
        answer_with_handles(answer, token, claimed) if runtime.settings.tokens_as_handles else answer.text
    )


def _tell(grant: Grant, why: str, runtime: Runtime) -> None:
    """Operators hear of a token that is not renewed; where its time is over, its authorization ends."""
    auth_state = grant.auth_state or None
    if runtime.clock.now() < grant.access_until:
        telemetry.log("token not renewed", level="WARNING", handle=grant.handle, auth_state=auth_state, code=why)
        telemetry.metric("TokensNotRefreshable")
        return
    runtime.repository.authorizations.close_grant(
        grant, GrantState.EXPIRED, AuthorizationEvent.LAPSED, runtime.clock.now(), _LAPSED
    )
    telemetry.log("authorization ended", handle=grant.handle, auth_state=auth_state, code=why)
    telemetry.metric("TokensExpired")


_LIVES: Handlers = {Kind.TOKEN_LIFE: renew_in_time}
