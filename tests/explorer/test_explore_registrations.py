"""The bounded exploration of registrations: their repeats, reviews and notifications, and ids that are another system's."""

import pytest

from tests.explorer.bounded import explored


@pytest.mark.parametrize("name", ["register", "register crash", "register overlap", "foreign registration"])
def test_no_story_breaks_a_promise(name: str) -> None:
    assert explored(name) == ""
