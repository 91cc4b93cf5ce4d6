"""Revokes: written ahead on the grant, and sent until Alipay has ended the newest token or refused for good."""

import json
from collections.abc import Callable
from typing import Any

from autodebit import telemetry
from autodebit.contract import RevokeRequest
from autodebit.domain.authorization import Grant, GrantState
from autodebit.domain.authorization_states import AuthorizationEvent
from autodebit.domain.grant_lifecycle import lease_for_revoke, revoke_open, revoke_refused, revoke_wanted
from autodebit.domain.tracked_request import is_only_send
from autodebit.errors import GatewayError, RequestRejected
from autodebit.flows.authorizations.handles import replace_tokens
from autodebit.flows.authorizations.refresh import send_refresh
from autodebit.flows.authorizations.tokens import (
    has_time_to_send_under,
    known_grant,
    lease_end,
    log_no_answer,
    require_room,
    resolve_grant,
)
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
_REFRESHES_FIRST = 3
"""How often a refresh without an answer is repeated before a revoke that waits for it: the revoke has to end the newest token."""
_DEAD_ALREADY = "INVALID_ACCESS_TOKEN"
_REQUESTED = (
    "This revoke is requested and repeated until Alipay has ended the authorization; nobody can pay with it meanwhile."
)


def revoke(request: RevokeRequest, runtime: Runtime) -> Response:
    """End an authorization; a repeat of a revoke that is done is answered from the store."""
    found = known_grant(request.access_token, runtime, field="accessToken")
    if not runtime.has_time_to_send:
        return _unsent(found, not_sent(NO_TIME))
    known = found or resolve_grant(request.access_token, "", runtime, field="accessToken")
    body = to_json({name: value for name, value in request.to_wire().items() if name != "accessToken"})
    require_room(body)
    for _ in range(_ROUNDS):
        grant, now = runtime.repository.grants.find(known.handle) or known, runtime.clock.now()
        if grant.state is GrantState.REVOKED:
            return _done()
        if grant.state is GrantState.PENDING:
            raise RequestRejected(
                400, "PARAM_ILLEGAL", "accessToken: this is a refresh token; its access token is not known here"
            )
        if now < grant.lease_until or grant.refreshes:
            if grant.revocation is None and not runtime.repository.grants.replaced(revoke_wanted(grant, body, now)):
                continue
            return unknown(_REQUESTED)
        reply = _try(grant, body, runtime)
        if reply is not None:
            return reply
    busy = not_sent("Others are using this authorization right now; nothing was sent. Send the same request again.")
    return _unsent(runtime.repository.grants.find(known.handle), busy)


def poll_grant(handle: str, runtime: Runtime) -> None:
    """Finish the end of a grant that was cut; else repeat the revoke, or else the refresh, whose last try had no verdict."""
    grant, now = runtime.repository.grants.find(handle), runtime.clock.now()
    if grant is None or grant.due_at is None or grant.due_at > now:
        return
    if grant.ending is not None:
        grant = runtime.repository.authorizations.finish_end(grant, now)
    if grant is None or grant.due_at is None or grant.due_at > now or not runtime.has_time_to_send:
        return
    wanted = grant.revocation
    if grant.refreshes and (wanted is None or grant.refreshes < _REFRESHES_FIRST):
        send_refresh(grant, grant.refresh_body, runtime)
    elif wanted is not None:
        if runtime.settings.plan.payments.exhausted(wanted.tries):
            telemetry.log("revoke still open", level="ERROR", handle=handle, auth_state=grant.auth_state or None)
            telemetry.metric("PollsExhausted")
        _try(grant, wanted.body, runtime)


def _try(grant: Grant, body: str, runtime: Runtime) -> Response | None:
    """Send the revoke of the newest token, by whoever claims it first; None if somebody else did."""
    grants = runtime.repository.grants
    secret = grants.access_token(grant.handle, grant.newest)
    claimed = grants.replaced(lease_for_revoke(grant, body, runtime.clock.now(), lease_end(runtime)))
    if claimed is None:
        return None
    repeated = not _only_send(claimed, runtime)
    if not has_time_to_send_under(claimed.lease_until, runtime):
        # The table took so long that an answer could no longer be recorded.
        _left_open(claimed, runtime, unsent=True)
        return unknown(_REQUESTED) if repeated else not_sent(NO_TIME)
    try:
        answer = runtime.alipay.call(
            Operation.REVOKE, {**_asked(claimed), "accessToken": secret}, runtime.response_timeout_ms
        )
    except GatewayError as error:
        log_no_answer(error, claimed)
        _left_open(claimed, runtime, unsent=not error.may_have_acted)
        return unknown(_REQUESTED) if repeated and not error.may_have_acted else no_trusted_answer(error)
    telemetry.log("revoke", handle=claimed.handle, auth_state=claimed.auth_state or None, code=answer.code)
    return _answered(claimed, answer, replace_tokens(answer.text, {secret: claimed.handle}), runtime)


def _answered(claimed: Grant, answer: VerifiedResponse, text: str, runtime: Runtime) -> Response:
    """Record what Alipay said of the revoke; what the caller hears. F is told only once it is stored as final."""
    only_send = _only_send(claimed, runtime)
    if answer.status is ResultStatus.S or (answer.status is ResultStatus.F and answer.code == _DEAD_ALREADY):
        ended = retry_until_deadline(lambda: _close(claimed, answer, runtime), runtime)
        if ended is not None and ended.state is not GrantState.REVOKED:
            return unknown(_REQUESTED)  # a newer token came meanwhile, and is revoked next
        if ended is None and answer.status is ResultStatus.F:
            return unknown(_REQUESTED)
        # Dead already, after a send that may have been acted on, means that this send did it.
        return passthrough(text) if only_send or answer.status is ResultStatus.S else _done()
    if answer.status is ResultStatus.F:
        now, plan = runtime.clock.now(), runtime.settings.plan
        after = _changed(claimed, lambda grant: revoke_refused(grant, claimed, now, plan), runtime)
        if after is not None and after.state is GrantState.REVOKED:
            return _done()  # the customer has ended it meanwhile
        if only_send and (after is None or after.revocation is not None):
            return unknown(_REQUESTED)
        if only_send:
            return passthrough(text)
        return unknown(
            f"Alipay answered {answer.code} to a repeat, which does not tell what became of the first. {_REQUESTED}"
        )
    _left_open(claimed, runtime)
    return passthrough(text)


def _close(claimed: Grant, answer: VerifiedResponse, runtime: Runtime) -> Grant | None:
    reason = "REVOKED" if answer.status is ResultStatus.S else answer.code
    return runtime.repository.authorizations.close_grant(
        claimed, GrantState.REVOKED, AuthorizationEvent.CANCELED, runtime.clock.now(), reason
    )


def _left_open(claimed: Grant, runtime: Runtime, *, unsent: bool = False) -> None:
    """Give the lease back; a poller repeats the revoke."""
    now, plan = runtime.clock.now(), runtime.settings.plan
    _changed(claimed, lambda grant: revoke_open(grant, claimed, now, plan, unsent=unsent), runtime)


def _changed(claimed: Grant, change: Callable[[Grant], Grant], runtime: Runtime) -> Grant | None:
    """The grant as it then stands; None if the store stayed away."""
    return retry_until_deadline(lambda: runtime.repository.grants.changed(claimed.handle, change), runtime)


def _asked(claimed: Grant) -> dict[str, Any]:
    """The request without its token; for a revoke of our own, with the account that the tokens were issued for."""
    wanted = claimed.revocation.body if claimed.revocation is not None else ""
    if wanted:
        asked: dict[str, Any] = json.loads(wanted)
        return asked
    renewal = json.loads(claimed.refresh_body) if claimed.refresh_body else {}
    return {name: renewal[name] for name in ("merchantAccountId",) if name in renewal}


def _only_send(claimed: Grant, runtime: Runtime) -> bool:
    """Whether no earlier send of this revoke may have been acted on."""
    wanted, now, plan = claimed.revocation, runtime.clock.now(), runtime.settings.plan
    return wanted is not None and is_only_send(wanted, now, plan)


def _unsent(grant: Grant | None, otherwise: Response) -> Response:
    """What a caller hears of whom nothing was sent: *otherwise*, unless a revoke of this grant is done or under way."""
    if grant is not None and grant.state is GrantState.REVOKED:
        return _done()
    return unknown(_REQUESTED) if grant is not None and grant.revocation is not None else otherwise


def _done() -> Response:
    return built({"result": result("S", "SUCCESS", "success")})
