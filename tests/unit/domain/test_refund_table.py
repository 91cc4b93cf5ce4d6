"""The life of a refund: every state against every piece of news."""

import pytest

from autodebit.domain.refund_states import REFUND, RefundState
from autodebit.domain.request_states import RequestEvent
from autodebit.domain.transitions import MoveTo
from tests.unit.domain.grids import as_cell, cells

GRID = """
               PENDING      SUCCEEDED      FAILED  CANCELLED  NOT_FOUND
INITIATED      PROCESSING   SUCCESS   FAIL    !          NOT_SUBMITTED
PROCESSING     -            SUCCESS   FAIL    !          NOT_SUBMITTED
NOT_SUBMITTED  PROCESSING!  SUCCESS!  FAIL    !          -
SUCCESS        -            -         !       !          !
FAIL           -            !         -       !          -
"""


@pytest.mark.parametrize(("state", "news", "cell"), cells(GRID))
def test_a_refund_moves_as_the_grid_says(state: str, news: str, cell: str) -> None:
    assert as_cell(REFUND[RefundState(state), RequestEvent(news)]) == cell


def test_the_grid_and_the_table_name_every_state_and_every_news() -> None:
    everything = {(state, news) for state in RefundState for news in RequestEvent}
    assert set(REFUND) == everything
    assert {(RefundState(state), RequestEvent(news)) for state, news, _ in cells(GRID)} == everything


def destination(state: RefundState, news: RequestEvent) -> RefundState:
    step = REFUND[state, news]
    return RefundState(step.to) if isinstance(step, MoveTo) else state


@pytest.mark.parametrize("news", RequestEvent)
@pytest.mark.parametrize("state", [RefundState.SUCCESS, RefundState.FAIL])
def test_a_final_refund_never_changes(state: RefundState, news: RequestEvent) -> None:
    """A success of a failed one would spend an amount that was freed; a failure of a successful one would free it again."""
    assert destination(state, news) is state


@pytest.mark.parametrize("state", [state for state in RefundState if not state.final])
def test_only_a_failure_fails_a_refund(state: RefundState) -> None:
    """FAIL is what frees the amount: neither ORDER_NOT_EXIST nor a cancellation comes to it."""
    failing = {news for news in RequestEvent if destination(state, news) is RefundState.FAIL}
    assert failing == {RequestEvent.FAILED}


@pytest.mark.parametrize("news", [RequestEvent.SUCCEEDED, RequestEvent.FAILED])
def test_a_signed_outcome_wins_over_not_submitted(news: RequestEvent) -> None:
    assert destination(RefundState.NOT_SUBMITTED, news).final


def test_every_state_is_either_final_or_open_or_closed_as_not_submitted() -> None:
    for state in RefundState:
        assert state.final + state.open + state.not_submitted == 1
    assert {state for state in RefundState if state.final} == {RefundState.SUCCESS, RefundState.FAIL}


@pytest.mark.parametrize("state", RefundState)
def test_no_news_leads_back_to_initiated(state: RefundState) -> None:
    reached = {destination(state, news) for news in RequestEvent}
    assert RefundState.INITIATED not in reached - {state}
