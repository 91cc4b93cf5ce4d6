"""verify_authentication: Alipay is asked each time; S alone is no pass; what was typed is kept nowhere."""

import pytest

from autodebit.domain.authentication_states import AuthenticationState
from autodebit.domain.authorization import GrantState
from autodebit.errors import StoreUnavailable
from autodebit.gateway.client import Operation, VerifiedResponse
from tests.contract.documents import document
from tests.flows.conftest import Logged
from tests.flows.steps import (
    OTP,
    authentication,
    body_of,
    grant_of,
    outage,
    redirect,
    result_of,
    send_password,
    store_gone_after,
    token_answer,
    type_password,
)
from tests.repository.samples import together
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.world import World

VERIFY = Operation.VERIFY_AUTHENTICATION
PASSED = answer("S", "SUCCESS", "success", isPassed=True)
WRONG = answer("S", "SUCCESS", "success", isPassed=False)
CODES = [(entry["status"], entry["code"]) for entry in document("verify_authentication")["result_codes"]]
USELESS = ("INVALID_ACCESS_TOKEN", "USER_NOT_EXIST", "USER_STATUS_ABNORMAL")


@pytest.fixture(autouse=True)
def password(world: World) -> None:
    """A customer has a password."""
    world.alipay.will(Operation.APPLY_TOKEN, token_answer())
    world.alipay.will(Operation.INIT_AUTHENTICATION, answer("S", "SUCCESS"))
    send_password(world, body_of(redirect(world))["accessToken"])
    world.alipay.sent.clear()


def standing(world: World) -> tuple[AuthenticationState, int]:
    stored = authentication(world)
    return stored.state, stored.wrong_tries


VERDICTS = {
    "true": ({"isPassed": True}, AuthenticationState.PASSED),
    "quoted true": ({"isPassed": "true"}, AuthenticationState.PASSED),
    "false": ({"isPassed": False}, AuthenticationState.SENT),
    "quoted false": ({"isPassed": "false"}, AuthenticationState.SENT),
    "absent": ({}, AuthenticationState.SENT),
    "null": ({"isPassed": None}, AuthenticationState.SENT),
    "unreadable": ({"isPassed": "perhaps"}, AuthenticationState.SENT),
}


@pytest.mark.parametrize(("fields", "state"), VERDICTS.values(), ids=VERDICTS)
def test_only_is_passed_true_is_a_pass(world: World, fields: dict, state: AuthenticationState) -> None:
    told = answer("S", "SUCCESS", "success", **fields)
    world.alipay.will(VERIFY, told)
    assert type_password(world).text == told.text
    assert standing(world) == (state, 0 if state is AuthenticationState.PASSED else 1)
    assert world.alipay.sends_of(VERIFY) == [
        {"authenticationType": "OTP", "authenticationRequestId": "AUTHN-1", "authenticationValue": OTP}
    ]


@pytest.mark.parametrize(("status", "code"), CODES, ids=[code for _, code in CODES])
def test_an_answer_is_passed_on_and_ends_it_only_where_no_try_can_pass_any_more(
    world: World, status: str, code: str, refused
) -> None:
    told = answer(status, code, "told")
    world.alipay.will(VERIFY, told, PASSED)
    assert type_password(world).text == told.text
    if code in USELESS:
        assert authentication(world).state is AuthenticationState.FAILED
        assert refused(lambda: type_password(world)) == (409, "ORDER_STATUS_INVALID")
    else:
        assert standing(world) == (AuthenticationState.SENT, 1 if status == "S" else 0)
        assert type_password(world).text == PASSED.text
        assert authentication(world).state is AuthenticationState.PASSED
    ends = GrantState.EXPIRED if code == "INVALID_ACCESS_TOKEN" else GrantState.ACTIVE
    assert grant_of(world).state is ends


SILENCES = {
    "lost": (no_answer("verifyAuthentication"), 200),
    "unsigned": (unsigned("verifyAuthentication"), 200),
    "nothing left": (not_reached("verifyAuthentication"), 503),
}


@pytest.mark.parametrize(("silence", "http_status"), SILENCES.values(), ids=SILENCES)
def test_without_an_answer_nothing_is_known_and_a_repeat_asks_again(
    world: World, silence: object, http_status: int
) -> None:
    world.alipay.will(VERIFY, silence, PASSED)  # type: ignore[arg-type]
    assert result_of(type_password(world)) == (http_status, "U", "UNKNOWN_EXCEPTION")
    assert standing(world) == (AuthenticationState.SENT, 0)
    assert type_password(world).text == PASSED.text
    first, second = world.alipay.sends_of(VERIFY)
    assert first == second


def test_wrong_tries_are_counted_and_the_right_one_passes(world: World) -> None:
    world.alipay.will(VERIFY, WRONG, WRONG, PASSED)
    for typed in ("111111", "222222", OTP):
        type_password(world, typed)
    assert standing(world) == (AuthenticationState.PASSED, 2)


def test_wrong_tries_that_race_are_all_counted(world: World) -> None:
    world.alipay.will(VERIFY, WRONG)
    together(6, lambda number: type_password(world, f"11111{number}"))
    assert standing(world) == (AuthenticationState.SENT, 6)


def test_a_pass_is_never_replayed_to_whatever_is_typed_next(world: World) -> None:
    world.alipay.will(VERIFY, PASSED, WRONG, answer("F", "USER_STATUS_ABNORMAL"))
    type_password(world)
    assert type_password(world, "000000").text == WRONG.text
    type_password(world)
    assert standing(world) == (AuthenticationState.PASSED, 0)


def test_a_password_whose_sending_was_never_answered_can_be_typed(world: World) -> None:
    world.alipay.will(Operation.INIT_AUTHENTICATION, no_answer("initAuthentication"))
    send_password(world, authenticationRequestId="AUTHN-2")
    world.alipay.will(VERIFY, WRONG, PASSED)
    type_password(world, "111111", identity="AUTHN-2")
    assert authentication(world, "AUTHN-2").state is AuthenticationState.SENT
    type_password(world, identity="AUTHN-2")
    assert authentication(world, "AUTHN-2").state is AuthenticationState.PASSED


def test_an_id_that_is_not_known_is_refused_and_never_sent(world: World, refused) -> None:
    assert refused(lambda: type_password(world, identity="AUTHN-9")) == (400, "PARAM_ILLEGAL")
    assert world.alipay.sent == []


def test_where_no_password_was_sent_none_is_checked(world: World, refused) -> None:
    world.alipay.will(Operation.INIT_AUTHENTICATION, answer("F", "PROCESS_FAIL"))
    send_password(world, authenticationRequestId="AUTHN-2")
    assert refused(lambda: type_password(world, identity="AUTHN-2")) == (409, "ORDER_STATUS_INVALID")
    assert world.alipay.sends_of(VERIFY) == []


def test_a_pass_after_the_end_is_an_anomaly_and_not_applied(world: World, logged: Logged) -> None:
    def meanwhile(_body: object) -> VerifiedResponse:
        world.alipay.will(VERIFY, answer("F", "USER_NOT_EXIST"))
        type_password(world)
        return PASSED

    world.alipay.will(VERIFY, meanwhile)
    type_password(world)
    assert authentication(world).state is AuthenticationState.FAILED
    assert world.anomalies() == ["an authentication that had failed was passed"]
    assert '"Anomalies"' in logged()


def test_what_is_typed_is_kept_nowhere(world: World, logged: Logged) -> None:
    echoes = answer("F", "PROCESS_FAIL", f"wrong password {OTP}")
    world.alipay.will(VERIFY, echoes, answer("S", "SUCCESS", f"{OTP} is right", isPassed=True))
    type_password(world)
    type_password(world)
    assert authentication(world).state is AuthenticationState.PASSED
    assert OTP not in world.all_text() + logged()


def test_with_the_store_down_nothing_is_sent(world: World) -> None:
    outage(world).on = True
    with pytest.raises(StoreUnavailable):
        type_password(world)
    assert world.alipay.sent == []


def test_a_pass_that_cannot_be_stored_is_told_all_the_same(world: World) -> None:
    _store, and_then_the_store_is_gone = store_gone_after(world, PASSED)
    world.alipay.will(VERIFY, and_then_the_store_is_gone)
    assert type_password(world).text == PASSED.text


def test_with_too_little_time_nothing_is_sent(world: World) -> None:
    assert result_of(type_password(world, seconds=14.9)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert world.alipay.sent == []
