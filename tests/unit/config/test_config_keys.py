"""read_keys: which key is missing or malformed, and why, without a character of it."""

import datetime
import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from alipay_signing import BadSignature, KmsSigner, LocalSigner
from autodebit.config import Keys, Settings, read_keys
from autodebit.errors import ConfigurationError
from tests.support.keys import alipay_key, merchant_key, texts
from tests.support.world import settings

PRIVATE = texts()["merchant"]["private_pkcs8_b64"]
OWN_PUBLIC = texts()["merchant"]["public_spki_b64"]
PUBLIC = texts()["alipay_simulated"]["public_spki_b64"]
CONTENT = b"POST /x\nid.time.body"


def secret(**changed: Any) -> str:
    stored = {"privateKey": PRIVATE, "keyVersion": "1", "alipayPublicKeys": {"1": PUBLIC}, **changed}
    return json.dumps({name: value for name, value in stored.items() if value is not ...})


def read(text: str, **changed: Any) -> Keys:
    return read_keys(text, settings(**changed))


def certificate() -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    now = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(name, name, merchant_key().public_key(), 1, now, now + datetime.timedelta(days=1))
    return builder.sign(merchant_key(), hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def pem(key: Any, password: bytes | None = None) -> str:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode())


def weak() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)


def test_sound_keys_sign_and_verify() -> None:
    keys = read(secret())
    assert keys.signer.sign(CONTENT) == LocalSigner(merchant_key(), "1").sign(CONTENT)
    keys.verifier.verify(LocalSigner(alipay_key(), "1").sign(CONTENT), CONTENT)


WRONG: dict[str, tuple[str, str]] = {
    "nothing": ("", "JSON object"),
    "no JSON": (PRIVATE, "JSON object"),
    "our own public key for Alipay's": (
        secret(alipayPublicKeys={"1": OWN_PUBLIC}),
        "version 1: this is your own public key",
    ),
    "half": (secret()[:-1], "JSON object"),
    "an array": (f"[{secret()}]", "JSON object"),
    "null": ("null", "JSON object"),
    "no private key": (secret(privateKey=...), "privateKey is missing"),
    "a private key that is null": (secret(privateKey=None), "privateKey is missing"),
    "a private key that is a number": (secret(privateKey=1), "privateKey is missing"),
    "an empty private key": (secret(privateKey=""), "privateKey: the key is empty"),
    "a word for a private key": (secret(privateKey="swordfish!"), "privateKey: not base64"),
    "a damaged private key": (secret(privateKey=PRIVATE[:400] + PRIVATE[404:]), "privateKey: not a valid private key"),
    "a cut private key": (secret(privateKey=PRIVATE[:-40]), "privateKey: "),
    "our public key in its place": (secret(privateKey=OWN_PUBLIC), "privateKey: this is a public key"),
    "a certificate in its place": (secret(privateKey=certificate()), "privateKey: this is a certificate"),
    "an encrypted private key": (secret(privateKey=pem(merchant_key(), b"hunter2")), "privateKey: encrypted PEM"),
    "a key of another kind": (secret(privateKey=pem(ec.generate_private_key(ec.SECP256R1()))), "privateKey: a key of"),
    "a weak key": (secret(privateKey=pem(weak())), "privateKey: an RSA key of 1024 bits"),
    "a key version with a comma": (secret(keyVersion="1,2"), "keyVersion must be"),
    "an empty key version": (secret(keyVersion=""), "keyVersion must be"),
    "a key version that is null": (secret(keyVersion=None), "keyVersion must be"),
    "a key version that is true": (secret(keyVersion=True), "keyVersion must be"),
    "a key version that is an array": (secret(keyVersion=["1"]), "keyVersion must be"),
    "a key for a key version": (secret(keyVersion=PRIVATE), "keyVersion must be"),
    "no public keys": (secret(alipayPublicKeys=...), "alipayPublicKeys must be an object"),
    "public keys that are null": (secret(alipayPublicKeys=None), "alipayPublicKeys must be an object"),
    "empty public keys": (secret(alipayPublicKeys={}), "alipayPublicKeys must be an object"),
    "one public key without version": (secret(alipayPublicKeys=PUBLIC), "alipayPublicKeys must be an object"),
    "an array of public keys": (secret(alipayPublicKeys=[PUBLIC]), "alipayPublicKeys must be an object"),
    "a public key that is null": (secret(alipayPublicKeys={"1": None}), "alipayPublicKeys, version 1: "),
    "an empty public key": (secret(alipayPublicKeys={"1": ""}), "alipayPublicKeys, version 1: the key is empty"),
    "the second one damaged": (
        secret(alipayPublicKeys={"1": PUBLIC, "2": PUBLIC[:99]}),
        "alipayPublicKeys, version 2: ",
    ),
    "a private key in its place": (
        secret(alipayPublicKeys={"1": PRIVATE}),
        "alipayPublicKeys, version 1: this is a private key",
    ),
    "key and version exchanged": (secret(alipayPublicKeys={PRIVATE: "1"}), "each name must be a key version"),
}


@pytest.mark.parametrize(("text", "why"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_and_not_shown(text: str, why: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(text)
    message = str(caught.value)
    assert "ALIPAY_KEYS_SECRET" in message
    assert why in message
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    for shown in (PRIVATE, OWN_PUBLIC, PUBLIC):
        assert all(shown[at : at + 12] not in message for at in range(0, len(shown) - 12, 4))
    for word in ("swordfish", "hunter2", "BEGIN CERT", "MIIE"):
        assert word not in message


AS_EDITORS_LEAVE_IT = {
    "public keys as JSON text": secret(alipayPublicKeys=json.dumps({"1": PUBLIC})),
    "a byte order mark": "\ufeff" + secret(),
    "a byte order mark in the inner text": secret(alipayPublicKeys="\ufeff" + json.dumps({"1": PUBLIC})),
    "PEM with real line breaks": secret(privateKey=pem(merchant_key())).replace("\\n", "\n"),
}


@pytest.mark.parametrize("text", AS_EDITORS_LEAVE_IT.values(), ids=AS_EDITORS_LEAVE_IT)
def test_a_secret_is_read_as_editors_leave_it(text: str) -> None:
    keys = read(text)
    keys.verifier.verify(LocalSigner(alipay_key(), "1").sign(CONTENT), CONTENT)
    assert keys.signer.sign(CONTENT) == LocalSigner(merchant_key(), "1").sign(CONTENT)


@pytest.mark.parametrize("version", ["1", "2024-07.a", 1, 7])
def test_a_key_version_may_be_a_number(version: object) -> None:
    assert f",keyVersion={version}," in read(secret(keyVersion=version)).signer.sign(CONTENT)


def test_the_key_version_defaults_to_1() -> None:
    assert ",keyVersion=1," in read(secret(keyVersion=...)).signer.sign(CONTENT)


def test_several_public_keys_are_valid_at_once_by_their_version() -> None:
    older = rsa.generate_private_key(65537, 2048).public_key()
    text = older.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    keys = read(secret(alipayPublicKeys={"1": text, "2": PUBLIC}))
    keys.verifier.verify(LocalSigner(alipay_key(), "2").sign(CONTENT), CONTENT)
    with pytest.raises(BadSignature):
        keys.verifier.verify(LocalSigner(alipay_key(), "1").sign(CONTENT), CONTENT)


class FakeKms:
    def sign(self, **_: Any) -> dict[str, bytes]:
        return {"Signature": b"signed by KMS"}


@pytest.mark.parametrize("private", [..., "ignored, whatever it is"])
def test_with_a_key_in_kms_no_private_key_is_needed(private: object) -> None:
    made: Settings = settings(signing_key="alias/signing")
    keys = read_keys(secret(privateKey=private, keyVersion=3), made, FakeKms())  # type: ignore[arg-type]
    assert isinstance(keys.signer, KmsSigner)
    assert keys.signer.sign(CONTENT).startswith("algorithm=RSA256,keyVersion=3,signature=")


def test_with_a_key_in_kms_alipays_keys_are_still_needed() -> None:
    with pytest.raises(ConfigurationError, match="alipayPublicKeys"):
        read_keys(secret(alipayPublicKeys={}), settings(signing_key="k"), FakeKms())  # type: ignore[arg-type]


def test_keys_show_nothing_when_printed() -> None:
    assert repr(read(secret())) == "Keys()"
