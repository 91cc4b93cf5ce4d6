"""The mechanics of the one table: typed reads, conditional writes that recognise themselves, and the sparse index of due work.

Nothing outside this package sees a DynamoDB type. Every write carries an attempt id, so that a write whose own reply was lost is
recognised when its repetition fails the condition.
"""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias, TypeVar

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from autodebit.errors import AutoDebitError, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

Item: TypeAlias = dict[str, Any]
ITEM = "item"
"""The sort key of an entity itself; its anomalies and versions stand beside it under other sort keys."""

_to_dynamodb = TypeSerializer().serialize
_from_dynamodb = TypeDeserializer().deserialize
_NOT_THERE_YET = "attribute_not_exists(pk)"
_RACES = {"ConditionalCheckFailed", "TransactionConflict", "None", ""}


class ConditionFailed(AutoDebitError):
    """A condition did not hold: somebody else wrote first. *current* are the items found, in the order of the writes."""

    def __init__(self, current: Sequence[Item | None]) -> None:
        super().__init__("somebody else wrote first")
        self.current = current


@dataclass(frozen=True, slots=True)
class Key:
    """The place of an item. DynamoDB takes 2048 bytes of the first part and 1024 of the second; characters have up to four."""

    pk: str
    sk: str = ITEM

    def __post_init__(self) -> None:
        # Alipay's ids have no longest length, keys have. No id of ours is that long: whatever names it is an anomaly.
        for part, longest in (("pk", 500), ("sk", 250)):
            text = getattr(self, part)
            if len(text) > longest:
                kind, _, identity = text.partition("#")
                digest = hashlib.sha256(identity.encode(errors="surrogatepass")).hexdigest()
                object.__setattr__(self, part, f"{kind}#sha256-{digest}")


class Versioned(Protocol):
    """A record that is stored under a version."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def version(self) -> int:
        """The version that it was read as; 0 if it is new."""


R = TypeVar("R", bound=Versioned)


@dataclass(frozen=True, slots=True)
class Write:
    """One conditional write of a transaction."""

    key: Key
    operation: str
    request: Mapping[str, Any] = field(repr=False)
    over: int | None = None
    """The version over which it is made, if it gives a new one."""


def put(key: Key, item: Item, *, over: int) -> Write:
    """Write *item* as the version after *over*, provided that the stored version is *over* (0: that nothing is stored)."""
    request: Item = {"Item": {**item, "pk": key.pk, "sk": key.sk}}
    if over == 0:
        request["ConditionExpression"] = _NOT_THERE_YET
    else:
        request |= {
            "ConditionExpression": "#version = :over",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":over": over},
        }
    return Write(key, "Put", request, over)


def point(key: Key, target: str, **more: Any) -> Write:
    """Let *key* point to *target*, provided that it does not point elsewhere; what else the pointer says stays."""
    told = {"target": target, **more, "attempt": ""}
    return Write(
        key,
        "Update",
        {
            "Key": {"pk": key.pk, "sk": key.sk},
            "UpdateExpression": "SET " + ", ".join(f"{name} = :{name}" for name in told),
            "ConditionExpression": f"{_NOT_THERE_YET} OR target = :target",
            "ExpressionAttributeValues": {f":{name}": value for name, value in told.items()},
        },
    )


def absent(key: Key) -> Write:
    """Write nothing, provided that nothing is stored at *key*: a condition on the other writes of the transaction."""
    return Write(key, "ConditionCheck", {"Key": {"pk": key.pk, "sk": key.sk}, "ConditionExpression": _NOT_THERE_YET})


def count_occurrence(key: Key, at: int, facts: Mapping[str, Any]) -> Write:
    """Record *facts* under *key*, or count them once more: the same anomaly seen twice is one item seen twice."""
    names = {f"#{n}": name for n, name in enumerate(facts)}
    values = {f":{n}": value for n, value in enumerate(facts.values())}
    sets = ", ".join(f"#{n} = :{n}" for n in range(len(facts)))
    return Write(
        key,
        "Update",
        {
            "Key": {"pk": key.pk, "sk": key.sk},
            "UpdateExpression": (
                f"SET {sets}, first_seen = if_not_exists(first_seen, :at), last_seen = :at ADD times_seen :one"
            ),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {**values, ":at": at, ":one": 1},
        },
    )


def later(key: Key, due_at: int, *, instead_of: int) -> Write:
    """Move the due time of the item at *key*, provided that it is still *instead_of*; all that the item says stays."""
    return Write(
        key,
        "Update",
        {
            "Key": {"pk": key.pk, "sk": key.sk},
            "UpdateExpression": "SET due_at = :later ADD #version :one",
            "ConditionExpression": "due_at = :before",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":later": due_at, ":before": instead_of, ":one": 1},
        },
    )


class Table:
    """One DynamoDB table through its low-level client. Every version that it gives is above *versions_from*."""

    def __init__(self, client: "DynamoDBClient", name: str, *, versions_from: int = 0) -> None:
        self._client = client
        self._name = name
        self._versions_from = versions_from

    def stored(self, record: R) -> R:
        """*record* as it stands in the table once a put of it over its own version was made."""
        return replace(record, version=self._version_after(record.version))

    def _version_after(self, over: int) -> int:
        return max(over, self._versions_from) + 1

    def get(self, key: Key) -> Item | None:
        """The item at *key* as of now (a strongly consistent read), or None.

        Raises:
            StoreUnavailable: the table did not answer.
        """
        try:
            found = self._client.get_item(
                TableName=self._name, Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}}, ConsistentRead=True
            )
        except (ClientError, BotoCoreError) as error:
            raise StoreUnavailable(_said(error)) from error
        return plain(found["Item"]) if "Item" in found else None

    def write(self, *writes: Write) -> None:
        """All of *writes*, or none.

        Raises:
            ConditionFailed: a condition did not hold, and not because an earlier try of this very write had succeeded.
            StoreUnavailable: the table did not confirm the write; it may or may not have been made.
        """
        attempt = uuid.uuid4().hex
        try:
            if len(writes) == 1:
                self._write_one(writes[0], attempt)
            else:
                actions = [{write.operation: self._request(write, attempt)} for write in writes]
                self._client.transact_write_items(TransactItems=actions, ClientRequestToken=attempt)  # type: ignore[arg-type]
        except ClientError as error:
            current = _found_instead(error)
            if current is None:
                raise StoreUnavailable(_said(error)) from error
            if any(item is not None and item.get("attempt") == attempt for item in current):
                return
            raise ConditionFailed(current) from error
        except BotoCoreError as error:
            raise StoreUnavailable(_said(error)) from error

    def due(self, due_key: str, until: int, limit: int) -> list[tuple[Key, int]]:
        """The keys of at most *limit* items under *due_key* that are due by *until*, soonest first, with their due times.

        The index is eventually consistent: whoever acts on a key reads the item again first.
        """
        try:
            page = self._client.query(
                TableName=self._name,
                IndexName="due",
                KeyConditionExpression="due_key = :key AND due_at <= :until",
                ExpressionAttributeValues={":key": {"S": due_key}, ":until": {"N": str(until)}},
                Limit=limit,
            )
        except (ClientError, BotoCoreError) as error:
            raise StoreUnavailable(_said(error)) from error
        rows = [plain(row) for row in page["Items"]]
        return [(Key(row["pk"], row["sk"]), row["due_at"]) for row in rows]

    def _write_one(self, write: Write, attempt: str) -> None:
        request: Any = self._request(write, attempt)
        if write.operation == "Put":
            self._client.put_item(**request)
        else:
            self._client.update_item(**request)

    def _request(self, write: Write, attempt: str) -> Item:
        request: Item = {**write.request, "TableName": self._name}
        if "Item" in request:
            version = {} if write.over is None else {"version": self._version_after(write.over)}
            request["Item"] = _typed({**request["Item"], **version, "attempt": attempt})
        if write.operation in ("Put", "Update") and "ConditionExpression" in request:
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if "Key" in request:
            request["Key"] = _typed(request["Key"])
        if "ExpressionAttributeValues" in request:
            values = request["ExpressionAttributeValues"]
            request["ExpressionAttributeValues"] = _typed(
                {**values, ":attempt": attempt} if ":attempt" in values else values
            )
        return request


def _typed(item: Mapping[str, Any]) -> Item:
    return {name: _to_dynamodb(value) for name, value in item.items()}


def plain(item: Mapping[str, Any]) -> Item:
    """An item in DynamoDB's typed form, as the stream has it, too, as plain values; numbers are whole."""
    return {name: _plain_value(_from_dynamodb(value)) for name, value in item.items()}


def _plain_value(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else value
        case Binary():
            return bytes(value)  # type: ignore[call-overload]  # the stubs leave out Binary.__bytes__
        case dict():
            return {name: _plain_value(inner) for name, inner in value.items()}
        case list():
            return [_plain_value(inner) for inner in value]
        case _:
            return value


def _found_instead(error: ClientError) -> list[Item | None] | None:
    """The items that stood where a condition failed, or None if the error is no race at all."""
    answer: Any = error.response
    code = answer.get("Error", {}).get("Code")
    if code == "ConditionalCheckFailedException":
        return [plain(answer["Item"]) if answer.get("Item") else None]
    if code == "TransactionCanceledException":
        reasons = answer.get("CancellationReasons", [])
        if reasons and all(reason.get("Code", "None") in _RACES for reason in reasons):
            return [plain(reason["Item"]) if reason.get("Item") else None for reason in reasons]
    return [] if code in ("TransactionConflictException", "TransactionInProgressException") else None


def _said(error: Exception) -> str:
    """The kind of an error, without its text: texts may quote what was written."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "ClientError"))
    return type(error).__name__
