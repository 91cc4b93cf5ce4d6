"""Tokens and authorization codes under a KMS key of their own, bound to the item that holds them."""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError

from autodebit.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient

Sealed: TypeAlias = bytes | list[bytes]
"""A ciphertext, or those of the parts of a long secret in their order."""
_KMS_TAKES = 4_096
"""Bytes that KMS encrypts at most (AWS KMS API reference, Encrypt: Plaintext)."""


def digest_of(secret: str) -> str:
    """SHA-256 of a token or code, in hex: the only form in which one is ever a key."""
    return hashlib.sha256(secret.encode()).hexdigest()


class TokenCipher:
    """Encrypts and decrypts with an encryption context that names the item: a ciphertext moved elsewhere does not open."""

    def __init__(self, kms: "KMSClient", key_id: str) -> None:
        self._kms = kms
        self._key_id = key_id

    def encrypt(self, secret: str, item: str) -> Sealed:
        """*secret* bound to *item*, which names where in the table it will stand.

        One longer than KMS takes becomes several ciphertexts: what Alipay issues is spent once and must not be lost for its
        length. Callers cannot bring one, the contract takes 128 characters of them.

        Raises:
            StoreUnavailable: KMS did not answer or refused.
        """
        text = secret.encode()
        parts = [text[first : first + _KMS_TAKES] for first in range(0, len(text), _KMS_TAKES)]
        if len(parts) <= 1:
            return self._encrypt(text, _context(item))
        return [self._encrypt(part, _context(item, number, len(parts))) for number, part in enumerate(parts)]

    def decrypt(self, sealed: Sealed, item: str) -> str:
        """The secret that was encrypted for *item*; a ciphertext that was copied from elsewhere is refused.

        Raises:
            StoreUnavailable: KMS did not answer or refused.
        """
        if isinstance(sealed, bytes):
            return self._decrypt(sealed, _context(item)).decode()
        parts = [self._decrypt(part, _context(item, number, len(sealed))) for number, part in enumerate(sealed)]
        return b"".join(parts).decode()

    def _encrypt(self, text: bytes, context: Mapping[str, str]) -> bytes:
        try:
            return self._kms.encrypt(KeyId=self._key_id, Plaintext=text, EncryptionContext=context)["CiphertextBlob"]
        except (ClientError, BotoCoreError) as error:
            raise StoreUnavailable(f"KMS encrypt: {type(error).__name__}") from error

    def _decrypt(self, sealed: bytes, context: Mapping[str, str]) -> bytes:
        try:
            opened = self._kms.decrypt(KeyId=self._key_id, CiphertextBlob=sealed, EncryptionContext=context)
        except (ClientError, BotoCoreError) as error:
            raise StoreUnavailable(f"KMS decrypt: {type(error).__name__}") from error
        return opened["Plaintext"]


def _context(item: str, number: int = 0, count: int = 1) -> dict[str, str]:
    """What a ciphertext is bound to: its item, and its place among the parts of a long secret."""
    return {"item": item} if count == 1 else {"item": item, "part": f"{number + 1} of {count}"}
