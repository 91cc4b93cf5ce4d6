"""The claim itself takes so long that no answer could be recorded any more: nothing is sent, and the lease is given back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from autodebit.gateway.client import Operation
from autodebit.responses import Response
from tests.flows.customs_steps import declaration, hand_over
from tests.flows.registering import register, registered
from tests.flows.steps import authentication, end_consent, grant_of, redirect, refresh, result_of, send_password
from tests.flows.steps import token_answer as tokens
from tests.support.alipay import answer
from tests.support.clients import WRITES, Before
from tests.support.world import World

REFUSED = answer("F", "PARAM_ILLEGAL", "no")


@dataclass(frozen=True)
class Sender:
    """An operation that is written ahead: how it is asked for, and how many of its sends count as made."""

    operation: Operation
    ask: Callable[[World], Response]
    sends: Callable[[World], int]
    leased_until: Callable[[World], int]


def wanted(world: World) -> int:
    """Sends of the revoke that is wanted."""
    revocation = grant_of(world).revocation
    return revocation.sends if revocation else 0


SENDERS = {
    "declare": Sender(
        Operation.DECLARE,
        hand_over,
        lambda world: declaration(world).sends,
        lambda world: declaration(world).lease_until,
    ),
    "registration": Sender(
        Operation.REGISTRATION,
        register,
        lambda world: registered(world).sends,
        lambda world: registered(world).lease_until,
    ),
    "initAuthentication": Sender(
        Operation.INIT_AUTHENTICATION,
        lambda world: send_password(world, grant_of(world).handle),
        lambda world: authentication(world).sends,
        lambda world: authentication(world).lease_until,
    ),
    "refresh": Sender(
        Operation.APPLY_TOKEN,
        lambda world: refresh(world, grant_of(world).refresh_handle),
        lambda world: grant_of(world).refreshes,
        lambda world: grant_of(world).lease_until,
    ),
    "revoke": Sender(
        Operation.REVOKE,
        lambda world: end_consent(world, grant_of(world).handle),
        wanted,
        lambda world: grant_of(world).lease_until,
    ),
}


@pytest.fixture(autouse=True)
def agreed(world: World) -> None:
    """A customer has agreed."""
    world.alipay.will(Operation.APPLY_TOKEN, tokens())
    redirect(world)
    world.alipay.sent.clear()


def slow_write(world: World) -> Any:
    """From now on the next write takes eleven seconds: more than an invocation of 25 s can spare before a send."""
    plain = world.dynamodb
    world.dynamodb = Before(plain, lambda: world.clock.forward(11), methods=WRITES)
    return plain


@pytest.mark.parametrize("sender", SENDERS.values(), ids=SENDERS)
def test_when_the_claim_has_used_up_the_time_nothing_is_sent_and_the_lease_is_given_back(
    world: World, sender: Sender
) -> None:
    plain = slow_write(world)
    reply = sender.ask(world)
    world.dynamodb = plain
    assert result_of(reply) == (503, "U", "UNKNOWN_EXCEPTION")
    assert world.alipay.sent == []
    assert (sender.sends(world), sender.leased_until(world)) == (0, 0)


@pytest.mark.parametrize("sender", SENDERS.values(), ids=SENDERS)
def test_a_repeat_after_that_is_a_first_send_whose_refusal_is_final(world: World, sender: Sender) -> None:
    plain = slow_write(world)
    sender.ask(world)
    world.dynamodb = plain
    world.alipay.will(sender.operation, REFUSED)
    assert result_of(sender.ask(world)) == (200, "F", "PARAM_ILLEGAL")
    assert len(world.alipay.sends_of(sender.operation)) == 1
    assert world.anomalies() == []
