"""Rules of the tokens behind a grant: refreshed before they expire, revoked on request. Pure.

A refresh and a revoke share one lease. A revoke that is wanted during a refresh waits for it, because it has to end the newest
token; a token that arrives after a revoke is revoked, too.
"""

from dataclasses import replace

from autodebit.clock import DAY, HOUR, Instant, instant_of
from autodebit.domain.authorization import Grant, GrantState, Revocation, Token
from autodebit.domain.authorization_states import AuthorizationEvent
from autodebit.domain.polling_plan import Plan
from autodebit.domain.tracked_request import is_only_send

NO_REFRESH_TOKEN = "NO_REFRESH_TOKEN"  # noqa: S105  why a token cannot be renewed
REFRESH_TOKEN_EXPIRED = "REFRESH_TOKEN_EXPIRED"  # noqa: S105  the same
_FOR_GOOD = (NO_REFRESH_TOKEN, REFRESH_TOKEN_EXPIRED, "INVALID_REFRESH_TOKEN")
_LINKS_TAKE = 200_000
"""Bytes of authStates that a grant keeps, of the 400 KB that an item may have: thousands of usual length."""
_PROLONGED_BY_PAYING = ("NAVERPAY",)
"""Wallets whose tokens live for a year from the customer's last payment (the wallets' table of token lives): the end that was
named with the token is not its end."""
_YEARLY = ("ACH_DIRECT_DEBIT",)
"""Wallets whose customers have to authorise again a year after they did (docs.antom.com, Tokenized Payment, ACH guide)."""


def with_token(grant: Grant, token: Token) -> Grant:
    """*grant* with *token* as its newest version."""
    return replace(
        grant,
        newest=grant.newest + 1,
        access_until=instant_of(token.access_expires) or _assumed_end(grant),
        refresh_until=instant_of(token.refresh_expires) or 0,
        refreshable=bool(token.refresh),
        not_renewed="",
    )


def _assumed_end(grant: Grant) -> Instant:
    """When a token that came without an end ends; 0 where nothing is known of it."""
    return grant.created_at + 365 * DAY if grant.wallet in _YEARLY else 0


def rested(grant: Grant, at: Instant, plan: Plan) -> Grant:
    """*grant* with its lease given back: due at once for what is still under way, else when its token's end comes near."""
    due_at = at if grant.under_way else _end_comes_near(grant, at, plan)
    return replace(grant, lease_until=0, due_at=due_at)


def of_wallet(grant: Grant, wallet: str) -> Grant:
    """*grant* as certainly that wallet's: Alipay has acted on a request that named both, or a consent names it."""
    return replace(grant, wallet=wallet, wallet_confirmed=True)


def linked(grant: Grant, auth_state: str) -> Grant:
    """*grant* as the outcome of that authorization, too; without the oldest ones where an item could not hold them all."""
    if not auth_state or auth_state == grant.auth_state:
        return grant
    known = [one for one in dict.fromkeys((*grant.earlier, grant.auth_state)) if one not in ("", auth_state)]
    size = sum(len(one.encode(errors="surrogatepass")) for one in known)
    while size > _LINKS_TAKE:
        size -= len(known.pop(0).encode(errors="surrogatepass"))
    return replace(grant, auth_state=auth_state, earlier=tuple(known))


# --- refresh


def not_renewable(grant: Grant, at: Instant) -> str:
    """Why a refresh of *grant* needs no try; empty if it may succeed."""
    if not grant.refreshable:
        return NO_REFRESH_TOKEN
    if grant.refresh_until and grant.refresh_until <= at:
        return REFRESH_TOKEN_EXPIRED
    return grant.not_renewed if grant.not_renewed in _FOR_GOOD else ""


def lease_for_refresh(grant: Grant, body: str, until: Instant, wallet: str = "") -> Grant:
    """*grant* in the hands of somebody who renews its newest token until *until*, for *wallet* where none is known yet."""
    claimed = replace(grant, lease_until=until, due_at=until, refreshes=grant.refreshes + 1, refresh_body=body)
    return claimed if grant.wallet_known or not wallet else replace(claimed, wallet=wallet)


def refresh_open(grant: Grant, sent: Grant, at: Instant, plan: Plan, *, unsent: bool = False) -> Grant:
    """*grant* after a refresh without a verdict: a poller repeats it, unless certainly nothing left (*unsent*)."""
    if grant.refreshes != sent.refreshes:
        return grant
    left = replace(grant, lease_until=0, refreshes=grant.refreshes - unsent)
    if not left.refreshes:
        return rested(left, at, plan)
    return replace(left, due_at=at + plan.payments.after(left.refreshes))


def refresh_refused(grant: Grant, sent: Grant, code: str, at: Instant, plan: Plan) -> Grant:
    """*grant* after an F to a refresh: its access token lives on. Close to the token's end, *code* says why it will end."""
    if grant.refreshes != sent.refreshes:
        return grant
    return rested(not_renewed(replace(grant, refreshes=0), code, at, plan), at, plan)


def not_renewed(grant: Grant, code: str, at: Instant, plan: Plan) -> Grant:
    """*grant* marked with why its token is not renewed, if the token's end is near."""
    near = grant.state is GrantState.ACTIVE and grant.access_until and at >= grant.access_until - plan.refresh_before
    return replace(grant, not_renewed=code) if near else grant


def renewed(grant: Grant, token: Token, at: Instant, plan: Plan) -> Grant:
    """*grant* with the token that a refresh brought. One that has been revoked meanwhile has this token revoked, too."""
    state = GrantState.ACTIVE if grant.state is GrantState.PENDING else grant.state
    after = replace(with_token(grant, token), state=state, refreshes=0, wallet_confirmed=bool(grant.wallet))
    if after.revocation is not None:
        after = replace(after, revocation=replace(after.revocation, sends=0))
    elif state is GrantState.REVOKED:
        after = to_be_revoked(after, at)
    after = rested(after, at, plan)
    if after.due_at is not None and not after.under_way:
        # A token whose whole life is shorter than the time before its end must not be renewed over and over in one run.
        after = replace(after, due_at=max(after.due_at, at + HOUR))
    return after


# --- revoke


def revoke_wanted(grant: Grant, body: str, at: Instant) -> Grant:
    """*grant* with a revoke written ahead that waits until the refresh under way is over."""
    wanted = grant.revocation or Revocation(at, body)
    return replace(grant, revocation=wanted, due_at=max(at, grant.lease_until))


def lease_for_revoke(grant: Grant, body: str, at: Instant, until: Instant) -> Grant:
    """*grant* in the hands of somebody who revokes its newest token until *until*."""
    wanted = grant.revocation or Revocation(at, body)
    sending = replace(wanted, sends=wanted.sends + 1, tries=wanted.tries + 1)
    return replace(grant, revocation=sending, lease_until=until, due_at=until)


def to_be_revoked(grant: Grant, at: Instant) -> Grant:
    """A revoked *grant* to which a token came late."""
    return replace(grant, state=GrantState.REVOKED, revocation=Revocation(at), lease_until=0, due_at=at)


def revoke_open(grant: Grant, sent: Grant, at: Instant, plan: Plan, *, unsent: bool = False) -> Grant:
    """*grant* after a revoke without a verdict: a poller repeats it."""
    if not _still_holds(grant, sent) or grant.revocation is None:
        return grant
    left = replace(grant.revocation, sends=max(grant.revocation.sends - unsent, 0))
    return replace(grant, revocation=left, lease_until=0, due_at=at + plan.payments.after(left.tries - 1))


def revoke_refused(grant: Grant, sent: Grant, at: Instant, plan: Plan) -> Grant:
    """*grant* after an F to a revoke. To the only send it is final: the authorization goes on as if nobody had asked.

    After a send that may have been acted on (a restored store may have forgotten it) F settles nothing, and a token that came
    after the end still has to die.
    """
    if not _still_holds(grant, sent) or grant.revocation is None:
        return grant
    if not is_only_send(grant.revocation, at, plan) or grant.state is GrantState.REVOKED:
        return revoke_open(grant, sent, at, plan)
    return rested(replace(grant, revocation=None), at, plan)


def newer_to_revoke(grant: Grant, at: Instant) -> Grant:
    """*grant* after the revoke of a token that is not its newest any more: the newest one is due."""
    if grant.revocation is None:
        return grant
    return replace(grant, revocation=replace(grant.revocation, sends=0), lease_until=0, due_at=at)


def closed(grant: Grant, to: GrantState, reason: str) -> Grant:
    """*grant* with its tokens dead."""
    return replace(grant, state=to, reason=reason, revocation=None, refreshes=0, lease_until=0, due_at=None)


def ending(grant: Grant, to: GrantState, reason: str, news: AuthorizationEvent, at: Instant) -> Grant:
    """*grant* with its tokens dead, and due until all of its authorizations have been told *news*."""
    return replace(closed(grant, to, reason), ending=news, due_at=at)


def all_told(grant: Grant) -> Grant:
    """An ended *grant* whose authorizations all know; due only for what else is under way."""
    left = replace(grant, ending=None)
    return left if left.under_way else replace(left, due_at=None)


def _still_holds(grant: Grant, sent: Grant) -> bool:
    """Whether nobody else has tried or finished what *sent* has tried."""
    return (
        grant.revocation is not None
        and sent.revocation is not None
        and grant.revocation.tries == sent.revocation.tries
        and grant.newest == sent.newest
    )


def _end_comes_near(grant: Grant, at: Instant, plan: Plan) -> Instant | None:
    if grant.state is not GrantState.ACTIVE or not grant.access_until or grant.wallet in _PROLONGED_BY_PAYING:
        return None
    if not grant.not_renewed:
        return grant.access_until - plan.refresh_before
    return grant.access_until if grant.not_renewed in _FOR_GOOD else min(at + DAY, grant.access_until)
