"""Authorizations: a customer is asked once, and the code that comes back is exchanged once, whoever brings it first."""

import hashlib
import json
from dataclasses import replace

from autodebit import telemetry
from autodebit.clock import SECOND
from autodebit.contract import ConsultRequest, NotifyAuthorizationRequest
from autodebit.domain.authorization import Authorization, CodeState, GrantState, Token
from autodebit.domain.authorization_states import AuthorizationEvent, AuthorizationState
from autodebit.domain.grant_lifecycle import linked, of_wallet, to_be_revoked
from autodebit.domain.tracked_request import answers_only_send, is_only_send
from autodebit.errors import AutoDebitError, GatewayError, RequestRejected
from autodebit.flows.authorizations.exchange import exchange
from autodebit.flows.kept_bodies import NOT_UNDERSTOOD, code_of, kept_body
from autodebit.flows.send import retry_until_deadline
from autodebit.gateway.client import Operation, ResultStatus
from autodebit.gateway.json_body import status_text
from autodebit.repository import digest_of, new_grant
from autodebit.repository.renewal_request import consented
from autodebit.responses import NO_TIME, Response, no_trusted_answer, not_sent, passthrough, to_json, unknown
from autodebit.runtime import Runtime

_EXCHANGE_WITHIN = 5 * SECOND
_NOT_STORED = "What became of this request is not known yet; send the same request again."
_ROUNDS = 8


def consult(request: ConsultRequest, runtime: Runtime) -> Response:
    """Ask for a page where the owner of a wallet can agree; the authState is kept before Alipay hears of it."""
    if not runtime.has_time_to_send:
        known = runtime.repository.authorizations.find(request.auth_state)
        return unknown(_NOT_STORED) if known is not None and known.sends else not_sent(NO_TIME)
    asked = _asked(request, runtime)
    for _ in range(_ROUNDS):
        stored = runtime.repository.authorizations.find(asked.auth_state)
        if stored is None:
            ready = runtime.repository.authorizations.replaced(asked)
        else:
            if (reply := _known(stored, asked)) is not None:
                return reply
            ready = runtime.repository.authorizations.replaced(replace(stored, sends=stored.sends + 1))
        if ready is not None:
            return _send(ready, runtime)
    return not_sent("Others are asking with this authState right now; nothing was sent. Send the same request again.")


def notify_authorization(notification: NotifyAuthorizationRequest, runtime: Runtime) -> None:
    """Record that a customer agreed or that a token was cancelled. Returns once that is stored.

    A code is then exchanged here and now, if the deployment says so; whatever comes of that, the notification is stored.
    """
    match status_text(notification.authorization_notify_type):
        case "AUTHCODE_CREATED" if notification.auth_state and notification.auth_code:
            _receive_code(notification.auth_state, notification.auth_code, runtime)
        case "TOKEN_CREATED" if notification.auth_state and notification.access_token:
            _receive_token(notification.auth_state, notification.access_token, runtime)
        case "TOKEN_CANCELED" if notification.access_token:
            _cancel_token(notification.access_token, runtime)
        case _:
            _record_odd(notification, runtime)


def abandon_stale(auth_state: str, runtime: Runtime) -> None:
    """An authorization of which nothing was heard in time is abandoned; a code or token that comes later still counts."""
    authorization, now = runtime.repository.authorizations.find(auth_state), runtime.clock.now()
    if authorization is None or authorization.due_at is None or authorization.due_at > now:
        return
    if authorization.state is AuthorizationState.CONSULTED:
        runtime.repository.authorizations.advance(auth_state, AuthorizationEvent.SILENCE, now)
        telemetry.log("authorization abandoned", auth_state=auth_state)


# --- consult


def _asked(request: ConsultRequest, runtime: Runtime) -> Authorization:
    body = request.to_wire()
    if request.auth_notify_url is None and runtime.settings.auth_notify_url:
        body["authNotifyUrl"] = runtime.settings.auth_notify_url
    content = [
        request.customer_belongs_to,
        request.auth_client_id,
        request.auth_redirect_url,
        sorted(request.scopes),
    ]
    now = runtime.clock.now()
    return Authorization(
        auth_state=request.auth_state,
        state=AuthorizationState.CONSULTED,
        fingerprint=hashlib.sha256(json.dumps(content).encode()).hexdigest(),
        body=to_json(body),
        wallet=request.customer_belongs_to,
        created_at=now,
        sends=1,
        due_at=now + runtime.settings.plan.abandon_after,
    )


def _known(stored: Authorization, asked: Authorization) -> Response | None:
    """The answer to a repeat; None if Alipay has not answered yet and is to be asked again."""
    if stored.fingerprint != asked.fingerprint:
        raise RequestRejected(
            409,
            "REPEAT_REQ_INCONSISTENT",
            "this authState was used with another wallet, redirect address, scopes or client",
        )
    if stored.answer:
        return passthrough(stored.answer)
    if stored.state is not AuthorizationState.CONSULTED:
        state = stored.state.value
        raise RequestRejected(
            409, "ORDER_STATUS_INVALID", f"this authorization is {state}; consult again with a new authState"
        )
    return None


def _send(ready: Authorization, runtime: Runtime) -> Response:
    if not runtime.has_time_to_send:
        # The table took so long that an answer could no longer be recorded.
        return _unsent(ready, not_sent(NO_TIME), runtime)
    try:
        answer = runtime.alipay.call(Operation.CONSULT, json.loads(ready.body), runtime.response_timeout_ms)
    except GatewayError as error:
        telemetry.log(
            "no answer",
            level="WARNING",
            operation=error.operation,
            auth_state=ready.auth_state,
            reason=error.reason,
            code=error.hint or None,
        )
        return no_trusted_answer(error) if error.may_have_acted else _unsent(ready, no_trusted_answer(error), runtime)
    telemetry.log("consulted", auth_state=ready.auth_state, code=answer.code)
    # If an earlier send may have been acted on, F may describe the repeat only: the page of the first answer may still be
    # used, so F does not fail the authorization. F is returned all the same: consult moves no money, and a consult with a
    # new authState is harmless.
    now, plan = runtime.clock.now(), runtime.settings.plan
    only = answer.status is ResultStatus.F and answers_only_send(ready, answer.code, now, plan)
    final = answer.status is ResultStatus.S or only
    if final:
        refused = answer.code if answer.status is ResultStatus.F else ""
        stored = retry_until_deadline(
            lambda: runtime.repository.authorizations.answered(ready.auth_state, answer.text, refused=refused),
            runtime,
        )
        if refused and stored is None:
            return unknown(_NOT_STORED)
    return passthrough(answer.text)


def _unsent(ready: Authorization, reply: Response, runtime: Runtime) -> Response:
    """Certainly nothing left: this send does not count. *reply*, unless an earlier one may have been acted on."""
    retry_until_deadline(
        lambda: runtime.repository.authorizations.replaced(replace(ready, sends=ready.sends - 1)), runtime
    )
    only = is_only_send(ready, runtime.clock.now(), runtime.settings.plan)
    return reply if only else unknown(_NOT_STORED)


# --- notifications


def _receive_code(auth_state: str, secret: str, runtime: Runtime) -> None:
    authorization = runtime.repository.authorizations.find(auth_state)
    if authorization is None:
        _record(auth_state, "a code for an authState that is not known", "AUTHCODE_CREATED", runtime)
        return
    body = _exchange_of(authorization)
    ours = runtime.settings.exchange_auth_codes
    code, anomaly = runtime.repository.codes.receive_code(
        auth_state, secret, body, authorization.wallet, runtime.clock.now(), due=ours
    )
    telemetry.log("code received", auth_state=auth_state, state=code.state.value)
    if anomaly:
        telemetry.anomaly(anomaly, auth_state=auth_state)
    if ours and code.state is CodeState.WAITING and code.due_at is not None:
        try:
            exchange(secret, code.body, code.wallet, runtime, within=_EXCHANGE_WITHIN, wait=0)
        except AutoDebitError as error:
            # The code is stored and due: polling goes on with it.
            telemetry.log(
                "exchange left to polling", level="WARNING", auth_state=auth_state, error=type(error).__name__
            )


def _exchange_of(authorization: Authorization) -> str:
    """The request that exchanges the code of *authorization*, without the code: for the wallet and account of the consent."""
    consulted = json.loads(authorization.body)
    body = {"grantType": "AUTHORIZATION_CODE", "customerBelongsTo": authorization.wallet}
    body |= {name: consulted[name] for name in ("merchantRegion", "merchantAccountId") if name in consulted}
    return to_json(body)


def _receive_token(auth_state: str, secret: str, runtime: Runtime) -> None:
    """TOKEN_CREATED belongs to Easy Pay; a newer page names Auto Debit, too. The token is kept like one that was exchanged."""
    authorization = runtime.repository.authorizations.find(auth_state)
    if authorization is None:
        _record(auth_state, "a token for an authState that is not known", "TOKEN_CREATED", runtime)
        return
    grant = new_grant(authorization.wallet, runtime.clock.now(), auth_state=auth_state)
    held = runtime.repository.grants.adopt(grant, Token(access=secret))
    # A token that comes after the end of its authorization has to end, too; one that others hold already stays.
    late = authorization.state is AuthorizationState.REVOKED and held.handle == grant.handle
    now, wallet, body = runtime.clock.now(), authorization.wallet, _exchange_of(authorization)
    runtime.repository.grants.changed(
        held.handle,
        lambda known: consented(
            to_be_revoked(known, now) if late else linked(of_wallet(known, wallet), auth_state), body
        ),
    )
    anomaly = runtime.repository.authorizations.advance(
        auth_state, AuthorizationEvent.TOKEN, runtime.clock.now(), grant=held.handle
    )
    # Its grant may have ended before, or meanwhile: whoever ended it could not move an authorization that had no token yet.
    known = runtime.repository.grants.find(held.handle)
    if known is not None and known.ended:
        end = AuthorizationEvent.CANCELED if known.state is GrantState.REVOKED else AuthorizationEvent.LAPSED
        runtime.repository.authorizations.advance(auth_state, end, runtime.clock.now(), message=known.reason)
    if anomaly:
        telemetry.anomaly(anomaly, auth_state=auth_state)


def _cancel_token(secret: str, runtime: Runtime) -> None:
    grants = runtime.repository.grants
    found = grants.find_by_secret(secret)
    if found is None:
        # The token may be on its way to us. Whoever stores it looks for this mark afterwards, and we look for it again.
        grants.remember_cancelled(secret)
        found = grants.find_by_secret(secret)
    if found is None:
        _record(None, "a token was cancelled that is not known", "TOKEN_CANCELED", runtime, token=digest_of(secret))
        return
    grant, version = found
    if grant.state is GrantState.REVOKED and grant.revocation is None and grant.ending is None:
        return  # Alipay tells of our own revokes, too
    if version == grant.newest:
        closed = runtime.repository.authorizations.close_grant(
            grant, GrantState.REVOKED, AuthorizationEvent.CANCELED, runtime.clock.now(), "TOKEN_CANCELED"
        )
        grant = closed or grant
    if version != grant.newest:
        if grant.state is not GrantState.REVOKED:
            reason = "a superseded token was cancelled"
            runtime.repository.authorizations.record_grant_anomaly(grant, reason, "TOKEN_CANCELED", runtime.clock.now())
            telemetry.anomaly(reason, auth_state=grant.auth_state)
        return
    telemetry.log(
        "authorization ended", handle=grant.handle, auth_state=grant.auth_state or None, code="TOKEN_CANCELED"
    )


def _record_odd(notification: NotifyAuthorizationRequest, runtime: Runtime) -> None:
    """Keep a notification of an unknown type, or without what its type needs. Of its secrets only digests and a handle."""
    reason, auth_state = NOT_UNDERSTOOD, notification.auth_state or ""
    token, code = notification.access_token, notification.auth_code
    held = runtime.repository.grants.find_by_secret(token) if token else None
    facts = {
        "notification": code_of(notification.authorization_notify_type),
        "token_sha256": digest_of(token) if token else "",
        "code_sha256": digest_of(code) if code else "",
        "handle": held[0].handle if held else "",
        "body": kept_body(notification),
    }
    runtime.repository.authorizations.record_unknown(auth_state, reason, runtime.clock.now(), facts)
    telemetry.anomaly(reason, auth_state=auth_state, handle=facts["handle"])


def _record(auth_state: str | None, reason: str, kind: str | None, runtime: Runtime, *, token: str = "") -> None:
    runtime.repository.authorizations.record_unknown(
        auth_state or "", reason, runtime.clock.now(), {"notification": kind or "", "token_sha256": token}
    )
    telemetry.anomaly(reason, auth_state=auth_state or "")
