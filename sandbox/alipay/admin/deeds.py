"""What developers can do to the simulator's world, by JSON or by a button of the console.

Each takes the texts that it was given, raises ValueError or Unknown with what is wrong, and returns what became of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sandbox.alipay.admin.orders import Unknown
from sandbox.alipay.admin.parts import Parts
from sandbox.alipay.clock import iso
from sandbox.alipay.faults import NOW_FAULTS, Fault, expand
from sandbox.alipay.money import Money, supported
from sandbox.alipay.notifications import NOTIFY_DISPUTE
from sandbox.alipay.operations import NAMES
from sandbox.alipay.scenarios import APPROVED, REJECTED, Course
from sandbox.alipay.wallets import WALLETS

PAYMENT_OUTCOMES = {"SUCCESS": Course.PAID, "FAIL": Course.DECLINED, "CLOSED": Course.UNPAID}
REFUND_OUTCOMES = ("SUCCESS", "FAIL")
VERDICTS = (APPROVED, REJECTED)
DISPUTE_FIELDS = (
    *("disputeId", "disputeNotificationType", "disputeTime", "disputeAmount", "disputeReasonMsg", "disputeReasonCode"),
    *(
        "disputeJudgedTime",
        "disputeJudgedAmount",
        "disputeJudgedResult",
        "defenseDueTime",
        "disputeSource",
        "disputeType",
    ),
    *("disputeAcceptReason", "disputeAcceptTime", "defendable", "arn", "captureId", "autoDefendReason", "acquirerInfo"),
)
DEFENSE_SECONDS = 7 * 86_400


def settle_payment(parts: Parts, request_id: object, outcome: object) -> dict[str, Any]:
    course = PAYMENT_OUTCOMES.get(str(outcome))
    if course is None:
        raise ValueError(f"outcome must be one of {', '.join(PAYMENT_OUTCOMES)}")
    with parts.world.lock:
        payment = parts.world.payments.find(request_id=request_id)
        if payment is None:
            raise Unknown("no such payment")
        parts.world.payments.settle(payment, course)
        return {"paymentStatus": payment.status, "paymentResultCode": payment.code}


def succeed_late(parts: Parts, request_id: object) -> dict[str, Any]:
    with parts.world.lock:
        payment = parts.world.payments.find(request_id=request_id)
        if payment is None:
            raise Unknown("no such payment")
        parts.world.cancels.tell_of_success(payment)
        return {"paymentStatus": payment.status, "paymentResultCode": payment.code}


def dispute(parts: Parts, given: Mapping[str, Any]) -> dict[str, Any]:
    """notifyDispute of a payment, unless told otherwise that one of its whole amount was opened now. No money moves: the real one
    is deducted from the settlement.
    """
    with parts.world.lock:
        payment = parts.world.payments.find(request_id=given.get("paymentRequestId"))
        if payment is None:
            raise Unknown("no such payment")
        body = {
            "paymentRequestId": payment.request_id,
            "paymentId": payment.payment_id,
            "disputeId": f"DSP{payment.payment_id}",
            "disputeNotificationType": "DISPUTE_CREATED",
            "disputeTime": iso(parts.clock.now()),
            "disputeAmount": payment.amount.wire(),
            "defenseDueTime": iso(parts.clock.now() + DEFENSE_SECONDS),
            "defendable": True,
            **{name: given[name] for name in DISPUTE_FIELDS if name in given},
        }
        sent = parts.world.outbox.put(NOTIFY_DISPUTE, given.get("url"), body)
        return {"disputeId": body["disputeId"], "notification": sent.number if sent else None}


def settle_refund(parts: Parts, request_id: object, outcome: object) -> dict[str, Any]:
    if outcome not in REFUND_OUTCOMES:
        raise ValueError(f"outcome must be one of {', '.join(REFUND_OUTCOMES)}")
    with parts.world.lock:
        refund = parts.world.refunds.find(request_id=request_id)
        if refund is None:
            raise Unknown("no such refund")
        parts.world.refunds.settle(refund, succeeds=outcome == "SUCCESS")
        return {"refundStatus": refund.status, "refundResultCode": refund.code}


def pay_elsewhere(parts: Parts, given: Mapping[str, Any]) -> dict[str, Any]:
    """Another system of this client id has paid under ``paymentRequestId``, with a customer and a token of its own."""
    amount = _amount(given, "paymentAmount")
    wallet = str(given.get("customerBelongsTo", "GCASH"))
    if wallet not in WALLETS:
        raise ValueError("customerBelongsTo must be a wallet that the simulator knows")
    with parts.world.lock:
        payment = parts.world.payments.pay_elsewhere(
            _id(given, "paymentRequestId"), amount, wallet, account=given.get("merchantAccountId")
        )
        return {"paymentId": payment.payment_id, "paymentStatus": payment.status}


def refund_elsewhere(parts: Parts, given: Mapping[str, Any]) -> dict[str, Any]:
    """Another system of this client id has given back under ``refundRequestId``, of a payment of its own."""
    amount = _amount(given, "refundAmount")
    with parts.world.lock:
        refund = parts.world.refunds.refund_elsewhere(_id(given, "refundRequestId"), amount)
        return {"refundId": refund.refund_id, "refundStatus": refund.status}


def _id(given: Mapping[str, Any], name: str) -> str:
    if not given.get(name) or not isinstance(given[name], str):
        raise ValueError(f"{name} is needed")
    return str(given[name])


def _amount(given: Mapping[str, Any], name: str) -> Money:
    amount = given.get(name)
    if isinstance(amount, Mapping):
        currency, value = str(amount.get("currency")), str(amount.get("value"))
        if value.isdigit() and int(value) and supported(currency):
            return Money(currency, int(value))
    raise ValueError(f"{name} must be an amount: currency, and value in the smallest unit")


def settle_registration(parts: Parts, request_id: object, outcome: object) -> dict[str, Any]:
    if outcome not in VERDICTS:
        raise ValueError(f"outcome must be one of {', '.join(VERDICTS)}")
    with parts.world.lock:
        registration = parts.world.registrations.find(request_id)
        if registration is None:
            raise Unknown("no such registration")
        parts.world.registrations.settle(registration, str(outcome))
        return registration.describe()


def cancel_agreement(parts: Parts, auth_state: object, reason: str | None) -> None:
    with parts.world.lock:
        if not parts.world.authorizations.cancel_in_wallet(str(auth_state), reason):
            raise Unknown("no agreement with a token has this authState")


def send_again(parts: Parts, number: int, fault: str | None) -> dict[str, Any]:
    """Deliver notification *number* once more; it is sent outside the lock, and waits for the merchant."""
    if fault not in (None, *NOW_FAULTS):
        raise ValueError(f"fault must be one of {', '.join(NOW_FAULTS)}")
    with parts.world.lock:
        notification = parts.world.outbox.get(number)
    if notification is None:
        raise Unknown("no such notification")
    ordered = None if fault is None else Fault(notification.kind, fault)
    return asdict(parts.world.outbox.send_now(notification, ordered))


def order_faults(parts: Parts, orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Take all orders or none; returns all that are open."""
    with parts.world.lock:
        for fault in parts.world.faults.order(orders, NAMES):
            parts.journal.record("fault ordered", **asdict(fault))
        return parts.world.faults.describe()


def order_next(parts: Parts, operation: object, answers: list[Any]) -> list[dict[str, Any]]:
    """What the next calls of *operation* meet, one after the other; returns all orders that are open."""
    return order_faults(parts, [expand(operation, one) for one in answers])


def move_clock(
    parts: Parts, *, speed: float | None = None, advance: float | None = None, to: float | None = None
) -> None:
    """Set the speed, then jump by *advance* seconds, then to the moment *to*; returns when all due has happened."""
    if speed is not None:
        parts.clock.set_speed(speed)
    if advance is not None:
        parts.clock.advance(advance)
    if to is not None:
        parts.clock.advance(to - parts.clock.now())
