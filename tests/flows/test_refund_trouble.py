"""refund: the store out of reach before and after the call, and too little time left."""

from typing import Any

import pytest

from autodebit.domain.refund_states import RefundState
from autodebit.errors import StoreUnavailable
from autodebit.gateway.client import Operation
from tests.flows.conftest import Logged
from tests.flows.refund_steps import buy, give_back, poll_refund_when_due, refunded, reserved, stored, told
from tests.flows.steps import message_of, outage, result_of
from tests.support.alipay import answer, no_answer, not_reached
from tests.support.world import World

REFUND, INQUIRY = Operation.REFUND, Operation.INQUIRY_REFUND
LOST = no_answer("refund")


@pytest.fixture
def world(world: World) -> World:
    """A world in which PAY-1 is paid."""
    buy(world)
    return world


def and_then_the_store_is_gone(world: World, said: Any):
    """What Alipay does: it answers *said*, and from then on the store is out of reach."""
    store = outage(world)

    def answered(_body: object):
        store.on = True
        if isinstance(said, Exception):
            raise said
        return said

    return answered, store


WRITES_AHEAD = {
    "everything": lambda _method, _request: True,
    "the refund's place": lambda method, request: (
        method == "get_item" and request["Key"]["pk"]["S"].startswith("refund#")
    ),
    "the payment": lambda method, request: method == "get_item" and request["Key"]["pk"]["S"] == "payment#PAY-1",
    "intent and reservation": lambda method, _request: method == "transact_write_items",
}


@pytest.mark.parametrize("hits", WRITES_AHEAD.values(), ids=WRITES_AHEAD)
def test_if_reading_or_writing_ahead_fails_nothing_is_sent(world: World, hits) -> None:
    """merchant_api makes 503 of StoreUnavailable, which flows let out only before anything was sent."""
    store = outage(world)
    store.on, store.hits = True, hits
    with pytest.raises(StoreUnavailable):
        give_back(world)
    assert store.calls == 1
    assert world.alipay.sends_of(REFUND) == []
    store.on = False
    assert world.repository.refunds.find("REF-1") is None
    assert reserved(world) == 0
    world.alipay.will(REFUND, refunded())
    assert result_of(give_back(world)) == (200, "S", "SUCCESS")


def test_if_the_repeats_lease_cannot_be_written_nothing_is_sent_again(world: World) -> None:
    world.alipay.will(REFUND, LOST)
    give_back(world)
    store = outage(world)
    store.on, store.hits = True, lambda method, _request: method == "put_item"
    with pytest.raises(StoreUnavailable):
        give_back(world)
    assert len(world.alipay.sends_of(REFUND)) == 1


def test_if_the_answer_cannot_be_stored_the_caller_gets_it_and_the_due_intent_settles_it(
    world: World, logged: Logged
) -> None:
    answered, store = and_then_the_store_is_gone(world, refunded())
    world.alipay.will(REFUND, answered)
    began = world.clock.now()
    assert give_back(world).text == refunded().text
    assert world.clock.now() - began < 25_000
    assert "AnswersNotStored" in logged()
    store.on = False
    assert (stored(world).state, reserved(world)) == (RefundState.INITIATED, 300)
    world.alipay.will(INQUIRY, told("SUCCESS"))
    poll_refund_when_due(world)
    assert (stored(world).state, reserved(world)) == (RefundState.SUCCESS, 300)


def test_if_the_store_comes_back_in_time_a_failure_is_stored_and_frees_the_amount(world: World, logged: Logged) -> None:
    answered, store = and_then_the_store_is_gone(world, answer("F", "REFUND_WINDOW_EXCEED"))
    store.ends_after = 5
    world.alipay.will(REFUND, answered)
    assert result_of(give_back(world)) == (200, "F", "REFUND_WINDOW_EXCEED")
    assert (stored(world).state, reserved(world)) == (RefundState.FAIL, 0)
    assert "AnswersNotStored" not in logged()


NOT_TO_BE_BELIEVED = {
    "an F to a later send": (answer("F", "PROCESS_FAIL"), "REFUND_IN_PROCESS"),
    "another amount": (refunded(value="9"), "REFUND_IN_PROCESS"),
}


@pytest.mark.parametrize(("said", "code"), NOT_TO_BE_BELIEVED.values(), ids=NOT_TO_BE_BELIEVED)
def test_what_settles_nothing_is_u_also_where_it_cannot_be_stored(world: World, said, code: str) -> None:
    answered, store = and_then_the_store_is_gone(world, said)
    world.alipay.will(REFUND, LOST, answered)
    give_back(world)
    world.clock.forward(1)
    assert result_of(give_back(world)) == (200, "U", code)
    store.on = False
    assert (stored(world).state, reserved(world)) == (RefundState.INITIATED, 300)


@pytest.mark.parametrize(("error", "status"), [(LOST, 200), (not_reached("refund"), 503)], ids=["lost", "not reached"])
def test_without_answer_and_without_store_the_intent_stays_due(world: World, error, status: int) -> None:
    answered, store = and_then_the_store_is_gone(world, error)
    world.alipay.will(REFUND, answered)
    assert result_of(give_back(world)) == (status, "U", "UNKNOWN_EXCEPTION")
    store.on = False
    kept = stored(world)
    assert (kept.state, kept.due_at) == (RefundState.INITIATED, kept.sent_at + 25_000)
    assert reserved(world) == 300


def test_with_too_little_time_nothing_is_sent_and_nothing_is_held(world: World) -> None:
    reply = give_back(world, seconds=14.9)
    assert result_of(reply) == (503, "U", "UNKNOWN_EXCEPTION")
    assert "nothing was sent" in message_of(reply)
    assert world.alipay.sends_of(REFUND) == []
    assert world.repository.refunds.find("REF-1") is None
    assert reserved(world) == 0
    world.alipay.will(REFUND, refunded())
    assert result_of(give_back(world, seconds=15)) == (200, "S", "SUCCESS")


REPEATS = {
    "after U": (answer("U", "REFUND_IN_PROCESS"), 200),
    "after a lost answer": (LOST, 200),
    "unsent": (not_reached("refund"), 503),
}


@pytest.mark.parametrize(("first", "status"), REPEATS.values(), ids=REPEATS)
def test_with_too_little_time_a_repeat_sends_and_leases_nothing(world: World, first, status: int) -> None:
    world.alipay.will(REFUND, first)
    give_back(world)
    before = stored(world)
    assert result_of(give_back(world, seconds=14.9)) == (status, "U", "UNKNOWN_EXCEPTION")
    assert (len(world.alipay.sent), stored(world)) == (2, before)


def test_if_the_write_ahead_takes_too_long_nothing_is_sent_and_the_send_does_not_count(world: World) -> None:
    client = world.dynamodb

    class Slow:
        def __getattr__(self, name: str):
            return getattr(client, name)

        def transact_write_items(self, **request: object):
            world.clock.forward(11)
            return client.transact_write_items(**request)

    world.dynamodb = Slow()
    assert result_of(give_back(world)) == (503, "U", "UNKNOWN_EXCEPTION")
    world.dynamodb = client
    assert world.alipay.sends_of(REFUND) == []
    assert (stored(world).sends, stored(world).lease_until, reserved(world)) == (0, 0, 0)
    world.alipay.will(REFUND, refunded())
    assert result_of(give_back(world)) == (200, "S", "SUCCESS")
