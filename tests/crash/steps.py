"""What callers, customers and pollers do in the crash suite, and what was before: a step for each, by the id that it is about."""

from collections.abc import Callable
from typing import Any

from tests.crash.killer import Killer
from tests.crash.shop import POLLERS, TOKEN_SECONDS, Place, Shop
from tests.flows.customs_steps import declare_body
from tests.flows.registering import registration_body
from tests.support.world import pay_body

Step = Callable[[Shop, Place, str], Any]
Attack = Callable[[Shop, Place, str, Killer], Any]
WALLET = "GCASH"
LEASE_OVER = 27
CANCELS_AFTER = 600
NOT_OURS = "https://elsewhere.example.com/notifications"
"""Where other software of the same merchant is told."""
_RETRANSMISSION = 310
_TILL_RENEWAL = TOKEN_SECONDS / 2 + 60


# --- what callers do


def consult(
    shop: Shop, place: Place, identity: str, killer: Killer | None = None, wallet: str = WALLET, **more: str
) -> dict[str, Any]:
    asked = {
        "customerBelongsTo": wallet,
        "authRedirectUrl": "https://shop.example.com/back",
        "scopes": ["AGREEMENT_PAY"],
        "authState": f"{identity}-state",
        "terminalType": "WEB",
        **more,
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
    name = f"{place.tag}-customer"
    if not place.handle:
        agreed(shop, place, name)
        place.tokens[name] = apply_token(shop, place, name)
        place.handle = place.tokens[name]["accessToken"]


def pay(shop: Shop, place: Place, identity: str, killer: Killer | None = None) -> dict[str, Any]:
    return pay_with(shop, place, identity, place.handle, killer)


def pay_untold(shop: Shop, place: Place, identity: str, killer: Killer | None = None) -> dict[str, Any]:
    """The caller has itself told of the outcome, so that this deployment only polls."""
    return pay_with(shop, place, identity, place.handle, killer, paymentNotifyUrl=NOT_OURS)


def pay_with(
    shop: Shop, place: Place, identity: str, token: str, killer: Killer | None = None, **more: str
) -> dict[str, Any]:
    """A repeat asks in other words than the first request did; the money is the same."""
    body = pay_body(identity, token, **more)
    body["order"]["orderDescription"] = f"Asked for at {shop.clock.now()}"
    return shop.call(place, "pay", body, killer)


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


def polled(shop: Shop, place: Place, _identity: str, killer: Killer) -> None:
    """A poller is killed, at the moment at which the item is due."""
    due = shop.due(place)
    assert due, "nothing is due"
    due_at, kind = due[0]
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


# --- what happens between a crash and the caller's return


def renewed(shop: Shop, place: Place, identity: str) -> None:
    """The token with which all of them pay is renewed."""
    renew(shop, place, f"{place.tag}-customer")


def refuses(operation: str) -> Step:
    """Alipay refuses the next request of that id, whatever became of the first one."""

    def ordered(shop: Shop, place: Place, identity: str) -> None:
        order = {"operation": operation, "fault": "answer", "code": "PROCESS_FAIL", "requestId": identity}
        shop.ask("faults", order)

    return ordered


# --- what was before


def paid(shop: Shop, place: Place, identity: str) -> None:
    customer(shop, place, identity)
    pay(shop, place, identity)


def paid_untold(shop: Shop, place: Place, identity: str) -> None:
    customer(shop, place, identity)
    pay_untold(shop, place, identity)


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


def later(before: Step, seconds: float) -> Step:
    """*before*, and then so many seconds."""

    def happened(shop: Shop, place: Place, identity: str) -> None:
        before(shop, place, identity)
        shop.forward(seconds)

    return happened


def troubled(fault: str, operation: str, attack: Attack, before: Step) -> Step:
    """*attack* once, with *fault* on its call to Alipay."""

    def happened(shop: Shop, place: Place, identity: str) -> None:
        before(shop, place, identity)
        shop.ask("faults", {"operation": operation, "fault": fault})
        attack(shop, place, identity, Killer())

    return happened


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


def registered(shop: Shop, place: Place, identity: str) -> None:
    register(shop, place, identity)
    shop.forward(6)


def password_sent(shop: Shop, place: Place, identity: str) -> None:
    customer(shop, place, identity)
    send_password(shop, place, identity)


def nothing(shop: Shop, place: Place, identity: str) -> None:
    """No past."""


paid_a_while_ago = later(paid, LEASE_OVER)
token_near_its_end = later(stranger, _TILL_RENEWAL)
declared_a_while_ago = later(declared, _RETRANSMISSION)
open_for_long = later(paid, CANCELS_AFTER)
"""A payment that nobody completes has been open for longer than the deployment waits."""
