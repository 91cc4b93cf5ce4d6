"""ORDER_NOT_EXIST counts by the moment of its question: an answer that is recorded late says nothing of what came after it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from autodebit.gateway import Answer, Operation
from autodebit.lifecycle import PaymentState, RegistrationState
from tests.flows import registering
from tests.flows.cancel_steps import lost_before
from tests.flows.refund_steps import buy, give_back, inquire_refund, poll_refund_when_due, stored, unknown_refund
from tests.flows.steps import absent, inquire, payment, poll_when_due
from tests.support.alipay import no_answer
from tests.support.world import World

SLOW = 12


def slowly(world: World, said: Answer) -> Callable[[object], Answer]:
    """*said*, asked for now and answered after the longest time that a call may take."""

    def script(_body: object) -> Answer:
        asked_at = world.clock.now()
        world.clock.forward(SLOW)
        return replace(said, sent_at=asked_at)

    return script


def wait_for_the_grace_but(world: World, sent_at: int, seconds: int) -> None:
    """The moment that is so many seconds before ORDER_NOT_EXIST counts."""
    world.clock.time = world.settings.plan.absent_counts_from(sent_at) - seconds * 1000


@pytest.mark.parametrize(("seconds", "counted"), [(SLOW - 2, 0), (0, 1)], ids=["asked before", "asked after"])
def test_a_poll_of_a_payment(world: World, seconds: int, counted: int) -> None:
    lost_before(world)
    wait_for_the_grace_but(world, payment(world).sent_at, seconds)
    world.alipay.will(Operation.INQUIRY_PAYMENT, slowly(world, absent()))
    poll_when_due(world)
    assert payment(world).absences == counted


@pytest.mark.parametrize(("seconds", "counted"), [(SLOW - 2, 0), (0, 1)], ids=["asked before", "asked after"])
def test_a_callers_inquiry_of_a_payment(world: World, seconds: int, counted: int) -> None:
    lost_before(world)
    wait_for_the_grace_but(world, payment(world).sent_at, seconds)
    world.alipay.will(Operation.INQUIRY_PAYMENT, slowly(world, absent()))
    inquire(world)
    assert payment(world).absences == counted


def test_two_questions_have_to_be_far_enough_apart_not_their_records(world: World) -> None:
    lost_before(world)
    wait_for_the_grace_but(world, payment(world).sent_at, 0)
    world.alipay.will(Operation.INQUIRY_PAYMENT, slowly(world, absent()), absent())
    inquire(world)
    world.clock.forward(world.settings.plan.absent_gap / 1000 - SLOW)
    inquire(world)
    assert (payment(world).absences, payment(world).state) == (2, PaymentState.INITIATED)


@pytest.mark.parametrize("ask", [poll_refund_when_due, inquire_refund])
@pytest.mark.parametrize(("seconds", "counted"), [(SLOW - 2, 0), (0, 1)], ids=["asked before", "asked after"])
def test_a_refund(world: World, ask: Callable[[World], object], seconds: int, counted: int) -> None:
    buy(world)
    world.alipay.will(Operation.REFUND, no_answer("refund"))
    give_back(world)
    wait_for_the_grace_but(world, stored(world).sent_at, seconds)
    world.alipay.will(Operation.INQUIRY_REFUND, slowly(world, unknown_refund()))
    ask(world)
    assert stored(world).absences == counted


@pytest.mark.parametrize(("seconds", "counted"), [(SLOW - 2, 0), (0, 1)], ids=["asked before", "asked after"])
def test_a_registration(world: World, seconds: int, counted: int) -> None:
    world.alipay.will(Operation.REGISTRATION, no_answer("registration"))
    registering.register(world)
    wait_for_the_grace_but(world, registering.registered(world).sent_at, seconds)
    world.alipay.will(Operation.INQUIRY_REGISTRATION_STATUS, slowly(world, registering.not_found()))
    registering.poll_registration_when_due(world)
    known = registering.registered(world)
    assert (known.absences, known.state) == (counted, RegistrationState.INITIATED)
