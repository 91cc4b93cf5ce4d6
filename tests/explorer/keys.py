"""What of the stored items tells two states apart: all that a flow decides by, with times relative to now."""

from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any

from autodebit.clock import DAY, MINUTE
from tests.support.memory_table import Snapshot, TypedItem

_EARLIEST = 10**12
"""Whole numbers from here on are instants: times in a key are relative to now."""
LONG_AGO = -4 * DAY
_A_WHILE_AGO = -20 * MINUTE
_LONG_REMEMBERED = {"closed_at", "requested_at"}
"""All other instants that lie more than a while back are all the same: leases, graces and gaps are over by then."""
_NOT_COMPARED = {"attempt", "version", "pk", "sk", "due_key"}
"""What no flow decides by: attempts are random, and versions only count on."""


def items_key(items: Snapshot, now: int, kinds: tuple[str, ...]) -> Hashable:
    """Equal for *items* that cannot be told apart by what follows; *kinds* are the beginnings of the keys that count."""
    found: list[tuple[Any, ...]] = []
    for place, item in items.items():
        if place[1] == "item" and place[0].startswith(kinds):
            fixed, instants = _parts(_Identity(item))
            found.append((place[0], fixed, tuple([max(instant - now, least) for instant, least in instants])))
        elif place[1] == "pointer":
            found.append((place[0], item.get("target", {}).get("S"), ()))
    return tuple(sorted(found))


class _Identity:
    """A stored item as a key of a cache: items are never changed in place, so the object itself will do."""

    __slots__ = ("item",)

    def __init__(self, item: TypedItem) -> None:
        self.item = item

    def __hash__(self) -> int:
        return id(self.item)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.item is self.item


@lru_cache(maxsize=50_000)
def _parts(held: _Identity) -> tuple[int, tuple[tuple[int, int], ...]]:
    """A hash of all that is no instant, and the instants, each with how far back it matters."""
    fixed: list[Any] = []
    instants: list[tuple[int, int]] = []
    _walk(held.item, fixed, instants)
    return hash(tuple(fixed)), tuple(instants)


def _walk(item: Mapping[str, Any], fixed: list[Any], instants: list[tuple[int, int]]) -> None:
    for name in sorted(item):
        if name in _NOT_COMPARED:
            continue
        [(kind, value)] = item[name].items()
        fixed.append(name)
        if kind == "M":
            _walk(value, fixed, instants)
        elif kind == "N" and len(value) >= 13 and int(value) >= _EARLIEST:
            instants.append((int(value), LONG_AGO if name in _LONG_REMEMBERED else _A_WHILE_AGO))
        else:
            fixed.append(value if isinstance(value, str | bool) else repr(value))
