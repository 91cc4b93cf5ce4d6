"""What is advised of what Alipay does not know is what the next request will find."""

import json

from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund_states import RefundState
from autodebit.gateway.client import Operation
from autodebit.repository import StateChanged, state_changes
from tests.flows.cancel_steps import call_off, lost_before
from tests.flows.refund_steps import buy, give_back, inquire_refund, poll_refund_when_due, stored, unknown_refund
from tests.flows.steps import absent, inquire, payment, poll_when_due, send
from tests.flows.test_publish_events import as_lambda_has_it, records_of
from tests.support.alipay import answer, not_reached
from tests.support.limit import Limit
from tests.support.world import World


def advice(world: World) -> list[str]:
    changes = [state_changes(as_lambda_has_it(record)) for record in records_of(world)]
    return [one.facts["advice"] for one in changes if isinstance(one, StateChanged) and "advice" in one.facts]


def closed(world: World) -> None:
    """PAY-1 is closed, because Alipay says often enough that it does not know it."""
    lost_before(world)
    world.alipay.will(Operation.INQUIRY_PAYMENT, absent())
    limit = Limit()
    while payment(world).state is not PaymentState.NOT_SUBMITTED:
        limit.step()
        poll_when_due(world)


def message(text: str) -> str:
    return str(json.loads(text)["result"]["resultMessage"])


def test_with_a_kept_cancel_an_inquiry_says_to_take_a_new_id_as_pay_does(world: World, refused) -> None:
    closed(world)
    world.alipay.will(Operation.CANCEL, answer("F", "ORDER_NOT_EXIST"))
    call_off(world)
    told = message(inquire(world).text)
    assert "take a new paymentRequestId" in told
    assert "Repeat this" not in told
    assert refused(lambda: send(world))[0] == 409


def test_without_one_it_says_to_repeat(world: World) -> None:
    closed(world)
    assert "Repeat this paymentRequestId" in message(inquire(world).text)
    assert "Repeat this paymentRequestId" in advice(world)[-1]


def test_a_refund_that_never_left_is_not_said_to_hold_its_amount(world: World) -> None:
    buy(world)
    world.alipay.will(Operation.REFUND, not_reached())
    give_back(world)
    world.alipay.will(Operation.INQUIRY_REFUND, unknown_refund())
    limit = Limit()
    while stored(world).state is not RefundState.NOT_SUBMITTED:
        limit.step()
        poll_refund_when_due(world)
    assert payment(world).reserved == 0
    for told in (message(inquire_refund(world).text), advice(world)[-1]):
        assert "holds no amount" in told
        assert "stays reserved" not in told
