"""revoke: written ahead, repeated until the newest token is dead, and nothing that comes later lives on."""

import json

import pytest

from autodebit.domain.authorization import GrantState
from autodebit.errors import RequestRejected, StoreUnavailable
from autodebit.gateway.client import Operation, VerifiedResponse
from tests.contract.documents import document
from tests.flows.conftest import Logged
from tests.flows.revoke_steps import AS_BEFORE, DONE, ENDED, LONG_ENOUGH, WANTED, standing
from tests.flows.steps import (
    NEW_REFRESH,
    authorization,
    cancel_token,
    end_consent,
    grant_of,
    outage,
    paid,
    poll,
    refresh,
    result_of,
    send,
    store_gone_after,
)
from tests.repository.samples import together
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.world import TOKEN, World

REVOKE, APPLY = Operation.REVOKE, Operation.APPLY_TOKEN
DEAD_ALREADY = answer("F", "INVALID_ACCESS_TOKEN", "The access token is expired, revoked, or does not exist.")
CODES = [(entry["status"], entry["code"]) for entry in document("revoke")["result_codes"]]
SILENCES = {"lost": no_answer("revoke"), "unsigned": unsigned("revoke"), "crash": None}


def due_by(world: World) -> int:
    due_at = grant_of(world).due_at
    assert due_at is not None
    return due_at - world.clock.now()


# --- what Alipay says


@pytest.mark.parametrize(("status", "code"), CODES, ids=[code for _, code in CODES])
def test_the_answer_to_the_only_send_is_passed_on_and_kept(world: World, handle: str, status: str, code: str) -> None:
    told = answer(status, code, "told", extendInfo="more")
    world.alipay.will(REVOKE, told)
    before = grant_of(world).due_at
    assert end_consent(world, handle).text == told.text
    if status == "S" or code == "INVALID_ACCESS_TOKEN":
        assert standing(world) == ENDED
        assert grant_of(world).due_at is None
    elif status == "F":
        assert standing(world) == AS_BEFORE
        assert grant_of(world).due_at == before
    else:
        assert standing(world) == WANTED
        assert due_by(world) == 2_000
    assert world.alipay.sends_of(REVOKE) == [{"accessToken": TOKEN}]
    assert world.anomalies() == []


@pytest.mark.parametrize(("status", "code"), CODES, ids=[code for _, code in CODES])
def test_after_a_send_that_may_have_been_acted_on_an_f_settles_nothing(
    world: World, handle: str, status: str, code: str
) -> None:
    world.alipay.will(REVOKE, no_answer("revoke"), answer(status, code, "told"))
    assert result_of(end_consent(world, handle)) == (200, "U", "UNKNOWN_EXCEPTION")
    reply = end_consent(world, handle)
    if status == "S" or code == "INVALID_ACCESS_TOKEN":
        assert result_of(reply) == (200, "S", "SUCCESS")
        assert standing(world) == ENDED
    else:
        assert result_of(reply) == (200, "U", code if status == "U" else "UNKNOWN_EXCEPTION")
        assert standing(world) == WANTED
        assert due_by(world) == 3_000
    first, second = world.alipay.sends_of(REVOKE)
    assert first == second


def lose_the_answer(world: World, handle: str, silence: object) -> None:
    if silence is None:
        world.alipay.will(REVOKE, lambda _body: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            end_consent(world, handle, merchantAccountId="SHOP-7")
        world.clock.forward(26)
    else:
        world.alipay.will(REVOKE, silence)  # type: ignore[arg-type]
        assert result_of(end_consent(world, handle, merchantAccountId="SHOP-7")) == (200, "U", "UNKNOWN_EXCEPTION")
        world.clock.forward(3)


@pytest.mark.parametrize("silence", SILENCES.values(), ids=SILENCES)
def test_a_poller_repeats_what_was_not_answered(world: World, handle: str, silence: object) -> None:
    lose_the_answer(world, handle, silence)
    assert standing(world) == WANTED
    world.alipay.will(REVOKE, answer("U", "REQUEST_TRAFFIC_EXCEED_LIMIT"), answer("F", "ACCESS_DENIED"), DEAD_ALREADY)
    for _ in range(3):
        poll(world, LONG_ENOUGH)
        world.clock.forward(3_600)
    assert standing(world) == ENDED
    assert world.alipay.sends_of(REVOKE) == [{"merchantAccountId": "SHOP-7", "accessToken": TOKEN}] * 4
    assert result_of(end_consent(world, handle)) == (200, "S", "SUCCESS")
    poll(world, LONG_ENOUGH)
    assert len(world.alipay.sends_of(REVOKE)) == 4


def test_where_nothing_left_the_revoke_stays_wanted_and_the_next_f_is_the_answer_to_the_first_send(
    world: World, handle: str
) -> None:
    refused = answer("F", "OAUTH_FAILED", "no")
    world.alipay.will(REVOKE, not_reached("revoke"), refused)
    assert result_of(end_consent(world, handle)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert standing(world) == WANTED
    assert end_consent(world, handle).text == refused.text
    assert standing(world) == AS_BEFORE


def test_a_revoke_that_stays_open_is_told_and_stays_due(world: World, handle: str, logged: Logged) -> None:
    world.alipay.will(REVOKE, no_answer("revoke"))
    end_consent(world, handle)
    for _ in range(20):
        world.clock.forward(3_600)
        poll(world, LONG_ENOUGH)
    assert "revoke still open" in logged()
    assert '"PollsExhausted"' in logged()
    assert due_by(world) <= 3_600_000
    assert standing(world) == WANTED


# --- repeats


def test_a_repeat_while_the_first_is_under_way_is_u_without_a_call(world: World, handle: str) -> None:
    replies = []

    def meanwhile(_body: object) -> VerifiedResponse:
        replies.append(end_consent(world, handle))
        return DONE

    world.alipay.will(REVOKE, meanwhile)
    end_consent(world, handle)
    assert [result_of(reply) for reply in replies] == [(200, "U", "UNKNOWN_EXCEPTION")]
    assert len(world.alipay.sends_of(REVOKE)) == 1


def test_a_revoke_of_what_is_revoked_is_done_without_a_call(world: World, handle: str) -> None:
    world.alipay.will(REVOKE, DONE)
    end_consent(world, handle)
    for by in (handle, TOKEN):
        assert result_of(end_consent(world, by)) == (200, "S", "SUCCESS")
    assert len(world.alipay.sends_of(REVOKE)) == 1


def test_a_revoke_after_one_that_was_refused_is_a_new_one(world: World, handle: str) -> None:
    refused = answer("F", "PROCESS_FAIL", "no")
    world.alipay.will(REVOKE, refused)
    assert [end_consent(world, handle).text for _ in range(2)] == [refused.text] * 2
    assert len(world.alipay.sends_of(REVOKE)) == 2


def test_of_ten_revokes_at_once_one_is_sent(world: World, handle: str) -> None:
    world.alipay.will(REVOKE, DONE)
    replies = together(10, lambda _: result_of(end_consent(world, handle)))
    assert len(world.alipay.sends_of(REVOKE)) == 1
    assert {status for _, status, _ in replies} <= {"S", "U"}
    assert standing(world) == ENDED


# --- what may be done with it meanwhile


def test_nobody_pays_with_what_is_being_revoked(world: World, handle: str, refused) -> None:
    world.alipay.will(REVOKE, no_answer("revoke"))
    end_consent(world, handle)
    assert refused(lambda: send(world, token=handle)) == (409, "INVALID_ACCESS_TOKEN")
    assert refused(lambda: refresh(world, grant_of(world).refresh_handle)) == (409, "INVALID_REFRESH_TOKEN")
    assert world.alipay.sends_of(Operation.PAY) + world.alipay.sends_of(APPLY) == []


def test_the_refusal_says_that_it_is_being_revoked(world: World, handle: str) -> None:
    world.alipay.will(REVOKE, no_answer("revoke"))
    end_consent(world, handle)
    with pytest.raises(RequestRejected) as caught:
        send(world, token=handle)
    assert "being revoked" in caught.value.message


def test_a_payment_that_is_open_is_repeated_with_its_own_token_all_the_same(world: World, handle: str) -> None:
    world.alipay.will(Operation.PAY, no_answer(), paid())
    send(world, token=handle)
    world.alipay.will(REVOKE, DONE)
    end_consent(world, handle)
    world.clock.forward(1)
    assert result_of(send(world, token=handle)) == (200, "S", "SUCCESS")


def test_a_cancellation_that_follows_our_own_revoke_changes_nothing(world: World, handle: str) -> None:
    world.alipay.will(REVOKE, DONE)
    end_consent(world, handle)
    before = grant_of(world), authorization(world)
    cancel_token(world)
    assert (grant_of(world), authorization(world)) == before
    assert world.anomalies() == []


def test_a_cancellation_finishes_a_revoke_whose_answer_was_lost(world: World, handle: str) -> None:
    world.alipay.will(REVOKE, no_answer("revoke"))
    end_consent(world, handle)
    cancel_token(world)
    assert standing(world) == ENDED
    world.clock.forward(60)
    poll(world, LONG_ENOUGH)
    assert len(world.alipay.sends_of(REVOKE)) == 1


# --- what names the authorization


def test_a_token_that_a_merchant_brings_along_is_vaulted_and_revoked(world: World) -> None:
    world.alipay.will(REVOKE, no_answer("revoke"), DONE)
    end_consent(world)
    assert grant_of(world).revocation is not None
    assert TOKEN not in world.all_text()
    world.clock.forward(3)
    poll(world, LONG_ENOUGH)
    assert grant_of(world).state is GrantState.REVOKED


@pytest.mark.parametrize("text", ["tok_" + "0" * 32, "rtk_" + "0" * 32])
def test_what_is_no_handle_of_an_access_token_is_refused_and_never_sent(world: World, text: str, refused) -> None:
    assert refused(lambda: end_consent(world, text)) == (400, "PARAM_ILLEGAL")
    assert world.alipay.sent == []


def test_a_refresh_token_alone_cannot_be_revoked(world: World, refused) -> None:
    world.alipay.will(APPLY, answer("F", "PROCESS_FAIL"))
    refresh(world, NEW_REFRESH)
    assert refused(lambda: end_consent(world, NEW_REFRESH)) == (400, "PARAM_ILLEGAL")
    assert world.alipay.sends_of(REVOKE) == []


# --- trouble


def test_with_the_store_down_nothing_is_sent(world: World, handle: str) -> None:
    outage(world).on = True
    with pytest.raises(StoreUnavailable):
        end_consent(world, handle)
    assert world.alipay.sent == []


def test_with_too_little_time_nothing_is_sent_and_nothing_stored(world: World, handle: str) -> None:
    before = grant_of(world)
    assert result_of(end_consent(world, handle, seconds=14.9)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert grant_of(world) == before


def test_a_revoke_that_cannot_be_recorded_is_repeated_by_the_poller(world: World, handle: str) -> None:
    store, and_then_the_store_is_gone = store_gone_after(world, DONE)
    world.alipay.will(REVOKE, and_then_the_store_is_gone, DEAD_ALREADY)
    assert result_of(end_consent(world, handle)) == (200, "S", "SUCCESS")
    store.on = False
    assert standing(world) == WANTED
    world.clock.forward(30)
    poll(world, LONG_ENOUGH)
    assert standing(world) == ENDED


def test_nothing_secret_is_kept_or_told(world: World, handle: str) -> None:
    world.alipay.will(REVOKE, answer("S", "SUCCESS", f"revoked {TOKEN}", extendInfo=json.dumps({"t": TOKEN})))
    reply = end_consent(world, handle)
    assert TOKEN not in reply.text + world.all_text()
