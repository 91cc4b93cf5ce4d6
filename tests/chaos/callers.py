"""What our callers do: they call, hear something or nothing, and repeat with the same id, as the documentation tells them."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from tests.chaos.books import Acts, Told
from tests.chaos.functions import BY_NAME
from tests.chaos.orders import merchant_of
from tests.chaos.ports import id_in
from tests.chaos.virtual import VirtualTime
from tests.chaos.worker import ABOUT

_LONGEST_REAL_SECONDS = 60.0


class NoReply(Exception):
    """The connection ended without an answer: the worker died, or was not there."""


async def get(address: str, path: str) -> bytes:
    """What stands at *path*.

    Raises:
        NoReply: there was no whole answer.
    """
    return (await _request("GET", address, path, b"", {}))[2]


async def post(address: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
    """One request on a connection of its own: status, headers (lower case) and body.

    Raises:
        NoReply: there was no whole answer.
    """
    return await _request("POST", address, path, body, headers)


async def _request(
    method: str, address: str, path: str, body: bytes, headers: Mapping[str, str]
) -> tuple[int, dict[str, str], bytes]:
    host, _, port = address.partition(":")
    try:
        async with asyncio.timeout(_LONGEST_REAL_SECONDS):
            reader, writer = await asyncio.open_connection(host, int(port))
            try:
                lines = [f"{method} {path} HTTP/1.0", f"Host: {address}", f"Content-Length: {len(body)}"]
                lines += [f"{name}: {value}" for name, value in headers.items()]
                writer.write("\r\n".join([*lines, "", ""]).encode() + body)
                text = await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError) as error:
        raise NoReply from error
    head, found, content = text.partition(b"\r\n\r\n")
    if not found:
        raise NoReply
    first, *rest = head.decode().split("\r\n")
    named = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    if len(content) < int(named.get("content-length", 0)):
        raise NoReply
    return int(first.split()[1]), named, content


class Payer(Protocol):
    """Who pays an order, or gives part of it back, and is told how that stands."""

    async def repeat(self, identity: str) -> None:
        """Send the same id again."""

    async def move_on(self, identity: str) -> None:
        """Take a new id instead of *identity*."""


@dataclass(frozen=True)
class SendOutcome:
    """What came back of a call: nothing (status ""), or an answer."""

    http_status: int = 0
    status: str = ""
    code: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """What the answer says in words."""
        return str(self.body.get("result", {}).get("resultMessage", ""))

    @property
    def settled(self) -> bool:
        """Whether a caller need not repeat: S, or an F that is not about our own trouble."""
        return self.status in ("S", "F")


@dataclass
class Merchant:
    """All callers together: where they call, and what they were told."""

    workers: str
    alipay: str
    time: VirtualTime
    slots: asyncio.Semaphore
    told: list[Told] = field(default_factory=list)
    deeds: Counter[str] = field(default_factory=Counter)
    """What callers did, for the report."""
    acts: Acts = field(default_factory=Acts)
    payers: dict[str, "Payer"] = field(default_factory=dict)
    """By the id that they pay or give back under: whom consumers of events turn to."""
    customers: dict[str, str] = field(default_factory=dict)
    """By handle: the authState of its authorization."""
    calls: int = 0
    no_trusted_answer: int = 0

    async def call(self, function: str, body: Mapping[str, Any], **headers: str) -> SendOutcome:
        """One call of a function."""
        sent = {
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        content = json.dumps(body).encode()
        if function == "cancel":
            self.acts.cancels_asked.add(id_in(body))
        async with self.slots, self.time.at_work():
            self.calls += 1
            try:
                status, _, text = await post(self.workers, BY_NAME[function].path, content, sent)
            except NoReply:
                self.no_trusted_answer += 1
                return SendOutcome()
        answer = json.loads(text) if text else {}
        result = answer.get("result", {})
        heard = SendOutcome(status, result.get("resultStatus", ""), result.get("resultCode", ""), answer)
        identity = id_in(body)
        if identity and heard.settled:
            final = str(answer.get("paymentStatus") or answer.get("refundStatus") or "")
            named = ("paymentAmount", "refundAmount", "declarationAmount")
            asked = next((str(body[name]["value"]) for name in named if name in body), "")
            told = Told(function, identity, status, heard.status, heard.code, final, asked)
            self.told.append(self._for_whom(told, body) if function == "pay" else told)
        return heard

    def _for_whom(self, told: Told, body: Mapping[str, Any]) -> Told:
        merchant = {**body["order"].get("merchant", {}), "merchantAccountId": body.get("merchantAccountId")}
        customer = self.customers.get(body["paymentMethod"]["paymentMethodId"], "")
        return replace(told, merchant=merchant_of(merchant), customer=customer)

    async def insist(
        self,
        function: str,
        body: Mapping[str, Any],
        chance: random.Random,
        *,
        patience: int,
        pause: float = 8,
        about: str = "",
    ) -> SendOutcome:
        """Call, and repeat the same request until S or F, at most *patience* times; *about* is an id for what has none."""
        named = {ABOUT: about} if about else {}
        heard = await self.call(function, body, **named)
        for _ in range(patience):
            if heard.settled:
                break
            await self.time.wait(chance.uniform(0.2, pause))
            heard = await self.call(function, body, **named)
        return heard

    async def phone(self, authentication_request_id: str) -> str:
        """The password that the customer has received for that id; "" if there is none."""
        messages = json.loads(await get(self.alipay, "/_sandbox/otps"))
        received = {one["authenticationRequestId"]: one["otp"] for one in messages}
        return str(received.get(authentication_request_id, ""))

    async def agree(self, page: str, account: str) -> str:
        """The customer agrees on the wallet's page; the code that the redirect brings."""
        parts = urlsplit(page)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        path = f"{parts.path}?{parts.query}"
        async with self.time.at_work():
            _, headers, _ = await post(self.alipay, path, f"decision=agree&account={account}".encode(), form)
        return parse_qs(urlsplit(headers.get("location", "")).query).get("authCode", [""])[0]
