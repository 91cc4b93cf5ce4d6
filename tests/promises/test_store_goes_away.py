"""The store goes away between Alipay's answer and its record: whoever follows our answers and events pays once."""

from collections.abc import Mapping
from typing import Any

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund_states import RefundState
from autodebit.flows.payments.responses import throttled
from autodebit.gateway.client import Operation, VerifiedResponse
from tests.flows.steps import Outage, outage, result_of
from tests.promises.shop import Shop, shop_on
from tests.support.alipay import not_reached
from tests.support.world import World


class StoreGoesAway:
    """The table goes away just after Alipay has answered *operation*."""

    def __init__(self, shop: Shop, operation: Operation) -> None:
        self._real, self._operation = shop.gateway, operation
        self.store: Outage = outage(shop.world)

    def call(self, operation: Operation, body: Mapping[str, Any], within: int) -> VerifiedResponse:
        """See autodebit.gateway.Alipay."""
        answer = self._real.call(operation, body, within)
        self.store.on = self.store.on or operation is self._operation
        return answer


class Unreachable:
    """A gateway that not a byte reaches."""

    def call(self, operation: Operation, body: Mapping[str, Any], within: int) -> VerifiedResponse:
        """See autodebit.gateway.Alipay."""
        raise not_reached(operation.label)


def polled_until(shop: Shop, state: PaymentState) -> None:
    for _ in range(40):
        if shop.stored("PAY-1").state is state:
            return
        shop.poll("PAY-1")
    pytest.fail(f"never {state}")


@pytest.mark.parametrize("code", ["SYSTEM_ERROR", "USER_BALANCE_NOT_ENOUGH"])
def test_an_f_that_could_not_be_stored_invites_no_second_debit(world: World, code: str) -> None:
    with shop_on(world) as shop:
        real, away = shop.gateway, StoreGoesAway(shop, Operation.PAY)
        shop.gateway = away  # type: ignore[assignment]
        shop.fault("answer", code=code)  # signed, and Alipay keeps no record of the id
        assert result_of(shop.pay("PAY-1")) == (200, "U", "PAYMENT_IN_PROCESS")
        shop.gateway, away.store.on = real, False
        polled_until(shop, PaymentState.NOT_SUBMITTED)
        assert result_of(shop.pay("PAY-1"))[:2] == (200, "S")  # as the event advises
        assert shop.debits("PAY-1") == 1


def test_an_f_to_a_refund_that_could_not_be_stored_invites_no_second_refund(world: World) -> None:
    with shop_on(world) as shop:
        shop.pay("PAY-1")
        real, away = shop.gateway, StoreGoesAway(shop, Operation.REFUND)
        shop.gateway = away  # type: ignore[assignment]
        shop.fault("answer", operation="refund", code="INVALID_MERCHANT_STATUS")
        assert result_of(shop.refund("400", "REF-1")) == (200, "U", "REFUND_IN_PROCESS")
        shop.gateway, away.store.on = real, False
        for _ in range(40):
            if shop.refunded("REF-1").state is RefundState.NOT_SUBMITTED:
                break
            shop.poll_refund("REF-1")
        assert result_of(shop.refund("400", "REF-1"))[:2] == (200, "S")
        assert shop.credits("REF-1") == 1


def test_a_repeat_that_is_not_reached_is_not_503_after_a_debit(world: World) -> None:
    with shop_on(world) as shop:
        shop.fault("act_then_cut")
        shop.pay()
        world.clock.forward(1)
        shop.gateway = Unreachable()  # type: ignore[assignment]
        assert result_of(shop.pay())[:2] == (200, "U")
        assert shop.debits() == 1


def test_a_throttled_payment_is_sent_again_by_its_callers_and_debited_once(world: World) -> None:
    """Alipay throttles for a while; the caller repeats every 15 s."""
    with shop_on(world) as shop:
        shop.fault("answer", code="REQUEST_TRAFFIC_EXCEED_LIMIT", times=3)
        replies = []
        for _ in range(7):
            replies.append(result_of(shop.pay())[1:])
            world.clock.forward(15)
        assert replies[0] == ("U", "REQUEST_TRAFFIC_EXCEED_LIMIT")
        assert replies[-1] == ("S", "SUCCESS")
        assert (shop.debits(), shop.stored().state) == (1, PaymentState.SUCCESS)


def test_a_repeat_that_comes_at_once_after_throttling_is_not_sent(world: World) -> None:
    with shop_on(world) as shop:
        shop.fault("answer", code="REQUEST_TRAFFIC_EXCEED_LIMIT")
        shop.pay()
        assert shop.pay().text == throttled().text
        assert shop.pays_sent == 1
