"""The doctor reads headers as tools print them, and files as editors leave them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from alipay_signing.doctor.files import head_in, text_of

HEADERS = {
    "client-id": "SANDBOX_5Y",
    "request-time": "2025-05-17T07:58:04Z",
    "signature": "algorithm=RSA256, keyVersion=1, signature=ab%2Bc%3D%3D",
}
TITLED = {name.title(): value for name, value in HEADERS.items()}
CGI = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in HEADERS.items()}

CURL = """* Connected to shop.example (192.0.2.1) port 443
> POST /v1/payments/payNotify?x=1 HTTP/1.1
> Host: shop.example
{lines}
>
}} [5 bytes data]
< HTTP/1.1 200 OK
< Client-Id: ANOTHER
< Response-Time: 1
"""
FORMS: dict[str, str] = {
    "lines": "\n".join(f"{name}: {value}" for name, value in TITLED.items()),
    "lines with CRLF and blanks": "\r\n".join(f" {name} :  {value} " for name, value in TITLED.items()),
    "curl -v": CURL.format(lines="\n".join(f"> {name}: {value}" for name, value in TITLED.items())),
    "JSON": json.dumps(TITLED),
    "JSON of several values": json.dumps({name: [value] for name, value in TITLED.items()}),
    "JSON of an event": json.dumps({"headers": TITLED, "body": "{}"}),
    "JSON as HAR has it": json.dumps([{"name": name, "value": value} for name, value in TITLED.items()]),
    "JSON of CGI names": json.dumps(CGI),
    "CGI variables": "\n".join(f"{name}={value}" for name, value in CGI.items()),
    "CGI variables as PHP prints them": "\n".join(f"    [{name}] => {value}" for name, value in CGI.items()),
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_headers_are_read_as_tools_print_them(text: str) -> None:
    found = head_in(text)
    assert {name: found.headers.get(name) for name in HEADERS} == HEADERS


def test_of_curl_the_request_or_the_response_is_read() -> None:
    asked, answered = (head_in(FORMS["curl -v"], of_response=which) for which in (False, True))
    assert (asked.method, asked.path) == ("POST", "/v1/payments/payNotify?x=1")
    assert "response-time" not in asked.headers
    assert answered.headers == {"client-id": "ANOTHER", "response-time": "1"}


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": lambda text: text.encode(),
    "UTF-8 with a byte order mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16, little endian": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "UTF-16, big endian": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
}


@pytest.mark.parametrize("encoded", ENCODINGS.values(), ids=ENCODINGS)
def test_a_text_is_read_in_any_encoding(tmp_path: Path, encoded: Callable[[str], bytes]) -> None:
    (tmp_path / "file").write_bytes(encoded(FORMS["lines"]))
    assert text_of(tmp_path / "file") == FORMS["lines"]


def test_what_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "key.der").write_bytes(b"\x30\x82\xff\xfe")
    with pytest.raises(ValueError, match=r"key\.der is not a text"):
        text_of(tmp_path / "key.der")
