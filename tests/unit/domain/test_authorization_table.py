"""The life of an authorization: every state against every piece of news."""

from dataclasses import replace

import pytest

from autodebit.domain.authorization import Authorization, apply_authorization_event
from autodebit.domain.authorization_states import AUTHORIZATION, AuthorizationEvent, AuthorizationState
from autodebit.domain.transitions import InvalidTransition, MoveTo

GRID = """
               CODE           TOKEN   REFUSED  SILENCE    CANCELED  DEAD     LAPSED
CONSULTED      CODE_RECEIVED  ACTIVE  FAILED   ABANDONED  !         !        !
CODE_RECEIVED  -              ACTIVE  FAILED   -          !         !        !
ABANDONED      CODE_RECEIVED  ACTIVE  FAILED   -          !         !        !
ACTIVE         -              -       !        -          REVOKED   EXPIRED  EXPIRED
FAILED         !              !       -        -          -         -        -
REVOKED        -              !       -        -          -         -        -
EXPIRED        -              !       -        -          -         -        -
"""
ENDED = (AuthorizationState.FAILED, AuthorizationState.REVOKED, AuthorizationState.EXPIRED)


def cells(grid: str) -> list[tuple[AuthorizationState, AuthorizationEvent, str]]:
    head, *rows = [line.split() for line in grid.strip().splitlines()]
    return [
        (AuthorizationState(row[0]), AuthorizationEvent(news), cell)
        for row in rows
        for news, cell in zip(head, row[1:], strict=True)
    ]


def authorization(state: AuthorizationState) -> Authorization:
    return Authorization("STATE-1", state, "f", "{}", "GCASH", 1, version=3, due_at=900, answer="{}", grant="tok_old")


def test_the_grid_and_the_table_name_every_state_and_every_news() -> None:
    everything = {(state, news) for state in AuthorizationState for news in AuthorizationEvent}
    assert set(AUTHORIZATION) == everything
    assert {(state, news) for state, news, _ in cells(GRID)} == everything


@pytest.mark.parametrize(("state", "news", "cell"), cells(GRID))
def test_an_authorization_moves_as_the_grid_says(
    state: AuthorizationState, news: AuthorizationEvent, cell: str
) -> None:
    before = authorization(state)
    judgement = apply_authorization_event(before, news, code="C", message="M", grant="tok_new")
    if cell in "-!":
        assert judgement.authorization == before
    else:
        moved = replace(before, state=AuthorizationState(cell), due_at=None, grant="tok_new")
        assert judgement.authorization == replace(moved, result_code="C", result_message="M")
    assert bool(judgement.anomaly) == (cell == "!")


@pytest.mark.parametrize("news", AuthorizationEvent)
@pytest.mark.parametrize("state", ENDED)
def test_an_authorization_that_ended_never_changes(state: AuthorizationState, news: AuthorizationEvent) -> None:
    assert not isinstance(AUTHORIZATION[state, news], MoveTo)


@pytest.mark.parametrize("state", ENDED)
def test_a_token_for_an_authorization_that_ended_is_an_anomaly(state: AuthorizationState) -> None:
    assert isinstance(AUTHORIZATION[state, AuthorizationEvent.TOKEN], InvalidTransition)


def test_an_abandoned_authorization_may_still_become_active() -> None:
    abandoned = apply_authorization_event(authorization(AuthorizationState.CONSULTED), AuthorizationEvent.SILENCE)
    active = apply_authorization_event(abandoned.authorization, AuthorizationEvent.TOKEN, grant="tok_new").authorization
    assert (active.state, active.grant) == (AuthorizationState.ACTIVE, "tok_new")


def test_news_without_a_grant_keeps_the_grant_that_is_known() -> None:
    revoked = apply_authorization_event(
        authorization(AuthorizationState.ACTIVE), AuthorizationEvent.CANCELED
    ).authorization
    assert revoked.grant == "tok_old"
