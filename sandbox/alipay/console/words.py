"""Amounts, times and states as the console writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint

from sandbox.alipay import codes, money
from sandbox.alipay.money import Money
from sandbox.alipay.wallets import WALLETS

GOOD, BAD, WAITING, PLAIN = "good", "bad", "waiting", "plain"
_TONES = {
    "SUCCESS": GOOD, "COMPLETED": GOOD, "APPROVED": GOOD, "PASSED": GOOD, "acknowledged": GOOD, "agreed": GOOD, "2": GOOD,
    "CUSTOMS_PROCESSING_COMPLETED": GOOD, "FAIL": BAD, "REJECTED": BAD, "REFUSED": BAD, "-1": BAD, "declined": BAD,
    "given up": BAD, "refused": BAD, "revoked": BAD, "PROCESSING": WAITING, "IN_PROCESS": WAITING, "PENDING": WAITING,
    "SENT": WAITING, "waiting": WAITING, "undecided": WAITING,
}  # fmt: skip
_BY_STATUS = {"S": GOOD, "F": BAD, "U": WAITING}


def tone(state: object) -> str:
    """How a state, or a result code, is coloured. The word itself always stands beside the colour."""
    text = str(state)
    if text in _TONES:
        return _TONES[text]
    return _BY_STATUS[codes.result(text)["resultStatus"]] if codes.known(text) else PLAIN


def amount(wire: Mapping[str, Any]) -> str:
    """An amount of the wire, in the smallest unit, as people write it."""
    return money.in_words(Money(str(wire["currency"]), int(wire["value"])))


def wallet(enum: object) -> str:
    known = WALLETS.get(str(enum))
    return known.name if known else str(enum)


def pretty(value: Any) -> str:
    """JSON over several lines; a text as it is."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def day(time: str) -> str:
    return time[:10]


def clock(time: str) -> str:
    """The time of day of an ISO 8601 time."""
    return time[11:19]


def account(name: str) -> str:
    """An account of the ledger in words."""
    kind, _, rest = name.partition(":")
    owner, _, number = rest.partition(":")
    return f"{wallet(owner)} customer {number}" if kind == "customer" else f"{kind} {rest}".strip()


def register(blueprint: Blueprint) -> None:
    for filter_ in (tone, amount, wallet, pretty, day, clock, account):
        blueprint.add_app_template_filter(filter_)
