"""What every flow about tokens needs: the grant behind what a caller names, and tokens in and out of answers."""

from autodebit import telemetry
from autodebit.clock import SECOND, Instant
from autodebit.contract import ApplyTokenResponse
from autodebit.domain.authorization import Grant, GrantState, Token
from autodebit.domain.authorization_states import AuthorizationEvent
from autodebit.domain.grant_lifecycle import of_wallet
from autodebit.domain.payment_states import PaymentState
from autodebit.errors import GatewayError, RequestRejected, StoreUnavailable
from autodebit.flows.authorizations.handles import replace_tokens
from autodebit.gateway.client import ResultStatus, VerifiedResponse
from autodebit.repository import ACCESS_PREFIX, REFRESH_PREFIX, new_grant
from autodebit.runtime import SEND_NEEDS, Runtime

_BODY_TAKES = 32 * 1024
_CONFIRM_NEEDS = 14 * SECOND
"""A read and a write of a slow store, and their repetitions, before the invocation ends."""
IN_PROCESS = "This authorization is being processed; send the same request again."


def resolve_grant(text: str, wallet: str, runtime: Runtime, *, field: str = "paymentMethod.paymentMethodId") -> Grant:
    """The grant behind a handle, or behind a raw token, which is vaulted on first use as a token of *wallet*.

    Raises:
        RequestRejected: *text* looks like a handle and is none of ours; it is never sent. The message names *field*.
    """
    text = text.strip()  # as answers are read that bring a token
    known = known_grant(text, runtime, field=field)
    if known is not None:
        return known
    grants = runtime.repository.grants
    adopted = grants.adopt(new_grant(wallet, runtime.clock.now()), Token(access=text))
    end_if_cancelled(adopted, text, runtime)
    return grants.find(adopted.handle) or adopted


def known_grant(text: str, runtime: Runtime, *, field: str) -> Grant | None:
    """The grant behind a handle or a raw token; None for a raw token that is not known yet.

    Raises:
        RequestRejected: as of resolve_grant.
    """
    grants, text = runtime.repository.grants, text.strip()
    if text.startswith(ACCESS_PREFIX):
        known = grants.find(text)
        if known is None:
            raise unknown_handle(field)
        return known
    if text.startswith(REFRESH_PREFIX):
        raise RequestRejected(400, "PARAM_ILLEGAL", f"{field}: this is the handle of a refresh token")
    found = grants.find_by_secret(text)
    return found[0] if found else None


def require_wallet(grant: Grant, wallet: str, *, field: str) -> None:
    """A token is sent only with its own wallet: Alipay calls it dead if a request names another one.

    Raises:
        RequestRejected: *grant* certainly belongs to another wallet than *wallet*; the message names *field* and the right one.
    """
    if grant.wallet_known and grant.wallet != wallet:
        told = f"{field}: this authorization belongs to the wallet {grant.wallet}; nothing was sent"
        raise RequestRejected(400, "PARAM_ILLEGAL", told)


def require_room(body: str) -> None:
    """A grant keeps the requests that are repeated for it beside all else, in one item of at most 400 KB.

    Raises:
        RequestRejected: *body* is too long to be kept; extendInfo is the only field without a length of its own.
    """
    if len(body.encode()) > _BODY_TAKES:
        told = (
            f"extendInfo: longer than can be kept with an authorization ({_BODY_TAKES} bytes in all); nothing was sent"
        )
        raise RequestRejected(400, "PARAM_ILLEGAL", told)


def confirm_wallet(grant: Grant, payment_request_id: str, runtime: Runtime) -> None:
    """Keep the wallet of a raw token once a payment with it has succeeded; the answer to the caller never waits for that."""
    if grant.wallet_known or runtime.left < _CONFIRM_NEEDS:
        return
    try:
        payment = runtime.repository.payments.find(payment_request_id)
        if payment is None or payment.state is not PaymentState.SUCCESS or payment.grant != grant.handle:
            return
        wallet = payment.payment_method_type
        if wallet:
            runtime.repository.grants.changed(
                grant.handle, lambda known: known if known.wallet_known else of_wallet(known, wallet)
            )
    except StoreUnavailable:
        telemetry.log("wallet not confirmed", level="WARNING", handle=grant.handle)


def token_refused(handle: str, token_version: int, runtime: Runtime, *, wallet: str | None = None) -> None:
    """Alipay called a token dead: that ends its authorization only if there is no newer token, and none on its way.

    *wallet* is the wallet that the request named, None where the operation names none: only a request that named the right
    wallet says something of the token.
    """
    grant = runtime.repository.grants.find(handle)
    if grant is None or grant.newest != token_version or not grant.usable or grant.under_way:
        return
    if wallet is not None and not (grant.wallet_known and grant.wallet == wallet):
        telemetry.log("token refused, perhaps for its wallet", level="WARNING", handle=handle)
        return
    runtime.repository.authorizations.close_grant(
        grant, GrantState.EXPIRED, AuthorizationEvent.DEAD, runtime.clock.now(), "INVALID_ACCESS_TOKEN"
    )
    telemetry.log(
        "authorization ended", handle=handle, auth_state=grant.auth_state or None, code="INVALID_ACCESS_TOKEN"
    )


def ended(grant: Grant) -> RequestRejected:
    """The refusal of what needs a usable authorization."""
    return RequestRejected(
        409,
        "INVALID_ACCESS_TOKEN",
        f"this authorization is {grant.standing}; nothing was sent. The customer has to authorise again (consult).",
    )


def unknown_handle(field: str) -> RequestRejected:
    """The refusal of what looks like a handle and is none of ours."""
    return RequestRejected(400, "PARAM_ILLEGAL", f"{field}: this handle is not known here; nothing was sent")


def end_if_cancelled(grant: Grant, secret: str, runtime: Runtime) -> None:
    """A cancellation that came before its token is applied now that the token is stored."""
    if runtime.repository.grants.was_cancelled(secret):
        runtime.repository.authorizations.close_grant(
            grant, GrantState.REVOKED, AuthorizationEvent.CANCELED, runtime.clock.now(), "TOKEN_CANCELED"
        )


def token_in(answer: VerifiedResponse) -> Token | None:
    """The tokens that an answer to applyToken brings, if it does."""
    told = ApplyTokenResponse.read(answer.data)
    if answer.status is not ResultStatus.S or not told.access_token:
        return None
    return Token(
        access=told.access_token,
        refresh=told.refresh_token or "",
        access_expires=told.access_token_expiry_time or "",
        refresh_expires=told.refresh_token_expiry_time or "",
    )


def answer_with_handles(answer: VerifiedResponse, token: Token, grant: Grant) -> str:
    """Alipay's answer with handles in the place of the tokens that it brings."""
    return replace_tokens(answer.text, {token.access: grant.handle, token.refresh: grant.refresh_handle})


def lease_end(runtime: Runtime) -> Instant:
    """The end of a lease that is taken right now: this invocation cannot be sending any more by then.

    To be read right before the claim is written, after KMS: whoever counts from an earlier moment holds on for longer than
    its lease, and another one sends meanwhile.
    """
    now = runtime.clock.now()
    return now + min(runtime.deadline - now, runtime.settings.plan.send_lease) + 1 * SECOND


def has_time_to_send_under(lease_until: Instant, runtime: Runtime, needs: int = SEND_NEEDS) -> bool:
    """Whether an answer and its record (*needs* milliseconds) still fit into the invocation and into its lease, right now.

    To be asked right before a send: the claim may have taken its time.
    """
    return min(runtime.deadline, lease_until) - runtime.clock.now() >= needs


def log_no_answer(error: GatewayError, grant: Grant) -> None:
    """Tell operators that a call about a token brought no answer we may act on."""
    telemetry.log(
        "no answer",
        level="WARNING",
        operation=error.operation,
        handle=grant.handle,
        auth_state=grant.auth_state or None,
        reason=error.reason,
        code=error.hint or None,
    )
    telemetry.metric("UntrustedAnswers" if error.hint else "NoAnswers")
