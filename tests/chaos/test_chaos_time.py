"""Virtual time jumps only while nobody is at work."""

import asyncio

import pytest

from tests.chaos.virtual import VirtualTime


class StillBoard:
    """A board of workers that do nothing."""

    moment = 0

    def now(self) -> int:
        return self.moment

    def busy(self) -> bool:
        return False

    def wakes(self) -> list[int]:
        return []


async def jump(*, began_before: bool) -> list[str]:
    """What happens, in its order, when somebody begins to work before or during a jump to a moment that is waited for."""
    happened: list[str] = []
    board, landing, working = StillBoard(), asyncio.Event(), asyncio.Event()

    async def advance(seconds: float) -> None:
        happened.append("it jumps")
        working.set()
        await landing.wait()
        board.moment += round(seconds * 1000)
        happened.append("it has jumped")

    time = VirtualTime(board, advance)  # type: ignore[arg-type]

    async def work() -> None:
        async with time.at_work():
            happened.append("work")
            await asyncio.sleep(0.05)
            happened.append("done")

    tasks = [asyncio.ensure_future(time.until(60_000))]
    if began_before:
        tasks.append(asyncio.ensure_future(work()))
        await asyncio.sleep(0)
    tasks.append(asyncio.ensure_future(time.keep()))
    await working.wait()
    if not began_before:
        tasks.append(asyncio.ensure_future(work()))
        await asyncio.sleep(0.02)
    landing.set()
    await asyncio.wait_for(tasks[0], 5)
    await asyncio.sleep(0.1)
    tasks[-1 if began_before else -2].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return happened


@pytest.mark.parametrize(
    ("began_before", "happens"),
    [
        (True, ["work", "done", "it jumps", "it has jumped"]),
        (False, ["it jumps", "it has jumped", "work", "done"]),
    ],
)
def test_time_does_not_jump_under_anybody_who_works(began_before: bool, happens: list[str]) -> None:
    assert asyncio.run(jump(began_before=began_before)) == happens
