"""poll_payments on refunds: it asks for what is due, never sends, and never lets an open refund out of sight."""

import threading
from itertools import pairwise

import pytest

from autodebit.domain.refund_states import RefundState
from autodebit.domain.tracked_request import SendOutcome
from autodebit.flows.payments.refund_sync import poll_refund
from autodebit.gateway.client import Operation
from tests.flows.conftest import Logged
from tests.flows.refund_steps import (
    REFUND_ID,
    buy,
    give_back,
    notify_of,
    poll_refund_when_due,
    reserved,
    stored,
    told,
    unknown_refund,
)
from tests.flows.steps import outage, poll
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.limit import Limit
from tests.support.world import World

REFUND, INQUIRY = Operation.REFUND, Operation.INQUIRY_REFUND


@pytest.fixture
def world(world: World) -> World:
    """A world in which the answer to the refund of a paid payment was lost: it is due in 15 s."""
    buy(world)
    world.alipay.will(REFUND, no_answer("refund"))
    give_back(world)
    return world


@pytest.mark.parametrize(("status", "held"), [("SUCCESS", 300), ("FAIL", 0)])
def test_what_is_due_is_asked_for_after_15_s_and_settled(world: World, status: str, held: int) -> None:
    world.alipay.will(INQUIRY, told(status))
    world.clock.forward(14.9)
    poll(world)
    assert world.alipay.sends_of(INQUIRY) == []
    world.clock.forward(0.1)
    poll(world)
    kept = stored(world)
    assert (kept.state, kept.settled_by, kept.due_at) == (status, "poll", None)
    assert (world.repository.refunds.id_of(REFUND_ID), reserved(world)) == ("REF-1", held)
    world.clock.forward(4_000)
    poll(world)
    assert len(world.alipay.sends_of(INQUIRY)) == 1


SILENCE = {
    "no answer": no_answer("inquiryRefund"),
    "not reached": not_reached("inquiryRefund"),
    "unsigned": unsigned("inquiryRefund"),
    "SYSTEM_ERROR": answer("F", "SYSTEM_ERROR"),
    "PROCESS_FAIL": answer("F", "PROCESS_FAIL"),
    "U": answer("U", "UNKNOWN_EXCEPTION"),
    "in process": told("PROCESSING"),
    "a cancellation": told("CANCELLED"),
    "another amount": told("FAIL", refundAmount={"currency": "JPY", "value": "9"}),
    "of another refund": told("SUCCESS", "REF-2"),
}


@pytest.mark.parametrize("silence", SILENCE.values(), ids=SILENCE)
def test_without_outcome_the_refund_is_asked_for_again_by_the_plan_and_never_sent(world: World, silence) -> None:
    world.alipay.will(INQUIRY, silence)
    moments = []
    for _ in range(8):
        poll_refund_when_due(world)
        assert stored(world).state.open
        moments.append(world.clock.now() // 1_000)
    assert [later - earlier for earlier, later in pairwise(moments)] == [15, 15, 30, 60, 120, 300, 600]
    assert len(world.alipay.sends_of(REFUND)) == 1
    assert reserved(world) == 300


def test_after_another_amount_an_outcome_counts_only_if_it_names_ours(world: World) -> None:
    other = told("FAIL", refundAmount={"currency": "JPY", "value": "9"})
    world.alipay.will(INQUIRY, other, told("SUCCESS", refundAmount=None), told("SUCCESS"))
    for state in (RefundState.INITIATED, RefundState.INITIATED, RefundState.SUCCESS):
        poll_refund_when_due(world)
        assert (stored(world).state, reserved(world)) == (state, 300)


@pytest.mark.parametrize("first", [answer("U", "UNKNOWN_EXCEPTION"), answer("U", "REFUND_IN_PROCESS")])
def test_after_u_the_first_poll_comes_after_15_s_too(world: World, first) -> None:
    world.alipay.will(REFUND, first)
    give_back(world, "REF-2")
    assert stored(world, "REF-2").due_at == world.clock.now() + 15_000


def test_order_not_exist_three_times_fifteen_seconds_apart_after_the_grace_closes_the_refund(world: World) -> None:
    sent_at = stored(world).sent_at
    world.alipay.will(INQUIRY, unknown_refund())
    moments = []
    limit = Limit()
    while stored(world).state.open:
        limit.step()
        poll_refund_when_due(world)
        moments.append((world.clock.now() - sent_at) // 1_000)
    assert moments == [15, 30, 45, 75, 135, 150, 165]
    assert (stored(world).state, reserved(world)) == (RefundState.NOT_SUBMITTED, 300)
    assert len(world.alipay.sends_of(REFUND)) == 1


@pytest.mark.parametrize("learned", [answer("U", "REFUND_IN_PROCESS"), None], ids=["by refund", "by poll"])
def test_a_refund_that_alipay_had_in_process_is_never_closed_as_not_submitted(world: World, learned) -> None:
    name = "REF-1"
    if learned is None:
        world.alipay.will(INQUIRY, told("PROCESSING"), unknown_refund())
    else:
        name = "REF-2"
        world.alipay.will(REFUND, learned)
        world.alipay.will(INQUIRY, unknown_refund())
        give_back(world, name)
    for _ in range(14):
        poll_refund_when_due(world, name)
    kept = stored(world, name)
    assert (kept.state, kept.heard) == (RefundState.PROCESSING, SendOutcome.ACCEPTED)
    assert kept.due_at == world.clock.now() + 3_600_000
    assert world.anomalies() == ["Alipay no longer knows a refund that it had in process"]


def test_exhaustion_is_told_and_the_refund_stays_due_at_the_longest_interval(world: World, logged: Logged) -> None:
    world.alipay.will(INQUIRY, told("PROCESSING"))
    polls = 0
    while "PollsExhausted" not in logged():
        poll_refund_when_due(world)
        polls += 1
        assert polls < 20
    assert '"refund_request_id":"REF-1"' in logged().replace('": "', '":"')
    assert "still open" in logged()
    for _ in range(3):
        assert stored(world).due_at == world.clock.now() + 3_600_000
        poll_refund_when_due(world)
    assert stored(world).state is RefundState.PROCESSING


def test_the_inquiry_is_by_our_own_id_which_is_the_only_one_that_is_known_after_a_lost_answer(world: World) -> None:
    world.alipay.will(INQUIRY, told("PROCESSING"))
    poll_refund_when_due(world)
    poll_refund_when_due(world)
    assert stored(world).refund_id == REFUND_ID
    assert world.alipay.sends_of(INQUIRY) == [{"refundRequestId": "REF-1"}] * 2


def test_what_was_settled_meanwhile_or_is_not_due_is_not_asked_for(world: World) -> None:
    poll_refund("REF-1", world.runtime(58))
    poll_refund("REF-9", world.runtime(58))
    world.clock.forward(15)
    notify_of(world)
    poll(world)
    poll_refund("REF-1", world.runtime(58))
    assert world.alipay.sends_of(INQUIRY) == []


def test_two_pollers_on_one_refund_ask_once(world: World) -> None:
    both = threading.Barrier(2)
    world.clock.forward(15)
    world.alipay.will(INQUIRY, told("FAIL"))
    client = world.dynamodb

    class Together:
        """Both pollers have read the refund before either claims it."""

        def __getattr__(self, name: str):
            return getattr(client, name)

        def put_item(self, **request: object):
            both.wait(10)
            return client.put_item(**request)

    world.dynamodb = Together()
    runtime = world.runtime(58)
    pollers = [threading.Thread(target=poll_refund, args=("REF-1", runtime)) for _ in range(2)]
    for poller in pollers:
        poller.start()
    for poller in pollers:
        poller.join(20)
    world.dynamodb = client
    assert len(world.alipay.sends_of(INQUIRY)) == 1
    assert (stored(world).state, reserved(world)) == (RefundState.FAIL, 0)


def test_a_claim_holds_while_the_other_poller_asks(world: World) -> None:
    world.clock.forward(15)

    def meanwhile(_body: object):
        world.clock.forward(12)
        poll_refund("REF-1", world.runtime(58))
        return told("SUCCESS")

    world.alipay.will(INQUIRY, meanwhile)
    poll_refund("REF-1", world.runtime(58))
    assert len(world.alipay.sends_of(INQUIRY)) == 1


def test_a_poller_that_dies_leaves_the_refund_due(world: World) -> None:
    world.clock.forward(15)
    world.alipay.will(INQUIRY, lambda _body: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        poll_refund("REF-1", world.runtime(58))
    assert stored(world).due_at == world.clock.now() + 20_000


def test_a_sender_at_work_is_not_disturbed(world: World) -> None:
    def meanwhile(_body: object):
        world.clock.forward(12)
        poll_refund("REF-2", world.runtime(58))
        raise no_answer("refund")

    world.alipay.will(REFUND, meanwhile)
    give_back(world, "REF-2")
    assert world.alipay.sends_of(INQUIRY) == []


def test_if_the_outcome_cannot_be_stored_the_poller_goes_on_at_once_and_the_refund_is_asked_for_again(
    world: World,
) -> None:
    store = outage(world)

    def and_then_the_store_is_gone(_body: object):
        store.on = True
        return told("FAIL")

    store.hits = lambda method, _request: method != "query"
    world.alipay.will(INQUIRY, and_then_the_store_is_gone, told("FAIL"))
    world.clock.forward(15)
    began = world.clock.now()
    poll(world)
    # Other items wait for this worker: it does not try again until the deadline, as a caller's call does.
    assert world.clock.now() - began < 1_000
    store.on = False
    assert (stored(world).state, reserved(world)) == (RefundState.INITIATED, 300)
    poll_refund_when_due(world)
    assert (stored(world).state, reserved(world)) == (RefundState.FAIL, 0)
