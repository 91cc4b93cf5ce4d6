"""Whatever changes state is killed at every boundary, one after the other; then callers repeat and pollers run. The books judge.

Each case is a row: what was before, which function is killed while doing what, and what its caller does afterwards. A run for
boundary 1, 2, 3, ... until one ends without having met its boundary: so a new step of a flow is a new run.
"""

from dataclasses import dataclass

import pytest

from chaos.books import Verdict
from tests.crash.killer import Killer
from tests.crash.shop import Place, Shop
from tests.crash.steps import (
    LEASE_OVER,
    Attack,
    Step,
    agreed,
    apply_token,
    cancel,
    cancel_unanswered,
    cancelled_meanwhile,
    consult,
    customer,
    declare,
    declare_less,
    declared,
    declared_a_while_ago,
    exchange_unanswered,
    inquire,
    inquire_declaration,
    inquire_refund,
    inquire_registration,
    nothing,
    notified,
    paid,
    paid_a_while_ago,
    paid_in_cny,
    password_sent,
    pay,
    polled,
    refund,
    refundable,
    refunded,
    register,
    registered,
    renew,
    revoke,
    send_password,
    stranger,
    token_near_its_end,
    troubled,
    type_password,
)

_MOST = 60


@dataclass(frozen=True)
class Case:
    """*course* is what the ids end with, which tells the simulator how the story goes."""

    name: str
    attack: Attack
    before: Step
    course: str = ""
    least: int = 3
    """How many boundaries there are at least: a case that meets fewer tests nothing."""
    apart: bool = False
    """Whether each id has a deployment of its own: because all that there is falls due together."""
    soon: bool = False
    """Whether callers repeat at once: what Alipay takes for a repeat for some minutes only."""

    @property
    def of_money(self) -> bool:
        """Whether the first send of a payment or a refund is attacked."""
        return self.attack in (pay, refund) and self.before in (customer, refundable)


REFRESHED_NOBODY_KNOWS = troubled("cut_before", "applyToken", renew, stranger)
REFRESH_LOST = troubled("act_then_cut", "applyToken", renew, stranger)
REVOKE_LOST = troubled("act_then_cut", "revoke", revoke, stranger)

CASES = [
    Case("consult", consult, nothing),
    Case("an exchange", apply_token, agreed),
    Case("a code that is notified", lambda s, p, i, k: notified("notify_authorization")(s, p, f"{i}-state", k), agreed),
    Case("a token that comes after its end", cancelled_meanwhile(apply_token), agreed),
    Case("a refresh", renew, stranger),
    Case("a refresh after a lost answer", renew, REFRESH_LOST),
    Case("a refresh that comes after the end", cancelled_meanwhile(renew), stranger),
    Case("a revoke", revoke, stranger),
    Case("a revoke after a lost answer", revoke, REVOKE_LOST),
    Case("a revoke during a refresh", revoke, REFRESHED_NOBODY_KNOWS, least=2),
    Case("a first pay", pay, customer, least=4),
    Case("a pay in process", pay, customer, "-pending", least=4),
    Case("a declined pay", pay, customer, "-declined", least=4),
    Case("a pay after a lost answer", pay, paid_a_while_ago, "-answer-lost", least=4),
    Case("a pay after an unknown outcome", pay, paid_a_while_ago, "-unknown"),
    Case("an inquiry", inquire, paid_a_while_ago, "-answer-lost"),
    Case("a payment that is notified", notified("notify_payment"), paid_a_while_ago, "-pending", least=2),
    Case("a cancel", cancel, paid),
    Case("a cancel of a payment in process", cancel, paid, "-unpaid"),
    Case("a cancel after a lost answer", cancel, cancel_unanswered),
    Case("a refund", refund, refundable, least=4),
    Case("a refund in process", refund, refundable, "-pending", least=4),
    Case("a declined refund", refund, refundable, "-declined", least=4),
    Case("a refund after a lost answer", refund, refunded, "-answer-lost"),
    Case("a refund after an unknown outcome", refund, refunded, "-unknown"),
    Case("an inquiry of a refund", inquire_refund, refunded, "-quiet"),
    Case("a refund that is notified", notified("notify_refund"), refunded, "-pending", least=2),
    Case("a declaration", declare, paid_in_cny, least=4),
    Case("a declaration after a lost answer", declare, declared, "-answer-lost", least=4),
    Case("a retransmission", declare_less, declared_a_while_ago, "-rejected", least=4, soon=True),
    Case("an inquiry of a declaration", inquire_declaration, declared, "-answer-lost"),
    Case("a registration", register, nothing, least=4),
    Case("a registration after a lost answer", register, registered, "-answer-lost", least=4),
    Case("an inquiry of a registration", inquire_registration, registered, "-quiet"),
    Case("a registration that is notified", notified("notify_registration_status"), registered, least=2),
    Case("a password", send_password, customer, least=4),
    Case("a password after a lost answer", send_password, password_sent, "-answer-lost", least=4),
    Case("a password that is typed", type_password, password_sent),
]
POLLED = [
    Case("a poll of a payment", polled, paid, "-answer-lost"),
    Case("a poll of a refund", polled, refunded, "-quiet"),
    Case("a poll of a cancel", polled, cancel_unanswered),
    Case("a poll of a code", polled, exchange_unanswered),
    Case("a poll of an authorization", polled, lambda shop, place, identity: consult(shop, place, identity), least=2),
    Case("a poll of a declaration", polled, declared, "-answer-lost"),
    Case("a poll of a registration", polled, registered, "-quiet"),
    Case("a poll of a refresh", polled, REFRESHED_NOBODY_KNOWS),
    Case("a poll of a refresh that was lost", polled, REFRESH_LOST),
    Case("a poll of a revoke", polled, REVOKE_LOST),
    Case("a renewal in time", polled, token_near_its_end, apart=True),
]


def _sound(verdict: Verdict, places: list[str]) -> None:
    found = {name: lines for name, lines in verdict.faults.items() if lines}
    assert not found, (found, places, dict(verdict.anomalies))


def _attacked(shop: Shop, place: Place, case: Case, identity: str, boundary: int) -> str:
    """Kill at that boundary of the case; where that was, or "" if there is no such boundary."""
    shop.closed = True
    case.before(shop, place, identity)
    shop.calm()
    killer = Killer(boundary)
    case.attack(shop, place, identity, killer)
    shop.calm()
    shop.closed = False
    if case.soon:
        shop.forward(LEASE_OVER)
        case.attack(shop, place, identity, Killer())
    return killer.place


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_killed_process_costs_nobody_anything(shop: Shop, case: Case) -> None:
    place, killed_at = shop.place("case"), []
    for boundary in range(1, _MOST):
        met = _attacked(shop, place, case, f"case-{boundary}{case.course}", boundary)
        if not met:
            break
        if case.of_money:
            # Of each two callers one comes back, and one is never heard of again.
            _attacked(shop, place, case, f"case-{boundary}x{case.course}", boundary)
        killed_at.append(met)
    assert case.least <= len(killed_at) < _MOST - 1, killed_at
    # Callers of money repeat at once, too, while the lease of the killed process still stands.
    for wait in () if case.soon else (0, LEASE_OVER) if case.of_money else (LEASE_OVER,):
        shop.forward(wait)
        for boundary in range(1, len(killed_at) + 1):
            case.attack(shop, place, f"case-{boundary}{case.course}", Killer())
    shop.settle(place)
    shop.end_of_resends()
    _sound(shop.verdict(place), killed_at)


@pytest.mark.parametrize("case", POLLED, ids=[case.name for case in POLLED])
def test_a_killed_poller_costs_nobody_anything(shop: Shop, case: Case) -> None:
    place, places, killed_at = shop.place("case"), set[str](), []
    for boundary in range(1, _MOST):
        if case.apart:
            place = shop.place(f"case{boundary}")
        met = _attacked(shop, place, case, f"{place.tag}-{boundary}{case.course}", boundary)
        places.add(place.tag)
        # Nobody else is due when the next one is killed.
        shop.settle(place)
        if not met:
            break
        killed_at.append(met)
    assert case.least <= len(killed_at) < _MOST - 1, killed_at
    shop.end_of_resends()
    books = shop.books()
    for tag in places:
        _sound(shop.verdict(shop.places[tag], books), killed_at)
