"""notify_authorization: stored first, then exchanged here and now; and tokens that end in the wallet."""

from dataclasses import replace

import pytest

from autodebit.domain.authorization import CodeState, GrantState
from autodebit.domain.authorization_states import AuthorizationState
from autodebit.errors import StoreUnavailable
from autodebit.gateway.client import Operation
from tests.flows.conftest import Logged
from tests.flows.steps import (
    CODE,
    NEW_REFRESH,
    NEW_TOKEN,
    REFRESH,
    STATE,
    ask_consent,
    auth_code,
    authorization,
    body_of,
    bring_code,
    cancel_token,
    grant_of,
    open_consent_page,
    outage,
    poll,
    redirect,
    refresh,
    result_of,
    store_gone_after,
    tell,
    token_answer,
)
from tests.support.alipay import answer, no_answer, not_reached
from tests.support.world import TOKEN, World

APPLY = Operation.APPLY_TOKEN
LONG_ENOUGH = 2.5


@pytest.fixture
def consulted(world: World) -> World:
    open_consent_page(world, merchantRegion="JP")
    return world


@pytest.fixture
def active(consulted: World) -> World:
    """A customer has agreed."""
    consulted.alipay.will(APPLY, token_answer(), token_answer(NEW_TOKEN, NEW_REFRESH))
    bring_code(consulted)
    return consulted


def test_a_code_is_stored_first_and_then_exchanged(consulted: World) -> None:
    seen = []

    def look(_body: object):
        seen.append((authorization(consulted).state, auth_code(consulted).auth_state))
        return token_answer()

    consulted.alipay.will(APPLY, look)
    bring_code(consulted)
    assert seen == [(AuthorizationState.CODE_RECEIVED, STATE)]
    stored = authorization(consulted)
    assert (stored.state, stored.grant, stored.due_at) == (AuthorizationState.ACTIVE, grant_of(consulted).handle, None)
    assert consulted.alipay.sends_of(APPLY) == [
        {"grantType": "AUTHORIZATION_CODE", "customerBelongsTo": "GCASH", "merchantRegion": "JP", "authCode": CODE}
    ]
    assert not [secret for secret in (TOKEN, REFRESH, CODE) if secret in consulted.all_text()]


def test_the_exchange_gets_five_seconds(consulted: World) -> None:
    given = []

    class Watching:
        def call(self, operation, body, within):
            given.append(within)
            return token_answer()

    consulted.alipay = Watching()  # type: ignore[assignment]
    bring_code(consulted)
    assert given == [5_000]


FAILURES = {
    "a lost answer": no_answer("applyToken"),
    "nothing left": not_reached("applyToken"),
    "U": answer("U", "AUTH_IN_PROCESS"),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_whatever_comes_of_the_exchange_it_is_acknowledged_and_polling_takes_over(consulted: World, failure) -> None:
    consulted.alipay.will(APPLY, failure, token_answer())
    bring_code(consulted)
    assert authorization(consulted).state is AuthorizationState.CODE_RECEIVED
    assert auth_code(consulted).due_at is not None
    consulted.clock.forward(2)
    poll(consulted, LONG_ENOUGH)
    assert authorization(consulted).state is AuthorizationState.ACTIVE
    assert consulted.anomalies() == []


def test_a_duplicate_of_a_code_has_no_effect(active: World) -> None:
    before = (authorization(active), auth_code(active), grant_of(active))
    bring_code(active)
    assert (authorization(active), auth_code(active), grant_of(active)) == before
    assert len(active.alipay.sends_of(APPLY)) == 1
    assert active.anomalies() == []


def test_an_unknown_auth_state_is_an_anomaly_and_never_exchanged(world: World, logged: Logged) -> None:
    bring_code(world, state="STATE_OF_SOMEBODY")
    world.clock.forward(60)
    poll(world, LONG_ENOUGH)
    assert world.anomalies() == ["a code for an authState that is not known"]
    assert world.alipay.sent == []
    assert '"Anomalies"' in logged()
    assert CODE not in world.all_text()


def test_a_code_that_comes_for_a_failed_authorization_is_an_anomaly_and_never_exchanged(world: World) -> None:
    world.alipay.will(Operation.CONSULT, answer("F", "PARAM_ILLEGAL"))
    ask_consent(world)
    bring_code(world)
    assert world.anomalies() == ["a code came for a failed authorization"]
    assert world.alipay.sends_of(APPLY) == []
    world.clock.forward(60)
    poll(world)
    assert world.alipay.sends_of(APPLY) == []


def test_one_code_for_two_authorizations_is_an_anomaly(active: World) -> None:
    ask_consent(active, authState="ANOTHER")
    bring_code(active, state="ANOTHER")
    assert authorization(active, "ANOTHER").state is AuthorizationState.CONSULTED
    assert active.anomalies() == ["one authorization code came for two authorizations"]


def test_a_second_code_for_an_active_authorization_is_kept_and_not_exchanged(active: World) -> None:
    before = len(active.alipay.sends_of(APPLY))
    bring_code(active, code="ANOTHER-CODE-0001")
    active.clock.forward(60)
    poll(active)
    assert auth_code(active, "ANOTHER-CODE-0001").state is CodeState.WAITING
    assert len(active.alipay.sends_of(APPLY)) == before


def test_a_code_that_comes_late_still_counts(consulted: World) -> None:
    consulted.clock.forward(900)
    poll(consulted)
    assert authorization(consulted).state is AuthorizationState.ABANDONED
    consulted.alipay.will(APPLY, token_answer())
    bring_code(consulted)
    assert authorization(consulted).state is AuthorizationState.ACTIVE


def test_with_exchange_switched_off_the_code_waits_for_the_redirect(consulted: World) -> None:
    consulted.settings = replace(consulted.settings, exchange_auth_codes=False)
    bring_code(consulted)
    consulted.clock.forward(30)
    poll(consulted, LONG_ENOUGH)
    assert consulted.alipay.sends_of(APPLY) == []
    assert authorization(consulted).state is AuthorizationState.CODE_RECEIVED
    assert auth_code(consulted).state is CodeState.WAITING
    consulted.alipay.will(APPLY, token_answer())
    assert result_of(redirect(consulted)) == (200, "S", "SUCCESS")
    assert authorization(consulted).state is AuthorizationState.ACTIVE


def test_what_cannot_be_stored_is_not_acknowledged_and_not_exchanged(consulted: World) -> None:
    store = outage(consulted)
    store.on, store.hits = True, lambda method, _request: method == "transact_write_items"
    with pytest.raises(StoreUnavailable):
        bring_code(consulted)
    assert consulted.alipay.sends_of(APPLY) == []


def test_with_the_store_gone_after_the_code_is_stored_it_is_acknowledged(consulted: World) -> None:
    store, and_then_the_store_is_gone = store_gone_after(consulted, token_answer())
    consulted.alipay.will(APPLY, and_then_the_store_is_gone)
    began = consulted.clock.now()
    bring_code(consulted)
    assert consulted.clock.now() - began < 15_000
    store.on = False
    assert auth_code(consulted).due_at is not None


# --- tokens that end


def test_a_cancelled_token_ends_grant_and_authorization(active: World) -> None:
    cancel_token(active)
    assert (grant_of(active).state, grant_of(active).reason) == (GrantState.REVOKED, "TOKEN_CANCELED")
    assert authorization(active).state is AuthorizationState.REVOKED
    before = (grant_of(active), authorization(active))
    cancel_token(active)
    assert (grant_of(active), authorization(active)) == before
    assert active.anomalies() == []


def test_the_cancellation_of_a_superseded_token_is_an_anomaly(active: World) -> None:
    assert result_of(refresh(active, REFRESH)) == (200, "S", "SUCCESS")
    cancel_token(active, TOKEN)
    assert grant_of(active).state is GrantState.ACTIVE
    assert authorization(active).state is AuthorizationState.ACTIVE
    assert active.anomalies() == ["a superseded token was cancelled"]
    cancel_token(active, NEW_TOKEN)
    assert authorization(active).state is AuthorizationState.REVOKED


def test_the_cancellation_of_an_unknown_token_is_an_anomaly(world: World) -> None:
    cancel_token(world)
    assert world.anomalies() == ["a token was cancelled that is not known"]
    assert TOKEN not in world.all_text()


def test_a_refresh_of_a_cancelled_token_is_refused(active: World, refused) -> None:
    cancel_token(active)
    assert refused(lambda: refresh(active, REFRESH)) == (409, "INVALID_REFRESH_TOKEN")
    assert len(active.alipay.sends_of(APPLY)) == 1


def test_a_token_that_is_cancelled_while_it_is_renewed_stays_cancelled(active: World) -> None:
    def meanwhile(_body: object):
        cancel_token(active)
        return token_answer(NEW_TOKEN, NEW_REFRESH)

    active.alipay.will(APPLY, meanwhile)
    refresh(active, REFRESH)
    assert grant_of(active).state is GrantState.REVOKED
    assert authorization(active).state is AuthorizationState.REVOKED


def test_a_token_that_is_notified_is_kept_behind_a_handle(consulted: World) -> None:
    tell(consulted, authorizationNotifyType="TOKEN_CREATED", authState=STATE, accessToken=TOKEN)
    assert authorization(consulted).state is AuthorizationState.ACTIVE
    assert authorization(consulted).grant == grant_of(consulted).handle
    assert TOKEN not in consulted.all_text()


def test_a_notified_token_that_has_ended_already_activates_nothing(consulted: World) -> None:
    tell(consulted, authorizationNotifyType="TOKEN_CREATED", authState=STATE, accessToken=TOKEN)
    cancel_token(consulted)
    ask_consent(consulted, authState="STATE-2")
    tell(consulted, authorizationNotifyType="TOKEN_CREATED", authState="STATE-2", accessToken=TOKEN)
    assert grant_of(consulted).state is GrantState.REVOKED
    assert authorization(consulted, "STATE-2").state is AuthorizationState.REVOKED


def test_a_notified_token_for_an_unknown_auth_state_is_an_anomaly(world: World) -> None:
    tell(world, authorizationNotifyType="TOKEN_CREATED", authState="NOBODY", accessToken=TOKEN)
    assert world.anomalies() == ["a token for an authState that is not known"]
    assert world.repository.grants.find_by_secret(TOKEN) is None


@pytest.mark.parametrize(
    "body",
    [
        {"authorizationNotifyType": "AUTHCODE_CREATED", "authState": STATE},
        {"authorizationNotifyType": "TOKEN_CANCELED"},
        {"authorizationNotifyType": "SOMETHING_NEW", "authState": STATE, "authCode": CODE},
        {},
    ],
)
def test_what_cannot_be_understood_is_an_anomaly(consulted: World, body: dict) -> None:
    tell(consulted, **body)
    assert len(consulted.anomalies()) == 1
    assert authorization(consulted).state is AuthorizationState.CONSULTED
    assert consulted.alipay.sends_of(APPLY) == []


def test_the_handle_of_an_authorization_stays_the_same_through_it_all(active: World) -> None:
    handle = authorization(active).grant
    assert body_of(redirect(active))["accessToken"] == handle
    assert body_of(refresh(active, REFRESH))["accessToken"] == handle
    assert authorization(active).grant == handle
