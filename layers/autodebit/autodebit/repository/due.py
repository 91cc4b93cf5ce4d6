"""What is open and due, from the sparse index."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

from autodebit.clock import Instant
from autodebit.repository.serialization import SHARDS, Kind, key_of
from autodebit.repository.table import ConditionFailed, Key, Table, later


@dataclass(frozen=True, slots=True)
class DueItem:
    """Something to see to: its kind, its id, and since when it is due."""

    kind: Kind
    identity: str
    due_at: Instant

    @property
    def key(self) -> Key:
        """Where the item stands."""
        return key_of(Kind.GRANT if self.kind is Kind.TOKEN_LIFE else self.kind, self.identity)


class DueIndex:
    """The index of due work. It lags behind the table: whoever acts on an entry reads and claims the item first."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def until(self, moment: Instant, kinds: Iterable[Kind] = Kind, *, limit: int = 25) -> list[DueItem]:
        """At most *limit* entries of each partition of *kinds* that are due by *moment*, codes first, then soonest first.

        Raises:
            StoreUnavailable: the table did not answer.
        """
        found = [
            DueItem(kind, key.pk.split("#", 1)[1], due_at)
            for kind in kinds
            for shard in range(SHARDS)
            for key, due_at in self._table.due(f"{kind}#{shard}", moment, limit)
        ]
        # A code lives for a minute: it goes before whatever has been waiting for longer.
        return sorted(found, key=lambda item: (item.kind is not Kind.CODE, item.due_at))

    def postpone(self, item: DueItem, until: Instant) -> None:
        """Put *item* off, unless somebody has moved it: what cannot be seen to must not stand before the others for ever.

        Raises:
            StoreUnavailable: the table did not answer.
        """
        with contextlib.suppress(ConditionFailed):
            self._table.write(later(item.key, until, instead_of=item.due_at))
