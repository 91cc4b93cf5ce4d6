"""Secondary merchants and what the wallets decide about them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from sandbox.alipay.admin.orders import Unknown, listed, order
from sandbox.alipay.admin.parts import Parts
from sandbox.alipay.scenarios import APPROVED, REJECTED

VERDICTS = (APPROVED, REJECTED)


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
        if given.get("outcome") not in VERDICTS:
            raise ValueError(f"outcome must be one of {', '.join(VERDICTS)}")
        with parts.world.lock:
            registration = parts.world.registrations.find(given.get("registrationRequestId"))
            if registration is None:
                raise Unknown("no such registration")
            parts.world.registrations.settle(registration, given["outcome"])
            return registration.describe()
