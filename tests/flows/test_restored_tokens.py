"""After a restore no F to a consult, a password or a revoke is taken for the answer to the first send."""

from collections.abc import Callable

import pytest

from autodebit.clock import DAY, HOUR, SECOND
from autodebit.domain.authentication_states import AuthenticationState
from autodebit.domain.authorization import GrantState
from autodebit.domain.authorization_states import AuthorizationState
from autodebit.gateway.client import Operation
from autodebit.responses import Response
from tests.flows.restore_steps import restore, snapshot
from tests.flows.steps import (
    ask_consent,
    authentication,
    authorization,
    bring_code,
    end_consent,
    grant_of,
    poll,
    redirect,
    result_of,
    send_password,
    token_answer,
    type_password,
)
from tests.support.alipay import answer, not_reached
from tests.support.world import World

APPLY, REVOKE, CONSULT = Operation.APPLY_TOKEN, Operation.REVOKE, Operation.CONSULT
INIT, VERIFY = Operation.INIT_AUTHENTICATION, Operation.VERIFY_AUTHENTICATION
DONE = answer("S", "SUCCESS", "ok")
REFUSED = answer("F", "PROCESS_FAIL", "no")
UNKNOWN = (200, "U", "UNKNOWN_EXCEPTION")
FINAL = (200, "F", "PROCESS_FAIL")
LONG_ENOUGH = 2.5
TWO_DAYS = 2 * DAY // SECOND


@pytest.fixture
def restored(world: World) -> World:
    """A customer has agreed; whatever was asked since then is forgotten."""
    world.alipay.will(APPLY, token_answer())
    redirect(world)
    world.alipay.sent.clear()
    world.clock.forward(3600)
    restore(world, snapshot(world))
    return world


# --- consult


def test_an_f_to_a_consult_that_may_have_been_forgotten_fails_no_authorization(restored: World) -> None:
    """The customer agrees on the page of the forgotten consult: the code that follows counts."""
    restored.alipay.will(CONSULT, REFUSED)
    assert result_of(ask_consent(restored)) == FINAL
    assert authorization(restored).state is AuthorizationState.CONSULTED
    restored.alipay.will(APPLY, token_answer("another" + "1" * 20, None))
    bring_code(restored, code="another")
    assert authorization(restored).state is AuthorizationState.ACTIVE


# --- passwords


def test_an_f_to_a_password_that_may_have_been_forgotten_fails_no_authentication(restored: World) -> None:
    """The customer has the password of the forgotten send, and it is good."""
    restored.alipay.will(INIT, REFUSED)
    assert result_of(send_password(restored)) == UNKNOWN
    assert authentication(restored).state is AuthenticationState.INITIATED
    restored.alipay.will(VERIFY, answer("S", "SUCCESS", isPassed=True))
    assert result_of(type_password(restored)) == (200, "S", "SUCCESS")
    assert authentication(restored).state is AuthenticationState.PASSED


def test_a_password_that_is_said_to_differ_is_another_requests(world: World) -> None:
    """Without a restore, too: the code speaks of a request that Alipay has under this id, not of ours."""
    world.alipay.will(APPLY, token_answer())
    redirect(world)
    world.alipay.will(INIT, answer("F", "REPEAT_REQ_INCONSISTENT", "no"))
    assert result_of(send_password(world)) == UNKNOWN
    assert authentication(world).state is AuthenticationState.INITIATED


# --- revoke


def test_an_f_to_a_revoke_that_may_have_been_forgotten_leaves_it_requested(restored: World) -> None:
    """The forgotten revoke is acted on late: the caller must not hear that the authorization goes on."""
    restored.alipay.will(REVOKE, REFUSED, answer("F", "INVALID_ACCESS_TOKEN", "dead"))
    assert result_of(end_consent(restored)) == UNKNOWN
    assert grant_of(restored).revocation is not None
    restored.clock.forward(60)
    poll(restored, LONG_ENOUGH)
    assert grant_of(restored).state is GrantState.REVOKED


def test_a_dead_token_after_a_restore_means_that_the_forgotten_revoke_has_ended_it(restored: World) -> None:
    restored.alipay.will(REVOKE, answer("F", "INVALID_ACCESS_TOKEN", "dead"))
    assert result_of(end_consent(restored)) == (200, "S", "SUCCESS")
    assert grant_of(restored).state is GrantState.REVOKED


def test_a_revoke_that_was_requested_within_the_window_stays_so(restored: World) -> None:
    restored.clock.forward(47 * HOUR // SECOND)
    restored.alipay.will(REVOKE, not_reached("revoke"))
    end_consent(restored)
    restored.clock.forward(2 * HOUR // SECOND)
    restored.alipay.will(REVOKE, REFUSED)
    assert result_of(end_consent(restored)) == UNKNOWN
    assert grant_of(restored).revocation is not None


# --- all of them


ASKED: dict[str, tuple[Operation, Callable[[World], Response]]] = {
    "consult": (CONSULT, ask_consent),
    "initAuthentication": (INIT, send_password),
    "revoke": (REVOKE, end_consent),
    "exchange": (APPLY, lambda world: redirect(world, code="another")),
}


@pytest.mark.parametrize("name", ASKED)
def test_503_is_not_said_of_what_may_have_been_sent_before_the_restore(restored: World, name: str) -> None:
    operation, step = ASKED[name]
    restored.alipay.will(operation, not_reached())
    assert result_of(step(restored))[:2] == (200, "U")


@pytest.mark.parametrize("name", ASKED)
def test_after_48_hours_503_and_f_are_said_of_a_first_send_again(restored: World, name: str) -> None:
    operation, step = ASKED[name]
    restored.clock.forward(TWO_DAYS)
    restored.alipay.will(operation, not_reached(), REFUSED)
    assert result_of(step(restored)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert result_of(step(restored)) == FINAL
    assert not grant_of(restored).under_way
