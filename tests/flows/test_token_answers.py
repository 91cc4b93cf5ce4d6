"""F is told as final only once it is stored, and 503 is not said of what an earlier send may have done."""

from collections.abc import Callable

import pytest

from autodebit.domain.authentication_states import AuthenticationState
from autodebit.domain.authorization import CodeState, GrantState
from autodebit.domain.authorization_states import AuthorizationState
from autodebit.gateway.client import Operation, VerifiedResponse
from autodebit.responses import Response
from tests.flows.steps import (
    CODE,
    NEW_REFRESH,
    NEW_TOKEN,
    ask_consent,
    auth_code,
    authentication,
    authorization,
    body_of,
    cancel_token,
    end_consent,
    grant_of,
    poll,
    redirect,
    refresh,
    result_of,
    send_password,
    store_gone_after,
    token_answer,
    type_password,
)
from tests.support.alipay import answer, no_answer, not_reached
from tests.support.world import World

APPLY, REVOKE = Operation.APPLY_TOKEN, Operation.REVOKE
INIT, VERIFY, CONSULT = Operation.INIT_AUTHENTICATION, Operation.VERIFY_AUTHENTICATION, Operation.CONSULT
DONE = answer("S", "SUCCESS", "Success")
DEAD = answer("F", "INVALID_ACCESS_TOKEN", "dead")
RENEWED = token_answer(NEW_TOKEN, NEW_REFRESH)
UNKNOWN = (200, "U", "UNKNOWN_EXCEPTION")
IN_PROCESS = (200, "U", "AUTH_IN_PROCESS")
LONG_ENOUGH = 2.5


@pytest.fixture
def handle(world: World) -> str:
    """The handle of a customer who has agreed."""
    world.alipay.will(APPLY, token_answer())
    handle: str = body_of(redirect(world))["accessToken"]
    world.alipay.sent.clear()
    return handle


# --- told but not stored


def test_a_refused_code_that_cannot_be_stored_is_not_told_as_final(world: World) -> None:
    store, script = store_gone_after(world, answer("F", "PROCESS_FAIL", "no"))
    world.alipay.will(APPLY, script, token_answer())
    assert result_of(redirect(world)) == IN_PROCESS
    store.on = False
    world.clock.forward(30)
    poll(world, LONG_ENOUGH)
    assert auth_code(world).state is CodeState.EXCHANGED


@pytest.mark.parametrize("told", [answer("F", "PROCESS_FAIL", "no"), DEAD], ids=["refused", "dead"])
def test_a_refused_revoke_that_cannot_be_stored_is_not_told_as_final(
    world: World, handle: str, told: VerifiedResponse
) -> None:
    """A poller repeats the revoke: the authorization ends although its caller would have heard that it goes on."""
    store, script = store_gone_after(world, told)
    world.alipay.will(REVOKE, script, DONE)
    assert result_of(end_consent(world, handle)) == UNKNOWN
    store.on = False
    world.clock.forward(30)
    poll(world, LONG_ENOUGH)
    assert grant_of(world).state is GrantState.REVOKED


def test_a_refused_revoke_of_what_the_customer_has_ended_is_done(world: World, handle: str) -> None:
    def meanwhile(_body: object) -> VerifiedResponse:
        cancel_token(world)
        return answer("F", "PROCESS_FAIL", "no")

    world.alipay.will(REVOKE, meanwhile)
    assert result_of(end_consent(world, handle)) == (200, "S", "SUCCESS")
    assert grant_of(world).state is GrantState.REVOKED


def test_a_refused_revoke_after_which_another_one_is_wanted_is_not_told_as_final(world: World, handle: str) -> None:
    """Its lease has run out, and a poller has taken over: what that one brings counts."""

    def meanwhile(_body: object) -> VerifiedResponse:
        world.clock.forward(27)
        world.alipay.will(REVOKE, no_answer("revoke"))
        poll(world, LONG_ENOUGH)
        return answer("F", "PROCESS_FAIL", "no")

    world.alipay.will(REVOKE, meanwhile)
    assert result_of(end_consent(world, handle, seconds=60)) == UNKNOWN
    assert grant_of(world).revocation is not None


def test_a_refused_refresh_that_another_one_has_overtaken_is_not_told_as_final(world: World, handle: str) -> None:
    refresh_handle = grant_of(world).refresh_handle

    def meanwhile(_body: object) -> VerifiedResponse:
        world.clock.forward(27)
        world.alipay.will(APPLY, RENEWED)
        refresh(world, refresh_handle)
        return answer("F", "INVALID_REFRESH_TOKEN", "no")

    world.alipay.will(APPLY, meanwhile)
    assert result_of(refresh(world, refresh_handle, seconds=60)) == IN_PROCESS
    assert grant_of(world, NEW_TOKEN).newest == 2


def test_a_refused_password_that_cannot_be_stored_is_not_told_as_final(world: World, handle: str) -> None:
    store, script = store_gone_after(world, answer("F", "PROCESS_FAIL", "no"))
    world.alipay.will(INIT, script, DONE)
    assert result_of(send_password(world, handle)) == UNKNOWN
    store.on = False
    world.clock.forward(30)
    assert result_of(send_password(world, handle)) == (200, "S", "SUCCESS")
    assert authentication(world).state is AuthenticationState.SENT


def test_a_password_that_the_customer_has_meanwhile_is_not_told_as_refused(world: World, handle: str) -> None:
    def meanwhile(_body: object) -> VerifiedResponse:
        type_password(world, "000000")
        return answer("F", "PROCESS_FAIL", "no")

    world.alipay.will(VERIFY, answer("S", "SUCCESS", isPassed=False))
    world.alipay.will(INIT, meanwhile)
    assert result_of(send_password(world, handle)) == UNKNOWN
    assert authentication(world).state is AuthenticationState.SENT
    assert result_of(send_password(world, handle)) == (200, "S", "SUCCESS")
    assert len(world.alipay.sends_of(INIT)) == 1


def test_an_authentication_that_failed_is_told_only_once_it_is_stored(world: World, handle: str) -> None:
    world.alipay.will(INIT, DONE)
    send_password(world, handle)
    store, script = store_gone_after(world, answer("F", "USER_NOT_EXIST", "no"))
    world.alipay.will(VERIFY, script)
    assert result_of(type_password(world)) == UNKNOWN
    store.on = False
    assert authentication(world).state is AuthenticationState.SENT


def test_a_refused_consult_that_cannot_be_stored_is_not_told_as_final(world: World) -> None:
    store, script = store_gone_after(world, answer("F", "PROCESS_FAIL", "no"))
    world.alipay.will(CONSULT, script, answer("S", "SUCCESS", normalUrl="https://wallet.example.com"))
    assert result_of(ask_consent(world)) == UNKNOWN
    store.on = False
    assert result_of(ask_consent(world)) == (200, "S", "SUCCESS")
    assert authorization(world).state is AuthorizationState.CONSULTED


# --- 503 of a repeat


def exchange(world: World, handle: str, seconds: float = 25) -> Response:
    del handle
    return redirect(world, code="another" + CODE, seconds=seconds)


def renew(world: World, handle: str, seconds: float = 25) -> Response:
    known = world.repository.grants.find(handle)
    assert known is not None
    return refresh(world, known.refresh_handle, seconds)


def revoke(world: World, handle: str, seconds: float = 25) -> Response:
    return end_consent(world, handle, seconds)


def begin(world: World, handle: str, seconds: float = 25) -> Response:
    return send_password(world, handle, seconds)


def verify(world: World, handle: str, seconds: float = 25) -> Response:
    del handle
    return type_password(world, seconds=seconds)


def consult(world: World, handle: str, seconds: float = 25) -> Response:
    del handle
    return ask_consent(world, seconds)


ASKED: dict[str, tuple[Operation, Callable[..., Response], tuple[int, str, str]]] = {
    "exchange": (APPLY, exchange, IN_PROCESS),
    "refresh": (APPLY, renew, IN_PROCESS),
    "revoke": (REVOKE, revoke, UNKNOWN),
    "initAuthentication": (INIT, begin, UNKNOWN),
    "verifyAuthentication": (VERIFY, verify, UNKNOWN),
    "consult": (CONSULT, consult, UNKNOWN),
}


@pytest.fixture(params=ASKED)
def operation(request: pytest.FixtureRequest, world: World, handle: str) -> str:
    """An operation, and what has to be there before it."""
    if request.param == "verifyAuthentication":
        world.alipay.will(INIT, DONE)
        send_password(world, handle)
    return str(request.param)


def test_503_is_said_of_a_first_send_that_never_left(world: World, handle: str, operation: str) -> None:
    name, step, _ = ASKED[operation]
    world.alipay.will(name, not_reached())
    for _ in range(2):
        assert result_of(step(world, handle)) == (503, "U", "UNKNOWN_EXCEPTION")


def test_503_is_not_said_after_a_send_that_may_have_been_acted_on(world: World, handle: str, operation: str) -> None:
    name, step, expected = ASKED[operation]
    world.alipay.will(name, no_answer(), not_reached())
    assert result_of(step(world, handle)) == UNKNOWN
    assert result_of(step(world, handle)) == expected


def test_too_little_time_is_not_503_after_a_send_that_may_have_been_acted_on(
    world: World, handle: str, operation: str
) -> None:
    name, step, expected = ASKED[operation]
    world.alipay.will(name, no_answer())
    step(world, handle)
    before = len(world.alipay.sent)
    assert result_of(step(world, handle, seconds=14.9)) == expected
    assert len(world.alipay.sent) == before


def test_what_is_revoked_needs_no_time_to_be_told(world: World, handle: str) -> None:
    world.alipay.will(REVOKE, DONE)
    end_consent(world, handle)
    assert result_of(end_consent(world, handle, seconds=14.9)) == (200, "S", "SUCCESS")
