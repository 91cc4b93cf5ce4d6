"""What happened: the journal, one entry of it, and the course of a payment."""

from __future__ import annotations

from flask import Blueprint, request

from sandbox.alipay.admin.orders import Unknown
from sandbox.alipay.admin.parts import Parts
from sandbox.alipay.console import entries
from sandbox.alipay.console.layout import Layout

SHOWN = 100


def routes(blueprint: Blueprint, parts: Parts, layout: Layout) -> None:
    @blueprint.get("")
    def journal() -> str:
        """The latest entries, newest first."""
        kind = request.args.get("kind") or None
        found = parts.journal.entries(kind=kind)
        return layout.page(
            "journal.html",
            lines=[entries.line(entry) for entry in reversed(found[-SHOWN:])],
            more=max(0, len(found) - SHOWN),
            kind=kind,
            kinds=entries.KINDS,
            base_url=parts.world.base_url,
        )

    @blueprint.get("/entry/<int:number>")
    def entry(number: int) -> str:
        found = parts.journal.entry(number)
        if found is None:
            raise Unknown("The journal does not have this entry any more.")
        return layout.page(
            "entry.html",
            entry=found,
            line=entries.line(found),
            verdicts=entries.verdicts(found),
            segments=entries.segments(found),
            answer_segments=entries.segments(found, "answerContent", "answerHeaders", "response-time"),
        )

    @blueprint.get("/payment")
    def payment() -> str:
        """One payment by ``id``, its paymentRequestId: how it stands, and all that happened about it."""
        world, request_id = parts.world, request.args.get("id", "")
        with world.lock:
            found = world.payments.find(request_id=request_id)
            if found is None:
                raise Unknown("There is no such payment.")
            mine = [refund for refund in world.refunds.describe() if refund["paymentId"] == found.payment_id]
            facts = {"paymentStatus": found.status, "paymentResultCode": found.code, **found.common()}
            booked = world.payments.debits()[request_id]
        ids = frozenset({request_id, found.payment_id, *(refund["refundRequestId"] for refund in mine)})
        return layout.page(
            "payment.html",
            payment=facts,
            refunds=mine,
            booked=booked,
            course=[entries.line(one) for one in parts.journal.entries() if entries.mentions(one, ids)],
        )

    @blueprint.errorhandler(Unknown)
    def missing(error: Unknown) -> tuple[str, int]:
        return layout.page("problem.html", title="Not found", text=str(error)), 404
