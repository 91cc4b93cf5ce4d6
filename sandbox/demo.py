"""The journey: a customer authorises a wallet once, is charged four times, and every outcome becomes known.

``python -m sandbox.demo`` deploys everything from nothing, tells the story as it goes, and ends with one line of JSON that
holds the simulator's ledger against our store.
"""

import json
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from sandbox.stack import LocalStack

WALLET = "GCASH"
AMOUNTS = {"monthly plan": "14900", "top-up": "50000", "big order": "9900000", "second month": "14900"}
_PATIENCE = 150
"""Seconds until every outcome must be known: pollers wake each minute, first inquiries come within seconds after that."""


@dataclass
class Journey:
    """One customer's dealings, and what came of them."""

    stack: LocalStack
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    began: float = field(default_factory=time.monotonic)
    payments: dict[str, str] = field(default_factory=dict)
    handle: str = ""
    """What we pay with, once the customer has authorised us."""
    codes: list[str] = field(default_factory=list, repr=False)

    def tell(self, text: str) -> None:
        """One line of the story, with the seconds since it began."""
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    # --- the customer agrees

    def authorise(self) -> None:
        """Consult, let the customer agree, exchange the code for a handle to pay with."""
        auth_state = f"STATE-{self.run}"
        answer = self._called(
            "/v1/authorizations/consult",
            {
                "customerBelongsTo": WALLET,
                "authRedirectUrl": "https://shop.example.com/linked?order=1",
                "scopes": ["AGREEMENT_PAY"],
                "authState": auth_state,
                "terminalType": "WEB",
            },
        )
        self.tell(f"consult: Alipay gives a page for the customer ({urlsplit(answer['normalUrl']).path})")
        code = self._agree(answer["normalUrl"], auth_state)
        self.tell("the customer agrees; the browser comes back with a code, and Alipay notifies us of the same code")
        token = self._called(
            "/v1/authorizations/applyToken",
            {"grantType": "AUTHORIZATION_CODE", "customerBelongsTo": WALLET, "authCode": code},
        )
        self.handle = str(token["accessToken"])
        self.tell(f"applyToken: whoever came first exchanged the code; we hold the handle {self.handle[:12]}...")
        self._await_authorization(auth_state)

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

    def _await_authorization(self, auth_state: str) -> None:
        for _ in range(_PATIENCE * 2):
            if self.stack.state_of("authorization", auth_state) == "ACTIVE":
                self.tell("the authorization is ACTIVE")
                return
            time.sleep(0.5)
        raise SystemExit("the authorization did not become ACTIVE")

    # --- the customer is charged

    def pay(self, what: str, ending: str) -> None:
        """One payment; *ending* is the simulator's scenario, the last part of the paymentRequestId."""
        identity = f"PAY-{self.run}-{ending}"
        answer = self._called(
            "/v1/payments/pay", payment(identity, AMOUNTS[what], what, self.handle), fine=("S", "F", "U")
        )
        result = answer["result"]
        self.payments[identity] = ""
        self.tell(f"pay {identity} ({what}): {result['resultStatus']} {result['resultCode']}")

    def await_outcomes(self) -> None:
        """Wait until every payment is settled, by whichever word of Alipay comes first."""
        final, waited = ("SUCCESS", "FAIL", "CANCELLED"), time.monotonic()
        while True:
            for identity, before in self.payments.items():
                state = self.stack.state_of("payment", identity) or ""
                if state != before:
                    self.payments[identity] = state
                    self.tell(f"our store: {identity} is {state}")
            if all(state in final for state in self.payments.values()):
                return
            if time.monotonic() - waited > _PATIENCE:
                raise SystemExit(f"not settled within {_PATIENCE} s: {self.payments}")
            time.sleep(0.5)

    def hear(self) -> None:
        """Tell what was heard on the event bus."""
        for event in self.stack.heard():
            detail = event["detail"]
            subject = detail.get("paymentRequestId") or detail.get("authState") or detail.get("beside")
            self.tell(f"heard on the bus: {event['detail-type']}: {subject} {detail.get('state', '')}")

    def _called(self, path: str, body: Mapping[str, Any], fine: tuple[str, ...] = ("S",)) -> dict[str, Any]:
        status, answer = self.stack.merchant.call(path, body)
        if status != requests.codes.ok or answer.get("result", {}).get("resultStatus") not in fine:
            raise SystemExit(f"{path}: HTTP {status} {json.dumps(answer)}")
        return answer


def payment(identity: str, amount: str, what: str, handle: str) -> dict[str, Any]:
    """A request to pay *amount* (in the smallest unit of PHP)."""
    money = {"currency": "PHP", "value": amount}
    return {
        "productCode": "AGREEMENT_PAYMENT",
        "paymentRequestId": identity,
        "order": {"orderAmount": money, "referenceOrderId": f"ORDER-{identity}", "orderDescription": what},
        "paymentAmount": money,
        "paymentMethod": {"paymentMethodType": WALLET, "paymentMethodId": handle},
        "settlementStrategy": {"settlementCurrency": "USD"},
    }


def verdict(stack: LocalStack, authorization: str, payments: Mapping[str, str]) -> dict[str, Any]:
    """The simulator's ledger beside our store, and whether they say the same of every payment."""
    ledger = stack.ledger()
    agree = [
        ledger.get(identity, {}).get("debits", 0) == (1 if state == "SUCCESS" else 0)
        and _same_money(stack, identity, ledger)
        for identity, state in payments.items()
    ]
    nobody_else = set(ledger) <= set(payments)
    return {
        "authorization": authorization,
        "payments": dict(payments),
        "ledger": ledger,
        "consistent": authorization == "ACTIVE" and all(agree) and nobody_else,
    }


def _same_money(stack: LocalStack, identity: str, ledger: Mapping[str, Mapping[str, Any]]) -> bool:
    booked, stored = ledger.get(identity), stack.amount_of(identity)
    return booked is None or not booked["debits"] or (booked["amount"], booked["currency"]) == stored


def main() -> int:
    """Run the journey; 0 only if store and ledger agree."""
    with LocalStack.start(progress=print) as stack:
        journey = Journey(stack)
        journey.authorise()
        journey.pay("monthly plan", "paid")
        journey.pay("top-up", "pending")
        journey.pay("big order", "declined")
        journey.pay("second month", "answer-lost")
        journey.tell(
            "waiting for what is not known yet; a poller wakes every minute, and notifications may come before it"
        )
        journey.await_outcomes()
        journey.hear()
        state = stack.state_of("authorization", f"STATE-{journey.run}") or ""
        result = verdict(stack, state, journey.payments)
        journey.tell("store and ledger agree" if result["consistent"] else "STORE AND LEDGER DISAGREE")
    print(json.dumps(result))
    return 0 if result["consistent"] else 1


if __name__ == "__main__":
    sys.exit(main())
