"""What is true fits: a token with hundreds of authorizations ends, and a token longer than KMS takes is kept."""

from dataclasses import replace

import pytest

from autodebit.domain.authorization import Grant, GrantState, Token
from autodebit.domain.authorization_states import AuthorizationEvent, AuthorizationState
from autodebit.errors import StoreUnavailable
from autodebit.repository import DueItem, Kind, new_grant
from tests.repository.samples import NOW, consulted, together
from tests.support.limits import Died, DiesAtWrite, StrictKms
from tests.support.world import World

TOKEN = Token("the-token-that-is-issued-again")
ENDS = [
    (GrantState.REVOKED, AuthorizationEvent.CANCELED, AuthorizationState.REVOKED),
    (GrantState.EXPIRED, AuthorizationEvent.DEAD, AuthorizationState.EXPIRED),
    (GrantState.EXPIRED, AuthorizationEvent.LAPSED, AuthorizationState.EXPIRED),
]
CANCELED = ENDS[0][:2]


def shared(store: World, count: int) -> Grant:
    """A token that *count* authorizations led to."""
    names = [f"STATE-{number}" for number in range(count)]
    grant = store.repository.grants.adopt(new_grant("GCASH", NOW), TOKEN)

    def consent(first: int) -> None:
        repository = store.repository
        for name in names[first::8]:
            active = replace(consulted(name), state=AuthorizationState.ACTIVE, grant=grant.handle, due_at=None)
            assert repository.authorizations.replaced(active) is not None

    together(8, consent)
    linked = replace(grant, auth_state=names[-1], earlier=tuple(names[:-1]))
    stored = store.repository.grants.replaced(linked)
    assert stored is not None
    return stored


def states(store: World, count: int) -> set[AuthorizationState]:
    found = [store.repository.authorizations.find(f"STATE-{number}") for number in range(count)]
    return {authorization.state for authorization in found if authorization is not None}


def end(store: World, grant: Grant, to: GrantState, news: AuthorizationEvent) -> Grant:
    after = store.repository.authorizations.close_grant(grant, to, news, NOW, "why")
    assert after is not None
    return after


def found(store: World, grant: Grant) -> Grant:
    known = store.repository.grants.find(grant.handle)
    assert known is not None
    return known


# --- hundreds of authorizations


@pytest.mark.parametrize(("to", "news", "state"), ENDS, ids=[news.value for _, news, _ in ENDS])
def test_a_token_with_150_authorizations_ends_with_all_of_them(
    store: World, to: GrantState, news: AuthorizationEvent, state: AuthorizationState
) -> None:
    grant = shared(store, 150)
    after = end(store, grant, to, news)
    assert after == found(store, grant)
    assert (after.state, after.reason, after.due_at, after.under_way) == (to, "why", None, False)
    assert states(store, 150) == {state}
    assert store.anomalies() == []


@pytest.mark.parametrize("count", [44, 45, 46, 90, 91])
def test_any_number_of_authorizations_ends(store: World, count: int) -> None:
    grant = shared(store, count)
    end(store, grant, *CANCELED)
    assert states(store, count) == {AuthorizationState.REVOKED}
    assert found(store, grant).due_at is None


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("writes", range(5))
def test_an_end_that_was_cut_anywhere_is_due_and_a_repeat_completes_it(store: World, writes: int, after: bool) -> None:
    grant = shared(store, 100)
    whole = store.dynamodb
    store.dynamodb = DiesAtWrite(whole, writes, after=after)
    with pytest.raises(Died):
        end(store, grant, *CANCELED)
    store.dynamodb = whole
    cut = found(store, grant)
    if writes or after:
        assert cut.state is GrantState.REVOKED
        assert not cut.usable
    finished = writes + after == 5
    assert (cut.due_at is None) == finished or cut == grant
    if cut.state is GrantState.REVOKED and not finished:
        assert store.repository.due.until(NOW, [Kind.GRANT]) == [DueItem(Kind.GRANT, grant.handle, NOW)]
    end(store, grant, *CANCELED)
    assert states(store, 100) == {AuthorizationState.REVOKED}
    assert found(store, grant).due_at is None
    assert store.anomalies() == []


def test_whoever_ends_a_token_at_once_with_others_ends_all_of_it(store: World) -> None:
    grant = shared(store, 100)
    afters = together(4, lambda _: end(store, grant, *CANCELED))
    assert {after.state for after in afters} == {GrantState.REVOKED}
    assert states(store, 100) == {AuthorizationState.REVOKED}
    assert (found(store, grant).due_at, found(store, grant).under_way) == (None, False)


def test_a_new_consent_to_a_token_whose_end_was_cut_is_active_and_the_old_ones_are_not(store: World) -> None:
    grant = shared(store, 100)
    whole = store.dynamodb
    store.dynamodb = DiesAtWrite(whole, 2)
    with pytest.raises(Died):
        end(store, grant, *CANCELED)
    store.dynamodb = whole
    store.repository.authorizations.replaced(consulted("ANEW"))
    codes = store.repository.codes
    codes.receive_code("ANEW", "the-code", "{}", "GCASH", NOW)
    claim = codes.claim_code("the-code", "{}", "GCASH", NOW, 1_000)
    fresh = new_grant("GCASH", NOW, auth_state="ANEW")
    codes.exchanged(claim.code, fresh, TOKEN, lambda held: held.handle, NOW)
    again = store.repository.authorizations.find("ANEW")
    assert again is not None
    assert again.state is AuthorizationState.ACTIVE
    assert found(store, grant).usable
    assert states(store, 100) == {AuthorizationState.REVOKED}
    end(store, found(store, grant), *CANCELED)
    assert store.repository.authorizations.find("ANEW") != again


def test_a_token_that_names_an_authorization_twice_ends(store: World) -> None:
    """A transaction that holds one item twice is refused whole."""
    grant = shared(store, 3)
    twice = store.repository.grants.replaced(replace(grant, earlier=(*grant.earlier, "STATE-0", "STATE-2")))
    assert twice is not None
    end(store, twice, *CANCELED)
    assert states(store, 3) == {AuthorizationState.REVOKED}


def test_a_token_that_is_issued_for_thousands_of_consents_can_be_stored(store: World) -> None:
    """An item holds 400 KB; the oldest consents are given up, and that is an anomaly."""
    grant = store.repository.grants.adopt(new_grant("GCASH", NOW), TOKEN)
    names = tuple(f"{number:04}" + "S" * 252 for number in range(1_100))
    assert store.repository.grants.replaced(replace(grant, auth_state=names[-1], earlier=names[:-1])) is not None
    store.repository.authorizations.replaced(consulted("ANEW"))
    codes = store.repository.codes
    codes.receive_code("ANEW", "the-code", "{}", "GCASH", NOW)
    claim = codes.claim_code("the-code", "{}", "GCASH", NOW, 1_000)
    fresh = new_grant("GCASH", NOW, auth_state="ANEW")
    codes.exchanged(claim.code, fresh, TOKEN, lambda held: held.handle, NOW)
    after = found(store, grant)
    assert after.auth_state == "ANEW"
    assert after.earlier[-1] == names[-1]
    assert sum(map(len, after.earlier)) <= 200_000
    assert store.anomalies() == ["more authorizations lead to one token than can be kept; the oldest are forgotten"]


# --- long tokens and codes


@pytest.mark.parametrize("length", [4_095, 4_096, 4_097, 8_192, 20_000])
def test_a_token_of_any_length_is_kept(store: World, length: int) -> None:
    store.kms = StrictKms(store.kms)
    token = Token("a" * length, "é" * (length // 2))
    held = store.repository.grants.adopt(new_grant("GCASH", NOW), token)
    assert store.repository.grants.token(held.handle, 1) == token
    assert store.repository.grants.access_token(held.handle, 1) == token.access
    assert store.repository.grants.find_by_secret(token.access) == (held, 1)


def test_a_code_of_any_length_is_kept(store: World) -> None:
    store.kms = StrictKms(store.kms)
    codes = store.repository.codes
    store.repository.authorizations.replaced(consulted("STATE-1"))
    code, _ = codes.receive_code("STATE-1", "c" * 9_000, "{}", "GCASH", NOW)
    assert codes.secret_of(code) == "c" * 9_000
    assert codes.claim_code("c" * 9_000, "{}", "GCASH", NOW, 1_000).mine


def test_the_parts_of_a_long_token_open_in_their_own_place_only(store: World) -> None:
    store.kms = StrictKms(store.kms)
    grants = store.repository.grants
    held = grants.adopt(new_grant("GCASH", NOW), Token("a" * 4_096 + "b" * 4_096))
    key = {"pk": {"S": f"grant#{held.handle}"}, "sk": {"S": "token#000001"}}
    item = store.dynamodb.get_item(TableName=store.table, Key=key)["Item"]
    item["access"]["L"].reverse()
    store.dynamodb.put_item(TableName=store.table, Item=item)
    with pytest.raises(StoreUnavailable):
        grants.access_token(held.handle, 1)
