"""How records become items and come back. Attribute names are the records' field names; what is empty is left out."""

import functools
import zlib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from types import EllipsisType
from typing import Any, ClassVar, Protocol, TypeVar, get_args, get_origin, get_type_hints

from autodebit.clock import Instant
from autodebit.domain.stored import StoredRecord
from autodebit.repository.limits import fitting
from autodebit.repository.table import Item, Key

SHARDS = 4
"""Partitions of the index of due work for each kind, so that a busy minute does not meet on one of them."""

_EMPTY = (None, "", 0, False, ())
_OF_THE_STORE = frozenset({"pk", "sk", "kind", "due_key", "attempt"})
"""Attributes that belong to the place of an item, not to the record in it: each write makes them anew."""
_UNKNOWN = "unknown_attributes"


class Record(Protocol):
    """A dataclass with a due time."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def due_at(self) -> Instant | None:
        """When somebody has to see to it."""


R = TypeVar("R", bound=Record)


class Kind(StrEnum):
    """The kinds of items, as they begin their keys, and of what is due of them, as the partitions of the index begin."""

    PAYMENT = "payment"
    REFUND = "refund"
    AUTHORIZATION = "authorization"
    GRANT = "grant"
    TOKEN_LIFE = "token-life"  # noqa: S105  a name
    """What a grant is due for while nothing is under way with it: its newest token comes to its end."""
    CODE = "code"
    AUTHENTICATION = "authentication"
    DECLARATION = "declaration"
    REGISTRATION = "registration"
    DISPUTE = "dispute"


def key_of(kind: Kind, identity: str) -> Key:
    """The place of an entity."""
    return Key(f"{kind}#{identity}")


def shard_of(kind: Kind, identity: str) -> str:
    """The partition of the index in which an entity is due."""
    return f"{kind}#{zlib.crc32(identity.encode()) % SHARDS}"


def item_of(kind: Kind, identity: str, record: Record, *, due_as: Kind | None = None) -> Item:
    """*record* as an item; in the index of due work only while it has a due time, there as work of *due_as*."""
    item: Item = fitting({**_attributes(record), "kind": str(kind)})
    if record.due_at is not None:
        item["due_key"] = shard_of(due_as or kind, identity)
    return item


def record_of(made: type[R], item: Item) -> R:
    """The record that *item* holds, with the attributes that this version of the code does not know."""
    record: R = _record(made, {name: value for name, value in item.items() if name not in _OF_THE_STORE})
    return record


def _record(made: type, item: Mapping[str, Any]) -> Any:
    readers = _readers(made)
    known = {name: readers[name](value) for name, value in item.items() if name in readers}
    unknown = {name: value for name, value in item.items() if name not in readers}
    kept = {_UNKNOWN: unknown} if unknown and issubclass(made, StoredRecord) else {}
    return made(**{**_empty_values(made), **known, **kept})


@functools.cache
def _readers(made: type) -> Mapping[str, Callable[[Any], Any]]:
    hints = get_type_hints(made)
    return {field.name: _reader(hints[field.name]) for field in fields(made) if field.name != _UNKNOWN}


@functools.cache
def _empty_values(made: type) -> Mapping[str, Any]:
    """A text, number or flag that was left out was empty."""
    return {name: hint() for name, hint in get_type_hints(made).items() if hint in (str, int, bool)}


def _reader(hint: Any) -> Callable[[Any], Any]:
    """How a plain value becomes what a field of that type holds."""
    if get_origin(hint) is tuple:
        element = _reader(next(part for part in get_args(hint) if part is not EllipsisType))
        return lambda values: tuple(element(value) for value in values)
    for part in get_args(hint) or (hint,):
        if isinstance(part, type) and issubclass(part, StrEnum):
            return part
        if is_dataclass(part) and isinstance(part, type):
            return functools.partial(_nested, part)
    return _as_is


def _nested(made: type, value: Any) -> Any:
    return None if value is None else _record(made, value)


def _attributes(record: Any) -> Item:
    """The fields of *record* that are not empty, and what was read with it and is not known here."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    unknown = values.pop(_UNKNOWN, {})
    return {**unknown, **{name: _plain(value) for name, value in values.items() if value not in _EMPTY}}


def _plain(value: Any) -> Any:
    match value:
        case StrEnum():
            return str(value)
        case tuple():
            return [_plain(inner) for inner in value]
        case _ if is_dataclass(value):
            return _attributes(value)
        case _:
            return value


def _as_is(value: Any) -> Any:
    return value
