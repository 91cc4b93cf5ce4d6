"""Double-entry book of the simulator: the judge of whether money moved, and how often."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.alipay.clock import iso
from sandbox.alipay.money import Money

WORLD = "world"


class InsufficientFunds(Exception):
    """The account to take from holds less than the amount."""


@dataclass(frozen=True)
class Entry:
    """*amount* went from one account to another."""

    number: int
    at: float
    kind: str
    reference: str
    source: str
    target: str
    amount: Money

    def describe(self) -> dict[str, Any]:
        return {
            "number": self.number, "time": iso(self.at), "kind": self.kind, "reference": self.reference,
            "from": self.source, "to": self.target, "amount": self.amount.wire(),
        }  # fmt: skip


class Ledger:
    """Accounts ``customer:<wallet>:<userId>``, ``merchant:<clientId>`` and ``world``, the source of balances.

    Every entry takes from one account what it gives to another, so that all balances of a currency sum to
    zero. Only ``world`` and merchants may go below zero.
    """

    def __init__(self, opening_balance: int, record: Callable[..., None] = lambda *_, **__: None) -> None:
        """*record* is told of every entry, for the journal."""
        self._opening_balance, self._record = opening_balance, record
        self._balances: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._opened: set[tuple[str, str]] = set()
        self.entries: list[Entry] = []

    def move(self, kind: str, reference: str, source: str, target: str, amount: Money, at: float) -> Entry:
        """Book *amount* from *source* to *target*; InsufficientFunds when a customer has too little."""
        if amount.value <= 0:
            raise ValueError("an entry needs a positive amount")
        for account in (source, target):
            self._open(account, amount.currency, at)
        if source.startswith("customer:") and self._balances[source, amount.currency] < amount.value:
            raise InsufficientFunds(source)
        return self._book(kind, reference, source, target, amount, at)

    def set_balance(self, account: str, amount: Money, at: float) -> None:
        """Top up or drain *account* so that it holds exactly *amount*."""
        self._open(account, amount.currency, at)
        change = amount.value - self._balances[account, amount.currency]
        source, target = (WORLD, account) if change > 0 else (account, WORLD)
        if change:
            self._book("balance", account, source, target, Money(amount.currency, abs(change)), at)

    def balance(self, account: str, currency: str) -> int:
        return self._balances[account, currency]

    def balanced(self) -> bool:
        """Whether the balances of every currency sum to zero and equal what the entries say."""
        rebuilt: defaultdict[tuple[str, str], int] = defaultdict(int)
        for entry in self.entries:
            rebuilt[entry.source, entry.amount.currency] -= entry.amount.value
            rebuilt[entry.target, entry.amount.currency] += entry.amount.value
        sums: defaultdict[str, int] = defaultdict(int)
        for (_, currency), value in self._balances.items():
            sums[currency] += value
        booked = {key: value for key, value in self._balances.items() if value}
        return booked == {key: value for key, value in rebuilt.items() if value} and not any(sums.values())

    def describe(self) -> dict[str, Any]:
        return {
            "balanced": self.balanced(),
            "accounts": [
                {"account": account, "currency": currency, "balance": str(value)}
                for (account, currency), value in sorted(self._balances.items())
            ],
            "entries": [entry.describe() for entry in self.entries],
        }

    def _open(self, account: str, currency: str, at: float) -> None:
        if not account.startswith("customer:") or (account, currency) in self._opened:
            return
        self._opened.add((account, currency))
        if self._opening_balance:
            self._book("opening", account, WORLD, account, Money(currency, self._opening_balance), at)

    def _book(self, kind: str, reference: str, source: str, target: str, amount: Money, at: float) -> Entry:
        entry = Entry(len(self.entries) + 1, at, kind, reference, source, target, amount)
        self.entries.append(entry)
        self._balances[source, amount.currency] -= amount.value
        self._balances[target, amount.currency] += amount.value
        self._record("ledger", entry=entry.describe())
        return entry
