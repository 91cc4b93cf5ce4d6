"""Many threads in several processes on one payment or refund, on DynamoDB Local. The judge is the simulator's ledger."""

import pytest

from autodebit.clock import DAY
from autodebit.domain.payment_states import PaymentState
from tests.promises.shop import Shop
from tests.race.arrivals import arrived, latest
from tests.race.conftest import Race
from tests.race.worker import Step
from tests.support.limit import Limit


def settled(shop: Shop, identity: str) -> PaymentState | None:
    """The state after the poller has done its work; None of a payment that is not there."""
    payments = shop.world.repository.payments
    limit = Limit(40)
    while (found := payments.find(identity)) is not None and found.due_at is not None:
        if found.state is PaymentState.NOT_SUBMITTED and found.cancel_pending and found.due_at - found.closed_at > DAY:
            break  # a kept cancel is rechecked for ever
        limit.step()
        shop.poll(identity)
    return found.state if found else None


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


@pytest.mark.parametrize(
    ("cancel_later", "rounds", "always"),
    [
        pytest.param(0.4, 2, PaymentState.CANCELLED, id="the cancel comes after the pay"),
        pytest.param(0.02, 4, None, id="the cancel comes during the pay"),
        pytest.param(0.0, 6, None, id="both come at one moment"),
        pytest.param(-0.4, 3, None, id="the cancel comes before the pay"),
    ],
)
def test_a_pay_against_its_cancel_ends_where_the_ledger_ends_and_as_callers_were_told(
    shop: Shop, race: Race, cancel_later: float, rounds: int, always: PaymentState | None
) -> None:
    for number in range(rounds):
        identity = f"PAY-{number}"
        pays = [Step("pay", (identity,), later=max(-cancel_later, 0))] * 3
        told = race(*pays, *[Step("cancel", (identity,), later=max(cancel_later, 0))] * 3)
        heard = {"pay": set(told[:3]), "cancel": set(told[3:])}
        state, booked = settled(shop, identity), shop.booked(identity)
        net, debits = booked.get("net", "0"), booked.get("debits", 0)
        seen = (heard, state, booked)

        assert heard["pay"] <= {"S", "U", "ORDER_STATUS_INVALID", "ORDER_IS_CANCELED"}, seen
        assert heard["cancel"] <= {"S", "U", "ORDER_NOT_EXIST"}, seen
        assert net == ("1000" if state is PaymentState.SUCCESS else "0"), seen
        assert debits <= 1, seen
        assert "S" not in heard["pay"] or debits == 1, seen
        assert "S" not in heard["cancel"] or (net, state) == ("0", PaymentState.CANCELLED), seen
        assert "ORDER_NOT_EXIST" not in heard["cancel"] or net == "0", seen
        if always:
            assert (state, net, debits, booked["cancels"]) == (always, "0", 1, 1), seen


def test_one_cancel_from_everywhere_is_one_cancel(shop: Shop, race: Race) -> None:
    shop.pay()
    told = race(*[Step("cancel", ("PAY-1",))] * 12)
    assert set(told) <= {"S", "U"}
    assert "S" in told
    assert (arrived(shop, "cancel"), shop.stored().state) == (1, PaymentState.CANCELLED)
    assert (shop.booked()["cancels"], shop.booked()["net"]) == (1, "0")


def test_of_many_pollers_one_sends_a_cancel_that_is_due(shop: Shop, race: Race) -> None:
    shop.pay()
    shop.fault("unknown", operation="cancel")
    shop.cancel()
    shop.world.clock.time = shop.stored().due_at or 0
    before = latest(shop)
    race(*[Step("poll", ("PAY-1",))] * 12)
    assert (arrived(shop, "cancel", before), shop.stored().state) == (1, PaymentState.CANCELLED)


def test_refunds_that_together_exceed_the_payment_give_back_what_fits(shop: Shop, race: Race) -> None:
    shop.pay()
    told = race(*[Step("refund", ("PAY-1", f"REF-{number}", "300")) for number in range(18)])
    assert told.count("S") == 3
    assert set(told) <= {"S", "REFUND_AMOUNT_EXCEED", "U"}
    # Alipay, too, gives back no more than was paid: that it was asked for no more is our own doing.
    assert arrived(shop, "refund") == 3
    assert (shop.booked()["net"], shop.stored().reserved) == ("100", 900)


@pytest.mark.parametrize("fault", ["", "act_then_cut"])
def test_one_refund_from_everywhere_is_one_credit(shop: Shop, race: Race, fault: str) -> None:
    shop.pay()
    if fault:
        shop.fault(fault, operation="refund")
    told = race(*[Step("refund", ("PAY-1", "REF-1", "400"))] * 18)
    assert set(told) <= {"S", "U"}
    assert fault or arrived(shop, "refund") == 1
    shop.world.clock.forward(26)
    shop.refund()
    assert (shop.credits(), shop.booked()["net"], shop.stored().reserved) == (1, "600", 400)


def test_refunds_against_a_cancel_are_one_or_the_other(shop: Shop, race: Race) -> None:
    for number in range(6):
        identity = f"PAY-{number}"
        shop.pay(identity)
        steps = [Step("refund", (identity, f"REF-{number}-{part}", "500")) for part in range(2)]
        told = race(*steps, *[Step("cancel", (identity,))] * 4)
        state, booked = settled(shop, identity), shop.booked(identity)
        credited = sum(one["credits"] for one in booked["refunds"].values())
        assert (state is PaymentState.CANCELLED) == (booked["cancels"] == 1)
        assert booked["cancels"] == 0 or credited == 0, booked
        assert int(booked["net"]) == 1000 - 1000 * booked["cancels"] - 500 * credited
        # Alipay, too, refuses the one after the other: that it was not asked for both is our own doing.
        assert {"ORDER_STATUS_INVALID"} <= set(told) <= {"S", "U", "ORDER_STATUS_INVALID"}, told


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
