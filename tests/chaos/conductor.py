"""A run from its start to its verdict: the callers call, time passes, pollers wake, until everything is quiet."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from autodebit.repository.table import plain
from tests.chaos.behaviours import behaviours
from tests.chaos.books import Verdict, books_of
from tests.chaos.callers import Merchant, post
from tests.chaos.consumers import Consumers
from tests.chaos.customers import WALLETS, Customer, authorise
from tests.chaos.judge import judge
from tests.chaos.ports import half_of
from tests.chaos.scripts import STORIES
from tests.chaos.stack import TABLE, Stack
from tests.chaos.teller import PAYMENTS_EACH, Teller
from tests.chaos.virtual import VirtualTime
from tests.chaos.waiting import due_for_ever
from tests.chaos.worker import CANCEL_OPEN_AFTER, HALF, SECONDS

CALLS = {
    "cut_before": 0.05, "act_then_cut": 0.07, "http_500": 0.03, "act_then_http_500": 0.03, "unknown": 0.03,
    "act_then_unknown": 0.05, "traffic_limit": 0.02, "broken_json": 0.02, "unsigned": 0.02, "wrong_signature": 0.02,
    "old_key_version": 0.01, "delay": 0.01, "answer": 0.02,
}  # fmt: skip
DELIVERIES = {
    "drop": 0.12, "duplicate": 0.08, "delay": 0.08, "tamper": 0.03, "unsigned": 0.02, "wrong_signature": 0.02,
    "old_key_version": 0.02,
}  # fmt: skip
"""The shares of the faults: more than a third of all calls and of all deliveries are disturbed."""
_LATE_CALLS = {"late": 0.05, "late_cut": 0.1, "late_unknown": 0.05, "held": 0.04}
BY_OPERATION = {
    "pay": {"held": 0.03, "traffic_wave": 0.004},
    "inquiryPayment": {"traffic_wave": 0.002},
    "cancel": {**_LATE_CALLS, "traffic_wave": 0.004},
    "refund": {**_LATE_CALLS, "traffic_wave": 0.004},
}
FAULT_SECONDS = {
    "held": (30.0, 600.0), "late": (5.0, 75.0), "late_cut": (5.0, 75.0), "late_unknown": (5.0, 75.0), "cancel held": (5.0, 75.0),
    "traffic_wave": (5.0, 40.0),
}  # fmt: skip
"""How late something arrives or is executed. A cancel is not later than the grace after which a refusal of it is believed."""
LATE_SECONDS = 75.0
"""The same where an id asks for it."""
CODES = {
    "pay": ("PROCESS_FAIL", "RISK_REJECT", "USER_BALANCE_NOT_ENOUGH", "SYSTEM_ERROR", "PAYMENT_AMOUNT_EXCEED_LIMIT",
            "USER_STATUS_ABNORMAL", "ACCESS_DENIED"),
    "refund": ("PROCESS_FAIL", "REFUND_WINDOW_EXCEED", "MERCHANT_BALANCE_NOT_ENOUGH", "SYSTEM_ERROR", "REFUND_NOT_SUPPORTED"),
    "cancel": ("PROCESS_FAIL", "CANCEL_WINDOW_EXCEED", "SYSTEM_ERROR"),
}  # fmt: skip
"""What Alipay refuses with, keeping no record."""
REFUSED_AGAIN = 0.3
"""The share of repeats of pay, refund and cancel that Alipay refuses, whatever became of the first."""
QUIET_AFTER = 48 * 3_600_000
_CALLERS_AT_ONCE = 24
_STORIES_AT_ONCE = 96
_POLL_SECONDS = "20"
"""A poller stops claiming 13 s before its end, and sends a cancel only with 15 s left: this leaves it a few seconds of work."""
_LOOK_RARELY = 7_200_000
_STUCK_FOR = 6 * 3_600
_TELL_EVERY = 5.0

Progress = Callable[[str], None]


@dataclass
class Outcome:
    """What a run came to."""

    verdict: Verdict
    given: Counter[str] = field(default_factory=Counter)
    """What the simulator's mixture gave, by fault."""
    met: Counter[str] = field(default_factory=Counter)
    """The calls and deliveries that the simulator's mixture saw."""
    suffered: Counter[str] = field(default_factory=Counter)
    """What the workers suffered, by fault."""
    deeds: Counter[str] = field(default_factory=Counter)
    """What callers did."""
    behaviours: Counter[str] = field(default_factory=Counter)
    """How often each behaviour was met that code, simulator and suites once left out."""
    calls: int = 0
    no_trusted_answer: int = 0
    virtual_hours: float = 0.0


@dataclass(frozen=True)
class Schedule:
    """What wakes a poller: its function, the kinds of due work that it sees to, and seconds.

    *pause* is how long a poller rests; *look* is how long nobody looks, as long as nothing is due.
    """

    function: str
    kinds: frozenset[str]
    pause: float
    look: int
    to_the_end: bool = True
    half: int | None = None
    """Which half of all items it sees to; None for all."""
    cancel_open_after: int = 0
    """The deployment's CancelOpenAfterSeconds; 0 for never."""


_CANCEL_OPEN_AFTER = 60
"""Seconds after which one half of the payments is cancelled if it is still open."""
_LISTEN_ONLY = 12 * 3_600_000
"""Before the end of a run consumers of events begin nothing new for so long."""
_OPEN = frozenset({"payment", "refund", "authorization", "code", "grant", "declaration"})
_REVIEWED, _ENDING = frozenset({"registration"}), frozenset({"token-life"})
_SCHEDULES = (
    *(
        Schedule("poll_payments", _OPEN, 8, 15, to_the_end, half, patience)
        for half, patience in ((0, _CANCEL_OPEN_AFTER), (1, 0))
        for to_the_end in (True, False)
    ),
    Schedule("poll_registrations", _REVIEWED, 60, 60),
    Schedule("refresh_tokens", _ENDING, 3600, 3600),
)


class Conductor:
    """Conducts one run on a stack."""

    def __init__(self, stack: Stack, payments: int, seed: int, progress: Progress) -> None:
        self._stack, self._payments, self._seed, self._progress = stack, payments, seed, progress
        self._time = VirtualTime(stack.board, self._advance)
        self._merchant = Merchant(stack.workers, stack.alipay, self._time, asyncio.Semaphore(_CALLERS_AT_ONCE))
        self._consumers = Consumers(self._merchant, seed)
        self._told = 0
        """How many stories are told; some callers come back later."""
        self._phase = "paying"
        self._earlier: list[dict[str, Any]] = []
        """The items as they were 48 hours before the end; none if the end came sooner."""
        self._for_ever: set[str] = set()
        """The partitions of what was found to be due for ever."""

    async def conduct(self) -> Outcome:
        """Run to the end."""
        began = self._time.now()
        loop = asyncio.get_running_loop()
        background = [loop.create_task(self._time.keep()), loop.create_task(self._report())]
        if self._stack.stream is not None:
            background.append(loop.create_task(self._consumers.listen(self._stack.stream.read)))
        pollers = [loop.create_task(self._poll(schedule)) for schedule in _SCHEDULES]
        stories = loop.create_task(self._tell_all())
        try:
            await _first_of(stories, *background, *pollers)
            self._phase = "until quiet"
            quiet = loop.create_task(self._until_quiet())
            await _first_of(quiet, *background, *pollers)
        finally:
            for task in (*background, *pollers, stories):
                task.cancel()
            await asyncio.gather(*background, *pollers, stories, return_exceptions=True)
        return self._outcome((self._time.now() - began) / 3_600_000)

    async def _tell_all(self) -> None:
        at_once = asyncio.Semaphore(_STORIES_AT_ONCE)
        all_told = asyncio.Event()

        async def tell(number: int, served: Customer) -> None:
            teller = Teller(self._merchant, self._seed, number, served, STORIES)
            async with at_once:
                await teller.tell()
            self._told += 1
            if self._told == self._payments:
                self._phase = "some callers come back"
                all_told.set()
            await teller.come_back()

        async def serve(customer: int) -> None:
            async with at_once:
                wallet = WALLETS[customer % len(WALLETS)]
                served = await authorise(self._merchant, self._seed, f"{customer:04d}", wallet)
            first = customer * PAYMENTS_EACH
            numbers = range(first, min(first + PAYMENTS_EACH, self._payments))
            await asyncio.gather(*(tell(number, served) for number in numbers))

        customers = range(-(-self._payments // PAYMENTS_EACH))
        await asyncio.gather(self._end_stuck(all_told), *(serve(customer) for customer in customers))

    # --- time

    async def _advance(self, seconds: float) -> None:
        body = json.dumps({"advance": seconds}).encode()
        status, _, text = await post(self._stack.alipay, "/_sandbox/clock", body, {"Content-Type": "application/json"})
        if status != 200:
            raise RuntimeError(f"the clock did not move: {text!r}")

    async def _poll(self, schedule: Schedule) -> None:
        """Wake a poller whenever something is due: often while payments are made, and every two hours afterwards."""
        while True:
            if self._told == self._payments and not schedule.to_the_end:
                return
            now = self._time.now()
            due = self._due(schedule.kinds, schedule.half)
            if due and due[0] <= now:
                headers = {SECONDS: _POLL_SECONDS, CANCEL_OPEN_AFTER: str(schedule.cancel_open_after)}
                half = {} if schedule.half is None else {HALF: str(schedule.half)}
                await self._merchant.call(schedule.function, {}, **headers, **half)
                await self._time.wait(schedule.pause)
            elif self._told < self._payments:
                await self._time.until(min([now + schedule.look * 1000, *due[:1]]) + 1_000)
            else:
                await self._time.until((now // _LOOK_RARELY + 1) * _LOOK_RARELY)

    async def _end_stuck(self, all_told: asyncio.Event) -> None:
        """What no wallet decides on is decided by people, hours later."""
        await all_told.wait()
        await self._time.wait(_STUCK_FOR)
        for number, (kind, identity) in enumerate(self._in_process()):
            outcome = ("SUCCESS", "FAIL")[number % 2]
            self._stack.ask(f"{kind}s/settle", {f"{kind}RequestId": identity, "outcome": outcome})

    def _in_process(self) -> list[tuple[str, str]]:
        return [
            (kind, one[f"{kind}RequestId"])
            for kind in ("payment", "refund")
            for one in self._stack.ask(f"{kind}s")
            if one[f"{kind}Status"] == "PROCESSING"
        ]

    async def _until_quiet(self) -> None:
        """Two days, or less if nothing is open any more and every notification has arrived or been given up."""
        end, earlier = self._time.now() + QUIET_AFTER, self._stack.items()
        while self._time.now() < end:
            self._consumers.active = self._time.now() < end - _LISTEN_ONLY
            if (
                self._consumers.idle
                and not self._anything_to_settle()
                and not any(one["state"] == "waiting" for one in self._stack.ask("outbox"))
            ):
                return
            await self._time.wait(1_800)
        self._earlier = earlier

    def _anything_to_settle(self) -> bool:
        """Whether anything is due that is not due for ever: see chaos.waiting.due_for_ever."""
        due = {str(key) for key in self._due_keys(_OPEN | _REVIEWED)} - self._for_ever
        for partition in due:
            key = {"pk": {"S": partition}, "sk": {"S": "item"}}
            found = self._stack.dynamodb.get_item(TableName=TABLE, Key=key, ConsistentRead=True).get("Item")
            if found is not None and not due_for_ever(plain(found)):
                return True
            self._for_ever.add(partition)
        return False

    def _due_keys(self, kinds: frozenset[str]) -> list[str]:
        rows = self._stack.items(IndexName="due")
        return [row["pk"]["S"] for row in rows if row["due_key"]["S"].split("#")[0] in kinds]

    def _due(self, kinds: frozenset[str], half: int | None = None) -> list[int]:
        """All due times of *kinds*, or of one half of them, soonest first."""
        rows = self._stack.items(IndexName="due")
        return sorted(
            int(row["due_at"]["N"])
            for row in rows
            if row["due_key"]["S"].split("#")[0] in kinds and half in (None, half_of(row["pk"]["S"]))
        )

    # --- telling

    async def _report(self) -> None:
        began = time.monotonic()
        while True:
            await asyncio.sleep(_TELL_EVERY)
            suffered = self._stack.board.counts()
            killed = sum(count for kind, count in suffered.items() if kind.startswith("killed"))
            self._progress(
                f"{time.monotonic() - began:6.0f} s  {self._phase}: {self._told} of {self._payments} payments, "
                f"{self._merchant.calls} calls, {suffered['invocations']} invocations, {killed} crashes"
            )

    def _outcome(self, virtual_hours: float) -> Outcome:
        ask = self._stack.ask
        mixture, books, notes = ask("mixture"), books_of(ask), self._stack.notes.read()
        suffered = self._stack.board.counts()
        return Outcome(
            judge(
                books,
                self._stack.items(),
                self._merchant.told,
                notes=notes,
                earlier=self._earlier,
                acts=self._merchant.acts,
            ),
            behaviours=behaviours(mixture, books, notes, suffered, self._merchant.deeds, self._merchant.acts),
            given=Counter(mixture.get("given", {})),
            met=Counter(mixture.get("met", {})),
            suffered=suffered,
            deeds=self._merchant.deeds,
            calls=self._merchant.calls,
            no_trusted_answer=self._merchant.no_trusted_answer,
            virtual_hours=virtual_hours,
        )


async def _first_of(main: "asyncio.Task[None]", *others: "asyncio.Task[None]") -> None:
    """Wait for *main*, or for an error in any of them, which is raised."""
    done: set[asyncio.Task[None]] = set()
    waiting = {main, *others}
    while main not in done:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
