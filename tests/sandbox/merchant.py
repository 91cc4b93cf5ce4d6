"""A merchant for tests: signs its calls, checks Alipay's signatures, receives notifications; plain HTTP throughout."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from alipay_signing import LocalSigner, Verifier, canonical, load_private_key, load_public_key

CLIENT_ID = "SANDBOX_5YTEST"
SANDBOX = "/ams/sandbox/api"
ACKNOWLEDGED = b'{"result":{"resultCode":"SUCCESS","resultStatus":"S","resultMessage":"success"}}'


@lru_cache(maxsize=4)
def key_pair(name: str) -> tuple[str, str]:
    """Private and public key, PEM; made once per run for each *name*."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@lru_cache(maxsize=1)
def signer() -> LocalSigner:
    return LocalSigner(load_private_key(key_pair("merchant")[0]), "1")


@lru_cache(maxsize=1)
def verifier() -> Verifier:
    return Verifier({"1": load_public_key(key_pair("alipay")[1])})


@dataclass
class Reply:
    """An HTTP answer as it came: header names keep their case."""

    status: int
    headers: list[tuple[str, str]]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found

    @property
    def code(self) -> str:
        return str(self.body["result"]["resultCode"])

    @property
    def result_status(self) -> str:
        return str(self.body["result"]["resultStatus"])

    def header(self, name: str) -> str | None:
        """Looked up as the official Python SDK does: letter for letter."""
        return dict(self.headers).get(name)

    def verify(self, path: str) -> None:
        content = canonical("POST", path, self.header("client-id") or "", self.header("response-time") or "", self.raw)
        verifier().verify(self.header("signature") or "", content)


def send(url: str, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> Reply:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        return Reply(response.status, response.getheaders(), response.read())
    finally:
        connection.close()


@dataclass
class Merchant:
    """Calls the simulator at *url*."""

    url: str
    client_id: str = CLIENT_ID

    def headers(self, path: str, body: bytes, request_time: str | None = None) -> dict[str, str]:
        request_time = request_time or str(int(time.time() * 1000))
        return {
            "Content-Type": "application/json; charset=UTF-8",
            "Client-Id": self.client_id,
            "Request-Time": request_time,
            "Signature": signer().sign(canonical("POST", path, self.client_id, request_time, body)),
        }

    def call(self, operation: str, body: dict[str, Any], **extra: str) -> Reply:
        """Call ``authorizations/consult`` and the like; *extra* headers have ``_`` for ``-``."""
        path, raw = f"{SANDBOX}/v1/{operation}", json.dumps(body).encode()
        more = {name.replace("_", "-"): value for name, value in extra.items()}
        return send(self.url, "POST", path, {**self.headers(path, raw), **more}, raw)

    def consult(self, auth_state: str = "STATE_1", wallet: str = "GCASH", **changes: Any) -> Reply:
        body = {
            "customerBelongsTo": wallet,
            "authRedirectUrl": "https://merchant.example/back?order=7",
            "scopes": ["AGREEMENT_PAY"],
            "authState": auth_state,
            "terminalType": "WEB",
        }
        return self.call("authorizations/consult", {**body, **changes})

    def decide(self, page: str, decision: str = "agree", account: str | None = None) -> str:
        """Press a button on the consent page; returns where the browser is sent."""
        form = {"decision": decision} | ({"account": account} if account else {})
        target = page.removeprefix(self.url)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        reply = send(self.url, "POST", target, headers, urlencode(form).encode())
        assert reply.status == 303, reply.raw
        return reply.header("Location") or ""

    def auth_code(self, auth_state: str = "STATE_1", wallet: str = "GCASH", **changes: Any) -> str:
        page = self.consult(auth_state, wallet, **changes).body["normalUrl"]
        return parse_qs(urlsplit(self.decide(page)).query)["authCode"][0]

    def exchange(self, code: str, wallet: str = "GCASH") -> Reply:
        body = {"grantType": "AUTHORIZATION_CODE", "customerBelongsTo": wallet, "authCode": code}
        return self.call("authorizations/applyToken", body)

    def renew(self, refresh_token: str, wallet: str = "GCASH") -> Reply:
        body = {"grantType": "REFRESH_TOKEN", "customerBelongsTo": wallet, "refreshToken": refresh_token}
        return self.call("authorizations/applyToken", body)

    def token(self, auth_state: str = "STATE_1", wallet: str = "GCASH", **changes: Any) -> str:
        return str(self.exchange(self.auth_code(auth_state, wallet, **changes), wallet).body["accessToken"])

    def pay(
        self,
        token: str,
        request_id: str = "PAY_1",
        value: str = "1000",
        currency: str = "JPY",
        wallet: str = "GCASH",
        **changes: Any,
    ) -> Reply:
        return self.call("payments/pay", payment(token, request_id, value, currency, wallet) | changes)

    def payment(self, token: str, request_id: str = "PAY_1") -> dict[str, Any]:
        """The body of pay."""
        return payment(token, request_id, "1000", "JPY", "GCASH")

    def declaration(self, payment_id: str, request_id: str = "DCL_1") -> dict[str, Any]:
        """The body of declare."""
        return declaration(payment_id, request_id, "1000")

    def inquire(self, **ids: str) -> Reply:
        return self.call("payments/inquiryPayment", ids)

    def cancel(self, **ids: str) -> Reply:
        return self.call("payments/cancel", ids)

    def refund(
        self, payment_id: str, request_id: str = "REF_1", value: str = "1000", currency: str = "JPY", **changes: Any
    ) -> Reply:
        amount = {"currency": currency, "value": value}
        body = {"refundRequestId": request_id, "paymentId": payment_id, "refundAmount": amount}
        return self.call("payments/refund", body | changes)

    def inquire_refund(self, **ids: str) -> Reply:
        return self.call("payments/inquiryRefund", ids)

    def declare(self, payment_id: str, request_id: str = "DCL_1", value: str = "1000", **changes: Any) -> Reply:
        return self.call("customs/declare", declaration(payment_id, request_id, value) | changes)

    def inquire_declarations(self, *request_ids: str) -> Reply:
        return self.call("customs/inquiryDeclarationRequests", {"declarationRequestIds": request_ids})

    def admin(self, path: str, order: dict[str, Any] | None = None, method: str | None = None) -> Any:
        reply = self.admin_reply(path, order, method)
        assert reply.status == 200, reply.raw
        return json.loads(reply.raw)

    def admin_reply(self, path: str, order: dict[str, Any] | None = None, method: str | None = None) -> Reply:
        raw = b"" if order is None else json.dumps(order).encode()
        verb = method or ("GET" if order is None else "POST")
        return send(self.url, verb, f"/_sandbox/{path}", {"Content-Type": "application/json"}, raw)

    def advance(self, seconds: float) -> None:
        self.admin("clock", {"advance": seconds})


def payment(token: str, request_id: str, value: str, currency: str, wallet: str) -> dict[str, Any]:
    amount = {"currency": currency, "value": value}
    return {
        "productCode": "AGREEMENT_PAYMENT",
        "paymentRequestId": request_id,
        "order": {"referenceOrderId": "ORDER_1", "orderDescription": "Music", "orderAmount": amount},
        "paymentAmount": amount,
        "paymentMethod": {"paymentMethodType": wallet, "paymentMethodId": token},
        "settlementStrategy": {"settlementCurrency": "USD"},
    }


def declaration(payment_id: str, request_id: str, value: str) -> dict[str, Any]:
    return {
        "declarationRequestId": request_id,
        "paymentId": payment_id,
        "declarationAmount": {"currency": "CNY", "value": value},
        "customs": {"customsCode": "ZONGSHU", "region": "CN"},
        "merchantCustomsInfo": {"merchantCustomsCode": "4401960ABC", "merchantCustomsName": "Example Trading"},
        "splitOrder": "false",
    }


@dataclass
class Received:
    """One notification as it came."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found

    def verify(self) -> None:
        content = canonical("POST", self.path, self.headers["Client-Id"], self.headers["Request-Time"], self.raw)
        verifier().verify(self.headers["Signature"], content)


@dataclass
class Shop:
    """The merchant's notification endpoint; *answer* gives status and body for each delivery."""

    received: list[Received] = field(default_factory=list)
    answer: Callable[[Received], tuple[int, bytes]] = lambda _: (200, ACKNOWLEDGED)

    def __post_init__(self) -> None:
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                delivered = Received(self.path, dict(self.headers.items()), raw)
                shop.received.append(delivered)
                status, body = shop.answer(delivered)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):  # Alipay does not wait for ever
                    self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def of(self, kind: str) -> list[Received]:
        """Deliveries whose notifyType or authorizationNotifyType is *kind*."""
        return [
            one
            for one in self.received
            if kind in (one.body.get("notifyType"), one.body.get("authorizationNotifyType"))
        ]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
