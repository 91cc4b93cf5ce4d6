"""How things stand: what wallets, customers, customs and the books know, and what is still to be sent."""

from __future__ import annotations

from flask import Blueprint

from sandbox.alipay import codes, scenarios
from sandbox.alipay.admin.orders import Unknown
from sandbox.alipay.admin.parts import Parts
from sandbox.alipay.console.layout import Layout
from sandbox.alipay.faults import CALL_FAULTS, NOTIFICATION_FAULTS, NOTIFICATIONS
from sandbox.alipay.operations import OPERATIONS


def routes(blueprint: Blueprint, parts: Parts, layout: Layout) -> None:
    @blueprint.get("/authorizations")
    def authorizations() -> str:
        with parts.world.lock:
            found = parts.world.authorizations.describe()
        return layout.page("authorizations.html", authorizations=found[::-1])

    @blueprint.get("/payments")
    def payments() -> str:
        with parts.world.lock:
            found = parts.world.payments.describe()
        return layout.page("payments.html", payments=found[::-1])

    @blueprint.get("/refunds")
    def refunds() -> str:
        with parts.world.lock:
            found = parts.world.refunds.describe()
            names = {one["paymentId"]: one["paymentRequestId"] for one in parts.world.payments.describe()}
        return layout.page("refunds.html", refunds=found[::-1], names=names)

    @blueprint.get("/declarations")
    def declarations() -> str:
        with parts.world.lock:
            found = parts.world.declarations.describe()
        return layout.page("declarations.html", declarations=found[::-1])

    @blueprint.get("/registrations")
    def registrations() -> str:
        with parts.world.lock:
            found = parts.world.registrations.describe()
        return layout.page("registrations.html", registrations=found[::-1])

    @blueprint.get("/authentications")
    def authentications() -> str:
        """With the customers' phones, the only place where one-time passwords are shown."""
        with parts.world.lock:
            found, phone = parts.world.authentications.describe(), parts.world.authentications.phone()
        return layout.page("authentications.html", authentications=found[::-1], phone=phone[::-1])

    @blueprint.get("/ledger")
    def ledger() -> str:
        with parts.world.lock:
            books, verdict = parts.world.ledger.describe(), parts.world.payments.debits()
        return layout.page("ledger.html", books=books, verdict=verdict)

    @blueprint.get("/notifications")
    def notifications() -> str:
        with parts.world.lock:
            found = parts.world.outbox.describe()
        return layout.page("notifications.html", notifications=found[::-1])

    @blueprint.get("/notification/<int:number>")
    def notification(number: int) -> str:
        with parts.world.lock:
            found = parts.world.outbox.get(number)
            if found is None:
                raise Unknown("There is no such notification.")
            told = found.describe()
        sent = [entry for entry in parts.journal.entries(kind="notification") if entry.get("notification") == number]
        return layout.page("notification.html", notification=told, sent=sent)

    @blueprint.get("/faults")
    def faults() -> str:
        with parts.world.lock:
            found = parts.world.faults.describe()
        return layout.page(
            "faults.html",
            orders=found,
            operations=[operation.name for operation in OPERATIONS],
            kinds=sorted(NOTIFICATIONS),
            call_faults=CALL_FAULTS,
            notification_faults=NOTIFICATION_FAULTS,
            scenarios={name: sorted(names) for name, names in scenarios.NAMES.items()},
            codes=[code for code in codes.NAMES if code != "SUCCESS"],
        )

    @blueprint.get("/clock")
    def clock() -> str:
        return layout.page("clock.html")
