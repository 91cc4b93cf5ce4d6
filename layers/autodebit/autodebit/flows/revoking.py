"""Revokes: written ahead on the grant, and sent until Alipay has ended the newest token or refused for good."""

import json
from collections.abc import Callable
from typing import Any

from autodebit import telemetry
from autodebit.authorization import Grant, GrantState
from autodebit.contract import RevokeRequest
from autodebit.errors import GatewayError, Refused
from autodebit.flows.grants import grant_for, known_grant, lease_end, may_send_under, note_silence, require_room
from autodebit.flows.handles import with_handles
from autodebit.flows.refreshing import send_refresh
from autodebit.flows.storing import stored_until_deadline
from autodebit.gateway import Answer, Operation, Status
from autodebit.lifecycle import AuthorizationNews
from autodebit.replies import NO_TIME, Reply, built, dumped, not_sent, relayed, result, unanswered, unknown
from autodebit.runtime import Runtime
from autodebit.token_life import claimed_for_revoke, revoke_open, revoke_refused, revoke_wanted
from autodebit.transaction import is_only_send

_ROUNDS = 8
_REFRESHES_FIRST = 3
"""How often a refresh without an answer is repeated before a revoke that waits for it: the revoke has to end the newest token."""
_DEAD_ALREADY = "INVALID_ACCESS_TOKEN"
_REQUESTED = (
    "This revoke is requested and repeated until Alipay has ended the authorization; nobody can pay with it meanwhile."
)


def revoke(request: RevokeRequest, runtime: Runtime) -> Reply:
    """End an authorization; a repeat of a revoke that is done is answered from the store."""
    found = known_grant(request.access_token, runtime, field="accessToken")
    if not runtime.may_send:
        return _unsent(found, not_sent(NO_TIME))
    known = found or grant_for(request.access_token, "", runtime, field="accessToken")
    body = dumped({name: value for name, value in request.to_wire().items() if name != "accessToken"})
    require_room(body)
    for _ in range(_ROUNDS):
        grant, now = runtime.repository.grants.find(known.handle) or known, runtime.clock.now()
        if grant.state is GrantState.REVOKED:
            return _done()
        if grant.state is GrantState.PENDING:
            raise Refused(
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


def see_to_grant(handle: str, runtime: Runtime) -> None:
    """Finish the end of a grant that was cut; else repeat the revoke, or else the refresh, whose last try had no verdict."""
    grant, now = runtime.repository.grants.find(handle), runtime.clock.now()
    if grant is None or grant.due_at is None or grant.due_at > now:
        return
    if grant.ending is not None:
        grant = runtime.repository.authorizations.finish_end(grant, now)
    if grant is None or grant.due_at is None or grant.due_at > now or not runtime.may_send:
        return
    wanted = grant.revocation
    if grant.refreshes and (wanted is None or grant.refreshes < _REFRESHES_FIRST):
        send_refresh(grant, grant.refresh_body, runtime)
    elif wanted is not None:
        if runtime.settings.plan.payments.exhausted(wanted.tries):
            telemetry.note("revoke still open", level="ERROR", handle=handle, auth_state=grant.auth_state or None)
            telemetry.count("PollsExhausted")
        _try(grant, wanted.body, runtime)


def _try(grant: Grant, body: str, runtime: Runtime) -> Reply | None:
    """Send the revoke of the newest token, by whoever claims it first; None if somebody else did."""
    grants = runtime.repository.grants
    secret = grants.access_token(grant.handle, grant.newest)
    claimed = grants.replaced(claimed_for_revoke(grant, body, runtime.clock.now(), lease_end(runtime)))
    if claimed is None:
        return None
    repeated = not _only_send(claimed, runtime)
    if not may_send_under(claimed.lease_until, runtime):
        # The table took so long that an answer could no longer be recorded.
        _left_open(claimed, runtime, unsent=True)
        return unknown(_REQUESTED) if repeated else not_sent(NO_TIME)
    try:
        answer = runtime.alipay.call(
            Operation.REVOKE, {**_asked(claimed), "accessToken": secret}, runtime.answer_within
        )
    except GatewayError as error:
        note_silence(error, claimed)
        _left_open(claimed, runtime, unsent=not error.may_have_acted)
        return unknown(_REQUESTED) if repeated and not error.may_have_acted else unanswered(error)
    telemetry.note("revoke", handle=claimed.handle, auth_state=claimed.auth_state or None, code=answer.code)
    return _answered(claimed, answer, with_handles(answer.text, {secret: claimed.handle}), runtime)


def _answered(claimed: Grant, answer: Answer, text: str, runtime: Runtime) -> Reply:
    """Record what Alipay said of the revoke; what the caller hears. F is told only once it is stored as final."""
    only_send = _only_send(claimed, runtime)
    if answer.status is Status.S or (answer.status is Status.F and answer.code == _DEAD_ALREADY):
        ended = stored_until_deadline(lambda: _close(claimed, answer, runtime), runtime)
        if ended is not None and ended.state is not GrantState.REVOKED:
            return unknown(_REQUESTED)  # a newer token came meanwhile, and is revoked next
        if ended is None and answer.status is Status.F:
            return unknown(_REQUESTED)
        # Dead already, after a send that may have been acted on, means that this send did it.
        return relayed(text) if only_send or answer.status is Status.S else _done()
    if answer.status is Status.F:
        now, plan = runtime.clock.now(), runtime.settings.plan
        after = _changed(claimed, lambda grant: revoke_refused(grant, claimed, now, plan), runtime)
        if after is not None and after.state is GrantState.REVOKED:
            return _done()  # the customer has ended it meanwhile
        if only_send and (after is None or after.revocation is not None):
            return unknown(_REQUESTED)
        if only_send:
            return relayed(text)
        return unknown(
            f"Alipay answered {answer.code} to a repeat, which does not tell what became of the first. {_REQUESTED}"
        )
    _left_open(claimed, runtime)
    return relayed(text)


def _close(claimed: Grant, answer: Answer, runtime: Runtime) -> Grant | None:
    reason = "REVOKED" if answer.status is Status.S else answer.code
    return runtime.repository.authorizations.close_grant(
        claimed, GrantState.REVOKED, AuthorizationNews.CANCELED, runtime.clock.now(), reason
    )


def _left_open(claimed: Grant, runtime: Runtime, *, unsent: bool = False) -> None:
    """Give the lease back; a poller repeats the revoke."""
    now, plan = runtime.clock.now(), runtime.settings.plan
    _changed(claimed, lambda grant: revoke_open(grant, claimed, now, plan, unsent=unsent), runtime)


def _changed(claimed: Grant, change: Callable[[Grant], Grant], runtime: Runtime) -> Grant | None:
    """The grant as it then stands; None if the store stayed away."""
    return stored_until_deadline(lambda: runtime.repository.grants.changed(claimed.handle, change), runtime)


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


def _unsent(grant: Grant | None, otherwise: Reply) -> Reply:
    """What a caller hears of whom nothing was sent: *otherwise*, unless a revoke of this grant is done or under way."""
    if grant is not None and grant.state is GrantState.REVOKED:
        return _done()
    return unknown(_REQUESTED) if grant is not None and grant.revocation is not None else otherwise


def _done() -> Reply:
    return built({"result": result("S", "SUCCESS", "success")})
