"""A shop on DynamoDB Local, and processes that race for it."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.promises.shop import Shop, shop_on
from tests.race.worker import Place, Step, run
from tests.support.engines import Engine
from tests.support.world import World

PROCESSES = 3
Race = Callable[..., list[str]]


@pytest.fixture(scope="session")
def processes() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(time.sleep, [0.2] * PROCESSES))  # all of them have started
        yield pool


@pytest.fixture
def shop(dynamodb_local_engine: Engine, kms: object, token_key: str) -> Iterator[Shop]:
    with shop_on(World(dynamodb_local_engine, kms, token_key)) as made:
        yield made


@pytest.fixture
def race(processes: ProcessPoolExecutor, shop: Shop, emulator_engine: Engine) -> Race:
    """Runs all given steps at one moment, spread over the processes; what each came to, in their order."""

    def run_all(*steps: Step) -> list[str]:
        place = Place(
            dynamodb=shop.world.engine.url,
            kms=emulator_engine.url,
            table=shop.world.table,
            token_key=shop.world.token_key,
            simulator=shop.simulator,
            now=shop.world.clock.now(),
            handle=shop.handle,
        )
        # Everybody has to be there first: a process that sees this place for the first time makes its clients.
        warm = [processes.submit(run, place, 0.0, (Step("poll", ("nothing",)),)) for _ in range(PROCESSES * 2)]
        [future.result() for future in warm]
        start = time.time() + 0.25
        futures = [processes.submit(run, place, start, steps[number::PROCESSES]) for number in range(PROCESSES)]
        told = [""] * len(steps)
        for number, future in enumerate(futures):
            told[number::PROCESSES] = future.result()
        return told

    return run_all
