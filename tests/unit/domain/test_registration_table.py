"""The life of a registration: every state against every piece of news."""

import pytest

from autodebit.domain.registration_states import REGISTRATION, RegistrationEvent, RegistrationState
from autodebit.domain.transitions import InvalidTransition, MoveTo

GRID = """
           UNDER_REVIEW  COMPLETED  REJECTED  REFUSED  NOT_FOUND
INITIATED  PENDING       COMPLETED  REJECTED  FAIL     -
PENDING    -             COMPLETED  REJECTED  !        !
COMPLETED  -             -          !         !        !
REJECTED   -             !          -         !        -
FAIL       !             !          !         -        -
"""
"""- stands for nothing, ! for an anomaly that changes nothing."""


def cells(grid: str) -> list[tuple[str, str, str]]:
    head, *rows = [line.split() for line in grid.strip().splitlines()]
    return [(row[0], news, cell) for row in rows for news, cell in zip(head, row[1:], strict=True)]


def as_cell(step: object) -> str:
    if isinstance(step, MoveTo):
        return step.to + ("!" if step.anomaly else "")
    return "!" if isinstance(step, InvalidTransition) else "-"


@pytest.mark.parametrize(("state", "news", "cell"), cells(GRID))
def test_a_registration_moves_as_the_grid_says(state: str, news: str, cell: str) -> None:
    assert as_cell(REGISTRATION[RegistrationState(state), RegistrationEvent(news)]) == cell


def test_the_grid_and_the_table_name_every_state_and_every_news() -> None:
    everything = {(state, news) for state in RegistrationState for news in RegistrationEvent}
    assert set(REGISTRATION) == everything
    assert {(RegistrationState(state), RegistrationEvent(news)) for state, news, _ in cells(GRID)} == everything


@pytest.mark.parametrize("news", RegistrationEvent)
@pytest.mark.parametrize("state", [state for state in RegistrationState if not state.open])
def test_what_is_final_never_moves(state: RegistrationState, news: RegistrationEvent) -> None:
    assert not isinstance(REGISTRATION[state, news], MoveTo)


def test_every_state_is_open_or_reviewed_or_refused() -> None:
    for state in RegistrationState:
        assert state.open + state.reviewed + (state is RegistrationState.FAIL) == 1
