from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    SAME_AGAIN = "retry_same_request"
    INQUIRE = "inquire"
    FINAL = "final"


@dataclass(frozen=True)
class Meaning:
    status: str
    action: Action


def meaning_of(operation: str, code: str) -> Meaning | None:
    known = {"ORDER_STATUS_INVALID": Action.INQUIRE, "MERCHANT_BALANCE_NOT_ENOUGH": Action.SAME_AGAIN}
    return Meaning("F", known.get(code, Action.FINAL))
