"""Everything that a run needs, started and stopped together: engine, the simulator, the workers, and the board between them."""

import base64
import contextlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.stack.processes import Children, tail
from tests.chaos import ROOT
from tests.chaos.board import Board
from tests.chaos.consumers import Stream
from tests.chaos.engine import client_of, make_table, start_engine
from tests.chaos.functions import FUNCTIONS, SPI
from tests.chaos.kms import LocalKms
from tests.chaos.notes import Notes
from tests.chaos.worker import Plan

CLIENT_ID = "SANDBOX_5Y0000000000000001"
TABLE = "chaos"
START = 1_800_000_000.0
"""2027-01-15 16:00 in UTC+8: the period in which payments may be cancelled ends eight hours later."""
TOKEN_SECONDS, REFRESH_BEFORE_SECONDS = 40 * 3600, 30 * 3600
"""How long the tokens of most wallets live, and how long before their end they are renewed: several times in a run."""
_NOTIFY_HOST = "https://merchant.example.com"
_ANSWER_TIMEOUT_REAL_SECONDS = 20.0


@dataclass(frozen=True)
class Setting:
    """How a stack is made. *intensity* scales what workers suffer (0: nothing); shares are of all calls, or deliveries."""

    seed: int = 1
    workers: int = 10
    speed: float = 5.0
    """Virtual seconds in a real one while something is under way."""
    patience: int = 1_000
    intensity: float = 1.0
    calls: Mapping[str, float] = field(default_factory=dict)
    deliveries: Mapping[str, float] = field(default_factory=dict)
    refused_again: float = 0.0
    by_operation: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """See chaos.alipay.Door."""
    seconds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    late_seconds: float = 120.0
    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """See sandbox.alipay.mixture."""
    engine: str = ""
    """The address of an engine that runs already; "" for one of its own."""


@dataclass
class Stack:
    """A running one."""

    board: Board
    dynamodb: Any
    workers: str
    """host:port of the workers."""
    alipay: str
    """host:port of the simulator."""
    notes: Notes
    stream: Stream | None = None
    """The table's stream."""
    kept: Path | None = None
    """Where what its processes log and note is left to whoever looks for a reason; None: nothing is left."""
    ends: Counter[str] = field(default_factory=Counter)
    """How workers came to their end; known once the stack has stopped."""

    def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The admin interface of the simulator."""
        connection = http.client.HTTPConnection(self.alipay, timeout=120)
        try:
            if body is None:
                connection.request("GET", f"/_sandbox/{path}")
            else:
                connection.request("POST", f"/_sandbox/{path}", json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{path}: HTTP {answer.status} {text[:200]!r}")
            return json.loads(text)
        finally:
            connection.close()

    def items(self, **scan: Any) -> list[dict[str, Any]]:
        """All items of the table, or of an index, in DynamoDB's typed form."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=TABLE, **scan)
        return [item for page in pages for item in page["Items"]]


@contextlib.contextmanager
def running(setting: Setting) -> Iterator[Stack]:
    """A stack of its own; nothing is left of it afterwards, unless it is to be kept."""
    home, children, stack = Path(tempfile.mkdtemp(prefix="chaos-")), Children(), None
    try:
        with contextlib.ExitStack() as processes:
            stack = _started(setting, home, children, processes)
            yield stack
    finally:
        children.stop()
        if stack is not None and stack.kept:
            shutil.rmtree(stack.kept, ignore_errors=True)
            shutil.copytree(home, stack.kept, ignore=shutil.ignore_patterns("board"))
        shutil.rmtree(home, ignore_errors=True)


def _started(setting: Setting, home: Path, children: Children, processes: contextlib.ExitStack) -> Stack:
    board_path, log, notes = home / "board", home / "workers.log", home / "notes"
    board = Board(board_path)
    board.set_clock(START, setting.speed)
    ours, alipays = _key(), _key()
    # All of them take a second or two to start, and do it side by side.
    simulator, workers = (
        _child("tests.chaos.alipay", home / "alipay.log"),
        _child("tests.chaos.worker", home / "zygote.log"),
    )
    processes.callback(_end, simulator)
    stack = Stack(board, None, "", "", Notes(notes))
    processes.callback(lambda: stack.ends.update(_end(workers)))
    engine = setting.engine or start_engine(children, home / "engine.log")
    stack.dynamodb = client_of(engine)
    stack.stream = Stream(engine, make_table(stack.dynamodb, TABLE))
    host = _NOTIFY_HOST.removeprefix("https://")
    spis = {function.name: f"{_NOTIFY_HOST}{function.path}" for function in FUNCTIONS if function.entrypoint == SPI}
    # The merchant's address is known once the workers listen; the simulator is told of it then.
    _tell(
        simulator,
        {
            "board": str(board_path),
            "notes": str(notes),
            "client_id": CLIENT_ID,
            "private_key": _private(alipays),
            "merchant_public_keys": {"1": _public(ours)},
            "auth_notify_url": spis["notify_authorization"],
            "payment_notify_url": spis["notify_payment"],
            "refund_notify_url": spis["notify_refund"],
            "registration_notify_url": spis["notify_registration_status"],
            "token_seconds": TOKEN_SECONDS,
            "start": START,
            "speed": setting.speed,
            "seed": setting.seed,
            "answer_timeout_real_seconds": _ANSWER_TIMEOUT_REAL_SECONDS,
            "late_seconds": setting.late_seconds,
            "hang_real_seconds": setting.patience / 1000 * 1.3,
            "mixture": {
                "seed": setting.seed,
                "calls": dict(setting.calls),
                "deliveries": dict(setting.deliveries),
                "refused_again": setting.refused_again,
                "by_operation": {name: dict(shares) for name, shares in setting.by_operation.items()},
                "seconds": dict(setting.seconds),
                "codes": {name: list(codes) for name, codes in setting.codes.items()},
                "delay_real_seconds": setting.patience / 1000 * 1.3,
            },
        },
    )
    url = str(_told(simulator, home / "alipay.log")["url"])
    plan = Plan(
        board=str(board_path),
        notes=str(notes),
        log=str(log),
        workers=setting.workers,
        seed=setting.seed,
        intensity=setting.intensity,
        speed=setting.speed,
        patience=setting.patience,
        gateway_url=url,
        client_id=CLIENT_ID,
        private_key=_private(ours),
        alipay_public_key=_public(alipays),
        dynamodb=engine,
        table=TABLE,
        kms_key=LocalKms.new_key(),
        refresh_before=REFRESH_BEFORE_SECONDS * 1000,
        notify={
            "payment_notify_url": spis["notify_payment"],
            "refund_notify_url": spis["notify_refund"],
            "auth_notify_url": spis["notify_authorization"],
            "registration_notify_url": spis["notify_registration_status"],
        },
    )
    _tell(workers, asdict(plan))
    stack.alipay = url.removeprefix("http://")
    stack.workers = f"127.0.0.1:{_told(workers, home / 'zygote.log')['port']}"
    stack.ask("settings", {"connect": {host: stack.workers}})
    return stack


def _child(module: str, log: Path) -> subprocess.Popen[str]:
    """A process of ours, which waits to be told what to do, and ends with its standard input."""
    paths = [str(ROOT), str(ROOT / "layers" / "signing"), str(ROOT / "layers" / "autodebit")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "POWERTOOLS_METRICS_NAMESPACE": "Chaos",
        "POWERTOOLS_SERVICE_NAME": "auto-debit",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with log.open("ab") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )


def _tell(process: subprocess.Popen[str], given: Mapping[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{json.dumps(given)}\n")
    process.stdin.flush()


def _told(process: subprocess.Popen[str], log: Path) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"a process of the run did not start:\n{tail(log)}")
    told: dict[str, Any] = json.loads(line)
    return told


def _end(process: subprocess.Popen[str]) -> dict[str, int]:
    """End *process*; what it said last."""
    try:
        said, _ = process.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return {}
    last = said.strip().splitlines()
    return dict(json.loads(last[-1])) if last else {}


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _private(key: rsa.RSAPrivateKey) -> str:
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return base64.b64encode(der).decode()


def _public(key: rsa.RSAPrivateKey) -> str:
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()
