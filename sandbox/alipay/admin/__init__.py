"""The developers' side under ``/_sandbox/``: look into the simulator, order faults, move its time.

JSON in and out. A request that cannot be carried out gets 400 (404 for something unknown) and ``{"error":
why}``.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, request

from sandbox.alipay.access import has_own_name, has_own_origin
from sandbox.alipay.admin import control, customers, merchants, money, outgoing, settings
from sandbox.alipay.admin.orders import Unknown
from sandbox.alipay.admin.parts import Parts
from sandbox.alipay.tls import NAMES

__all__ = ["Parts", "admin"]

TOPICS = (control, settings, money, customers, merchants, outgoing)


def admin(parts: Parts) -> Blueprint:
    blueprint = Blueprint("admin", __name__, url_prefix="/_sandbox")

    @blueprint.before_request
    def admit() -> tuple[dict[str, Any], int] | None:
        # A page of somebody else, open in a browser on this machine, must not move money here.
        foreign = "Origin" in request.headers and not has_own_origin(request, parts.config)
        # Tests that lead Alipay's own names here, over TLS, order faults under them, too.
        as_alipay = request.is_secure and urlsplit(f"//{request.host}").hostname in NAMES
        if foreign or not (as_alipay or has_own_name(request, parts.config)):
            return {"error": "the admin interface answers to this machine, and to the simulator's own pages only"}, 403
        return None

    @blueprint.errorhandler(ValueError)
    def bad(error: ValueError) -> tuple[dict[str, Any], int]:
        return {"error": str(error)}, 400

    @blueprint.errorhandler(Unknown)
    def unknown(error: Unknown) -> tuple[dict[str, Any], int]:
        return {"error": str(error)}, 404

    for topic in TOPICS:
        topic.routes(blueprint, parts)
    return blueprint
