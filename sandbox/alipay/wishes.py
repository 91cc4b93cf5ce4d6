"""Scenarios asked for by header or order: for the id that a call carries, as if the id's end said it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REQUEST_IDS: Mapping[str, str] = {
    "pay": "paymentRequestId",
    "refund": "refundRequestId",
    "declare": "declarationRequestId",
    "initAuthentication": "authenticationRequestId",
    "registration": "registrationRequestId",
}


class Wishes:
    """The scenario asked for, by operation and request id. Guarded by the simulator's lock."""

    def __init__(self) -> None:
        self._asked: dict[tuple[str, str], str] = {}

    def ask(self, operation: str, body: Mapping[str, Any], scenario: str) -> None:
        """*scenario* for the request id in *body*, a body whose fields are in order. It counts if the id is new."""
        self._asked.setdefault((operation, str(body[REQUEST_IDS[operation]])), scenario)

    def spelled(self, operation: str, request_id: str) -> str:
        """*request_id* with the end that says what was asked for; as it is when nothing was."""
        wish = self._asked.get((operation, request_id))
        return request_id if wish is None else f"{request_id}-{wish}"
