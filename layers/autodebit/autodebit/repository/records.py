"""How records become items and come back. Attribute names are the records' field names; what is empty is left out."""

import zlib
from collections.abc import Mapping
from dataclasses import asdict, fields
from enum import StrEnum
from typing import Any, TypeVar

from autodebit.authorization import AuthCode, Authorization, CodeState, Grant, GrantState
from autodebit.lifecycle import AuthorizationState, PaymentState
from autodebit.payment import Heard, Money, Payment
from autodebit.repository.table import Item, Key

SHARDS = 4
"""Partitions of the index of due work for each kind, so that a busy minute does not meet on one of them."""

Record = Payment | Authorization | Grant | AuthCode
R = TypeVar("R", Payment, Authorization, Grant, AuthCode)


class Kind(StrEnum):
    """The kinds of items, as they begin their keys."""

    PAYMENT = "payment"
    AUTHORIZATION = "authorization"
    GRANT = "grant"
    CODE = "code"


_READERS: Mapping[type, Mapping[str, Any]] = {
    Payment: {"state": PaymentState, "heard": Heard, "amount": lambda money: Money(**money)},
    Authorization: {"state": AuthorizationState},
    Grant: {"state": GrantState},
    AuthCode: {"state": CodeState},
}


def key_of(kind: Kind, identity: str) -> Key:
    """The place of an entity."""
    return Key(f"{kind}#{identity}")


def shard_of(kind: Kind, identity: str) -> str:
    """The partition of the index in which an entity is due."""
    return f"{kind}#{zlib.crc32(identity.encode()) % SHARDS}"


def item_of(kind: Kind, identity: str, record: Record) -> Item:
    """*record* as an item; in the index of due work only while it has a due time."""
    item = {name: _plain(value) for name, value in asdict(record).items() if value not in (None, "", 0, False)}
    item |= {"kind": str(kind)}
    if record.due_at is not None:
        item["due_key"] = shard_of(kind, identity)
    return item


def record_of(made: type[R], item: Item) -> R:
    """The record that *item* holds; attributes that only the store knows are passed over."""
    readers = _READERS[made]
    names = {field.name for field in fields(made)}
    known = {name: readers.get(name, _as_is)(value) for name, value in item.items() if name in names}
    empty = {name: "" for name in _TEXTS[made] if name not in known}
    return made(**{**empty, **known})


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, StrEnum) else value


def _as_is(value: Any) -> Any:
    return value


_TEXTS: Mapping[type, tuple[str, ...]] = {
    made: tuple(field.name for field in fields(made) if field.type in (str, "str")) for made in _READERS
}
