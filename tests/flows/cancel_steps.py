"""More words for flow tests: a caller cancels, and Alipay says what it makes of that."""

from typing import Any

from autodebit.contract import CancelRequest
from autodebit.domain.cancellation import Cancel
from autodebit.flows.payments.cancel import cancel
from autodebit.gateway.client import Operation, VerifiedResponse
from autodebit.responses import Response
from tests.flows.steps import PAYMENT_ID, paid, payment, send
from tests.support.alipay import answer, no_answer
from tests.support.world import World

CANCELLED_AT = "2027-01-15T16:30:11+08:00"


def call_off(world: World, seconds: float = 25, **ids: str) -> Response:
    """cancel, by paymentRequestId unless *ids* say otherwise."""
    return cancel(CancelRequest.model_validate(ids or {"paymentRequestId": "PAY-1"}), world.runtime(seconds))


def cancelled(**changed: Any) -> VerifiedResponse:
    """S to a cancel."""
    told = {"paymentId": PAYMENT_ID, "paymentRequestId": "PAY-1", "cancelTime": CANCELLED_AT, **changed}
    return answer("S", "SUCCESS", "Success", **told)


def paid_before(world: World) -> None:
    """PAY-1 is paid."""
    world.alipay.will(Operation.PAY, paid())
    send(world)


def lost_before(world: World) -> None:
    """The answer to PAY-1 is lost."""
    world.alipay.will(Operation.PAY, no_answer())
    send(world)
    world.clock.forward(1)


def in_process_before(world: World) -> None:
    """Alipay has PAY-1 in process."""
    world.alipay.will(Operation.PAY, answer("U", "PAYMENT_IN_PROCESS", paymentId=PAYMENT_ID))
    send(world)
    world.clock.forward(1)


def stored_cancel(world: World) -> Cancel:
    """The cancel of PAY-1."""
    found = payment(world).cancel
    assert found is not None
    return found


def cancels(world: World) -> int:
    """How many cancels Alipay was sent."""
    return len(world.alipay.sends_of(Operation.CANCEL))
