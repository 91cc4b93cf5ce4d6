"""One call has one time: signing, looking the name up, connecting, sending and the answer all come off it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from typing import Any

import pytest

from alipay_signing import LocalSigner
from autodebit.errors import GatewayError
from autodebit.gateway import client as module
from autodebit.gateway.client import HttpAlipayClient, Operation, ResultStatus
from tests.support.keys import merchant_key
from tests.unit.gateway.conftest import Call, Server, gateway_at, well

LONG = 8.0
"""Longer than any test waits: what hangs so long has hung."""


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Set when the test is over, so that no thread outlives it."""
    event = threading.Event()
    yield event
    event.set()


def failure(gateway: HttpAlipayClient, within: int) -> tuple[GatewayError, float]:
    """The error of a call, and the seconds that it took."""
    began = time.monotonic()
    with pytest.raises(GatewayError) as caught:
        gateway.call(Operation.PAY, {"paymentRequestId": "PAY-1"}, within)
    gateway._line().close()
    return caught.value, time.monotonic() - began


class SlowSigner:
    """A signer that takes its time, as KMS may."""

    def __init__(self, over: threading.Event, seconds: float) -> None:
        self._over, self._seconds, self._signer = over, seconds, LocalSigner(merchant_key())

    def sign(self, content: bytes) -> str:
        self._over.wait(self._seconds)
        return self._signer.sign(content)


def silent(server: Server) -> Callable[[Call], None]:
    return lambda _call: server.done.wait(LONG) and None


# --- signing


def test_the_time_of_signing_comes_off_the_answers_time(server: Server, over: threading.Event) -> None:
    server.will(silent(server))
    error, took = failure(gateway_at(url(server), signer=SlowSigner(over, 1.7)), within=2_000)
    assert error.may_have_acted
    assert len(server.calls) == 1
    assert took < 3.2


def test_a_signature_that_takes_all_the_time_sends_nothing(server: Server, over: threading.Event) -> None:
    error, took = failure(gateway_at(url(server), signer=SlowSigner(over, 0.5)), within=300)
    assert (error.may_have_acted, error.reason) == (False, "not signed in time")
    assert (server.calls, server.connections) == ([], 0)
    assert took < 1.5


def test_a_signer_that_hangs_does_not_hold_the_call(server: Server, over: threading.Event) -> None:
    error, took = failure(gateway_at(url(server), signer=SlowSigner(over, LONG)), within=300)
    assert not error.may_have_acted
    assert took < 3


@pytest.mark.parametrize("within", [0, -1_500])
def test_a_call_without_time_sends_nothing(server: Server, within: int) -> None:
    error, _ = failure(gateway_at(url(server)), within=within)
    assert not error.may_have_acted
    assert server.calls == []


# --- connecting


@pytest.fixture
def holes() -> Iterator[Callable[[int, int], list[str]]]:
    """Loopback addresses, as many as asked for, that drop every attempt to connect to a port."""
    with ExitStack() as stack:

        def dig(count: int, port: int) -> list[str]:
            addresses = [f"127.0.1.{number}" for number in range(1, count + 1)]
            for address in addresses:
                listening = stack.enter_context(socket.socket())
                listening.bind((address, port))
                listening.listen(0)
                for _ in range(3):  # the queue holds one or two; it is never read
                    waiting = stack.enter_context(socket.socket())
                    waiting.setblocking(False)
                    waiting.connect_ex((address, port))
            return addresses

        yield dig


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name have these addresses."""

    def found(_host: str, port: int, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)


Holes = Callable[[int, int], list[str]]


def test_addresses_that_do_not_answer_share_one_connect_budget(
    server: Server, holes: Holes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CONNECT_TIMEOUT", 600)
    resolve_to(monkeypatch, *holes(6, server.port))
    error, took = failure(gateway_at(f"http://gateway.example:{server.port}"), within=12_000)
    assert (error.may_have_acted, error.reason) == (False, "ConnectTimeout")
    assert took < 2.4


def test_connecting_gets_what_is_left_if_that_is_less(
    server: Server, holes: Holes, over: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_to(monkeypatch, *holes(4, server.port))
    gateway = gateway_at(f"http://gateway.example:{server.port}", signer=SlowSigner(over, 0.5))
    error, took = failure(gateway, within=1_000)
    assert not error.may_have_acted
    assert took < 2.5


def test_an_address_that_does_not_answer_leaves_time_for_the_next(
    server: Server, holes: Holes, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_to(monkeypatch, *holes(1, server.port), "127.0.0.1")
    gateway = gateway_at(f"http://gateway.example:{server.port}")
    began = time.monotonic()
    assert gateway.call(Operation.PAY, {}).status is ResultStatus.S
    assert time.monotonic() - began < 2.9
    gateway._line().close()


def test_an_address_that_refuses_is_followed_by_the_next(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "127.0.1.1", "127.0.0.1")
    gateway = gateway_at(f"http://gateway.example:{server.port}")
    assert gateway.call(Operation.PAY, {}).status is ResultStatus.S
    gateway._line().close()


def test_a_name_without_addresses_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch)
    error, _ = failure(gateway_at("http://gateway.example"), within=2_000)
    assert not error.may_have_acted


def test_a_name_that_is_looked_up_for_too_long_sent_nothing(
    server: Server, over: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(LONG) and [])
    error, took = failure(gateway_at(f"http://gateway.example:{server.port}"), within=300)
    assert not error.may_have_acted
    assert error.reason in ("Timeout", "ConnectTimeout")
    assert took < 3


def test_a_tls_handshake_that_stalls_is_part_of_the_connect_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECT_TIMEOUT", 400)
    with socket.create_server(("127.0.0.1", 0)) as listening:  # takes the connection, says nothing
        error, took = failure(gateway_at(f"https://127.0.0.1:{listening.getsockname()[1]}"), within=12_000)
    assert not error.may_have_acted
    assert took < 2.5


# --- the first byte


PAUSES = {"after it connected": (module, "connect_to", 0), "over a used one": (HTTPConnection, "endheaders", 1)}
"""Where a call loses its time, in the place after which only the bytes come, and how many calls the connection has seen."""


@pytest.mark.parametrize(("holder", "name", "calls_before"), PAUSES.values(), ids=PAUSES)
def test_the_clock_is_read_right_before_the_first_byte(
    server: Server, over: threading.Event, monkeypatch: Any, holder: Any, name: str, calls_before: int
) -> None:
    """No timer has to fire for that: it may be late, and then its byte would be early."""
    gateway = gateway_at(url(server))
    for _ in range(calls_before):
        gateway.call(Operation.PAY, {})
    monkeypatch.setattr(threading, "Timer", NoTimer)
    before = getattr(holder, name)

    def late(*given: Any, **named: Any) -> Any:
        connected = before(*given, **named) if holder is module else None
        over.wait(0.7)
        return connected or before(*given, **named)

    monkeypatch.setattr(holder, name, late)
    error, _ = failure(gateway, within=600)
    assert (error.may_have_acted, error.reason) == (False, "Timeout")
    assert len(server.calls) == calls_before


class NoTimer:
    """A timer that never fires."""

    def __init__(self, *_: object) -> None: ...

    def start(self) -> None: ...

    def cancel(self) -> None: ...

    def join(self) -> None: ...


def test_the_request_itself_may_take_longer_than_connecting(over: threading.Event, monkeypatch: Any) -> None:
    """What is left of the connect budget is no limit for the bytes: they are sent in the time of the call."""
    monkeypatch.setattr(module, "CONNECT_TIMEOUT", 200)
    server = Server()
    read = server._read

    def slowly(connection: socket.socket) -> Call | None:
        over.wait(0.8)
        return read(connection)

    monkeypatch.setattr(server, "_read", slowly)
    server.will(well)
    gateway = gateway_at(url(server))
    assert gateway.call(Operation.PAY, {"order": "x" * 12_000_000}, 12_000).status is ResultStatus.S
    gateway._line().close()
    server.close()


def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"
