"""ORDER_NOT_EXIST counts by the moment of its question: an answer that is recorded late says nothing of what came after it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from autodebit.clock import DAY
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund import FORGOTTEN
from autodebit.domain.registration_states import RegistrationState
from autodebit.gateway.client import Operation, VerifiedResponse
from tests.flows import customs_steps, registering
from tests.flows.cancel_steps import call_off, lost_before, paid_before, stored_cancel
from tests.flows.refund_steps import buy, give_back, inquire_refund, poll_refund_when_due, stored, unknown_refund
from tests.flows.steps import absent, asked, inquire, payment, poll_when_due
from tests.support.alipay import answer, no_answer
from tests.support.world import World

SLOW = 12


def slowly(world: World, said: VerifiedResponse) -> Callable[[object], VerifiedResponse]:
    """*said*, asked for now and answered after the longest time that a call may take."""

    def script(_body: object) -> VerifiedResponse:
        asked_at = world.clock.now()
        world.clock.forward(SLOW)
        return replace(said, sent_at=asked_at)

    return script


def wait_for_the_grace_but(world: World, sent_at: int, seconds: int) -> None:
    """The moment that is so many seconds before ORDER_NOT_EXIST counts."""
    world.clock.time = world.settings.plan.not_found_counts_from(sent_at) - seconds * 1000


@pytest.mark.parametrize(("seconds", "counted"), [(SLOW - 2, 0), (0, 1)], ids=["asked before", "asked after"])
def test_a_poll_of_a_payment(world: World, seconds: int, counted: int) -> None:
    lost_before(world)
    wait_for_the_grace_but(world, payment(world).sent_at, seconds)
    world.alipay.will(Operation.INQUIRY_PAYMENT, slowly(world, absent()))
    poll_when_due(world)
    assert payment(world).not_found_count == counted


@pytest.mark.parametrize(("seconds", "counted"), [(SLOW - 2, 0), (0, 1)], ids=["asked before", "asked after"])
def test_a_callers_inquiry_of_a_payment(world: World, seconds: int, counted: int) -> None:
    lost_before(world)
    wait_for_the_grace_but(world, payment(world).sent_at, seconds)
    world.alipay.will(Operation.INQUIRY_PAYMENT, slowly(world, absent()))
    inquire(world)
    assert payment(world).not_found_count == counted


def test_two_questions_have_to_be_far_enough_apart_not_their_records(world: World) -> None:
    lost_before(world)
    wait_for_the_grace_but(world, payment(world).sent_at, 0)
    world.alipay.will(Operation.INQUIRY_PAYMENT, slowly(world, absent()), absent())
    inquire(world)
    world.clock.forward(world.settings.plan.not_found_gap / 1000 - SLOW)
    inquire(world)
    assert (payment(world).not_found_count, payment(world).state) == (2, PaymentState.INITIATED)


@pytest.mark.parametrize("ask", [poll_refund_when_due, inquire_refund])
@pytest.mark.parametrize(("seconds", "counted"), [(SLOW - 2, 0), (0, 1)], ids=["asked before", "asked after"])
def test_a_refund(world: World, ask: Callable[[World], object], seconds: int, counted: int) -> None:
    buy(world)
    world.alipay.will(Operation.REFUND, no_answer("refund"))
    give_back(world)
    wait_for_the_grace_but(world, stored(world).sent_at, seconds)
    world.alipay.will(Operation.INQUIRY_REFUND, slowly(world, unknown_refund()))
    ask(world)
    assert stored(world).not_found_count == counted


@pytest.mark.parametrize(("seconds", "counted"), [(SLOW - 2, 0), (0, 1)], ids=["asked before", "asked after"])
def test_a_registration(world: World, seconds: int, counted: int) -> None:
    world.alipay.will(Operation.REGISTRATION, no_answer("registration"))
    registering.register(world)
    wait_for_the_grace_but(world, registering.registered(world).sent_at, seconds)
    world.alipay.will(Operation.INQUIRY_REGISTRATION_STATUS, slowly(world, registering.not_found()))
    registering.poll_registration_when_due(world)
    known = registering.registered(world)
    assert (known.not_found_count, known.state) == (counted, RegistrationState.INITIATED)


@pytest.mark.parametrize(("seconds", "counted"), [(SLOW - 2, 0), (0, 1)], ids=["asked before", "asked after"])
def test_a_declaration(world: World, seconds: int, counted: int) -> None:
    world.alipay.will(Operation.DECLARE, no_answer("declare"))
    customs_steps.hand_over(world)
    wait_for_the_grace_but(world, customs_steps.declaration(world).sent_at, seconds)
    not_found = customs_steps.on_record(missing=("DCL-1",))
    world.alipay.will(Operation.INQUIRY_DECLARATION_REQUESTS, slowly(world, not_found))
    customs_steps.poll_customs_when_due(world)
    assert customs_steps.declaration(world).not_found_count == counted


@pytest.mark.parametrize(("seconds", "told"), [(SLOW - 2, []), (0, [FORGOTTEN])], ids=["asked before", "asked after"])
def test_a_refund_in_process_is_not_forgotten_before_the_grace_is_over(world: World, seconds: int, told: list) -> None:
    buy(world)
    world.alipay.will(Operation.REFUND, answer("U", "REFUND_IN_PROCESS"))
    give_back(world)
    wait_for_the_grace_but(world, stored(world).sent_at, seconds)
    world.alipay.will(Operation.INQUIRY_REFUND, slowly(world, unknown_refund()))
    poll_refund_when_due(world)
    assert world.anomalies() == told


@pytest.mark.parametrize(("seconds", "counted"), [(SLOW - 2, 0), (0, 1)], ids=["asked before", "asked after"])
def test_an_inquiry_that_finds_a_payment_not_cancelled(world: World, seconds: int, counted: int) -> None:
    """After two days without a verdict, inquiries end a cancel; not one that was asked soon after the last send."""
    paid_before(world)
    world.alipay.will(Operation.CANCEL, no_answer("cancel"))
    call_off(world)
    world.clock.forward(2 * DAY / 1000)
    while not stored_cancel(world).ask:
        poll_when_due(world)
        assert stored_cancel(world).tries < 9
    wait_for_the_grace_but(world, stored_cancel(world).heard_at, seconds)
    world.alipay.will(Operation.INQUIRY_PAYMENT, slowly(world, asked("SUCCESS")))
    poll_when_due(world)
    assert (stored_cancel(world).denials, stored_cancel(world).pending) == (counted, True)
