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
    merchant: str | None = None
    """For which merchant a pay was asked for (chaos.orders.merchant_of)."""
    customer: str = ""
    """For which customer, by the authState of the authorization."""


@dataclass
class Acts:
    """What callers and consumers did on our word."""

    refunds: dict[str, list[str]] = field(default_factory=dict)
    """By what was to be given back once: the refundRequestIds that were taken for it."""
    cancels_asked: set[str] = field(default_factory=set)
    """The payments of which some caller asked for a cancel."""
    delivered: set[str] = field(default_factory=set)
    """The payments on whose event a consumer delivered."""
    delivered_in_cancel: set[str] = field(default_factory=set)
    """Those of them whose event told of a requested cancel, too."""
    applied: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By the name of an item: version and state of the last event that a consumer applied."""


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
    payments_elsewhere: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What another system of the client has under an id that we may have used, too."""
    refunds_elsewhere: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


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
    for_people: list[str] = field(default_factory=list)
    """Items that stay open because a person must decide: their id belongs to another system, and an anomaly tells so."""

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
    payments, refunds = ask("payments"), ask("refunds")
    return Books(
        ledger=ask("ledger"),
        balanced=ask("ledger/entries")["balanced"],
        payments=_by("paymentRequestId", payments, elsewhere=False),
        refunds=_by("refundRequestId", refunds, elsewhere=False),
        payments_elsewhere=_by("paymentRequestId", payments, elsewhere=True),
        refunds_elsewhere=_by("refundRequestId", refunds, elsewhere=True),
        outbox=ask("outbox"),
        authorizations=ask("authorizations"),
        declarations={one["declarationRequestId"]: one for one in ask("declarations")},
        registrations={one["registrationRequestId"]: one for one in ask("registrations")},
        authentications={one["authenticationRequestId"]: one for one in ask("authentications")},
    )


def _by(name: str, records: Sequence[Mapping[str, Any]], *, elsewhere: bool) -> dict[str, Mapping[str, Any]]:
    return {record[name]: record for record in records if bool(record.get("elsewhere")) == elsewhere}
