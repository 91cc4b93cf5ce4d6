"""Virtual time for the conductor and the callers: waits that cost no real time once nothing is under way."""

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable

from tests.chaos.board import Board

_LOOK_EVERY = 0.01


class VirtualTime:
    """Who waits for which moment, and the keeper that lets time jump to the next one while nobody is at work."""

    def __init__(self, board: Board, advance: Callable[[float], Awaitable[None]]) -> None:
        self._board, self._advance = board, advance
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._under_way = 0
        self._still = asyncio.Event()
        self._still.set()

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return self._board.now()

    def call_at(self, moment: int, future: "asyncio.Future[None]") -> None:
        """Fulfil *future* at *moment*, unless somebody did before."""
        heapq.heappush(self._waiting, (moment, next(self._numbers), future))

    async def until(self, moment: int) -> None:
        """Wait for *moment*."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.call_at(moment, future)
        await future

    async def wait(self, seconds: float) -> None:
        """Let *seconds* pass."""
        await self.until(self.now() + round(seconds * 1000))

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Somebody calls: until the answer has come time does not jump. Whoever comes during a jump waits until it is over.

        A function that is begun during a jump would see its lease run out long before its own end: no clock does that to Lambda.
        """
        while not self._still.is_set():
            await self._still.wait()
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    async def keep(self) -> None:
        """Wake whoever waited long enough; jump to the next moment while everybody only waits. Runs until it is cancelled."""
        while True:
            woken = self._wake()
            if not woken and not self._under_way and not self._board.busy():
                moments = [
                    *self._board.wakes(),
                    *(moment for moment, _, future in self._waiting[:1] if not future.done()),
                ]
                if moments and (ahead := min(moments) - self.now()) > 0:
                    self._still.clear()
                    try:
                        await self._advance(ahead / 1000)
                    finally:
                        self._still.set()
                    continue
            await asyncio.sleep(0 if woken else _LOOK_EVERY)

    def _wake(self) -> bool:
        woken, now = False, self.now()
        while self._waiting and (self._waiting[0][0] <= now or self._waiting[0][2].done()):
            future = heapq.heappop(self._waiting)[2]
            if not future.done():
                future.set_result(None)
                woken = True
        return woken
