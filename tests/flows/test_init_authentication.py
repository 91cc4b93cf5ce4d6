"""init_authentication: one password for each id, whatever crashes or repeats, and the token behind the handle is what is sent."""

from dataclasses import replace

import pytest

from autodebit.domain.authentication_states import AuthenticationState
from autodebit.domain.authorization import GrantState
from autodebit.errors import StoreUnavailable
from autodebit.gateway.client import Operation, VerifiedResponse
from tests.contract.documents import document
from tests.flows.steps import (
    NEW_REFRESH,
    NEW_TOKEN,
    OTP,
    authentication,
    body_of,
    cancel_token,
    end_consent,
    grant_of,
    outage,
    poll,
    redirect,
    refresh,
    result_of,
    send_password,
    token_answer,
    type_password,
)
from tests.repository.samples import together
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.world import TOKEN, World

INIT, APPLY = Operation.INIT_AUTHENTICATION, Operation.APPLY_TOKEN
SENT = answer("S", "SUCCESS", "success", authenticationRequestId="AUTHN-1")
CODES = [(entry["status"], entry["code"]) for entry in document("init_authentication")["result_codes"]]
ASKED = {
    "authenticationType": "OTP",
    "authenticationRequestId": "AUTHN-1",
    "authenticationChannelType": "SMS",
    "userIdentityType": "WALLET_TOKEN",
}


@pytest.fixture
def handle(world: World) -> str:
    world.alipay.will(APPLY, token_answer())
    handle: str = body_of(redirect(world))["accessToken"]
    world.alipay.sent.clear()
    return handle


# --- what Alipay says


@pytest.mark.parametrize(("status", "code"), CODES, ids=[code for _, code in CODES])
def test_the_answer_to_the_only_send_is_passed_on_and_repeated(
    world: World, handle: str, status: str, code: str
) -> None:
    told = answer(status, code, "told", more="more")
    world.alipay.will(INIT, told)
    assert send_password(world, handle).text == told.text
    stored = authentication(world)
    expected = {"S": AuthenticationState.SENT, "F": AuthenticationState.FAILED, "U": AuthenticationState.INITIATED}
    assert (stored.state, stored.lease_until, stored.due_at) == (expected[status], 0, None)
    assert send_password(world, handle).text == told.text
    assert world.alipay.sends_of(INIT) == [{**ASKED, "userIdentityValue": TOKEN}] * (2 if status == "U" else 1)
    ends = GrantState.EXPIRED if code == "INVALID_ACCESS_TOKEN" else GrantState.ACTIVE
    assert grant_of(world).state is ends


@pytest.mark.parametrize(("status", "code"), CODES, ids=[code for _, code in CODES])
def test_after_a_lost_answer_an_f_leaves_the_first_password_good(
    world: World, handle: str, status: str, code: str
) -> None:
    told = answer(status, code, "told")
    world.alipay.will(INIT, no_answer("initAuthentication"), told)
    assert result_of(send_password(world, handle)) == (200, "U", "UNKNOWN_EXCEPTION")
    repeated = send_password(world, handle)
    if status == "F":
        assert result_of(repeated) == (200, "U", "UNKNOWN_EXCEPTION")
    else:
        assert repeated.text == told.text
    first, second = world.alipay.sends_of(INIT)
    assert first == second
    assert authentication(world).state is AuthenticationState("SENT" if status == "S" else "INITIATED")


SILENCES = {"lost": no_answer("initAuthentication"), "unsigned": unsigned("initAuthentication")}


@pytest.mark.parametrize("silence", SILENCES.values(), ids=SILENCES)
def test_what_was_not_answered_is_sent_again_by_a_repeat_and_by_no_poller(
    world: World, handle: str, silence: object
) -> None:
    world.alipay.will(INIT, silence, SENT)  # type: ignore[arg-type]
    assert result_of(send_password(world, handle)) == (200, "U", "UNKNOWN_EXCEPTION")
    world.clock.forward(60)
    poll(world, 2.5)
    assert len(world.alipay.sends_of(INIT)) == 1
    assert send_password(world, handle).text == SENT.text
    assert len(world.alipay.sends_of(INIT)) == 2


def test_a_sender_that_died_may_have_sent(world: World, handle: str) -> None:
    world.alipay.will(INIT, lambda _body: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        send_password(world, handle)
    assert result_of(send_password(world, handle)) == (200, "U", "UNKNOWN_EXCEPTION")
    world.clock.forward(27)
    world.alipay.will(INIT, answer("F", "USER_NOT_EXIST"))
    send_password(world, handle)
    assert authentication(world).state is AuthenticationState.INITIATED


def test_where_nothing_left_an_f_to_the_next_send_is_final(world: World, handle: str) -> None:
    world.alipay.will(INIT, not_reached("initAuthentication"), answer("F", "USER_NOT_EXIST"))
    assert result_of(send_password(world, handle)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert result_of(send_password(world, handle)) == (200, "F", "USER_NOT_EXIST")
    assert authentication(world).state is AuthenticationState.FAILED


# --- repeats


def test_of_ten_requests_at_once_one_password_is_sent(world: World, handle: str) -> None:
    world.alipay.will(INIT, SENT)
    replies = together(10, lambda _: result_of(send_password(world, handle)))
    assert len(world.alipay.sends_of(INIT)) == 1
    assert {status for _, status, _ in replies} <= {"S", "U"}


def test_a_repeat_while_the_first_is_under_way_is_u_without_a_call(world: World, handle: str) -> None:
    replies = []

    def meanwhile(_body: object) -> VerifiedResponse:
        replies.append(send_password(world, handle))
        return SENT

    world.alipay.will(INIT, meanwhile)
    send_password(world, handle)
    assert [result_of(reply) for reply in replies] == [(200, "U", "UNKNOWN_EXCEPTION")]


def test_a_repeat_by_the_token_instead_of_its_handle_is_the_same_request(world: World, handle: str) -> None:
    world.alipay.will(INIT, SENT)
    assert send_password(world, handle) == send_password(world, TOKEN)
    assert len(world.alipay.sends_of(INIT)) == 1


def test_another_channel_or_customer_under_the_same_id_is_refused(world: World, handle: str, refused) -> None:
    world.alipay.will(INIT, SENT)
    send_password(world, handle)
    other = {"authenticationChannelType": "EMAIL"}
    assert refused(lambda: send_password(world, handle, **other)) == (409, "REPEAT_REQ_INCONSISTENT")
    assert refused(lambda: send_password(world, "token-of-another")) == (409, "REPEAT_REQ_INCONSISTENT")
    assert len(world.alipay.sends_of(INIT)) == 1


def test_a_repeat_after_a_pass_whose_sending_was_never_answered_is_s(world: World, handle: str) -> None:
    world.alipay.will(INIT, no_answer("initAuthentication"))
    send_password(world, handle)
    world.alipay.will(Operation.VERIFY_AUTHENTICATION, answer("S", "SUCCESS", isPassed=True))
    type_password(world)
    reply = send_password(world, handle)
    assert result_of(reply) == (200, "S", "SUCCESS")
    assert body_of(reply)["authenticationRequestId"] == "AUTHN-1"
    assert len(world.alipay.sends_of(INIT)) == 1


# --- the token


def test_the_newest_token_is_sent_and_a_repeat_is_the_very_same_request(world: World, handle: str) -> None:
    world.alipay.will(APPLY, token_answer(NEW_TOKEN, NEW_REFRESH), token_answer("third" + NEW_TOKEN, NEW_REFRESH))
    refresh(world, grant_of(world).refresh_handle)
    world.alipay.will(INIT, no_answer("initAuthentication"), SENT)
    send_password(world, handle)
    refresh(world, grant_of(world).refresh_handle)
    send_password(world, handle)
    assert [body["userIdentityValue"] for body in world.alipay.sends_of(INIT)] == [NEW_TOKEN, NEW_TOKEN]


def test_a_token_that_a_merchant_brings_along_is_vaulted(world: World) -> None:
    world.alipay.will(INIT, answer("S", "SUCCESS", f"sent to {TOKEN}"))
    reply = send_password(world)
    assert world.alipay.sends_of(INIT)[0]["userIdentityValue"] == TOKEN
    assert TOKEN not in reply.text + world.all_text()


@pytest.mark.parametrize("text", ["tok_" + "0" * 32, "rtk_" + "0" * 32])
def test_what_is_no_handle_of_an_access_token_is_refused_and_never_sent(world: World, text: str, refused) -> None:
    assert refused(lambda: send_password(world, text)) == (400, "PARAM_ILLEGAL")
    assert world.alipay.sent == []


@pytest.mark.parametrize("end", ["cancelled", "being revoked"])
def test_no_password_is_sent_for_an_authorization_that_has_ended(world: World, handle: str, end: str, refused) -> None:
    if end == "cancelled":
        cancel_token(world)
    else:
        world.alipay.will(Operation.REVOKE, no_answer("revoke"))
        end_consent(world, handle)
    assert refused(lambda: send_password(world, handle)) == (409, "INVALID_ACCESS_TOKEN")
    assert world.alipay.sends_of(INIT) == []


def test_a_dead_token_that_is_not_the_newest_ends_nothing(world: World, handle: str) -> None:
    def meanwhile(_body: object) -> VerifiedResponse:
        world.alipay.will(APPLY, token_answer(NEW_TOKEN, NEW_REFRESH))
        refresh(world, grant_of(world).refresh_handle)
        return answer("F", "INVALID_ACCESS_TOKEN")

    world.alipay.will(INIT, meanwhile)
    send_password(world, handle)
    assert grant_of(world).state is GrantState.ACTIVE


def test_without_handles_the_answer_is_alipays_own(world: World) -> None:
    world.settings = replace(world.settings, tokens_as_handles=False)
    told = answer("S", "SUCCESS", f"sent to {TOKEN}")
    world.alipay.will(INIT, told)
    assert send_password(world).text == told.text
    assert TOKEN not in world.all_text()


# --- trouble


def test_with_the_store_down_nothing_is_sent(world: World, handle: str) -> None:
    outage(world).on = True
    with pytest.raises(StoreUnavailable):
        send_password(world, handle)
    assert world.alipay.sent == []


def test_with_too_little_time_nothing_is_sent(world: World, handle: str) -> None:
    assert result_of(send_password(world, handle, seconds=14.9)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert world.repository.authentications.find("AUTHN-1") is None


def test_an_answer_that_cannot_be_stored_is_told_and_a_repeat_sends_the_same_again(world: World, handle: str) -> None:
    store = outage(world)

    def and_then_the_store_is_gone(_body: object) -> VerifiedResponse:
        store.on = True
        return SENT

    world.alipay.will(INIT, and_then_the_store_is_gone, SENT)
    assert send_password(world, handle).text == SENT.text
    store.on = False
    world.clock.forward(27)
    assert send_password(world, handle).text == SENT.text
    first, second = world.alipay.sends_of(INIT)
    assert first == second


def test_what_is_stored_names_the_handle_only(world: World, handle: str) -> None:
    world.alipay.will(INIT, SENT)
    send_password(world, handle)
    assert handle in authentication(world).body
    assert not [secret for secret in (TOKEN, OTP) if secret in world.all_text()]
