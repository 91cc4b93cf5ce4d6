"""What the same merchant does with other software: tokens, payments and refunds of which our store hears later, if ever."""

from typing import Any

from autodebit.gateway.client import Operation
from tests.crash.killer import Killer
from tests.crash.shop import Place, Shop
from tests.crash.steps import NOT_OURS, WALLET, consult, pay_with
from tests.support.world import pay_body

GIVEN_BACK = {"done": "30", "late-pending": "40"}
"""Refunds of a payment that was made elsewhere: one is done, one is in process when it is adopted."""


def _agreed(shop: Shop, place: Place, identity: str, page: str) -> None:
    code = shop.agree(page)
    body = {"grantType": "AUTHORIZATION_CODE", "customerBelongsTo": WALLET, "authCode": code}
    place.raw_tokens[identity] = shop.elsewhere(place, Operation.APPLY_TOKEN, body)["accessToken"]


def customer_elsewhere(shop: Shop, place: Place, identity: str) -> None:
    """A customer who has agreed there."""
    asked = {
        "customerBelongsTo": WALLET,
        "authRedirectUrl": "https://shop.example.com/back",
        "scopes": ["AGREEMENT_PAY"],
        "authState": f"{identity}-state",
        "terminalType": "WEB",
        "authNotifyUrl": NOT_OURS,
    }
    _agreed(shop, place, identity, shop.elsewhere(place, Operation.CONSULT, asked)["normalUrl"])


def consulted_here(shop: Shop, place: Place, identity: str) -> None:
    """A customer who was asked here; the code came to that software."""
    _agreed(shop, place, identity, consult(shop, place, identity, authNotifyUrl=NOT_OURS)["normalUrl"])


def pay_with_raw_token(shop: Shop, place: Place, identity: str, killer: Killer) -> dict[str, Any]:
    return pay_with(shop, place, identity, place.raw_tokens[identity], killer)


def paid_elsewhere(shop: Shop, place: Place, identity: str) -> None:
    everybody = f"{place.tag}-elsewhere"
    if everybody not in place.raw_tokens:
        customer_elsewhere(shop, place, everybody)
    body = pay_body(identity, place.raw_tokens[everybody])
    place.payment_ids[identity] = shop.elsewhere(place, Operation.PAY, body)["paymentId"]


def refunded_elsewhere(shop: Shop, place: Place, identity: str) -> None:
    """A payment that has refunds already."""
    payment = _payment_elsewhere(identity)
    paid_elsewhere(shop, place, payment)
    for name, value in GIVEN_BACK.items():
        body = {
            "refundRequestId": f"{payment}-{name}",
            "paymentId": place.payment_ids[payment],
            "refundAmount": {"currency": "JPY", "value": value},
        }
        shop.elsewhere(place, Operation.REFUND, body)


def refund_elsewhere(shop: Shop, place: Place, identity: str, killer: Killer) -> dict[str, Any]:
    """A caller gives back more of what was paid there, by Alipay's id of it."""
    body = {
        "refundRequestId": identity,
        "paymentId": place.payment_ids[_payment_elsewhere(identity)],
        "refundAmount": {"currency": "JPY", "value": "50"},
    }
    return shop.call(place, "refund", body, killer)


def _payment_elsewhere(identity: str) -> str:
    return f"{identity}-payment"
