"""The words that the tests of refunds are written in; PAY-1 is 1000 JPY, REF-1 gives back 300 of it."""

from typing import Any

from autodebit.contract import InquiryRefundRequest, NotifyRefundRequest, RefundRequest
from autodebit.domain.refund import Refund
from autodebit.flows.payments.refund import refund
from autodebit.flows.payments.refund_sync import inquiry_refund, notify_refund, poll_refund
from autodebit.gateway.client import Operation, VerifiedResponse
from autodebit.responses import Response
from tests.flows.steps import PAYMENT_ID, paid, payment, send
from tests.support.alipay import answer
from tests.support.world import World

REFUND_ID = "20240702REF-1"


def buy(world: World, **changed: Any) -> None:
    """PAY-1 is paid."""
    world.alipay.will(Operation.PAY, paid())
    send(world, **changed)


# --- callers


def give_back(
    world: World, identity: str = "REF-1", value: str = "300", seconds: float = 25, **changed: Any
) -> Response:
    """refund, by an invocation that may take *seconds*; a field that is None is left out."""
    body = {
        "refundRequestId": identity,
        "paymentId": PAYMENT_ID,
        "refundAmount": {"currency": "JPY", "value": value},
        **changed,
    }
    given = {name: told for name, told in body.items() if told is not None}
    return refund(RefundRequest.model_validate(given), world.runtime(seconds))


def inquire_refund(world: World, seconds: float = 25, **ids: str) -> Response:
    request = InquiryRefundRequest.model_validate(ids or {"refundRequestId": "REF-1"})
    return inquiry_refund(request, world.runtime(seconds))


# --- Alipay


def refunded_fields(identity: str = "REF-1", value: str = "300", **changed: Any) -> dict[str, Any]:
    """What Alipay says of a refund besides the result."""
    return {
        "refundRequestId": identity,
        "refundId": f"20240702{identity}",
        "refundAmount": {"currency": "JPY", "value": value},
        "refundTime": "2027-01-16T09:00:00+08:00",
        **changed,
    }


def refunded(identity: str = "REF-1", value: str = "300", **changed: Any) -> VerifiedResponse:
    """An answer to refund: done."""
    return answer("S", "SUCCESS", "ok", paymentId=PAYMENT_ID, **refunded_fields(identity, value, **changed))


def told(status: str, identity: str = "REF-1", **changed: Any) -> VerifiedResponse:
    """An answer to inquiryRefund."""
    return answer("S", "SUCCESS", "ok", refundStatus=status, **refunded_fields(identity, **changed))


def unknown_refund() -> VerifiedResponse:
    return answer("F", "ORDER_NOT_EXIST", "no such refund")


def notify_of(world: World, status: str = "SUCCESS", code: str = "SUCCESS", **changed: Any) -> None:
    """notifyRefund."""
    result = {
        "resultCode": code,
        "resultStatus": {"SUCCESS": "S", "FAIL": "F"}.get(status, "U"),
        "resultMessage": "told",
    }
    body = {"notifyType": "REFUND_RESULT", "result": result, "refundStatus": status, **refunded_fields(), **changed}
    notify_refund(NotifyRefundRequest.read(body), world.runtime(15))


# --- time


def poll_refund_when_due(world: World, identity: str = "REF-1") -> None:
    """Move on to the moment at which a refund is due, and ask for it as poll_payments does."""
    due_at = stored(world, identity).due_at
    assert due_at is not None
    world.clock.time = max(world.clock.time, due_at)
    poll_refund(identity, world.runtime(58))


# --- what is stored


def stored(world: World, identity: str = "REF-1") -> Refund:
    found = world.repository.refunds.find(identity)
    assert found is not None
    return found


def reserved(world: World) -> int:
    """What refunds hold of PAY-1."""
    return payment(world).reserved
