"""How a payment, a refund, a declaration or a registration goes, chosen by its id or its amount.

An id asks by its end: ``ORDER-7-pending``. A header or an order of the admin interface says the same for any id
(wishes.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from sandbox.alipay.answers import FIRST_ANSWERS, Trouble

T = TypeVar("T")


class Course(Enum):
    """What becomes of a payment that is in order."""

    PAID = "paid at once"
    DECLINED = "refused: the balance is too low"
    PENDING = "in process, paid a few seconds later"
    STUCK = "in process for ever"
    UNPAID = "in process, closed at its expiry"


@dataclass(frozen=True)
class Scenario:
    """*course*, and what happens to answers: to every one of *pay* and of *inquiry*, to the *first_cancel*.

    *late_success*: once it is cancelled, it is notified as paid all the same. *late_cancel*: its cancel is accepted, and
    takes effect later. *taken*: another system of the same client has a payment of another customer under this id;
    *two_merchants*: another merchant account has one, and ours may have its own.
    """

    course: Course = Course.PAID
    pay: Trouble | None = None
    inquiry: Trouble | None = None
    first_cancel: Trouble | None = None
    late_success: bool = False
    late_cancel: bool = False
    taken: bool = False
    two_merchants: bool = False


# The trigger amounts of Alipay's old mock gateway; in each the payment itself succeeds.
AMOUNTS: Mapping[str, Scenario] = {
    "9901": Scenario(pay="unknown"),
    "9902": Scenario(pay="hang"),
    "9903": Scenario(inquiry="unknown"),
    "9904": Scenario(inquiry="hang"),
}
SUFFIXES: Mapping[str, Scenario] = {
    "-declined": Scenario(Course.DECLINED),
    "-pending": Scenario(Course.PENDING),
    "-stuck": Scenario(Course.STUCK),
    "-unpaid": Scenario(Course.UNPAID),
    "-late-success": Scenario(Course.STUCK, late_success=True),
    "-always-unclear": AMOUNTS["9901"],
    "-always-silent": AMOUNTS["9902"],
    "-inquiry-unclear": AMOUNTS["9903"],
    "-inquiry-silent": AMOUNTS["9904"],
    "-cancel-lost": Scenario(first_cancel="cut"),
    "-cancel-unclear": Scenario(first_cancel="unknown"),
    "-cancel-late": Scenario(late_cancel=True),
    "-cancel-late-lost": Scenario(late_cancel=True, first_cancel="cut"),
    "-cancel-late-unclear": Scenario(late_cancel=True, first_cancel="unknown"),
    "-taken": Scenario(taken=True),
    "-two-merchants": Scenario(two_merchants=True),
}
# What befalls the first request of an id before its operation runs (first_requests.py).
FIRST_REQUESTS = ("-held", "-forgotten", "-throttled")


class RefundCourse(Enum):
    """What becomes of a refund that is in order."""

    DONE = "refunded at once"
    DECLINED = "refused"
    LATER = "in process, refunded a few seconds later"
    FAILED_LATE = "in process, failed a few seconds later"
    STUCK = "in process for ever"


@dataclass(frozen=True)
class RefundScenario:
    """*course*; whether a late end is *notified*; whether it is accepted and *executed_late*, and the *trouble* of that answer.

    *taken*: another system of the same client has a refund of another payment under this id.
    """

    course: RefundCourse = RefundCourse.DONE
    notified: bool = True
    executed_late: bool = False
    trouble: Trouble | None = None
    taken: bool = False


REFUND_SUFFIXES: Mapping[str, RefundScenario] = {
    "-declined": RefundScenario(RefundCourse.DECLINED),
    "-pending": RefundScenario(RefundCourse.LATER),
    "-quiet": RefundScenario(RefundCourse.LATER, notified=False),
    "-failed-late": RefundScenario(RefundCourse.FAILED_LATE),
    "-stuck": RefundScenario(RefundCourse.STUCK),
    "-executed-late": RefundScenario(executed_late=True),
    "-executed-late-lost": RefundScenario(executed_late=True, trouble="cut"),
    "-executed-late-unclear": RefundScenario(executed_late=True, trouble="unknown"),
    "-taken": RefundScenario(taken=True),
}


class Receipt(Enum):
    """What customs say of a declaration: the code of their receipt, None for no receipt ever."""

    RECORDED = "2"
    REJECTED = "-1"
    SILENT = None


CUSTOMS_SUFFIXES: Mapping[str, Receipt] = {"-rejected": Receipt.REJECTED, "-stuck": Receipt.SILENT}
APPROVED, REJECTED = "APPROVED", "REJECTED"


@dataclass(frozen=True)
class Review:
    """What becomes of a registration: the wallets' *outcome* (None: never one), one wallet after the other."""

    outcome: str | None = APPROVED
    wallets: tuple[str, ...] = ("AlipayCN",)
    notified: bool = True


REGISTRATION_SUFFIXES: Mapping[str, Review] = {
    "-quiet": Review(notified=False),
    "-rejected": Review(REJECTED),
    "-stuck": Review(None),
    "-two-wallets": Review(wallets=("AlipayCN", "GCash")),
    "-empty": Review(wallets=()),
}

# The names that each operation knows, as ends of ids; those of the first answer come with every one.
NAMES: Mapping[str, frozenset[str]] = {
    operation: frozenset(end.removeprefix("-") for end in (*ends, *FIRST_ANSWERS))
    for operation, ends in {
        "pay": (*SUFFIXES, *FIRST_REQUESTS),
        "refund": (*REFUND_SUFFIXES, *FIRST_REQUESTS),
        "declare": CUSTOMS_SUFFIXES,
        "initAuthentication": (),
        "registration": REGISTRATION_SUFFIXES,
    }.items()
}


def scenario(payment_request_id: str, value: int) -> Scenario:
    return _by_end(SUFFIXES, payment_request_id) or AMOUNTS.get(str(value), Scenario())


def refund_scenario(refund_request_id: str) -> RefundScenario:
    return _by_end(REFUND_SUFFIXES, refund_request_id) or RefundScenario()


def customs_scenario(declaration_request_id: str, transmission: int) -> Receipt:
    """What customs say of the *transmission*-th sending of a declaration (the first is 1)."""
    said = _by_end(CUSTOMS_SUFFIXES, declaration_request_id) or Receipt.RECORDED
    return Receipt.RECORDED if said is Receipt.REJECTED and transmission > 1 else said


def review(registration_request_id: str) -> Review:
    return _by_end(REGISTRATION_SUFFIXES, registration_request_id) or Review()


def _by_end(table: Mapping[str, T], request_id: str) -> T | None:
    return next((found for end, found in table.items() if request_id.endswith(end)), None)
