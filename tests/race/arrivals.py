"""What arrived at Alipay, by the simulator's journal."""

import itertools
from typing import Any

import requests

from tests.promises.shop import Shop


def calls(shop: Shop, *operations: str, after: int = 0) -> list[dict[str, Any]]:
    """The calls of *operations* behind entry *after* of the journal, in the order in which Alipay acted on them."""
    entries = requests.get(f"{shop.simulator}/_sandbox/journal?kind=call&after={after}", timeout=10).json()
    return [entry for entry in entries if entry.get("operation") in operations]


def arrived(shop: Shop, operation: str, after: int = 0) -> int:
    """How often the simulator was called for this operation."""
    return len(calls(shop, operation, after=after))


def latest(shop: Shop) -> int:
    """The newest entry of the journal: what comes later is behind it."""
    entries = requests.get(f"{shop.simulator}/_sandbox/journal", timeout=10).json()
    return int(entries[-1]["number"]) if entries else 0


def sent_together(found: list[dict[str, Any]], held: float) -> list[tuple[str, str]]:
    """Neighbours among *found* of which the later was sent while the earlier, held for *held* seconds, was without its answer."""
    sent = sorted((int(call["headers"]["Request-Time"]), str(call["operation"])) for call in found)
    return [(one, other) for (before, one), (after, other) in itertools.pairwise(sent) if after < before + held * 1_000]
