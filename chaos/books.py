"""What a verdict is made from (the books, what callers were told) and what it says (the faults that were found)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Told:
    """What a caller was told of an id: by which function, HTTP status, resultStatus and resultCode.

    *final* is where an inquiry says that the payment or refund itself stands, *asked* the amount that the caller asked for.
    """

    function: str
    identity: str
    http_status: int
    status: str
    code: str
    final: str = ""
    asked: str = ""


@dataclass(frozen=True)
class Books:
    """What the simulator says (its admin interface, as it came)."""

    ledger: Mapping[str, Any]
    balanced: bool
    payments: Mapping[str, Mapping[str, Any]]
    refunds: Mapping[str, Mapping[str, Any]]
    outbox: Sequence[Mapping[str, Any]]
    authorizations: Sequence[Mapping[str, Any]] = ()
    declarations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    registrations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    authentications: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass
class Verdict:
    """What was found; each line names an id and what is wrong with it."""

    payments: int = 0
    refunds: int = 0
    double_debits: list[str] = field(default_factory=list)
    double_refunds: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    mismatches: list[str] = field(default_factory=list)
    anomalies: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> dict[str, list[str]]:
        """The five, by name."""
        names = ("double_debits", "double_refunds", "lost", "stuck", "mismatches")
        return {name: getattr(self, name) for name in names}

    @property
    def sound(self) -> bool:
        """Whether none of the five was found."""
        return not any(self.faults.values())


def books_of(ask: Any) -> Books:
    """The books, through *ask*: the admin interface by path."""
    return Books(
        ledger=ask("ledger"),
        balanced=ask("ledger/entries")["balanced"],
        payments={payment["paymentRequestId"]: payment for payment in ask("payments")},
        refunds={refund["refundRequestId"]: refund for refund in ask("refunds")},
        outbox=ask("outbox"),
        authorizations=ask("authorizations"),
        declarations={one["declarationRequestId"]: one for one in ask("declarations")},
        registrations={one["registrationRequestId"]: one for one in ask("registrations")},
        authentications={one["authenticationRequestId"]: one for one in ask("authentications")},
    )
