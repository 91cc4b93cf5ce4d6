"""Callers were told: the cancel is kept, take a new id. Nothing ends that cancel before the payment turns up."""

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.errors import RequestRejected
from tests.flows.steps import result_of
from tests.promises.shop import Shop, shop_on
from tests.support.world import World


def pay_late(shop: Shop) -> None:
    """The delayed request to pay PAY-1, or another worker's repeat of it, arrives at last."""
    with pytest.raises(RequestRejected) as refused:
        shop.pay("PAY-1")
    assert (refused.value.http_status, refused.value.code) == (409, "ORDER_STATUS_INVALID")


def paid_once(shop: Shop) -> bool:
    return shop.debits("PAY-1") + shop.debits("PAY-2") == 1


@pytest.mark.parametrize("code", ["SYSTEM_ERROR", "PROCESS_FAIL", "CANCEL_WINDOW_EXCEED"])
def test_a_second_cancel_that_is_refused_drops_nothing(world: World, code: str) -> None:
    with shop_on(world) as shop:
        assert result_of(shop.cancel("PAY-1")) == (200, "F", "ORDER_NOT_EXIST")
        assert result_of(shop.pay("PAY-2"))[:2] == (200, "S")
        world.clock.forward(5)
        shop.fault("answer", operation="cancel", code=code)
        assert result_of(shop.cancel("PAY-1"))[:2] == (200, "U")
        pay_late(shop)
        assert paid_once(shop)


@pytest.mark.parametrize("days", [0, 3, 90])
def test_a_payment_that_never_arrived_is_not_sent_after_its_kept_cancel(world: World, days: int) -> None:
    with shop_on(world) as shop:
        shop.fault("cut_before")
        shop.pay("PAY-1")
        for _ in range(40):
            if shop.stored("PAY-1").state is PaymentState.NOT_SUBMITTED:
                break
            shop.poll("PAY-1")
        assert result_of(shop.cancel("PAY-1")) == (200, "F", "ORDER_NOT_EXIST")
        assert result_of(shop.pay("PAY-2"))[:2] == (200, "S")
        world.clock.forward(days * 86_400)
        for _ in range(4):
            shop.poll("PAY-1")
        shop.fault("answer", operation="cancel", code="SYSTEM_ERROR")
        shop.cancel("PAY-1")
        pay_late(shop)
        assert paid_once(shop)
        assert shop.stored("PAY-1").due_at is not None
