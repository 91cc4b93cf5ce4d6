"""The simulator's time: it may run faster than real time, jump ahead or stand still, and it runs timers."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

HANGZHOU = timezone(timedelta(hours=8))
LONGEST_DRAIN_REAL_SECONDS = 30.0


def iso(instant: float) -> str:
    """*instant* (seconds since the epoch) as Alipay writes times: ISO 8601, whole seconds, UTC+8."""
    return datetime.fromtimestamp(int(instant), HANGZHOU).isoformat()


ZONES: Mapping[str, timezone] = {"+08:00": HANGZHOU, "-07:00": timezone(timedelta(hours=-7)), "Z": UTC}
"""How a simulator may write the times in its messages: true notifications have been seen with each of these."""


def in_zone(body: Any, zone: str) -> Any:
    """*body* with the times in it written in *zone*: every text under a name that ends in Time."""
    if zone == "+08:00":
        return body
    if isinstance(body, Mapping):
        return {
            name: _in_zone(value, zone) if name.endswith("Time") else in_zone(value, zone)
            for name, value in body.items()
        }
    return [in_zone(each, zone) for each in body] if isinstance(body, list) else body


def _in_zone(value: Any, zone: str) -> Any:
    instant = parse_iso(value) if isinstance(value, str) else None
    if instant is None:
        return in_zone(value, zone)
    written = datetime.fromtimestamp(int(instant), ZONES[zone]).isoformat()
    return written.replace("+00:00", "Z") if zone == "Z" else written


def compact_date(instant: float) -> str:
    """``YYYYMMDD`` in UTC+8, as in Alipay's ids."""
    return datetime.fromtimestamp(instant, HANGZHOU).strftime("%Y%m%d")


def parse_iso(text: str) -> float | None:
    """Seconds since the epoch of an ISO 8601 time with offset; None when it is not one."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC).timestamp() if moment.tzinfo else None


@dataclass(order=True)
class _Timer:
    due: float
    number: int
    action: Callable[[], None] = field(compare=False)
    apart: bool = field(compare=False)


class Clock:
    """Simulated seconds since the epoch, and the timers that hang on them.

    Timers run in the order of their due times, one after the other; those marked ``apart`` (deliveries,
    which wait for a merchant's answer) run in threads of their own. All methods may be called from any
    thread.
    """

    def __init__(
        self,
        start: float | None = None,
        speed: float = 1.0,
        on_error: Callable[[BaseException], None] | None = None,
    ):
        self._start = start
        self._changed = threading.Condition()
        self._timers: list[_Timer] = []
        self._numbers = itertools.count()
        self._busy = 0
        self._running = False
        self._on_error = on_error
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="delivery")
        self._followers: list[Callable[[float, float], None]] = []
        self._rebase(time.time() if start is None else start, speed)

    def _rebase(self, base: float, speed: float) -> None:
        self._base, self._real_base, self._speed = base, time.monotonic(), speed
        for follower in self._followers:
            follower(base, speed)

    def follow(self, follower: Callable[[float, float], None]) -> None:
        """Tell *follower* the time and the speed, now and whenever the clock jumps or changes its speed."""
        with self._changed:
            self._followers.append(follower)
            self._rebase(self.now(), self._speed)

    @property
    def speed(self) -> float:
        return self._speed

    def now(self) -> float:
        """Simulated seconds since the epoch."""
        return self._base + (time.monotonic() - self._real_base) * self._speed

    def set_speed(self, speed: float) -> None:
        """Let the clock run *speed* times as fast as real time; 0 stops it."""
        if speed < 0:
            raise ValueError("speed must not be negative")
        with self._changed:
            self._rebase(self.now(), speed)
            self._changed.notify_all()

    def at(self, due: float, action: Callable[[], None], *, apart: bool = False) -> None:
        """Run *action* once the clock reaches *due*; at once when that is past."""
        with self._changed:
            heapq.heappush(self._timers, _Timer(due, next(self._numbers), action, apart))
            self._changed.notify_all()

    def advance(self, seconds: float) -> None:
        """Jump ahead by *seconds*, stopping at every timer on the way, and return when all of them have
        run.
        """
        if seconds < 0:
            raise ValueError("the clock does not go back")
        target = self.now() + seconds
        while True:
            with self._changed:
                due = self._timers[0].due if self._timers and self._timers[0].due <= target else None
                stop = target if due is None else due
                if stop > self.now():
                    self._rebase(stop, self._speed)
                self._changed.notify_all()
            self.drain()
            with self._changed:
                if not (self._timers and self._timers[0].due <= target):
                    if self.now() < target:
                        self._rebase(target, self._speed)
                    return

    def drain(self) -> None:
        """Run what is due and wait until nothing is in progress; TimeoutError after 30 real seconds."""
        end = time.monotonic() + LONGEST_DRAIN_REAL_SECONDS
        while True:
            timer = self._pop()
            if timer is not None:
                self._run(timer)
                continue
            with self._changed:
                if not self._busy and not self._is_due():
                    return
                if not self._changed.wait_for(lambda: not self._busy or self._is_due(), end - time.monotonic()):
                    raise TimeoutError("deliveries did not come to an end")

    def clear(self) -> None:
        """Forget all timers, and go back to the start time (real time when none was given)."""
        with self._changed:
            self._timers.clear()
            self._rebase(time.time() if self._start is None else self._start, self._speed)
            self._changed.notify_all()

    def run(self) -> None:
        """Start the thread that runs timers as time goes by."""
        self._running = True
        self._thread = threading.Thread(target=self._loop, name="clock", daemon=True)
        self._thread.start()

    def shut_down(self) -> None:
        with self._changed:
            self._running = False
            self._timers.clear()
            self._changed.notify_all()
        self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _is_due(self) -> bool:
        return bool(self._timers) and self._timers[0].due <= self.now()

    def _pop(self) -> _Timer | None:
        with self._changed:
            if not self._is_due():
                return None
            self._busy += 1
            return heapq.heappop(self._timers)

    def _run(self, timer: _Timer) -> None:
        if timer.apart:
            self._pool.submit(self._finish, timer)
        else:
            self._finish(timer)

    def _finish(self, timer: _Timer) -> None:
        try:
            timer.action()
        except Exception as error:  # noqa: BLE001 - one bad timer must not stop the clock for all others
            if self._on_error is not None:
                self._on_error(error)
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def _loop(self) -> None:
        while self._running:
            timer = self._pop()
            if timer is not None:
                self._run(timer)
                continue
            with self._changed:
                if self._running and not self._is_due():
                    self._changed.wait(self._real_wait())

    def _real_wait(self) -> float | None:
        if not self._timers or self._speed == 0:
            return None
        return max(0.0, (self._timers[0].due - self.now()) / self._speed)
