"""The ledger, balances, payments, refunds and declarations."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from sandbox.alipay.admin import deeds
from sandbox.alipay.admin.orders import listed, order
from sandbox.alipay.admin.parts import Parts
from sandbox.alipay.ids import user_id
from sandbox.alipay.money import Money


def routes(blueprint: Blueprint, parts: Parts) -> None:
    _books(blueprint, parts)

    @blueprint.get("/payments")
    def payments() -> Response:
        with parts.world.lock:
            return listed(parts.world.payments.describe())

    @blueprint.post("/payments/settle")
    def settle_payment() -> dict[str, Any]:
        """Bring a payment in process to its end: {"paymentRequestId", "outcome": "SUCCESS" | "FAIL" |
        "CLOSED"}.
        """
        given = order("paymentRequestId", "outcome")
        return deeds.settle_payment(parts, given.get("paymentRequestId"), given.get("outcome"))

    @blueprint.post("/payments/late-success")
    def late_success() -> dict[str, Any]:
        """A cancelled payment is notified as paid all the same: {"paymentRequestId"}."""
        return deeds.succeed_late(parts, order("paymentRequestId").get("paymentRequestId"))

    @blueprint.post("/payments/elsewhere")
    def pay_elsewhere() -> dict[str, Any]:
        """Another system of this client pays under an id: {"paymentRequestId", "paymentAmount", "customerBelongsTo",
        "merchantAccountId"}.
        """
        given = order("paymentRequestId", "paymentAmount", "customerBelongsTo", "merchantAccountId")
        return deeds.pay_elsewhere(parts, given)

    @blueprint.post("/payments/dispute")
    def dispute() -> dict[str, Any]:
        """A payment is disputed, or its dispute goes on: {"paymentRequestId"}, and any field of notifyDispute; "url" for another
        address than the dashboard's.
        """
        return deeds.dispute(parts, order("paymentRequestId", "url", *deeds.DISPUTE_FIELDS))

    @blueprint.post("/refunds/elsewhere")
    def refund_elsewhere() -> dict[str, Any]:
        """Another system of this client gives back under an id: {"refundRequestId", "refundAmount"}."""
        return deeds.refund_elsewhere(parts, order("refundRequestId", "refundAmount"))

    @blueprint.get("/refunds")
    def refunds() -> Response:
        with parts.world.lock:
            return listed(parts.world.refunds.describe())

    @blueprint.post("/refunds/settle")
    def settle_refund() -> dict[str, Any]:
        """Bring a refund in process to its end: {"refundRequestId", "outcome": "SUCCESS" | "FAIL"}."""
        given = order("refundRequestId", "outcome")
        return deeds.settle_refund(parts, given.get("refundRequestId"), given.get("outcome"))

    @blueprint.get("/declarations")
    def declarations() -> Response:
        with parts.world.lock:
            return listed(parts.world.declarations.describe())


def _books(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.get("/ledger")
    def ledger() -> dict[str, Any]:
        with parts.world.lock:
            return parts.world.payments.debits()

    @blueprint.get("/ledger/entries")
    def entries() -> dict[str, Any]:
        with parts.world.lock:
            return parts.world.ledger.describe()

    @blueprint.post("/balances")
    def balances() -> dict[str, Any]:
        """Set what a customer holds: {"customerBelongsTo", "account" (as typed on the consent page),
        currency, value}; what the merchant holds: {"merchant": true, currency, value}.
        """
        given = order("customerBelongsTo", "account", "merchant", "currency", "value")
        wallet, value = str(given.get("customerBelongsTo")), str(given.get("value"))
        if not value.isdigit():
            raise ValueError("value must be a whole number of the smallest unit")
        account = f"customer:{wallet}:{user_id(wallet, str(given.get('account')))}"
        if given.get("merchant"):
            account = f"merchant:{parts.config.client_id}"
        with parts.world.lock:
            amount = Money(str(given.get("currency")), int(value))
            parts.world.ledger.set_balance(account, amount, parts.clock.now())
        return {"account": account, "balance": amount.wire()}
