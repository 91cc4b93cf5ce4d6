"""The bounded exploration of payments and their cancels. See test_explore_refunds.py for its other half."""

import pytest

from tests.explorer.bounded import explored


@pytest.mark.parametrize("name", ["pay", "cancel", "cancel first", "not submitted", "crash", "foreign"])
def test_no_story_breaks_a_promise(name: str) -> None:
    assert explored(name) == ""
