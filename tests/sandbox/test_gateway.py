"""The gateway's checks, their order, and what answers look like on the wire."""

import http.client
import json
import socket
from urllib.parse import urlsplit

import pytest

from alipay_signing import LocalSigner, canonical, load_private_key
from sandbox.alipay.gateway import well_formed_time
from tests.sandbox.conftest import Start
from tests.sandbox.merchant import CLIENT_ID, SANDBOX, Merchant, Reply, key_pair, send

CONSULT = f"{SANDBOX}/v1/authorizations/consult"
INQUIRY = f"{SANDBOX}/v1/payments/inquiryPayment"


def inquiry(merchant: Merchant, path: str = INQUIRY, **changes: str | None) -> Reply:
    raw = b'{"paymentRequestId":"NOBODY"}'
    headers = merchant.headers(path, raw) | {name.replace("_", "-"): value for name, value in changes.items() if value}
    for name, value in changes.items():
        if value is None:
            headers.pop(name.replace("_", "-"))
    return send(merchant.url, "POST", path, headers, raw)


def test_a_business_answer_is_signed_with_lower_case_headers(merchant: Merchant) -> None:
    reply = inquiry(merchant)
    assert (reply.status, reply.code) == (200, "ORDER_NOT_EXIST")
    assert reply.header("client-id") == CLIENT_ID
    assert (reply.header("signature") or "").startswith("algorithm=RSA256,keyVersion=1,signature=")
    reply.verify(INQUIRY)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Content_Type": "text/plain"}, "MEDIA_TYPE_NOT_ACCEPTABLE"),
        ({"Content_Type": "application/json; charset=gbk"}, "MEDIA_TYPE_NOT_ACCEPTABLE"),
        ({"Client_Id": None}, "PARAM_ILLEGAL"),
        ({"Client_Id": "SANDBOX_OTHER"}, "UNKNOWN_CLIENT"),
        ({"Request_Time": None}, "PARAM_ILLEGAL"),
        ({"Request_Time": "yesterday"}, "PARAM_ILLEGAL"),
        ({"Signature": None}, "PARAM_ILLEGAL"),
        ({"Signature": "algorithm=RSA256,keyVersion=1,signature=AAAA"}, "INVALID_SIGNATURE"),
        ({"Signature": "nonsense"}, "INVALID_SIGNATURE"),
        ({"Request_Time": "1685599933871"}, "INVALID_SIGNATURE"),
    ],
)
def test_the_gateway_refuses_without_a_signature(merchant: Merchant, changes: dict[str, str], code: str) -> None:
    reply = inquiry(merchant, **changes)
    assert (reply.status, reply.code, reply.result_status) == (200, code, "F")
    assert reply.header("signature") is None


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json, application/json; charset=UTF-8", None]
)
def test_what_clients_send_as_content_type_is_taken(merchant: Merchant, content_type: str | None) -> None:
    assert inquiry(merchant, Content_Type=content_type).code == "ORDER_NOT_EXIST"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "BREW"])
def test_only_post_is_supported(merchant: Merchant, method: str) -> None:
    reply = send(merchant.url, method, INQUIRY, {})
    assert reply.code == "METHOD_NOT_SUPPORTED"
    assert reply.header("signature") is None


@pytest.mark.parametrize(
    "path",
    [
        "/ams/sandbox/api/v1/payments/nothing",
        "/ams/api/v1/payments/inquiryPayment",
        "/v1/payments/pay",
        "/",
        "//ams//api",
    ],
)
def test_a_wrong_path_is_no_interface(merchant: Merchant, path: str) -> None:
    assert inquiry(merchant, path).code == "NO_INTERFACE_DEF"


def test_a_client_that_is_no_sandbox_client_uses_the_production_path(start: Start) -> None:
    merchant = Merchant(start(client_id="5YLIVE").url, "5YLIVE")
    path = "/ams/api/v1/payments/inquiryPayment"
    reply = inquiry(merchant, path)
    assert reply.code == "ORDER_NOT_EXIST"
    reply.verify(path)


def test_the_checks_come_in_order(merchant: Merchant) -> None:
    everything_wrong = {"Content-Type": "text/plain", "Client-Id": "x"}
    assert send(merchant.url, "GET", "/nowhere", everything_wrong).code == "METHOD_NOT_SUPPORTED"
    assert send(merchant.url, "POST", "/nowhere", everything_wrong).code == "MEDIA_TYPE_NOT_ACCEPTABLE"
    assert send(merchant.url, "POST", "/nowhere", {"Client-Id": "x"}).code == "NO_INTERFACE_DEF"
    assert send(merchant.url, "POST", CONSULT, {"Client-Id": "x"}).code == "UNKNOWN_CLIENT"
    bad = {"Client-Id": CLIENT_ID, "Request-Time": "1685599933871", "Signature": "x"}
    assert send(merchant.url, "POST", CONSULT, bad, b"not json").code == "INVALID_SIGNATURE"


def test_without_an_uploaded_key_there_is_none_to_check_with(start: Start) -> None:
    merchant = Merchant(start(merchant_public_keys={}).url)
    assert inquiry(merchant).code == "KEY_NOT_FOUND"
    merchant.admin("settings", {"merchantPublicKeys": {"1": key_pair("merchant")[1]}})
    assert inquiry(merchant).code == "ORDER_NOT_EXIST"


def test_a_key_rolls_while_both_versions_are_uploaded(merchant: Merchant) -> None:
    second = LocalSigner(load_private_key(key_pair("second")[0]), "2")
    raw = b'{"paymentRequestId":"NOBODY"}'
    headers = merchant.headers(INQUIRY, raw)
    content = canonical("POST", INQUIRY, CLIENT_ID, headers["Request-Time"], raw)
    headers["Signature"] = second.sign(content)
    assert send(merchant.url, "POST", INQUIRY, headers, raw).code == "INVALID_SIGNATURE"
    merchant.admin("settings", {"merchantPublicKeys": {"2": key_pair("second")[1]}})
    assert send(merchant.url, "POST", INQUIRY, headers, raw).code == "ORDER_NOT_EXIST"
    assert inquiry(merchant).code == "ORDER_NOT_EXIST"


def test_an_absolute_request_line_is_taken(merchant: Merchant) -> None:
    raw = b'{"paymentRequestId":"NOBODY"}'
    reply = send(
        merchant.url, "POST", f"https://open-sea-global.alipay.com{INQUIRY}", merchant.headers(INQUIRY, raw), raw
    )
    assert reply.code == "ORDER_NOT_EXIST"
    reply.verify(INQUIRY)


def test_a_body_of_any_bytes_is_verified_as_it_came(merchant: Merchant) -> None:
    raw = json.dumps({"paymentRequestId": "支付"}, ensure_ascii=False, indent=3).encode()
    assert send(merchant.url, "POST", INQUIRY, merchant.headers(INQUIRY, raw), raw).code == "ORDER_NOT_EXIST"
    assert send(merchant.url, "POST", INQUIRY, merchant.headers(INQUIRY, raw), raw + b" ").code == "INVALID_SIGNATURE"


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff\xfe", b""])
def test_a_signed_body_that_is_no_json_object_gets_a_signed_refusal(merchant: Merchant, raw: bytes) -> None:
    reply = send(merchant.url, "POST", INQUIRY, merchant.headers(INQUIRY, raw), raw)
    assert reply.code == "PARAM_ILLEGAL"
    reply.verify(INQUIRY)


@pytest.mark.parametrize(
    ("operation", "body", "named"),
    [
        ("payments/inquiryPayment", {}, "paymentRequestId or paymentId"),
        ("payments/inquiryPayment", {"paymentRequestId": "x" * 65}, "longer than 64"),
        ("authorizations/applyToken", {"grantType": "AUTHORIZATION_CODE", "customerBelongsTo": "GCASH"}, "authCode"),
        ("authorizations/applyToken", {"grantType": "REFRESH_TOKEN", "customerBelongsTo": "GCASH"}, "refreshToken"),
        ("authorizations/consult", {"scopes": ["EVERYTHING"]}, "scopes"),
        ("payments/pay", {"productCode": "CASHIER_PAYMENT"}, "productCode"),
        ("payments/pay", {"paymentAmount": {"currency": "JPY", "value": "1.5"}}, "paymentAmount.value"),
        ("payments/pay", {"paymentAmount": {"currency": "JPY", "value": "0"}}, "paymentAmount.value"),
        ("payments/pay", {"order": "cake"}, "order must be an object"),
    ],
)
def test_faulty_fields_are_named(merchant: Merchant, operation: str, body: dict[str, object], named: str) -> None:
    reply = merchant.call(operation, body)
    assert reply.code == "PARAM_ILLEGAL"
    assert named in reply.body["result"]["resultMessage"]
    assert len(reply.body["result"]["resultMessage"]) <= 256
    reply.verify(f"{SANDBOX}/v1/{operation}")


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("1685599933871", True),
        ("1685599933", True),
        ("168559993387", False),
        ("2019-05-28T12:12:12+08:00", True),
        ("2023-06-01T14:12:14+0800", True),
        ("2023-06-01T06:12:14.1234567Z", True),
        ("2019-01-01T01:01:01Z", True),
        ("2019-01-01T01:01:01", False),
        ("2019-13-01T01:01:01Z", False),
        ("", False),
    ],
)
def test_request_times_in_the_shapes_of_the_official_clients(text: str, fits: bool) -> None:
    assert well_formed_time(text) is fits


def test_a_cut_connection_carries_no_answer_byte(merchant: Merchant) -> None:
    merchant.admin("faults", {"operation": "inquiryPayment", "fault": "cut_before"})
    raw = b'{"paymentRequestId":"NOBODY"}'
    head = "".join(f"{name}: {value}\r\n" for name, value in merchant.headers(INQUIRY, raw).items())
    parts = urlsplit(merchant.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as connection:
        connection.sendall(
            f"POST {INQUIRY} HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(raw)}\r\n\r\n".encode() + raw
        )
        assert connection.recv(100) == b""
    merchant.admin("faults", {"operation": "inquiryPayment", "fault": "cut_before"})
    with pytest.raises(http.client.RemoteDisconnected):
        merchant.inquire(paymentRequestId="NOBODY")


@pytest.mark.parametrize(
    ("signed_path", "signed_body", "part"),
    [
        (f"{SANDBOX}/v1/payments/inquiryPayment".replace("/sandbox", ""), b'{"paymentRequestId":"X"}', "path"),
        (f"{SANDBOX}/v1/payments/inquiryPayment", b'{"paymentRequestId": "X"}', "body"),
    ],
)
def test_the_journal_says_which_part_of_a_request_was_signed_differently(
    merchant: Merchant, signed_path: str, signed_body: bytes, part: str
) -> None:
    path = f"{SANDBOX}/v1/payments/inquiryPayment"
    headers = merchant.headers(signed_path, signed_body)
    assert send(merchant.url, "POST", path, headers, b'{"paymentRequestId":"X"}').code == "INVALID_SIGNATURE"
    (entry,) = merchant.admin("journal?kind=call")
    assert [line.split(":")[0] for line in entry["why"]] == [f"WRONG  {part}"]


def test_the_journal_says_that_another_key_signed(merchant: Merchant) -> None:
    path, body = f"{SANDBOX}/v1/payments/inquiryPayment", b"{}"
    headers = merchant.headers(path, body)
    content = canonical("POST", path, merchant.client_id, headers["Request-Time"], body)
    headers["Signature"] = LocalSigner(load_private_key(key_pair("stranger")[0])).sign(content)
    assert send(merchant.url, "POST", path, headers, body).code == "INVALID_SIGNATURE"
    (entry,) = merchant.admin("journal?kind=call")
    assert entry["why"][0].startswith("WRONG  key: made with none of the keys given")
