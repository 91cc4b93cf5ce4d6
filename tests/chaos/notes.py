"""What processes of a run note for the judge, line by line in one file: sends, arrivals, acknowledgements that came too soon.

A line is there before the step that it tells of goes on, so that a process that dies has noted all it did.
"""

import hashlib
import itertools
import json
import os
import secrets
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from autodebit.gateway.client import Alipay, Operation, VerifiedResponse
from tests.chaos.ports import id_in

Note: TypeAlias = Mapping[str, Any]
ARRIVED, SENT, ENDED, NOT_KEPT = "arrived", "sent", "ended", "not kept"
NOTED = ("pay", "refund", "cancel")
"""The operations that are noted."""


class Notes:
    """The shared file. A line is one write to its end, which no other write comes between."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        weakref.finalize(self, os.close, self._file)

    def add(self, kind: str, **facts: Any) -> None:
        """Note *facts*."""
        os.write(self._file, f"{json.dumps({'kind': kind, **facts})}\n".encode())

    def read(self) -> list[Note]:
        """All notes of all processes, in their order."""
        return [json.loads(line) for line in self._path.read_text().splitlines()]


class NotedAlipay:
    """Alipay, of which every call about money is noted: by which function, and from when to when."""

    def __init__(self, alipay: Alipay, notes: Notes, now: Callable[[], int], function: Callable[[], str]) -> None:
        self._alipay, self._notes, self._now, self._function = alipay, notes, now, function
        # Not its process id: a run has so many threads that those come round again.
        self._sender, self._numbers = secrets.token_hex(6), itertools.count()

    def call(self, operation: Operation, body: Mapping[str, Any], within: int) -> VerifiedResponse:
        """See autodebit.gateway.Alipay."""
        if operation.label not in NOTED:
            return self._alipay.call(operation, body, within)
        number, about = f"{self._sender}-{next(self._numbers)}", {"operation": operation.label, "id": id_in(body)}
        self._notes.add(SENT, number=number, function=self._function(), at=self._now(), **about)
        try:
            return self._alipay.call(operation, body, within)
        finally:
            self._notes.add(ENDED, number=number, at=self._now())


def content_of(operation: str, body: Mapping[str, Any]) -> str:
    """What has to be the same whenever an id is sent: money, wallet, token, order, merchant. A digest: a token is part of it."""
    method, settlement = body.get("paymentMethod") or {}, body.get("settlementStrategy") or {}
    content = [
        operation,
        body.get("paymentAmount"),
        body.get("refundAmount"),
        body.get("paymentId"),
        method.get("paymentMethodType"),
        method.get("paymentMethodId"),
        (body.get("order") or {}).get("referenceOrderId"),
        settlement.get("settlementCurrency"),
        body.get("merchantAccountId"),
        ((body.get("order") or {}).get("merchant") or {}).get("referenceMerchantId"),
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
