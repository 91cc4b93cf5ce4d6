"""Tokens and authorization codes under a KMS key of their own, bound to the item that holds them."""

import hashlib
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from autodebit.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient


def digest_of(secret: str) -> str:
    """SHA-256 of a token or code, in hex: the only form in which one is ever a key."""
    return hashlib.sha256(secret.encode()).hexdigest()


class TokenCipher:
    """Encrypts and decrypts with an encryption context that names the item: a ciphertext moved elsewhere does not open."""

    def __init__(self, kms: "KMSClient", key_id: str) -> None:
        self._kms = kms
        self._key_id = key_id

    def encrypt(self, secret: str, item: str) -> bytes:
        """*secret* (at most 4 KB) bound to *item*, which names where in the table it will stand.

        Raises:
            StoreUnavailable: KMS did not answer or refused.
        """
        try:
            sealed = self._kms.encrypt(KeyId=self._key_id, Plaintext=secret.encode(), EncryptionContext={"item": item})
        except (ClientError, BotoCoreError) as error:
            raise StoreUnavailable(f"KMS encrypt: {type(error).__name__}") from error
        return sealed["CiphertextBlob"]

    def decrypt(self, sealed: bytes, item: str) -> str:
        """The secret that was encrypted for *item*; a ciphertext that was copied from elsewhere is refused.

        Raises:
            StoreUnavailable: KMS did not answer or refused.
        """
        try:
            opened = self._kms.decrypt(KeyId=self._key_id, CiphertextBlob=sealed, EncryptionContext={"item": item})
        except (ClientError, BotoCoreError) as error:
            raise StoreUnavailable(f"KMS decrypt: {type(error).__name__}") from error
        return opened["Plaintext"].decode()
