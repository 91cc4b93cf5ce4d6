"""Whatever changes state is killed at every boundary, one after the other; then callers repeat and pollers run. The books judge.

Each case is a row: what was before, which function is killed while doing what, and what its caller does afterwards. A run for
boundary 1, 2, 3, ... until one ends without having met its boundary: so a new step of a flow is a new run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chaos.books import Verdict
from tests.crash.shop import Killer, Place, Shop
from tests.support.world import pay_body

Step = Callable[[Shop, Place, str], Any]
Attack = Callable[[Shop, Place, str, Killer], Any]
WALLET = "GCASH"
_LEASE_OVER = 27
_MOST = 60


@dataclass(frozen=True)
class Case:
    """*course* is what the ids end with, which tells the simulator how the story goes."""

    name: str
    attack: Attack
    before: Step
    course: str = ""
    least: int = 5
    """How many boundaries there are at least: a case that meets fewer tests nothing."""


# --- what callers do


def consult(shop: Shop, place: Place, identity: str, killer: Killer | None = None) -> dict[str, Any]:
    asked = {
        "customerBelongsTo": WALLET,
        "authRedirectUrl": "https://shop.example.com/back",
        "scopes": ["AGREEMENT_PAY"],
        "authState": f"{identity}-state",
        "terminalType": "WEB",
    }
    return shop.call(place, "consult", asked, killer)


def agreed(shop: Shop, place: Place, identity: str) -> None:
    """The customer has agreed; the code waits for its exchange."""
    place.codes[identity] = shop.agree(consult(shop, place, identity)["normalUrl"])


def apply_token(shop: Shop, place: Place, identity: str, killer: Killer | None = None) -> dict[str, Any]:
    body = {"grantType": "AUTHORIZATION_CODE", "customerBelongsTo": WALLET, "authCode": place.codes[identity]}
    return shop.call(place, "apply_token", body, killer)


def customer(shop: Shop, place: Place, identity: str) -> None:
    """A customer with a token: one for each deployment."""
    if not place.handle:
        agreed(shop, place, f"{place.tag}-customer")
        place.handle = apply_token(shop, place, f"{place.tag}-customer")["accessToken"]


def pay(shop: Shop, place: Place, identity: str, killer: Killer | None = None) -> dict[str, Any]:
    return shop.call(place, "pay", pay_body(identity, place.handle), killer)


def cancel(shop: Shop, place: Place, identity: str, killer: Killer | None = None) -> dict[str, Any]:
    return shop.call(place, "cancel", {"paymentRequestId": identity}, killer)


def refund(shop: Shop, place: Place, identity: str, killer: Killer | None = None) -> dict[str, Any]:
    # The payment's id has no course of its own: its story is a simple one.
    body = {
        "refundRequestId": identity,
        "paymentRequestId": _payment_of(identity),
        "refundAmount": {"currency": "JPY", "value": "600"},
    }
    return shop.call(place, "refund", body, killer)


def _payment_of(identity: str) -> str:
    tag, number, *_ = identity.split("-")
    return f"{tag}-{number}-paid"


def inquire(shop: Shop, place: Place, identity: str, killer: Killer | None = None) -> dict[str, Any]:
    return shop.call(place, "inquiry_payment", {"paymentRequestId": identity}, killer)


def inquire_refund(shop: Shop, place: Place, identity: str, killer: Killer | None = None) -> dict[str, Any]:
    return shop.call(place, "inquiry_refund", {"refundRequestId": identity}, killer)


def notified(function: str) -> Attack:
    """Alipay tells what it has to tell; *function* is killed while it listens."""

    def attack(shop: Shop, place: Place, identity: str, killer: Killer) -> None:
        shop.attack_notifications(function, killer)
        shop.tell_again(identity)

    return attack


def polled(shop: Shop, place: Place, _identity: str, killer: Killer) -> None:
    """A poller is killed, at the moment at which the item is due."""
    due = shop.due(place)
    shop.forward(max(due[0] - shop.clock.now(), 0) / 1000)
    shop.poll(place, killer)


# --- what was before


def paid(shop: Shop, place: Place, identity: str) -> None:
    customer(shop, place, identity)
    pay(shop, place, identity)


def paid_a_while_ago(shop: Shop, place: Place, identity: str) -> None:
    paid(shop, place, identity)
    shop.forward(_LEASE_OVER)


def refundable(shop: Shop, place: Place, identity: str) -> None:
    paid(shop, place, _payment_of(identity))


def refunded(shop: Shop, place: Place, identity: str) -> None:
    refundable(shop, place, identity)
    refund(shop, place, identity)
    shop.forward(6)


def cancel_unanswered(shop: Shop, place: Place, identity: str) -> None:
    paid(shop, place, identity)
    shop.ask("faults", {"operation": "cancel", "fault": "act_then_cut", "requestId": identity})
    cancel(shop, place, identity)


def exchange_unanswered(shop: Shop, place: Place, identity: str) -> None:
    shop.ask("faults", {"operation": "applyToken", "fault": "cut_before"})
    agreed(shop, place, identity)
    apply_token(shop, place, identity)
    shop.tell_again(f"{identity}-state")


def nothing(shop: Shop, place: Place, identity: str) -> None:
    """No past."""


CASES = [
    Case("consult", consult, nothing),
    Case("an exchange", apply_token, agreed),
    Case("a code that is notified", lambda s, p, i, k: notified("notify_authorization")(s, p, f"{i}-state", k), agreed),
    Case("a first pay", pay, customer, least=7),
    Case("a pay in process", pay, customer, "-pending", least=7),
    Case("a declined pay", pay, customer, "-declined", least=7),
    Case("a pay after a lost answer", pay, paid_a_while_ago, "-answer-lost", least=7),
    Case("a pay after an unknown outcome", pay, paid_a_while_ago, "-unknown"),
    Case("an inquiry", inquire, paid_a_while_ago, "-answer-lost"),
    Case("a payment that is notified", notified("notify_payment"), paid_a_while_ago, "-pending", least=3),
    Case("a cancel", cancel, paid),
    Case("a cancel of a payment in process", cancel, paid, "-unpaid"),
    Case("a cancel after a lost answer", cancel, cancel_unanswered),
    Case("a refund", refund, refundable, least=7),
    Case("a refund in process", refund, refundable, "-pending", least=7),
    Case("a declined refund", refund, refundable, "-declined", least=7),
    Case("a refund after a lost answer", refund, refunded, "-answer-lost"),
    Case("a refund after an unknown outcome", refund, refunded, "-unknown"),
    Case("an inquiry of a refund", inquire_refund, refunded, "-quiet"),
    Case("a refund that is notified", notified("notify_refund"), refunded, "-pending", least=3),
]
POLLED = [
    Case("a poll of a payment", polled, paid, "-answer-lost"),
    Case("a poll of a refund", polled, refunded, "-quiet"),
    Case("a poll of a cancel", polled, cancel_unanswered),
    Case("a poll of a code", polled, exchange_unanswered),
    Case("a poll of an authorization", polled, lambda shop, place, identity: consult(shop, place, identity), least=3),
]


def _sound(verdict: Verdict, places: list[str]) -> None:
    assert verdict.sound, (verdict.faults, places)


def _attacked(shop: Shop, place: Place, case: Case, identity: str, boundary: int) -> str:
    """Kill at that boundary of the case; where that was, or "" if there is no such boundary."""
    shop.closed = True
    case.before(shop, place, identity)
    shop.calm()
    killer = Killer(boundary)
    case.attack(shop, place, identity, killer)
    shop.calm()
    shop.closed = False
    return killer.place


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_killed_process_costs_nobody_anything(shop: Shop, case: Case) -> None:
    place, killed_at = shop.place("case"), []
    for boundary in range(1, _MOST):
        met = _attacked(shop, place, case, f"case-{boundary}{case.course}", boundary)
        if not met:
            break
        # Of each two callers one comes back, and one is never heard of again.
        _attacked(shop, place, case, f"case-{boundary}x{case.course}", boundary)
        killed_at.append(met)
    assert case.least <= len(killed_at) < _MOST - 1, killed_at
    for wait in (0, _LEASE_OVER):
        shop.forward(wait)
        for boundary in range(1, len(killed_at) + 1):
            case.attack(shop, place, f"case-{boundary}{case.course}", Killer())
    shop.settle(place)
    shop.end_of_resends()
    _sound(shop.verdict(place), killed_at)


@pytest.mark.parametrize("case", POLLED, ids=[case.name for case in POLLED])
def test_a_killed_poller_costs_nobody_anything(shop: Shop, case: Case) -> None:
    places, killed_at = [], []
    for boundary in range(1, _MOST):
        place = shop.place(f"case{boundary}")
        met = _attacked(shop, place, case, f"{place.tag}-1{case.course}", boundary)
        places.append(place)
        if not met:
            break
        killed_at.append(met)
    assert case.least <= len(killed_at) < _MOST - 1, killed_at
    for place in places:
        shop.settle(place)
    shop.end_of_resends()
    for place in places:
        _sound(shop.verdict(place), killed_at)
