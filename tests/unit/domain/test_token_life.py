"""The life of the tokens behind a grant: when they are due, and what a refresh or a revoke leaves behind."""

from dataclasses import replace
from typing import Any

import pytest

from autodebit.clock import DAY, HOUR, SECOND, instant_of, iso
from autodebit.domain.authorization import Grant, GrantState, Revocation, Token
from autodebit.domain.grant_lifecycle import (
    closed,
    lease_for_refresh,
    lease_for_revoke,
    linked,
    newer_to_revoke,
    not_renewable,
    not_renewed,
    refresh_open,
    refresh_refused,
    renewed,
    rested,
    revoke_open,
    revoke_refused,
    revoke_wanted,
    to_be_revoked,
    with_token,
)
from autodebit.domain.polling_plan import Plan

NOW, PLAN = 1_800_000_000_000, Plan()
END = NOW + 100 * DAY


def grant(**changed: Any) -> Grant:
    made = Grant("tok_1", "rtk_1", "GCASH", GrantState.ACTIVE, NOW, version=3, newest=1, refreshable=True)
    return replace(made, access_until=END, due_at=END - 10 * DAY, **changed)


RESTS = {
    "far from its end": (grant(), END - 10 * DAY),
    "its end is not known": (replace(grant(), access_until=0), None),
    "its end is told of": (grant(not_renewed="INVALID_REFRESH_TOKEN"), END),
    "it may still be renewed": (grant(not_renewed="SYSTEM_ERROR"), NOW + DAY),
    "ended": (grant(state=GrantState.EXPIRED), None),
    "only a refresh token": (grant(state=GrantState.PENDING), None),
    "a revoke is wanted": (grant(revocation=Revocation(NOW)), NOW),
    "a refresh is open": (grant(refreshes=1), NOW),
    "its end moves with each payment": (replace(grant(), wallet="NAVERPAY"), None),
}


@pytest.mark.parametrize(("before", "due_at"), RESTS.values(), ids=RESTS)
def test_a_grant_at_rest_is_due_for_what_comes_next(before: Grant, due_at: int | None) -> None:
    at_rest = rested(replace(before, lease_until=NOW + 9), NOW, PLAN)
    assert (at_rest.due_at, at_rest.lease_until) == (due_at, 0)


def test_a_token_that_may_still_be_renewed_is_not_due_after_its_end() -> None:
    assert rested(grant(not_renewed="SYSTEM_ERROR"), END - 9, PLAN).due_at == END


TRIES = {
    "no refresh token": (replace(grant(), refreshable=False), "NO_REFRESH_TOKEN"),
    "it has ended": (grant(refresh_until=NOW), "REFRESH_TOKEN_EXPIRED"),
    "it lives": (grant(refresh_until=NOW + 1), ""),
    "its end is not known": (grant(), ""),
    "refused for good": (grant(not_renewed="INVALID_REFRESH_TOKEN"), "INVALID_REFRESH_TOKEN"),
    "refused for today": (grant(not_renewed="SYSTEM_ERROR"), ""),
}


@pytest.mark.parametrize(("before", "why"), TRIES.values(), ids=TRIES)
def test_why_a_refresh_needs_no_try(before: Grant, why: str) -> None:
    assert not_renewable(before, NOW) == why


def test_a_new_token_brings_its_own_ends() -> None:
    told = Token("a", "", iso(NOW + DAY), "in spring")
    known = with_token(grant(not_renewed="SYSTEM_ERROR", refresh_until=7), told)
    assert (known.newest, known.access_until, known.refresh_until) == (2, NOW + DAY, 0)
    assert (known.refreshable, known.not_renewed) == (False, "")


# --- refresh


def test_a_token_of_ach_without_an_end_ends_a_year_after_its_customer_agreed() -> None:
    brought = Token("access")
    assert with_token(replace(grant(), wallet="ACH_DIRECT_DEBIT"), brought).access_until == NOW + 365 * DAY
    assert with_token(grant(), brought).access_until == 0
    named = replace(brought, access_expires=iso(END))
    assert with_token(replace(grant(), wallet="ACH_DIRECT_DEBIT"), named).access_until == END


def test_a_refresh_without_a_verdict_is_due_by_the_plan_and_one_that_never_left_is_forgotten() -> None:
    sent = lease_for_refresh(grant(), '{"a":1}', NOW + 26 * SECOND)
    assert (sent.lease_until, sent.due_at, sent.refreshes) == (NOW + 26 * SECOND, NOW + 26 * SECOND, 1)
    assert sent.refresh_body == '{"a":1}'
    again = refresh_open(sent, sent, NOW, PLAN)
    assert (again.lease_until, again.due_at, again.under_way) == (0, NOW + 3 * SECOND, True)
    never = refresh_open(sent, sent, NOW, PLAN, unsent=True)
    assert (never.due_at, never.under_way) == (END - 10 * DAY, False)


def test_whoever_lost_the_lease_decides_nothing() -> None:
    first = lease_for_refresh(grant(), "{}", NOW)
    second = lease_for_refresh(first, "{}", NOW + 1)
    assert refresh_open(second, first, NOW, PLAN) == second
    assert refresh_refused(second, first, "SYSTEM_ERROR", NOW, PLAN) == second
    third = lease_for_revoke(grant(), "{}", NOW, NOW)
    fourth = lease_for_revoke(third, "{}", NOW, NOW + 1)
    assert revoke_open(fourth, third, NOW, PLAN) == fourth
    assert revoke_refused(fourth, third, NOW, PLAN) == fourth


@pytest.mark.parametrize(("at", "marked"), [(END - 10 * DAY - 1, ""), (END - 10 * DAY, "SYSTEM_ERROR")])
def test_a_refusal_is_remembered_only_near_the_end(at: int, marked: str) -> None:
    sent = lease_for_refresh(grant(), "{}", at)
    assert refresh_refused(sent, sent, "SYSTEM_ERROR", at, PLAN).not_renewed == marked


def test_only_a_token_in_use_whose_end_is_known_is_marked_as_not_renewed() -> None:
    """An event tells operators of the mark: none may come of what has ended, or of an end that nobody knows."""
    assert not_renewed(grant(), "SYSTEM_ERROR", END, PLAN).not_renewed == "SYSTEM_ERROR"
    for other in (grant(state=GrantState.REVOKED), grant(state=GrantState.PENDING), replace(grant(), access_until=0)):
        assert not_renewed(other, "SYSTEM_ERROR", END, PLAN) == other


def test_a_renewed_grant_goes_on_and_a_revoked_one_has_the_new_token_revoked() -> None:
    token = Token("a", "r", iso(NOW + 365 * DAY))
    sent = lease_for_refresh(grant(), "{}", NOW + 9)
    goes_on = renewed(sent, token, NOW, PLAN)
    assert (goes_on.newest, goes_on.under_way, goes_on.due_at) == (2, False, NOW + 355 * DAY)
    assert renewed(grant(state=GrantState.PENDING), token, NOW, PLAN).state is GrantState.ACTIVE
    late = renewed(closed(sent, GrantState.REVOKED, "why"), token, NOW, PLAN)
    assert (late.state, late.revocation, late.due_at) == (GrantState.REVOKED, Revocation(NOW), NOW)
    assert renewed(closed(sent, GrantState.EXPIRED, "why"), token, NOW, PLAN).revocation is None
    wanted = renewed(replace(sent, revocation=Revocation(NOW, "{}", sends=1, tries=4)), token, NOW, PLAN)
    assert wanted.revocation == Revocation(NOW, "{}", sends=0, tries=4)


def test_a_token_of_a_short_life_is_not_due_again_at_once() -> None:
    assert renewed(grant(), Token("a", "r", iso(NOW + 5 * DAY)), NOW, PLAN).due_at == NOW + HOUR


# --- revoke


def test_a_revoke_waits_for_the_refresh_that_holds_the_lease() -> None:
    refreshing = lease_for_refresh(grant(), "{}", NOW + 9)
    waits = revoke_wanted(refreshing, '{"a":1}', NOW)
    assert (waits.revocation, waits.due_at, waits.lease_until) == (Revocation(NOW, '{"a":1}'), NOW + 9, NOW + 9)
    assert not waits.usable
    assert revoke_wanted(waits, "{}", NOW + 99).revocation == waits.revocation
    assert revoke_wanted(grant(), "", NOW).due_at == NOW


def test_an_f_to_the_only_send_gives_the_grant_back_and_to_a_later_one_nothing() -> None:
    sent = lease_for_revoke(grant(), "{}", NOW, NOW + 9)
    assert revoke_refused(sent, sent, NOW, PLAN) == grant()
    again = lease_for_revoke(revoke_open(sent, sent, NOW, PLAN), "{}", NOW, NOW + 9)
    still = revoke_refused(again, again, NOW, PLAN)
    assert (still.revocation, still.due_at) == (Revocation(NOW, "{}", sends=2, tries=2), NOW + 3 * SECOND)


def test_a_send_that_never_left_does_not_count() -> None:
    sent = lease_for_revoke(grant(), "{}", NOW, NOW + 9)
    left = revoke_open(sent, sent, NOW, PLAN, unsent=True)
    assert left.revocation == Revocation(NOW, "{}", sends=0, tries=1)
    assert (left.lease_until, left.due_at) == (0, NOW + 2 * SECOND)
    again = lease_for_revoke(left, "{}", NOW, NOW + 9)
    assert revoke_refused(again, again, NOW, PLAN).revocation is None


def test_a_token_that_came_after_the_end_has_to_die_whatever_is_said_of_it() -> None:
    late = to_be_revoked(grant(), NOW)
    sent = lease_for_revoke(late, "", NOW, NOW + 9)
    refused = revoke_refused(sent, sent, NOW, PLAN)
    assert (refused.state, refused.revocation is not None, refused.due_at) == (
        GrantState.REVOKED,
        True,
        NOW + 2 * SECOND,
    )


def test_an_open_refresh_outlives_a_revoke_that_is_refused() -> None:
    sent = lease_for_revoke(grant(refreshes=3), "{}", NOW, NOW + 9)
    back = revoke_refused(sent, sent, NOW, PLAN)
    assert (back.revocation, back.refreshes, back.due_at) == (None, 3, NOW)


def test_what_is_said_of_an_older_token_leaves_the_newest_to_be_revoked() -> None:
    sent = lease_for_revoke(grant(), "{}", NOW, NOW + 9)
    newer = replace(sent, newest=2)
    due = newer_to_revoke(newer, NOW)
    assert (due.revocation, due.due_at, due.lease_until) == (Revocation(NOW, "{}", sends=0, tries=1), NOW, 0)
    assert revoke_refused(newer, sent, NOW, PLAN) == newer
    assert newer_to_revoke(grant(), NOW) == grant()


# --- authorizations


def test_every_authorization_that_led_to_a_grant_stays_known() -> None:
    assert linked(grant(), "") == grant()
    one = linked(grant(), "STATE-1")
    assert (one.auth_state, one.earlier) == ("STATE-1", ())
    assert linked(one, "") == one
    two = linked(linked(one, "STATE-2"), "STATE-2")
    assert (two.auth_state, two.earlier) == ("STATE-2", ("STATE-1",))
    back = linked(two, "STATE-1")
    assert (back.auth_state, back.earlier) == ("STATE-1", ("STATE-2",))


@pytest.mark.parametrize("text", ["2027-01-15T16:00:00+08:00", "2027-01-15T08:00:00", "1800000000", str(NOW)])
def test_a_moment_is_read_in_every_form(text: str) -> None:
    assert instant_of(text) == NOW


@pytest.mark.parametrize("text", ["", "soon", "18000000000000", "-1800000000", "0001-01-01T00:00:00+14:00"])
def test_what_names_no_moment_of_ours_is_not_known(text: str) -> None:
    assert instant_of(text) is None
