"""The wallets' customers: their authorizations, and the one-time passwords on their phones."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from sandbox.alipay.admin import deeds
from sandbox.alipay.admin.orders import listed, order
from sandbox.alipay.admin.parts import Parts


def routes(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.get("/authorizations")
    def authorizations() -> Response:
        with parts.world.lock:
            return listed(parts.world.authorizations.describe())

    @blueprint.post("/authorizations/cancel")
    def cancel() -> dict[str, Any]:
        """The user ends the agreement in the wallet: {"authState", "reason"}; TOKEN_CANCELED is notified."""
        given = order("authState", "reason")
        deeds.cancel_agreement(parts, given.get("authState"), given.get("reason"))
        return {"status": "ok"}

    @blueprint.get("/authentications")
    def authentications() -> Response:
        with parts.world.lock:
            return listed(parts.world.authentications.describe())

    @blueprint.get("/otps")
    def otps() -> Response:
        """The customers' phones and mailboxes: the one-time passwords that they received."""
        with parts.world.lock:
            return listed(parts.world.authentications.phone())
