"""The promise to whoever cancels before the request to pay has arrived. The judge is the simulator's ledger."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from autodebit.errors import RequestRejected
from autodebit.responses import Response
from tests.flows.steps import result_of
from tests.promises.shop import Shop
from tests.support.limit import Limit


def told(step: partial[Response]) -> tuple[int, str, str]:
    """HTTP status, resultStatus and resultCode."""
    try:
        return result_of(step())
    except RequestRejected as refused:
        return refused.http_status, "F", refused.code


def test_2_a_pay_that_comes_after_its_cancel_debits_nothing(shop: Shop) -> None:
    assert told(partial(shop.cancel)) == (200, "F", "ORDER_NOT_EXIST")
    for _ in range(3):
        assert told(partial(shop.pay)) == (409, "F", "ORDER_STATUS_INVALID")
        shop.world.clock.forward(100)
    assert (shop.booked(), shop.pays_sent) == ({}, 0)


def test_2_of_a_pay_and_its_cancel_at_one_moment_either_is_told_the_truth(shop: Shop) -> None:
    for number in range(8):
        identity = f"PAY-{number}"
        with ThreadPoolExecutor(2) as both:
            paid, cancelled = both.map(told, (partial(shop.pay, identity), partial(shop.cancel, identity)))
        limit = Limit()
        while shop.stored(identity).state.open and shop.stored(identity).due_at is not None:
            limit.step()
            shop.poll(identity)
        net = shop.booked(identity).get("net", "0")
        if cancelled[1] in ("S", "F"):
            assert net == "0", (paid, cancelled)
        if paid[1] == "F":
            assert net == "0", (paid, cancelled)
