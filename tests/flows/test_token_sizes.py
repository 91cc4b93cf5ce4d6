"""Tokens of many authorizations, long tokens and codes, and long answers: what is true fits, and nothing is lost for its size."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from autodebit.contract import ApplyTokenRequest, PayRequest, RevokeRequest
from autodebit.domain.authentication_states import AuthenticationState
from autodebit.domain.authorization import GrantState
from autodebit.domain.authorization_states import AuthorizationState
from autodebit.errors import StoreUnavailable
from autodebit.flows.authorizations.exchange import apply_token
from autodebit.flows.authorizations.revoke import revoke
from autodebit.gateway.client import Operation
from tests.flows.renewal_steps import agreed, days_pass, tokens
from tests.flows.steps import (
    STATE,
    ask_consent,
    auth_code,
    authentication,
    authorization,
    body_of,
    bring_code,
    cancel_token,
    end_consent,
    grant_of,
    outage,
    paid,
    poll,
    redirect,
    refresh,
    result_of,
    run_daily,
    send,
    send_password,
    tell,
    token_answer,
)
from tests.repository.samples import consulted, together
from tests.support.alipay import answer, no_answer
from tests.support.limits import StrictKms
from tests.support.world import TOKEN, World, pay_body

APPLY, REVOKE, CONSULT = Operation.APPLY_TOKEN, Operation.REVOKE, Operation.CONSULT
DONE = answer("S", "SUCCESS", "ok")
COUNT = 101
LONG_ENOUGH = 2.5
PAGE = answer("S", "SUCCESS", normalUrl="https://wallet.example.com")


@pytest.fixture
def local(memory_engine: Any, kms: Any, token_key: str) -> World:
    """A world on the table in memory, which refuses what DynamoDB refuses (tests/repository: the same on DynamoDB Local)."""
    return World(memory_engine, kms, token_key)


def issued_again_and_again(world: World) -> None:
    """A wallet issues one long-lived token anew at each consent: *COUNT* authorizations lead to it."""
    agreed(world, tokens(world, 20, token=None))
    grant = grant_of(world)
    names = [f"STATE-{number}" for number in range(COUNT)]

    def consent(first: int) -> None:
        repository = world.repository
        for name in names[first::8]:
            active = replace(consulted(name), state=AuthorizationState.ACTIVE, grant=grant.handle, due_at=None)
            assert repository.authorizations.replaced(active) is not None

    together(8, consent)
    assert world.repository.grants.replaced(replace(grant, earlier=tuple(names))) is not None


def states(world: World) -> set[AuthorizationState]:
    return {authorization(world, name).state for name in (STATE, *(f"STATE-{number}" for number in range(COUNT)))}


# --- many authorizations


def end_in_the_wallet(world: World) -> AuthorizationState:
    cancel_token(world)
    return AuthorizationState.REVOKED


def end_by_revoke(world: World) -> AuthorizationState:
    world.alipay.will(REVOKE, DONE)
    assert result_of(end_consent(world)) == (200, "S", "SUCCESS")
    return AuthorizationState.REVOKED


def end_by_a_dead_token(world: World) -> AuthorizationState:
    world.alipay.will(Operation.PAY, answer("F", "INVALID_ACCESS_TOKEN", "dead"))
    assert result_of(send(world)) == (200, "F", "INVALID_ACCESS_TOKEN")
    return AuthorizationState.EXPIRED


def end_by_time(world: World) -> AuthorizationState:
    days_pass(world, 21)
    run_daily(world)
    return AuthorizationState.EXPIRED


ENDS: list[Callable[[World], AuthorizationState]] = [end_in_the_wallet, end_by_revoke, end_by_a_dead_token, end_by_time]


@pytest.mark.parametrize("ends", ENDS)
def test_a_token_that_a_wallet_issues_again_and_again_can_be_ended(
    local: World, ends: Callable[[World], AuthorizationState]
) -> None:
    issued_again_and_again(local)
    expected = ends(local)
    assert states(local) == {expected}
    assert grant_of(local).state.value == expected.value
    assert grant_of(local).due_at is None
    assert local.anomalies() == []


@pytest.mark.parametrize("ends", [end_in_the_wallet, end_by_revoke])
def test_an_end_that_the_store_cut_is_completed_by_a_poller(
    local: World, ends: Callable[[World], AuthorizationState]
) -> None:
    issued_again_and_again(local)
    store = outage(local)
    pieces = []

    def second_piece(method: str, request: Any) -> bool:
        if method == "transact_write_items" and len(request["TransactItems"]) > 20:
            pieces.append(method)
        return len(pieces) > 1

    store.hits, store.on = second_piece, True
    if ends is end_in_the_wallet:
        with pytest.raises(StoreUnavailable):
            ends(local)
    else:
        ends(local)
    store.on = False
    assert grant_of(local).state is GrantState.REVOKED
    assert states(local) == {AuthorizationState.ACTIVE, AuthorizationState.REVOKED}
    local.clock.forward(60)
    poll(local, LONG_ENOUGH)
    assert states(local) == {AuthorizationState.REVOKED}
    assert (grant_of(local).due_at, grant_of(local).under_way) == (None, False)
    assert len(local.alipay.sends_of(REVOKE)) == (ends is end_by_revoke)


def test_a_notification_that_comes_again_completes_an_end_that_was_cut(local: World) -> None:
    issued_again_and_again(local)
    store = outage(local)
    store.hits = lambda method, request: method == "transact_write_items" and len(request["TransactItems"]) > 20
    store.on = True
    with pytest.raises(StoreUnavailable):
        cancel_token(local)
    store.on = False
    cancel_token(local)
    assert states(local) == {AuthorizationState.REVOKED}
    assert grant_of(local).due_at is None


# --- long tokens and codes


def test_long_tokens_that_alipay_issues_are_kept_and_can_be_used(world: World) -> None:
    world.kms = StrictKms(world.kms)
    access, renewal = TOKEN * 100, "R" * 5_000
    world.alipay.will(APPLY, token_answer(access, renewal), token_answer(access + "2", renewal + "2"))
    body = body_of(redirect(world))
    assert body["accessToken"].startswith("tok_")
    world.alipay.will(Operation.PAY, paid())
    assert result_of(send(world, token=body["accessToken"])) == (200, "S", "SUCCESS")
    assert world.alipay.sends_of(Operation.PAY)[0]["paymentMethod"]["paymentMethodId"] == access
    assert result_of(refresh(world, body["refreshToken"])) == (200, "S", "SUCCESS")
    assert world.alipay.sends_of(APPLY)[-1]["refreshToken"] == renewal
    assert TOKEN not in world.all_text()


def test_a_long_code_that_a_notification_brings_is_exchanged(world: World) -> None:
    world.kms = StrictKms(world.kms)
    world.alipay.will(CONSULT, PAGE)
    ask_consent(world)
    code = "C" * 6_000
    world.alipay.will(APPLY, no_answer("applyToken"), token_answer())
    bring_code(world, code=code)
    world.clock.forward(3)
    poll(world, LONG_ENOUGH)
    assert [body["authCode"] for body in world.alipay.sends_of(APPLY)] == [code, code]
    assert authorization(world).state is AuthorizationState.ACTIVE


def test_a_long_token_that_a_notification_brings_is_kept(world: World) -> None:
    world.kms = StrictKms(world.kms)
    world.alipay.will(CONSULT, PAGE)
    ask_consent(world)
    tell(world, authorizationNotifyType="TOKEN_CREATED", authState=STATE, accessToken="T" * 9_000)
    assert authorization(world).state is AuthorizationState.ACTIVE
    cancel_token(world, "T" * 9_000)
    assert authorization(world).state is AuthorizationState.REVOKED


@pytest.mark.parametrize(
    ("model", "body", "field"),
    [
        (PayRequest, pay_body(token="t" * 129), "paymentMethodId"),
        (RevokeRequest, {"accessToken": "t" * 129}, "accessToken"),
        (
            ApplyTokenRequest,
            {"grantType": "REFRESH_TOKEN", "customerBelongsTo": "GCASH", "refreshToken": "t" * 129},
            "refreshToken",
        ),
        (
            ApplyTokenRequest,
            {"grantType": "AUTHORIZATION_CODE", "customerBelongsTo": "GCASH", "authCode": "t" * 129},
            "authCode",
        ),
    ],
)
def test_callers_cannot_bring_a_token_or_code_longer_than_128(model: Any, body: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(body)
    assert field in str(caught.value.errors(include_input=False, include_url=False))


# --- long texts


LONG = {"extendInfo": json.dumps({"more": "x" * 450_000})}


def test_a_token_with_a_long_answer_is_kept_and_its_repeat_has_the_handles(world: World) -> None:
    world.alipay.will(APPLY, token_answer(**LONG))
    first = body_of(redirect(world))
    assert first["accessToken"] == grant_of(world).handle
    again = body_of(redirect(world))
    assert (again["accessToken"], again["refreshToken"]) == (first["accessToken"], grant_of(world).refresh_handle)
    assert again["result"]["resultStatus"] == "S"
    assert len(world.alipay.sends_of(APPLY)) == 1


def test_a_refused_code_with_a_long_message_is_closed(world: World) -> None:
    world.alipay.will(APPLY, answer("F", "INVALID_AUTHCODE", "x" * 450_000))
    assert result_of(redirect(world)) == (200, "F", "INVALID_AUTHCODE")
    assert auth_code(world).state.value == "FAILED"
    again = redirect(world)
    assert result_of(again) == (200, "F", "INVALID_AUTHCODE")
    assert len(again.text) < 2_000


def test_a_page_with_a_long_answer_is_repeated(world: World) -> None:
    world.alipay.will(CONSULT, answer("S", "SUCCESS", normalUrl="https://wallet.example.com", **LONG))
    ask_consent(world)
    assert body_of(ask_consent(world))["normalUrl"] == "https://wallet.example.com"
    assert len(world.alipay.sends_of(CONSULT)) == 1


def test_a_password_with_a_long_answer_is_sent_once(world: World) -> None:
    world.alipay.will(APPLY, token_answer())
    redirect(world)
    world.alipay.will(Operation.INIT_AUTHENTICATION, answer("S", "SUCCESS", authenticationRequestId="AUTHN-1", **LONG))
    send_password(world)
    assert authentication(world).state is AuthenticationState.SENT
    assert body_of(send_password(world))["authenticationRequestId"] == "AUTHN-1"
    assert len(world.alipay.sends_of(Operation.INIT_AUTHENTICATION)) == 1


def test_a_request_that_could_not_be_kept_beside_an_authorization_is_refused(world: World, refused) -> None:
    world.alipay.will(APPLY, token_answer())
    handle = body_of(redirect(world))["accessToken"]
    before = grant_of(world)
    long = "x" * 200_000
    ends = RevokeRequest.model_validate({"accessToken": handle, "extendInfo": long})
    renews = ApplyTokenRequest.model_validate(
        {
            "grantType": "REFRESH_TOKEN",
            "customerBelongsTo": "GCASH",
            "refreshToken": before.refresh_handle,
            "extendInfo": long,
        }
    )
    assert refused(lambda: revoke(ends, world.runtime())) == (400, "PARAM_ILLEGAL")
    assert refused(lambda: apply_token(renews, world.runtime())) == (400, "PARAM_ILLEGAL")
    assert grant_of(world) == before
    assert len(world.alipay.sent) == 1
