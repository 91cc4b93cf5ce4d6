"""Start a simulator of Alipay from the command line; without options it makes its keys and takes a free port.

Its first line is JSON: url, clientId and, where they are used, the folders of keys and certificates.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.alipay.clock import ZONES
from sandbox.alipay.config import RESEND_SCHEDULES, Config
from sandbox.alipay.keyfolder import CLIENT_ID, KeyFolder
from sandbox.alipay.server import Simulator

DEFAULT_KEYS = Path(".local/sandbox")


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not (separator and name and value):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _key_file(text: str) -> tuple[str, Path]:
    version, separator, path = text.rpartition("=")
    return (version if separator else "1"), Path(path)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.alipay", description=__doc__)
    add = parser.add_argument
    add(
        "--client-id",
        default=CLIENT_ID,
        help="the merchant's client id; SANDBOX_... uses the sandbox paths (%(default)s)",
    )
    add(
        "--keys", type=Path, default=DEFAULT_KEYS, metavar="DIR",
        help="folder with the keys of Alipay and of the merchant, made when they are missing (%(default)s)",
    )  # fmt: skip
    add("--private-key", type=Path, metavar="FILE", help="in place of --keys: the key that the simulator signs with")
    add("--key-version", default="1", help="version that the simulator announces for it")
    add(
        "--merchant-public-key", action="append", default=[], type=_key_file, metavar="[VERSION=]FILE",
        help="a public key of the merchant; may be repeated, or uploaded later (/_sandbox/settings)",
    )  # fmt: skip
    add("--port", type=int, default=0, help="0 takes a free one")
    add(
        "--tls", type=Path, metavar="DIR",
        help="speak TLS; certificate and local authority (DIR/ca.pem, for clients to trust) are made there",
    )  # fmt: skip
    add("--public-url", help="address for browsers, if it is not the simulator's own")
    add("--auth-notify-url", help="dashboard URL for notifyAuthorization")
    add("--payment-notify-url", help="dashboard URL for notifyPayment")
    add("--refund-notify-url", help="dashboard URL for notifyRefund")
    add("--registration-notify-url", help="dashboard URL for notifyRegistrationStatus")
    add("--dispute-notify-url", help="dashboard URL for notifyDispute")
    add("--require-registration", action="store_true", help="pay refuses secondary merchants that are not registered")
    add("--token-seconds", type=float, help="life of refreshable wallets' tokens, in place of the wallets' own")
    add(
        "--connect", action="append", default=[], type=_pair, metavar="HOST=ADDRESS:PORT",
        help="deliver notifications for HOST to this loopback address, in plain HTTP; may be repeated",
    )  # fmt: skip
    add("--resend", choices=tuple(RESEND_SCHEDULES), default="production")
    add("--speed", type=float, default=1.0, help="simulated seconds per real second")
    add(
        "--header-time",
        choices=("real", "simulated"),
        default="real",
        help="clock of Request-Time and Response-Time",
    )
    add("--time-zone", choices=tuple(ZONES), default="+08:00", help="how times in messages are written (%(default)s)")
    add("--merchant-name", default="", help="the name that the wallet's page shows to customers")
    add(
        "--repeat-auth-code",
        choices=("invalid", "same"),
        default="invalid",
        help="answer to the second use of a code",
    )
    add("--log", type=Path, metavar="FILE", help="append the journal there, as JSON lines")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        folder = None if given.private_key else KeyFolder(given.keys.resolve()).fill()
        simulator = Simulator(_config(given, folder)).start()
    except (OSError, ValueError) as error:
        parser.error(str(error))
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    _say(simulator, folder)
    ended.wait()
    simulator.stop()
    return 0


def _config(given: argparse.Namespace, folder: KeyFolder | None) -> Config:
    keys = {version: path.read_text() for version, path in given.merchant_public_key}
    if folder is not None and not keys:
        keys = {"1": folder.merchant_public.read_text()}
    return Config(
        client_id=given.client_id,
        private_key=(given.private_key or KeyFolder(given.keys).alipay_private).read_text(),
        key_version=given.key_version,
        merchant_public_keys=keys,
        port=given.port,
        tls=given.tls,
        public_url=given.public_url,
        auth_notify_url=given.auth_notify_url,
        payment_notify_url=given.payment_notify_url,
        refund_notify_url=given.refund_notify_url,
        registration_notify_url=given.registration_notify_url,
        dispute_notify_url=given.dispute_notify_url,
        require_registration=given.require_registration,
        token_seconds=given.token_seconds,
        connect=dict(given.connect),
        resend=given.resend,
        speed=given.speed,
        header_time=given.header_time,
        time_zone=given.time_zone,
        merchant_name=given.merchant_name,
        repeat_auth_code=given.repeat_auth_code,
        log=given.log,
    )


def _say(simulator: Simulator, folder: KeyFolder | None) -> None:
    """The line for programs and, when the keys are ours, a few for people."""
    config = simulator.config
    line: dict[str, Any] = {"url": simulator.url, "clientId": config.client_id}
    if folder is not None:
        line["keys"] = str(folder.folder)
    if config.tls is not None:
        line["ca"] = str((config.tls / "ca.pem").resolve())
    print(json.dumps(line), flush=True)
    if folder is None:
        return
    print(f"  console              {simulator.url}/console", flush=True)
    prefix = "/ams/sandbox/api" if config.client_id.startswith("SANDBOX_") else "/ams/api"
    print(f"  calls go to          {simulator.url}{prefix}/v1/...", flush=True)
    print(f"  sign them with       {folder.merchant_private}", flush=True)
    print(f"  verify answers with  {folder.alipay_public}", flush=True)
    if config.tls is not None:
        print(f"  trust                {line['ca']}", flush=True)
    print(f"  for programs         {simulator.url}/_sandbox/... (sandbox/README.md)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
