"""The life of a dispute: every state against every event, and every order of them."""

import itertools

import pytest

from autodebit.domain.dispute_states import DISPUTE, DisputeEvent, DisputeState
from autodebit.domain.transitions import MoveTo
from tests.unit.domain.grids import as_cell, cells

GRID = """
           DISPUTE_CREATED  DEFENSE_DUE_ALERT  RDR_RESOLVED  DEFENSE_SUPPLIED  DISPUTE_CANCELLED  DISPUTE_ACCEPTED  DISPUTE_JUDGED
CREATED    -                -                  -             DEFENDED          CANCELLED          ACCEPTED          JUDGED
DEFENDED   -                -                  -             -                 CANCELLED          ACCEPTED          JUDGED
CANCELLED  -                -                  -             -                 -                  ACCEPTED!         JUDGED!
ACCEPTED   -                -                  -             -                 !                  -                 JUDGED
JUDGED     -                -                  -             -                 !                  -                 -
"""


@pytest.mark.parametrize(("state", "event", "cell"), cells(GRID))
def test_a_dispute_moves_as_the_grid_says(state: str, event: str, cell: str) -> None:
    assert as_cell(DISPUTE[DisputeState(state), DisputeEvent(event)]) == cell


def test_the_grid_and_the_table_name_every_state_and_every_event() -> None:
    everything = {(state, event) for state in DisputeState for event in DisputeEvent}
    assert set(DISPUTE) == everything
    assert {(DisputeState(state), DisputeEvent(event)) for state, event, _ in cells(GRID)} == everything


@pytest.mark.parametrize("events", list(itertools.combinations(DisputeEvent, 3)))
def test_the_state_in_the_end_does_not_depend_on_the_order(events: tuple[DisputeEvent, ...]) -> None:
    ends = set()
    for order in itertools.permutations(events):
        state = DisputeState.CREATED
        for event in order:
            step = DISPUTE[state, event]
            state = DisputeState(step.to) if isinstance(step, MoveTo) else state
        ends.add(state)
    assert len(ends) == 1
