"""The doctor: what is wrong with a configuration, and why a signature does not hold."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Side
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import alipay_signing
from alipay_signing import LocalSigner, canonical, header
from alipay_signing.doctor import Configuration, Finding, Message, Verdict, clock, diagnose, examine
from alipay_signing.doctor.__main__ import main
from alipay_signing.doctor.configuration import PublicKeys, examine_keys

CLIENT_ID, TIME = "SANDBOX_5YTEST0000000001", "2023-06-01T14:12:14+08:00"
PATH = "/ams/sandbox/api/v1/payments/pay"
NOTIFY = "/v1/payments/payNotify"
BODY = b'{"a":1,"text":"\xe6\x94\xaf\xe4\xbb\x98 /","z":{"b":[1,2]}}'


@pytest.fixture(scope="module")
def stranger() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def wrong(findings: list[Finding]) -> list[str]:
    """The checks that came out wrong."""
    return [finding.check for finding in findings if finding.verdict is Verdict.WRONG]


def public_text(key: rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


# ------------------------------------------------------------------------------------------------------ configuration
def test_a_good_configuration_has_nothing_wrong(merchant: Side, alipay: Side) -> None:
    findings = examine(
        Configuration(
            private_key=merchant.private_text,
            public_key=merchant.public_text,
            alipay_public_keys={"1": alipay.public_text},
            client_id=CLIENT_ID,
            gateway_url="https://open-sea-global.alipay.com/ams/sandbox/api",
            notify_urls=("https://shop.example/prod/v1/payments/payNotify",),
        )
    )
    assert {finding.verdict for finding in findings} == {Verdict.OK}
    assert len(findings) == 8
    assert "/prod/v1/payments/payNotify" in str(findings[-1])


def test_no_key_is_shown(merchant: Side, alipay: Side) -> None:
    configuration = Configuration(merchant.private_text, merchant.public_text, {"1": alipay.public_text})
    text = "\n".join(map(str, examine(configuration))) + repr(configuration)
    for secret in (merchant.private_text, merchant.private_text[60:90]):
        assert secret not in text


def test_keys_of_a_wrong_form(merchant: Side, alipay: Side) -> None:
    damaged = merchant.private_text[:-40]
    findings = examine(Configuration(damaged, "not a key!", {"1": alipay.public_text, "2": ""}))
    assert wrong(findings) == ["private key", "your public key", "Alipay's public key, version 2"]
    assert all(finding.advice for finding in findings if finding.verdict is Verdict.WRONG)


def test_halves_of_two_pairs(merchant: Side, stranger: rsa.RSAPrivateKey) -> None:
    assert wrong(examine(Configuration(merchant.private_text, public_text(stranger)))) == ["key pair"]


def test_the_own_public_key_in_place_of_alipays(merchant: Side, alipay: Side) -> None:
    keys = {"1": alipay.public_text, "2": merchant.public_text}
    for configuration in (
        Configuration(merchant.private_text, None, keys),
        Configuration(None, merchant.public_text, keys),
        Configuration(merchant.private_text, merchant.public_text, keys),
    ):
        findings = [finding for finding in examine(configuration) if finding.verdict is Verdict.WRONG]
        assert [finding.check for finding in findings] == ["Alipay's public key, version 2"]
        assert "your own public key" in findings[0].text


def test_swapped_keys(merchant: Side, alipay: Side) -> None:
    (pair,) = [
        finding
        for finding in examine(Configuration(merchant.private_text, alipay.public_text, {"1": merchant.public_text}))
        if finding.verdict is Verdict.WRONG
    ]
    assert (pair.check, pair.advice) == ("key pair", "swap them")
    findings = examine(Configuration(merchant.public_text, merchant.private_text, {"1": alipay.public_text}))
    assert wrong(findings) == ["private key", "your public key"]
    assert "swap them" in findings[0].advice


@pytest.mark.parametrize(
    ("client_id", "url", "faulty"),
    [
        ("SANDBOX_5Y1", "https://open-sea-global.alipay.com/ams/api", ["path prefix"]),
        ("5Y1", "https://open-sea-global.alipay.com/ams/sandbox/api/", ["path prefix"]),
        ("5Y1", "https://open-sea-global.alipay.com/ams/api", []),
        ("SANDBOX_5Y1", "https://open-de-global.alipay.com/ams/sandbox/api/v1/payments/pay", []),
        ("SANDBOX_5Y1", "https://open-global.alipay.com", ["gateway URL"]),
        ("SANDBOX_5Y1", "http://open-sea-global.alipay.com", ["gateway URL"]),
        ("SANDBOX_5Y1", "open-sea-global.alipay.com", ["gateway URL"]),
        ("SANDBOX_5Y1", "http://127.0.0.1:8080", []),
        ("SANDBOX_5Y1", "https://proxy.shop.example", []),
        (" SANDBOX_5Y1", None, ["client id"]),
        ("sandbox_5Y1", None, ["client id"]),
        ("", None, ["client id"]),
    ],
)
def test_the_gateway_and_the_client_id(client_id: str, url: str | None, faulty: list[str]) -> None:
    assert wrong(examine(Configuration(client_id=client_id, gateway_url=url))) == faulty


@pytest.mark.parametrize(
    ("url", "faults"),
    [
        ("https://shop.example/v1/payments/payNotify", 0),
        ("https://shop.example", 1),
        ("https://shop.example/", 1),
        ("https://shop.example/n?x=1", 1),
        ("https://shop.example/n#x", 1),
        ("http://shop.example/n", 1),
        ("http://localhost:3000/n", 0),
        ("https://user:pass@shop.example/n", 1),
        ("https://shop.example//n", 1),
        ("https://shop.example/zahl%20n", 1),
        ("http://shop.example?x", 3),
        ("shop.example/n", 1),
        (" https://shop.example/n", 1),
    ],
)
def test_notify_urls(url: str, faults: int) -> None:
    assert len(wrong(examine(Configuration(notify_urls=(url,))))) == faults


@pytest.mark.parametrize(
    ("ahead", "verdict"), [(2.0, Verdict.OK), (-31.0, Verdict.NOTE), (301.0, Verdict.WRONG), (-4000.0, Verdict.WRONG)]
)
def test_the_clock(ahead: float, verdict: Verdict) -> None:
    assert clock.judge(ahead, "gateway").verdict is verdict


def test_a_clock_that_cannot_be_asked_is_no_fault() -> None:
    assert clock.compare("http://127.0.0.1:9/").verdict is Verdict.NOTE
    assert clock.compare("gateway").verdict is Verdict.WRONG


# ---------------------------------------------------------------------------------------------------------- signatures
@pytest.fixture(scope="module")
def keys(merchant: Side, alipay: Side) -> PublicKeys:
    return examine_keys(Configuration(merchant.private_text, merchant.public_text, {"1": alipay.public_text}))[1]


def message(signature: str | None, kind: str = "notification", **changes: object) -> Message:
    time = "response-time" if kind == "response" else "request-time"
    headers = {"client-id": CLIENT_ID, time: TIME} | ({} if signature is None else {"signature": signature})
    values = {"kind": kind, "headers": headers, "body": BODY, "path": NOTIFY, **changes}
    if isinstance(values["headers"], dict):
        values["headers"] = {name: value for name, value in (headers | values["headers"]).items() if value is not None}
    return Message(**values)  # type: ignore[arg-type]


def signed(
    side: Side, path: str = NOTIFY, body: bytes = BODY, time: str = TIME, client: str = CLIENT_ID, method: str = "POST"
) -> str:
    return LocalSigner(side.private).sign(canonical(method, path, client, time, body))


def test_a_signature_that_holds(keys: PublicKeys, merchant: Side, alipay: Side) -> None:
    for kind, side, path in (("request", merchant, PATH), ("response", alipay, PATH), ("notification", alipay, NOTIFY)):
        (finding,) = diagnose(message(signed(side, path), kind, path=path), keys, CLIENT_ID)
        assert (finding.verdict, finding.check) == (Verdict.OK, "signature")


DOCUMENT = json.loads(BODY)
DIFFERENCES = {
    "sandbox path": ("path", {"path": PATH}, {"path": PATH.replace("/sandbox", "")}),
    "production path": ("path", {"path": PATH.replace("/sandbox", "")}, {"path": PATH}),
    "stage was cut off": ("path", {"path": f"/prod{NOTIFY}"}, {}),
    "stage was put before": ("path", {}, {"path": f"/prod/base{NOTIFY}"}),
    "slash at the end": ("path", {}, {"path": f"{NOTIFY}/"}),
    "query": ("path", {}, {"path": f"{NOTIFY}?x=1"}),
    "whole URL signed": ("path", {}, {"path": f"https://shop.example{NOTIFY}"}),
    "other case of client": ("client id", {"client": CLIENT_ID.lower()}, {}),
    "milliseconds cut": ("time", {"time": "1685599933000"}, {"headers": {"request-time": "1685599933"}}),
    "offset written otherwise": ("time", {"time": "2023-06-01T14:12:14+0800"}, {}),
    "zulu": ("time", {"time": "2023-06-01T06:12:14Z"}, {"headers": {"request-time": "2023-06-01T06:12:14+00:00"}}),
    "line break at the end": ("body", {}, {"body": BODY + b"\n"}),
    "line break lost": ("body", {"body": BODY + b"\n"}, {}),
    "CRLF": ("body", {"body": b'{\n"a":1}'}, {"body": b'{\r\n"a":1}'}),
    "byte order mark": ("body", {}, {"body": b"\xef\xbb\xbf" + BODY}),
    "indented": ("body", {"body": json.dumps(DOCUMENT, indent=3).encode()}, {}),
    "compacted": ("body", {}, {"body": json.dumps(DOCUMENT, indent=2, ensure_ascii=False).encode()}),
    "escaped": ("body", {}, {"body": json.dumps(DOCUMENT, separators=(",", ":")).encode()}),
    "sorted": ("body", {"body": b'{"a":1,"b":2}'}, {"body": b'{"b":2,"a":1}'}),
    "slashes": ("body", {"body": BODY.replace(b"/", b"\\/")}, {}),
    "read as latin-1": ("body", {}, {"body": BODY.decode("latin-1").encode()}),
    "body lost": ("body", {"body": b""}, {}),
    "method": ("method", {"method": "post"}, {}),
}


@pytest.mark.parametrize(("part", "over", "arrived"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_which_part_differs(
    keys: PublicKeys, alipay: Side, part: str, over: dict[str, str], arrived: dict[str, object]
) -> None:
    findings = diagnose(message(signed(alipay, **over), **arrived), keys, CLIENT_ID)  # type: ignore[arg-type]
    assert wrong(findings) == [part]
    assert findings[0].text.startswith("it was signed ")
    assert findings[0].advice


def test_two_parts_differ(keys: PublicKeys, alipay: Side) -> None:
    arrived = message(signed(alipay, f"/prod{NOTIFY}"), body=BODY + b"\n")
    assert wrong(diagnose(arrived, keys, CLIENT_ID)) == ["path", "body"]


def test_the_registered_path_is_tried(keys: PublicKeys, alipay: Side) -> None:
    arrived = message(signed(alipay, "/hooks/alipay"), path="/internal/7")
    assert wrong(diagnose(arrived, keys, CLIENT_ID)) == ["content"]
    findings = diagnose(arrived, keys, CLIENT_ID, ("/hooks/alipay",))
    assert wrong(findings) == ["path"]
    assert "'/hooks/alipay'" in findings[0].text


def test_a_body_that_somebody_altered(keys: PublicKeys, alipay: Side) -> None:
    (finding,) = diagnose(message(signed(alipay), body=BODY.replace(b"1", b"9")), keys, CLIENT_ID)
    assert (finding.check, "the key is right" in finding.text) == ("content", True)


def test_which_key_made_it(keys: PublicKeys, merchant: Side, alipay: Side, stranger: rsa.RSAPrivateKey) -> None:
    own = diagnose(message(signed(merchant)), keys, CLIENT_ID)
    assert wrong(own) == ["key"]
    assert "made with your key" in own[0].text
    swapped = diagnose(message(signed(alipay), "request"), keys, CLIENT_ID)
    assert wrong(swapped) == ["key"]
    unknown = LocalSigner(stranger).sign(canonical("POST", NOTIFY, CLIENT_ID, TIME, BODY))
    (finding,) = diagnose(message(unknown), keys, CLIENT_ID)
    assert "none of the keys" in finding.text


def test_a_version_that_does_not_fit_its_key(keys: PublicKeys, alipay: Side) -> None:
    (finding,) = diagnose(message(signed(alipay).replace("keyVersion=1", "keyVersion=2")), keys, CLIENT_ID)
    assert (finding.check, "version 1, not with Alipay's public key, version 2" in finding.text) == ("key", True)


def test_another_hash(keys: PublicKeys, alipay: Side) -> None:
    content = canonical("POST", NOTIFY, CLIENT_ID, TIME, BODY)
    value = header.write(alipay.private.sign(content, padding.PKCS1v15(), SHA1()), "1")
    (finding,) = diagnose(message(value), keys, CLIENT_ID)
    assert "another hash" in finding.text


SPELLINGS = {
    "form": lambda text: text.replace("%2B", " "),
    "twice": lambda text: text.replace("%", "%25"),
    "base64url": lambda text: text.replace("%2B", "-").replace("%2F", "_"),
    "no padding": lambda text: text.replace("%3D", ""),
    "lines": lambda text: f"{text[:100]}\t{text[100:]}",
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_a_signature_written_by_clumsy_hands(keys: PublicKeys, alipay: Side, spell: object) -> None:
    text = signed(alipay)
    assert "%2B" in text
    assert "%3D" in text
    findings = diagnose(message(spell(text)), keys, CLIENT_ID)  # type: ignore[operator]
    assert wrong(findings) == ["signature"]


@pytest.mark.parametrize("name", ["client-id", "request-time", "signature"])
def test_a_header_that_is_missing(keys: PublicKeys, alipay: Side, name: str) -> None:
    findings = diagnose(message(signed(alipay), headers={name: None}), keys, CLIENT_ID)
    assert wrong(findings)[0].lower() == f"header {name}"


def test_a_message_for_another_client(keys: PublicKeys, alipay: Side) -> None:
    arrived = message(signed(alipay, client="OTHER"), headers={"client-id": "OTHER"})
    assert wrong(diagnose(arrived, keys, CLIENT_ID)) == ["header Client-Id"]


# --------------------------------------------------------------------------------------------------------- command line
@pytest.fixture
def folder(tmp_path: Path, merchant: Side, alipay: Side) -> Path:
    (tmp_path / "merchant-private.pem").write_text(merchant.private_text)
    (tmp_path / "merchant-public.pem").write_text(merchant.public_text)
    (tmp_path / "alipay-public.pem").write_text(alipay.public_text)
    secret = {"privateKey": merchant.private_text, "alipayPublicKeys": {"1": merchant.public_text}}
    (tmp_path / "secret.json").write_text(json.dumps(secret))
    (tmp_path / "body").write_bytes(BODY)
    lines = (
        f"POST {NOTIFY} HTTP/1.1\r\nClient-Id: {CLIENT_ID}\r\nREQUEST-TIME: {TIME}\r\nSignature: {signed(alipay)}\r\n"
    )
    (tmp_path / "headers").write_text(lines)
    return tmp_path


def test_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--keys", str(folder), "--client-id", CLIENT_ID]) == 0
    assert capsys.readouterr().out.count("ok ") == 5
    assert main(["--secret", str(folder / "secret.json")]) == 1
    assert "WRONG  Alipay's public key, version 1: this is your own public key -> take" in capsys.readouterr().out
    arrived = ["--message", "notification", "--headers", str(folder / "headers"), "--body", str(folder / "body")]
    assert main(["--keys", str(folder), *arrived]) == 0
    assert "it holds" in capsys.readouterr().out
    assert main(["--keys", str(folder), *arrived, "--path", f"/prod{NOTIFY}"]) == 1
    assert (
        f"WRONG  path: it was signed over the path '{NOTIFY}', and not '/prod{NOTIFY}' -> " in capsys.readouterr().out
    )
    single = ["--private-key", "merchant-private.pem", "--alipay-public-key", "2=alipay-public.pem"]
    assert (
        main([str(folder / one) if one.startswith("merchant") else one.replace("2=", f"2={folder}/") for one in single])
        == 0
    )
    assert "version 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [[], ["--keys", "/no/such/folder"], ["--private-key", "/no/such/file"], ["--message", "request"], ["--client"]],
)
def test_the_command_line_says_what_it_needs(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_it_runs_by_name_and_needs_no_aws(folder: Path) -> None:
    root = Path(alipay_signing.__file__).parents[1]
    code = (
        "import runpy, sys; sys.modules.update(boto3=None, botocore=None); "
        f"sys.argv = ['doctor', '--keys', {str(folder)!r}]; runpy.run_module('alipay_signing.doctor', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ok     private key: RSA, 2048 bits")
