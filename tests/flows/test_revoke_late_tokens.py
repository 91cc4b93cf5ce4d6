"""revoke beside refreshes, codes and payments: it ends the newest token, and a token that comes later is ended, too."""

from dataclasses import replace

import pytest

from autodebit.domain.authorization import GrantState
from autodebit.domain.authorization_states import AuthorizationState
from autodebit.errors import RequestRejected
from autodebit.gateway.client import Operation, VerifiedResponse
from tests.flows.revoke_steps import DONE, ENDED, LONG_ENOUGH, RENEWED, WANTED, standing
from tests.flows.steps import (
    CODE,
    NEW_REFRESH,
    NEW_TOKEN,
    STATE,
    ask_consent,
    authorization,
    body_of,
    bring_code,
    cancel_token,
    end_consent,
    grant_of,
    poll,
    redirect,
    refresh,
    result_of,
    send,
    token_answer,
)
from tests.repository.samples import together
from tests.support.alipay import answer, no_answer
from tests.support.world import TOKEN, World

REVOKE, APPLY = Operation.REVOKE, Operation.APPLY_TOKEN
DEAD_ALREADY = answer("F", "INVALID_ACCESS_TOKEN", "The access token is expired, revoked, or does not exist.")


def test_a_revoke_during_a_refresh_waits_for_it_and_ends_the_newest_token(world: World, handle: str) -> None:
    replies = []

    def meanwhile(_body: object) -> VerifiedResponse:
        replies.append(end_consent(world, handle))
        return RENEWED

    world.alipay.will(APPLY, meanwhile)
    assert result_of(refresh(world, grant_of(world).refresh_handle)) == (200, "S", "SUCCESS")
    assert [result_of(reply) for reply in replies] == [(200, "U", "UNKNOWN_EXCEPTION")]
    assert world.alipay.sends_of(REVOKE) == []
    assert standing(world) == WANTED
    world.alipay.will(REVOKE, DONE)
    poll(world, LONG_ENOUGH)
    assert world.alipay.sends_of(REVOKE) == [{"accessToken": NEW_TOKEN}]
    assert standing(world) == ENDED


def test_an_unanswered_refresh_is_repeated_before_the_revoke(world: World, handle: str) -> None:
    world.alipay.will(APPLY, no_answer("applyToken"), RENEWED)
    refresh(world, grant_of(world).refresh_handle)
    assert result_of(end_consent(world, handle)) == (200, "U", "UNKNOWN_EXCEPTION")
    world.alipay.will(REVOKE, DONE)
    for _ in range(2):
        poll(world, LONG_ENOUGH)
        world.clock.forward(1)
    assert [operation for operation, _ in world.alipay.sent[1:]] == [APPLY, REVOKE]
    assert world.alipay.sends_of(REVOKE) == [{"accessToken": NEW_TOKEN}]
    assert standing(world) == ENDED


def test_a_refresh_that_is_never_answered_does_not_keep_a_revoke_waiting_for_ever(world: World, handle: str) -> None:
    world.alipay.will(APPLY, no_answer("applyToken"))
    refresh(world, grant_of(world).refresh_handle)
    end_consent(world, handle)
    world.alipay.will(REVOKE, DONE)
    for _ in range(4):
        world.clock.forward(10)
        poll(world, LONG_ENOUGH)
    assert len(world.alipay.sends_of(APPLY)) == 3
    assert standing(world) == ENDED


def test_a_token_that_a_refresh_brings_after_the_end_is_revoked_too(world: World, handle: str) -> None:
    def meanwhile(_body: object) -> VerifiedResponse:
        cancel_token(world)
        return RENEWED

    world.alipay.will(APPLY, meanwhile)
    refresh(world, grant_of(world).refresh_handle)
    assert authorization(world).state is AuthorizationState.REVOKED
    world.alipay.will(REVOKE, answer("F", "SYSTEM_ERROR"), DONE)
    for _ in range(2):
        poll(world, LONG_ENOUGH)
        world.clock.forward(3)
    assert world.alipay.sends_of(REVOKE) == [{"merchantAccountId": "SHOP-7", "accessToken": NEW_TOKEN}] * 2
    assert standing(world) == ENDED
    cancel_token(world, NEW_TOKEN)
    cancel_token(world, TOKEN)
    assert world.anomalies() == []


def test_the_revoke_of_an_older_token_does_not_pass_for_the_end_of_a_newer_one(world: World, handle: str) -> None:
    """A refresh whose lease has run out is answered while the revoke of the older token is under way."""

    def late(_body: object) -> VerifiedResponse:
        world.repository.grants.renewed(grant_of(world), token, world.clock.now())
        return DONE

    token = replace(world.repository.grants.token(handle, 1), access=NEW_TOKEN, refresh=NEW_REFRESH)
    world.alipay.will(REVOKE, late, DONE)
    assert result_of(end_consent(world, handle)) == (200, "U", "UNKNOWN_EXCEPTION")
    assert standing(world) == WANTED
    poll(world, LONG_ENOUGH)
    assert [body["accessToken"] for body in world.alipay.sends_of(REVOKE)] == [TOKEN, NEW_TOKEN]
    assert standing(world) == ENDED


def test_a_token_that_a_code_brings_after_the_end_is_revoked_too(world: World, handle: str, refused) -> None:
    world.alipay.will(REVOKE, DONE)
    end_consent(world, handle)
    bring_code(world, code="another" + CODE)
    world.alipay.will(APPLY, RENEWED)
    late = body_of(redirect(world, "another" + CODE))["accessToken"]
    assert late != handle
    assert refused(lambda: send(world, token=late)) == (409, "INVALID_ACCESS_TOKEN")
    poll(world, LONG_ENOUGH)
    assert world.alipay.sends_of(REVOKE)[1:] == [{"merchantAccountId": "SHOP-7", "accessToken": NEW_TOKEN}]
    assert grant_of(world, NEW_TOKEN).state is GrantState.REVOKED
    assert not grant_of(world, NEW_TOKEN).under_way


def test_a_code_that_is_notified_after_the_end_of_its_token_activates_nothing(world: World) -> None:
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS", normalUrl="https://wallet.example.com"))
    ask_consent(world)
    world.alipay.will(APPLY, token_answer())
    handle = body_of(redirect(world))["accessToken"]
    world.alipay.will(REVOKE, DONE)
    end_consent(world, handle)
    bring_code(world)
    assert standing(world) == ENDED
    assert authorization(world).grant == handle
    assert world.anomalies() == []


def test_authorizations_that_share_a_token_end_together(world: World, handle: str) -> None:
    """A wallet issued one token again: both authorizations lead to it."""
    ask_consent(world, authState="STATE-2")
    bring_code(world, state="STATE-2", code="another" + CODE)
    assert authorization(world, "STATE-2").grant == handle
    world.alipay.will(REVOKE, DONE)
    end_consent(world, handle)
    assert [authorization(world, state).state for state in (STATE, "STATE-2")] == [AuthorizationState.REVOKED] * 2


def test_an_authorization_that_has_expired_can_be_revoked(world: World, handle: str) -> None:
    world.alipay.will(Operation.PAY, answer("F", "INVALID_ACCESS_TOKEN"))
    send(world, token=handle)
    assert grant_of(world).state is GrantState.EXPIRED
    world.alipay.will(REVOKE, DEAD_ALREADY)
    assert result_of(end_consent(world, handle)) == (200, "F", "INVALID_ACCESS_TOKEN")
    assert grant_of(world).state is GrantState.REVOKED
    assert authorization(world).state is AuthorizationState.EXPIRED
    assert world.anomalies() == []


# --- races on the real engine


@pytest.mark.parametrize("turn", range(4))
def test_refresh_and_revoke_that_race_are_never_under_way_together(world: World, handle: str, turn: int) -> None:
    under_way: list[str] = []
    crossed: list[tuple[str, ...]] = []

    def holding(name: str, told: VerifiedResponse):
        def work(_body: object) -> VerifiedResponse:
            under_way.append(name)
            crossed.append(tuple(under_way))
            grant_of(world)  # let the other one come in between
            under_way.remove(name)
            return told

        return work

    world.alipay.will(APPLY, holding("refresh", RENEWED))
    world.alipay.will(REVOKE, holding("revoke", DONE))
    refresh_handle = grant_of(world).refresh_handle

    def run(number: int) -> str:
        try:
            return result_of(refresh(world, refresh_handle) if number % 2 else end_consent(world, handle))[1]
        except RequestRejected as refused:
            return refused.code

    outcomes = together(4, run)
    poll(world, LONG_ENOUGH)
    assert {len(names) for names in crossed} == {1}
    assert set(outcomes) <= {"S", "U", "INVALID_REFRESH_TOKEN"}
    assert standing(world) == ENDED
    newest = world.repository.grants.access_token(handle, grant_of(world).newest)
    assert world.alipay.sends_of(REVOKE)[-1]["accessToken"] == newest
