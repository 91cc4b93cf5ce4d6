"""The ten money promises of the README, one test each. The judge is the simulator's ledger, over real HTTP and a real store."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.errors import StoreUnavailable
from autodebit.gateway.client import Operation
from tests.flows.steps import outage, result_of
from tests.promises.shop import Shop
from tests.support.together import Overtaken


def test_1_the_intent_is_stored_leased_and_due_before_a_byte_goes_to_alipay(shop: Shop) -> None:
    shop.pay()
    (seen,) = shop.seen_at_send
    assert seen is not None
    assert (seen.state, seen.due_at) == (PaymentState.INITIATED, seen.lease_until)
    store = outage(shop.world)
    store.on = True
    with pytest.raises(StoreUnavailable):
        shop.pay("PAY-2")
    assert (shop.debits(), shop.debits("PAY-2"), shop.pays_sent) == (1, 0, 1)


def test_2_one_debit_for_one_payment_request_id_whatever_races_and_repeats(shop: Shop) -> None:
    shop.fault("act_then_cut")
    with ThreadPoolExecutor(8) as callers:
        list(callers.map(lambda _: shop.pay(), range(24)))
    shop.world.clock.forward(26)
    last = shop.pay()
    assert result_of(last)[:2] == (200, "S"), last.text
    assert shop.debits() == 1


def test_3_an_unknown_outcome_is_no_failure(shop: Shop) -> None:
    shop.fault("act_then_cut")
    assert result_of(shop.pay())[:2] == (200, "U")
    shop.fault("http_500")
    shop.world.clock.forward(1)
    assert result_of(shop.pay())[:2] == (200, "U")
    shop.fault("unsigned")
    shop.world.clock.forward(1)
    assert result_of(shop.pay())[:2] == (200, "U")
    assert shop.stored().state.open
    shop.poll()
    assert (shop.stored().state, shop.debits()) == (PaymentState.SUCCESS, 1)


def test_4_what_is_final_stays_final(shop: Shop) -> None:
    shop.pay()
    shop.notify("F")
    assert (shop.stored().state, shop.debits()) == (PaymentState.SUCCESS, 1)
    shop.pay("PAY-2-declined")
    shop.notify("S", identity="PAY-2-declined")
    assert (shop.stored("PAY-2-declined").state, shop.debits("PAY-2-declined")) == (PaymentState.FAIL, 0)
    assert len(shop.world.anomalies()) == 2


@pytest.mark.parametrize("identity", ["PAY-pending", "PAY-stuck", "PAY-answer-lost"])
def test_5_everything_open_is_due_and_what_is_final_is_not(shop: Shop, identity: str) -> None:
    shop.pay(identity)
    for _ in range(4):
        payment = shop.stored(identity)
        assert (payment.due_at is not None) == payment.state.open
        if payment.state.open:
            shop.poll(identity)
    assert shop.debits(identity) == int(shop.stored(identity).state is PaymentState.SUCCESS)


def test_6_what_is_acknowledged_is_stored(shop: Shop) -> None:
    shop.fault("act_then_cut")
    shop.pay()
    store = outage(shop.world)
    store.on = True
    with pytest.raises(StoreUnavailable):
        shop.notify("S")
    store.on = False
    assert shop.stored().state.open
    shop.notify("S")
    assert (shop.stored().state, shop.debits()) == (PaymentState.SUCCESS, 1)


def test_7_repeats_are_answers(shop: Shop) -> None:
    first = shop.pay()
    assert [shop.pay() for _ in range(3)] == [first] * 3
    shop.pay("PAY-2-pending")
    assert result_of(shop.pay("PAY-2-pending"))[1] == "U"
    assert shop.sent[-2:] == [Operation.PAY, Operation.INQUIRY_PAYMENT]
    assert (shop.pays_sent, shop.debits()) == (2, 1)


def test_8_pollers_never_send_a_payment(shop: Shop) -> None:
    shop.fault("cut_before")
    shop.pay()
    for _ in range(6):
        shop.poll()
    assert (shop.pays_sent, shop.debits()) == (1, 0)
    assert result_of(shop.pay())[:2] == (200, "S")
    assert shop.debits() == 1


def test_9_a_success_must_be_ours(shop: Shop) -> None:
    shop.pay("PAY-1-stuck")
    shop.notify("S", value="9", identity="PAY-1-stuck")
    payment = shop.stored("PAY-1-stuck")
    assert payment.state.open
    assert payment.due_at is not None
    assert shop.world.anomalies() == ["amount differs from the intent's"]
    assert shop.debits("PAY-1-stuck") == 0


def test_10_no_fact_is_dropped_for_a_conflict(shop: Shop) -> None:
    shop.fault("act_then_cut")
    shop.pay()
    with ThreadPoolExecutor(8) as all_at_once:
        list(all_at_once.map(lambda number: shop.notify("S", value="1000" if number % 2 else "9"), range(16)))
    assert (shop.stored().state, shop.debits()) == (PaymentState.SUCCESS, 1)
    assert shop.world.anomalies() == ["amount differs from the intent's"]


@pytest.mark.parametrize("by", ["a poller", "a repeat"])
def test_10_whoever_is_overtaken_between_reading_and_writing_reads_again(shop: Shop, by: str) -> None:
    shop.fault("act_then_cut")
    shop.pay()
    shop.fault("unknown", operation="inquiryPayment")
    shop.fault("unknown")
    shop.world.clock.forward(1)
    shop.world.dynamodb = Overtaken(shop.world.dynamodb, {"a poller": shop.poll, "a repeat": shop.pay}[by])
    shop.notify("S")
    assert (shop.stored().state, shop.stored().due_at, shop.debits()) == (PaymentState.SUCCESS, None, 1)
