"""What the simulator's journal says of the calls that arrived: what each said, when it came, and what it was answered."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.chaos.ports import id_in

MONEY = ("pay", "refund")
_BY_CALLERS = (*MONEY, "declare", "registration", "initAuthentication")
"""What nobody sends but a caller."""
_LEASE_SECONDS = 24
"""The lease of a send lasts for 25 s; the journal knows whole seconds only."""


@dataclass(frozen=True)
class Arrival:
    """One call: its operation and id, its body (tokens masked), when it came (simulated seconds), and the code of the answer."""

    operation: str
    identity: str
    body: Mapping[str, Any]
    at: int
    code: str


@dataclass(frozen=True)
class Death:
    """A process that died as the sender of *operation* for that id, after *sent* sends, its lease still running."""

    operation: str
    identity: str
    at: int
    sent: int


def arrivals(ask: Callable[[str], Any]) -> list[Arrival]:
    """Every call that got through to its operation, or to a fault in its place; *ask* is the admin interface by path."""
    calls = [entry for entry in ask("journal?kind=call") if entry.get("operation")]
    return [
        Arrival(
            entry["operation"],
            id_in(entry["request"]),
            entry["request"],
            int(datetime.fromisoformat(entry["time"]).timestamp()),
            entry["code"] or "",
        )
        for entry in calls
    ]


def faults_in(arrived: Iterable[Arrival], deaths: Iterable[Death], once: Callable[[str], bool]) -> list[str]:
    """Sends of one id that are not the same, or that came while the lease of a dead sender ran; of ids for which *once* holds,
    more than one.
    """
    arrived = list(arrived)
    found = []
    for operation in _BY_CALLERS:
        for identity in sorted({one.identity for one in arrived if one.operation == operation}):
            sends = [one for one in arrived if (one.operation, one.identity) == (operation, identity)]
            if once(identity) and len(sends) > 1:
                found.append(f"{operation} {identity} was sent {len(sends)} times, and its caller asked once")
            if operation not in MONEY:
                continue
            if any(one.body != sends[0].body for one in sends):
                found.append(f"{operation} {identity} was sent with different bodies")
            if any(one.code == "REPEAT_REQ_INCONSISTENT" for one in sends):
                found.append(f"{operation} {identity} was sent with another amount or token than at first")
    for death in deaths:
        within = [
            one.at - death.at
            for one in arrived
            if (one.operation, one.identity) == (death.operation, death.identity)
            and death.at <= one.at < death.at + _LEASE_SECONDS
        ]
        if len(within) != death.sent:
            found.append(f"{death.operation} {death.identity} arrived {within} s after its sender's death")
    return found
