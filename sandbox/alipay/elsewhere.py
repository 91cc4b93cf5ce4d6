"""What another system of the same client id has done: its payments and refunds under ids that ours takes for its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.alipay.agreements import User
from sandbox.alipay.clock import Clock
from sandbox.alipay.ids import Ids, masked_login, user_id
from sandbox.alipay.money import Money
from sandbox.alipay.records import Payment
from sandbox.alipay.scenarios import Scenario

ACCOUNT = "neighbour@wallet.example"
"""The other system's customer, as typed on a consent page."""
EARLIER = 2 * 3600.0
"""How long ago the other system paid, in seconds, where nobody is told of it now; recent enough for a cancel."""
MERCHANT, MERCHANT_ACCOUNT = "ANOTHER_MERCHANT", "ANOTHER_ACCOUNT"


def payment_elsewhere(
    request_id: str, amount: Money, wallet: str, clock: Clock, ids: Ids, *, account: str | None = None, age: float = 0.0
) -> Payment:
    """A payment of another customer, with a token that we have never seen, in process; *account* is a merchantAccountId.

    It was created *age* seconds ago. Nobody is notified of it but the URL of the dashboard, which the client's systems share.
    """
    now = clock.now() - age
    return Payment(
        request_id=request_id,
        payment_id=ids.payment_id(now),
        amount=amount,
        wallet=wallet,
        token=ids.access_token(now),
        settlement_currency=None,
        notify_url=None,
        created=now,
        expiry=now,
        scenario=Scenario(),
        merchant_id=MERCHANT,
        account=account,
        elsewhere=True,
        user=User(wallet, user_id(wallet, ACCOUNT), masked_login(ACCOUNT)),
    )


def account_beside(body: Mapping[str, Any]) -> str | None:
    """A merchantAccountId other than that of *body*: the default account (None), unless *body* uses that."""
    return None if body.get("merchantAccountId") else MERCHANT_ACCOUNT
