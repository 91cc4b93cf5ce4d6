"""The daily renewal of tokens, where Alipay, the store or the run itself fails."""

import zlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from autodebit.domain.authorization import GrantState
from autodebit.domain.authorization_states import AuthorizationState
from autodebit.gateway.client import Operation, VerifiedResponse
from autodebit.repository import Kind
from tests.flows.renewal_steps import agreed, days_pass, standing, tokens
from tests.flows.steps import (
    NEW_REFRESH,
    NEW_TOKEN,
    REFRESH,
    cancel_token,
    grant_of,
    outage,
    paid,
    poll,
    refresh,
    result_of,
    run_daily,
    send,
)
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.world import World

APPLY = Operation.APPLY_TOKEN
LONG_ENOUGH = 2.5
ACTIVE, EXPIRED = (GrantState.ACTIVE, AuthorizationState.ACTIVE), (GrantState.EXPIRED, AuthorizationState.EXPIRED)
SILENCES = {
    "U": answer("U", "REQUEST_TRAFFIC_EXCEED_LIMIT"),
    "lost": no_answer("applyToken"),
    "unsigned": unsigned("applyToken"),
    "S without a token": answer("S", "SUCCESS"),
}


@pytest.mark.parametrize("silence", SILENCES.values(), ids=SILENCES)
def test_what_is_not_answered_is_repeated_every_minute_and_not_the_next_day(world: World, silence: object) -> None:
    agreed(world, tokens(world, 30))
    days_pass(world, 20)
    world.alipay.will(APPLY, silence, tokens(world, 365, access=NEW_TOKEN, token=NEW_REFRESH))  # type: ignore[arg-type]
    run_daily(world)
    assert grant_of(world).under_way
    world.clock.forward(3)
    poll(world, LONG_ENOUGH)
    first, second = world.alipay.sends_of(APPLY)
    assert first == second
    assert grant_of(world, NEW_TOKEN).newest == 2


def test_where_nothing_left_the_next_run_tries_again(world: World) -> None:
    agreed(world, tokens(world, 30))
    days_pass(world, 20)
    world.alipay.will(APPLY, not_reached("applyToken"), tokens(world, 365, access=NEW_TOKEN))
    run_daily(world)
    assert not grant_of(world).under_way
    world.clock.forward(3)
    run_daily(world)
    assert grant_of(world, NEW_TOKEN).newest == 2


def test_a_run_that_dies_leaves_the_refresh_to_the_poller(world: World) -> None:
    agreed(world, tokens(world, 30))
    days_pass(world, 20)
    world.alipay.will(APPLY, lambda _body: 1 // 0, tokens(world, 365, access=NEW_TOKEN))
    run_daily(world)
    assert grant_of(world).under_way
    world.clock.forward(30)
    poll(world, LONG_ENOUGH)
    assert grant_of(world, NEW_TOKEN).newest == 2


def test_a_token_called_dead_while_it_is_renewed_does_not_end_the_authorization(world: World) -> None:
    """A wallet may end the old token with the refresh, before we have the new one."""
    handle = agreed(world, tokens(world, 30)).handle
    days_pass(world, 20)
    world.alipay.will(Operation.PAY, answer("F", "INVALID_ACCESS_TOKEN", "no"), paid(payment_request_id="PAY-2"))

    def meanwhile(_body: object) -> VerifiedResponse:
        assert result_of(send(world, token=handle)) == (200, "F", "INVALID_ACCESS_TOKEN")
        return tokens(world, 365, access=NEW_TOKEN)

    world.alipay.will(APPLY, meanwhile)
    run_daily(world)
    assert standing(world) == ACTIVE
    assert result_of(send(world, token=handle, payment_request_id="PAY-2")) == (200, "S", "SUCCESS")


def lost_and_repeated_by_the_poller(world: World) -> None:
    refresh(world, REFRESH)
    world.clock.forward(3)
    poll(world, LONG_ENOUGH)


RENEWALS: dict[str, tuple[list[Any], Callable[[World], object]]] = {
    "daily run": ([], run_daily),
    "caller": ([], lambda world: refresh(world, REFRESH)),
    "poller": ([no_answer("applyToken")], lost_and_repeated_by_the_poller),
}


@pytest.mark.parametrize(("before", "renew"), RENEWALS.values(), ids=RENEWALS)
def test_a_new_token_cancelled_while_it_is_renewed_ends_the_authorization(
    world: World, before: list[Any], renew: Callable[[World], object]
) -> None:
    """The customer cancels the new token before we know of it: nobody pays with it, and nothing is left to revoke."""
    handle = agreed(world, tokens(world, 30)).handle
    days_pass(world, 20)

    def cancelled_meanwhile(_body: object) -> VerifiedResponse:
        cancel_token(world, NEW_TOKEN)
        return tokens(world, 365, access=NEW_TOKEN, token=NEW_REFRESH)

    world.alipay.will(APPLY, *before, cancelled_meanwhile)
    renew(world)
    grant = grant_of(world, NEW_TOKEN)
    assert (grant.handle, grant.newest, grant.reason) == (handle, 2, "TOKEN_CANCELED")
    assert standing(world) == (GrantState.REVOKED, AuthorizationState.REVOKED)
    assert (grant.under_way, grant.due_at) == (False, None)
    assert world.alipay.sends_of(Operation.REVOKE) == []


def test_a_cancelled_new_token_is_revoked_if_its_end_cannot_be_stored(world: World) -> None:
    """The store goes away between the new token and the end of its grant: the revoke was stored with the token."""
    agreed(world, tokens(world, 30))
    days_pass(world, 20)
    store = outage(world)
    looks: list[str] = []

    def looks_again_for_the_mark(method: str, request: Mapping[str, Any]) -> bool:
        if method == "get_item" and request["Key"]["sk"]["S"] == "cancelled":
            looks.append(method)
        return len(looks) > 1

    def cancelled_meanwhile(_body: object) -> VerifiedResponse:
        cancel_token(world, NEW_TOKEN)
        store.on, store.hits = True, looks_again_for_the_mark
        return tokens(world, 365, access=NEW_TOKEN, token=NEW_REFRESH)

    world.alipay.will(APPLY, cancelled_meanwhile)
    run_daily(world)
    store.on = False
    assert not grant_of(world, NEW_TOKEN).usable
    world.alipay.will(Operation.REVOKE, answer("S", "SUCCESS"))
    poll(world, LONG_ENOUGH)
    assert world.alipay.sends_of(Operation.REVOKE) == [{"accessToken": NEW_TOKEN, "merchantAccountId": "SHOP-7"}]
    assert standing(world) == (GrantState.REVOKED, AuthorizationState.REVOKED)


def test_with_the_store_gone_after_the_answer_the_refresh_is_repeated(world: World) -> None:
    agreed(world, tokens(world, 30))
    days_pass(world, 20)
    store = outage(world)
    store.hits = lambda method, _request: method != "query"
    renewed = tokens(world, 365, access=NEW_TOKEN)

    def and_then_the_store_is_gone(_body: object) -> VerifiedResponse:
        store.on = True
        return renewed

    world.alipay.will(APPLY, and_then_the_store_is_gone, renewed)
    run_daily(world)
    store.on = False
    world.clock.forward(60)
    poll(world, LONG_ENOUGH)
    assert grant_of(world, NEW_TOKEN).newest == 2


def test_grants_that_cannot_be_read_do_not_hide_the_others(world: World) -> None:
    """More of them in one partition of the index than one page holds, and all of them due before the good one."""
    good = agreed(world, tokens(world, 30))
    shard = zlib.crc32(good.handle.encode()) % 4
    stored = world.dynamodb.get_item(
        TableName=world.table, Key={"pk": {"S": f"grant#{good.handle}"}, "sk": {"S": "item"}}
    )["Item"]
    for number in range(40):
        due_at = str(good.due_at - 1_000 + number)  # type: ignore[operator]
        bad = {"pk": {"S": f"grant#bad-{number}"}, "due_at": {"N": due_at}, "state": {"S": "A STATE OF NEXT YEAR"}}
        assert stored["due_key"] == {"S": f"{Kind.TOKEN_LIFE}#{shard}"}
        world.dynamodb.put_item(TableName=world.table, Item={**stored, **bad})
    days_pass(world, 20)
    world.alipay.will(APPLY, tokens(world, 365, access=NEW_TOKEN))
    for _ in range(2):
        run_daily(world)
        world.clock.forward(1)
    assert grant_of(world, NEW_TOKEN).newest == 2
