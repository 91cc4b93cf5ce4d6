"""Payments by a method that takes days stay open without an alarm and without a cancel of the deployment's own."""

from dataclasses import replace

import pytest

from autodebit.clock import DAY
from autodebit.gateway import Operation
from tests.flows.cancel_steps import cancelled, cancels
from tests.flows.conftest import Logged
from tests.flows.steps import asked, payment, poll_when_due, send
from tests.support.alipay import answer
from tests.support.world import TOKEN, World

ACH = "ACH_DIRECT_DEBIT"


def in_process(world: World, method: str) -> None:
    """A payment by *method* that Alipay has in process."""
    world.alipay.will(Operation.PAY, answer("U", "PAYMENT_IN_PROCESS"))
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked("PROCESSING", "PAYMENT_IN_PROCESS"))
    send(world, paymentMethod={"paymentMethodType": method, "paymentMethodId": TOKEN})


def polled(world: World, times: int = 20) -> None:
    for _ in range(times):
        if payment(world).due_at is not None:
            poll_when_due(world)


def test_nobody_is_alarmed_before_its_days_are_over(world: World, logged: Logged) -> None:
    in_process(world, ACH)
    polled(world)
    assert "PollsExhausted" not in logged()
    world.clock.time = payment(world).created_at + 7 * DAY
    polled(world, 1)
    assert "PollsExhausted" in logged()


def test_of_other_methods_people_hear_after_hours(world: World, logged: Logged) -> None:
    in_process(world, "GCASH")
    polled(world)
    assert "PollsExhausted" in logged()


@pytest.mark.parametrize(("method", "sent"), [(ACH, 0), ("GCASH", 1)])
def test_the_deployments_own_cancel_waits_as_long(world: World, method: str, sent: int) -> None:
    world.settings = replace(world.settings, cancel_open_after=60_000)
    world.alipay.will(Operation.CANCEL, cancelled())
    in_process(world, method)
    polled(world)
    assert cancels(world) == sent


def test_then_it_is_sent(world: World) -> None:
    world.settings = replace(world.settings, cancel_open_after=60_000)
    world.alipay.will(Operation.CANCEL, cancelled())
    in_process(world, ACH)
    polled(world)
    world.clock.time = payment(world).sent_at + 7 * DAY
    polled(world, 1)
    assert cancels(world) == 1


def test_a_deployment_may_name_other_methods(world: World, logged: Logged) -> None:
    plan = replace(world.settings.plan, slow_methods={"GCASH": DAY})
    world.settings = replace(world.settings, plan=plan)
    in_process(world, "GCASH")
    polled(world)
    assert "PollsExhausted" not in logged()
