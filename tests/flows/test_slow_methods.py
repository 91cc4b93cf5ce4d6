"""Payments by a method that takes days stay open without an alarm and without a cancel of the deployment's own."""

from dataclasses import replace
from typing import Any

import pytest

from autodebit.clock import DAY
from autodebit.gateway.client import Operation
from autodebit.repository import StateChanged, state_changes
from tests.flows.cancel_steps import cancelled, cancels
from tests.flows.conftest import Logged
from tests.flows.steps import asked, paid, payment, poll_when_due, send
from tests.flows.test_publish_events import as_lambda_has_it, records_of
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


# --- a payment that waits for its customer


def told(world: World) -> list[dict[str, Any]]:
    """The events of PAY-1, in order."""
    changes = [state_changes(as_lambda_has_it(record)) for record in records_of(world)]
    return [{"state": one.after, **one.facts} for one in changes if isinstance(one, StateChanged)]


@pytest.mark.parametrize("page", ["normalUrl", "schemeUrl", "applinkUrl"])
def test_the_event_of_a_payment_that_waits_for_its_customer_says_so_until_it_is_final(world: World, page: str) -> None:
    world.alipay.will(Operation.PAY, answer("U", "PAYMENT_IN_PROCESS", **{page: "https://wallet.example.com/act"}))
    send(world)
    assert [event["customerActionNeeded"] for event in told(world) if event["state"] == "PROCESSING"] == [True]
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked("SUCCESS"))
    poll_when_due(world)
    assert [event.get("customerActionNeeded") for event in told(world) if event["state"] == "SUCCESS"] == [None]


def test_a_payment_that_was_paid_at_once_waits_for_nobody(world: World) -> None:
    world.alipay.will(Operation.PAY, paid(normalUrl="https://wallet.example.com/receipt"))
    send(world)
    assert not any("customerActionNeeded" in event for event in told(world))
