"""What one simulator is started with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.alipay.clock import ZONES
from sandbox.alipay.mixture import Mixture

RESEND_SCHEDULES: Mapping[str, tuple[int, ...]] = {
    # The intervals 0s, 2m, 10m, 10m, 1h, 2h, 6h, 15h: the first delivery and seven resends, 24 h 22 min
    # in all.
    "production": (0, 120, 600, 600, 3600, 7200, 21600, 54000),
    "none": (0,),
}


@dataclass
class Config:
    """Settings of a simulator; times are seconds of the simulator's clock unless a name says ``real``.

    Keys are texts, PEM or bare base64. ``merchant_public_keys`` maps the merchant's key versions to public
    keys; ``private_key`` is the simulator's own ("Alipay's") key, announced as ``key_version``. With ``tls``
    the simulator speaks TLS; the certificate is in that folder (tls.py).
    """

    client_id: str
    private_key: str = field(repr=False)
    merchant_public_keys: Mapping[str, str] = field(default_factory=dict)
    key_version: str = "1"

    host: str = "127.0.0.1"
    port: int = 0
    public_url: str | None = None
    tls: Path | None = None

    auth_notify_url: str | None = None
    payment_notify_url: str | None = None
    refund_notify_url: str | None = None
    registration_notify_url: str | None = None
    dispute_notify_url: str | None = None
    connect: Mapping[str, str] = field(default_factory=dict)
    resend: str = "production"
    answer_timeout_real_seconds: float = 5.0

    speed: float = 1.0
    start: float | None = None
    header_time: str = "real"
    time_zone: str = "+08:00"
    """How times in messages are written: one of clock.ZONES."""
    merchant_name: str = ""
    """The name that the wallet's page shows to customers; empty: the client id."""
    seed: int | None = None
    log: Path | None = None

    auth_code_seconds: int = 60
    # A short life for the tokens of refreshable wallets, in place of the wallets' own.
    token_seconds: float | None = None
    payment_expiry_seconds: int = 60
    pending_seconds: float = 4.0
    late_seconds: float = 120.0
    """How late a cancel or refund that is accepted is executed, and a held request arrives."""
    wave_seconds: float = 30.0
    """How long a wave of throttling lasts."""
    otp_seconds: int = 300
    registration_seconds: float = 5.0
    require_registration: bool = False
    hang_real_seconds: float = 20.0
    repeat_auth_code: str = "invalid"
    silent_failure_wallets: frozenset[str] = frozenset({"MAYA"})
    opening_balance: int = 1_000_000_000
    merchant_may_owe: bool = True
    mixture: Mixture | None = None

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("resend", self.resend, tuple(RESEND_SCHEDULES)),
            ("header_time", self.header_time, ("real", "simulated")),
            ("time_zone", self.time_zone, tuple(ZONES)),
            ("repeat_auth_code", self.repeat_auth_code, ("invalid", "same")),
        ):
            if value not in allowed:
                raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(allowed)}")
        if self.token_seconds is not None and self.token_seconds <= 0:
            raise ValueError("token_seconds must be more than 0")
        if self.speed < 0:
            raise ValueError("speed must not be negative")

    @property
    def resend_intervals(self) -> tuple[int, ...]:
        return RESEND_SCHEDULES[self.resend]
