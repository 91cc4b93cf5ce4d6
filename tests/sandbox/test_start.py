"""Started alone: keys that it makes, the command line, TLS, and the fixtures for other projects."""

import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alipay_signing import LocalSigner, Verifier, canonical, load_private_key, load_public_key
from sandbox.alipay import Simulator
from sandbox.alipay.keyfolder import CLIENT_ID, KeyFolder
from sandbox.alipay.tls import server_context
from tests.sandbox.conftest import Start
from tests.sandbox.merchant import SANDBOX, Merchant

ROOT = Path(__file__).parents[2]
# Without PYTHONPATH, as a newcomer has it.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def fits(keys: KeyFolder) -> bool:
    """Whether both pairs are pairs."""
    for private, public in (
        (keys.alipay_private, keys.alipay_public),
        (keys.merchant_private, keys.merchant_public),
    ):
        header = LocalSigner(load_private_key(private.read_text())).sign(b"content")
        Verifier({"1": load_public_key(public.read_text())}).verify(header, b"content")
    return True


def test_keys_are_made_once_and_the_private_ones_are_the_owners(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path / "new" / "keys").fill()
    assert fits(keys)
    texts = {path.name: path.read_text() for path in keys.folder.iterdir()}
    assert set(texts) == {f"{side}-{half}.pem" for side in ("alipay", "merchant") for half in ("private", "public")}
    for private in (keys.alipay_private, keys.merchant_private):
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
    keys.fill()
    assert {path.name: path.read_text() for path in keys.folder.iterdir()} == texts


def test_a_merchants_own_public_key_stays(tmp_path: Path) -> None:
    own = KeyFolder(tmp_path / "own").fill()
    keys = KeyFolder(tmp_path)
    keys.merchant_public.write_bytes(own.merchant_public.read_bytes())
    keys.fill()
    assert keys.merchant_public.read_bytes() == own.merchant_public.read_bytes()
    assert not keys.merchant_private.exists()


def test_processes_that_make_keys_at_once_agree(tmp_path: Path) -> None:
    for number in range(3):
        keys = KeyFolder(tmp_path / str(number))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _, keys=keys: keys.fill(), range(4)))  # type: ignore[misc]
        assert fits(keys)
        assert len(list(keys.folder.iterdir())) == 4


@contextlib.contextmanager
def command(*options: object, cwd: Path = ROOT) -> Iterator[tuple[dict[str, str], "subprocess.Popen[str]"]]:
    """The command line and its first line."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "sandbox.alipay", *map(str, options)],
        cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            first = process.stdout.readline()
            assert first, process.stderr.read()
            yield json.loads(first), process
        finally:
            process.send_signal(signal.SIGTERM)


def test_one_command_makes_keys_and_says_where_they_are(tmp_path: Path) -> None:
    with command("--keys", tmp_path) as (ready, process):
        assert ready["clientId"] == CLIENT_ID
        assert ready["keys"] == str(tmp_path)
        path, body, time = f"{SANDBOX}/v1/payments/inquiryPayment", b'{"paymentRequestId":"X"}', "1685599933871"
        signer = LocalSigner(load_private_key((tmp_path / "merchant-private.pem").read_text()))
        headers = {
            "Content-Type": "application/json",
            "Client-Id": CLIENT_ID,
            "Request-Time": time,
            "Signature": signer.sign(canonical("POST", path, CLIENT_ID, time, body)),
        }
        connection = http.client.HTTPConnection(ready["url"].removeprefix("http://"), timeout=10)
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        content = canonical("POST", path, CLIENT_ID, answer.headers["response-time"], answer.read())
        public = load_public_key((tmp_path / "alipay-public.pem").read_text())
        Verifier({"1": public}).verify(answer.headers["signature"], content)
        connection.close()
        assert process.stdout is not None
        told = "".join(process.stdout.readline() for _ in range(4))
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 0
    assert errors == ""
    for name in ("merchant-private.pem", "alipay-public.pem", ready["url"] + SANDBOX, ready["url"] + "/console"):
        assert name in told


def test_a_port_that_is_taken_is_said_plainly(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "sandbox.alipay", "--keys", tmp_path, "--port", str(port)],
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=30, env=ENVIRONMENT,
        )  # fmt: skip
    assert done.returncode == 2
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def secure(start: Start, tmp_path: Path) -> Simulator:
    return start(tls=tmp_path / "tls")


def get(simulator: Simulator, host: str, trust: Path | None) -> bytes:
    context = ssl.create_default_context(cafile=str(trust) if trust else None)
    port = int(simulator.url.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=host) as connection,
    ):
        connection.sendall(f"GET /_sandbox/health HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "open-sea-global.alipay.com"])
def test_tls_for_clients_that_trust_the_local_authority(secure: Simulator, tmp_path: Path, host: str) -> None:
    assert secure.url.startswith("https://127.0.0.1:")
    assert b'"status":"ok"' in get(secure, host, tmp_path / "tls" / "ca.pem")


def test_nobody_else_trusts_it_and_it_stands_for_no_other_name(secure: Simulator, tmp_path: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        get(secure, "localhost", None)
    with pytest.raises(ssl.SSLCertVerificationError):
        get(secure, "bank.example", tmp_path / "tls" / "ca.pem")


def test_the_key_of_the_authority_is_not_kept(secure: Simulator, tmp_path: Path) -> None:
    files = {path.name: path.read_text() for path in (tmp_path / "tls").iterdir()}
    assert set(files) == {"ca.pem", "server.pem"}
    assert "PRIVATE KEY" not in files["ca.pem"]
    assert stat.S_IMODE((tmp_path / "tls" / "server.pem").stat().st_mode) == 0o600


def test_a_client_that_is_slow_with_its_handshake_keeps_nobody_waiting(secure: Simulator, tmp_path: Path) -> None:
    port = int(secure.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)):
        assert b'"status":"ok"' in get(secure, "localhost", tmp_path / "tls" / "ca.pem")


def test_a_certificate_lasts_over_starts_and_is_made_anew_when_it_is_damaged(tmp_path: Path) -> None:
    server_context(tmp_path)
    first = (tmp_path / "ca.pem").read_bytes()
    server_context(tmp_path)
    assert (tmp_path / "ca.pem").read_bytes() == first
    (tmp_path / "server.pem").write_text("damaged")
    server_context(tmp_path)
    assert (tmp_path / "ca.pem").read_bytes() != first


def test_the_consent_page_of_a_simulator_with_tls_has_a_secure_address(secure: Simulator, tmp_path: Path) -> None:
    merchant = Merchant(secure.url)
    body = json.dumps({
        "customerBelongsTo": "GCASH", "authRedirectUrl": "https://m.example", "scopes": ["AGREEMENT_PAY"],
        "authState": "S", "terminalType": "WEB",
    }).encode()  # fmt: skip
    path = f"{SANDBOX}/v1/authorizations/consult"
    context = ssl.create_default_context(cafile=str(tmp_path / "tls" / "ca.pem"))
    connection = http.client.HTTPSConnection(secure.url.removeprefix("https://"), timeout=10, context=context)
    connection.request("POST", path, body, merchant.headers(path, body))
    page = json.loads(connection.getresponse().read())["normalUrl"]
    connection.request("POST", path, body, merchant.headers(path, body) | {"Sandbox-Fault": "act_then_cut"})
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()
    assert page.startswith(f"{secure.url}/wallet/authorize?")


FOREIGN_PROJECT = """
import http.client, json

def ask(simulator, path, order=None):
    connection = http.client.HTTPConnection(simulator.url.removeprefix("http://"))
    connection.request("GET" if order is None else "POST", path, order, {"Content-Type": "application/json"})
    return json.loads(connection.getresponse().read())

def test_one(alipay_sandbox, alipay_keys):
    ask(alipay_sandbox, "/_sandbox/faults", '{"operation": "pay", "fault": "unknown"}')
    assert alipay_keys.merchant_private.exists()

def test_two_starts_afresh(alipay_sandbox):
    assert ask(alipay_sandbox, "/_sandbox/faults") == []
    assert ask(alipay_sandbox, "/_sandbox/clock")["speed"] == 60
"""


def test_another_project_gets_fixtures(tmp_path: Path) -> None:
    (tmp_path / "test_foreign.py").write_text(FOREIGN_PROJECT)
    settings = "import pytest\n\n@pytest.fixture(scope='session')\ndef alipay_settings():\n    return {'speed': 60.0}\n"
    (tmp_path / "conftest.py").write_text(settings)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "sandbox.pytest_plugin", "--rootdir", tmp_path, tmp_path],
        cwd=tmp_path, env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert "2 passed" in done.stdout, done.stdout + done.stderr
