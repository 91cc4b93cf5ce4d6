"""API Gateway's REST proxy events: bytes in, JSON out."""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from typing import Any

from autodebit.errors import AutoDebitError, Refused
from autodebit.replies import Reply

LARGEST_BODY = 256 * 1024
_JSON = "application/json"
_DEEPEST = 64
"""Levels of nesting that are read: the contract needs fewer than ten, and what comes after this reads them recursively."""


class Unreadable(AutoDebitError):
    """A body that is not one JSON object; the message says why and quotes nothing."""


def headers_of(event: Mapping[str, Any]) -> dict[str, str]:
    """The headers by lower-case name."""
    return {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}


def body_of(event: Mapping[str, Any]) -> bytes:
    """The body as it came.

    Raises:
        Unreadable: flagged as base64, but not base64.
    """
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            return base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            raise Unreadable("the body is flagged as base64 and is not") from None
    return str(body).encode(errors="surrogatepass")


def checked_body(event: Mapping[str, Any]) -> bytes:
    """The body of a caller's request: of the right media type and not too long.

    Raises:
        Refused: with 415 or 413 and what to do.
        Unreadable: see body_of.
    """
    media = headers_of(event).get("content-type", _JSON).lower()
    kind, *parameters = (part.strip() for part in media.split(";"))
    named = dict(part.partition("=")[::2] for part in parameters)
    if kind != _JSON or named.get("charset", "utf-8").strip('"') not in ("utf-8", "utf8"):
        raise Refused(415, "MEDIA_TYPE_NOT_ACCEPTABLE", "send Content-Type: application/json; charset=UTF-8")
    body = body_of(event)
    if len(body) > LARGEST_BODY:
        raise Refused(413, "PARAM_ILLEGAL", f"the body has {len(body)} bytes; at most {LARGEST_BODY} are accepted")
    return body


def parsed(body: bytes) -> dict[str, Any]:
    """The one JSON object in *body*.

    Raises:
        Unreadable: anything else, also a key given twice, NaN, a number out of range, nesting without end, half a surrogate pair.
    """
    try:
        data = json.loads(body.decode(), object_pairs_hook=_without_repeats, parse_constant=_no_constant)
        json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
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


def proxied(reply: Reply) -> dict[str, Any]:
    """*reply* as API Gateway wants it."""
    return {
        "statusCode": reply.http_status,
        "headers": {"Content-Type": "application/json; charset=UTF-8", "Cache-Control": "no-store"},
        "body": reply.text,
        "isBase64Encoded": False,
    }


def request_id_of(event: Mapping[str, Any]) -> str:
    """API Gateway's id of the request, which its access log has too."""
    return str((event.get("requestContext") or {}).get("requestId", ""))


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


def _no_constant(_: str) -> float:
    raise Unreadable("NaN and Infinity are not JSON")
