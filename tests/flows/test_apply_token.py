"""apply_token with an authorization code: exchanged once, whoever brings it first, and the caller holds handles."""

import json
import threading
from dataclasses import replace

import pytest

from autodebit.domain.authorization import CodeState
from autodebit.domain.authorization_states import AuthorizationState
from autodebit.errors import StoreUnavailable
from autodebit.gateway.client import Operation
from tests.flows.steps import (
    CODE,
    NEW_REFRESH,
    NEW_TOKEN,
    REFRESH,
    auth_code,
    authorization,
    body_of,
    bring_code,
    grant_of,
    open_consent_page,
    outage,
    poll,
    redirect,
    refresh,
    result_of,
    store_gone_after,
    token_answer,
)
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.world import TOKEN, World

APPLY = Operation.APPLY_TOKEN
LONG_ENOUGH = 2.5
REFUSED_CODE = answer("F", "INVALID_AUTHCODE", "no")
LOST = "the answer to applyToken was lost after Alipay may have acted, and the code is refused now"


@pytest.fixture(autouse=True)
def consulted(world: World) -> None:
    open_consent_page(world)


def test_the_caller_gets_handles_and_nothing_is_stored_in_clear(world: World) -> None:
    extra = json.dumps({"token": TOKEN})
    world.alipay.will(APPLY, token_answer(userLoginId="a***@b.c", extendInfo=extra))
    reply = redirect(world)
    body = body_of(reply)
    assert result_of(reply) == (200, "S", "SUCCESS")
    assert body["accessToken"] == grant_of(world).handle
    assert body["accessToken"].startswith("tok_")
    assert len(body["accessToken"]) == len("tok_") + 32
    assert body["refreshToken"] == grant_of(world).refresh_handle
    assert body["userLoginId"] == "a***@b.c"
    assert json.loads(body["extendInfo"]) == {"token": body["accessToken"]}
    assert not [secret for secret in (TOKEN, REFRESH, CODE) if secret in reply.text + world.all_text()]


def test_redirect_first_then_notification(world: World) -> None:
    world.alipay.will(APPLY, token_answer())
    handle = body_of(redirect(world))["accessToken"]
    assert authorization(world).state is AuthorizationState.CONSULTED
    bring_code(world)
    assert (authorization(world).state, authorization(world).grant) == (AuthorizationState.ACTIVE, handle)
    assert grant_of(world).auth_state == "STATE_20240701_000123_1"
    assert len(world.alipay.sends_of(APPLY)) == 1


def test_notification_first_then_redirect(world: World) -> None:
    world.alipay.will(APPLY, token_answer())
    bring_code(world)
    assert authorization(world).state is AuthorizationState.ACTIVE
    body = body_of(redirect(world))
    assert body["accessToken"] == authorization(world).grant
    assert len(world.alipay.sends_of(APPLY)) == 1


def test_both_at_once_and_the_loser_waits_five_seconds(world: World) -> None:
    replies, waited = [], []

    def meanwhile(_body: object):
        began = world.clock.now()
        replies.append(redirect(world))
        waited.append(world.clock.now() - began)
        return token_answer()

    world.alipay.will(APPLY, meanwhile)
    bring_code(world)
    assert [result_of(reply) for reply in replies] == [(200, "U", "AUTH_IN_PROCESS")]
    assert 5_000 <= waited[0] < 5_300
    assert authorization(world).state is AuthorizationState.ACTIVE
    assert len(world.alipay.sends_of(APPLY)) == 1


def test_the_loser_gets_the_handle_as_soon_as_the_winner_has_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    replies = []
    let_go = threading.Event()

    def slowly(_body: object):
        loser.start()
        assert let_go.wait(10)
        return token_answer()

    def sleep(milliseconds: int) -> None:
        world.clock.time += milliseconds
        let_go.set()
        winner.join(10)

    monkeypatch.setattr(world.clock, "sleep", sleep)
    world.alipay.will(APPLY, slowly)
    loser = threading.Thread(target=lambda: replies.append(redirect(world)))
    winner = threading.Thread(target=bring_code, args=(world,))
    winner.start()
    winner.join(20)
    loser.join(20)
    assert [body_of(reply)["accessToken"] for reply in replies] == [grant_of(world).handle]
    assert len(world.alipay.sends_of(APPLY)) == 1


def test_the_loser_does_not_send_with_too_little_time_left(world: World) -> None:
    """The winner's lease runs out while the loser waits: an answer could no longer be recorded."""
    claim = world.repository.codes.claim_code(CODE, "{}", "GCASH", world.clock.now(), 3_000)
    assert claim.mine
    assert result_of(redirect(world, seconds=17)) == (200, "U", "AUTH_IN_PROCESS")
    assert world.alipay.sends_of(APPLY) == []


def test_a_repeat_is_the_same_answer_without_a_call(world: World) -> None:
    world.alipay.will(APPLY, token_answer())
    assert redirect(world) == redirect(world)
    assert len(world.alipay.sends_of(APPLY)) == 1


def test_f_is_final_and_repeated(world: World) -> None:
    world.alipay.will(APPLY, REFUSED_CODE)
    bring_code(world)
    assert authorization(world).state is AuthorizationState.FAILED
    assert authorization(world).result_code == "INVALID_AUTHCODE"
    assert result_of(redirect(world)) == (200, "F", "INVALID_AUTHCODE")
    assert len(world.alipay.sends_of(APPLY)) == 1
    assert world.anomalies() == []


@pytest.mark.parametrize("lost", [no_answer("applyToken"), unsigned("applyToken")], ids=["lost", "unsigned"])
def test_a_lost_answer_and_then_invalid_authcode_fails_with_the_reason(world: World, lost) -> None:
    world.alipay.will(APPLY, lost, REFUSED_CODE)
    bring_code(world)
    assert authorization(world).state is AuthorizationState.CODE_RECEIVED
    assert auth_code(world).due_at is not None
    assert result_of(redirect(world)) == (200, "F", "INVALID_AUTHCODE")
    assert authorization(world).state is AuthorizationState.FAILED
    assert world.anomalies() == [LOST]


def test_where_nothing_left_a_refusal_is_no_anomaly(world: World) -> None:
    world.alipay.will(APPLY, not_reached("applyToken"), REFUSED_CODE)
    assert result_of(redirect(world)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert result_of(redirect(world)) == (200, "F", "INVALID_AUTHCODE")
    assert world.anomalies() == []


def test_an_exchange_whose_sender_died_counts_as_lost(world: World) -> None:
    world.alipay.will(APPLY, lambda _body: 1 // 0, REFUSED_CODE)
    with pytest.raises(ZeroDivisionError):
        redirect(world)
    world.clock.forward(26)
    redirect(world)
    assert world.anomalies() == [LOST]


def test_u_is_passed_on_and_a_poll_gets_the_token(world: World) -> None:
    world.alipay.will(APPLY, answer("U", "AUTH_IN_PROCESS", "wait"), token_answer())
    assert result_of(redirect(world)) == (200, "U", "AUTH_IN_PROCESS")
    world.clock.forward(2)
    poll(world, LONG_ENOUGH)
    first, second = world.alipay.sends_of(APPLY)
    assert first == second
    assert auth_code(world).state is CodeState.EXCHANGED
    assert body_of(redirect(world))["accessToken"] == grant_of(world).handle
    assert len(world.alipay.sends_of(APPLY)) == 2


def test_s_without_a_token_is_no_token(world: World) -> None:
    world.alipay.will(APPLY, answer("S", "SUCCESS"), token_answer())
    assert result_of(redirect(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    assert auth_code(world).state is CodeState.WAITING
    assert result_of(redirect(world)) == (200, "S", "SUCCESS")


def test_a_code_that_nobody_answers_is_given_up_after_a_day(world: World) -> None:
    world.alipay.will(APPLY, no_answer("applyToken"))
    bring_code(world)
    world.clock.forward(86_400)
    poll(world, LONG_ENOUGH)
    assert authorization(world).state is AuthorizationState.FAILED
    assert world.anomalies() == ["an authorization code was never answered"]
    assert result_of(redirect(world)) == (200, "F", "INVALID_AUTHCODE")
    assert len(world.alipay.sends_of(APPLY)) == 1


def test_another_wallet_is_refused_and_leaves_the_code_as_it_was(world: World, refused) -> None:
    world.settings = replace(world.settings, exchange_auth_codes=False)
    bring_code(world)
    before = auth_code(world)
    assert refused(lambda: redirect(world, wallet="DANA")) == (409, "REPEAT_REQ_INCONSISTENT")
    assert auth_code(world) == before
    assert world.alipay.sends_of(APPLY) == []


def test_another_wallet_is_refused_after_the_exchange_too(world: World, refused) -> None:
    world.alipay.will(APPLY, token_answer())
    redirect(world)
    assert refused(lambda: redirect(world, wallet="DANA")) == (409, "REPEAT_REQ_INCONSISTENT")


def test_without_the_vault_callers_get_and_repeat_raw_tokens(world: World) -> None:
    world.settings = replace(world.settings, tokens_as_handles=False)
    told = token_answer()
    world.alipay.will(APPLY, told, token_answer(NEW_TOKEN, NEW_REFRESH))
    assert redirect(world).text == told.text
    assert body_of(redirect(world)) == told.data
    assert body_of(refresh(world, REFRESH))["accessToken"] == NEW_TOKEN
    assert TOKEN not in world.all_text()


def test_a_token_that_cannot_be_stored_is_never_given_out(world: World) -> None:
    store, and_then_the_store_is_gone = store_gone_after(world, token_answer())
    world.alipay.will(APPLY, and_then_the_store_is_gone)
    reply = redirect(world)
    assert result_of(reply) == (200, "U", "AUTH_IN_PROCESS")
    assert TOKEN not in reply.text
    store.on = False
    assert auth_code(world).due_at is not None


def test_with_the_store_down_nothing_is_sent(world: World) -> None:
    outage(world).on = True
    with pytest.raises(StoreUnavailable):
        redirect(world)
    assert world.alipay.sends_of(APPLY) == []


def test_with_too_little_time_nothing_is_sent(world: World) -> None:
    assert result_of(redirect(world, seconds=14.9)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert world.alipay.sends_of(APPLY) == []


def test_the_very_token_that_a_wallet_issued_before_keeps_its_handle(world: World) -> None:
    world.alipay.will(APPLY, token_answer())
    first = body_of(redirect(world))
    second = body_of(redirect(world, code="another" + CODE))
    assert second["accessToken"] == first["accessToken"]
