"""The developers' side under ``/_sandbox/``: look into the simulator, order faults, move its time.

JSON in and out. A request that cannot be carried out gets 400 (404 for something unknown) and ``{"error":
why}``.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from sandbox.alipay.admin import control, customers, merchants, money, outgoing, settings
from sandbox.alipay.admin.orders import Unknown
from sandbox.alipay.admin.parts import Parts

__all__ = ["Parts", "admin"]

TOPICS = (control, settings, money, customers, merchants, outgoing)


def admin(parts: Parts) -> Blueprint:
    blueprint = Blueprint("admin", __name__, url_prefix="/_sandbox")

    @blueprint.errorhandler(ValueError)
    def bad(error: ValueError) -> tuple[dict[str, Any], int]:
        return {"error": str(error)}, 400

    @blueprint.errorhandler(Unknown)
    def unknown(error: Unknown) -> tuple[dict[str, Any], int]:
        return {"error": str(error)}, 404

    for topic in TOPICS:
        topic.routes(blueprint, parts)
    return blueprint
