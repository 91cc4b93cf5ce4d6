"""A stand-in for KMS behind boto's client interface: real encryption under a key of the run, bound to its encryption context.

The emulator's KMS would be one more process and several milliseconds for every payment; what the runs need of KMS is that it can
fail, and that a ciphertext opens only where it belongs.
"""

import base64
import json
import os
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class LocalKms:
    """encrypt and decrypt of KMS; *key* is base64 of 32 bytes that all processes of a run share."""

    def __init__(self, key: str) -> None:
        self._box = AESGCM(base64.b64decode(key))

    @staticmethod
    def new_key() -> str:
        """A key for a run."""
        return base64.b64encode(AESGCM.generate_key(256)).decode()

    def encrypt(self, *, KeyId: str, Plaintext: bytes, EncryptionContext: Mapping[str, str]) -> dict[str, Any]:  # noqa: N803
        nonce = os.urandom(12)
        sealed = nonce + self._box.encrypt(nonce, Plaintext, _bound(EncryptionContext))
        return {"KeyId": KeyId, "CiphertextBlob": sealed}

    def decrypt(self, *, KeyId: str, CiphertextBlob: bytes, EncryptionContext: Mapping[str, str]) -> dict[str, Any]:  # noqa: N803
        sealed = bytes(CiphertextBlob)
        try:
            opened = self._box.decrypt(sealed[:12], sealed[12:], _bound(EncryptionContext))
        except InvalidTag:
            error = {"Error": {"Code": "InvalidCiphertextException", "Message": "does not open"}}
            raise ClientError(error, "Decrypt") from None  # type: ignore[arg-type]
        return {"KeyId": KeyId, "Plaintext": opened}


def _bound(context: Mapping[str, str]) -> bytes:
    return json.dumps(dict(context), sort_keys=True).encode()
