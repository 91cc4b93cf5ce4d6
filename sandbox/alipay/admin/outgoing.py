"""Notifications: the outbox, sending again, and notifications of one's own making."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response

from sandbox.alipay.admin import deeds
from sandbox.alipay.admin.orders import listed, order
from sandbox.alipay.admin.parts import Parts
from sandbox.alipay.faults import NOTIFICATIONS
from sandbox.alipay.keys import SIGNATURE_FAULTS
from sandbox.alipay.notifications import NOTIFY_PAYMENT, NOTIFY_REFUND
from sandbox.alipay.records import Payment, Refund


def routes(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.get("/outbox")
    def outbox() -> Response:
        with parts.world.lock:
            return listed(parts.world.outbox.describe())

    @blueprint.post("/outbox/<int:number>/send")
    def send(number: int) -> dict[str, Any]:
        """Deliver a notification once more, now: {} or {"fault": one of NOW_FAULTS}; the answer says what came of it."""
        return deeds.send_again(parts, number, order("fault").get("fault"))

    @blueprint.post("/notify")
    def notify() -> dict[str, Any]:
        """Deliver a notification of your own making, once: {"kind", "body" (JSON) or "raw" (text), ...}.

        Optional: ``url`` (else the payment's or refund's own, else the dashboard's), ``clientId``, ``requestTime``,
        ``signature`` (a signature fault). It is signed over exactly what is sent.
        """
        given = order("kind", "body", "raw", "url", "clientId", "requestTime", "signature")
        kind = str(given.get("kind"))
        if kind not in NOTIFICATIONS:
            raise ValueError(f"kind must be one of {', '.join(sorted(NOTIFICATIONS))}")
        if given.get("signature") not in (None, *SIGNATURE_FAULTS):
            raise ValueError(f"signature must be one of {', '.join(SIGNATURE_FAULTS)}")
        body = given.get("body")
        raw = str(given["raw"]) if "raw" in given else json.dumps(body, ensure_ascii=False)
        world = parts.world
        with world.lock:
            about: Payment | Refund | None = None
            if kind == NOTIFY_PAYMENT and isinstance(body, dict):
                about = world.payments.find(request_id=body.get("paymentRequestId"))
            if kind == NOTIFY_REFUND and isinstance(body, dict):
                about = world.refunds.find(request_id=body.get("refundRequestId"))
            url = given.get("url") or (about.notify_url if about else None) or world.outbox.dashboard_url(kind)
        if not url:
            raise ValueError("no url given, and none set in the dashboard")
        overrides = {name: given.get(name) for name in ("clientId", "requestTime", "signature")}
        return asdict(world.outbox.send_crafted(kind, str(url), raw.encode(), overrides))
