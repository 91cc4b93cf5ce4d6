"""The life of a payment: every state against every piece of news."""

import pytest

from autodebit.domain.payment_states import PAYMENT, PaymentState
from autodebit.domain.request_states import RequestEvent
from autodebit.domain.transitions import NOTHING, InvalidTransition, MoveTo
from tests.unit.domain.grids import as_cell, cells

GRID = """
               PENDING      SUCCEEDED      FAILED  CANCELLED  NOT_FOUND
INITIATED      PROCESSING   SUCCESS   FAIL    CANCELLED  NOT_SUBMITTED
PROCESSING     -            SUCCESS   FAIL    CANCELLED  NOT_SUBMITTED
NOT_SUBMITTED  PROCESSING!  SUCCESS!  FAIL    CANCELLED  -
SUCCESS        -            -         !       CANCELLED  !
FAIL           -            !         -       !          -
CANCELLED      -            !         !       -          -
"""


@pytest.mark.parametrize(("state", "news", "cell"), cells(GRID))
def test_a_payment_moves_as_the_grid_says(state: str, news: str, cell: str) -> None:
    assert as_cell(PAYMENT[PaymentState(state), RequestEvent(news)]) == cell


def test_the_grid_and_the_table_name_every_state_and_every_news() -> None:
    everything = {(state, news) for state in PaymentState for news in RequestEvent}
    assert set(PAYMENT) == everything
    assert {(PaymentState(state), RequestEvent(news)) for state, news, _ in cells(GRID)} == everything


def destination(state: PaymentState, news: RequestEvent) -> PaymentState:
    step = PAYMENT[state, news]
    return PaymentState(step.to) if isinstance(step, MoveTo) else state


@pytest.mark.parametrize("news", RequestEvent)
@pytest.mark.parametrize("state", [PaymentState.FAIL, PaymentState.CANCELLED])
def test_a_failed_or_cancelled_payment_never_changes(state: PaymentState, news: RequestEvent) -> None:
    assert destination(state, news) is state


@pytest.mark.parametrize("news", RequestEvent)
def test_a_successful_payment_changes_only_to_cancelled(news: RequestEvent) -> None:
    cancelled = news is RequestEvent.CANCELLED
    assert destination(PaymentState.SUCCESS, news) is (PaymentState.CANCELLED if cancelled else PaymentState.SUCCESS)


@pytest.mark.parametrize("state", [state for state in PaymentState if state.final])
@pytest.mark.parametrize("news", [RequestEvent.SUCCEEDED, RequestEvent.FAILED, RequestEvent.CANCELLED])
def test_another_outcome_than_the_final_one_is_an_anomaly_and_the_same_one_is_not(
    state: PaymentState, news: RequestEvent
) -> None:
    same = {RequestEvent.SUCCEEDED: "SUCCESS", RequestEvent.FAILED: "FAIL", RequestEvent.CANCELLED: "CANCELLED"}[news]
    if state.value == same:
        assert PAYMENT[state, news] is NOTHING
    elif (state, news) != (PaymentState.SUCCESS, RequestEvent.CANCELLED):
        assert isinstance(PAYMENT[state, news], InvalidTransition)


@pytest.mark.parametrize("news", [RequestEvent.SUCCEEDED, RequestEvent.FAILED, RequestEvent.CANCELLED])
def test_a_signed_outcome_wins_over_not_submitted(news: RequestEvent) -> None:
    assert destination(PaymentState.NOT_SUBMITTED, news).final


def test_every_state_is_either_final_or_open_or_closed_as_not_submitted() -> None:
    for state in PaymentState:
        assert state.final + state.open + (state is PaymentState.NOT_SUBMITTED) == 1
    assert {state for state in PaymentState if state.final} == {
        PaymentState.SUCCESS,
        PaymentState.FAIL,
        PaymentState.CANCELLED,
    }


@pytest.mark.parametrize("state", PaymentState)
def test_no_news_leads_back_to_initiated(state: PaymentState) -> None:
    reached = {destination(state, news) for news in RequestEvent}
    assert PaymentState.INITIATED not in reached - {state}
