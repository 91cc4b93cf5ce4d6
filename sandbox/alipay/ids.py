"""Ids, tokens and codes in the shapes that Alipay's samples show."""

from __future__ import annotations

import random
import string
from hashlib import sha256

from sandbox.alipay.clock import compact_date

_LETTERS = string.ascii_letters + string.digits


class Ids:
    """Makes identifiers; with a *seed* the same ones in the same order, without one never the same twice."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a simulator's tokens protect nothing
        self._run = f"{self._random.randrange(10**8):08d}"
        self._count = 0

    def access_token(self, now: float) -> str:
        return f"28101003_{compact_date(now)}{self._text(28)}"

    def refresh_token(self, now: float) -> str:
        return f"28101003{compact_date(now)}RB{self._text(24)}"

    def auth_code(self, now: float) -> str:
        return f"28100113_{int(now * 1000)}{self._text(20)}"

    def auth_id(self) -> str:
        return self._text(32)

    def payment_id(self, now: float) -> str:
        return self._numbered(now, "11401080")

    def refund_id(self, now: float) -> str:
        return self._numbered(now, "1140108013")

    def customs_payment_id(self, now: float) -> str:
        return self._numbered(now, "22001400")

    def clearing_id(self, now: float) -> str:
        return self._numbered(now, "93510000")

    def _numbered(self, now: float, kind: str) -> str:
        self._count += 1
        return f"{compact_date(now)}{kind}{self._run}{self._count:010d}"

    def otp(self) -> str:
        return f"{self._random.randrange(10**6):06d}"

    def _text(self, length: int) -> str:
        return "".join(self._random.choices(_LETTERS, k=length))


def user_id(wallet: str, account: str) -> str:
    """The wallet's number for the holder of *account*: always the same one."""
    digits = int.from_bytes(sha256(f"{wallet}:{account}".encode()).digest()[:8], "big")
    return f"2170{digits % 10**12:012d}"


def masked_login(account: str) -> str:
    """*account* as wallets show it: ``dem***@wallet.example``, ``639****5678``."""
    name, at, domain = account.partition("@")
    if at:
        return f"{name[:3]}***@{domain}"
    return f"{account[:3]}****{account[-4:]}" if len(account) > 8 else f"{account[:1]}****"
