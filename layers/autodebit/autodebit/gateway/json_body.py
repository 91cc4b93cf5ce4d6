"""JSON that others wrote: one object that every reader reads alike, or nothing.

Callers can mend what they send, so a text with half a surrogate pair is refused. Alipay sends its messages as they are, again
and again: there a half becomes U+FFFD, or a notification would be refused for ever.
"""

import codecs
import json
import math
import re
from collections.abc import Callable, Iterable
from typing import Any

from autodebit.errors import AutoDebitError

LARGEST_MESSAGE = 128 * 1024
"""Bytes of a message of Alipay: of a longer one nothing could be kept, for an item of the table holds 400 KB."""
_DEEPEST = 64
"""Levels of nesting that are read: the contract needs fewer than ten, and what comes after this reads them recursively."""
_REPLACEMENT = "\ufffd"
_ESCAPES = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair
    r"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"  # a half
    r"|\\.",
    re.DOTALL,
)
_Pairs = Iterable[tuple[str, Any]]


class InvalidJson(AutoDebitError):
    """A body that is not one JSON object; the message says why and quotes nothing."""


def json_object(content: bytes) -> dict[str, Any]:
    """The one JSON object in *content*, which a caller sent; a byte order mark before it is dropped.

    Raises:
        InvalidJson: anything else, also a key given twice, NaN, a number out of range, nesting without end, half a pair.
    """
    text = _decoded(content, errors="strict")
    if with_whole_characters(text) != text:
        raise InvalidJson("the body has half a surrogate pair, which is not valid UTF-8")
    return _parsed(text, _without_repeats)


def json_message(content: bytes, *, longest: int = 0) -> tuple[dict[str, Any], str]:
    """The one JSON object in *content*, which Alipay sent (its signature is over exactly these bytes), and its text.

    A byte order mark is dropped; half a surrogate pair, escaped or encoded, in a name or a value, is U+FFFD in object and
    text. Beyond that the text is as it came.

    Raises:
        InvalidJson: as of json_object, and more than *longest* bytes. Names that differ in lost halves only stay different.
    """
    if longest and len(content) > longest:
        raise InvalidJson(f"the body has more than {longest} bytes")
    text = with_whole_characters(_decoded(content, errors="surrogatepass"))
    renamed = False

    def pairs(given: _Pairs) -> dict[str, Any]:
        nonlocal renamed
        data: dict[str, Any] = {}
        for name, value in given:
            free = name
            while free in data:
                if _REPLACEMENT not in name:
                    raise InvalidJson(_TWICE)
                free, renamed = free + _REPLACEMENT, True
            data[free] = value
        return data

    data = _parsed(text, pairs)
    return data, json.dumps(data, ensure_ascii=False, separators=(",", ":")) if renamed else text


def with_whole_characters(text: str) -> str:
    """The JSON *text* with U+FFFD in the place of each half of a surrogate pair, be it escaped or not."""
    joined = text.encode("utf-16-le", errors="surrogatepass").decode("utf-16-le", errors="replace")
    return _ESCAPES.sub(lambda escape: "\\ufffd" if escape[1] else escape[0], joined)


def status_text(text: str | None) -> str:
    """*text* as statuses and kinds are documented: in capitals and without blanks around it. No other letter becomes one."""
    stripped = (text or "").strip()
    return stripped.upper() if stripped.isascii() else stripped


def _decoded(content: bytes, *, errors: str) -> str:
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode(errors=errors)
    except UnicodeError:
        raise InvalidJson("the body is not valid UTF-8") from None


def _parsed(text: str, pairs: Callable[[_Pairs], dict[str, Any]]) -> dict[str, Any]:
    try:
        data = json.loads(text, object_pairs_hook=pairs, parse_constant=_no_constant, parse_float=_finite)
    except InvalidJson:
        raise
    except (ValueError, RecursionError):
        raise InvalidJson("the body is not valid JSON") from None
    if not isinstance(data, dict):
        raise InvalidJson("the body must be one JSON object")
    _check_depth(data)
    return data


_TWICE = "the body gives one field twice"


def _without_repeats(pairs: _Pairs) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in pairs:
        if name in data:
            raise InvalidJson(_TWICE)
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
    raise InvalidJson(f"the body is nested in more than {_DEEPEST} levels")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError
    return number


def _no_constant(_: str) -> float:
    raise InvalidJson("NaN and Infinity are not JSON")
