"""Whoever claims an item again and again, and is never fast enough, sends nothing and is told so."""

from collections.abc import Callable

import pytest

from autodebit.gateway.client import Operation
from autodebit.responses import Response
from tests.flows.cancel_steps import call_off, paid_before
from tests.flows.customs_steps import hand_over
from tests.flows.registering import register
from tests.flows.steps import ask_consent, end_consent, grant_of, redirect, result_of, send, send_password
from tests.flows.steps import token_answer as tokens
from tests.support.clients import Crowded
from tests.support.world import World

IN_PROCESS, NOT_SENT = (200, "U", "UNKNOWN_EXCEPTION"), (503, "U", "UNKNOWN_EXCEPTION")
CALLS: dict[str, tuple[Callable[[World], Response], tuple[int, str, str]]] = {
    "pay": (lambda world: send(world, token=grant_of(world).handle), (200, "U", "PAYMENT_IN_PROCESS")),
    "cancel": (call_off, IN_PROCESS),
    "declare": (hand_over, IN_PROCESS),
    "registration": (register, IN_PROCESS),
    "consult": (ask_consent, NOT_SENT),
    "revoke": (lambda world: end_consent(world, grant_of(world).handle), NOT_SENT),
    "initAuthentication": (lambda world: send_password(world, grant_of(world).handle), IN_PROCESS),
}


@pytest.mark.parametrize(("call", "heard"), CALLS.values(), ids=CALLS)
def test_whoever_never_gets_the_lease_sends_nothing(
    world: World, call: Callable[[World], Response], heard: tuple[int, str, str]
) -> None:
    world.alipay.will(Operation.APPLY_TOKEN, tokens())
    redirect(world)
    if call is call_off:
        paid_before(world)
    world.alipay.sent.clear()
    world.dynamodb = crowd = Crowded(world.dynamodb)
    assert result_of(call(world)) == heard
    assert world.alipay.sent == []
    assert crowd.lost >= 8
