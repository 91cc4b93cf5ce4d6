"""Notifications that nobody may believe: of another one's money, or the opposite of what is final."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from autodebit.domain.payment import Payment
from autodebit.domain.refund import Refund
from autodebit.domain.tracked_request import Money

NOT_OURS = ("another amount", "another currency", "another id of Alipay's")


def success_of_another(identity: str, item: Payment | Refund, how: str) -> tuple[str, Mapping[str, Any]]:
    """A success that names *item*, and yet is not its: it differs in *how*. Kind and body."""
    kind, body = _told(identity, item, "SUCCESS")
    match how:
        case "another amount":
            return _told(identity, replace(item, amount=replace(item.amount, value=f"{item.amount.value}0")), "SUCCESS")
        case "another currency":
            return _told(identity, replace(item, amount=Money(item.amount.value, "PHP")), "SUCCESS")
        case _:
            return kind, {**body, _its_id(item): "20270101000000000000000000000000000000"}


def opposite_of(identity: str, item: Payment | Refund) -> tuple[str, Mapping[str, Any]]:
    """The contradiction of what is final. Kind and body."""
    return _told(identity, item, "FAIL" if item.state.value == "SUCCESS" else "SUCCESS")


def known_by_id(item: Payment | Refund) -> bool:
    """Whether Alipay's own id of it is known, so that another one is told from it."""
    return bool(item.payment_id if isinstance(item, Payment) else item.refund_id)


def _told(identity: str, item: Payment | Refund, status: str) -> tuple[str, Mapping[str, Any]]:
    paid = status == "SUCCESS"
    result = {"resultStatus": "S" if paid else "F", "resultCode": "SUCCESS" if paid else "PROCESS_FAIL"}
    amount = {"currency": item.amount.currency, "value": item.amount.value}
    if isinstance(item, Payment):
        said: dict[str, Any] = {"notifyType": "PAYMENT_RESULT", "paymentRequestId": identity, "paymentAmount": amount}
        return "notifyPayment", {**said, "result": result}
    said = {"notifyType": "REFUND_RESULT", "refundRequestId": identity, "refundAmount": amount, "refundStatus": status}
    return "notifyRefund", {**said, "result": result}


def _its_id(item: Payment | Refund) -> str:
    return "paymentId" if isinstance(item, Payment) else "refundId"
