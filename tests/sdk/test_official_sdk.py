"""Both ways with the official Python SDK: what it signs we accept, what we sign it accepts."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from official_sdk import Sdk, SdkError, running_sdk, sdk_python

from alipay_signing import (
    BadSignature,
    LocalSigner,
    Verifier,
    canonical,
    load_private_key,
    load_public_key,
)

CLIENT_ID = "SANDBOX_5YTEST0000000001"
DOCUMENT = {
    "paymentRequestId": "P-1",
    "order": {"orderDescription": "Überweisung 支付 การชำระเงิน 😀", "goods": [{"name": "a/b<&>\"'\\"}]},
    "paymentAmount": {"currency": "JPY", "value": "1000"},
}

# direction: path, time, the side that signs
MESSAGES = {
    "request": ("/ams/sandbox/api/v1/payments/pay", "1685599933871", "merchant"),
    "response": ("/ams/sandbox/api/v1/payments/pay", "2023-06-01T14:12:14+08:00", "alipay_simulated"),
    "notification": ("/prod/v1/payments/payNotify", "2023-06-01T06:13:05Z", "alipay_simulated"),
}
BODIES = {
    "compact ASCII": json.dumps(DOCUMENT, separators=(",", ":")),
    "compact non-ASCII": json.dumps(DOCUMENT, separators=(",", ":"), ensure_ascii=False),
    "pretty, LF": json.dumps(DOCUMENT, indent=3, ensure_ascii=False),
    "pretty, CRLF": json.dumps(DOCUMENT, indent=2, ensure_ascii=False).replace("\n", "\r\n"),
    "pretty, tabs, blanks after it": json.dumps(DOCUMENT, indent="\t", ensure_ascii=False) + " \r\n",
    "byte order mark": "\ufeff" + json.dumps(DOCUMENT),
    "empty": "",
}


@pytest.fixture(params=MESSAGES.values(), ids=MESSAGES.keys())
def message(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=BODIES.values(), ids=BODIES.keys())
def body(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="module")
def signers(keys: Any) -> dict[str, LocalSigner]:
    sides = ("merchant", "alipay_simulated")
    return {side: LocalSigner(load_private_key(keys[side]["private_pkcs8_b64"])) for side in sides}


@pytest.fixture(scope="module")
def verifiers(keys: Any) -> dict[str, Verifier]:
    sides = ("merchant", "alipay_simulated")
    return {side: Verifier({"1": load_public_key(keys[side]["public_spki_b64"])}) for side in sides}


def test_we_accept_what_the_sdk_signs(
    sdk: Sdk, keys: Any, verifiers: dict[str, Verifier], message: tuple[str, str, str], body: str
) -> None:
    path, time, side = message
    value = sdk("sign", "POST", path, CLIENT_ID, time, body, keys[side]["private_pkcs8_b64"])
    header = f"algorithm=RSA256,keyVersion=1,signature={value}"
    verifiers[side].verify(header, canonical("POST", path, CLIENT_ID, time, body.encode()))
    with pytest.raises(BadSignature):
        verifiers[side].verify(header, canonical("POST", path, CLIENT_ID, time, body.encode() + b" "))


def test_the_sdk_accepts_what_we_sign(
    sdk: Sdk, keys: Any, signers: dict[str, LocalSigner], message: tuple[str, str, str], body: str
) -> None:
    path, time, side = message
    public_key = keys[side]["public_spki_b64"]
    header = signers[side].sign(canonical("POST", path, CLIENT_ID, time, body.encode()))
    value = header.partition("signature=")[2]
    assert sdk("verify", "POST", path, CLIENT_ID, time, body, value, public_key) is True
    assert sdk("check_signature", "POST", path, CLIENT_ID, time, body, header, public_key) is True
    spaced = header.replace(",", ", ")
    assert sdk("check_signature", "POST", path, CLIENT_ID, time, body, spaced, public_key) is True


def test_the_sdk_and_we_write_the_same_signature(
    sdk: Sdk, keys: Any, signers: dict[str, LocalSigner], message: tuple[str, str, str], body: str
) -> None:
    path, time, side = message
    value = sdk("sign", "POST", path, CLIENT_ID, time, body, keys[side]["private_pkcs8_b64"])
    header = signers[side].sign(canonical("POST", path, CLIENT_ID, time, body.encode()))
    assert header == f"algorithm=RSA256,keyVersion=1,signature={value}"


def test_the_sdk_refuses_what_we_signed_for_another_body(sdk: Sdk, keys: Any, signers: dict[str, LocalSigner]) -> None:
    path, time, side = MESSAGES["notification"]
    header = signers[side].sign(canonical("POST", path, CLIENT_ID, time, b'{"a": 1}'))
    with pytest.raises(SdkError, match="VerificationError"):
        sdk("check_signature", "POST", path, CLIENT_ID, time, '{"a":1}', header, keys[side]["public_spki_b64"])


def test_the_sdks_whole_client_talks_to_our_signatures(
    sdk: Sdk, keys: Any, signers: dict[str, LocalSigner], verifiers: dict[str, Verifier]
) -> None:
    """Its request, with headers as it sends them, verifies here; our signed answer passes its own checks."""
    path, time = "/ams/sandbox/api/v1/authorizations/applyToken", "2023-06-01T14:12:14+08:00"
    answer = json.dumps({"accessToken": "té", "result": {"resultStatus": "S"}}, indent=2, ensure_ascii=False)
    signature = signers["alipay_simulated"].sign(canonical("POST", path, CLIENT_ID, time, answer.encode()))
    exchange = sdk(
        "execute",
        CLIENT_ID,
        keys["merchant"]["private_pkcs8_b64"],
        keys["alipay_simulated"]["public_spki_b64"],
        "CODE é 支付",
        {"client-id": CLIENT_ID, "response-time": time, "signature": signature},
        answer,
    )
    assert exchange["answer"] == answer

    headers = {name.lower(): value for name, value in exchange["headers"].items()}
    sent = exchange["body"].encode()
    assert b"\n" in sent, "the SDK pretty-prints"
    content = canonical("POST", urlsplit(exchange["url"]).path, headers["client-id"], headers["request-time"], sent)
    verifiers["merchant"].verify(headers["signature"], content)


def test_a_missing_environment_fails_and_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"uv pip install .* -r requirements/sdk\.txt"):
        sdk_python(tmp_path)


def test_an_environment_without_the_sdk_fails_and_shows_why(tmp_path: Path) -> None:
    bridge = tmp_path / "bridge.py"
    bridge.write_text("import no_such_sdk")
    with running_sdk(bridge) as sdk, pytest.raises(pytest.fail.Exception, match="no_such_sdk") as caught:
        sdk("sign")
    assert "requirements/sdk.txt" in str(caught.value)
