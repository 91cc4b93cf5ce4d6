"""Secondary merchants and what the wallets decide about them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from sandbox.alipay.admin import deeds
from sandbox.alipay.admin.orders import listed, order
from sandbox.alipay.admin.parts import Parts


def routes(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.get("/registrations")
    def registrations() -> Response:
        with parts.world.lock:
            return listed(parts.world.registrations.describe())

    @blueprint.post("/registrations/settle")
    def settle_registration() -> dict[str, Any]:
        """The wallets decide on a pending registration: {"registrationRequestId", "outcome": "APPROVED" |
        "REJECTED"}.
        """
        given = order("registrationRequestId", "outcome")
        return deeds.settle_registration(parts, given.get("registrationRequestId"), given.get("outcome"))
