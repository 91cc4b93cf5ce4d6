"""The state of the payment model between two steps: table, Alipay's ledger, what callers were told, what is left to try."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from autodebit.clock import DAY, MINUTE
from tests.support.memory_table import Snapshot, TypedItem

_EARLIEST = 10**12
"""Whole numbers from here on are instants: times in a key are relative to now."""
_LONG_AGO = -4 * DAY
_A_WHILE_AGO = -20 * MINUTE
_LONG_REMEMBERED = {"closed_at", "requested_at"}
"""All other instants that lie more than a while back are all the same: leases, graces and gaps are over by then."""
_NOT_COMPARED = {"attempt", "version", "pk", "sk", "due_key"}
"""What no flow decides by: attempts are random, and versions only count on."""


@dataclass(frozen=True, slots=True)
class Booked:
    """What Alipay has under one id: PROCESSING, SUCCESS, FAIL or CANCELLED."""

    state: str
    ours: bool = True
    debited: bool = False
    """Whether money ever moved; it is still there while the state is SUCCESS."""


@dataclass(frozen=True, slots=True)
class Late:
    """A request that Alipay has and has not executed: it may do so in any later step, or never."""

    kind: str
    identity: str
    since: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A notification that Alipay may deliver: now, later, again, or never."""

    kind: str
    identity: str
    state: str
    ours: bool = True


@dataclass(slots=True)
class Scene:
    """One state. Its parts are replaced, never changed in place, except by the step that owns the copy."""

    now: int
    items: Snapshot = field(default_factory=dict)
    payments: dict[str, Booked] = field(default_factory=dict)
    refunds: dict[str, Booked] = field(default_factory=dict)
    late: tuple[Late, ...] = ()
    letters: tuple[Letter, ...] = ()
    sent: dict[str, int] = field(default_factory=dict)
    """When a pay of an id last reached Alipay."""
    told: frozenset[tuple[str, str]] = frozenset()
    """What callers and readers of events know: ("new id", id) is the leave to take another id in place of it."""
    budgets: dict[str, int] = field(default_factory=dict)

    def copy(self) -> "Scene":
        """The same, to be changed by a step."""
        return replace(
            self,
            items=dict(self.items),
            payments=dict(self.payments),
            refunds=dict(self.refunds),
            sent=dict(self.sent),
            budgets=dict(self.budgets),
        )

    def outstanding(self) -> list[str]:
        """The ids under which our customer is debited and has not been given back."""
        return [name for name, booked in self.payments.items() if booked.ours and booked.state == "SUCCESS"]

    def key(self, *, patience: int, at_the_end: bool = False) -> Hashable:
        """Equal for scenes that cannot be told apart by what follows.

        *patience* of 0 leaves out when a pay was sent; *at_the_end* leaves out what only further moves depend on.
        """
        now = self.now
        items = []
        for place, item in self.items.items():
            if place[1] == "item" and place[0].startswith(("payment#", "refund#")):
                fixed, instants = _parts(_Identity(item))
                items.append((place[0], fixed, tuple([max(instant - now, least) for instant, least in instants])))
            elif place[1] == "pointer":
                items.append((place[0], item.get("target", {}).get("S"), ()))
        sent = tuple(sorted((name, max(at - now, _LONG_AGO)) for name, at in self.sent.items())) if patience else ()
        told = frozenset([one for one in self.told if one[0] != "new id"]) if at_the_end else self.told
        return (
            tuple(sorted(items)),
            tuple(sorted((name, one.state, one.ours, one.debited) for name, one in self.payments.items())),
            tuple(sorted((name, one.state, one.ours, one.debited) for name, one in self.refunds.items())),
            tuple(sorted((one.kind, one.identity, one.since - now) for one in self.late)),
            () if at_the_end else frozenset(self.letters),
            sent,
            told,
            () if at_the_end else tuple(self.budgets.items()),
        )


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
            instants.append((int(value), _LONG_AGO if name in _LONG_REMEMBERED else _A_WHILE_AGO))
        else:
            fixed.append(value if isinstance(value, str | bool) else repr(value))
