"""HttpAlipayClient against a server on loopback: what is sent, what is believed, and whether Alipay may have acted."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from alipay_signing import Verifier, canonical
from autodebit.errors import GatewayError
from autodebit.gateway import client as module
from autodebit.gateway.client import HttpAlipayClient, Operation, ResultStatus
from tests.support.keys import merchant_key
from tests.support.world import CLIENT_ID
from tests.unit.gateway.conftest import GOOD, PATH, Call, Script, Server, gateway_at, signed, well

BODY = {"paymentRequestId": "PAY-1", "order": {"orderDescription": "月額 \U0001f600"}}


def failure(gateway: HttpAlipayClient, within: int = 3_000) -> GatewayError:
    with pytest.raises(GatewayError) as caught:
        gateway.call(Operation.PAY, BODY, within)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert "PAY-1" not in str(caught.value)
    return caught.value


# --- what is sent


def test_a_request_is_signed_over_the_bytes_that_arrive(server: Server, gateway: HttpAlipayClient) -> None:
    gateway.call(Operation.PAY, BODY)
    (call,) = server.calls
    assert call.line == f"POST {PATH} HTTP/1.1"
    assert json.loads(call.body) == BODY
    assert "月額".encode() in call.body
    headers = call.headers
    assert headers["client-id"] == CLIENT_ID
    assert headers["request-time"] == "1800000000000"
    assert headers["content-type"] == "application/json; charset=UTF-8"
    content = canonical("POST", PATH, CLIENT_ID, headers["request-time"], call.body)
    Verifier({"1": merchant_key().public_key()}).verify(headers["signature"], content)
    said = {"host", "client-id", "request-time", "signature", "content-type", "content-length", "accept"}
    assert set(headers) - said == {"accept-encoding", "user-agent"}
    assert headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("operation", Operation)
def test_every_operation_has_its_path(server: Server, gateway: HttpAlipayClient, operation: Operation) -> None:
    path = "/ams/sandbox/api" + operation.value
    server.will(lambda call: call.answer(GOOD, **signed(path=path)))
    assert gateway.call(operation, {}).code == "SUCCESS"
    assert server.calls[0].line == f"POST {path} HTTP/1.1"


def test_where_signing_fails_nothing_is_sent(server: Server) -> None:
    class NoKms:
        def sign(self, content: bytes) -> str:
            raise RuntimeError("quoting PAY-1")

    error = failure(gateway_at(f"http://127.0.0.1:{server.port}", signer=NoKms()))
    assert (error.may_have_acted, error.reason) == (False, "not signed (RuntimeError)")
    assert server.connections == 0


# --- what is believed


@pytest.mark.parametrize("status", ResultStatus)
def test_a_signed_answer_is_believed_and_kept_as_it_came(
    server: Server, gateway: HttpAlipayClient, status: ResultStatus
) -> None:
    body = (
        f'{{\n "result":{{"resultCode":"X_\\u0041","resultStatus":"{status}","resultMessage":"é"}}, "n":1.0}}'.encode()
    )
    server.will(lambda call: call.answer(body, **signed(body)))
    answer = gateway.call(Operation.PAY, BODY)
    assert (answer.status, answer.code, answer.message) == (status, "X_A", "é")
    assert answer.text.encode() == body
    assert answer.data["n"] == 1.0


def test_an_answer_knows_when_its_request_was_sent(server: Server, gateway: HttpAlipayClient) -> None:
    server.will(lambda call: call.answer(GOOD, **signed()))
    answer = gateway.call(Operation.PAY, BODY)
    assert str(answer.sent_at) == server.calls[0].headers["request-time"]


def test_header_names_of_an_answer_may_have_any_case_and_client_id_may_be_missing(
    server: Server, gateway: HttpAlipayClient
) -> None:
    headers = signed()
    server.will(lambda call: call.answer(GOOD, SIGNATURE=headers["signature"], Response_Time=headers["response_time"]))
    assert gateway.call(Operation.PAY, BODY).status is ResultStatus.S


def test_a_text_cut_inside_a_character_does_no_harm(server: Server, gateway: HttpAlipayClient) -> None:
    body = b'{"result":{"resultCode":"OK","resultStatus":"U","resultMessage":"cut \\ud83d"}}'
    server.will(lambda call: call.answer(body, **signed(body)))
    answer = gateway.call(Operation.PAY, BODY)
    assert answer.message == "cut \ufffd"
    assert answer.text.encode() == body.replace(b"\\ud83d", b"\\ufffd")


def test_a_byte_order_mark_is_signed_and_then_dropped(server: Server, gateway: HttpAlipayClient) -> None:
    body = b"\xef\xbb\xbf" + GOOD
    server.will(lambda call: call.answer(body, **signed(body)))
    assert gateway.call(Operation.PAY, BODY).text.encode() == GOOD
    server.will(lambda call: call.answer(body, **signed()))
    assert failure(gateway).reason == UNTRUE


def wrong(**changed: str) -> Script:
    return lambda call: call.answer(GOOD, **{**signed(), **changed})


def without(name: str) -> Script:
    headers = {given: value for given, value in signed().items() if given != name}
    return lambda call: call.answer(GOOD, **headers)


UNSIGNED = "the answer is not signed"
UNTRUE = "the signature of the answer does not hold: the signature does not fit the content and the key"
UNTRUSTED: dict[str, tuple[Script, str]] = {
    "unsigned": (without("signature"), UNSIGNED),
    "without time": (without("response_time"), UNSIGNED),
    "an empty signature": (wrong(signature=""), UNSIGNED),
    "a word for a signature": (
        wrong(signature="trust-me"),
        "the signature of the answer does not hold: a part of the header is not name=value",
    ),
    "a signature over another body": (wrong(signature=signed(b"{}")["signature"]), UNTRUE),
    "another time": (wrong(response_time="2027-01-15T16:00:01+08:00"), UNTRUE),
    "an unknown key version": (
        lambda call: call.answer(GOOD, **signed(version="9")),
        "the signature of the answer does not hold: keyVersion '9' is not held (held: 1)",
    ),
    "an answer for another path": (
        lambda call: call.answer(GOOD, **signed(path="/ams/api/v1/payments/pay")),
        UNTRUE,
    ),
    "the true answer to another operation": (
        lambda call: call.answer(GOOD, **signed(path="/ams/sandbox/api/v1/payments/inquiryPayment")),
        UNTRUE,
    ),
    "for another client id": (
        lambda call: call.answer(GOOD, **signed(client_id="SANDBOX_OTHER")),
        "the answer is for another client id",
    ),
    "signed for another client, which is not named": (
        lambda call: call.answer(GOOD, **{**signed(client_id="SANDBOX_OTHER"), "client_id": CLIENT_ID}),
        UNTRUE,
    ),
    "HTTP status 500": (lambda call: call.answer(GOOD, "500 Oops", **signed()), "HTTP status 500"),
    "HTTP status 201": (lambda call: call.answer(GOOD, "201 Created", **signed()), "HTTP status 201"),
}


@pytest.mark.parametrize(("script", "reason"), UNTRUSTED.values(), ids=UNTRUSTED)
def test_an_answer_that_is_not_proven_is_no_answer(
    server: Server, gateway: HttpAlipayClient, script: Script, reason: str
) -> None:
    server.will(script)
    error = failure(gateway)
    assert (error.reason, error.may_have_acted, error.hint) == (reason, True, "SUCCESS")
    assert len(server.calls) == 1


HINTS = {
    "a code": (b'{"result":{"resultCode":"KEY_NOT_FOUND"}}', "KEY_NOT_FOUND"),
    "a sentence": (b'{"result":{"resultCode":"ask <a href=x>here</a>"}}', ""),
    "a long code": (b'{"result":{"resultCode":"' + b"A" * 65 + b'"}}', ""),
    "no text": (b'{"result":{"resultCode":["SUCCESS"]}}', ""),
    "a result that is no object": (b'{"result":"SUCCESS"}', ""),
    "no JSON": (b"<html>Bad gateway</html>", ""),
    "an array": (b"[1]", ""),
    "deep": (b"[" * 100_000, ""),
    "no UTF-8": (b"\xff\xfe", ""),
    "nothing": (b"", ""),
}


@pytest.mark.parametrize(("body", "hint"), HINTS.values(), ids=HINTS)
def test_of_an_unproven_answer_only_a_code_is_kept_as_a_hint(
    server: Server, gateway: HttpAlipayClient, body: bytes, hint: str
) -> None:
    server.will(lambda call: call.answer(body))
    assert failure(gateway).hint == hint


NO_RESULT = [
    b"{broken",
    b"",
    b"[]",
    b"null",
    b"\xff",
    b"[" * 100_000,
    b"{}",
    b'{"result":null}',
    b'{"result":"S"}',
    b'{"result":{"resultCode":"SUCCESS"}}',
    b'{"result":{"resultStatus":["S"]}}',
]


@pytest.mark.parametrize("body", NO_RESULT, ids=[body[:40].decode("latin-1") for body in NO_RESULT])
def test_a_signed_answer_without_a_readable_result_is_no_answer(
    server: Server, gateway: HttpAlipayClient, body: bytes
) -> None:
    server.will(lambda call: call.answer(body, **signed(body)))
    error = failure(gateway)
    assert (error.reason, error.may_have_acted, error.hint) == ("the answer has no readable result", True, "")


@pytest.mark.parametrize("status", ["X", "SUCCESS", "", "\u017f", "S\u200b"])
def test_a_status_that_is_not_known_has_a_reason_of_its_own(
    server: Server, gateway: HttpAlipayClient, status: str
) -> None:
    body = json.dumps({"result": {"resultStatus": status}}).encode()
    server.will(lambda call: call.answer(body, **signed(body)))
    assert failure(gateway).reason == "the status in the answer is not known"


@pytest.mark.parametrize("name", ["result", "resultInfo", " result ", "resultInfo\n"])
def test_a_result_in_other_letters_or_with_blanks_is_told_as_documented(
    server: Server, gateway: HttpAlipayClient, name: str
) -> None:
    body = json.dumps({name: {" resultStatus": " s\t", "resultCode ": " RISK_REJECT"}, "n": 1}).encode()
    server.will(lambda call: call.answer(body, **signed(body)))
    answer = gateway.call(Operation.PAY, BODY)
    assert (answer.status, answer.code) == (ResultStatus.S, "RISK_REJECT")
    assert json.loads(answer.text)["result"] == {"resultStatus": "S", "resultCode": "RISK_REJECT"}
    assert json.loads(answer.text)["n"] == 1


def test_result_info_of_old_samples_is_read_like_result(server: Server, gateway: HttpAlipayClient) -> None:
    body = b'{"resultInfo":{"resultStatus":"F","resultCode":"RISK_REJECT"}}'
    server.will(lambda call: call.answer(body, **signed(body)))
    assert gateway.call(Operation.PAY, BODY).code == "RISK_REJECT"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_never_followed(server: Server, gateway: HttpAlipayClient, status: str) -> None:
    elsewhere = f"http://127.0.0.1:{server.port}/elsewhere"
    server.will(lambda call: call.answer(GOOD, status, location=elsewhere, **signed()), well)
    error = failure(gateway)
    assert error.reason.startswith("HTTP status 30")
    assert error.may_have_acted
    assert len(server.calls) == 1


def test_an_answer_of_more_than_a_megabyte_is_not_read_to_its_end(server: Server, gateway: HttpAlipayClient) -> None:
    body = GOOD[:-1] + b" " * 3_000_000 + b"}"
    server.will(lambda call: call.answer(body, **signed(body)), well)
    error = failure(gateway)
    assert (error.reason, error.may_have_acted) == ("the answer is too long", True)
    assert gateway.call(Operation.PAY, BODY).status is ResultStatus.S  # over a connection of its own
    assert server.connections == 2


# --- time


def silent(server: Server) -> Script:
    return lambda _call: bool(server.done.wait(5)) and None


def trickling(server: Server, opening: bytes, drop: bytes) -> Script:
    def trickle(call: Call) -> None:
        call.connection.sendall(opening)
        while not server.done.wait(0.05):
            call.connection.sendall(drop)

    return trickle


SLOW: dict[str, Callable[[Server], Script]] = {
    "silence": silent,
    "a trickle of headers": lambda server: trickling(server, b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"),
    "a trickle of one header": lambda server: trickling(server, b"HTTP/1.1 200 OK\r\nx: ", b"y"),
    "a trickle of a body": lambda server: trickling(server, b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x"),
    "a trickle without length": lambda server: trickling(server, b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    "a trickle of chunks": lambda server: trickling(
        server, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"
    ),
}


@pytest.mark.parametrize("script", SLOW.values(), ids=SLOW)
def test_an_answer_must_be_whole_in_time(
    server: Server, gateway: HttpAlipayClient, script: Callable[[Server], Script]
) -> None:
    server.will(script(server), well)
    began = time.monotonic()
    error = failure(gateway, within=250)
    assert time.monotonic() - began < 1.5
    assert error.may_have_acted
    assert error.reason in ("Timeout", "ReadTimeout")
    assert gateway.call(Operation.PAY, BODY).status is ResultStatus.S  # over a connection of its own
    assert server.connections == 2


def test_no_call_may_take_longer_than_twelve_seconds(
    server: Server, gateway: HttpAlipayClient, monkeypatch: Any
) -> None:
    monkeypatch.setattr(module, "ANSWER_TIMEOUT", 200)
    server.will(silent(server))
    began = time.monotonic()
    assert failure(gateway, within=60_000).may_have_acted
    assert time.monotonic() - began < 1.5


def test_a_connection_is_used_again(server: Server, gateway: HttpAlipayClient) -> None:
    for _ in range(3):
        gateway.call(Operation.PAY, BODY)
    assert (len(server.calls), server.connections) == (3, 1)


@pytest.mark.parametrize(("idle", "connections"), [(29, 1), (31, 2)])
def test_a_connection_idle_for_30_seconds_is_not_used_again(
    server: Server, gateway: HttpAlipayClient, monkeypatch: pytest.MonkeyPatch, idle: int, connections: int
) -> None:
    gateway.call(Operation.PAY, BODY)
    now = time.time() + idle

    class Later:
        time = staticmethod(lambda: now)

    monkeypatch.setattr(module, "time", Later)
    gateway.call(Operation.PAY, BODY)
    assert (len(server.calls), server.connections) == (2, connections)


def test_a_connection_is_idle_since_its_last_use_not_since_it_was_made(
    server: Server, gateway: HttpAlipayClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.call(Operation.PAY, BODY)
    began = time.time()
    for seconds in (20, 40, 60):

        class Later:
            time = staticmethod(lambda now=began + seconds: now)

        monkeypatch.setattr(module, "time", Later)
        gateway.call(Operation.PAY, BODY)
    assert (len(server.calls), server.connections) == (4, 1)


# --- environment


def test_a_proxy_of_the_environment_is_ignored(
    server: Server, gateway: HttpAlipayClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert gateway.call(Operation.PAY, BODY).status is ResultStatus.S
    assert server.calls[0].line == f"POST {PATH} HTTP/1.1"
