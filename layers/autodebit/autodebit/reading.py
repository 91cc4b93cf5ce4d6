"""JSON that others wrote: one object that every reader reads alike, or nothing."""

import json
import math
from collections.abc import Iterable
from typing import Any

from autodebit.errors import AutoDebitError

LARGEST_MESSAGE = 128 * 1024
"""Bytes of a message of Alipay: of a longer one nothing could be kept, for an item of the table holds 400 KB."""
_DEEPEST = 64
"""Levels of nesting that are read: the contract needs fewer than ten, and what comes after this reads them recursively."""


class Unreadable(AutoDebitError):
    """A body that is not one JSON object; the message says why and quotes nothing."""


def json_object(content: bytes) -> dict[str, Any]:
    """The one JSON object in *content*. Half a surrogate pair in a text is kept: a text may have been cut there.

    Raises:
        Unreadable: anything else, also a key given twice, NaN, a number out of range, nesting without end.
    """
    try:
        data = json.loads(
            content.decode(), object_pairs_hook=_without_repeats, parse_constant=_no_constant, parse_float=_finite
        )
    except Unreadable:
        raise
    except UnicodeError:
        raise Unreadable("the body is not valid UTF-8") from None
    except (ValueError, RecursionError):
        raise Unreadable("the body is not valid JSON") from None
    if not isinstance(data, dict):
        raise Unreadable("the body must be one JSON object")
    _check_depth(data)
    return data


def _without_repeats(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in pairs:
        if name in data:
            raise Unreadable("the body gives one field twice")
        data[name] = value
    return data


def _check_depth(data: Any) -> None:
    level = [data]
    for _ in range(_DEEPEST):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return
    raise Unreadable(f"the body is nested in more than {_DEEPEST} levels")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError
    return number


def _no_constant(_: str) -> float:
    raise Unreadable("NaN and Infinity are not JSON")
