"""publish_events is killed at every boundary; the stream brings the batch again. Every change is told, the newest one last."""

from collections.abc import Callable, Sequence

import pytest

from tests.crash.killer import Killer
from tests.crash.outbox import Outbox, Record, changes_in, records_of
from tests.crash.shop import Place, Shop
from tests.crash.steps import cancel, paid, refund, refundable

Trouble = Callable[[Outbox, list[Record]], str]
"""Brings trouble to a delivery; the number of the record that the queue has to hold in the end, or ""."""


def _none(outbox: Outbox, records: list[Record]) -> str:
    return ""


def _poison(outbox: Outbox, records: list[Record]) -> str:
    """A record in the middle cannot be read."""
    number = str(records[len(records) // 2]["dynamodb"]["SequenceNumber"])
    del records[len(records) // 2]["dynamodb"]["Keys"]
    records[len(records) // 2]["dynamodb"]["NewImage"] = {"pk": {"S": "payment#poison"}}
    return number


def _refused(outbox: Outbox, records: list[Record]) -> str:
    """The bus refuses one entry, and takes the rest of the request."""
    outbox.refusals["case-2"] = ["ThrottlingException"]
    return ""


def _away(outbox: Outbox, records: list[Record]) -> str:
    """The bus takes one request, and is away for the next one."""
    outbox.refusals["request"] = ["InternalException", ""]
    return ""


TROUBLES = {
    "nothing else": (_none, 3, True),
    "a record that cannot be read": (_poison, 4, True),
    # The bus may take later changes of an item beside the one that it refuses: those are told again after it.
    "an entry that is refused for now": (_refused, 3, False),
    "a bus that is away": (_away, 2, True),
}


@pytest.fixture
def place(shop: Shop) -> Place:
    """Enough changes for more than one request to the bus: payments, refunds, and payments that were cancelled."""
    made = shop.place("case")
    refundable(shop, made, "")
    for number in (1, 2, 3):
        paid(shop, made, f"case-{number}")
        cancel(shop, made, f"case-{number}")
        refund(shop, made, f"case-{number}-back")
    return made


@pytest.mark.parametrize(("trouble", "least", "in_turn"), TROUBLES.values(), ids=list(TROUBLES))
def test_every_change_is_told_and_the_newest_one_last(
    shop: Shop, place: Place, monkeypatch: pytest.MonkeyPatch, trouble: Trouble, least: int, in_turn: bool
) -> None:
    killed_at: list[str] = []
    for boundary in range(1, 40):
        records = records_of(place)
        outbox, killer = Outbox(shop.clock, monkeypatch), Killer(boundary)
        poison = trouble(outbox, records)
        outbox.deliver(records, killer)
        _require_told(outbox, records, killer.place, in_turn=in_turn)
        assert set(outbox.buried) == ({poison} if poison else set()), killer.place
        if not killer.place:
            break
        killed_at.append(killer.place)
    else:
        raise AssertionError(f"it never ends: {killed_at}")
    assert len(killed_at) >= least, killed_at


def _require_told(outbox: Outbox, records: Sequence[Record], killed_at: str, *, in_turn: bool) -> None:
    """Each version is told, for the last time after all earlier ones of its item, and for the first time too if *in_turn*."""
    wanted = changes_in(records)
    assert len([version for versions in wanted.values() for version in versions]) > 10
    for identity, versions in wanted.items():
        told = [version for name, version in outbox.told if name == identity]
        assert list(dict.fromkeys(reversed(told))) == versions[::-1], (identity, told, killed_at)
        assert not in_turn or list(dict.fromkeys(told)) == versions, (identity, told, killed_at)
