"""How a payment, a refund or a declaration goes, chosen by its id or its amount."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sandbox.alipay.answers import Trouble


class Course(Enum):
    """What becomes of a payment that is in order."""

    PAID = "paid at once"
    DECLINED = "refused: the balance is too low"
    PENDING = "in process, paid a few seconds later"
    STUCK = "in process for ever"
    UNPAID = "in process, closed at its expiry"


@dataclass(frozen=True)
class Scenario:
    """*course*, and what happens to every answer of *pay* and of *inquiry*. *late_success*: once it is
    cancelled, it is notified as paid all the same.
    """

    course: Course = Course.PAID
    pay: Trouble | None = None
    inquiry: Trouble | None = None
    late_success: bool = False


SUFFIXES = {
    "-declined": Scenario(Course.DECLINED),
    "-pending": Scenario(Course.PENDING),
    "-stuck": Scenario(Course.STUCK),
    "-unpaid": Scenario(Course.UNPAID),
    "-late-success": Scenario(Course.STUCK, late_success=True),
}
# The trigger amounts of Alipay's old mock gateway; in each the payment itself succeeds.
AMOUNTS = {
    "9901": Scenario(pay="unknown"),
    "9902": Scenario(pay="hang"),
    "9903": Scenario(inquiry="unknown"),
    "9904": Scenario(inquiry="hang"),
}


class RefundCourse(Enum):
    """What becomes of a refund that is in order."""

    DONE = "refunded at once"
    DECLINED = "refused"
    LATER = "in process, refunded a few seconds later"
    FAILED_LATE = "in process, failed a few seconds later"
    STUCK = "in process for ever"


@dataclass(frozen=True)
class RefundScenario:
    """*course*; whether a late end is *notified*."""

    course: RefundCourse = RefundCourse.DONE
    notified: bool = True


REFUND_SUFFIXES = {
    "-declined": RefundScenario(RefundCourse.DECLINED),
    "-pending": RefundScenario(RefundCourse.LATER),
    "-quiet": RefundScenario(RefundCourse.LATER, notified=False),
    "-failed-late": RefundScenario(RefundCourse.FAILED_LATE),
    "-stuck": RefundScenario(RefundCourse.STUCK),
}


class Receipt(Enum):
    """What customs say of a declaration: the code of their receipt, None for no receipt ever."""

    RECORDED = "2"
    REJECTED = "-1"
    SILENT = None


def scenario(payment_request_id: str, value: int) -> Scenario:
    for suffix, found in SUFFIXES.items():
        if payment_request_id.endswith(suffix):
            return found
    return AMOUNTS.get(str(value), Scenario())


def refund_scenario(refund_request_id: str) -> RefundScenario:
    for suffix, found in REFUND_SUFFIXES.items():
        if refund_request_id.endswith(suffix):
            return found
    return RefundScenario()


def customs_scenario(declaration_request_id: str, transmission: int) -> Receipt:
    """What customs say of the *transmission*-th sending of a declaration (the first is 1)."""
    if declaration_request_id.endswith("-stuck"):
        return Receipt.SILENT
    return Receipt.REJECTED if declaration_request_id.endswith("-rejected") and transmission == 1 else Receipt.RECORDED
