"""How a payment goes, chosen by its paymentRequestId or its amount."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Course(Enum):
    """What becomes of a payment that is in order."""

    PAID = "paid at once"
    DECLINED = "refused: the balance is too low"
    PENDING = "in process, paid a few seconds later"
    STUCK = "in process for ever"
    UNPAID = "in process, closed at its expiry"


@dataclass(frozen=True)
class Scenario:
    """*course*, and what happens to answers: *pay* (every send), *first_pay* (the first), *inquiry* (every
    one).
    """

    course: Course = Course.PAID
    pay: str | None = None
    first_pay: str | None = None
    inquiry: str | None = None


SUFFIXES = {
    "-declined": Scenario(Course.DECLINED),
    "-pending": Scenario(Course.PENDING),
    "-stuck": Scenario(Course.STUCK),
    "-unpaid": Scenario(Course.UNPAID),
    "-answer-lost": Scenario(first_pay="cut"),
}
# The trigger amounts of Alipay's old mock gateway; in each the payment itself succeeds.
AMOUNTS = {
    "9901": Scenario(pay="unknown"),
    "9902": Scenario(pay="hang"),
    "9903": Scenario(inquiry="unknown"),
    "9904": Scenario(inquiry="hang"),
}


def scenario(payment_request_id: str, value: int) -> Scenario:
    for suffix, found in SUFFIXES.items():
        if payment_request_id.endswith(suffix):
            return found
    return AMOUNTS.get(str(value), Scenario())
