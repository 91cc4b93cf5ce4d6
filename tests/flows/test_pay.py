"""pay: every kind of answer, and repeats before and after."""

import json

import pytest
from autodebit.contract import PayRequest
from autodebit.flows.payments import pay
from autodebit.gateway import Operation
from autodebit.lifecycle import PaymentState

from tests.support.alipay import answer, no_answer
from tests.support.world import TOKEN, World, paid_fields, pay_body


def result_of(reply) -> tuple[int, str, str]:
    result = json.loads(reply.text)["result"]
    return reply.http_status, result["resultStatus"], result["resultCode"]


def send(world: World, **changed):
    return pay(PayRequest.model_validate(pay_body(**changed)), world.runtime())


def test_a_paid_payment_is_answered_with_alipays_own_body(world: World) -> None:
    world.alipay.will(Operation.PAY, answer("S", "SUCCESS", "ok", **paid_fields()))
    reply = send(world)
    assert result_of(reply) == (200, "S", "SUCCESS")
    stored = world.repository.payments.find("PAY-1")
    assert stored is not None
    assert stored.state is PaymentState.SUCCESS
    assert stored.due_at is None
    assert world.repository.payments.id_of("20240701PAY-1") == "PAY-1"
    again = send(world)
    assert again == reply
    assert len(world.alipay.sends_of(Operation.PAY)) == 1
    assert TOKEN not in world.all_text()


def test_a_lost_answer_leaves_the_payment_open_and_a_repeat_sends_the_stored_body(world: World) -> None:
    world.alipay.will(Operation.PAY, no_answer(), answer("S", "SUCCESS", "ok", **paid_fields()))
    assert result_of(send(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    stored = world.repository.payments.find("PAY-1")
    assert stored is not None and stored.state is PaymentState.INITIATED and stored.due_at is not None
    world.clock.forward(1)
    assert result_of(send(world)) == (200, "S", "SUCCESS")
    first, second = world.alipay.sends_of(Operation.PAY)
    assert first == second
