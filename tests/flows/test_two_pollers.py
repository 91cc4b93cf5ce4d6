"""Two pollers on one item, both of which have read it before either claims it: one of them asks or sends, once."""

import threading
from collections.abc import Callable

import pytest

from autodebit.flows.authorizations.refresh import renew_in_time
from autodebit.flows.customs.declare import poll_declaration
from autodebit.flows.merchants.sync import poll_registration
from autodebit.flows.payments.sync import poll_payment
from autodebit.gateway.client import Operation
from autodebit.runtime import Runtime
from tests.flows import customs_steps, registering
from tests.flows.cancel_steps import call_off, cancelled, paid_before
from tests.flows.steps import end_consent, grant_of, redirect, token_answer
from tests.support.alipay import answer, no_answer
from tests.support.together import Together
from tests.support.world import World


def wanted_cancel(world: World) -> None:
    paid_before(world)
    world.alipay.will(Operation.CANCEL, answer("U", "UNKNOWN_EXCEPTION"), cancelled())
    call_off(world)


def open_declaration(world: World) -> None:
    world.alipay.will(Operation.DECLARE, customs_steps.handed_over())
    customs_steps.hand_over(world)
    record = customs_steps.on_record(customs_steps.record())
    world.alipay.will(Operation.INQUIRY_DECLARATION_REQUESTS, record)


def open_registration(world: World) -> None:
    world.alipay.will(Operation.REGISTRATION, registering.accepted())
    registering.register(world)
    world.alipay.will(Operation.INQUIRY_REGISTRATION_STATUS, registering.stands("COMPLETED"))


@pytest.mark.parametrize(
    ("opened", "poll", "identity", "operation"),
    [
        pytest.param(wanted_cancel, poll_payment, "PAY-1", Operation.CANCEL, id="a cancel"),
        pytest.param(
            open_declaration, poll_declaration, "DCL-1", Operation.INQUIRY_DECLARATION_REQUESTS, id="a declaration"
        ),
        pytest.param(
            open_registration, poll_registration, "REG-1", Operation.INQUIRY_REGISTRATION_STATUS, id="a registration"
        ),
    ],
)
def test_whoever_could_not_claim_it_leaves_it_alone(
    world: World,
    opened: Callable[[World], None],
    poll: Callable[[str, Runtime], None],
    identity: str,
    operation: Operation,
) -> None:
    opened(world)
    before = len(world.alipay.sends_of(operation))
    world.clock.forward(3_600)
    client, world.dynamodb = world.dynamodb, Together(world.dynamodb)
    runtime = world.runtime(58)
    pollers = [threading.Thread(target=poll, args=(identity, runtime)) for _ in range(2)]
    for poller in pollers:
        poller.start()
    for poller in pollers:
        poller.join(20)
    world.dynamodb = client
    assert len(world.alipay.sends_of(operation)) == before + 1


def test_the_daily_run_does_not_renew_what_was_to_be_revoked_since_it_looked(world: World) -> None:
    world.alipay.will(Operation.APPLY_TOKEN, token_answer())
    redirect(world)
    world.alipay.will(Operation.REVOKE, no_answer("revoke"))
    end_consent(world)
    handle = grant_of(world).handle
    world.clock.time = grant_of(world).due_at or 0
    renew_in_time(handle, world.runtime(58))
    assert len(world.alipay.sends_of(Operation.APPLY_TOKEN)) == 1
    assert grant_of(world).revocation is not None
