"""The bounded exploration of declarations: their repeats, corrections, receipts, and ids that are another system's."""

import pytest

from tests.explorer.bounded import explored


@pytest.mark.parametrize(
    "name",
    ["declare", "declare crash", "correct", "receipt", "late receipt", "declare overlap", "foreign declaration"],
)
def test_no_story_breaks_a_promise(name: str) -> None:
    assert explored(name) == ""
