"""The life of a declaration: every state against every piece of news."""

import pytest

from autodebit.domain.declaration_states import DECLARATION, DeclarationEvent, DeclarationState
from autodebit.domain.transitions import MoveTo
from tests.unit.domain.grids import as_cell, cells

GRID = """
               ACCEPTED     COMPLETED   REFUSED  NOT_FOUND         SENT_AGAIN
INITIATED      IN_PROCESS   COMPLETED   FAIL     NOT_SUBMITTED  -
IN_PROCESS     -            COMPLETED   -        !              -
COMPLETED      -            -           -        !              IN_PROCESS
NOT_SUBMITTED  IN_PROCESS!  COMPLETED!  FAIL     -              INITIATED
FAIL           !            !           -        -              !
"""


@pytest.mark.parametrize(("state", "news", "cell"), cells(GRID))
def test_a_declaration_moves_as_the_grid_says(state: str, news: str, cell: str) -> None:
    assert as_cell(DECLARATION[DeclarationState(state), DeclarationEvent(news)]) == cell


def test_the_grid_and_the_table_name_every_state_and_every_news() -> None:
    everything = {(state, news) for state in DeclarationState for news in DeclarationEvent}
    assert set(DECLARATION) == everything
    assert {(DeclarationState(state), DeclarationEvent(news)) for state, news, _ in cells(GRID)} == everything


def test_only_a_caller_who_sends_again_leads_back_from_what_is_settled() -> None:
    settled = [state for state in DeclarationState if state.final]
    assert settled == [DeclarationState.COMPLETED, DeclarationState.FAIL]
    moves = [news for (state, news), step in DECLARATION.items() if state in settled and isinstance(step, MoveTo)]
    assert moves == [DeclarationEvent.SENT_AGAIN]


def test_every_state_is_either_final_or_open_or_closed_as_not_submitted() -> None:
    for state in DeclarationState:
        assert state.final + state.open + state.not_submitted == 1
    assert [state for state in DeclarationState if state.at_alipay] == [
        DeclarationState.IN_PROCESS,
        DeclarationState.COMPLETED,
    ]
