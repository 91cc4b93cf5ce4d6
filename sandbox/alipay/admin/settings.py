"""Settings that can be changed while the simulator runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request

from sandbox.alipay.admin.orders import Illegal, order
from sandbox.alipay.admin.parts import Parts
from sandbox.alipay.config import RESEND_SCHEDULES


def _url(name: str, value: object) -> None:
    if value is not None and not isinstance(value, str):
        raise Illegal(f"{name} must be a URL, or null for none")


def _flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise Illegal(f"{name} must be true or false")


def _life(name: str, value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise Illegal(f"{name} must be more than 0, or null for the wallets' own lives")


def _schedule(name: str, value: object) -> None:
    if value not in RESEND_SCHEDULES:
        raise ValueError(f"{name} must be one of {', '.join(RESEND_SCHEDULES)}")


# Wire name: field of Config, and what refuses a wrong value.
SETTINGS: dict[str, tuple[str, Callable[[str, object], None]]] = {
    "authNotifyUrl": ("auth_notify_url", _url),
    "paymentNotifyUrl": ("payment_notify_url", _url),
    "refundNotifyUrl": ("refund_notify_url", _url),
    "registrationNotifyUrl": ("registration_notify_url", _url),
    "disputeNotifyUrl": ("dispute_notify_url", _url),
    "resend": ("resend", _schedule),
    "tokenSeconds": ("token_seconds", _life),
    "requireRegistration": ("require_registration", _flag),
    "merchantMayOwe": ("merchant_may_owe", _flag),
}


def routes(blueprint: Blueprint, parts: Parts) -> None:
    @blueprint.route("/settings", methods=["GET", "POST"])
    def settings() -> dict[str, Any]:
        """The SETTINGS; where hosts are to be connected to; further public keys of the merchant."""
        config = parts.config
        if request.method == "POST":
            given = order(*SETTINGS, "connect", "merchantPublicKeys")
            changes = {name: given[name] for name in SETTINGS if name in given}
            for name, value in changes.items():
                SETTINGS[name][1](name, value)
            for version, key in dict(given.get("merchantPublicKeys", {})).items():
                parts.keys.register(str(version), str(key))
            with parts.world.lock:
                for name, value in changes.items():
                    setattr(config, SETTINGS[name][0], value)
                config.connect = {**config.connect, **dict(given.get("connect", {}))}
            parts.journal.record("settings", changed=sorted(given))
        return {name: getattr(config, attribute) for name, (attribute, _) in SETTINGS.items()} | {
            "connect": dict(config.connect)
        }
