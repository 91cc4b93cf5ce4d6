"""Grants over time in the table: what is due of them and where, who may send, and which authorizations end with them."""

from dataclasses import replace

import pytest

from autodebit.clock import DAY, SECOND, iso
from autodebit.domain.authorization import Grant, GrantState, Revocation, Token
from autodebit.domain.authorization_states import AuthorizationEvent, AuthorizationState
from autodebit.domain.grant_lifecycle import (
    lease_for_refresh,
    lease_for_revoke,
    linked,
    rested,
    revoke_refused,
    revoke_wanted,
)
from autodebit.domain.polling_plan import Plan
from autodebit.repository import DueItem, Kind, new_grant
from tests.repository.samples import NOW, consulted, opened, rows, together
from tests.support.world import World

PLAN = Plan()
END = NOW + 100 * DAY
FIRST = Token("first-access-token", "first-refresh-token", iso(END), iso(END + DAY))
SECOND_TOKEN = Token("second-access-token", "second-refresh-token", iso(END + 100 * DAY))


def held(store: World, *auth_states: str) -> Grant:
    """A grant with a token, the outcome of those authorizations."""
    grant = store.repository.grants.adopt(new_grant("GCASH", NOW), FIRST)
    for auth_state in auth_states:
        store.repository.authorizations.replaced(consulted(auth_state))
        store.repository.authorizations.advance(auth_state, AuthorizationEvent.TOKEN, NOW, grant=grant.handle)
        grant = store.repository.grants.changed(
            grant.handle, lambda known, auth_state=auth_state: linked(known, auth_state)
        )  # type: ignore[assignment,misc]
    return grant


def found(store: World, grant: Grant) -> Grant:
    known = store.repository.grants.find(grant.handle)
    assert known is not None
    return known


def due(store: World, moment: int, kind: Kind) -> list[DueItem]:
    return store.repository.due.until(moment, [kind])


def ended(store: World, grant: Grant, to: GrantState, news: AuthorizationEvent) -> Grant:
    after = store.repository.authorizations.close_grant(grant, to, news, NOW, "why")
    assert after is not None
    return after


REVOKED = (GrantState.REVOKED, AuthorizationEvent.CANCELED)
LAPSED = (GrantState.EXPIRED, AuthorizationEvent.LAPSED)


# --- what is due, and where


def test_a_grant_at_rest_is_due_before_its_token_ends_and_not_for_the_minutely_poller(store: World) -> None:
    grant = held(store)
    assert due(store, END, Kind.TOKEN_LIFE) == [DueItem(Kind.TOKEN_LIFE, grant.handle, END - 10 * DAY)]
    assert due(store, END - 10 * DAY - 1, Kind.TOKEN_LIFE) == []
    assert due(store, END, Kind.GRANT) == []


def test_a_grant_with_something_under_way_is_due_for_the_minutely_poller_only(store: World) -> None:
    grant = held(store)
    claimed = store.repository.grants.replaced(lease_for_refresh(grant, "{}", NOW + 9))
    assert claimed is not None
    assert due(store, END, Kind.GRANT) == [DueItem(Kind.GRANT, grant.handle, NOW + 9)]
    assert due(store, END, Kind.TOKEN_LIFE) == []
    store.repository.grants.changed(grant.handle, lambda known: rested(replace(known, refreshes=0), NOW, PLAN))
    assert due(store, END, Kind.GRANT) == []
    assert len(due(store, END, Kind.TOKEN_LIFE)) == 1


def test_a_revoke_is_stored_and_read_back_as_it_was(store: World) -> None:
    grant = held(store)
    claimed = store.repository.grants.replaced(lease_for_revoke(grant, '{"a":1}', NOW, NOW + 9))
    assert claimed == found(store, grant)
    assert claimed.revocation == Revocation(NOW, '{"a":1}', sends=1, tries=1)


@pytest.mark.parametrize("kind", [Kind.GRANT, Kind.TOKEN_LIFE, Kind.PAYMENT])
def test_what_cannot_be_seen_to_is_put_off_and_says_what_it_said(store: World, kind: Kind) -> None:
    if kind is Kind.PAYMENT:
        identity = opened(store).payment_request_id
    else:
        grant = held(store)
        identity = grant.handle
        if kind is Kind.GRANT:
            store.repository.grants.replaced(lease_for_refresh(grant, "{}", NOW))
    [item] = due(store, END, kind)
    key = (item.key.pk, "item")
    before = rows(store)[key]
    store.repository.due.postpone(item, item.due_at + 60 * SECOND)
    later = DueItem(kind, identity, item.due_at + 60 * SECOND)
    assert due(store, END, kind) == [later]
    after = rows(store)[key]
    moved = {name for name in after if after[name] != before.get(name)}
    assert moved == {"due_at", "version"}


def test_what_somebody_has_moved_is_not_put_off(store: World) -> None:
    grant = held(store)
    [item] = due(store, END, Kind.TOKEN_LIFE)
    claimed = store.repository.grants.replaced(lease_for_refresh(grant, "{}", NOW + 9))
    store.repository.due.postpone(item, END)
    assert found(store, grant) == claimed


def test_whoever_read_a_grant_before_it_was_put_off_claims_nothing(store: World) -> None:
    grant = held(store)
    [item] = due(store, END, Kind.TOKEN_LIFE)
    store.repository.due.postpone(item, END)
    assert store.repository.grants.replaced(lease_for_refresh(grant, "{}", NOW + 9)) is None


# --- who may send


def test_of_refreshes_and_revokes_that_race_one_may_send(store: World) -> None:
    grant = held(store)

    def claim(number: int) -> Grant | None:
        claimed = lease_for_revoke(grant, "{}", NOW, NOW + 9)
        return store.repository.grants.replaced(lease_for_refresh(grant, "{}", NOW + 9) if number % 2 else claimed)

    assert len([claimed for claimed in together(12, claim) if claimed]) == 1


def test_changes_that_race_are_all_made(store: World) -> None:
    grant = held(store)
    together(
        8,
        lambda _: store.repository.grants.changed(
            grant.handle, lambda known: replace(known, refreshes=known.refreshes + 1)
        ),
    )
    assert found(store, grant).refreshes == 8


def test_a_change_without_effect_writes_nothing(store: World) -> None:
    grant = held(store)
    assert store.repository.grants.changed(grant.handle, lambda known: known) == grant
    assert found(store, grant).version == grant.version
    assert store.repository.grants.changed("tok_nobody", lambda known: known) is None


def test_a_revoke_that_is_wanted_during_a_refresh_outlives_its_answer(store: World) -> None:
    grant = held(store)
    refreshing = store.repository.grants.replaced(lease_for_refresh(grant, "{}", NOW + 9))
    assert refreshing is not None
    store.repository.grants.changed(grant.handle, lambda known: revoke_wanted(known, "{}", NOW))
    renewed = store.repository.grants.renewed(refreshing, SECOND_TOKEN, NOW + 1)
    assert renewed.revocation == Revocation(NOW, "{}")
    assert due(store, NOW + 1, Kind.GRANT) == [DueItem(Kind.GRANT, grant.handle, NOW + 1)]


# --- what ends with it


@pytest.mark.parametrize("end", [REVOKED, LAPSED], ids=["revoked", "lapsed"])
def test_every_authorization_that_led_to_a_grant_ends_with_it_in_one_transaction(
    store: World, end: tuple[GrantState, AuthorizationEvent]
) -> None:
    grant = held(store, "STATE-1", "STATE-2", "STATE-3")
    ended(store, grant, *end)
    stored = rows(store)
    keys = [f"grant#{grant.handle}", *(f"authorization#STATE-{n}" for n in (1, 2, 3))]
    assert [stored[key, "item"]["state"]["S"] for key in keys] == [end[0].value] * 4
    assert len({stored[key, "item"]["attempt"]["S"] for key in keys}) == 1
    assert store.anomalies() == []


def test_a_revoke_that_is_done_is_done_also_where_the_grant_had_expired(store: World) -> None:
    grant = held(store, "STATE-1")
    expired = ended(store, grant, *LAPSED)
    claimed = store.repository.grants.replaced(lease_for_revoke(expired, "{}", NOW, NOW + 9))
    assert claimed is not None
    after = ended(store, claimed, *REVOKED)
    assert (after.state, after.revocation, after.due_at) == (GrantState.REVOKED, None, None)
    authorization = store.repository.authorizations.find("STATE-1")
    assert authorization is not None
    assert authorization.state is AuthorizationState.EXPIRED


@pytest.mark.parametrize("under_way", [{"refreshes": 1}, {"revocation": Revocation(NOW)}], ids=["refresh", "revoke"])
def test_a_dead_token_ends_nothing_while_something_is_under_way(store: World, under_way: dict) -> None:
    grant = store.repository.grants.replaced(replace(held(store, "STATE-1"), **under_way))
    assert grant is not None
    for news in (AuthorizationEvent.DEAD, AuthorizationEvent.LAPSED):
        assert ended(store, grant, GrantState.EXPIRED, news) == grant


def test_what_was_said_of_an_older_token_does_not_end_a_newer_one(store: World) -> None:
    grant = held(store, "STATE-1")
    newer = store.repository.grants.renewed(grant, SECOND_TOKEN, NOW)
    assert ended(store, grant, *LAPSED) == newer
    assert ended(store, grant, *REVOKED) == newer
    claimed = store.repository.grants.replaced(lease_for_revoke(newer, "{}", NOW, NOW + 9))
    assert claimed is not None
    after = ended(store, grant, *REVOKED)
    assert (after.state, after.revocation, after.due_at) == (
        GrantState.ACTIVE,
        Revocation(NOW, "{}", sends=0, tries=1),
        NOW,
    )


def test_of_a_revoke_that_is_done_and_one_that_is_refused_the_end_wins(store: World) -> None:
    grant = held(store, "STATE-1")
    claimed = store.repository.grants.replaced(lease_for_revoke(grant, "{}", NOW, NOW + 9))
    assert claimed is not None

    def tell(number: int) -> None:
        if number % 2:
            ended(store, claimed, *REVOKED)
        else:
            store.repository.grants.changed(grant.handle, lambda known: revoke_refused(known, claimed, NOW, PLAN))

    together(6, tell)
    assert found(store, grant).state is GrantState.REVOKED


# --- codes that bring a token


def exchanged(store: World, auth_state: str, token: Token, code: str = "the-code") -> Grant:
    codes = store.repository.codes
    codes.receive_code(auth_state, code, "{}", "GCASH", NOW)
    claim = codes.claim_code(code, "{}", "GCASH", NOW, 1_000)
    grant = new_grant("GCASH", NOW, auth_state=auth_state)
    done, _ = codes.exchanged(claim.code, grant, token, lambda held: held.handle, NOW)
    known = store.repository.grants.find(done.grant)
    assert known is not None
    return known


def test_a_token_for_an_authorization_that_was_revoked_has_to_be_revoked(store: World) -> None:
    ended(store, held(store, "STATE-1"), *REVOKED)
    late = exchanged(store, "STATE-1", SECOND_TOKEN)
    assert (late.state, late.revocation, late.usable) == (GrantState.REVOKED, Revocation(NOW), False)
    assert due(store, NOW, Kind.GRANT) == [DueItem(Kind.GRANT, late.handle, NOW)]


def test_a_token_whose_authorization_turns_out_to_be_revoked_has_to_be_revoked(store: World) -> None:
    """The redirect comes first; only the notification says which authorization the code belongs to."""
    ended(store, held(store, "STATE-1"), *REVOKED)
    codes = store.repository.codes
    claim = codes.claim_code("the-code", "{}", "GCASH", NOW, 1_000)
    done, _ = codes.exchanged(claim.code, new_grant("GCASH", NOW), SECOND_TOKEN, lambda held: held.handle, NOW)
    codes.receive_code("STATE-1", "the-code", "{}", "GCASH", NOW)
    late = store.repository.grants.find(done.grant)
    assert late is not None
    assert (late.auth_state, late.revocation, late.due_at) == ("STATE-1", Revocation(NOW), NOW)


def test_whoever_agrees_anew_to_the_very_same_token_can_pay_again(store: World) -> None:
    grant = held(store, "STATE-1")
    ended(store, grant, *REVOKED)
    store.repository.authorizations.replaced(consulted("STATE-2"))
    again = exchanged(store, "STATE-2", FIRST)
    assert again.handle == grant.handle
    assert again.usable
    assert (again.auth_state, again.earlier) == ("STATE-2", ("STATE-1",))


def test_a_revoke_that_is_still_wanted_is_not_forgotten_for_a_second_consent(store: World) -> None:
    grant = held(store, "STATE-1")
    store.repository.grants.replaced(lease_for_revoke(grant, "{}", NOW, NOW + 9))
    store.repository.authorizations.replaced(consulted("STATE-2"))
    again = exchanged(store, "STATE-2", FIRST)
    assert again.revocation is not None
    assert not again.usable
