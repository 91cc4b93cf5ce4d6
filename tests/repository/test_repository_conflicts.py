"""Whoever loses a conditional write reads and judges again; who loses all the time hears that the store is not available."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from autodebit.domain.authorization import AuthCode, CodeState, Grant, GrantState, Token
from autodebit.domain.authorization_states import AuthorizationEvent, AuthorizationState
from autodebit.domain.grant_lifecycle import lease_for_refresh
from autodebit.domain.registration import Registration, RegistrationReport, RegistrationSource, RegistrationUpdate
from autodebit.domain.registration_states import RegistrationState
from autodebit.errors import StoreUnavailable
from autodebit.repository import authorizations, codes, grants, new_grant, registrations
from tests.repository.samples import NOW, consulted, rows
from tests.support.clients import Before, Crowded
from tests.support.world import World

CODE, BODY, LEASE = "the-code", '{"grantType":"AUTHORIZATION_CODE"}', 15_000
FIRST, NEWER = Token("first-access", "first-refresh"), Token("newer-access", "newer-refresh")
REVOKED = (GrantState.REVOKED, AuthorizationEvent.CANCELED)


def received(store: World) -> tuple[AuthCode, str]:
    return store.repository.codes.receive_code("STATE-1", CODE, BODY, "GCASH", NOW)


def claimed(store: World, at: int = NOW) -> AuthCode:
    return store.repository.codes.claim_code(CODE, BODY, "GCASH", at, LEASE).code


def exchanged(store: World, code: AuthCode) -> AuthCode:
    grant = new_grant("GCASH", NOW, auth_state=code.auth_state)
    return store.repository.codes.exchanged(code, grant, FIRST, lambda held: held.handle, NOW)[0]


def code_of(store: World, code: AuthCode) -> AuthCode:
    found = store.repository.codes.find_code(code.digest)
    assert found is not None
    return found


def held(store: World) -> Grant:
    return store.repository.grants.adopt(new_grant("GCASH", NOW, auth_state="STATE-1"), FIRST)


def grant_of(store: World, grant: Grant) -> Grant:
    found = store.repository.grants.find(grant.handle)
    assert found is not None
    return found


def state_of(store: World) -> AuthorizationState:
    found = store.repository.authorizations.find("STATE-1")
    assert found is not None
    return found.state


@pytest.fixture
def asked(store: World) -> World:
    """A store in which STATE-1 waits for its customer."""
    assert store.repository.authorizations.replaced(consulted()) is not None
    return store


def meanwhile(store: World, happens: Callable[[], object]) -> None:
    """Right before the next write *happens*: that write is lost, and has to be made anew from what is stored then."""
    store.dynamodb = Before(store.dynamodb, happens)


# --- lost once


def test_a_code_that_is_claimed_while_it_is_received_keeps_its_lease(asked: World) -> None:
    meanwhile(asked, lambda: claimed(asked))
    code, reason = received(asked)
    assert (code.auth_state, code.sends, code.lease_until, reason) == ("STATE-1", 1, NOW + LEASE, "")
    assert code_of(asked, code) == code
    assert state_of(asked) is AuthorizationState.CODE_RECEIVED


def test_a_code_that_is_exchanged_while_it_is_received_activates_its_authorization(asked: World) -> None:
    claim = claimed(asked)
    meanwhile(asked, lambda: exchanged(asked, claim))
    code, _ = received(asked)
    assert code.state is CodeState.EXCHANGED
    assert state_of(asked) is AuthorizationState.ACTIVE


def test_a_code_that_is_received_while_it_is_claimed_is_claimed_with_its_authorization(asked: World) -> None:
    meanwhile(asked, lambda: received(asked))
    claim = asked.repository.codes.claim_code(CODE, BODY, "GCASH", NOW, LEASE)
    assert (claim.mine, claim.code.auth_state, claim.code.sends) == (True, "STATE-1", 1)


def test_a_code_that_is_received_while_its_exchange_fails_fails_its_authorization(asked: World) -> None:
    claim = claimed(asked)
    meanwhile(asked, lambda: received(asked))
    failed = asked.repository.codes.exchange_failed(claim, "told", "INVALID_AUTHCODE", NOW, "why")
    assert (failed.state, failed.auth_state) == (CodeState.FAILED, "STATE-1")
    assert code_of(asked, claim) == failed
    assert state_of(asked) is AuthorizationState.FAILED
    [kept] = [item for (_, sk), item in rows(asked).items() if sk.startswith("anomaly#")]
    assert kept["pk"] == {"S": "authorization#STATE-1"}


def test_an_exchange_that_fails_while_another_sender_claims_it_changes_nothing(asked: World) -> None:
    claim = claimed(asked)
    meanwhile(asked, lambda: claimed(asked, NOW + LEASE))
    assert asked.repository.codes.exchange_failed(claim, "told", "INVALID_AUTHCODE", NOW).sends == 2
    assert code_of(asked, claim).state is CodeState.WAITING
    assert state_of(asked) is AuthorizationState.CONSULTED


def test_a_code_that_is_received_while_it_is_handed_on_stays_linked(asked: World) -> None:
    claim = claimed(asked)
    meanwhile(asked, lambda: received(asked))
    asked.repository.codes.exchange_open(claim, NOW + 1, lost=True)
    code = code_of(asked, claim)
    assert (code.auth_state, code.lease_until, code.lost, code.due_at) == ("STATE-1", 0, True, NOW + 2_001)


def test_an_exchange_handed_on_while_another_sender_claims_it_stays_with_that_sender(asked: World) -> None:
    claim = claimed(asked)
    meanwhile(asked, lambda: claimed(asked, NOW + LEASE))
    asked.repository.codes.exchange_open(claim, NOW + LEASE, lost=False, unsent=True)
    assert (code_of(asked, claim).lease_until, code_of(asked, claim).sends) == (NOW + 2 * LEASE, 2)


def test_an_answer_lost_once_stays_lost_when_a_later_send_never_left(asked: World) -> None:
    kept = asked.repository.codes
    kept.exchange_open(claimed(asked), NOW, lost=True)
    kept.exchange_open(claimed(asked), NOW, lost=False, unsent=True)
    again = claimed(asked)
    assert (again.lost, again.sends) == (True, 2)


def test_a_grant_that_is_renewed_while_it_is_closed_lives_on(asked: World) -> None:
    grant = held(asked)
    meanwhile(asked, lambda: asked.repository.grants.renewed(grant, NEWER, NOW))
    after = asked.repository.authorizations.close_grant(grant, *REVOKED, NOW, "why")
    assert after is not None
    assert (after.state, after.newest) == (GrantState.ACTIVE, 2)
    assert grant_of(asked, grant) == after


def test_an_authorization_that_is_written_while_its_grant_is_closed_ends_and_keeps_what_was_written(
    asked: World,
) -> None:
    grant, kept = held(asked), asked.repository.authorizations
    kept.advance("STATE-1", AuthorizationEvent.TOKEN, NOW, grant=grant.handle)
    meanwhile(asked, lambda: kept.answered("STATE-1", "told"))
    asked.repository.authorizations.close_grant(grant, *REVOKED, NOW, "why")
    ended = kept.find("STATE-1")
    assert ended is not None
    assert (ended.state, ended.answer) == (AuthorizationState.REVOKED, "told")
    assert grant_of(asked, grant).state is GrantState.REVOKED


def test_a_grant_that_is_claimed_while_it_is_renewed_is_renewed_over_the_claim(asked: World) -> None:
    grant = held(asked)
    meanwhile(asked, lambda: asked.repository.grants.replaced(lease_for_refresh(grant, "{}", NOW + 9)))
    after = asked.repository.grants.renewed(grant, NEWER, NOW)
    assert grant_of(asked, grant) == after
    assert (after.newest, after.refresh_body, after.refreshes) == (2, "{}", 0)


def test_a_token_that_another_stores_meanwhile_is_adopted_once(asked: World) -> None:
    others: list[Grant] = []
    meanwhile(asked, lambda: others.append(held(asked)))
    assert held(asked) == others[0]


def test_an_answer_to_consult_is_kept_over_a_code_that_comes_meanwhile(asked: World) -> None:
    meanwhile(asked, lambda: received(asked))
    after = asked.repository.authorizations.answered("STATE-1", "told")
    assert after is not None
    assert (after.state, after.answer) == (AuthorizationState.CODE_RECEIVED, "told")
    assert asked.repository.authorizations.find("STATE-1") == after


# --- lost always


def advance(store: World) -> object:
    return store.repository.authorizations.advance("STATE-1", AuthorizationEvent.CODE, NOW)


CROWDED: dict[str, Callable[[World, AuthCode, Grant], object]] = {
    "answered": lambda store, _code, _grant: store.repository.authorizations.answered("STATE-1", "told"),
    "advance": lambda store, _code, _grant: advance(store),
    "receive_code": lambda store, _code, _grant: received(store),
    "claim_code": lambda store, _code, _grant: store.repository.codes.claim_code(
        "another code", BODY, "GCASH", NOW, LEASE
    ),
    "exchanged": lambda store, code, _grant: exchanged(store, code),
    "exchange_failed": lambda store, code, _grant: store.repository.codes.exchange_failed(
        code, "told", "INVALID_AUTHCODE", NOW
    ),
    "exchange_open": lambda store, code, _grant: store.repository.codes.exchange_open(code, NOW, lost=True),
    "close_grant": lambda store, _code, grant: store.repository.authorizations.close_grant(grant, *REVOKED, NOW, "why"),
    "adopt": lambda store, _code, _grant: store.repository.grants.adopt(new_grant("GCASH", NOW), NEWER),
    "renewed": lambda store, _code, grant: store.repository.grants.renewed(grant, NEWER, NOW),
    "changed": lambda store, _code, grant: store.repository.grants.changed(
        grant.handle, lambda known: replace(known, refreshes=known.refreshes + 1)
    ),
    "registration": lambda store, _code, _grant: store.repository.registrations.settle(
        "REG-1", RegistrationUpdate(RegistrationReport.COMPLETED, RegistrationSource.NOTIFICATION), NOW
    ),
}


@pytest.mark.parametrize("write", CROWDED.values(), ids=CROWDED)
def test_a_write_that_is_always_lost_says_that_the_store_is_not_available_and_changes_nothing(
    asked: World, monkeypatch: pytest.MonkeyPatch, write: Callable[[World, AuthCode, Grant], object]
) -> None:
    for module, name in (
        (authorizations, "_ROUNDS"),
        (codes, "_ROUNDS"),
        (grants, "_ROUNDS"),
        (registrations, "ROUNDS"),
    ):
        assert getattr(module, name) == 64
        monkeypatch.setattr(module, name, 4)
    code, grant = claimed(asked), held(asked)
    registration = Registration(
        registration_request_id="REG-1",
        reference_merchant_id="M-1",
        state=RegistrationState.INITIATED,
        body="{}",
        created_at=NOW,
    )
    assert asked.repository.registrations.open(registration, NOW) is not None
    before = rows(asked)
    asked.dynamodb = crowd = Crowded(asked.dynamodb)
    with pytest.raises(StoreUnavailable, match="too many writers"):
        write(asked, code, grant)
    assert crowd.lost == 4
    crowd.on = False
    assert rows(asked) == before
    write(asked, code, grant)
    assert rows(asked) != before
