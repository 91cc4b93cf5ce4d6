"""The local stack: simulator, emulator and the deployed template, started together and stopped together."""

import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.stack.deployment import ROOT, build, deploy
from sandbox.stack.emulator import Emulator, start_emulator
from sandbox.stack.merchant import Merchant
from sandbox.stack.processes import Children, await_url, free_port

CLIENT_ID = "SANDBOX_5Y0000000000000001"
TOOLS = ROOT / ".tools"
_LISTENER = "demo-listener"


@dataclass(frozen=True)
class LocalStack:
    """Addresses and handles of a running stack."""

    home: Path
    emulator: Emulator
    simulator: str
    outputs: Mapping[str, str]
    merchant: Merchant
    listener: str
    private_keys: tuple[str, ...] = field(default=(), repr=False)

    @staticmethod
    @contextlib.contextmanager
    def start(
        *, parameters: Mapping[str, str] | None = None, progress: Callable[[str], None] = print
    ) -> Iterator["LocalStack"]:
        """A stack of its own, in a temporary folder; nothing is left of it afterwards, also after Ctrl-C or SIGTERM."""
        home, children = Path(tempfile.mkdtemp(prefix="auto-debit-")), Children()
        with _terminating_like_interrupt():
            try:
                yield _started(home, children, parameters or {}, progress)
            finally:
                children.stop()
                shutil.rmtree(home, ignore_errors=True)

    @property
    def alipay_api_host(self) -> str:
        """The host name of AlipayApi; the emulator serves it at its own address."""
        return self.outputs["PaymentNotifyUrl"].split("/")[2]

    def ledger(self) -> dict[str, dict[str, Any]]:
        """What the simulator has booked, by paymentRequestId."""
        booked: dict[str, dict[str, Any]] = requests.get(f"{self.simulator}/_sandbox/ledger", timeout=10).json()
        return booked

    def state_of(self, kind: str, identity: str) -> str | None:
        """The state that our store has of an item."""
        item = self._item(kind, identity)
        return item["state"]["S"] if item else None

    def amount_of(self, payment_request_id: str) -> tuple[str, str] | None:
        """Value and currency that our store has of a payment."""
        item = self._item("payment", payment_request_id)
        return (item["amount"]["M"]["value"]["S"], item["amount"]["M"]["currency"]["S"]) if item else None

    def heard(self) -> list[dict[str, Any]]:
        """The events that came over the bus since the last call."""
        queue, events = self.emulator.client("sqs"), []
        while messages := queue.receive_message(QueueUrl=self.listener, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                events.append(json.loads(message["Body"]))
                queue.delete_message(QueueUrl=self.listener, ReceiptHandle=message["ReceiptHandle"])
        return events

    def function_processes(self) -> list[int]:
        """The processes that run functions' code right now."""
        return self.emulator.function_processes()

    def kill_functions(self) -> int:
        """`kill -9` of every process that runs a function's code; how many there were."""
        pids = self.function_processes()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(pids)

    def function_logs(self) -> list[str]:
        """Everything that functions have logged."""
        logs, prefix = self.emulator.client("logs"), "/aws/lambda/"
        groups = [group["logGroupName"] for group in logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]]
        pages = logs.get_paginator("filter_log_events")
        return [
            event["message"]
            for name in groups
            for page in pages.paginate(logGroupName=name)
            for event in page["events"]
        ]

    def notify(self, kind: str, body: Mapping[str, Any]) -> None:
        """Let the simulator sign and send a notification with any *body*."""
        requests.post(
            f"{self.simulator}/_sandbox/notify", json={"kind": kind, "body": body}, timeout=30
        ).raise_for_status()

    def secrets(self) -> list[tuple[str, str]]:
        """What must not be in any log: the private keys of this run, and the tokens in our store, in clear, by kind."""
        found = [("private key", line) for key in self.private_keys for line in key.splitlines()[1:-2]]
        pages = self.emulator.client("dynamodb").get_paginator("scan").paginate(TableName=self.outputs["TableName"])
        for item in (item for page in pages for item in page["Items"]):
            pk, sk = item["pk"]["S"], item["sk"]["S"]
            sealed = {name: f"{pk}/{sk}/{name}" for name in ("access", "refresh") if name in item}
            sealed |= {"code": pk} if "code" in item and sk == "item" else {}
            for name, context in sealed.items():
                blob = item[name]["B"]
                opened = self.emulator.client("kms").decrypt(CiphertextBlob=blob, EncryptionContext={"item": context})
                found.append((f"{name} token" if name != "code" else "code", opened["Plaintext"].decode()))
        return found

    def _item(self, kind: str, identity: str) -> dict[str, Any] | None:
        key = {"pk": {"S": f"{kind}#{identity}"}, "sk": {"S": "item"}}
        table = self.outputs["TableName"]
        found: dict[str, Any] = self.emulator.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)
        return found.get("Item")


def _started(
    home: Path, children: Children, parameters: Mapping[str, str], progress: Callable[[str], None]
) -> LocalStack:
    began = time.monotonic()

    def tell(text: str) -> None:
        progress(f"{time.monotonic() - began:6.1f} s  {text}")

    ours, alipays = _key(), _key()
    tell("starting the AWS emulator")
    emulator = start_emulator(TOOLS, home, children)
    tell("building the template (a first build fetches the layers' packages: up to a minute)")
    template = build(TOOLS, home / "build")
    simulator_port = free_port()
    tell("deploying it with SAM")
    given = {"AlipayClientId": CLIENT_ID, "AlipayGatewayUrl": f"http://127.0.0.1:{simulator_port}", **parameters}
    outputs = deploy(TOOLS, template, emulator, given)
    secret = {"privateKey": _private(ours), "keyVersion": "1", "alipayPublicKeys": {"1": _public(alipays)}}
    emulator.client("secretsmanager").put_secret_value(
        SecretId=outputs["KeysSecretId"], SecretString=json.dumps(secret)
    )
    tell("starting the simulator of Alipay")
    simulator = _start_simulator(home, children, simulator_port, emulator, outputs, _private(alipays), _public(ours))
    listener = _listen(emulator, outputs["EventBusName"])
    tell("the stack is up")
    return LocalStack(
        home=home,
        emulator=emulator,
        simulator=simulator,
        outputs=outputs,
        merchant=Merchant(emulator.url, outputs["MerchantApiUrl"]),
        listener=listener,
        private_keys=(_private(ours), _private(alipays)),
    )


def _start_simulator(
    home: Path,
    children: Children,
    port: int,
    emulator: Emulator,
    outputs: Mapping[str, str],
    private_key: str,
    public_key: str,
) -> str:
    keys = home / "keys"
    keys.mkdir(mode=0o700)
    (keys / "alipay.pem").write_text(private_key)
    (keys / "merchant.pem").write_text(public_key)
    log, url = home / "simulator.log", f"http://127.0.0.1:{port}"
    host = outputs["PaymentNotifyUrl"].split("/")[2]
    command = [
        *(sys.executable, "-m", "sandbox.alipay", "--port", str(port), "--client-id", CLIENT_ID),
        *("--private-key", str(keys / "alipay.pem"), "--merchant-public-key", str(keys / "merchant.pem")),
        *("--auth-notify-url", outputs["AuthNotifyUrl"], "--payment-notify-url", outputs["PaymentNotifyUrl"]),
        *("--refund-notify-url", outputs["RefundNotifyUrl"]),
        *("--registration-notify-url", outputs["RegistrationNotifyUrl"]),
        *("--dispute-notify-url", outputs["DisputeNotifyUrl"]),
        *("--connect", f"{host}={emulator.address}", "--log", str(home / "simulator-journal.log")),
    ]
    path = os.pathsep.join(str(ROOT / part) for part in (".", "layers/signing", "layers/autodebit"))
    process = children.start(command, {**os.environ, "PYTHONPATH": path}, log)
    await_url(f"{url}/_sandbox/health", process, log)
    return url


def _listen(emulator: Emulator, bus: str) -> str:
    """A queue that hears every event of *bus*, as another service of the merchant would have it."""
    queue = emulator.client("sqs").create_queue(QueueName=_LISTENER)["QueueUrl"]
    described = emulator.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    events, pattern = emulator.client("events"), json.dumps({"source": ["alipay.autodebit"]})
    events.put_rule(Name=_LISTENER, EventBusName=bus, EventPattern=pattern)
    events.put_targets(
        Rule=_LISTENER, EventBusName=bus, Targets=[{"Id": "q", "Arn": described["Attributes"]["QueueArn"]}]
    )
    return str(queue)


@contextlib.contextmanager
def _terminating_like_interrupt() -> Iterator[None]:
    """SIGTERM ends us the way Ctrl-C does: through the clean-up."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not the main thread: whoever is, sees to signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _private(key: rsa.RSAPrivateKey) -> str:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form).decode()


def _public(key: rsa.RSAPrivateKey) -> str:
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key.public_key().public_bytes(*form).decode()
