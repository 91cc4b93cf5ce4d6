"""Customers: how one comes to be, and what a merchant holds of one."""

import random
from typing import NamedTuple

from tests.chaos.callers import Merchant

WALLETS = ("GCASH", "DANA", "ALIPAY_HK", "KAKAOPAY", "TNG", "MAYA")
_ATTEMPTS = 40


class Customer(NamedTuple):
    """A wallet's customer who has agreed: the handles of the tokens, "" for a refresh token that the wallet does not give."""

    wallet: str
    handle: str
    refresh_handle: str
    auth_state: str = ""


async def authorise(merchant: Merchant, seed: int, name: str, wallet: str) -> Customer:
    """Customer *name* of *wallet*, who is asked again with a new authState until a token came of it."""
    chance = random.Random(f"{seed}:customer:{name}")
    for attempt in range(_ATTEMPTS):
        state = f"AUTH-{seed}-{name}-{attempt}"
        asked = {
            "customerBelongsTo": wallet,
            "authRedirectUrl": "https://shop.example.com/back",
            "scopes": ["AGREEMENT_PAY"],
            "authState": state,
            "terminalType": "WEB",
        }
        page = await merchant.insist("consult", asked, chance, patience=8, pause=4)
        if not page.body.get("normalUrl"):
            continue
        code = await merchant.agree(page.body["normalUrl"], f"customer{name}@wallet.example")
        exchange = {"grantType": "AUTHORIZATION_CODE", "customerBelongsTo": wallet, "authCode": code}
        token = await merchant.insist("apply_token", exchange, chance, patience=8, pause=4, about=state)
        if token.body.get("accessToken"):
            held = str(token.body["accessToken"]), str(token.body.get("refreshToken", ""))
            merchant.customers[held[0]] = state
            return Customer(wallet, *held, auth_state=state)
    raise RuntimeError(f"customer {name} could not be authorised")
