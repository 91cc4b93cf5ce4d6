"""Faults and scenarios ordered for calls and notifications to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.alipay import codes, scenarios
from sandbox.alipay.keys import SIGNATURE_FAULTS
from sandbox.alipay.mixture import Mixture

ANY, PASS, ALWAYS = "*", "pass", "always"
NOTIFICATIONS = frozenset(
    {"notifyAuthorization", "notifyPayment", "notifyRefund", "notifyRegistrationStatus", "notifyDispute"}
)
# Decided before the operation runs: Alipay does nothing.
BEFORE = ("cut_before", "http_500", "unknown", "traffic_limit", "traffic_wave", "answer")
# The connection is cut, and the request arrives later.
HELD = "held"
# Accepted now and executed later, for the operations that can be: answered S, not at all, or U.
LATE = ("late", "late_cut", "late_unknown")
LATE_OPERATIONS = frozenset({"cancel", "refund"})
# Their seconds are those of the simulator's clock.
SIMULATED = frozenset({"traffic_wave", HELD, *LATE})
# The operation runs, then something happens to its answer.
AFTER = ("act_then_cut", "act_then_http_500", "act_then_unknown", "broken_json", "delay", *SIGNATURE_FAULTS)
CALL_FAULTS = (PASS, *BEFORE, HELD, *LATE, *AFTER)
NOW_FAULTS = ("duplicate", "tamper", *SIGNATURE_FAULTS)
NOTIFICATION_FAULTS = (PASS, "drop", "delay", "reorder", *NOW_FAULTS)
AMOUNTS = ("paymentAmount", "refundAmount", "declarationAmount")
IDS = (
    "paymentRequestId", "refundRequestId", "declarationRequestId", "authState", "authenticationRequestId",
    "registrationRequestId",
)  # fmt: skip
FAULT_HEADER, SCENARIO_HEADER = "Sandbox-Fault", "Sandbox-Scenario"


@dataclass
class Fault:
    """*fault* for the next *times* calls (None: all) of *operation* (``*``: any) that match; *seconds* are real, for those in
    SIMULATED simulated (0: the setting's).

    *amount* (the value of one of AMOUNTS) and *request_id* (one of IDS) narrow it down. *scenario* is what the
    call's request id asks for, beside the fault.
    """

    operation: str
    fault: str = PASS
    times: int | None = 1
    seconds: float = 0.0
    code: str | None = None
    scenario: str | None = None
    amount: str | None = None
    request_id: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError with what is wrong."""
        possible = NOTIFICATION_FAULTS if self.operation in NOTIFICATIONS else CALL_FAULTS
        if self.fault not in possible:
            raise ValueError(f"fault of {self.operation} must be one of {', '.join(possible)}")
        if (self.times is not None and self.times < 1) or self.seconds < 0:
            raise ValueError(f"times must be 1 or more, or {ALWAYS!r}; seconds 0 or more")
        if self.fault in LATE and self.operation not in LATE_OPERATIONS:
            raise ValueError(f"{self.fault} is a fault of {' and '.join(sorted(LATE_OPERATIONS))}")
        if self.fault == "answer" and not (self.code and codes.known(self.code)):
            raise ValueError("answer needs the code to give, one that the simulator knows")
        names = scenarios.NAMES.get(self.operation, frozenset())
        if self.scenario is not None and self.scenario not in names:
            raise ValueError(f"scenario of {self.operation} must be one of {', '.join(sorted(names)) or '(none)'}")

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

    def order(self, orders: list[dict[str, Any]], calls: frozenset[str]) -> list[Fault]:
        """Take orders for *calls* and notifications as the admin interface gives them, all or none.

        Raises ValueError with what is wrong.
        """
        faults = [_read(order, calls | NOTIFICATIONS) for order in orders]
        self._open += faults
        return faults

    def take(self, operation: str, body: dict[str, Any]) -> Fault | None:
        """The fault for this call or delivery, used up by one; None for none.

        ``*`` means calls: a notification is only met by a fault for its own kind.
        """
        for fault in self._open:
            if fault.matches(operation, body):
                if fault.times is not None:
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
        code = self._mixture.code(operation, body) if name == "answer" else None
        return Fault(operation, name, seconds=seconds, code=code) if name else None

    def clear(self) -> None:
        self._open.clear()

    def describe(self) -> list[dict[str, Any]]:
        return [asdict(fault) | {"times": fault.times or ALWAYS} for fault in self._open]


def expand(operation: object, wanted: object) -> dict[str, Any]:
    """The order behind one item of ``next``: a fault, a scenario or a result code by its name, or an object.

    ``unknown`` alone is the fault; the scenario of that name needs the object.
    """
    if isinstance(wanted, dict):
        return wanted | {"operation": operation}
    name = str(wanted)
    if name not in CALL_FAULTS and name in scenarios.NAMES.get(str(operation), ()):
        return {"operation": operation, "scenario": name}
    if codes.known(name):
        return {"operation": operation, "fault": "answer", "code": name}
    return {"operation": operation, "fault": name}


def from_headers(headers: Mapping[str, str], operation: str) -> Fault | None:
    """What a caller asked for in ``Sandbox-Fault`` (``name``, ``name;seconds=2``, ``answer;code=...``) and in
    ``Sandbox-Scenario``. Raises ValueError with what is wrong.
    """
    text, scenario = headers.get(FAULT_HEADER), headers.get(SCENARIO_HEADER)
    if text is None and scenario is None:
        return None
    name, *options = (text or PASS).split(";")
    given = {key.strip(): value.strip() for key, _, value in (option.partition("=") for option in options)}
    unknown = set(given) - {"seconds", "code"}
    if unknown:
        raise ValueError(f"{FAULT_HEADER} has seconds and code, not {', '.join(sorted(unknown))}")
    return Fault(
        operation,
        name.strip(),
        seconds=_number(given, "seconds", 0),
        code=given.get("code"),
        scenario=None if scenario is None else scenario.strip(),
    )


def _read(order: dict[str, Any], operations: frozenset[str]) -> Fault:
    unknown = set(order) - {"operation", "fault", "times", "seconds", "code", "scenario", "amount", "requestId"}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    if not {"fault", "scenario"} & set(order):
        raise ValueError("a fault or a scenario is needed")
    operation = str(order.get("operation", ANY))
    if operation not in operations | {ANY}:
        raise ValueError(f"operation must be {ANY} or one of {', '.join(sorted(operations))}")
    return Fault(
        operation,
        str(order.get("fault", PASS)),
        times=None if order.get("times") == ALWAYS else int(_number(order, "times", 1)),
        seconds=_number(order, "seconds", 0),
        code=order.get("code"),
        scenario=None if order.get("scenario") is None else str(order["scenario"]),
        amount=None if order.get("amount") is None else str(order["amount"]),
        request_id=order.get("requestId"),
    )


def _number(order: Mapping[str, Any], name: str, default: float) -> float:
    try:
        return float(order.get(name, default))
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number") from None
