"""More words for flow tests: payments made elsewhere, as Alipay tells of them."""

from typing import Any

from autodebit.contract import RefundRequest
from autodebit.domain.refund import Refund
from autodebit.flows.payments.refund import refund
from autodebit.gateway.client import Operation, VerifiedResponse
from autodebit.responses import Response
from tests.flows.steps import (
    PAYMENT_ID,
    asked,
)
from tests.support.alipay import answer
from tests.support.world import World


def give_back(world: World, value: str = "100", refund_request_id: str = "REFUND-1", **ids: str) -> Response:
    """refund, by paymentId unless *ids* say otherwise."""
    amount = {"currency": "JPY", "value": value}
    body = {"refundRequestId": refund_request_id, "refundAmount": amount, **(ids or {"paymentId": PAYMENT_ID})}
    return refund(RefundRequest.model_validate(body), world.runtime())


def refunded(value: str = "100", refund_request_id: str = "REFUND-1") -> VerifiedResponse:
    """S to a refund."""
    amount = {"currency": "JPY", "value": value}
    told = {"refundRequestId": refund_request_id, "refundId": f"2024{refund_request_id}", "paymentId": PAYMENT_ID}
    return answer("S", "SUCCESS", "ok", **told, refundAmount=amount)


def transaction(
    number: int = 1, value: object = "300", status: str | None = "SUCCESS", **changed: Any
) -> dict[str, Any]:
    """An element of transactions[]: a refund made elsewhere."""
    made = {
        "transactionResult": {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "ok"},
        "transactionId": f"2024OLD-{number}",
        "transactionType": "REFUND",
        "transactionStatus": status,
        "transactionAmount": {"currency": "JPY", "value": value},
        "transactionRequestId": f"OLD-{number}",
        "transactionTime": "2027-01-16T01:17:52-07:00",
        **changed,
    }
    return {name: value for name, value in made.items() if value is not None}


def known_to_alipay(world: World, *transactions: object, status: str = "SUCCESS", **changed: Any) -> None:
    """Alipay knows PAY-1, with these transactions."""
    listed = {"transactions": list(transactions)} if transactions else {}
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked(status, **{**listed, **changed}))


def old_refund(world: World, number: int = 1) -> Refund:
    found = world.repository.refunds.find(f"OLD-{number}")
    assert found is not None
    return found


def stored_payments(world: World) -> list[str]:
    pages = world.dynamodb.get_paginator("scan").paginate(TableName=world.table, ConsistentRead=True)
    return sorted(item["pk"]["S"] for page in pages for item in page["Items"] if item["pk"]["S"].startswith("payment#"))
