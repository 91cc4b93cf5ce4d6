"""The short ways of the explorer come to the same as the ordinary ones."""

from dataclasses import fields, replace

import pytest

from autodebit.domain.cancellation import Cancel, CancelState
from autodebit.domain.payment import Payment
from autodebit.domain.tracked_request import SendOutcome
from autodebit.repository import table
from autodebit.repository.serialization import Kind, item_of
from tests.explorer import quick
from tests.repository.samples import intent

_CANCEL = Cancel(CancelState.REQUESTED, 1_800_000_000_000, sends=2, lost=True, ask=True)
_PAYMENTS: list[Payment] = [
    intent(),
    replace(intent(), heard=SendOutcome.UNKNOWN, due_at=1_800_000_000_000, payment_id="A", version=3),
    replace(intent(), cancel=_CANCEL, reserved=300),
]
_ITEMS = [
    *(item_of(Kind.PAYMENT, "PAY-1", payment) for payment in _PAYMENTS),
    {"text": "", "half": "\ud83d", "number": -5, "large": 10**30, "bytes": b"\x00\xff", "flag": True, "none": None},
    {"list": [1, "two", [3], {"four": 4}], "map": {"S": {"N": "1"}}, "empty": {}, "nothing": []},
]


@pytest.mark.parametrize("item", _ITEMS)
def test_the_short_typed_form_is_boto3s(item: dict) -> None:
    assert quick.typed(item) == table._typed(item)


@pytest.mark.parametrize("item", _ITEMS)
def test_the_short_way_back_is_boto3s(item: dict) -> None:
    assert quick.plain(table._typed(item)) == table.plain(table._typed(item)) == item


@pytest.mark.parametrize("payment", _PAYMENTS)
def test_the_fields_are_those_of_the_class(payment: Payment) -> None:
    assert quick.fields(payment) == quick.fields(Payment) == fields(payment)
