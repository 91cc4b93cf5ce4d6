"""Which pairs of state and update of the transition tables an exploration has met, and which not."""

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from unittest import mock

from autodebit.domain import payment, refund


class _Counting(Mapping[Any, Any]):
    """A transition table that counts how often each of its entries is read."""

    def __init__(self, table: Mapping[Any, Any], met: Counter[tuple[str, str]]) -> None:
        self._table, self._met = table, met

    def __getitem__(self, pair: Any) -> Any:
        self._met[str(pair[0]), str(pair[1])] += 1
        return self._table[pair]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


@dataclass(slots=True)
class Coverage:
    """What was met of the tables of payments and refunds."""

    tables: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    met: dict[str, Counter[tuple[str, str]]] = field(default_factory=dict)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Count inside."""
        with contextlib.ExitStack() as stack:
            for module, name in ((payment, "payment"), (refund, "refund")):
                rules = module._RULES
                met = self.met.setdefault(name, Counter())
                self.tables[name] = {(str(state), str(update)) for state, update in rules.table}
                counted = replace(rules, table=_Counting(rules.table, met))  # type: ignore[arg-type]
                stack.enter_context(mock.patch.object(module, "_RULES", counted))
            yield

    def lines(self) -> list[str]:
        """The figures, to be read."""
        told = []
        for name, pairs in self.tables.items():
            missed = sorted(" + ".join(pair) for pair in pairs if pair not in self.met[name])
            told.append(
                f"transitions of a {name}: {len(pairs) - len(missed)} of {len(pairs)} met; not met: {', '.join(missed) or 'none'}"
            )
        return told
