"""The state of the payment model between two steps: table, Alipay's ledger, what callers were told, what is left to try."""

from collections.abc import Hashable
from dataclasses import dataclass, field, replace

from tests.explorer.keys import LONG_AGO, items_key
from tests.support.memory_table import Snapshot


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
        items = items_key(self.items, now, ("payment#", "refund#"))
        sent = tuple(sorted((name, max(at - now, LONG_AGO)) for name, at in self.sent.items())) if patience else ()
        told = frozenset([one for one in self.told if one[0] != "new id"]) if at_the_end else self.told
        return (
            items,
            tuple(sorted((name, one.state, one.ours, one.debited) for name, one in self.payments.items())),
            tuple(sorted((name, one.state, one.ours, one.debited) for name, one in self.refunds.items())),
            tuple(sorted((one.kind, one.identity, one.since - now) for one in self.late)),
            () if at_the_end else frozenset(self.letters),
            sent,
            told,
            () if at_the_end else tuple(self.budgets.items()),
        )
