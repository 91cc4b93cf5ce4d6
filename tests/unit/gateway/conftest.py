"""A gateway on loopback that does what a test tells it, byte by byte."""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from alipay_signing import LocalSigner, Verifier, canonical
from autodebit.gateway.client import HttpAlipayClient
from tests.support.keys import alipay_key, merchant_key
from tests.support.world import CLIENT_ID, HandClock

PATH = "/ams/sandbox/api/v1/payments/pay"
GOOD = json.dumps(
    {"result": {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "ok"}, "paymentId": "1"}
).encode()
Script = Callable[["Call"], None]


class Call:
    """One request that reached the server."""

    def __init__(self, connection: socket.socket, head: bytes, body: bytes) -> None:
        self.connection = connection
        self.line, *lines = head.decode("latin-1").split("\r\n")
        self.headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        self.body = body

    def answer(self, body: bytes = GOOD, status: str = "200 OK", **headers: str) -> None:
        """Send one whole answer; a header is written with underscores."""
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *lines])
        self.connection.sendall(head.encode() + b"\r\n\r\n" + body)

    def reset(self) -> None:
        """Cut the connection with a reset, as a crashed peer does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.connection.close()


def signed(body: bytes = GOOD, path: str = PATH, client_id: str = CLIENT_ID, version: str = "1") -> dict[str, str]:
    """The headers of an answer as Alipay signs it."""
    at = "2027-01-15T16:00:00+08:00"
    signature = LocalSigner(alipay_key(), version).sign(canonical("POST", path, client_id, at, body))
    return {"signature": signature, "response_time": at, "client_id": client_id}


def well(call: Call) -> None:
    """Answer as Alipay does."""
    call.answer(GOOD, **signed())


class Server:
    """Accepts connections; the n-th request runs the n-th script, the last one again and again."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.scripts: list[Script] = [well]
        self.calls: list[Call] = []
        self.connections = 0
        self.done = threading.Event()
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def will(self, *scripts: Script) -> None:
        self.scripts = list(scripts)

    def close(self) -> None:
        self.done.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                while call := self._read(connection):
                    self.calls.append(call)
                    script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
                    script(call)

    def _read(self, connection: socket.socket) -> Call | None:
        data = b""
        while b"\r\n\r\n" not in data:
            if not (part := connection.recv(65_536)):
                return None
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        call = Call(connection, head, body)
        while len(call.body) < int(call.headers["content-length"]):
            if not (part := connection.recv(65_536)):
                return None  # the client is gone in the middle of its request
            call.body += part
        return call


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def gateway_at(url: str, **changed: Any) -> HttpAlipayClient:
    """A gateway with the throw-away keys."""
    parts: dict[str, Any] = {
        "url": url,
        "path": "/ams/sandbox/api",
        "client_id": CLIENT_ID,
        "signer": LocalSigner(merchant_key()),
        "verifier": Verifier({"1": alipay_key().public_key()}),
        "clock": HandClock(),
        **changed,
    }
    return HttpAlipayClient(**parts)


@pytest.fixture
def gateway(server: Server) -> Iterator[HttpAlipayClient]:
    made = gateway_at(f"http://127.0.0.1:{server.port}")
    yield made
    made._line().close()
