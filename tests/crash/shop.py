"""A merchant whose processes can be killed at any boundary: a real engine, the real simulator over HTTP, and a stopped clock.

A killed process does nothing any more: whatever it tries at a port raises again. The next invocation is a new process.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from autodebit.gateway.client import HttpAlipayClient, Operation
from autodebit.repository import Repository
from autodebit.repository.table import Item, plain
from autodebit.runtime import Runtime
from sandbox.alipay import Simulator
from tests.chaos.books import Books, Told, Verdict, books_of
from tests.chaos.functions import BY_NAME, BY_PATH, ENTRYPOINTS, Invocation, event_of, handler_of
from tests.chaos.judge import judge
from tests.chaos.kept import lacking
from tests.chaos.kms import LocalKms
from tests.chaos.ports import OneLook, Watched, WatchedAlipay, id_in
from tests.crash.arrivals import Arrival, arrivals
from tests.crash.killer import Killer
from tests.support.engines import Engine
from tests.support.simulated import Killed, SimulatedClock, gateway_to
from tests.support.world import World, settings

HOST = "https://merchant.example.com"
TOKEN_SECONDS = 20 * 86_400
"""Long enough for every case, and a renewal is due ten days before."""
_POLL_SECONDS = 16
_DAY_OF_RESENDS = 90_000
_KINDS = ("payment", "refund", "authorization", "code", "grant", "declaration")
POLLERS = {
    **dict.fromkeys(_KINDS, "poll_payments"),
    "registration": "poll_registrations",
    "token-life": "refresh_tokens",
    "dispute": "poll_payments",
}
"""Which schedule sees to what kind of due work."""
_SOME_DAY = ("token-life", "dispute")
"""The end of a token, and the last days of a defence: nothing has to be settled before."""


@dataclass
class Place:
    """One deployment: a table of its own, for all ids that begin with its *tag*."""

    tag: str
    world: World
    told: list[Told] = field(default_factory=list)
    handle: str = ""
    """What payments are made with, once a customer has authorised us."""
    codes: dict[str, str] = field(default_factory=dict)
    """The codes that redirects brought."""
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The answers that brought tokens (their handles), by whom they belong to."""
    payment_ids: dict[str, str] = field(default_factory=dict)
    """What Alipay calls a payment, by our id."""
    raw_tokens: dict[str, str] = field(default_factory=dict)
    """Tokens that were made elsewhere, by whom they belong to."""
    notifications: dict[str, int] = field(default_factory=dict)
    """The number in Alipay's outbox of what was told last, by whom it is about."""
    unheard: dict[int, int] = field(default_factory=dict)
    """How often Alipay had sent a notification when its listener was killed, by its number."""


class Shop:
    """The merchant."""

    def __init__(self, engine: Engine, simulator: Simulator, patch: pytest.MonkeyPatch) -> None:
        self._engine, self.simulator = engine, simulator
        self._kms = LocalKms(LocalKms.new_key())
        self.clock = SimulatedClock(simulator)
        self.places: dict[str, Place] = {}
        self._current = threading.local()
        self.closed = False
        """While the shop is closed, notifications are not taken: Alipay has to send them again."""
        self._killers: dict[str, Killer] = {}
        self.killed: set[str] = set()
        """The functions of which a process was killed."""
        self._heard: dict[str, dict[str, Any]] = {}
        """The last notification of each function, as it came."""
        for entrypoint in ENTRYPOINTS:
            patch.setattr(f"autodebit.entrypoints.{entrypoint}.runtime", lambda: self._current.runtime)

    def place(self, tag: str, **changed: Any) -> Place:
        """A new deployment, with *changed* settings."""
        # Alipay is to take the addresses of its dashboard: they lead to our door.
        ours = settings(payment_notify_url="", auth_notify_url="", registration_notify_url="", **changed)
        world = World(self._engine, self._kms, "tokens", settings=ours)
        world.clock = self.clock
        self.places[tag] = Place(tag, world)
        return self.places[tag]

    # --- invocations

    def call(
        self, place: Place, function: str, body: Mapping[str, Any], killer: Killer | None = None
    ) -> dict[str, Any]:
        """What a function answers; an empty answer if its process was killed."""
        try:
            answer = self._invoke(place, function, {"Content-Type": "application/json"}, json.dumps(body), killer)
        except Killed:
            return {}
        told: dict[str, Any] = json.loads(answer["body"])
        result = told["result"]
        if result["resultStatus"] in ("S", "F"):
            word = Told(function, id_in(body), answer["statusCode"], result["resultStatus"], result["resultCode"])
            place.told.append(word)
        return told

    def poll(self, place: Place, killer: Killer | None = None, function: str = "poll_payments") -> None:
        """A poller, for a few seconds."""
        try:
            self._invoke(place, function, {}, "", killer, _POLL_SECONDS)
        except Killed:
            return

    def attack_notifications(self, function: str, killer: Killer) -> None:
        """Whatever Alipay tells *function* next is handled by a process that *killer* attends to."""
        self._killers[function] = killer

    def receive(self, path: str, headers: Mapping[str, str], body: str) -> dict[str, Any] | None:
        """What we answer to Alipay; None if nobody answers."""
        function = BY_PATH[path].name
        place = self._place_of(body)
        self._heard[function] = json.loads(body)
        killer = self._killers.pop(function, None)
        if place is None or (self.closed and killer is None):
            return None
        try:
            return self._invoke(place, function, headers, body, killer)
        except Killed:
            return None

    def _place_of(self, body: str) -> Place | None:
        told = json.loads(body)
        if token := told.get("accessToken"):
            # A cancellation names nothing but the token. One that nobody has yet may be on its way to the newest place.
            places = list(self.places.values())
            having = (place for place in places if place.world.repository.grants.find_by_secret(token))
            return next(having, places[-1])
        return self.places.get(id_in(told).split("-")[0])

    def _invoke(
        self,
        place: Place,
        function: str,
        headers: Mapping[str, str],
        body: str,
        killer: Killer | None,
        seconds: float | None = None,
    ) -> Any:
        """One invocation by a process of its own."""
        attended, world = killer or Killer(), place.world
        repository = Repository(
            Watched(OneLook(world.dynamodb), "store", attended),
            Watched(self._kms, "kms", attended),  # type: ignore[arg-type]
            table=world.table,
            token_key="tokens",
            plan=world.settings.plan,
        )
        alipay = WatchedAlipay(self._gateway(place), attended)
        runtime = Runtime(world.settings, world.keys, repository, alipay, self.clock, 0)
        self._current.runtime = runtime
        row = BY_NAME[function]
        deadline = self.clock.now() + round((seconds or row.seconds) * 1000)
        try:
            return handler_of(function)(event_of(row, headers, body), Invocation(function, self.clock, deadline))
        except Killed:
            self.killed.add(function)
            raise

    def _gateway(self, place: Place) -> HttpAlipayClient:
        return gateway_to(self.simulator, place.world, self.clock)

    # --- Alipay and its customers

    def elsewhere(self, place: Place, operation: Operation, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """What Alipay answers to the same merchant's other software, of which our store hears nothing."""
        return self._gateway(place).call(operation, body, 12_000).data

    def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The admin interface of the simulator."""
        url = f"{self.simulator.url}/_sandbox/{path}"
        answer = requests.get(url, timeout=60) if body is None else requests.post(url, json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def agree(self, page: str) -> str:
        """The customer agrees; the code that the redirect brings."""
        back = requests.post(page, data={"decision": "agree"}, allow_redirects=False, timeout=10)
        return parse_qs(urlsplit(back.headers["Location"]).query)["authCode"][0]

    def tell_again(self, identity: str) -> int:
        """Alipay sends its last notification about *identity* now; its number in the outbox."""
        found = [one["number"] for one in self.ask("outbox") if identity in (_ids(one["body"]))]
        self.send_again(found[-1])
        return int(found[-1])

    def send_again(self, number: int) -> None:
        """Alipay sends that notification now."""
        self.ask(f"outbox/{number}/send", {})

    def require_kept(self, place: Place, function: str, number: int, killer: Killer) -> None:
        """Alipay must not believe that its last notification was taken, unless the store shows it at this very moment."""
        told = self.ask("outbox")[number - 1]
        if told["state"] == "acknowledged":
            self.require_stored(place, told["kind"], self._heard[function], killer)
        else:
            place.unheard[number] = len(told["attempts"])

    def require_stored(self, place: Place, kind: str, body: Mapping[str, Any], killer: Killer) -> None:
        """The store shows what Alipay tells by *body*."""
        items = {(item["pk"], item["sk"]): item for item in self.items(place)}
        anomalous = {partition for partition, sort in items if sort.startswith("anomaly#")}
        name = lacking(kind, body, lambda partition, sort: items.get((partition, sort)), anomalous.__contains__)
        assert not name, f"acknowledged, and not in the store ({killer.place}): {name}"

    def unheard(self, place: Place) -> list[str]:
        """Notifications that Alipay has given up, or has not sent again after their listener was killed."""
        outbox = self.ask("outbox")
        again = [number for number, sent in place.unheard.items() if len(outbox[number - 1]["attempts"]) <= sent]
        return [
            f"{one['kind']} {one['body']}: {one['state']} after {len(one['attempts'])} attempts"
            for one in outbox
            if one["state"] not in ("acknowledged", "refused") or one["number"] in again
        ]

    def arrivals(self) -> list[Arrival]:
        """The calls that have reached Alipay."""
        return arrivals(self.ask)

    # --- time

    def forward(self, seconds: float) -> None:
        """Let time pass, with all that Alipay does meanwhile."""
        self.simulator.clock.advance(seconds)

    def calm(self) -> None:
        """Wait until every notification that is on its way has arrived."""
        self.simulator.clock.drain()

    def settle(self, place: Place) -> None:
        """Wake the poller of whatever is due, until nothing is."""
        for _ in range(80):
            due = self.due(place)
            if not due:
                return
            self.until_due(due[0][0])
            self.poll(place, function=POLLERS[due[0][1]])
        raise AssertionError(f"{place.tag} does not become quiet")

    def until_due(self, moment: int) -> None:
        """Let time pass until *moment*."""
        self.forward(max(moment - self.clock.now(), 0) / 1000)

    def due(self, place: Place) -> list[tuple[int, str]]:
        """What is due of *place*: when, and the kind of it, soonest first. What comes some day is due when it is."""
        page, now = place.world.dynamodb.scan(TableName=place.world.table, IndexName="due"), self.clock.now()
        rows = [(int(item["due_at"]["N"]), item["due_key"]["S"].split("#")[0]) for item in page["Items"]]
        return sorted((due_at, kind) for due_at, kind in rows if due_at <= now or kind not in _SOME_DAY)

    def end_of_resends(self) -> None:
        """A day and an hour: every notification has been taken, or given up."""
        self.forward(_DAY_OF_RESENDS)

    # --- the verdict

    def books(self) -> Books:
        """The simulator's books."""
        return books_of(self.ask)

    def verdict(self, place: Place, books: Books) -> Verdict:
        """The simulator's books against the table of *place*."""
        typed = self._typed(place)
        verdict = judge(_only(books, f"{place.tag}-"), typed, place.told)
        # The judge knows tokens by their ends, and not every notification of a token tells its end.
        endless = [
            one["handle"] for one in map(plain, typed) if one.get("kind") == "grant" and "access_until" not in one
        ]
        unknown = [f"grant {handle}: its newest token is none of Alipay's" for handle in endless]
        return replace(verdict, mismatches=[line for line in verdict.mismatches if line not in unknown])

    def items(self, place: Place) -> list[Item]:
        """All that *place* has stored."""
        return [plain(item) for item in self._typed(place)]

    def _typed(self, place: Place) -> list[dict[str, Any]]:
        pages = place.world.dynamodb.get_paginator("scan").paginate(TableName=place.world.table)
        return [item for page in pages for item in page["Items"]]


def _ids(body: Mapping[str, Any]) -> list[str]:
    names = ("refundRequestId", "paymentRequestId", "authState", "registrationRequestId")
    return [str(body[name]) for name in names if body.get(name)]


def _only(books: Books, prefix: str) -> Books:
    def ours(found: Mapping[str, Any]) -> dict[str, Any]:
        return {identity: told for identity, told in found.items() if identity.startswith(prefix)}

    outbox = [one for one in books.outbox if any(name.startswith(prefix) for name in _ids(one["body"]))]
    return replace(
        books,
        ledger=ours(books.ledger),
        payments=ours(books.payments),
        refunds=ours(books.refunds),
        outbox=outbox,
        declarations=ours(books.declarations),
        registrations=ours(books.registrations),
        authentications=ours(books.authentications),
    )
