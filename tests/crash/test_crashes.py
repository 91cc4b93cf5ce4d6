"""Whatever changes state is killed at every boundary, one after the other; then callers repeat and pollers run. The books judge.

Each case is a row: what was before, which function is killed while doing what, and what its caller does afterwards. A run for
boundary 1, 2, 3, ... until one ends without having met its boundary: so a new step of a flow is a new run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chaos.books import Verdict
from tests.crash.shop import POLLERS, TOKEN_SECONDS, Killer, Place, Shop
from tests.flows.customs_steps import declare_body
from tests.flows.registering import registration_body
from tests.support.world import pay_body

Step = Callable[[Shop, Place, str], Any]
Attack = Callable[[Shop, Place, str, Killer], Any]
WALLET = "GCASH"
_LEASE_OVER = 27
_RETRANSMISSION = 310
_TILL_RENEWAL = TOKEN_SECONDS / 2 + 60
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


# --- what callers do


def consult(
    shop: Shop, place: Place, identity: str, killer: Killer | None = None, wallet: str = WALLET
) -> dict[str, Any]:
    asked = {
        "customerBelongsTo": wallet,
        "authRedirectUrl": "https://shop.example.com/back",
        "scopes": ["AGREEMENT_PAY"],
        "authState": f"{identity}-state",
        "terminalType": "WEB",
    }
    return shop.call(place, "consult", asked, killer)


def agreed(shop: Shop, place: Place, identity: str) -> None:
    """The customer has agreed; the code waits for its exchange."""
    place.codes[identity] = shop.agree(consult(shop, place, identity)["normalUrl"])


def apply_token(
    shop: Shop, place: Place, identity: str, killer: Killer | None = None, wallet: str = WALLET
) -> dict[str, Any]:
    body = {"grantType": "AUTHORIZATION_CODE", "customerBelongsTo": wallet, "authCode": place.codes[identity]}
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
    body = {
        "refundRequestId": identity,
        "paymentRequestId": f"{place.tag}-refundable",
        "refundAmount": {"currency": "JPY", "value": "30"},
    }
    return shop.call(place, "refund", body, killer)


def _payment_of(identity: str) -> str:
    """The payment that a refund or a declaration is of: a simple one, whatever the course of *identity*."""
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
    due_at, kind = shop.due(place)[0]
    shop.until_due(due_at)
    shop.poll(place, killer, POLLERS[kind])


# --- callers who do not pay


def renew(shop: Shop, place: Place, identity: str, killer: Killer | None = None) -> dict[str, Any]:
    handle = place.tokens[identity]["refreshToken"]
    body = {"grantType": "REFRESH_TOKEN", "customerBelongsTo": WALLET, "refreshToken": handle}
    return shop.call(place, "apply_token", body, killer)


def revoke(shop: Shop, place: Place, identity: str, killer: Killer | None = None) -> dict[str, Any]:
    return shop.call(place, "revoke", {"accessToken": place.tokens[identity]["accessToken"]}, killer)


def cancelled_meanwhile(attack: Attack) -> Attack:
    """The customer ends the agreement in the wallet, and we hear of it, before we read the answer that brings the token."""

    def attacked(shop: Shop, place: Place, identity: str, killer: Killer) -> None:
        def cancelled() -> None:
            living = [one for one in shop.ask("authorizations") if one["authState"] == f"{identity}-state"]
            if living[0]["tokens"] and not living[0]["revoked"]:
                shop.closed = False
                shop.ask("authorizations/cancel", {"authState": f"{identity}-state"})
                shop.calm()

        killer.meanwhile = cancelled
        attack(shop, place, identity, killer)

    return attacked


def declare(
    shop: Shop, place: Place, identity: str, killer: Killer | None = None, value: str = "23610"
) -> dict[str, Any]:
    amount = {"currency": "CNY", "value": value}
    body = declare_body(identity, paymentId=place.payment_ids[identity], declarationAmount=amount)
    return shop.call(place, "declare", body, killer)


def declare_less(shop: Shop, place: Place, identity: str, killer: Killer | None = None) -> dict[str, Any]:
    return declare(shop, place, identity, killer, "23600")


def inquire_declaration(shop: Shop, place: Place, identity: str, killer: Killer | None = None) -> dict[str, Any]:
    return shop.call(place, "inquiry_declaration_requests", {"declarationRequestIds": [identity]}, killer)


def register(shop: Shop, place: Place, identity: str, killer: Killer | None = None) -> dict[str, Any]:
    return shop.call(place, "registration", registration_body(identity, f"M-{identity}"), killer)


def inquire_registration(shop: Shop, place: Place, identity: str, killer: Killer | None = None) -> dict[str, Any]:
    return shop.call(place, "inquiry_registration_status", {"registrationRequestId": identity}, killer)


def send_password(shop: Shop, place: Place, identity: str, killer: Killer | None = None) -> dict[str, Any]:
    asked = {
        "authenticationType": "OTP",
        "authenticationRequestId": identity,
        "authenticationChannelType": "SMS",
        "userIdentityType": "WALLET_TOKEN",
        "userIdentityValue": place.handle,
    }
    return shop.call(place, "init_authentication", asked, killer)


def type_password(shop: Shop, place: Place, identity: str, killer: Killer | None = None) -> dict[str, Any]:
    (otp,) = [one["otp"] for one in shop.ask("otps") if one["authenticationRequestId"] == identity]
    typed = {"authenticationType": "OTP", "authenticationRequestId": identity, "authenticationValue": otp}
    return shop.call(place, "verify_authentication", typed, killer)


# --- what was before


def paid(shop: Shop, place: Place, identity: str) -> None:
    customer(shop, place, identity)
    pay(shop, place, identity)


def paid_a_while_ago(shop: Shop, place: Place, identity: str) -> None:
    paid(shop, place, identity)
    shop.forward(_LEASE_OVER)


def refundable(shop: Shop, place: Place, identity: str) -> None:
    """A payment that is large enough for all refunds of a case."""
    if not place.handle:
        paid(shop, place, f"{place.tag}-refundable")


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


def stranger(shop: Shop, place: Place, identity: str) -> None:
    """A customer of one id only, of whose agreement the notification has come."""
    shop.closed = False
    agreed(shop, place, identity)
    shop.calm()
    shop.closed = True
    place.tokens[identity] = apply_token(shop, place, identity)


def troubled(fault: str, operation: str, attack: Attack, before: Step) -> Step:
    """*attack* once, with *fault* on its call to Alipay."""

    def happened(shop: Shop, place: Place, identity: str) -> None:
        before(shop, place, identity)
        shop.ask("faults", {"operation": operation, "fault": fault})
        attack(shop, place, identity, Killer())

    return happened


def token_near_its_end(shop: Shop, place: Place, identity: str) -> None:
    stranger(shop, place, identity)
    shop.forward(_TILL_RENEWAL)


def paid_in_cny(shop: Shop, place: Place, identity: str) -> None:
    """A payment that may be declared, by a customer whom all of them share."""
    amount, customer_of_all = {"currency": "CNY", "value": "23610"}, f"{place.tag}-customer"
    if customer_of_all not in place.tokens:
        place.codes[customer_of_all] = shop.agree(
            consult(shop, place, customer_of_all, wallet="ALIPAY_CN")["normalUrl"]
        )
        place.tokens[customer_of_all] = apply_token(shop, place, customer_of_all, wallet="ALIPAY_CN")
    method = {"paymentMethodType": "ALIPAY_CN", "paymentMethodId": place.tokens[customer_of_all]["accessToken"]}
    order = {"orderAmount": amount, "referenceOrderId": "ORDER-1", "orderDescription": "Tea"}
    body = pay_body(_payment_of(identity), paymentAmount=amount, paymentMethod=method, order=order)
    place.payment_ids[identity] = shop.call(place, "pay", body)["paymentId"]


def declared(shop: Shop, place: Place, identity: str) -> None:
    paid_in_cny(shop, place, identity)
    declare(shop, place, identity)


def declared_a_while_ago(shop: Shop, place: Place, identity: str) -> None:
    declared(shop, place, identity)
    shop.forward(_RETRANSMISSION)


def registered(shop: Shop, place: Place, identity: str) -> None:
    register(shop, place, identity)
    shop.forward(6)


def password_sent(shop: Shop, place: Place, identity: str) -> None:
    customer(shop, place, identity)
    send_password(shop, place, identity)


def nothing(shop: Shop, place: Place, identity: str) -> None:
    """No past."""


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
        shop.forward(_LEASE_OVER)
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
    for wait in () if case.soon else (0, _LEASE_OVER) if case.of_money else (_LEASE_OVER,):
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
