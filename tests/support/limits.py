"""What AWS refuses and an emulator may take: KMS encrypts at most 4,096 bytes; a client whose process dies at a call."""

from typing import Any

from botocore.exceptions import ClientError

_KMS_TAKES = 4_096
_WRITES = ("put_item", "update_item", "transact_write_items")


class Died(Exception):
    """The process ended at this call."""


class StrictKms:
    """KMS that refuses what AWS's refuses."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def encrypt(self, **request: Any) -> Any:
        """Encrypt, if the text is short enough."""
        if len(request["Plaintext"]) > _KMS_TAKES:
            raise ClientError({"Error": {"Code": "ValidationException", "Message": "plaintext too long"}}, "Encrypt")
        return self._client.encrypt(**request)


class DiesAtWrite:
    """A DynamoDB client that makes *writes* writes; at the next one the process dies, before or *after* it is made."""

    def __init__(self, client: Any, writes: int, *, after: bool = False) -> None:
        self._client, self._left, self._after = client, writes, after

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name not in _WRITES:
            return method

        def call(**request: Any) -> Any:
            self._left -= 1
            if self._left >= 0:
                return method(**request)
            if self._after and self._left == -1:
                method(**request)
            raise Died

        return call
