"""What a field table is made of: what must be there, its kind, its length.

A table of its own on purpose, not the bundle's models: the simulator must be able to disagree with them.
Fields that no table names are ignored, numbers and booleans may come bare or quoted, ``null`` counts as
absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.alipay.clock import parse_iso


@dataclass(frozen=True)
class Field:
    """One field: *kind* is text, url, time, flag, whole (a whole number, *least* or more), list or object."""

    kind: str = "text"
    required: bool = False
    longest: int | None = None
    allowed: tuple[str, ...] = ()
    members: Mapping[str, Field] | None = None
    least: int = 0

    def problems(self, value: Any, path: str) -> Iterator[str]:
        if self.kind == "object":
            yield from self._object(value, path)
        elif self.kind == "list":
            yield from self._list(value, path)
        else:
            yield from self._scalar(value, path)

    def _object(self, value: Any, path: str) -> Iterator[str]:
        if isinstance(value, dict):
            yield from problems(self.members or {}, value, f"{path}.")
        else:
            yield f"{path} must be an object"

    def _list(self, value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, list) or (self.required and not value):
            yield f"{path} must be a list" + (" with at least one element" if self.required else "")
            return
        if self.longest is not None and len(value) > self.longest:
            yield f"{path} has more than {self.longest} elements"
        if self.allowed and any(item not in self.allowed for item in value):
            yield f"{path} has an element that is not one of {', '.join(self.allowed)}"
        if self.members is not None:
            for number, item in enumerate(value):
                yield from self._object(item, f"{path}[{number}]")

    def _scalar(self, value: Any, path: str) -> Iterator[str]:
        if isinstance(value, dict | list):
            yield f"{path} must be a single value"
            return
        text = str(value)
        if not text:
            yield f"{path} is empty"
        elif self.longest is not None and len(text) > self.longest:
            yield f"{path} is longer than {self.longest}"
        elif self.allowed and text not in self.allowed:
            yield f"{path} must be one of {', '.join(self.allowed)}"
        elif self.kind == "time" and parse_iso(text) is None:
            yield f"{path} is not an ISO 8601 time with offset"
        elif self.kind == "url" and not urlsplit(text).scheme:
            yield f"{path} is not a URL"
        elif self.kind == "flag" and text.lower() not in ("true", "false"):
            yield f"{path} must be true or false"
        elif self.kind == "whole" and not (text.isascii() and text.isdigit() and int(text) >= self.least):
            yield f"{path} must be a whole number of the smallest unit, {self.least} or more"


def problems(table: Mapping[str, Field], body: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Every fault of *body* against *table*; nothing when it is acceptable."""
    for name, field in table.items():
        value = body.get(name)
        if value is not None:
            yield from field.problems(value, prefix + name)
        elif field.required:
            yield f"{prefix}{name} is missing"


def text(longest: int | None = None, *, required: bool = False, allowed: tuple[str, ...] = ()) -> Field:
    return Field("text", required, longest, allowed)


def url(longest: int, *, required: bool = False) -> Field:
    return Field("url", required, longest)


def object_of(members: Mapping[str, Field], *, required: bool = False) -> Field:
    return Field("object", required, members=members)


def list_of(members: Mapping[str, Field], *, required: bool = False) -> Field:
    """A list of objects."""
    return Field("list", required, members=members)


def amount_of(least: int, *, required: bool = False) -> Field:
    return object_of(
        {"currency": text(3, required=True), "value": Field("whole", True, 16, least=least)},
        required=required,
    )
