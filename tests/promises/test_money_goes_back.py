"""The promises for money that goes back: cancels and refunds. The judge is the simulator's ledger."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund import Refund
from autodebit.domain.refund_states import RefundState
from autodebit.errors import RequestRejected, StoreUnavailable
from autodebit.gateway.client import Operation
from autodebit.responses import Response
from tests.flows.steps import outage, result_of
from tests.promises.shop import Shop


def outcome(step: Callable[[], Response]) -> str:
    """The resultStatus that a caller reads, or the code with which we refuse."""
    try:
        return result_of(step())[1]
    except RequestRejected as refused:
        return refused.code


def test_1_a_refund_is_stored_leased_due_and_reserved_before_a_byte_goes_to_alipay(shop: Shop) -> None:
    shop.pay()
    shop.refund()
    seen = shop.seen_at_send[-1]
    assert isinstance(seen, Refund)
    assert (seen.state, seen.due_at) == (RefundState.INITIATED, seen.lease_until)
    assert shop.stored().reserved == 400
    store = outage(shop.world)
    store.on = True
    with pytest.raises(StoreUnavailable):
        shop.refund("100", "REF-2")
    with pytest.raises(StoreUnavailable):
        shop.cancel()
    assert (shop.credits(), shop.credits("REF-2"), shop.booked()["cancels"]) == (1, 0, 0)


def test_2_one_refund_for_one_refund_request_id_whatever_races_and_repeats(shop: Shop) -> None:
    shop.pay()
    shop.fault("act_then_cut", operation="refund")
    with ThreadPoolExecutor(8) as callers:
        list(callers.map(lambda _: shop.refund(), range(24)))
    shop.world.clock.forward(26)
    last = shop.refund()
    assert result_of(last)[:2] == (200, "S"), last.text
    assert (shop.credits(), shop.booked()["net"], shop.stored().reserved) == (1, "600", 400)


def test_2_refunds_that_race_never_give_back_more_than_was_paid(shop: Shop) -> None:
    shop.pay()

    with ThreadPoolExecutor(8) as callers:
        told = list(callers.map(lambda number: outcome(lambda: shop.refund("300", f"REF-{number}")), range(8)))
    assert sorted(told) == ["REFUND_AMOUNT_EXCEED"] * 5 + ["S"] * 3
    assert (shop.booked()["net"], shop.stored().reserved) == ("100", 900)


@pytest.mark.parametrize(
    ("workers", "order", "rounds"),
    [
        pytest.param(1, ("cancel", "refund"), 1, id="cancelled, then refunded"),
        pytest.param(1, ("refund", "cancel"), 1, id="refunded, then cancelled"),
        pytest.param(2, ("cancel", "refund"), 6, id="both at once"),
    ],
)
def test_2_a_payment_is_refunded_or_cancelled_never_both(
    shop: Shop, workers: int, order: tuple[str, str], rounds: int
) -> None:
    for number in range(rounds):
        identity = f"PAY-{number}"
        shop.pay(identity)
        shop.sent.clear()
        ways = {
            "cancel": partial(shop.cancel, identity),
            "refund": partial(shop.refund, "1000", f"REF-{identity}", identity),
        }
        with ThreadPoolExecutor(workers) as callers:
            told = list(callers.map(outcome, [ways[way] for way in order]))
        assert sorted(told) == ["ORDER_STATUS_INVALID", "S"]
        # Alipay would refuse the later of the two by itself: that it was not asked is our own doing.
        assert len(shop.sent) == 1
        booked = shop.booked(identity)
        assert booked["cancels"] + shop.credits(f"REF-{identity}", of=identity) == 1
        assert booked["net"] == "0"


def test_2_what_waits_for_its_cancel_is_not_refunded(shop: Shop) -> None:
    shop.pay()
    shop.fault("unknown", operation="cancel")
    shop.cancel()
    assert outcome(shop.refund) == "ORDER_STATUS_INVALID"
    assert Operation.REFUND not in shop.sent
    shop.poll()
    assert (shop.stored().state, shop.booked()["net"]) == (PaymentState.CANCELLED, "0")


def test_3_a_lost_answer_to_a_refund_is_no_failure(shop: Shop) -> None:
    shop.pay()
    for fault in ("act_then_cut", "http_500", "unsigned"):
        shop.fault(fault, operation="refund")
        assert result_of(shop.refund())[:2] == (200, "U")
        shop.world.clock.forward(1)
    assert shop.refunded().state.open
    shop.poll_refund()
    assert (shop.refunded().state, shop.credits()) == (RefundState.SUCCESS, 1)


def test_3_a_lost_answer_to_a_cancel_is_driven_on_by_the_poller(shop: Shop) -> None:
    shop.pay()
    shop.fault("act_then_cut", operation="cancel")
    assert result_of(shop.cancel())[1] == "U"
    assert shop.stored().cancel_pending
    shop.poll()
    assert (shop.stored().state, shop.booked()["cancels"], shop.booked()["net"]) == (PaymentState.CANCELLED, 1, "0")
    assert shop.stored().due_at is None


def test_4_a_success_that_is_notified_after_a_cancel_reopens_nothing(shop: Shop) -> None:
    shop.pay("PAY-late-success")
    assert result_of(shop.cancel("PAY-late-success"))[1] == "S"
    shop.notify("S", identity="PAY-late-success")
    assert shop.stored("PAY-late-success").state is PaymentState.CANCELLED
    assert shop.world.anomalies() == ["a success was reported of a cancelled payment"]
    assert shop.booked("PAY-late-success")["net"] == "0"


def test_5_what_waits_for_its_cancel_or_refund_is_due(shop: Shop) -> None:
    shop.pay()
    shop.pay("PAY-2")
    shop.fault("unknown", operation="cancel", times=3)
    shop.cancel()
    shop.refund(identity="REF-stuck", of="PAY-2")
    for _ in range(6):
        assert (shop.stored().due_at is not None) == shop.stored().cancel_pending
        assert shop.refunded("REF-stuck").due_at is not None
        if shop.stored().cancel_pending:
            shop.poll()
        shop.poll_refund("REF-stuck")
    assert (shop.stored().state, shop.booked()["cancels"]) == (PaymentState.CANCELLED, 1)
    assert shop.refunded("REF-stuck").state is RefundState.PROCESSING


def test_7_a_refund_in_process_is_never_sent_again(shop: Shop) -> None:
    shop.pay()
    for _ in range(4):
        assert result_of(shop.refund(identity="REF-stuck"))[:2] == (200, "U")
        shop.world.clock.forward(60)
    assert shop.sent.count(Operation.REFUND) == 1
    assert shop.credits("REF-stuck") == 0


def test_8_pollers_never_send_a_refund(shop: Shop) -> None:
    shop.pay()
    shop.fault("cut_before", operation="refund")
    shop.refund()
    for _ in range(6):
        shop.poll_refund()
    assert (shop.sent.count(Operation.REFUND), shop.credits(), shop.stored().reserved) == (1, 0, 400)
    assert result_of(shop.refund())[:2] == (200, "S")
    assert (shop.credits(), shop.stored().reserved) == (1, 400)


def test_a_failed_refund_frees_its_amount_and_nothing_else_does(shop: Shop) -> None:
    shop.pay()
    assert result_of(shop.refund("1000", "REF-declined"))[1] == "F"
    assert shop.stored().reserved == 0
    assert result_of(shop.refund("1000", "REF-2"))[1] == "S"
    assert (shop.stored().reserved, shop.booked()["net"]) == (1000, "0")


def test_a_refund_after_a_lost_pay_answer_learns_the_payment_id_first(shop: Shop) -> None:
    shop.fault("act_then_cut")
    shop.pay()
    assert result_of(shop.refund())[1] == "S"
    assert shop.sent[-2:] == [Operation.INQUIRY_PAYMENT, Operation.REFUND]
    assert (shop.stored().state, shop.booked()["net"]) == (PaymentState.SUCCESS, "600")
