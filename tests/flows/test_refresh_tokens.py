"""refresh_tokens: tokens are renewed before they end, and those that cannot be are told of in time."""

import json
from dataclasses import replace

import pytest

from autodebit.clock import DAY
from autodebit.domain.authorization import GrantState
from autodebit.domain.authorization_states import AuthorizationState
from autodebit.flows.outbox import publish_events
from autodebit.gateway.client import Operation, VerifiedResponse
from tests.contract.documents import document
from tests.flows.conftest import Logged
from tests.flows.renewal_steps import agreed, days_pass, standing, tokens
from tests.flows.steps import (
    NEW_REFRESH,
    NEW_TOKEN,
    REFRESH,
    authorization,
    cancel_token,
    grant_of,
    poll,
    redirect,
    run_daily,
    send,
)
from tests.flows.test_publish_events import Bus, as_lambda_has_it, records_of
from tests.support.alipay import answer
from tests.support.schemas import faults_of
from tests.support.world import TOKEN, World

APPLY = Operation.APPLY_TOKEN
LONG_ENOUGH = 2.5
REFUSALS = [entry["code"] for entry in document("apply_token")["result_codes"] if entry["status"] == "F"]
ACTIVE, EXPIRED = (GrantState.ACTIVE, AuthorizationState.ACTIVE), (GrantState.EXPIRED, AuthorizationState.EXPIRED)


def published(world: World) -> list[tuple[str, dict]]:
    """Kind and detail of all events so far."""
    bus = Bus()
    assert publish_events([as_lambda_has_it(record) for record in records_of(world)], bus.publisher) == []

    return [(entry["DetailType"], json.loads(entry["Detail"])) for entry in bus.entries]


def warnings(world: World) -> list[str]:
    """The reasons of all events that tell of a token that comes to its end."""
    told = [detail for kind, detail in published(world) if kind == "Authorization Expiring"]
    assert [fault for detail in told for fault in faults_of("Authorization Expiring", detail)] == []
    return [detail["resultCode"] for detail in told]


# --- in time


def test_a_token_is_left_alone_until_ten_days_before_its_end(world: World) -> None:
    agreed(world, tokens(world, 30))
    days_pass(world, 19.9)
    run_daily(world)
    poll(world, LONG_ENOUGH)
    assert world.alipay.sent == []


def test_ten_days_before_its_end_a_token_is_renewed_behind_its_handle(world: World) -> None:
    handle = agreed(world, tokens(world, 30)).handle
    days_pass(world, 20)
    world.alipay.will(APPLY, tokens(world, 365, access=NEW_TOKEN, token=NEW_REFRESH))
    for _ in range(3):
        run_daily(world)
        days_pass(world, 1)
    assert world.alipay.sends_of(APPLY) == [
        {
            "grantType": "REFRESH_TOKEN",
            "customerBelongsTo": "GCASH",
            "merchantRegion": "JP",
            "merchantAccountId": "SHOP-7",
            "refreshToken": REFRESH,
        }
    ]
    grant = grant_of(world, NEW_TOKEN)
    assert (grant.handle, grant.newest, grant.under_way) == (handle, 2, False)
    assert standing(world) == ACTIVE
    assert warnings(world) == []


def test_the_newest_refresh_token_wins(world: World) -> None:
    agreed(world, tokens(world, 30))
    days_pass(world, 20)
    world.alipay.will(APPLY, tokens(world, 30, access=NEW_TOKEN, token=NEW_REFRESH))
    run_daily(world)
    days_pass(world, 20)
    world.alipay.will(APPLY, tokens(world, 30, access="third" + NEW_TOKEN, token=None))
    run_daily(world)
    days_pass(world, 20)
    run_daily(world)
    assert [body["refreshToken"] for body in world.alipay.sends_of(APPLY)] == [REFRESH, NEW_REFRESH, NEW_REFRESH]


def test_how_long_before_is_a_setting(world: World) -> None:
    world.settings = replace(world.settings, plan=replace(world.settings.plan, refresh_before=20 * DAY))
    agreed(world, tokens(world, 30))
    days_pass(world, 10)
    world.alipay.will(APPLY, tokens(world, 365, access=NEW_TOKEN))
    run_daily(world)
    assert grant_of(world, NEW_TOKEN).newest == 2


def test_a_token_that_lives_shorter_than_that_is_not_renewed_over_and_over(world: World) -> None:
    agreed(world, tokens(world, 5))
    numbers = iter(range(100))
    world.alipay.will(APPLY, lambda _body: tokens(world, 5, access=f"{next(numbers)}{NEW_TOKEN}"))
    run_daily(world)
    run_daily(world)
    assert len(world.alipay.sends_of(APPLY)) == 1
    days_pass(world, 1)
    run_daily(world)
    assert len(world.alipay.sends_of(APPLY)) == 2


TIMES = {
    "offset": ("2027-03-01T08:00:00+08:00", True),
    "offset without colon": ("2027-03-01T08:00:00+0800", True),
    "Z and fraction": ("2027-03-01T00:00:00.123Z", True),
    "no offset": ("2027-03-01T00:00:00", True),
    "epoch seconds": ("1803859200", True),
    "epoch milliseconds": (1803859200000, True),
    "words": ("in spring", False),
    "before time": ("0001-01-01T00:00:00Z", False),
    "nothing": ("", False),
}


@pytest.mark.parametrize(("told", "known"), TIMES.values(), ids=TIMES)
def test_times_are_read_in_whatever_form_they_come(world: World, told: object, known: bool) -> None:
    grant = agreed(world, answer("S", "SUCCESS", accessToken=TOKEN, accessTokenExpiryTime=told, refreshToken=REFRESH))
    if known:
        assert grant.access_until // 1_000 == 1_803_859_200
    else:
        assert (grant.access_until, grant.due_at) == (0, None)


def test_a_wallet_whose_tokens_live_on_with_each_payment_is_left_alone(world: World) -> None:
    agreed(world, tokens(world, 30, token=None), wallet="NAVERPAY")
    days_pass(world, 300)
    run_daily(world)
    assert standing(world) == ACTIVE
    assert warnings(world) == []


def test_tokens_of_an_authorization_that_ended_are_left_alone(world: World) -> None:
    agreed(world, tokens(world, 30))
    cancel_token(world)
    days_pass(world, 40)
    run_daily(world)
    assert world.alipay.sent == []
    assert standing(world) == (GrantState.REVOKED, AuthorizationState.REVOKED)


# --- what cannot be renewed


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_told_before_the_end_and_the_authorization_ends_with_its_token(
    world: World, refusal: str, logged: Logged
) -> None:
    agreed(world, tokens(world, 30))
    days_pass(world, 20)
    world.alipay.will(APPLY, answer("F", refusal, "no"))
    for _ in range(10):
        run_daily(world)
        days_pass(world, 1)
    assert len(world.alipay.sends_of(APPLY)) == (1 if refusal == "INVALID_REFRESH_TOKEN" else 10)
    assert warnings(world) == [refusal]
    assert '"TokensNotRefreshable"' in logged()
    assert standing(world) == ACTIVE
    run_daily(world)
    assert standing(world) == EXPIRED
    assert authorization(world).result_message == "the time of the token is over"
    assert '"TokensExpired"' in logged()
    days_pass(world, 1)
    sends = len(world.alipay.sends_of(APPLY))
    run_daily(world)
    assert len(world.alipay.sends_of(APPLY)) == sends
    assert world.anomalies() == []


def test_a_refusal_that_passes_is_forgotten_with_the_next_token(world: World) -> None:
    agreed(world, tokens(world, 30))
    days_pass(world, 20)
    world.alipay.will(APPLY, answer("F", "SYSTEM_ERROR"), tokens(world, 365, access=NEW_TOKEN, token=NEW_REFRESH))
    run_daily(world)
    days_pass(world, 1)
    run_daily(world)
    grant = grant_of(world, NEW_TOKEN)
    assert (grant.newest, grant.not_renewed, grant.due_at) == (2, "", grant.access_until - 10 * DAY)


@pytest.mark.parametrize(
    ("token", "refresh_days", "why"),
    [(None, 0, "NO_REFRESH_TOKEN"), (REFRESH, 15, "REFRESH_TOKEN_EXPIRED")],
)
def test_what_needs_no_try_is_told_once_and_ends_by_itself(
    world: World, token: str | None, refresh_days: float, why: str, refused
) -> None:
    handle = agreed(world, tokens(world, 30, token=token, refresh_days=refresh_days)).handle
    days_pass(world, 20)
    for _ in range(10):
        run_daily(world)
        days_pass(world, 1)
    assert warnings(world) == [why]
    assert standing(world) == ACTIVE
    run_daily(world)
    assert standing(world) == EXPIRED
    assert world.alipay.sent == []
    assert refused(lambda: send(world, token=handle)) == (409, "INVALID_ACCESS_TOKEN")
    changes = [detail for kind, detail in published(world) if kind == "Authorization State Changed"]
    assert (changes[-1]["state"], changes[-1]["accessToken"]) == ("EXPIRED", handle)


def test_a_token_whose_handle_came_without_a_request_is_renewed_for_its_wallet(world: World) -> None:
    """A merchant brought the bare token along; the wallet issues the very same one again, now with a refresh token."""
    world.alipay.will(Operation.PAY, answer("F", "USER_BALANCE_NOT_ENOUGH"))
    send(world)
    handle = grant_of(world).handle
    assert agreed(world, tokens(world, 30)).handle == handle
    days_pass(world, 20)
    world.alipay.will(APPLY, tokens(world, 365, access=NEW_TOKEN))
    run_daily(world)
    [request] = world.alipay.sends_of(APPLY)
    assert (request["grantType"], request["refreshToken"]) == ("REFRESH_TOKEN", REFRESH)
    assert request["customerBelongsTo"] == "GCASH"
    assert (grant_of(world, NEW_TOKEN).handle, grant_of(world, NEW_TOKEN).newest) == (handle, 3)


def test_a_token_that_ended_while_nobody_looked_is_renewed_if_it_still_can_be(world: World) -> None:
    agreed(world, tokens(world, 30))
    days_pass(world, 40)
    world.alipay.will(APPLY, tokens(world, 365, access=NEW_TOKEN))
    run_daily(world)
    assert standing(world) == ACTIVE


def test_a_token_without_an_authorization_speaks_for_itself_when_it_ends(world: World) -> None:
    world.alipay.will(APPLY, tokens(world, 30, token=None))
    redirect(world)
    days_pass(world, 21)
    run_daily(world)
    days_pass(world, 10)
    run_daily(world)
    told = published(world)
    assert [fault for kind, detail in told for fault in faults_of(kind, detail)] == []
    handle = grant_of(world).handle
    assert [(kind, detail["accessToken"]) for kind, detail in told] == [
        ("Authorization Expiring", handle),
        ("Authorization State Changed", handle),
    ]
    assert (told[1][1]["previousState"], told[1][1]["state"]) == ("ACTIVE", "EXPIRED")


# --- many at once


def test_twenty_tokens_are_renewed_in_one_run(world: World) -> None:
    names = [f"{number:02}{TOKEN}" for number in range(20)]
    for name in names:
        world.alipay.will(APPLY, tokens(world, 30, access=name, token=f"refresh-of-{name}"))
        redirect(world, code=f"code-of-{name}")
    days_pass(world, 20)

    def renewed(body: object) -> VerifiedResponse:
        return tokens(world, 365, access="new-" + body["refreshToken"], token=None)  # type: ignore[index]

    world.alipay.will(APPLY, renewed)
    run_daily(world)
    assert [name for name in names if grant_of(world, name).newest != 2] == []
