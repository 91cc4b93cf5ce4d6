"""One code and several senders: what the slower one reads, and what is left of a code that was claimed for another wallet."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from autodebit.domain.authorization import CodeState
from autodebit.domain.authorization_states import AuthorizationState
from autodebit.flows.authorizations.exchange import exchange_due
from autodebit.gateway.client import Operation, VerifiedResponse
from autodebit.repository import digest_of
from autodebit.responses import Response
from tests.flows.steps import (
    CODE,
    auth_code,
    authorization,
    body_of,
    bring_code,
    grant_of,
    open_consent_page,
    outage,
    poll,
    redirect,
    result_of,
    store_gone_after,
    token_answer,
)
from tests.support.alipay import answer
from tests.support.clients import Before
from tests.support.world import TOKEN, World

APPLY = Operation.APPLY_TOKEN
USED_UP = answer("F", "INVALID_AUTHCODE", "used")
LONG_ENOUGH = 2.5


@pytest.fixture(autouse=True)
def consulted(world: World) -> None:
    open_consent_page(world)


@pytest.mark.parametrize("notified", [True, False], ids=["notified", "by redirect alone"])
def test_an_f_to_a_sender_whom_another_has_outrun_is_answered_with_the_others_token(
    world: World, notified: bool
) -> None:
    """The first sender's lease runs out while Alipay keeps its answer; the second one gets the token for the code."""
    replies: list[Response] = []

    def outrun(_body: object) -> VerifiedResponse:
        world.clock.forward(30)
        world.alipay.will(APPLY, token_answer())
        replies.append(redirect(world))
        return USED_UP

    if notified:
        world.settings = replace(world.settings, exchange_auth_codes=False)
        bring_code(world)
    world.alipay.will(APPLY, outrun)
    replies.append(redirect(world))
    assert [body_of(reply).get("accessToken") for reply in replies] == [grant_of(world).handle] * 2
    assert auth_code(world).state is CodeState.EXCHANGED
    assert world.anomalies() == []
    if notified:
        assert authorization(world).state is AuthorizationState.ACTIVE


def test_an_f_that_cannot_be_stored_leaves_the_code_open_and_due(world: World) -> None:
    store, and_then_the_store_is_gone = store_gone_after(world, USED_UP)
    world.alipay.will(APPLY, and_then_the_store_is_gone, token_answer())
    reply = redirect(world)
    store.on = False
    code = auth_code(world)
    assert (code.state, code.due_at) == (CodeState.WAITING, code.lease_until)
    assert TOKEN not in reply.text
    world.clock.time = code.lease_until
    poll(world, LONG_ENOUGH)
    assert auth_code(world).state is CodeState.EXCHANGED


# --- another wallet


def the_code(request: Mapping[str, Any]) -> bool:
    return str(request["Key"]["pk"]["S"]).startswith("code#")


def between_look_and_claim(world: World, happens: Callable[[], object]) -> None:
    world.dynamodb = Before(world.dynamodb, happens, methods=("get_item",), wanted=the_code, skip=1)


def test_a_code_that_was_claimed_for_another_wallet_is_left_as_it_was(world: World, refused) -> None:
    """The notification comes between the look and the claim: the claim is given back as if nothing had been sent."""
    world.settings = replace(world.settings, exchange_auth_codes=False)
    between_look_and_claim(world, lambda: bring_code(world))
    assert refused(lambda: redirect(world, wallet="DANA")) == (409, "REPEAT_REQ_INCONSISTENT")
    code = auth_code(world)
    assert world.alipay.sends_of(APPLY) == []
    assert (code.wallet, code.state, code.sends, code.lost, code.lease_until) == (
        "GCASH",
        CodeState.WAITING,
        0,
        False,
        0,
    )
    world.alipay.will(APPLY, token_answer())
    assert result_of(redirect(world)) == (200, "S", "SUCCESS")
    assert world.anomalies() == []


def test_a_code_in_the_hands_of_another_wallets_sender_stays_there(world: World, refused) -> None:
    lease = 25_000

    def claimed_by_another() -> None:
        assert world.repository.codes.claim_code(CODE, "{}", "GCASH", world.clock.now(), lease).mine

    between_look_and_claim(world, claimed_by_another)
    assert refused(lambda: redirect(world, wallet="DANA")) == (409, "REPEAT_REQ_INCONSISTENT")
    code = auth_code(world)
    assert (code.wallet, code.sends, code.lease_until) == ("GCASH", 1, world.clock.now() + lease)
    assert world.alipay.sends_of(APPLY) == []


# --- pollers


def test_a_poller_that_comes_too_early_or_too_late_exchanges_nothing(world: World) -> None:
    world.alipay.will(APPLY, answer("U", "AUTH_IN_PROCESS"), token_answer())
    redirect(world)
    exchange_due(digest_of(CODE), world.runtime(25))
    assert len(world.alipay.sends_of(APPLY)) == 1
    world.clock.forward(2)
    exchange_due(digest_of(CODE), world.runtime(25))
    exchange_due(digest_of(CODE), world.runtime(25))
    exchange_due(digest_of("nobody's"), world.runtime(25))
    assert len(world.alipay.sends_of(APPLY)) == 2


def test_a_code_is_acknowledged_and_left_to_the_poller_if_the_store_fails_before_the_exchange(world: World) -> None:
    store = outage(world)
    stored: list[str] = []

    def once_the_code_is_stored(method: str, request: Mapping[str, Any]) -> bool:
        if method == "transact_write_items":
            stored.append(method)
            return False
        return bool(stored) and method == "get_item" and the_code(request)

    store.on, store.hits = True, once_the_code_is_stored
    bring_code(world)
    store.on = False
    assert world.alipay.sends_of(APPLY) == []
    assert (auth_code(world).state, auth_code(world).due_at) == (CodeState.WAITING, world.clock.now())
    world.alipay.will(APPLY, token_answer())
    poll(world, LONG_ENOUGH)
    assert authorization(world).state is AuthorizationState.ACTIVE
