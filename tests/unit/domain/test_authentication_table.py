"""The life of an authentication: every state against every piece of news."""

from dataclasses import replace

import pytest

from autodebit.domain.authentication import Authentication, apply_authentication_event
from autodebit.domain.authentication_states import AUTHENTICATION, AuthenticationEvent, AuthenticationState
from autodebit.domain.transitions import MoveTo

GRID = """
           SENT  REFUSED  RIGHT   WRONG  USELESS
INITIATED  SENT  FAILED   PASSED  SENT   FAILED
SENT       -     -        PASSED  -      FAILED
PASSED     -     -        -       -      -
FAILED     !     -        !       -      -
"""


def cells() -> list[tuple[AuthenticationState, AuthenticationEvent, str]]:
    head, *rows = [line.split() for line in GRID.strip().splitlines()]
    return [
        (AuthenticationState(row[0]), AuthenticationEvent(news), cell)
        for row in rows
        for news, cell in zip(head, row[1:], strict=True)
    ]


def authentication(state: AuthenticationState) -> Authentication:
    return Authentication("A-1", state, "f", "tok_1", 1, "{}", 1, version=3, sends=1, lease_until=900)


def test_the_grid_and_the_table_name_every_state_and_every_news() -> None:
    everything = {(state, news) for state in AuthenticationState for news in AuthenticationEvent}
    assert set(AUTHENTICATION) == everything
    assert {(state, news) for state, news, _ in cells()} == everything


@pytest.mark.parametrize(("state", "news", "cell"), cells())
def test_an_authentication_moves_as_the_grid_says(
    state: AuthenticationState, news: AuthenticationEvent, cell: str
) -> None:
    before = authentication(state)
    judgement = apply_authentication_event(before, news, code="C")
    counted = news is AuthenticationEvent.WRONG and state is not AuthenticationState.PASSED
    expected = replace(before, wrong_tries=1) if counted else before
    if cell not in "-!":
        expected = replace(expected, state=AuthenticationState(cell), result_code="C")
    assert judgement.authentication == expected
    assert bool(judgement.anomaly) == (cell == "!")


@pytest.mark.parametrize("state", [AuthenticationState.PASSED, AuthenticationState.FAILED])
@pytest.mark.parametrize("news", AuthenticationEvent)
def test_what_is_final_never_moves(state: AuthenticationState, news: AuthenticationEvent) -> None:
    assert not isinstance(AUTHENTICATION[state, news], MoveTo)


def test_the_first_answer_is_kept_and_gives_the_lease_back() -> None:
    sent = apply_authentication_event(
        authentication(AuthenticationState.INITIATED), AuthenticationEvent.SENT, code="SUCCESS", answer="first"
    ).authentication
    assert (sent.answer, sent.lease_until) == ("first", 0)
    again = apply_authentication_event(sent, AuthenticationEvent.SENT, code="SUCCESS", answer="second").authentication
    assert again.answer == "first"
