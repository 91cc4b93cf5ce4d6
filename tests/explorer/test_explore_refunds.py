"""The bounded exploration of refunds, notifications, overlaps and the deployment's own cancel; a file of its own, so that two
workers share the whole.
"""

import pytest

from tests.explorer.bounded import explored


@pytest.mark.parametrize(
    "name",
    [
        "refund",
        "refund crash",
        "refund lost",
        "refund or cancel",
        "foreign refund",
        "notified",
        "overlap",
        "own cancel",
        "foreign overlap",
        "foreign refund overlap",
    ],
)
def test_no_story_breaks_a_promise(name: str) -> None:
    assert explored(name) == ""
