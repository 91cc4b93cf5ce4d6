"""Time as an argument: the one place that reads the machine's clock."""

import time
from datetime import UTC, datetime
from typing import Protocol, TypeAlias

Instant: TypeAlias = int
"""A moment: milliseconds since 1970-01-01T00:00:00Z."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock(Protocol):
    """What the flows know of time; suites pass one that they move by hand."""

    def now(self) -> Instant:
        """The present moment."""

    def sleep(self, milliseconds: int) -> None:
        """Let time pass."""


class SystemClock:
    """The machine's clock. Wall time, because a frozen execution environment stops monotonic clocks."""

    def now(self) -> Instant:
        return time.time_ns() // 1_000_000

    def sleep(self, milliseconds: int) -> None:
        time.sleep(max(0, milliseconds) / SECOND)


def iso(moment: Instant) -> str:
    """*moment* as ISO 8601 in UTC, to the second: the form of Alipay's body times."""
    return datetime.fromtimestamp(moment / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def instant_of(text: str, *, offset_needed: bool = False) -> Instant | None:
    """The moment that *text* names, or None: ISO 8601, epoch seconds or epoch milliseconds.

    ISO 8601 without an offset is taken for UTC, and names no moment where an *offset_needed* is.
    """
    if text.isascii() and text.isdecimal() and len(text) in (10, 13):
        return int(text) * (SECOND if len(text) == 10 else 1)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if offset_needed and moment.tzinfo is None:
        return None
    known = round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * SECOND)
    return known if known > 0 else None
