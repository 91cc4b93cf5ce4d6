"""apply_token with a refresh token: the newest token wins, and the handles stay."""

import pytest

from autodebit.domain.authorization import GrantState
from autodebit.gateway.client import Operation
from tests.flows.conftest import Logged
from tests.flows.steps import (
    CODE,
    NEW_REFRESH,
    NEW_TOKEN,
    REFRESH,
    auth_code,
    body_of,
    grant_of,
    poll,
    redirect,
    refresh,
    result_of,
    store_gone_after,
    token_answer,
)
from tests.support.alipay import answer, no_answer, not_reached
from tests.support.world import TOKEN, World

APPLY = Operation.APPLY_TOKEN
RENEWED = token_answer(NEW_TOKEN, NEW_REFRESH)
INVALID = answer("F", "INVALID_REFRESH_TOKEN", "no")
LOST = "the answer to a refresh was lost after Alipay may have acted, and the refresh token is refused now"
LONG_ENOUGH = 2.5


@pytest.fixture
def handles(world: World) -> tuple[str, str]:
    """The handles of an access token and of its refresh token."""
    world.alipay.will(APPLY, token_answer())
    body = body_of(redirect(world))
    world.alipay.sent.clear()
    return body["accessToken"], body["refreshToken"]


@pytest.mark.parametrize("by", ["handle", "raw token"])
def test_the_handles_stay_and_the_token_behind_them_is_new(world: World, handles: tuple[str, str], by: str) -> None:
    world.alipay.will(APPLY, RENEWED)
    body = body_of(refresh(world, handles[1] if by == "handle" else REFRESH))
    assert (body["accessToken"], body["refreshToken"]) == handles
    assert world.alipay.sends_of(APPLY) == [
        {"grantType": "REFRESH_TOKEN", "customerBelongsTo": "GCASH", "refreshToken": REFRESH}
    ]
    grant = grant_of(world, NEW_TOKEN)
    assert (grant.handle, grant.newest, grant.lease_until, grant.under_way) == (handles[0], 2, 0, False)
    assert world.repository.grants.token(handles[0], 1).access == TOKEN
    assert NEW_TOKEN not in world.all_text()


def test_the_newest_refresh_token_is_the_one_that_is_sent(world: World, handles: tuple[str, str]) -> None:
    world.alipay.will(APPLY, RENEWED, token_answer("third" + NEW_TOKEN, "third" + NEW_REFRESH))
    refresh(world, handles[1])
    refresh(world, REFRESH)
    assert [body["refreshToken"] for body in world.alipay.sends_of(APPLY)] == [REFRESH, NEW_REFRESH]


def test_a_wallet_that_does_not_rotate_keeps_its_refresh_token(world: World, handles: tuple[str, str]) -> None:
    world.alipay.will(APPLY, token_answer(NEW_TOKEN, None), token_answer("third" + NEW_TOKEN, None))
    refresh(world, handles[1])
    refresh(world, handles[1])
    assert [body["refreshToken"] for body in world.alipay.sends_of(APPLY)] == [REFRESH, REFRESH]


def test_a_wallet_without_refresh_tokens(world: World, refused) -> None:
    world.alipay.will(APPLY, token_answer(refresh_token=None))
    body = body_of(redirect(world))
    assert "refreshToken" not in body
    handle = grant_of(world).refresh_handle
    assert refused(lambda: refresh(world, handle)) == (409, "INVALID_REFRESH_TOKEN")
    assert len(world.alipay.sends_of(APPLY)) == 1


@pytest.mark.parametrize("text", ["rtk_" + "0" * 32, "tok_" + "0" * 32])
def test_an_unknown_handle_is_refused_and_never_sent(world: World, text: str, refused) -> None:
    assert refused(lambda: refresh(world, text)) == (400, "PARAM_ILLEGAL")
    assert world.alipay.sent == []


def test_the_handle_of_an_access_token_is_refused(world: World, handles: tuple[str, str], refused) -> None:
    assert refused(lambda: refresh(world, handles[0])) == (400, "PARAM_ILLEGAL")
    assert world.alipay.sent == []


def test_a_lost_answer_is_repeated_by_the_poller(world: World, handles: tuple[str, str]) -> None:
    world.alipay.will(APPLY, no_answer("applyToken"), RENEWED)
    assert result_of(refresh(world, handles[1])) == (200, "U", "UNKNOWN_EXCEPTION")
    assert grant_of(world).due_at is not None
    world.clock.forward(3)
    poll(world, LONG_ENOUGH)
    first, second = world.alipay.sends_of(APPLY)
    assert first == second
    assert grant_of(world, NEW_TOKEN).handle == handles[0]
    assert not grant_of(world).under_way


def test_where_nothing_left_nothing_is_due(world: World, handles: tuple[str, str]) -> None:
    world.alipay.will(APPLY, not_reached("applyToken"), INVALID)
    assert result_of(refresh(world, handles[1])) == (503, "U", "UNKNOWN_EXCEPTION")
    assert (grant_of(world).under_way, grant_of(world).lease_until) == (False, 0)
    refresh(world, handles[1])
    assert world.anomalies() == []


def test_a_refused_refresh_token_is_told_and_the_access_token_stays(world: World, handles: tuple[str, str]) -> None:
    world.alipay.will(APPLY, INVALID)
    assert result_of(refresh(world, handles[1])) == (200, "F", "INVALID_REFRESH_TOKEN")
    assert (grant_of(world).state, grant_of(world).under_way) == (GrantState.ACTIVE, False)
    assert world.anomalies() == []


def test_a_refusal_after_a_lost_answer_is_an_anomaly(world: World, handles: tuple[str, str], logged: Logged) -> None:
    world.alipay.will(APPLY, no_answer("applyToken"), INVALID)
    refresh(world, handles[1])
    assert result_of(refresh(world, handles[1])) == (200, "F", "INVALID_REFRESH_TOKEN")
    assert world.anomalies() == [LOST]
    assert not grant_of(world).under_way
    assert '"Anomalies"' in logged()


def test_u_is_passed_on_and_repeated_by_the_poller(world: World, handles: tuple[str, str]) -> None:
    world.alipay.will(APPLY, answer("U", "AUTH_IN_PROCESS"), RENEWED)
    assert result_of(refresh(world, handles[1])) == (200, "U", "AUTH_IN_PROCESS")
    world.clock.forward(3)
    poll(world, LONG_ENOUGH)
    assert grant_of(world, NEW_TOKEN).newest == 2


def test_a_second_refresh_meanwhile_is_u_without_a_call(world: World, handles: tuple[str, str]) -> None:
    replies = []

    def meanwhile(_body: object):
        replies.append(refresh(world, handles[1]))
        return RENEWED

    world.alipay.will(APPLY, meanwhile)
    refresh(world, handles[1])
    assert [result_of(reply) for reply in replies] == [(200, "U", "AUTH_IN_PROCESS")]
    assert len(world.alipay.sends_of(APPLY)) == 1


def test_a_refresh_token_that_a_merchant_brings_along_is_vaulted(world: World) -> None:
    world.alipay.will(APPLY, RENEWED)
    body = body_of(refresh(world, REFRESH))
    grant = grant_of(world, NEW_TOKEN)
    assert (body["accessToken"], body["refreshToken"]) == (grant.handle, grant.refresh_handle)
    assert grant.state is GrantState.ACTIVE
    assert grant_of(world, REFRESH).handle == grant.handle
    assert not [secret for secret in (REFRESH, NEW_TOKEN, NEW_REFRESH) if secret in world.all_text()]


def test_a_new_token_that_cannot_be_stored_is_never_given_out(world: World, handles: tuple[str, str]) -> None:
    store, and_then_the_store_is_gone = store_gone_after(world, RENEWED)
    world.alipay.will(APPLY, and_then_the_store_is_gone)
    reply = refresh(world, handles[1])
    assert result_of(reply) == (200, "U", "AUTH_IN_PROCESS")
    assert NEW_TOKEN not in reply.text
    store.on = False
    assert grant_of(world).due_at is not None


@pytest.mark.parametrize("lost_before", [False, True])
def test_a_refusal_that_cannot_be_stored_is_not_told_as_final(
    world: World, handles: tuple[str, str], lost_before: bool
) -> None:
    """A poller repeats the refresh, which may succeed: whoever took the F for final would ask the customer again."""
    store, and_then_the_store_is_gone = store_gone_after(world, INVALID)
    if lost_before:
        world.alipay.will(APPLY, no_answer("applyToken"))
        refresh(world, handles[1])
    world.alipay.will(APPLY, and_then_the_store_is_gone, RENEWED)
    assert result_of(refresh(world, handles[1])) == (200, "U", "AUTH_IN_PROCESS")
    store.on = False
    world.clock.forward(30)
    poll(world, LONG_ENOUGH)
    assert body_of(refresh(world, handles[1]))["accessToken"] == handles[0]


def test_with_too_little_time_nothing_is_sent(world: World, handles: tuple[str, str]) -> None:
    assert result_of(refresh(world, handles[1], seconds=14.9)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert world.alipay.sends_of(APPLY) == []
    assert auth_code(world, CODE).grant == handles[0]
