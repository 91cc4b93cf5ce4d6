"""Alipay tells, and whoever listens is killed: nothing that is not in the store may count as told."""

from tests.crash.killer import Killer
from tests.crash.shop import Place, Shop
from tests.crash.steps import Attack

_AUTHORIZATION, _DISPUTE = "notify_authorization", "notify_dispute"


def notified(function: str) -> Attack:
    """Alipay tells what it has to tell of the id; *function* is killed while it listens."""

    def attack(shop: Shop, place: Place, identity: str, killer: Killer) -> None:
        shop.attack_notifications(function, killer)
        number = shop.tell_again(identity)
        shop.require_kept(place, function, number, killer)

    return attack


def code_notified(shop: Shop, place: Place, identity: str, killer: Killer) -> None:
    """A customer has agreed."""
    notified(_AUTHORIZATION)(shop, place, f"{identity}-state", killer)


def dispute_notified(shop: Shop, place: Place, identity: str, killer: Killer) -> None:
    """A customer disputes a payment; the dispute has its id."""
    shop.attack_notifications(_DISPUTE, killer)
    if identity in place.notifications:
        shop.send_again(place.notifications[identity])
    else:
        shop.ask("payments/dispute", {"paymentRequestId": identity, "disputeId": identity})
        shop.calm()
        place.notifications[identity] = len(shop.ask("outbox"))
    shop.require_kept(place, _DISPUTE, place.notifications[identity], killer)


def end_notified(shop: Shop, place: Place, identity: str, killer: Killer) -> None:
    """The customer ends the agreement in the wallet. This notification names nothing but the token."""
    shop.attack_notifications(_AUTHORIZATION, killer)
    if identity in place.notifications:
        shop.send_again(place.notifications[identity])
    else:
        shop.ask("authorizations/cancel", {"authState": f"{identity}-state"})
        shop.calm()
        place.notifications[identity] = len(shop.ask("outbox"))
    shop.require_kept(place, _AUTHORIZATION, place.notifications[identity], killer)


def token_notified(shop: Shop, place: Place, identity: str, killer: Killer) -> None:
    """Alipay sends a token that nobody has asked for. The simulator never does by itself, so nobody sends it again either."""
    told = {
        "authorizationNotifyType": "TOKEN_CREATED",
        "authState": f"{identity}-state",
        "accessToken": place.raw_tokens[identity],
    }
    shop.attack_notifications(_AUTHORIZATION, killer)
    kind = "notifyAuthorization"
    if shop.ask("notify", {"kind": kind, "body": told})["acknowledged"]:
        shop.require_stored(place, kind, told, killer)
