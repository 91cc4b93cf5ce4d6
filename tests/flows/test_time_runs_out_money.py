"""The claim of a pay, refund or cancel leaves no time for an answer: nothing is sent, and the lease is given back."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from autodebit.flows.payments.sync import poll_payment
from autodebit.gateway.client import Operation, VerifiedResponse
from autodebit.responses import Response
from tests.flows.cancel_steps import call_off, cancelled, cancels, paid_before, stored_cancel
from tests.flows.refund_steps import buy, give_back, refunded, stored
from tests.flows.steps import paid, payment, result_of, send
from tests.flows.test_time_runs_out import slow_write
from tests.support.alipay import no_answer
from tests.support.world import World


@dataclass(frozen=True)
class Mover:
    """An operation that moves money: how it is asked for, and what is stored of its sends."""

    operation: Operation
    before: Callable[[World], None]
    ask: Callable[[World], Response]
    sends: Callable[[World], int]
    leased_until: Callable[[World], int]
    done: VerifiedResponse


def token_known_before(world: World) -> None:
    """The first write of PAY-1 is its claim."""
    world.alipay.will(Operation.PAY, no_answer())
    send(world, payment_request_id="PAY-0")
    world.alipay.sent.clear()


MOVERS = {
    "pay": Mover(
        Operation.PAY,
        token_known_before,
        send,
        lambda world: payment(world).sends,
        lambda world: payment(world).lease_until,
        paid(),
    ),
    "refund": Mover(
        Operation.REFUND,
        buy,
        give_back,
        lambda world: stored(world).sends,
        lambda world: stored(world).lease_until,
        refunded(),
    ),
    "cancel": Mover(
        Operation.CANCEL,
        paid_before,
        call_off,
        lambda world: stored_cancel(world).sends,
        lambda world: stored_cancel(world).lease_until,
        cancelled(),
    ),
}
each = pytest.mark.parametrize("mover", MOVERS.values(), ids=MOVERS)


def ask_without_time(world: World, mover: Mover) -> Response:
    plain = slow_write(world)
    reply = mover.ask(world)
    world.dynamodb = plain
    return reply


@each
def test_a_first_request_is_503_and_its_repeat_is_a_first_send(world: World, mover: Mover) -> None:
    mover.before(world)
    assert result_of(ask_without_time(world, mover)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert (mover.sends(world), mover.leased_until(world)) == (0, 0)
    assert world.alipay.sends_of(mover.operation) == []
    world.alipay.will(mover.operation, mover.done)
    assert result_of(mover.ask(world))[:2] == (200, "S")
    assert len(world.alipay.sends_of(mover.operation)) == 1


@each
def test_a_repeat_after_a_lost_answer_is_u(world: World, mover: Mover) -> None:
    mover.before(world)
    world.alipay.will(mover.operation, no_answer(mover.operation.label))
    mover.ask(world)
    world.clock.forward(1)
    assert result_of(ask_without_time(world, mover)) == (200, "U", "UNKNOWN_EXCEPTION")
    assert (mover.sends(world), mover.leased_until(world)) == (1, 0)


def test_a_cancel_for_which_a_poller_had_no_time_stays_wanted_and_due(world: World) -> None:
    paid_before(world)
    world.alipay.will(Operation.CANCEL, no_answer("cancel"), cancelled())
    call_off(world)
    due_at = payment(world).due_at
    assert due_at is not None
    world.clock.time = due_at
    plain = slow_write(world)
    poll_payment("PAY-1", world.runtime(25))
    world.dynamodb = plain
    assert (cancels(world), stored_cancel(world).pending, stored_cancel(world).lease_until) == (1, True, 0)
    due_at = payment(world).due_at
    assert due_at is not None
    world.clock.time = due_at
    poll_payment("PAY-1", world.runtime(25))
    assert (cancels(world), payment(world).state.value) == (2, "CANCELLED")
