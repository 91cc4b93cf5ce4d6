"""Health, journal, clock, reset and the orders of faults."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from sandbox.alipay.admin import deeds
from sandbox.alipay.admin.orders import Illegal, listed, number, order
from sandbox.alipay.admin.parts import Parts
from sandbox.alipay.clock import iso, parse_iso


def routes(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.get("/health")
    def health() -> dict[str, Any]:
        return {"status": "ok", "clientId": parts.config.client_id, "time": iso(parts.clock.now())}

    @blueprint.get("/journal")
    def journal() -> Response:
        after = request.args.get("after", "0")
        if not after.isdigit():
            raise ValueError("after must be the number of an entry")
        return listed(parts.journal.entries(int(after), request.args.get("kind")))

    @blueprint.route("/clock", methods=["GET", "POST"])
    def clock() -> dict[str, Any]:
        if request.method == "POST":
            given = order("speed", "advance", "to", "stop")
            if given.get("stop"):
                deeds.move_clock(parts, speed=0)
            deeds.move_clock(
                parts,
                speed=number(given, "speed") if "speed" in given else None,
                advance=number(given, "advance") if "advance" in given else None,
                to=_instant(given["to"]) if "to" in given else None,
            )
            parts.journal.record("clock", **given)
        return {"time": iso(parts.clock.now()), "epoch": parts.clock.now(), "speed": parts.clock.speed}

    @blueprint.post("/reset")
    def reset() -> dict[str, Any]:
        parts.reset()
        return {"status": "ok"}

    @blueprint.get("/mixture")
    def mixture() -> dict[str, Any]:
        """What the seeded mixture of faults has met and given, if the simulator was started with one, and how often requests
        were held, forgotten and throttled.
        """
        with parts.world.lock:
            told = parts.config.mixture.describe() if parts.config.mixture else {}
            return {**told, "firstRequests": dict(parts.world.first_requests.given)}

    @blueprint.route("/faults", methods=["GET", "POST", "DELETE"])
    def faults() -> Response:
        if request.method == "POST":
            return listed(deeds.order_faults(parts, [order()]))
        with parts.world.lock:
            if request.method == "DELETE":
                parts.world.faults.clear()
            return listed(parts.world.faults.describe())

    @blueprint.post("/next")
    def coming() -> Response:
        """What the next calls of an operation meet, one after the other: {"operation", "answers": [...]}.

        Each answer is a result code, a fault, a scenario, ``pass``, or an object as for ``faults``.
        """
        given = order("operation", "answers")
        answers = given.get("answers")
        if not isinstance(answers, list) or not answers:
            raise Illegal("answers must be a list of codes, faults, scenarios or objects")
        return listed(deeds.order_next(parts, given.get("operation"), answers))


def _instant(text: object) -> float:
    instant = parse_iso(str(text))
    if instant is None:
        raise ValueError("to must be an ISO 8601 time with offset")
    return instant
