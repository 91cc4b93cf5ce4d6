"""cancel: the store fails at each place, senders die, and time runs out."""

from collections.abc import Mapping

import pytest

from autodebit.domain.cancellation import CancelState
from autodebit.domain.payment_states import PaymentState
from autodebit.errors import StoreUnavailable
from autodebit.gateway.client import Operation
from tests.flows.cancel_steps import (
    call_off,
    cancelled,
    cancels,
    paid_before,
    stored_cancel,
)
from tests.flows.steps import (
    absent,
    message_of,
    outage,
    payment,
    poll_when_due,
    result_of,
)
from tests.support.alipay import answer, no_answer, not_reached
from tests.support.world import World

CANCEL, INQUIRY, PAY = Operation.CANCEL, Operation.INQUIRY_PAYMENT, Operation.PAY


# --- the store, and time


def test_with_the_store_down_nothing_is_sent(world: World) -> None:
    paid_before(world)
    outage(world).on = True
    with pytest.raises(StoreUnavailable):
        call_off(world)
    assert cancels(world) == 0


def test_if_the_write_ahead_fails_nothing_is_sent(world: World) -> None:
    paid_before(world)
    store = outage(world)
    store.on, store.hits = True, lambda method, _request: method == "put_item"
    with pytest.raises(StoreUnavailable):
        call_off(world)
    assert cancels(world) == 0
    store.on = False
    assert payment(world).cancel is None


def and_then_the_store_is_gone(world: World, told):
    """*told*, and from then on the store is out of reach."""
    store = outage(world)

    def answered(_body: Mapping[str, object]):
        store.on = True
        if isinstance(told, Exception):
            raise told
        return told

    return answered, store


UNSTORED = {
    "S": (cancelled(), (200, "S", "SUCCESS")),
    "F": (answer("F", "PROCESS_FAIL"), (200, "U", "UNKNOWN_EXCEPTION")),
    "U": (answer("U", "UNKNOWN_EXCEPTION"), (200, "U", "UNKNOWN_EXCEPTION")),
    "lost": (no_answer("cancel"), (200, "U", "UNKNOWN_EXCEPTION")),
    "not reached": (not_reached("cancel"), (503, "U", "UNKNOWN_EXCEPTION")),
    "absent": (absent(), (200, "U", "UNKNOWN_EXCEPTION")),
}


@pytest.mark.parametrize(("told", "heard"), UNSTORED.values(), ids=UNSTORED)
def test_if_the_answer_cannot_be_stored_the_due_cancel_finds_it_out_again(world: World, told, heard) -> None:
    """A refusal that could not be stored is told as U: what is stored says that the cancel is sent again."""
    paid_before(world)
    answered, store = and_then_the_store_is_gone(world, told)
    world.alipay.will(CANCEL, answered, cancelled())
    assert result_of(call_off(world)) == heard
    store.on = False
    stored = payment(world)
    assert (stored.state, stored.cancel_pending) == (PaymentState.SUCCESS, True)
    assert stored.due_at == stored.cancel.lease_until
    poll_when_due(world)
    assert payment(world).state is PaymentState.CANCELLED


def test_if_the_store_comes_back_in_time_the_answer_is_stored(world: World) -> None:
    paid_before(world)
    answered, store = and_then_the_store_is_gone(world, answer("F", "CANCEL_WINDOW_EXCEED"))
    store.ends_after = 5
    world.alipay.will(CANCEL, answered)
    assert result_of(call_off(world)) == (200, "F", "CANCEL_WINDOW_EXCEED")
    assert stored_cancel(world).state is CancelState.REFUSED


def test_a_cancel_whose_sender_died_is_sent_by_the_poller_when_the_lease_is_over(world: World) -> None:
    paid_before(world)
    world.alipay.will(CANCEL, lambda _body: 1 // 0, cancelled())
    with pytest.raises(ZeroDivisionError):
        call_off(world)
    assert payment(world).due_at == world.clock.now() + 25_000
    world.clock.forward(24.9)
    assert result_of(call_off(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    poll_when_due(world)
    assert (cancels(world), payment(world).state) == (2, PaymentState.CANCELLED)


def test_with_too_little_time_nothing_is_written_and_nothing_is_sent(world: World) -> None:
    paid_before(world)
    before = payment(world)
    assert result_of(call_off(world, seconds=14.9)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert (payment(world), cancels(world)) == (before, 0)


def test_when_the_claim_has_used_up_the_time_nothing_is_sent_and_the_cancel_is_kept(world: World) -> None:
    paid_before(world)
    client = world.dynamodb

    class Slow:
        def __getattr__(self, name: str):
            return getattr(client, name)

        def put_item(self, **request: object):
            world.clock.forward(11)
            return client.put_item(**request)

    world.dynamodb = Slow()
    reply = call_off(world)
    world.dynamodb = client
    assert result_of(reply) == (503, "U", "UNKNOWN_EXCEPTION")
    assert "is stored" in message_of(reply)
    assert (cancels(world), stored_cancel(world).pending, stored_cancel(world).sends) == (0, True, 0)
    assert payment(world).due_at is not None
