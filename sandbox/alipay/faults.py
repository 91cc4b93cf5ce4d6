"""Faults ordered for calls and notifications to come."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sandbox.alipay import codes
from sandbox.alipay.keys import SIGNATURE_FAULTS
from sandbox.alipay.mixture import Mixture

ANY = "*"
# Decided before the operation runs: Alipay does nothing.
BEFORE = ("cut_before", "http_500", "unknown", "traffic_limit", "answer")
# The operation runs, then something happens to its answer.
AFTER = ("act_then_cut", "act_then_http_500", "act_then_unknown", "broken_json", "delay", *SIGNATURE_FAULTS)
CALL_FAULTS = BEFORE + AFTER
NOTIFICATION_FAULTS = ("drop", "duplicate", "tamper", "delay", *SIGNATURE_FAULTS)
NOTIFICATIONS = frozenset({"notifyAuthorization", "notifyPayment", "notifyRefund", "notifyRegistrationStatus"})
AMOUNTS = ("paymentAmount", "refundAmount", "declarationAmount")
IDS = (
    "paymentRequestId", "refundRequestId", "declarationRequestId", "authState", "authenticationRequestId",
    "registrationRequestId",
)  # fmt: skip
HEADER = "Sandbox-Fault"


@dataclass
class Fault:
    """*fault* for the next *times* calls of *operation* (``*``: any) that match; *seconds* are real.

    *amount* (the value of one of AMOUNTS) and *request_id* (one of IDS) narrow it down.
    """

    operation: str
    fault: str
    times: int = 1
    seconds: float = 0.0
    code: str | None = None
    amount: str | None = None
    request_id: str | None = None

    def matches(self, operation: str, body: dict[str, Any]) -> bool:
        if self.operation != operation and (self.operation != ANY or operation in NOTIFICATIONS):
            return False
        amounts = [str(body[name].get("value")) for name in AMOUNTS if isinstance(body.get(name), dict)]
        ids = [body.get(name) for name in IDS]
        return self.amount in (None, *amounts) and (self.request_id is None or self.request_id in ids)


class Faults:
    """The orders that are still open; the oldest matching one is used first, and then the *mixture*, if there is
    one. Guarded by the simulator's lock.
    """

    def __init__(self, mixture: Mixture | None = None) -> None:
        self._open: list[Fault] = []
        self._mixture = mixture

    def order(self, order: dict[str, Any], operations: frozenset[str]) -> Fault:
        """Take an order as the admin interface gives it. Raises ValueError with what is wrong."""
        unknown = set(order) - {"operation", "fault", "times", "seconds", "code", "amount", "requestId"}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        operation, name = str(order.get("operation", ANY)), str(order.get("fault"))
        if operation not in operations | NOTIFICATIONS | {ANY}:
            raise ValueError(f"operation must be {ANY} or one of {', '.join(sorted(operations | NOTIFICATIONS))}")
        possible = NOTIFICATION_FAULTS if operation in NOTIFICATIONS else CALL_FAULTS
        if name not in possible:
            raise ValueError(f"fault of {operation} must be one of {', '.join(possible)}")
        fault = Fault(
            operation,
            name,
            times=int(_number(order, "times", 1)),
            seconds=_number(order, "seconds", 0),
            code=order.get("code"),
            amount=None if order.get("amount") is None else str(order["amount"]),
            request_id=order.get("requestId"),
        )
        if fault.times < 1 or fault.seconds < 0:
            raise ValueError("times must be 1 or more, seconds 0 or more")
        if name == "answer" and not (fault.code and codes.known(fault.code)):
            raise ValueError("answer needs the code to give, one that the simulator knows")
        self._open.append(fault)
        return fault

    def take(self, operation: str, body: dict[str, Any]) -> Fault | None:
        """The fault for this call or delivery, used up by one; None for none.

        ``*`` means calls: a notification is only met by a fault for its own kind.
        """
        for fault in self._open:
            if fault.matches(operation, body):
                fault.times -= 1
                if fault.times == 0:
                    self._open.remove(fault)
                return fault
        return self._mixed(operation, body)

    def _mixed(self, operation: str, body: dict[str, Any]) -> Fault | None:
        if self._mixture is None:
            return None
        choose = self._mixture.delivery if operation in NOTIFICATIONS else self._mixture.call
        name, seconds = choose(operation, body) or (None, 0.0)
        return Fault(operation, name, seconds=seconds, code="PROCESS_FAIL") if name else None

    def clear(self) -> None:
        self._open.clear()

    def describe(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._open]


def from_header(text: str, operation: str) -> Fault | None:
    """The fault that a caller asked for in the Sandbox-Fault header (``name`` or ``name;seconds=2``)."""
    name, _, option = text.partition(";")
    if name.strip() not in CALL_FAULTS or name.strip() == "answer":
        return None
    key, _, value = option.partition("=")
    seconds = float(value) if key.strip() == "seconds" and value.strip().replace(".", "", 1).isdigit() else 0.0
    return Fault(operation, name.strip(), seconds=seconds)


def _number(order: dict[str, Any], name: str, default: float) -> float:
    try:
        return float(order.get(name, default))
    except TypeError:
        raise ValueError(f"{name} must be a number") from None
