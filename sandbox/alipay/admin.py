"""The developers' side under ``/_sandbox/``: look into the simulator, order faults, move its time.

JSON in and out. A request that cannot be carried out gets 400 (404 for something unknown) and ``{"error":
why}``.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Protocol

from flask import Blueprint, Response, request

from sandbox.alipay.clock import Clock, iso
from sandbox.alipay.config import RESEND_SCHEDULES, Config
from sandbox.alipay.faults import NOTIFICATIONS
from sandbox.alipay.ids import user_id
from sandbox.alipay.journal import Journal
from sandbox.alipay.keys import SIGNATURE_FAULTS, Keys
from sandbox.alipay.money import Money
from sandbox.alipay.notifications import NOTIFY_PAYMENT, NOTIFY_REFUND
from sandbox.alipay.operations import NAMES
from sandbox.alipay.records import Payment, Refund
from sandbox.alipay.scenarios import Course
from sandbox.alipay.world import World

OUTCOMES = {"SUCCESS": Course.PAID, "FAIL": Course.DECLINED, "CLOSED": Course.UNPAID}


class Illegal(ValueError):
    """A request of the wrong shape."""


class Unknown(LookupError):
    """There is nothing of that name here."""


class Parts(Protocol):
    """What the admin interface needs of the simulator."""

    config: Config
    clock: Clock
    keys: Keys
    journal: Journal

    @property
    def world(self) -> World: ...

    def reset(self) -> None: ...


def admin(parts: Parts) -> Blueprint:
    blueprint = Blueprint("admin", __name__, url_prefix="/_sandbox")

    @blueprint.errorhandler(ValueError)
    def bad(error: ValueError) -> tuple[dict[str, Any], int]:
        return {"error": str(error)}, 400

    @blueprint.errorhandler(Unknown)
    def unknown(error: Unknown) -> tuple[dict[str, Any], int]:
        return {"error": str(error)}, 404

    @blueprint.get("/health")
    def health() -> dict[str, Any]:
        return {"status": "ok", "clientId": parts.config.client_id, "time": iso(parts.clock.now())}

    _time_and_records(blueprint, parts)
    _state(blueprint, parts)
    _money_back_and_customs(blueprint, parts)
    _outgoing(blueprint, parts)
    return blueprint


def _time_and_records(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.get("/journal")
    def journal() -> Response:
        after = request.args.get("after", "0")
        if not after.isdigit():
            raise ValueError("after must be the number of an entry")
        return _list(parts.journal.entries(int(after), request.args.get("kind")))

    @blueprint.route("/clock", methods=["GET", "POST"])
    def clock() -> dict[str, Any]:
        if request.method == "POST":
            order = _object("speed", "advance", "stop")
            if order.get("stop"):
                parts.clock.set_speed(0)
            if "speed" in order:
                parts.clock.set_speed(_number(order, "speed"))
            if "advance" in order:
                parts.clock.advance(_number(order, "advance"))
            parts.journal.record("clock", **order)
        return {"time": iso(parts.clock.now()), "epoch": parts.clock.now(), "speed": parts.clock.speed}

    @blueprint.post("/reset")
    def reset() -> dict[str, Any]:
        parts.reset()
        return {"status": "ok"}

    @blueprint.route("/faults", methods=["GET", "POST", "DELETE"])
    def faults() -> Response:
        with parts.world.lock:
            if request.method == "DELETE":
                parts.world.faults.clear()
            if request.method == "POST":
                fault = parts.world.faults.order(_object(), NAMES)
                parts.journal.record("fault ordered", **asdict(fault))
            return _list(parts.world.faults.describe())

    @blueprint.route("/settings", methods=["GET", "POST"])
    def settings() -> dict[str, Any]:
        """Dashboard URLs, where hosts are to be connected to, the resend schedule, further keys of the
        merchant, whether the merchant's balance may fall below zero.
        """
        config = parts.config
        if request.method == "POST":
            order = _object(
                "authNotifyUrl", "paymentNotifyUrl", "refundNotifyUrl", "connect", "resend", "merchantPublicKeys",
                "merchantMayOwe",
            )  # fmt: skip
            if order.get("resend", config.resend) not in RESEND_SCHEDULES:
                raise ValueError(f"resend must be one of {', '.join(RESEND_SCHEDULES)}")
            if not isinstance(order.get("merchantMayOwe", True), bool):
                raise Illegal("merchantMayOwe must be true or false")
            for version, key in dict(order.get("merchantPublicKeys", {})).items():
                parts.keys.register(str(version), str(key))
            with parts.world.lock:
                config.auth_notify_url = order.get("authNotifyUrl", config.auth_notify_url)
                config.payment_notify_url = order.get("paymentNotifyUrl", config.payment_notify_url)
                config.refund_notify_url = order.get("refundNotifyUrl", config.refund_notify_url)
                config.merchant_may_owe = order.get("merchantMayOwe", config.merchant_may_owe)
                config.connect = {**config.connect, **dict(order.get("connect", {}))}
                config.resend = order.get("resend", config.resend)
            parts.journal.record("settings", changed=sorted(order))
        return {
            "authNotifyUrl": config.auth_notify_url,
            "paymentNotifyUrl": config.payment_notify_url,
            "refundNotifyUrl": config.refund_notify_url,
            "merchantMayOwe": config.merchant_may_owe,
            "connect": dict(config.connect),
            "resend": config.resend,
        }


def _state(blueprint: Blueprint, parts: Parts) -> None:
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
        order = _object("customerBelongsTo", "account", "merchant", "currency", "value")
        wallet, value = str(order.get("customerBelongsTo")), str(order.get("value"))
        if not value.isdigit():
            raise ValueError("value must be a whole number of the smallest unit")
        account = f"customer:{wallet}:{user_id(wallet, str(order.get('account')))}"
        if order.get("merchant"):
            account = f"merchant:{parts.config.client_id}"
        with parts.world.lock:
            amount = Money(str(order.get("currency")), int(value))
            parts.world.ledger.set_balance(account, amount, parts.clock.now())
        return {"account": account, "balance": amount.wire()}

    @blueprint.get("/authorizations")
    def authorizations() -> Response:
        with parts.world.lock:
            return _list(parts.world.authorizations.describe())

    @blueprint.post("/authorizations/cancel")
    def cancel() -> dict[str, Any]:
        """The user ends the agreement in the wallet: {"authState", "reason"}; TOKEN_CANCELED is notified."""
        order = _object("authState", "reason")
        with parts.world.lock:
            if not parts.world.authorizations.cancel_in_wallet(str(order.get("authState")), order.get("reason")):
                raise Unknown("no agreement with a token has this authState")
        return {"status": "ok"}

    @blueprint.get("/payments")
    def payments() -> Response:
        with parts.world.lock:
            return _list(parts.world.payments.describe())

    @blueprint.post("/payments/settle")
    def settle() -> dict[str, Any]:
        """Bring a payment in process to its end: {"paymentRequestId", "outcome": "SUCCESS" | "FAIL" |
        "CLOSED"}.
        """
        order = _object("paymentRequestId", "outcome")
        course = OUTCOMES.get(str(order.get("outcome")))
        if course is None:
            raise ValueError(f"outcome must be one of {', '.join(OUTCOMES)}")
        with parts.world.lock:
            payment = parts.world.payments.find(request_id=order.get("paymentRequestId"))
            if payment is None:
                raise Unknown("no such payment")
            parts.world.payments.settle(payment, course)
            return {"paymentStatus": payment.status, "paymentResultCode": payment.code}


def _money_back_and_customs(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.get("/refunds")
    def refunds() -> Response:
        with parts.world.lock:
            return _list(parts.world.refunds.describe())

    @blueprint.post("/refunds/settle")
    def settle_refund() -> dict[str, Any]:
        """Bring a refund in process to its end: {"refundRequestId", "outcome": "SUCCESS" | "FAIL"}."""
        order = _object("refundRequestId", "outcome")
        if order.get("outcome") not in ("SUCCESS", "FAIL"):
            raise ValueError("outcome must be one of SUCCESS, FAIL")
        with parts.world.lock:
            refund = parts.world.refunds.find(request_id=order.get("refundRequestId"))
            if refund is None:
                raise Unknown("no such refund")
            parts.world.refunds.settle(refund, succeeds=order["outcome"] == "SUCCESS")
            return {"refundStatus": refund.status, "refundResultCode": refund.code}

    @blueprint.get("/declarations")
    def declarations() -> Response:
        with parts.world.lock:
            return _list(parts.world.declarations.describe())


def _outgoing(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.get("/outbox")
    def outbox() -> Response:
        with parts.world.lock:
            return _list(parts.world.outbox.describe())

    @blueprint.post("/outbox/<int:number>/send")
    def send(number: int) -> dict[str, Any]:
        """Deliver a notification once more, now; the answer says what came of it."""
        with parts.world.lock:
            notification = parts.world.outbox.get(number)
        if notification is None:
            raise Unknown("no such notification")
        return asdict(parts.world.outbox.send_now(notification))

    @blueprint.post("/notify")
    def notify() -> dict[str, Any]:
        """Deliver a notification of your own making, once: {"kind", "body" (JSON) or "raw" (text), ...}.

        Optional: ``url`` (else the payment's or refund's own, else the dashboard's), ``clientId``, ``requestTime``,
        ``signature`` (a signature fault). It is signed over exactly what is sent.
        """
        order = _object("kind", "body", "raw", "url", "clientId", "requestTime", "signature")
        kind = str(order.get("kind"))
        if kind not in NOTIFICATIONS:
            raise ValueError(f"kind must be one of {', '.join(sorted(NOTIFICATIONS))}")
        if order.get("signature") not in (None, *SIGNATURE_FAULTS):
            raise ValueError(f"signature must be one of {', '.join(SIGNATURE_FAULTS)}")
        body = order.get("body")
        raw = str(order["raw"]) if "raw" in order else json.dumps(body, ensure_ascii=False)
        world = parts.world
        with world.lock:
            about: Payment | Refund | None = None
            if kind == NOTIFY_PAYMENT and isinstance(body, dict):
                about = world.payments.find(request_id=body.get("paymentRequestId"))
            if kind == NOTIFY_REFUND and isinstance(body, dict):
                about = world.refunds.find(request_id=body.get("refundRequestId"))
            url = order.get("url") or (about.notify_url if about else None) or world.outbox.dashboard_url(kind)
        if not url:
            raise ValueError("no url given, and none set in the dashboard")
        overrides = {name: order.get(name) for name in ("clientId", "requestTime", "signature")}
        return asdict(world.outbox.send_crafted(kind, str(url), raw.encode(), overrides))


def _object(*allowed: str) -> dict[str, Any]:
    """The JSON object of the request. Flask takes no other media type, so that foreign pages cannot post."""
    body = request.get_json()
    if not isinstance(body, dict):
        raise Illegal("the body must be a JSON object")
    unknown = set(body) - set(allowed)
    if allowed and unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; possible: {', '.join(allowed)}")
    return body


def _number(order: dict[str, Any], name: str) -> float:
    value = order[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Illegal(f"{name} must be a number")
    return float(value)


def _list(items: list[dict[str, Any]]) -> Response:
    return Response(json.dumps(items, ensure_ascii=False), content_type="application/json")
