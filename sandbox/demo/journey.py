"""One customer's dealings: who they are, what was asked for, and waiting until it is known what became of it."""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from sandbox.stack import LocalStack

AMOUNTS = {
    "monthly plan": "14900",
    "top-up": "50000",
    "big order": "9900000",
    "second month": "14900",
    "mistake": "8800",
}
FINAL = {
    "payment": ("SUCCESS", "FAIL", "CANCELLED"),
    "refund": ("SUCCESS", "FAIL"),
    "declaration": ("COMPLETED", "FAIL"),
    "registration": ("COMPLETED", "REJECTED", "FAIL"),
}
_PATIENCE = 100
"""Seconds until every outcome must be known: pollers wake each minute, first inquiries come within seconds after that."""
Items = dict[str, str]
"""Ids, and the state in which our store was seen to have each."""


@dataclass
class Journey:
    """What was done so far, and what came of it."""

    stack: LocalStack
    wallet: str = "GCASH"
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    began: float = field(default_factory=time.monotonic)
    payments: Items = field(default_factory=dict)
    refunds: Items = field(default_factory=dict)
    declarations: Items = field(default_factory=dict)
    registrations: Items = field(default_factory=dict)
    tokens: Items = field(default_factory=dict)
    """Handles of access tokens, and where each stands."""
    handle: str = ""
    """What we pay with, once the customer has authorised us."""
    refresh_handle: str = ""
    codes: list[str] = field(default_factory=list, repr=False)

    def tell(self, text: str) -> None:
        """One line of the story, with the seconds since it began."""
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def called(self, path: str, body: Mapping[str, Any], fine: tuple[str, ...] = ("S",)) -> dict[str, Any]:
        """The answer of a route; the journey ends here if its result is none of those that are *fine*."""
        status, answer = self.stack.merchant.call(path, body)
        if status != requests.codes.ok or answer.get("result", {}).get("resultStatus") not in fine:
            raise SystemExit(f"{path}: HTTP {status} {json.dumps(answer)}")
        return answer

    def hear(self) -> None:
        """Tell what was heard on the event bus since the last time."""
        for event in self.stack.heard():
            detail = event["detail"]
            names = (
                "refundRequestId",
                "declarationRequestId",
                "registrationRequestId",
                "paymentRequestId",
                "authState",
            )
            subject = next((detail[name] for name in names if name in detail), detail.get("beside", ""))
            self.tell(
                f"  heard on the bus: {event['detail-type']}: {subject} {detail.get('state', detail.get('reason', ''))}"
            )

    def settled(self, kind: str, items: Items) -> None:
        """Wait until every item is final, by whichever word of Alipay comes first."""

        def look() -> bool:
            for identity, before in items.items():
                state = self.stack.state_of(kind, identity) or ""
                if state != before:
                    items[identity] = state
                    self.tell(f"our store: {kind} {identity} is {state}")
            return all(state in FINAL[kind] for state in items.values())

        self.wait_until(look, f"{kind}s are not settled: {items}")

    def wait_until(self, done: Callable[[], bool], otherwise: str) -> None:
        """Wait for *done*, telling what is heard meanwhile.

        Raises:
            SystemExit: it took too long.
        """
        until = time.monotonic() + _PATIENCE
        while not done():
            self.hear()
            if time.monotonic() > until:
                raise SystemExit(f"not within {_PATIENCE} s: {otherwise}")
            time.sleep(0.5)

    # --- the customer agrees

    def authorise(self) -> None:
        """Consult, let the customer agree, exchange the code for a handle to pay with."""
        auth_state = self.auth_state
        answer = self.called(
            "/v1/authorizations/consult",
            {
                "customerBelongsTo": self.wallet,
                "authRedirectUrl": "https://shop.example.com/linked?order=1",
                "scopes": ["AGREEMENT_PAY"],
                "authState": auth_state,
                "env": {"terminalType": "WEB"},
            },
        )
        self.tell(f"consult: Alipay gives a page for the customer ({urlsplit(answer['normalUrl']).path})")
        code = self._agree(answer["normalUrl"], auth_state)
        self.tell("the customer agrees; the browser comes back with a code, and Alipay notifies us of the same code")
        token = self.called(
            "/v1/authorizations/applyToken",
            {"grantType": "AUTHORIZATION_CODE", "customerBelongsTo": self.wallet, "authCode": code},
        )
        self.handle, self.refresh_handle = str(token["accessToken"]), str(token.get("refreshToken", ""))
        self.tokens[self.handle] = "ACTIVE"
        self.tell(f"applyToken: whoever came first exchanged the code; we hold the handle {self.handle[:12]}...")
        self.await_authorization("ACTIVE")

    @property
    def auth_state(self) -> str:
        """The id of this customer's authorization of this wallet."""
        return f"STATE-{self.run}-{self.wallet}"

    def await_authorization(self, state: str) -> None:
        """Wait until our store has the authorization in *state*."""
        self.wait_until(
            lambda: self.stack.state_of("authorization", self.auth_state) == state, f"the authorization is not {state}"
        )
        self.tell(f"the authorization is {state}")

    def _agree(self, page: str, auth_state: str) -> str:
        shown = requests.get(page, timeout=10)
        if shown.status_code != requests.codes.ok or "Agree" not in shown.text:
            raise SystemExit(f"the consent page cannot be used: HTTP {shown.status_code}")
        back = requests.post(page, data={"decision": "agree"}, allow_redirects=False, timeout=10)
        brought = parse_qs(urlsplit(back.headers["Location"]).query)
        if brought.get("authState") != [auth_state]:
            raise SystemExit("the browser came back with another authState")
        self.codes.append(brought["authCode"][0])
        return brought["authCode"][0]

    # --- the customer is charged

    def pay(self, what: str, ending: str, currency: str = "PHP") -> str:
        """One payment; *ending* is the simulator's scenario, the last part of the paymentRequestId, which is returned."""
        identity = f"PAY-{self.run}-{ending}"
        body = payment(identity, AMOUNTS[what], what, self.handle, wallet=self.wallet, currency=currency)
        result = self.called("/v1/payments/pay", body, fine=("S", "F", "U"))["result"]
        self.payments[identity] = ""
        self.tell(f"pay {identity} ({what}): {result['resultStatus']} {result['resultCode']}")
        return identity

    def await_outcomes(self) -> None:
        """Wait until every payment is settled."""
        self.settled("payment", self.payments)


def payment(
    identity: str, amount: str, what: str, handle: str, *, wallet: str = "GCASH", currency: str = "PHP"
) -> dict[str, Any]:
    """A request to pay *amount* (in the smallest unit)."""
    money = {"currency": currency, "value": amount}
    return {
        "productCode": "AGREEMENT_PAYMENT",
        "paymentRequestId": identity,
        "order": {"orderAmount": money, "referenceOrderId": f"ORDER-{identity}", "orderDescription": what},
        "paymentAmount": money,
        "paymentMethod": {"paymentMethodType": wallet, "paymentMethodId": handle},
        "settlementStrategy": {"settlementCurrency": "USD"},
    }
