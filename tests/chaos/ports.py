"""The ports of a function, with somebody who may do harm at every step: the table, KMS, Alipay, and the reply in the end.

A step is one call at a port. The harm is done around it: before it (it never happens), instead of it (an error), after it (it has
happened, and nobody hears of it), or to the whole process. So every boundary of a flow is a place before or after a step.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from autodebit.gateway.client import Alipay, Operation, VerifiedResponse
from sandbox.alipay.mixture import share

_T = TypeVar("_T")
READS = ("get_item", "query")
WRITES = ("put_item", "update_item", "transact_write_items")
_CIPHER = ("encrypt", "decrypt")
TAKEN = "-taken"
"""In ids that another system of the client has used: what Alipay says of them when they are sent is never lost. Whoever missed it
could not tell the other's payment from its own.
"""
_IDS = (
    "refundRequestId", "paymentRequestId", "declarationRequestId", "registrationRequestId", "authenticationRequestId",
    "paymentId", "refundId", "authState", "authCode", "refreshToken", "accessToken",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One call at a port: which port, which operation, and what it is about (a key of the table, an id of a request)."""

    port: str
    operation: str
    about: str
    parts: int = 1
    """How many writes a transaction has."""

    @property
    def writes(self) -> bool:
        """Whether something may have changed once it is done."""
        return self.operation not in (*READS, *_CIPHER)


class Trouble(Protocol):
    """Who may do harm."""

    def around(self, step: Step, call: Callable[[], _T]) -> _T:
        """Carry out *call*, or something worse."""


class Watched:
    """A boto client of which every data call is a step."""

    def __init__(self, client: Any, port: str, trouble: Trouble) -> None:
        self._client, self._port, self._trouble = client, port, trouble

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name not in (*READS, *WRITES, *_CIPHER):
            return method

        def call(**request: Any) -> Any:
            step = Step(self._port, name, _about_item(request), len(request.get("TransactItems", "1")))
            return self._trouble.around(step, lambda: method(**request))

        return call


class OneLook:
    """A boto client that answers the queries of one look at the index of due work, one for each partition, from a single scan.

    Most partitions are empty, and a query costs as much as a scan. The index is eventually consistent in production, too.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self.half: int | None = None
        """Which half of all items is seen; None for all (half_of)."""
        self._rows: list[dict[str, Any]] = []
        self._asked: set[str] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def query(self, **request: Any) -> dict[str, Any]:
        """The one query that there is: what is due of a partition until a moment, soonest first."""
        values = request["ExpressionAttributeValues"]
        partition, until = values[":key"]["S"], int(values[":until"]["N"])
        if self._asked is None or partition in self._asked:
            pages = self._client.get_paginator("scan").paginate(TableName=request["TableName"], IndexName="due")
            self._rows, self._asked = [row for page in pages for row in page["Items"]], set()
        self._asked.add(partition)
        due = [
            row
            for row in self._rows
            if row["due_key"]["S"] == partition
            and int(row["due_at"]["N"]) <= until
            and self.half in (None, half_of(row["pk"]["S"]))
        ]
        return {"Items": sorted(due, key=lambda row: int(row["due_at"]["N"]))[: request["Limit"]]}


def half_of(partition: str) -> int:
    """Which half of all items one belongs to: 0 or 1."""
    return int(share("half", partition) < 0.5)


class WatchedAlipay:
    """Alipay, of which every call is a step; *hurry* is how many virtual milliseconds one real one is worth."""

    def __init__(self, alipay: Alipay, trouble: Trouble, *, hurry: float = 1.0, patience: int = 12_000) -> None:
        self._alipay, self._trouble, self._hurry, self._patience = alipay, trouble, hurry, patience

    def call(self, operation: Operation, body: Mapping[str, Any], within: int) -> VerifiedResponse:
        """See autodebit.gateway.Alipay. At most *patience* real milliseconds are waited for an answer."""
        real = min(round(within / self._hurry), self._patience)
        step = Step("alipay", operation.label, id_in(body))
        return self._trouble.around(step, lambda: self._alipay.call(operation, body, real))


def id_in(body: Mapping[str, Any]) -> str:
    """The id that a request or a notification goes by."""
    return next((str(body[name]) for name in _IDS if body.get(name)), "")


def _about_item(request: Mapping[str, Any]) -> str:
    """What a call of a boto client is about: the key of the (first) item, the partition of an index, or what is encrypted."""
    match request:
        case {"TransactItems": [{"Put": put}, *_]}:
            return _about_item(put)
        case {"TransactItems": [{"Update": update}, *_]}:
            return _about_item(update)
        case {"Item": {"pk": {"S": pk}}} | {"Key": {"pk": {"S": pk}}}:
            return str(pk)
        case {"ExpressionAttributeValues": {":key": {"S": partition}}}:
            return str(partition)
        case {"EncryptionContext": {"item": item}}:
            return str(item)
        case _:
            return ""
