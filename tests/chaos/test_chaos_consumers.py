"""Consumers of events obey docs/events.md to the letter, whatever comes late, twice, or in another order."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.board import Board
from tests.chaos.callers import Merchant
from tests.chaos.consumers import Consumers, _whole
from tests.chaos.virtual import VirtualTime

PAYMENT, REFUND = "Payment State Changed", "Refund State Changed"


class Payer:
    """What was asked of whoever pays."""

    def __init__(self) -> None:
        self.did: list[tuple[str, str]] = []

    async def repeat(self, identity: str) -> None:
        self.did.append(("repeat", identity))

    async def move_on(self, identity: str) -> None:
        self.did.append(("move on", identity))


@pytest.fixture
def merchant(tmp_path: Path) -> Merchant:
    async def advance(_seconds: float) -> None: ...

    return Merchant("", "", VirtualTime(Board(tmp_path / "board", tries=8), advance), asyncio.Semaphore(1))


def apply(merchant: Merchant, *events: tuple[str, dict[str, Any]], active: bool = True) -> Payer:
    payer = Payer()
    consumers = Consumers(merchant, seed=1)
    consumers.active = active

    async def run() -> None:
        for kind, detail in events:
            identity = detail.get("refundRequestId") or detail["paymentRequestId"]
            merchant.payers[identity] = payer
            await consumers.apply(kind, detail)

    asyncio.run(run())
    return payer


def payment(state: str, version: int = 1, identity: str = "P", **more: Any) -> tuple[str, dict[str, Any]]:
    return PAYMENT, {"paymentRequestId": identity, "version": version, "state": state, **more}


def refund(state: str, identity: str) -> tuple[str, dict[str, Any]]:
    return REFUND, {"paymentRequestId": "P", "refundRequestId": identity, "version": 1, "state": state}


def test_success_is_delivered(merchant: Merchant) -> None:
    apply(merchant, payment("SUCCESS"))
    assert (merchant.acts.delivered, merchant.acts.delivered_in_cancel) == ({"P"}, set())


def test_success_with_a_requested_cancel_is_noted(merchant: Merchant) -> None:
    apply(merchant, payment("SUCCESS", cancel="REQUESTED"))
    assert merchant.acts.delivered_in_cancel == {"P"}


def test_lower_and_equal_versions_are_ignored(merchant: Merchant) -> None:
    apply(merchant, payment("CANCELLED", 5), payment("SUCCESS", 4), payment("SUCCESS", 5))
    assert (merchant.acts.delivered, merchant.acts.applied["payment#P"]) == (set(), (5, "CANCELLED"))
    assert merchant.deeds["event consumers: ignored a lower or equal version"] == 2


@pytest.mark.parametrize(
    ("state", "more", "did"),
    [
        ("FAIL", {}, "move on"),
        ("CANCELLED", {}, "move on"),
        ("NOT_SUBMITTED", {"cancel": "REQUESTED"}, "move on"),
        ("NOT_SUBMITTED", {}, "repeat"),
        ("PROCESSING", {}, ""),
        ("INITIATED", {}, ""),
        ("SUCCESS", {}, ""),
    ],
)
def test_a_consumer_does_what_the_table_of_states_says(
    merchant: Merchant, state: str, more: dict[str, str], did: str
) -> None:
    events = [payment(state, identity=f"P{number}", **more) for number in range(40)]
    done = Counter(what for what, _ in apply(merchant, *events).did)
    assert set(done) == ({did} if did else set())
    assert done[did] == 0 or 10 < done[did] < 40


def test_a_consumer_of_refunds_moves_on_and_repeats(merchant: Merchant) -> None:
    events = [
        refund(state, f"{state}{number}") for state in ("FAIL", "NOT_SUBMITTED", "SUCCESS") for number in range(40)
    ]
    did = {(what, identity.rstrip("0123456789")) for what, identity in apply(merchant, *events).did}
    assert did == {("move on", "FAIL"), ("repeat", "NOT_SUBMITTED")}
    assert merchant.acts.delivered == set()


def test_near_the_end_consumers_only_listen(merchant: Merchant) -> None:
    assert apply(merchant, *(payment("FAIL", identity=f"P{n}") for n in range(40)), active=False).did == []
    assert len(merchant.acts.applied) == 40


def test_records_of_the_engines_stream_are_made_whole() -> None:
    record = {"dynamodb": {"NewImage": {"m": {}, "l": {"L": [{}]}, "n": {"M": {"x": {}}}}, "SequenceNumber": "1"}}
    assert _whole(record)["dynamodb"] == {
        "NewImage": {"m": {"M": {}}, "l": {"L": [{"M": {}}]}, "n": {"M": {"x": {"M": {}}}}},
        "SequenceNumber": "1",
    }
