"""The life of an authorization: every state against every piece of news."""

from dataclasses import replace

import pytest

from autodebit.authorization import Authorization, judge_authorization
from autodebit.lifecycle import AUTHORIZATION, AuthorizationNews, AuthorizationState, Contradiction, Move

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


def cells(grid: str) -> list[tuple[AuthorizationState, AuthorizationNews, str]]:
    head, *rows = [line.split() for line in grid.strip().splitlines()]
    return [
        (AuthorizationState(row[0]), AuthorizationNews(news), cell)
        for row in rows
        for news, cell in zip(head, row[1:], strict=True)
    ]


def authorization(state: AuthorizationState) -> Authorization:
    return Authorization("STATE-1", state, "f", "{}", "GCASH", 1, version=3, due_at=900, answer="{}", grant="tok_old")


def test_the_grid_and_the_table_name_every_state_and_every_news() -> None:
    everything = {(state, news) for state in AuthorizationState for news in AuthorizationNews}
    assert set(AUTHORIZATION) == everything
    assert {(state, news) for state, news, _ in cells(GRID)} == everything


@pytest.mark.parametrize(("state", "news", "cell"), cells(GRID))
def test_an_authorization_moves_as_the_grid_says(state: AuthorizationState, news: AuthorizationNews, cell: str) -> None:
    before = authorization(state)
    judgement = judge_authorization(before, news, code="C", message="M", grant="tok_new")
    if cell in "-!":
        assert judgement.authorization == before
    else:
        moved = replace(before, state=AuthorizationState(cell), due_at=None, grant="tok_new")
        assert judgement.authorization == replace(moved, result_code="C", result_message="M")
    assert bool(judgement.anomaly) == (cell == "!")


@pytest.mark.parametrize("news", AuthorizationNews)
@pytest.mark.parametrize("state", ENDED)
def test_an_authorization_that_ended_never_changes(state: AuthorizationState, news: AuthorizationNews) -> None:
    assert not isinstance(AUTHORIZATION[state, news], Move)


@pytest.mark.parametrize("state", ENDED)
def test_a_token_for_an_authorization_that_ended_is_an_anomaly(state: AuthorizationState) -> None:
    assert isinstance(AUTHORIZATION[state, AuthorizationNews.TOKEN], Contradiction)


def test_an_abandoned_authorization_may_still_become_active() -> None:
    abandoned = judge_authorization(authorization(AuthorizationState.CONSULTED), AuthorizationNews.SILENCE)
    active = judge_authorization(abandoned.authorization, AuthorizationNews.TOKEN, grant="tok_new").authorization
    assert (active.state, active.grant) == (AuthorizationState.ACTIVE, "tok_new")


def test_news_without_a_grant_keeps_the_grant_that_is_known() -> None:
    revoked = judge_authorization(authorization(AuthorizationState.ACTIVE), AuthorizationNews.CANCELED).authorization
    assert revoked.grant == "tok_old"
