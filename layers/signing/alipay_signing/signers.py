"""Signing: with a key in this process, or with a key that never leaves AWS KMS."""

import hashlib
from collections.abc import Mapping
from typing import Literal, Protocol

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from alipay_signing import header


class KmsClient(Protocol):
    """The one method of ``boto3.client("kms")`` that is used here."""

    def sign(
        self,
        *,
        KeyId: str,  # noqa: N803
        Message: bytes,  # noqa: N803
        MessageType: Literal["DIGEST"],  # noqa: N803
        SigningAlgorithm: Literal["RSASSA_PKCS1_V1_5_SHA_256"],  # noqa: N803
    ) -> Mapping[str, object]: ...


class LocalSigner:
    """Signs with a private key held in this process.

    Args:
        private_key: from ``load_private_key``.
        key_version: the version under which Alipay knows the public half.

    Raises:
        ValueError: *key_version* has a blank, comma or equals sign, or is not visible ASCII.

    Example:
        >>> LocalSigner(key, key_version="1").sign(content)
        'algorithm=RSA256,keyVersion=1,signature=pxyLK0QX...0A%3D%3D'
    """

    def __init__(self, private_key: RSAPrivateKey, key_version: str = "1") -> None:
        self._private_key = private_key
        self._key_version = header.check_key_version(key_version)

    def sign(self, content: bytes) -> str:
        """The whole Signature header value for *content* (from ``canonical``).

        RSASSA-PKCS1-v1_5 with SHA-256: the same content always gives the same text.
        """
        return header.write(self._private_key.sign(content, PKCS1v15(), SHA256()), self._key_version)


class KmsSigner:
    """Signs with an ``RSA_2048`` key (usage ``SIGN_VERIFY``) that never leaves AWS KMS.

    Only the SHA-256 digest is sent: KMS sees no body, and its limit of 4096 bytes for a message does not
    apply.

    Args:
        kms_client: ``boto3.client("kms")``, or anything with its ``sign``.
        key_id: key id, ARN or alias; the role needs ``kms:Sign`` on it.
        key_version: the version under which Alipay knows the public half.

    Raises:
        ValueError: *key_version* has a blank, comma or equals sign, or is not visible ASCII.

    Example:
        >>> KmsSigner(boto3.client("kms"), "alias/alipay-signing").sign(content)
        'algorithm=RSA256,keyVersion=1,signature=pxyLK0QX...0A%3D%3D'
    """

    def __init__(self, kms_client: KmsClient, key_id: str, key_version: str = "1") -> None:
        self._kms_client = kms_client
        self._key_id = key_id
        self._key_version = header.check_key_version(key_version)

    def sign(self, content: bytes) -> str:
        """The whole Signature header value for *content*, the same text that ``LocalSigner`` gives.

        One call to KMS; its errors (``botocore.exceptions.ClientError`` and the like) pass through.
        """
        answer = self._kms_client.sign(
            KeyId=self._key_id,
            Message=hashlib.sha256(content).digest(),
            MessageType="DIGEST",
            SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256",
        )
        signature = answer["Signature"]
        if not isinstance(signature, bytes):
            raise TypeError("KMS answered without signature bytes")
        return header.write(signature, self._key_version)
