"""Where the private key lives makes no difference to what is sent."""

import hashlib
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from alipay_signing import KmsSigner, LocalSigner, Verifier

CONTENT = b"POST /ams/api/v1/payments/pay\nT_1.1685599933871." + b"x" * 10_000
KEY_ID = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd"


class FakeKms:
    """KMS with one RSA_2048 key; like KMS, it signs a digest as it is and limits the message."""

    def __init__(self, private_key: RSAPrivateKey) -> None:
        self._private_key = private_key
        self.requests: list[dict[str, Any]] = []

    def sign(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        assert request["MessageType"] == "DIGEST"
        assert request["SigningAlgorithm"] == "RSASSA_PKCS1_V1_5_SHA_256"
        assert len(request["Message"]) == 32
        signature = self._private_key.sign(request["Message"], PKCS1v15(), Prehashed(SHA256()))
        return {"KeyId": KEY_ID, "Signature": signature, "SigningAlgorithm": request["SigningAlgorithm"]}


def test_kms_gives_the_header_that_the_local_key_gives(merchant: Any) -> None:
    kms = FakeKms(merchant.private)
    header = KmsSigner(kms, KEY_ID, "2").sign(CONTENT)
    assert header == LocalSigner(merchant.private, "2").sign(CONTENT)
    Verifier({"2": merchant.public}).verify(header, CONTENT)


def test_kms_sees_only_the_digest(merchant: Any) -> None:
    kms = FakeKms(merchant.private)
    KmsSigner(kms, KEY_ID).sign(CONTENT)
    assert kms.requests == [
        {
            "KeyId": KEY_ID,
            "Message": hashlib.sha256(CONTENT).digest(),
            "MessageType": "DIGEST",
            "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256",
        }
    ]


def test_the_real_client_takes_the_request(merchant: Any) -> None:
    client = boto3.client("kms", region_name="eu-central-1", aws_access_key_id="none", aws_secret_access_key="none")
    with Stubber(client) as stub:
        stub.add_response(
            "sign",
            {"Signature": b"\1" * 256},
            {
                "KeyId": KEY_ID,
                "Message": hashlib.sha256(CONTENT).digest(),
                "MessageType": "DIGEST",
                "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256",
            },
        )
        assert KmsSigner(client, KEY_ID).sign(CONTENT).startswith("algorithm=RSA256,keyVersion=1,signature=AQEB")


def test_an_answer_of_kms_without_signature_bytes_is_an_error() -> None:
    class OddKms:
        def sign(self, **request: Any) -> dict[str, Any]:
            return {"Signature": "text"}

    with pytest.raises(TypeError, match="without signature bytes"):
        KmsSigner(OddKms(), KEY_ID).sign(CONTENT)


@pytest.mark.parametrize("key_version", ["", " ", "1,2", "a=b", "1 ", "1\t", "1\n", "1\r\nX: y", "é", "\x7f"])
def test_a_key_version_that_would_break_the_header_is_refused(merchant: Any, key_version: str) -> None:
    with pytest.raises(ValueError, match="key_version"):
        LocalSigner(merchant.private, key_version)
    with pytest.raises(ValueError, match="key_version"):
        KmsSigner(FakeKms(merchant.private), KEY_ID, key_version)


@pytest.mark.parametrize("key_version", ["0", "1", "42", "2024-05", "v1.2_b", "a:b/c%2C"])
def test_any_other_key_version_comes_back_from_the_header(merchant: Any, key_version: str) -> None:
    header = LocalSigner(merchant.private, key_version).sign(CONTENT)
    Verifier({key_version: merchant.public}).verify(header, CONTENT)


def test_no_key_shows_in_a_signer_or_verifier(merchant: Any) -> None:
    for thing in (LocalSigner(merchant.private), Verifier({"1": merchant.public})):
        assert str(merchant.public.public_numbers().n) not in repr(thing)
        assert merchant.public_text[50:70] not in repr(thing)
