"""Many threads in several processes on one id, on DynamoDB Local. The judge is the simulator's ledger."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest
import requests

from autodebit.lifecycle import PaymentState
from tests.promises.shop import Shop, shop_on
from tests.race.worker import Place, Step, run
from tests.support.engines import Engine
from tests.support.world import World

PROCESSES = 3
Race = Callable[..., list[str]]


@pytest.fixture(scope="module")
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
    """Runs all given steps at one moment, spread over the processes; what each came to."""

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
        shares = [tuple(steps[number::PROCESSES]) for number in range(PROCESSES)]
        futures = [processes.submit(run, place, start, share) for share in shares if share]
        return [told for future in futures for told in future.result()]

    return run_all


def arrived(shop: Shop, operation: str) -> int:
    """How often the simulator was called for this operation."""
    calls = requests.get(f"{shop.simulator}/_sandbox/journal?kind=call", timeout=10).json()
    return sum(call.get("operation") == operation for call in calls)


def settled(shop: Shop, identity: str) -> PaymentState:
    """The state after the poller has done its work."""
    for _ in range(12):
        if shop.stored(identity).due_at is None:
            break
        shop.poll(identity)
    return shop.stored(identity).state


@pytest.mark.parametrize("fault", ["", "act_then_cut", "act_then_unknown", "cut_before"])
def test_one_pay_from_everywhere_is_one_debit(shop: Shop, race: Race, fault: str) -> None:
    if fault:
        shop.fault(fault)
    told = race(*[Step("pay", ("PAY-1",))] * 18)
    assert set(told) <= {"S", "U"}
    # Alipay would take one debit from many sends, too: that it got one is our own doing.
    assert fault or arrived(shop, "pay") == 1
    shop.world.clock.forward(26)
    shop.pay()
    assert (settled(shop, "PAY-1"), shop.debits()) == (PaymentState.SUCCESS, 1)


def test_a_pay_against_its_cancel_ends_where_the_ledger_ends(shop: Shop, race: Race) -> None:
    outcomes = set()
    for number in range(8):
        identity = f"PAY-{number}"
        told = race(*[Step("pay", (identity,))] * 3, *[Step("cancel", (identity,))] * 3)
        assert set(told) <= {"S", "U", "F", "ORDER_STATUS_INVALID"}, told
        state, booked = settled(shop, identity), shop.booked(identity)
        outcomes.add(state)
        assert state in (PaymentState.SUCCESS, PaymentState.CANCELLED, PaymentState.NOT_SUBMITTED)
        assert booked.get("net", "0") == ("1000" if state is PaymentState.SUCCESS else "0"), (state, booked)
        assert booked.get("debits", 0) <= 1
    assert outcomes


def test_refunds_that_together_exceed_the_payment_give_back_what_fits(shop: Shop, race: Race) -> None:
    shop.pay()
    told = race(*[Step("refund", ("PAY-1", f"REF-{number}", "300")) for number in range(18)])
    assert told.count("S") == 3
    assert set(told) <= {"S", "REFUND_AMOUNT_EXCEED", "U"}
    assert (shop.booked()["net"], shop.stored().reserved) == ("100", 900)


def test_one_refund_from_everywhere_is_one_credit(shop: Shop, race: Race) -> None:
    shop.pay()
    shop.fault("act_then_cut", operation="refund")
    race(*[Step("refund", ("PAY-1", "REF-1", "400"))] * 18)
    shop.world.clock.forward(26)
    shop.refund()
    assert (shop.credits(), shop.booked()["net"], shop.stored().reserved) == (1, "600", 400)


def test_refunds_against_a_cancel_are_one_or_the_other(shop: Shop, race: Race) -> None:
    for number in range(6):
        identity = f"PAY-{number}"
        shop.pay(identity)
        steps = [Step("refund", (identity, f"REF-{number}-{part}", "500")) for part in range(2)]
        race(*steps, *[Step("cancel", (identity,))] * 4)
        state, booked = settled(shop, identity), shop.booked(identity)
        credited = sum(one["credits"] for one in booked["refunds"].values())
        assert (state is PaymentState.CANCELLED) == (booked["cancels"] == 1)
        assert booked["cancels"] == 0 or credited == 0, booked
        assert int(booked["net"]) == 1000 - 1000 * booked["cancels"] - 500 * credited


def test_of_many_pollers_one_asks(shop: Shop, race: Race) -> None:
    shop.pay("PAY-stuck")
    shop.world.clock.time = shop.stored("PAY-stuck").due_at or 0
    before = arrived(shop, "inquiryPayment")
    race(*[Step("poll", ("PAY-stuck",))] * 12)
    assert arrived(shop, "inquiryPayment") == before + 1


def test_pollers_against_notifications_settle_once_and_alike(shop: Shop, race: Race) -> None:
    shop.fault("act_then_cut")
    shop.pay()
    shop.world.clock.time = shop.stored().due_at or 0
    race(*[Step("poll", ("PAY-1",))] * 6, *[Step("notify", ("PAY-1",))] * 6, *[Step("pay", ("PAY-1",))] * 6)
    assert (shop.stored().state, shop.stored().due_at, shop.debits()) == (PaymentState.SUCCESS, None, 1)
    assert shop.world.anomalies() == []
