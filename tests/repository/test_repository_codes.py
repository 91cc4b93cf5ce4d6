"""Authorizations and their codes in the table: one exchange for each code, whoever brings it first."""

from dataclasses import replace

import pytest

from autodebit.clock import DAY, SECOND
from autodebit.domain.authorization import AuthCode, CodeState, Grant, GrantState, Token
from autodebit.domain.authorization_states import AuthorizationEvent, AuthorizationState
from autodebit.repository import DueItem, Kind, digest_of, new_grant
from tests.repository.samples import NOW, consulted, rows, together
from tests.support.world import World

CODE = "281010033AB2F588D14B43238637264FCA5AAF35"
BODY = '{"grantType":"AUTHORIZATION_CODE"}'
TOKEN = Token("the-access-token", "the-refresh-token", "2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z")
LEASE = 15 * SECOND


def asked(store: World, auth_state: str = "STATE-1") -> None:
    assert store.repository.authorizations.replaced(consulted(auth_state)) is not None


def received(store: World, auth_state: str = "STATE-1", at: int = NOW) -> tuple[AuthCode, str]:
    return store.repository.codes.receive_code(auth_state, CODE, BODY, "GCASH", at)


def claimed(store: World, at: int = NOW) -> AuthCode:
    claim = store.repository.codes.claim_code(CODE, BODY, "GCASH", at, LEASE)
    assert claim.mine
    return claim.code


def exchanged(store: World, code: AuthCode, token: Token = TOKEN, at: int = NOW) -> tuple[AuthCode, str]:
    grant = new_grant("GCASH", at, auth_state=code.auth_state)
    return store.repository.codes.exchanged(code, grant, token, lambda held: f'{{"t":"{held.handle}"}}', at)


def state_of(store: World, auth_state: str = "STATE-1") -> AuthorizationState:
    found = store.repository.authorizations.find(auth_state)
    assert found is not None
    return found.state


def grant_of(store: World, handle: str) -> Grant:
    found = store.repository.grants.find(handle)
    assert found is not None
    return found


# --- authorizations


def test_of_twenty_threads_that_ask_with_one_auth_state_exactly_one_stores_it(store: World) -> None:
    stored = together(20, lambda _: store.repository.authorizations.replaced(consulted()))
    assert [item.version for item in stored if item] == [1]
    assert store.repository.authorizations.find("STATE-1") == consulted(version=1)


def test_the_first_answer_to_consult_is_kept(store: World) -> None:
    asked(store)
    authorizations = store.repository.authorizations
    authorizations.answered("STATE-1", "first")
    again = authorizations.answered("STATE-1", "second", refused="PARAM_ILLEGAL")
    assert again is not None
    assert (again.answer, again.state) == ("first", AuthorizationState.CONSULTED)
    assert authorizations.answered("STATE-9", "first") is None


def test_a_refused_consult_ends_the_authorization_and_is_no_longer_due(store: World) -> None:
    asked(store)
    store.repository.authorizations.answered("STATE-1", "refused", refused="PARAM_ILLEGAL")
    found = store.repository.authorizations.find("STATE-1")
    assert found is not None
    assert (found.state, found.result_code, found.due_at) == (AuthorizationState.FAILED, "PARAM_ILLEGAL", None)
    assert store.repository.due.until(NOW * 2) == []


def test_news_that_races_is_applied_once_and_none_is_lost(store: World) -> None:
    asked(store)
    news = [AuthorizationEvent.CODE, AuthorizationEvent.TOKEN, AuthorizationEvent.SILENCE] * 4
    together(12, lambda n: store.repository.authorizations.advance("STATE-1", news[n], NOW, grant="tok_1"))
    found = store.repository.authorizations.find("STATE-1")
    assert found is not None
    assert (found.state, found.grant, found.due_at) == (AuthorizationState.ACTIVE, "tok_1", None)
    assert store.anomalies() == []


def test_news_that_contradicts_is_counted_not_applied(store: World) -> None:
    asked(store)
    authorizations = store.repository.authorizations
    reasons = {authorizations.advance("STATE-1", AuthorizationEvent.CANCELED, NOW) for _ in range(2)}
    assert reasons == {"a token was cancelled before it was issued"}
    assert state_of(store) is AuthorizationState.CONSULTED
    [kept] = [item for (_, sk), item in rows(store).items() if sk.startswith("anomaly#")]
    assert kept["times_seen"] == {"N": "2"}


# --- the code, from both sides


def test_a_notified_code_is_stored_linked_and_due(store: World) -> None:
    asked(store)
    code, anomaly = received(store)
    assert anomaly == ""
    assert store.repository.codes.find_code(digest_of(CODE)) == code
    assert (code.auth_state, code.state, code.due_at) == ("STATE-1", CodeState.WAITING, NOW)
    assert store.repository.codes.secret_of(code) == CODE
    assert state_of(store) is AuthorizationState.CODE_RECEIVED
    assert DueItem(Kind.CODE, digest_of(CODE), NOW) in store.repository.due.until(NOW)
    assert received(store, at=NOW + 9) == (code, "")


def test_a_notified_code_is_not_due_where_the_caller_exchanges_it(store: World) -> None:
    asked(store)
    code, _ = store.repository.codes.receive_code("STATE-1", CODE, BODY, "GCASH", NOW, due=False)
    assert code.due_at is None


def test_an_exchange_after_the_notification_makes_the_authorization_active(store: World) -> None:
    asked(store)
    received(store)
    done, anomaly = exchanged(store, claimed(store))
    assert (done.state, anomaly) == (CodeState.EXCHANGED, "")
    authorization = store.repository.authorizations.find("STATE-1")
    assert authorization is not None
    assert (authorization.state, authorization.grant) == (AuthorizationState.ACTIVE, done.grant)
    grant = grant_of(store, done.grant)
    assert grant.auth_state == "STATE-1"
    near_the_end = DueItem(Kind.TOKEN_LIFE, done.grant, grant.access_until - 10 * DAY)
    assert store.repository.due.until(NOW * 2) == [near_the_end]


def test_a_notification_after_the_exchange_makes_the_authorization_active_in_the_same_transaction(
    store: World,
) -> None:
    asked(store)
    done, _ = exchanged(store, claimed(store))
    assert grant_of(store, done.grant).auth_state == ""
    assert state_of(store) is AuthorizationState.CONSULTED
    code, anomaly = received(store)
    assert (code.state, code.grant, anomaly) == (CodeState.EXCHANGED, done.grant, "")
    assert state_of(store) is AuthorizationState.ACTIVE
    assert grant_of(store, done.grant).auth_state == "STATE-1"
    stored = rows(store)
    items = [f"code#{done.digest}", f"grant#{done.grant}", "authorization#STATE-1"]
    assert len({stored[key, "item"]["attempt"]["S"] for key in items}) == 1


def test_a_notification_between_claim_and_exchange_is_not_lost(store: World) -> None:
    asked(store)
    claim = claimed(store)
    received(store)
    done, _ = exchanged(store, claim)
    assert done.auth_state == "STATE-1"
    assert state_of(store) is AuthorizationState.ACTIVE


def test_notification_and_exchange_that_race_always_end_active(store: World) -> None:
    asked(store)
    claim = claimed(store)
    together(2, lambda n: received(store) if n else exchanged(store, claim))
    assert state_of(store) is AuthorizationState.ACTIVE
    assert store.anomalies() == []


def test_one_code_for_two_authorizations_is_an_anomaly_and_stays_with_the_first(store: World) -> None:
    asked(store, "STATE-1")
    asked(store, "STATE-2")
    first, _ = received(store, "STATE-1")
    for _ in range(2):
        assert received(store, "STATE-2") == (first, "one authorization code came for two authorizations")
    assert state_of(store, "STATE-2") is AuthorizationState.CONSULTED
    [kept] = [item for (_, sk), item in rows(store).items() if sk.startswith("anomaly#")]
    assert (kept["pk"], kept["times_seen"]) == ({"S": "authorization#STATE-2"}, {"N": "2"})


# --- the lease


def test_of_twenty_threads_that_exchange_one_code_exactly_one_may(store: World) -> None:
    claims = together(20, lambda _: store.repository.codes.claim_code(CODE, BODY, "GCASH", NOW, LEASE))
    winners = [claim.code for claim in claims if claim.mine]
    assert len(winners) == 1
    assert (winners[0].sends, winners[0].lost, winners[0].due_at) == (1, False, NOW + LEASE)
    assert store.repository.codes.find_code(digest_of(CODE)) == winners[0]


def test_a_lease_that_ran_out_can_be_taken_and_its_answer_counts_as_lost(store: World) -> None:
    claimed(store)
    codes = store.repository.codes
    assert not codes.claim_code(CODE, BODY, "GCASH", NOW + LEASE - 1, LEASE).mine
    again = claimed(store, NOW + LEASE)
    assert (again.sends, again.lost, again.lease_until) == (2, True, NOW + 2 * LEASE)


@pytest.mark.parametrize("lost", [True, False])
def test_an_exchange_handed_on_is_free_and_due(store: World, lost: bool) -> None:
    claim = claimed(store)
    store.repository.codes.exchange_open(claim, NOW + 1, lost=lost)
    found = store.repository.codes.find_code(claim.digest)
    assert found is not None
    assert (found.lease_until, found.due_at, found.sends) == (0, NOW + 1 + 2 * SECOND, 1)
    assert claimed(store, NOW + 2).lost is lost


def test_an_exchange_of_which_no_byte_left_counts_as_not_sent(store: World) -> None:
    claim = claimed(store)
    store.repository.codes.exchange_open(claim, NOW + 1, lost=False, unsent=True)
    again = claimed(store, NOW + 2)
    assert (again.sends, again.lost) == (1, False)


def test_whoever_lost_the_lease_hands_nothing_on(store: World) -> None:
    first = claimed(store)
    second = claimed(store, NOW + LEASE)
    store.repository.codes.exchange_open(first, NOW + LEASE + 1, lost=True)
    assert store.repository.codes.find_code(first.digest) == second


def test_a_finished_code_is_never_claimed_and_forgotten_after_thirty_days(store: World) -> None:
    done, _ = exchanged(store, claimed(store))
    claim = store.repository.codes.claim_code(CODE, BODY, "GCASH", NOW + DAY, LEASE)
    assert not claim.mine
    assert claim.code == done
    assert (done.answer, done.lease_until) == (f'{{"t":"{done.grant}"}}', 0)
    assert done.expires_at == (NOW + 30 * DAY) // SECOND


# --- what the exchange brought


def test_tokens_are_found_by_handle_by_refresh_handle_and_by_themselves(store: World) -> None:
    done, _ = exchanged(store, claimed(store))
    grants = store.repository.grants
    grant = grant_of(store, done.grant)
    assert (grant.state, grant.newest, grant.wallet) == (GrantState.ACTIVE, 1, "GCASH")
    assert grants.token(grant.handle, 1) == TOKEN
    assert grants.find_by_refresh_handle(grant.refresh_handle) == grant
    assert grants.find_by_secret(TOKEN.access) == grants.find_by_secret(TOKEN.refresh) == (grant, 1)
    assert grants.find_by_secret("another") is None


def test_an_exchange_stored_twice_keeps_the_first_grant(store: World) -> None:
    claim = claimed(store)
    first, _ = exchanged(store, claim)
    again, _ = exchanged(store, claim)
    assert again == first
    assert grant_of(store, first.grant).newest == 1


def test_a_token_issued_again_stays_behind_the_handle_that_callers_hold(store: World) -> None:
    asked(store)
    held = store.repository.grants.adopt(new_grant("GCASH", NOW, auth_state="STATE-0"), Token(TOKEN.access))
    store.repository.authorizations.close_grant(held, GrantState.REVOKED, AuthorizationEvent.CANCELED, NOW, "why")
    received(store)
    done, _ = exchanged(store, claimed(store))
    assert done.grant == held.handle
    assert done.answer == f'{{"t":"{held.handle}"}}'
    grant = grant_of(store, held.handle)
    assert (grant.state, grant.newest, grant.auth_state, grant.reason) == (GrantState.ACTIVE, 2, "STATE-1", "")
    assert store.repository.grants.find_by_secret(TOKEN.access) == (grant, 2)


def test_a_token_issued_again_keeps_its_authorization_until_the_new_one_is_known(store: World) -> None:
    held = store.repository.grants.adopt(new_grant("GCASH", NOW, auth_state="STATE-0"), Token(TOKEN.access))
    done, _ = exchanged(store, claimed(store))
    assert done.grant == held.handle
    assert grant_of(store, held.handle).auth_state == "STATE-0"


def test_a_refresh_token_that_another_grant_has_does_not_keep_an_exchange_from_being_stored(store: World) -> None:
    other = store.repository.grants.adopt(new_grant("GCASH", NOW), Token("", TOKEN.refresh))
    done, _ = exchanged(store, claimed(store))
    assert done.state is CodeState.EXCHANGED
    assert store.repository.grants.token(done.grant, 1) == TOKEN
    found = store.repository.grants.find_by_secret(TOKEN.refresh)
    assert found is not None
    assert found[0].handle == other.handle


def test_a_token_for_an_authorization_that_ended_is_kept_and_is_an_anomaly(store: World) -> None:
    asked(store)
    received(store)
    store.repository.authorizations.advance("STATE-1", AuthorizationEvent.REFUSED, NOW)
    done, anomaly = exchanged(store, claimed(store))
    assert anomaly == "a token came for a failed authorization"
    assert store.anomalies() == [anomaly]
    assert state_of(store) is AuthorizationState.FAILED
    assert store.repository.grants.token(done.grant, 1) == TOKEN


@pytest.mark.parametrize("notified", [True, False])
def test_a_failed_exchange_ends_code_and_authorization_and_keeps_why(store: World, notified: bool) -> None:
    asked(store)
    if notified:
        received(store)
    claim = claimed(store)
    failed = store.repository.codes.exchange_failed(claim, "answer", "INVALID_AUTHCODE", NOW, "lost before")
    assert (failed.state, failed.answer, failed.due_at) == (CodeState.FAILED, "answer", None)
    assert store.repository.codes.find_code(claim.digest) == failed
    [kept] = [item for (_, sk), item in rows(store).items() if sk.startswith("anomaly#")]
    assert (kept["reason"], kept["code"]) == ({"S": "lost before"}, {"S": "INVALID_AUTHCODE"})
    assert kept["pk"] == {"S": "authorization#STATE-1" if notified else f"code#{claim.digest}"}
    if not notified:
        received(store)
    found = store.repository.authorizations.find("STATE-1")
    assert found is not None
    assert (found.state, found.result_code) == (AuthorizationState.FAILED, "INVALID_AUTHCODE")
    again = store.repository.codes.exchange_failed(claim, "other", "OTHER", NOW, "again")
    assert again.answer == "answer"
    assert store.anomalies() == ["lost before"]


def test_a_failed_exchange_without_a_reason_is_no_anomaly(store: World) -> None:
    asked(store)
    received(store)
    store.repository.codes.exchange_failed(claimed(store), "answer", "INVALID_AUTHCODE", NOW)
    assert store.anomalies() == []
    assert state_of(store) is AuthorizationState.FAILED


def test_a_failure_that_comes_after_the_token_changes_nothing(store: World) -> None:
    claim = claimed(store)
    done, _ = exchanged(store, claim)
    assert store.repository.codes.exchange_failed(claim, "no", "INVALID_AUTHCODE", NOW, "why") == done
    assert store.anomalies() == []


# --- tokens that ended


def test_a_cancelled_token_ends_grant_and_authorization_in_one_transaction(store: World) -> None:
    asked(store)
    received(store)
    done, _ = exchanged(store, claimed(store))
    grant = replace(grant_of(store, done.grant), lease_until=NOW + 9, due_at=NOW + 9, refreshes=1)
    leased = store.repository.grants.replaced(grant)
    assert leased is not None
    authorizations = store.repository.authorizations
    for _ in range(2):
        authorizations.close_grant(leased, GrantState.REVOKED, AuthorizationEvent.CANCELED, NOW, "TOKEN_CANCELED")
    closed = grant_of(store, done.grant)
    assert (closed.state, closed.reason, closed.due_at) == (GrantState.REVOKED, "TOKEN_CANCELED", None)
    assert (closed.usable, closed.lease_until, closed.refreshes) == (False, 0, 0)
    assert closed.version == leased.version + 1
    assert state_of(store) is AuthorizationState.REVOKED
    stored = rows(store)
    keys = [f"grant#{done.grant}", "authorization#STATE-1"]
    assert len({stored[key, "item"]["attempt"]["S"] for key in keys}) == 1
    assert store.repository.due.until(NOW * 2) == []
    assert store.anomalies() == []


def test_of_a_cancelled_and_a_dead_token_that_race_one_reason_is_kept(store: World) -> None:
    asked(store)
    received(store)
    done, _ = exchanged(store, claimed(store))
    grant = grant_of(store, done.grant)
    ends = [(GrantState.REVOKED, AuthorizationEvent.CANCELED), (GrantState.EXPIRED, AuthorizationEvent.DEAD)]
    together(8, lambda n: store.repository.authorizations.close_grant(grant, *ends[n % 2], NOW, "why"))
    assert grant_of(store, done.grant).state.value == state_of(store).value
    assert grant_of(store, done.grant).version == grant.version + 1


def test_a_fact_about_a_grant_is_kept_beside_it(store: World) -> None:
    grant = store.repository.grants.adopt(new_grant("GCASH", NOW), Token("the-token"))
    store.repository.authorizations.record_grant_anomaly(grant, "superseded", "TOKEN_CANCELED", NOW)
    store.repository.authorizations.record_unknown("", "not known", NOW, {"notification": "TOKEN_CANCELED"})
    assert store.anomalies() == ["not known", "superseded"]
