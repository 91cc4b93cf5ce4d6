"""Workers: processes that run the real handlers, one invocation at a time, like the execution environments of Lambda.

`python -m tests.chaos.worker` reads its Plan (JSON, one line) from standard input, loads all handlers, forks the workers, prints
one line, and forks a new one for each that dies. It ends, with all workers, when its standard input ends. An invocation that
outlives the time-out of its function is ended by a signal, as Lambda would end it.
"""

import http.server
import json
import os
import select
import signal
import socket
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

import autodebit.entrypoints.merchant_requests
import autodebit.entrypoints.notifications
import autodebit.entrypoints.schedules
from alipay_signing import LocalSigner, Verifier, load_private_key, load_public_key
from autodebit.config import Keys, Settings
from autodebit.domain.polling_plan import Plan as Backoff
from autodebit.gateway.client import HttpAlipayClient
from autodebit.repository import Repository
from autodebit.repository.table import Item, plain
from autodebit.runtime import Runtime
from tests.chaos.board import BUSY, IDLE, Board, SharedClock
from tests.chaos.functions import BY_PATH, FUNCTIONS, SPI, Function, Invocation, event_of, handler_of
from tests.chaos.kept import lacking
from tests.chaos.kms import LocalKms
from tests.chaos.notes import NOT_KEPT, NotedAlipay, Notes
from tests.chaos.ports import TAKEN, OneLook, Step, Watched, WatchedAlipay, id_in
from tests.chaos.trouble import SeededTrouble

KILL_AT, SECONDS, ABOUT = "Chaos-Kill-At", "Chaos-Seconds", "Chaos-About"
HALF, CANCEL_OPEN_AFTER = "Chaos-Half", "Chaos-Cancel-Open-After"
"""Headers: the boundary at which the worker is to die; how many (virtual) seconds the invocation has; an id that a caller chose
for what it names by a code or a handle; the half of all items that a poller sees to; after how many seconds it cancels a payment
that is still open (the deployment's parameter CancelOpenAfterSeconds).
"""
_CALM = ("pay", "refund")
"""Functions whose invocations for an id of another system suffer nothing: an answer that says so, and is lost, cannot be told
from a lost answer of our own.
"""
_LOOK_EVERY = 0.02
_KINDS = {
    "notify_payment": "notifyPayment",
    "notify_refund": "notifyRefund",
    "notify_authorization": "notifyAuthorization",
    "notify_registration_status": "notifyRegistrationStatus",
    "notify_dispute": "notifyDispute",
}
_STORE = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 1})


@dataclass(frozen=True)
class Plan:
    """What a worker is made with."""

    board: str
    notes: str
    log: str
    workers: int
    seed: int
    intensity: float
    speed: float
    patience: int
    """Real milliseconds that an answer of Alipay is waited for."""
    gateway_url: str
    client_id: str
    private_key: str = field(repr=False)
    alipay_public_key: str
    dynamodb: str
    table: str
    kms_key: str = field(repr=False)
    refresh_before: int
    """Milliseconds before its end at which a token is renewed."""
    notify: Mapping[str, str] = field(default_factory=dict)
    """The notification URLs, by the names that Settings has for them."""


class Worker:
    """One process: its clients, its clock, its trouble."""

    def __init__(self, plan: Plan, slot: int, keys: Keys) -> None:
        self.board, self.slot, self._plan = Board(Path(plan.board)), slot, plan
        self.trouble = SeededTrouble(self.board, slot, plan.seed, plan.intensity)
        dynamodb = boto3.client(
            "dynamodb",
            endpoint_url=plan.dynamodb,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=_STORE,
        )
        self._dynamodb, self._notes, self._function = dynamodb, Notes(Path(plan.notes)), ""
        clock = SharedClock(self.board, slot)
        settings = Settings(
            client_id=plan.client_id,
            gateway_url=plan.gateway_url,
            table=plan.table,
            token_key="chaos",
            keys_secret="unused",
            plan=Backoff(refresh_before=plan.refresh_before),
            **plan.notify,  # type: ignore[arg-type]  # names of texts
        )
        gateway = HttpAlipayClient(
            url=plan.gateway_url,
            path=settings.gateway_path,
            client_id=plan.client_id,
            signer=keys.signer,
            verifier=keys.verifier,
            clock=clock,
        )
        self._look = OneLook(dynamodb)
        self._runtime = Runtime(
            settings=settings,
            keys=keys,
            repository=Repository(
                Watched(self._look, "store", self.trouble),  # type: ignore[arg-type]
                Watched(LocalKms(plan.kms_key), "kms", self.trouble),  # type: ignore[arg-type]
                table=plan.table,
                token_key=settings.token_key,
                plan=settings.plan,
            ),
            alipay=NotedAlipay(
                WatchedAlipay(gateway, self.trouble, hurry=plan.speed, patience=plan.patience),
                self._notes,
                clock.now,
                lambda: self._function,
            ),
            clock=clock,
            deadline=0,
        )

    def install(self) -> None:
        """Put this worker's runtime behind the seam of the edge."""
        entrypoints: tuple[Any, ...] = (
            autodebit.entrypoints.merchant_requests,
            autodebit.entrypoints.notifications,
            autodebit.entrypoints.schedules,
        )
        for entrypoint in entrypoints:
            entrypoint.runtime = lambda: self._runtime

    def invoke(self, function: Function, headers: Mapping[str, str], body: str) -> dict[str, Any] | None:
        """What the handler returns."""
        seconds = float(headers.get(SECONDS, function.seconds))
        clock = self._runtime.clock
        self.board.count(self.slot, "invocations")
        self.board.mark(self.slot, BUSY)
        asked = json.loads(body or "{}")
        about = headers.get(ABOUT) or id_in(asked)
        self._function = function.name
        calm = function.name in _CALM and TAKEN in about
        self.trouble.begin(int(headers[KILL_AT]) if KILL_AT in headers else None, about, calm=calm)
        self._look.half = int(headers[HALF]) if HALF in headers else None
        patience = round(float(headers.get(CANCEL_OPEN_AFTER, 0)) * 1000)
        if patience != self._runtime.settings.cancel_open_after:
            settings = replace(self._runtime.settings, cancel_open_after=patience)
            self._runtime = replace(self._runtime, settings=settings)
        signal.setitimer(signal.ITIMER_REAL, function.seconds / self._plan.speed)
        context = Invocation(function.name, clock, clock.now() + round(seconds * 1000))
        returned: dict[str, Any] | None = handler_of(function.name)(event_of(function, headers, body), context)
        if function.entrypoint == SPI and returned and returned["statusCode"] == http.HTTPStatus.OK:
            self._look_after(asked, _KINDS[function.name])
        self.trouble.around(Step("reply", function.name, about), lambda: None)
        signal.setitimer(signal.ITIMER_REAL, 0)
        return returned

    def _look_after(self, notification: Mapping[str, Any], kind: str) -> None:
        """Before an acknowledgement leaves: note it if the table lacks what it acknowledges, whatever comes later."""
        if name := lacking(kind, notification, self._read, self._anomalous):
            self._notes.add(NOT_KEPT, notification=kind, about=name)

    def _read(self, partition: str, sort: str) -> Item | None:
        key = {"pk": {"S": partition}, "sk": {"S": sort}}
        found = self._dynamodb.get_item(TableName=self._plan.table, Key=key, ConsistentRead=True)
        return plain(found["Item"]) if "Item" in found else None

    def _anomalous(self, partition: str) -> bool:
        found = self._dynamodb.query(
            TableName=self._plan.table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :anomaly)",
            ExpressionAttributeValues={":pk": {"S": partition}, ":anomaly": {"S": "anomaly#"}},
            ConsistentRead=True,
        )
        return bool(found["Items"])

    def idle(self) -> None:
        self.board.mark(self.slot, IDLE)


class _Connection(http.server.BaseHTTPRequestHandler):
    """One request, one invocation."""

    worker: Worker

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        function = BY_PATH.get(self.path)
        if function is None:
            self.send_error(404)
            return
        returned = self.worker.invoke(function, dict(self.headers.items()), body) or {"statusCode": 204, "body": ""}
        content = str(returned["body"]).encode()
        self.send_response(returned["statusCode"])
        for name, value in returned.get("headers", {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the library's name
        pass


def serve(listener: socket.socket, worker: Worker) -> None:
    """Take one connection after the other, until the parent is gone."""
    parent = os.getppid()
    listener.settimeout(1)
    connected = type("Connected", (_Connection,), {"worker": worker})
    while os.getppid() == parent:
        try:
            connection, address = listener.accept()
        except TimeoutError:
            continue
        connection.settimeout(10)
        try:
            connected(connection, address, None)
        except OSError:
            pass  # the caller is gone
        finally:
            connection.close()
            worker.idle()


def main() -> None:
    """Fork the workers, and again whenever one dies."""
    plan = Plan(**json.loads(sys.stdin.readline()))
    keys = Keys(
        LocalSigner(load_private_key(plan.private_key)), Verifier({"1": load_public_key(plan.alipay_public_key)})
    )
    for function in FUNCTIONS:
        handler_of(function.name)
    boto3.client("dynamodb", region_name="us-east-1")  # the service's description is parsed once, before the forks
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    living = {_fork(plan, slot, keys, listener): slot for slot in range(plan.workers)}
    ends: Counter[str] = Counter()
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    while not select.select([sys.stdin], [], [], _LOOK_EVERY)[0]:
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            ends[_end(status)] += 1
            slot = living.pop(pid)
            living[_fork(plan, slot, keys, listener)] = slot
    for pid in living:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    print(json.dumps(ends), flush=True)


def _end(status: int) -> str:
    if not os.WIFSIGNALED(status):
        return "ended by itself"
    return {signal.SIGKILL: "killed", signal.SIGALRM: "timed out"}.get(signal.Signals(os.WTERMSIG(status)), "signalled")


def _fork(plan: Plan, slot: int, keys: Keys, listener: socket.socket) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        with Path(plan.log).open("ab") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        worker = Worker(plan, slot, keys)
        worker.idle()
        worker.install()
        serve(listener, worker)
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
