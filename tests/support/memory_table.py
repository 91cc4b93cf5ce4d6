"""DynamoDB in memory: the calls and the expression forms that the repository uses, and nothing else.

Whatever it does not know raises UnknownForm, so that it never agrees by accident. The repository's contract suite runs on it too
(tests/repository, through tests/support/memory_engine.py). Items are replaced, never changed in place, so that a snapshot is a
shallow copy.
"""

import functools
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from botocore.exceptions import ClientError

TypedItem: TypeAlias = Mapping[str, Any]
"""An item in DynamoDB's typed form. Nobody may change one that was handed over or read."""
ItemKey: TypeAlias = tuple[str, str]
Snapshot: TypeAlias = dict[ItemKey, TypedItem]
Condition: TypeAlias = Callable[[TypedItem | None, Mapping[str, str], TypedItem], bool]
Update: TypeAlias = Callable[[dict[str, Any], Mapping[str, str], TypedItem], None]

LARGEST_ITEM = 400 * 1024
MOST_ITEMS = 100
"""Of one transaction."""
LARGEST_TRANSACTION = 4 * 1024 * 1024
_NAME = r"#?\w+"
_ABSENT = re.compile(rf"attribute_not_exists\(({_NAME})\)")
_PRESENT = re.compile(rf"attribute_exists\(({_NAME})\)")
_EQUAL = re.compile(rf"({_NAME}) = (:\w+)")
_SET = re.compile(rf"({_NAME}) = (?:(:\w+)|if_not_exists\(({_NAME}), (:\w+)\))")
_ADD = re.compile(rf"({_NAME}) (:\w+)")
_QUERY = "due_key = :key AND due_at <= :until"
_PUT = {"TableName", "Item", "ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"}
_UPDATE = (_PUT - {"Item"}) | {"Key", "UpdateExpression"}
_CHECK = _UPDATE - {"UpdateExpression"}
_ON_FAILURE = "ReturnValuesOnConditionCheckFailure"


class UnknownForm(AssertionError):
    """A call, a parameter or an expression that this table does not imitate."""


class MemoryTable:
    """The low-level client of one DynamoDB table with the key (pk, sk) and the index `due` (due_key, due_at)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.items: Snapshot = {}
        self.on_write: Callable[[TypedItem | None, TypedItem], None] | None = None
        """Called with the old and the new image of every item that is written, like a reader of the table's stream."""
        self._tokens: dict[str, object] = {}
        self._lock = threading.RLock()

    def snapshot(self) -> Snapshot:
        """All items as they are now. Tokens of transactions are not part of it: they are never used again."""
        return self.items.copy()

    def restore(self, snapshot: Snapshot) -> None:
        """Be as at the time of *snapshot*."""
        self.items = snapshot.copy()
        self._tokens.clear()

    # --- the calls

    def get_item(self, *, TableName: str, Key: TypedItem, ConsistentRead: bool = False) -> dict[str, Any]:  # noqa: N803
        """See DynamoDB's GetItem."""
        self._check_name(TableName)
        found = self.items.get(_key(Key))
        return {} if found is None else {"Item": found}

    def put_item(self, **request: Any) -> dict[str, Any]:
        """See DynamoDB's PutItem."""
        return self._write_one("Put", request)

    def update_item(self, **request: Any) -> dict[str, Any]:
        """See DynamoDB's UpdateItem."""
        return self._write_one("Update", request)

    def transact_write_items(
        self,
        *,
        TransactItems: Sequence[Mapping[str, Mapping[str, Any]]],  # noqa: N803
        ClientRequestToken: str | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        """See DynamoDB's TransactWriteItems."""
        writes = [(operation, request) for item in TransactItems for operation, request in item.items()]
        keys = [_key(request.get("Key") or request["Item"]) for _, request in writes]
        if not 0 < len(writes) <= MOST_ITEMS or len(set(keys)) != len(keys):
            raise _invalid("a transaction has 1 to 100 items, each once")
        with self._lock:
            if ClientRequestToken is not None and ClientRequestToken in self._tokens:
                if self._tokens[ClientRequestToken] == TransactItems:
                    return {}
                raise _error("IdempotentParameterMismatchException", "another request had this token")
            prepared = [self._prepared(operation, request) for operation, request in writes]
            if any(failed is not None for failed, _ in prepared):
                raise _cancelled([failed for failed, _ in prepared])
            made_items = [made for _, made in prepared if made is not None]
            if len(repr(made_items)) * 4 > LARGEST_TRANSACTION and sum(map(_size, made_items)) > LARGEST_TRANSACTION:
                raise _invalid("the items of a transaction have at most 4 MB")
            for key, (_, made) in zip(keys, prepared, strict=True):
                if made is not None:
                    self._store(key, made)
            if ClientRequestToken is not None:
                self._tokens[ClientRequestToken] = TransactItems
        return {}

    def query(self, **request: Any) -> dict[str, Any]:
        """See DynamoDB's Query, of the index `due` only, which holds keys."""
        known = {"TableName", "IndexName", "KeyConditionExpression", "ExpressionAttributeValues", "Limit"}
        _check_parameters("query", request, known)
        if request["IndexName"] != "due" or request["KeyConditionExpression"] != _QUERY:
            raise UnknownForm(request["KeyConditionExpression"])
        self._check_name(request["TableName"])
        values = request["ExpressionAttributeValues"]
        due_key, until = values[":key"], int(values[":until"]["N"])
        rows = [item for item in list(self.items.values()) if item.get("due_key") == due_key and "due_at" in item]
        due = sorted((item for item in rows if int(item["due_at"]["N"]) <= until), key=_due)
        page = [{name: item[name] for name in ("pk", "sk", "due_key", "due_at")} for item in due[: request["Limit"]]]
        return {"Items": page, "Count": len(page)}

    def scan(self, *, TableName: str, ConsistentRead: bool = False) -> dict[str, Any]:  # noqa: N803
        """See DynamoDB's Scan: all items, as one page."""
        self._check_name(TableName)
        return {"Items": list(self.items.values()), "Count": len(self.items)}

    # --- mechanics

    def _write_one(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            failed, made = self._prepared(operation, request)
            if failed is not None:
                item = {"Item": failed["Item"]} if "Item" in failed else {}
                raise _error("ConditionalCheckFailedException", "the condition did not hold", **item)
            if made is not None:
                self._store(_key(made), made)
        return {}

    def _prepared(
        self, operation: str, request: Mapping[str, Any]
    ) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """Why *request* fails, if it does, and the item that it makes, if it makes one."""
        known = {"Put": _PUT, "Update": _UPDATE, "ConditionCheck": _CHECK}.get(operation)
        if known is None:
            raise UnknownForm(operation)
        _check_parameters(operation, request, known | {_ON_FAILURE})
        self._check_name(request["TableName"])
        names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
        key = _key(request["Item"] if operation == "Put" else request["Key"])
        stored = self.items.get(key)
        if "ConditionExpression" in request and not _condition(request["ConditionExpression"])(stored, names, values):
            shown = {"Item": stored} if stored is not None and request.get(_ON_FAILURE) == "ALL_OLD" else {}
            return {"Code": "ConditionalCheckFailed", "Message": "the condition did not hold", **shown}, None
        if operation == "ConditionCheck":
            return None, None
        if operation == "Put":
            made = dict(request["Item"])
        else:
            made = {**(stored or {}), **request["Key"]}
            _update(request["UpdateExpression"])(made, names, values)
        # A character has at most four bytes: the short way tells of nearly all items that they are small enough.
        if len(repr(made)) * 4 > LARGEST_ITEM and _size(made) > LARGEST_ITEM:
            raise _invalid("Item size has exceeded the maximum allowed size")
        return None, made

    def _store(self, key: ItemKey, item: TypedItem) -> None:
        before = self.items.get(key)
        self.items[key] = item
        if self.on_write is not None:
            self.on_write(before, item)

    def _check_name(self, name: str) -> None:
        if name != self.name:
            raise _error("ResourceNotFoundException", f"no table {name}")


# --- expressions: each text is read once


@functools.cache
def _condition(text: str) -> Condition:
    """A condition: one test, or several joined by OR, or several joined by AND."""
    for word, joined in ((" OR ", any), (" AND ", all)):
        if word in text:
            parts = [_condition(part) for part in text.split(word)]
            return lambda item, names, values: joined(part(item, names, values) for part in parts)
    if match := _ABSENT.fullmatch(text):
        name = match[1]
        return lambda item, names, _values: item is None or names.get(name, name) not in item
    if match := _PRESENT.fullmatch(text):
        name = match[1]
        return lambda item, names, _values: item is not None and names.get(name, name) in item
    if match := _EQUAL.fullmatch(text):
        name, value = match[1], match[2]
        return lambda item, names, values: item is not None and item.get(names.get(name, name)) == values[value]
    raise UnknownForm(text)


@functools.cache
def _update(text: str) -> Update:
    """An update: SET of values or of if_not_exists, then ADD of numbers; either may be left out."""
    match = re.fullmatch(r"(?:SET (?P<sets>.+?))?(?: ?ADD (?P<adds>.+))?", text)
    if match is None or not text:
        raise UnknownForm(text)
    sets = [_read(_SET, part) for part in re.split(r", (?![^(]*\))", match["sets"])] if match["sets"] else []
    adds = [_read(_ADD, part) for part in match["adds"].split(", ")] if match["adds"] else []

    def apply(item: dict[str, Any], names: Mapping[str, str], values: TypedItem) -> None:
        before = dict(item)
        for part in sets:
            name = names.get(part[1], part[1])
            if part[2]:
                item[name] = values[part[2]]
            else:
                item[name] = before.get(names.get(part[3], part[3]), values[part[4]])
        for part in adds:
            name, added = names.get(part[1], part[1]), values[part[2]]
            item[name] = {"N": str(int(before.get(name, {"N": "0"})["N"]) + int(added["N"]))}

    return apply


def _read(pattern: re.Pattern[str], part: str) -> re.Match[str]:
    match = pattern.fullmatch(part)
    if match is None:
        raise UnknownForm(part)
    return match


# --- what DynamoDB checks


def _key(typed: TypedItem) -> ItemKey:
    key = typed["pk"]["S"], typed["sk"]["S"]
    if not key[0] or not key[1] or len(key[0].encode()) > 2048 or len(key[1].encode()) > 1024:
        raise _invalid("a key is empty or too long")
    return key


def _due(item: TypedItem) -> tuple[int, str, str]:
    return int(item["due_at"]["N"]), item["pk"]["S"], item["sk"]["S"]


def _size(item: TypedItem) -> int:
    return sum(len(name) + _value_size(value) for name, value in item.items())


def _value_size(typed: Mapping[str, Any]) -> int:
    [(kind, value)] = typed.items()
    match kind:
        case "S":
            return len(value) if value.isascii() else len(value.encode(errors="surrogatepass"))
        case "N":
            return (len(value) + 1) // 2 + 1
        case "B":
            return len(value)
        case "BOOL" | "NULL":
            return 1
        case "M":
            return 3 + sum(1 + len(name) + _value_size(inner) for name, inner in value.items())
        case "L":
            return 3 + sum(1 + _value_size(inner) for inner in value)
        case _:
            raise UnknownForm(kind)


def _check_parameters(call: str, request: Mapping[str, Any], known: set[str]) -> None:
    if unknown := set(request) - known:
        raise UnknownForm(f"{call} with {sorted(unknown)}")


def _cancelled(failures: Sequence[Mapping[str, Any] | None]) -> ClientError:
    reasons = [dict(failed) if failed is not None else {"Code": "None"} for failed in failures]
    return _error("TransactionCanceledException", "a condition did not hold", CancellationReasons=reasons)


def _invalid(message: str) -> ClientError:
    return _error("ValidationException", message)


def _error(code: str, message: str, **more: Any) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}, **more}, "MemoryTable")  # type: ignore[arg-type]
