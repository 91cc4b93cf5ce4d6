"""Whether a byte can have reached Alipay: the one bit on which "send it again" rests."""

import datetime
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from autodebit.errors import GatewayError
from autodebit.gateway.client import HttpAlipayClient, Operation, ResultStatus
from tests.support.keys import alipay_key
from tests.unit.gateway.conftest import GOOD, Call, Server, gateway_at, well


def failure(gateway: HttpAlipayClient, within: int = 2_000) -> GatewayError:
    with pytest.raises(GatewayError) as caught:
        gateway.call(Operation.PAY, {"paymentRequestId": "PAY-1"}, within)
    return caught.value


def closes(call: Call) -> None:
    call.connection.shutdown(socket.SHUT_RDWR)


def closes_mid_answer(call: Call) -> None:
    call.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{")
    call.connection.shutdown(socket.SHUT_RDWR)


def resets(call: Call) -> None:
    call.reset()


def resets_mid_answer(call: Call) -> None:
    call.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{")
    call.reset()


def talks_nonsense(call: Call) -> None:
    call.connection.sendall(b"SMTP ready\r\n\r\n")
    call.connection.shutdown(socket.SHUT_RDWR)


ENDS = (closes, closes_mid_answer, resets, resets_mid_answer, talks_nonsense)


@pytest.mark.parametrize("script", ENDS)
def test_after_the_request_every_end_may_mean_that_alipay_acted(
    server: Server, gateway: HttpAlipayClient, script: Callable[[Call], None]
) -> None:
    server.will(script, well)
    assert failure(gateway).may_have_acted
    assert len(server.calls) == 1  # no retry
    assert gateway.call(Operation.PAY, {}).status is ResultStatus.S


def test_a_reused_connection_that_dies_may_mean_that_alipay_acted(server: Server, gateway: HttpAlipayClient) -> None:
    server.will(well, resets, well)
    gateway.call(Operation.PAY, {})
    assert failure(gateway).may_have_acted
    assert (len(server.calls), server.connections) == (2, 1)


def test_a_refused_connection_sent_nothing(server: Server, gateway: HttpAlipayClient) -> None:
    server.close()
    assert not failure(gateway).may_have_acted


def test_after_a_sent_request_a_refused_connection_still_sent_nothing(
    server: Server, gateway: HttpAlipayClient
) -> None:
    server.will(closes)
    assert failure(gateway).may_have_acted
    server.close()
    assert not failure(gateway).may_have_acted


def test_a_name_that_does_not_resolve_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert not failure(gateway_at("https://no-such-host.invalid")).may_have_acted


@pytest.mark.parametrize("host", ["a" * 64 + ".example.com", "exa..mple.com", "[::1%"])
def test_an_address_that_is_none_sent_nothing(host: str) -> None:
    assert not failure(gateway_at(f"https://{host}")).may_have_acted


def test_a_connection_that_is_not_established_in_time_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def never(self: socket.socket, _address: object) -> None:
        waits.append(self.gettimeout() or 0)
        raise TimeoutError

    monkeypatch.setattr(socket.socket, "connect", never)
    gateway = gateway_at("https://192.0.2.1")
    error = failure(gateway, within=12_000)
    assert (error.may_have_acted, error.reason) == (False, "ConnectTimeout")
    (wait,) = waits
    assert 2.5 < wait <= 3


def test_a_connection_established_too_late_sends_nothing(
    server: Server, gateway: HttpAlipayClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = socket.socket.connect

    def late(self: socket.socket, address: object) -> None:
        connect(self, address)  # type: ignore[arg-type]
        server.done.wait(0.3)

    monkeypatch.setattr(socket.socket, "connect", late)
    error = failure(gateway, within=100)
    assert (error.may_have_acted, error.reason) == (False, "Timeout")
    assert server.calls == []


# --- TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that its owner signed, with its key."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, alipay_key().public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(alipay_key(), hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    key = alipay_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(made.public_bytes(Encoding.PEM) + key)
    return file


@pytest.fixture
def secure(certificate: Path) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    made = Server(context)
    yield made
    made.close()


def trusting(server: Server, certificate: Path, host: str = "localhost") -> HttpAlipayClient:
    """A gateway that trusts *certificate* besides nothing else."""
    gateway = gateway_at(f"https://{host}:{server.port}")
    gateway._line()._session.verify = str(certificate)
    return gateway


def test_an_untrusted_certificate_sent_nothing(
    secure: Server, monkeypatch: pytest.MonkeyPatch, certificate: Path
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # the environment cannot widen the trust
        monkeypatch.setenv(name, str(certificate))
    error = failure(gateway_at(f"https://localhost:{secure.port}"))
    assert (error.reason, error.may_have_acted) == ("SSLError", False)
    assert secure.calls == []


def test_a_certificate_for_another_name_sent_nothing(secure: Server, certificate: Path) -> None:
    assert not failure(trusting(secure, certificate, "127.0.0.1")).may_have_acted
    assert secure.calls == []


def test_a_peer_that_speaks_no_tls_sent_nothing(server: Server, certificate: Path) -> None:
    server.close()
    with socket.create_server(("127.0.0.1", 0)) as plain:
        gateway = gateway_at(f"https://localhost:{plain.getsockname()[1]}")
        assert not failure(gateway, within=300).may_have_acted


def test_a_trusted_peer_is_answered_over_tls(secure: Server, certificate: Path) -> None:
    gateway = trusting(secure, certificate)
    for _ in range(2):
        assert gateway.call(Operation.PAY, {}).text == GOOD.decode()
    assert secure.connections == 1
    gateway._line().close()


@pytest.mark.parametrize("script", ENDS)
def test_over_tls_too_every_end_after_the_request_may_mean_that_alipay_acted(
    secure: Server, certificate: Path, script: Callable[[Call], None]
) -> None:
    secure.will(script, well)
    gateway = trusting(secure, certificate)
    assert failure(gateway).may_have_acted
    assert len(secure.calls) == 1
    gateway._line().close()


def test_over_tls_too_an_answer_must_be_whole_in_time(secure: Server, certificate: Path) -> None:
    def trickle(call: Call) -> None:
        call.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        while not secure.done.wait(0.05):
            call.connection.sendall(b"x")

    secure.will(trickle)
    error = failure(trusting(secure, certificate), within=400)
    assert (error.reason, error.may_have_acted) == ("Timeout", True)
