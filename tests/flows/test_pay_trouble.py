"""pay: the store out of reach before and after the call, and too little time left."""

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.errors import StoreUnavailable
from autodebit.gateway.client import Operation
from tests.flows.conftest import Logged
from tests.flows.steps import (
    asked,
    body_of,
    message_of,
    outage,
    paid,
    payment,
    poll_when_due,
    result_of,
    send,
)
from tests.support.alipay import answer, no_answer, not_reached
from tests.support.world import TOKEN, World


def test_with_the_store_down_nothing_is_sent(world: World) -> None:
    """merchant_api makes 503 of StoreUnavailable, which flows let out only before anything was sent."""
    outage(world).on = True
    with pytest.raises(StoreUnavailable):
        send(world)
    assert world.alipay.sent == []


WRITES_AHEAD = {
    "the token": lambda method, _request: method == "transact_write_items",
    "the intent": lambda method, request: method == "put_item" and request["Item"]["pk"]["S"] == "payment#PAY-1",
    "reading the token back": lambda method, request: (
        method == "get_item" and request["Key"]["sk"]["S"].startswith("token#")
    ),
}


@pytest.mark.parametrize("hits", WRITES_AHEAD.values(), ids=WRITES_AHEAD)
def test_if_a_write_ahead_fails_nothing_is_sent(world: World, hits) -> None:
    store = outage(world)
    store.on, store.hits = True, hits
    with pytest.raises(StoreUnavailable):
        send(world)
    assert store.calls == 1
    assert world.alipay.sent == []
    assert world.repository.payments.find("PAY-1") is None
    store.on = False
    world.alipay.will(Operation.PAY, paid())
    assert result_of(send(world)) == (200, "S", "SUCCESS")


def test_with_kms_down_nothing_is_sent_and_nothing_is_stored(world: World) -> None:
    world.alipay.will(Operation.PAY, paid())
    world.token_key = "alias/none"
    with pytest.raises(StoreUnavailable):
        send(world)
    assert world.alipay.sent == []
    assert world.repository.payments.find("PAY-1") is None


def test_if_the_repeats_lease_cannot_be_written_nothing_is_sent_again(world: World) -> None:
    world.alipay.will(Operation.PAY, no_answer())
    send(world)
    store = outage(world)
    store.on, store.hits = True, lambda method, _request: method == "put_item"
    with pytest.raises(StoreUnavailable):
        send(world)
    assert len(world.alipay.sends_of(Operation.PAY)) == 1


def test_if_the_answer_cannot_be_stored_the_caller_gets_it_and_the_due_intent_settles_it(
    world: World, logged: Logged
) -> None:
    store = outage(world)

    def and_then_the_store_is_gone(_body: object):
        store.on = True
        return paid()

    world.alipay.will(Operation.PAY, and_then_the_store_is_gone)
    began = world.clock.now()
    reply = send(world)
    assert result_of(reply) == (200, "S", "SUCCESS")
    assert reply.text == paid().text
    assert store.calls > 10
    assert 16_000 <= world.clock.now() - began < 25_000
    assert "AnswersNotStored" in logged()
    store.on = False
    assert payment(world).state is PaymentState.INITIATED
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked("SUCCESS"))
    poll_when_due(world)
    assert payment(world).state is PaymentState.SUCCESS
    assert body_of(send(world))["paymentId"] == "20240701PAY-1"


def test_if_the_store_comes_back_in_time_the_answer_is_stored(world: World, logged: Logged) -> None:
    store = outage(world)
    store.ends_after = 5

    def and_then_the_store_is_gone(_body: object):
        store.on = True
        return answer("F", "USER_BALANCE_NOT_ENOUGH")

    world.alipay.will(Operation.PAY, and_then_the_store_is_gone)
    assert result_of(send(world)) == (200, "F", "USER_BALANCE_NOT_ENOUGH")
    assert payment(world).state is PaymentState.FAIL
    assert "AnswersNotStored" not in logged()


@pytest.mark.parametrize(
    ("error", "status"), [(no_answer(), 200), (not_reached(), 503)], ids=["lost answer", "not reached"]
)
def test_without_answer_and_without_store_the_intent_stays_due(world: World, error, status: int) -> None:
    store = outage(world)

    def and_then_the_store_is_gone(_body: object):
        store.on = True
        raise error

    world.alipay.will(Operation.PAY, and_then_the_store_is_gone)
    assert result_of(send(world)) == (status, "U", "UNKNOWN_EXCEPTION")
    store.on = False
    stored = payment(world)
    assert stored.state is PaymentState.INITIATED
    assert stored.due_at == stored.lease_until == stored.sent_at + 25_000


def test_with_too_little_time_nothing_is_sent_and_nothing_is_leased(world: World) -> None:
    reply = send(world, seconds=14.9)
    assert result_of(reply) == (503, "U", "UNKNOWN_EXCEPTION")
    assert "nothing was sent" in message_of(reply)
    assert world.alipay.sent == []
    assert world.repository.payments.find("PAY-1") is None
    world.alipay.will(Operation.PAY, paid())
    assert result_of(send(world, seconds=15)) == (200, "S", "SUCCESS")


REPEATS = {
    "after U": (answer("U", "PAYMENT_IN_PROCESS"), 200),
    "after a lost answer": (no_answer(), 200),
    "after nothing left": (not_reached(), 503),
}


@pytest.mark.parametrize(("first", "status"), REPEATS.values(), ids=REPEATS)
def test_with_too_little_time_a_repeat_sends_and_leases_nothing(world: World, first, status: int) -> None:
    world.alipay.will(Operation.PAY, first)
    send(world)
    before = payment(world)
    assert result_of(send(world, seconds=14.9)) == (status, "U", "UNKNOWN_EXCEPTION")
    assert len(world.alipay.sent) == 1
    assert payment(world) == before


def test_a_write_whose_own_reply_was_lost_is_no_conflict(world: World) -> None:
    """The intent is stored, the answer of the store is lost, and the client's own retry meets its own item."""
    client = world.dynamodb

    class Retrying:
        def __getattr__(self, name: str):
            method = getattr(client, name)
            if name != "put_item":
                return method

            def twice(**request: object):
                method(**request)
                return method(**request)

            return twice

    world.dynamodb = Retrying()
    world.alipay.will(Operation.PAY, paid())
    assert result_of(send(world)) == (200, "S", "SUCCESS")
    assert len(world.alipay.sends_of(Operation.PAY)) == 1
    assert TOKEN not in world.all_text()
