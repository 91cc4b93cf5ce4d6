"""Whatever a caller sends to a route of MerchantApi: it is answered, and what is refused has no consequences.

FUZZ_EXAMPLES=2000 in the environment tries so many new inputs for each route; without, the same few at each run.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.desk import Desk, event_with, fuzzed
from tests.fuzz.material import ROUTES, Route, written
from tests.fuzz.mutations import Sent, of_bytes, of_fields, of_text
from tests.support.events import sample

every_route = pytest.mark.parametrize("route", ROUTES, ids=[route.function for route in ROUTES])


def judged(desk: Desk, route: Route, sent: Sent) -> None:
    """*sent* is refused where the contract leaves no doubt, and is never our trouble."""
    desk.begin()
    event = event_with(sample(route.function), sent.content)
    if sent.refused:
        desk.refuses(route.function, event)
    else:
        desk.never_fails(route.function, event)


@every_route
def test_the_bodies_to_begin_with_are_taken(desk: Desk, route: Route) -> None:
    desk.begin()
    desk.prepare(route)
    for body in route.bodies:
        outcome = desk.bring(route.function, event_with(sample(route.function), written(body).encode()))
        assert (outcome.response.status, bool(outcome.sent)) == (200, True)


@every_route
@fuzzed(25)
@given(data=st.data())
def test_a_body_with_wrong_fields_is_answered(desk: Desk, route: Route, data: st.DataObject) -> None:
    judged(desk, route, data.draw(of_fields(route)))


@every_route
@fuzzed(15)
@given(data=st.data())
def test_a_body_that_is_not_quite_json_is_refused(desk: Desk, route: Route, data: st.DataObject) -> None:
    judged(desk, route, data.draw(of_text(route)))


@every_route
@fuzzed(10)
@given(data=st.data())
def test_bytes_that_are_no_text_are_refused(desk: Desk, route: Route, data: st.DataObject) -> None:
    judged(desk, route, data.draw(of_bytes(route)))
