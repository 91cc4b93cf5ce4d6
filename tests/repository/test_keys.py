"""Keys: ids of Alipay have no longest length, keys of DynamoDB have; what is longer is kept under its digest."""

import pytest

from autodebit.repository.table import Key

LONGEST = {"pk": 500, "sk": 250}


def key(part: str, text: str) -> str:
    given = {"pk": "payment#PAY-1", "sk": "item", part: text}
    return str(getattr(Key(**given), part))


def text(length: int, last: str = "x") -> str:
    return "payment#".ljust(length - 1, "x") + last


@pytest.mark.parametrize("part", LONGEST)
def test_a_part_of_the_longest_length_stays_as_it_is(part: str) -> None:
    longest = text(LONGEST[part])
    assert len(longest) == LONGEST[part]
    assert key(part, longest) == longest


@pytest.mark.parametrize("part", LONGEST)
def test_a_longer_part_becomes_the_digest_of_its_id(part: str) -> None:
    found = key(part, text(LONGEST[part] + 1))
    assert found.startswith("payment#sha256-")
    assert len(found) == len("payment#sha256-") + 64
    assert found != key(part, text(LONGEST[part] + 1, last="y"))


def test_an_id_with_half_a_character_has_a_key() -> None:
    assert key("pk", text(501, last="\ud800")).startswith("payment#sha256-")
