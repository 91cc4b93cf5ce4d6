"""The Signature header: what we emit, what we accept, what we refuse."""

import base64
import re
from typing import Any
from urllib.parse import quote

import pytest

from alipay_signing import BadSignature, LocalSigner, Verifier

CONTENT = b"POST /notify\nT_1.2023-06-01T06:13:05Z.{}"


@pytest.fixture(scope="module")
def signature(alipay: Any) -> str:
    """The signature of a content in standard base64, with both characters that percent-encoding is about."""
    header = LocalSigner(alipay.private).sign(CONTENT)
    text = header.partition("signature=")[2].replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
    assert "+" in text
    assert "/" in text
    return text


def test_the_header_we_emit_suits_the_strictest_sdk(signer: LocalSigner) -> None:
    parts = signer.sign(CONTENT).split(",")
    assert parts[:2] == ["algorithm=RSA256", "keyVersion=1"]
    [value] = parts[2:]
    assert re.fullmatch(r"signature=(?:[A-Za-z0-9]|%2B|%2F)+%3D%3D", value)


def test_the_key_version_is_the_signers(alipay: Any) -> None:
    assert LocalSigner(alipay.private, key_version="7").sign(CONTENT).split(",")[1] == "keyVersion=7"


ACCEPTED = {
    "as the SDKs send it": "algorithm=RSA256,keyVersion=1,signature={upper}",
    "as the documentation shows it": "algorithm=RSA256, keyVersion=1, signature={upper}",
    "lower-case hex (.NET)": "algorithm=RSA256,keyVersion=1,signature={lower}",
    "not encoded": "algorithm=RSA256,keyVersion=1,signature={plain}",
    "only the padding encoded": "algorithm=RSA256,keyVersion=1,signature={padding}",
    "every character encoded": "algorithm=RSA256,keyVersion=1,signature={everything}",
    "another order": "signature={upper},keyVersion=1,algorithm=RSA256",
    "another order, not encoded": "signature={plain},algorithm=RSA256,keyVersion=1",
    "blanks everywhere": " algorithm = RSA256 ,\tkeyVersion =1 , signature= {upper}  ",
    "without keyVersion": "algorithm=RSA256,signature={upper}",
    "without algorithm": "keyVersion=1,signature={upper}",
    "only the signature": "signature={upper}",
    "one part more": "algorithm=RSA256,keyVersion=1,signature={upper},nonce=a=b",
    "an empty part": "algorithm=RSA256,,keyVersion=1,signature={upper},",
}


def encoded(template: str, signature: str) -> str:
    return template.format(
        plain=signature,
        upper=quote(signature, safe=""),
        lower=re.sub("%..", lambda match: match[0].lower(), quote(signature, safe="")),
        padding=signature.replace("=", "%3D"),
        everything="".join(f"%{ord(character):02x}" for character in signature),
        twice=quote(quote(signature, safe=""), safe=""),
        form=signature.replace("+", " "),
        urlsafe=signature.replace("+", "-").replace("/", "_"),
        unpadded=signature.rstrip("="),
        overpadded=signature + "=",
        broken=signature[:20] + " " + signature[20:],
        # The last character before the padding carries four bits that no byte uses.
        uncanonical=signature[:-3] + chr(ord(signature[-3]) + 1) + "==",
        short=base64.b64encode(base64.b64decode(signature)[:-1]).decode(),
        long=base64.b64encode(base64.b64decode(signature) + b"\0").decode(),
    )


@pytest.mark.parametrize("template", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_a_header_is_read_by_name(verifier: Verifier, signature: str, template: str) -> None:
    verifier.verify(encoded(template, signature), CONTENT)


REFUSED = {
    "empty": ("", "has no signature"),
    "blank": ("   ", "has no signature"),
    "only commas": (",,,", "has no signature"),
    "no signature": ("algorithm=RSA256,keyVersion=1", "has no signature"),
    "empty signature": ("algorithm=RSA256,keyVersion=1,signature=", "does not fit"),
    "not a header": ("Bearer token", "not name=value"),
    "a part without a name": ("algorithm=RSA256,keyVersion=1,=x,signature={upper}", "not name=value"),
    "unknown keyVersion": ("algorithm=RSA256,keyVersion=2,signature={upper}", "keyVersion '2' is not held"),
    "empty keyVersion": ("algorithm=RSA256,keyVersion=,signature={upper}", "keyVersion '' is not held"),
    "another algorithm": ("algorithm=RSA512,keyVersion=1,signature={upper}", "algorithm"),
    "no algorithm at all": ("algorithm=none,keyVersion=1,signature={upper}", "algorithm"),
    "empty algorithm": ("algorithm=,keyVersion=1,signature={upper}", "algorithm"),
    "signature twice": ("algorithm=RSA256,keyVersion=1,signature={upper},signature={upper}", "repeated"),
    "signature twice, first bad": ("keyVersion=1,signature=AAAA,signature={upper}", "repeated"),
    "keyVersion twice": ("keyVersion=1,keyVersion=1,signature={upper}", "repeated"),
    "algorithm twice": ("algorithm=RSA256, algorithm=RSA256,signature={upper}", "repeated"),
    "unknown part twice": ("a=1,a=2,signature={upper}", "repeated"),
    "percent-encoded twice": ("keyVersion=1,signature={twice}", "not base64"),
    "plus turned into a blank": ("keyVersion=1,signature={form}", "not base64"),
    "base64url": ("keyVersion=1,signature={urlsafe}", "not base64"),
    "blank inside": ("keyVersion=1,signature={broken}", "not base64"),
    "without padding": ("keyVersion=1,signature={unpadded}", "base64"),
    "too much padding": ("keyVersion=1,signature={overpadded}", "base64"),
    "another spelling of the same bytes": ("keyVersion=1,signature={uncanonical}", "not canonical"),
    "one byte short": ("keyVersion=1,signature={short}", "does not fit"),
    "one byte long": ("keyVersion=1,signature={long}", "does not fit"),
    "broken percent-encoding": ("keyVersion=1,signature=%zz%2", "not base64"),
    "not ASCII": ("keyVersion=1,signature=\u00e9\ud800", "not base64"),
}


@pytest.mark.parametrize(("template", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_anything_else_is_refused_with_the_reason(
    verifier: Verifier, signature: str, template: str, reason: str
) -> None:
    with pytest.raises(BadSignature, match=reason) as caught:
        verifier.verify(encoded(template, signature), CONTENT)
    assert caught.value.reason == str(caught.value)
    assert signature[:12] not in repr(caught.value)


def test_an_unknown_key_version_enters_the_reason_harmlessly(verifier: Verifier) -> None:
    stranger = "9\r\nERROR forged line\u2028\x1b[31m" + "x" * 10_000
    with pytest.raises(BadSignature) as caught:
        verifier.verify(f"keyVersion={stranger},signature=AAAA", CONTENT)
    assert len(caught.value.reason) < 80
    assert caught.value.reason.isascii()
    assert caught.value.reason.isprintable()


def test_keys_roll_by_version(alipay: Any, merchant: Any) -> None:
    ring = {"1": alipay.public, "2": merchant.public}
    old, new = (
        LocalSigner(alipay.private, "1").sign(CONTENT),
        LocalSigner(merchant.private, "2").sign(CONTENT),
    )
    rolling = Verifier(ring)
    rolling.verify(old, CONTENT)
    rolling.verify(new, CONTENT)
    rolled = Verifier({"2": ring["2"]})
    rolled.verify(new, CONTENT)
    with pytest.raises(BadSignature, match="is not held"):
        rolled.verify(old, CONTENT)


def test_the_key_version_decides_even_where_another_key_would_fit(alipay: Any, merchant: Any) -> None:
    header = LocalSigner(alipay.private, "2").sign(CONTENT)
    with pytest.raises(BadSignature, match="does not fit"):
        Verifier({"1": alipay.public, "2": merchant.public}).verify(header, CONTENT)


def test_without_a_key_version_every_held_key_is_tried(alipay: Any, merchant: Any) -> None:
    ring = Verifier({"1": alipay.public, "2": merchant.public})
    for side in (alipay, merchant):
        header = LocalSigner(side.private).sign(CONTENT).replace("keyVersion=1,", "")
        ring.verify(header, CONTENT)
        with pytest.raises(BadSignature, match="does not fit"):
            ring.verify(header, CONTENT + b" ")


def test_a_verifier_without_keys_accepts_nothing(signer: LocalSigner) -> None:
    header = signer.sign(CONTENT)
    for text in (header, header.replace("keyVersion=1,", "")):
        with pytest.raises(BadSignature):
            Verifier({}).verify(text, CONTENT)


def test_a_verifier_keeps_its_keys_when_the_mapping_changes(alipay: Any, signer: LocalSigner) -> None:
    keys = {"1": alipay.public}
    verifier = Verifier(keys)
    keys.clear()
    verifier.verify(signer.sign(CONTENT), CONTENT)
