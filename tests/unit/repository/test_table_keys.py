"""Keys of the table: an id of Alipay's has no longest length, a key of DynamoDB has."""

import pytest

from autodebit.repository import Kind
from autodebit.repository.serialization import key_of
from autodebit.repository.table import Key

LONG = "x" * 2_000


def test_a_key_that_fits_is_readable() -> None:
    assert key_of(Kind.PAYMENT, "PAY-1") == Key("payment#PAY-1", "item")
    longest = "x" * (500 - len("payment#"))
    assert key_of(Kind.PAYMENT, longest).pk == f"payment#{longest}"


@pytest.mark.parametrize(
    "character", ["x", "é", "\U0001f600", "\ud800"], ids=["ascii", "two bytes", "four", "half a pair"]
)
def test_an_id_that_is_too_long_becomes_a_key_that_fits_and_keeps_its_kind(character: str) -> None:
    key = key_of(Kind.PAYMENT, character * 2_000)
    assert key.pk.startswith("payment#sha256-")
    assert len(key.pk.encode()) < 2_048
    store = Key("merchant#M-1", "registration#" + character * 2_000)
    assert store.sk.startswith("registration#sha256-")
    assert len(store.sk.encode()) < 1_024


def test_long_ids_that_differ_at_their_end_have_different_keys() -> None:
    assert key_of(Kind.PAYMENT, LONG + "1") != key_of(Kind.PAYMENT, LONG + "2")
    assert key_of(Kind.PAYMENT, LONG) == key_of(Kind.PAYMENT, LONG)
    assert key_of(Kind.PAYMENT, LONG) != key_of(Kind.REFUND, LONG)
