"""The real code with less overhead: logs and metrics off, and DynamoDB's typed form by a shorter way with the same results.

boto3's serializer is general (sets, decimals, contexts) and takes much of the time of a step. tests/explorer/test_quick.py holds
the ways against each other; every other suite runs with the ordinary ones.
"""

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import Field
from functools import cache
from typing import Any
from unittest import mock

from autodebit import telemetry
from autodebit.repository import serialization, stream, table


def typed(item: Mapping[str, Any]) -> dict[str, Any]:
    """*item* in DynamoDB's typed form."""
    return {name: _typed(value) for name, value in item.items()}


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """A typed *item* as plain values; numbers are whole."""
    return {name: _plain(value) for name, value in item.items()}


def fields(record: Any) -> tuple[Field[Any], ...]:
    """The fields of a dataclass or of one of its instances, looked up once for each class."""
    return _fields(record if isinstance(record, type) else type(record))


@cache
def _fields(made: type) -> tuple[Field[Any], ...]:
    return dataclasses.fields(made)


@contextlib.contextmanager
def quick() -> Iterator[None]:
    """Inside, flows and repository run with less overhead."""
    with contextlib.ExitStack() as stack:
        for holder, name, other in (
            (table, "_typed", typed),
            (table, "plain", plain),
            (stream, "plain", plain),
            (serialization, "fields", fields),
            (telemetry, "log", _nothing),
            (telemetry, "metric", _nothing),
            (telemetry, "anomaly", _nothing),
        ):
            stack.enter_context(mock.patch.object(holder, name, other))
        yield


def _nothing(*_: object, **__: object) -> None:
    return None


def _typed(value: Any) -> dict[str, Any]:
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case None:
            return {"NULL": True}
        case Mapping():
            return {"M": {name: _typed(inner) for name, inner in value.items()}}
        case list() | tuple():
            return {"L": [_typed(inner) for inner in value]}
        case _:
            raise TypeError(type(value).__name__)


def _plain(value: Mapping[str, Any]) -> Any:
    [(kind, inner)] = value.items()
    match kind:
        case "S" | "BOOL":
            return inner
        case "N":
            return int(inner)
        case "B":
            return bytes(inner)
        case "NULL":
            return None
        case "M":
            return {name: _plain(one) for name, one in inner.items()}
        case "L":
            return [_plain(one) for one in inner]
        case _:
            raise TypeError(kind)
