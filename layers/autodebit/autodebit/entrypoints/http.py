"""API Gateway's REST proxy events: bytes in, JSON out."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from autodebit.errors import RequestRejected
from autodebit.gateway.json_body import InvalidJson, json_object
from autodebit.responses import Response

LARGEST_BODY = 256 * 1024
_JSON = "application/json"


def headers_of(event: Mapping[str, Any]) -> dict[str, str]:
    """The headers by lower-case name."""
    return {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}


def body_of(event: Mapping[str, Any]) -> bytes:
    """The body as it came.

    Raises:
        InvalidJson: flagged as base64, but not base64.
    """
    body = str(event.get("body") or "")
    if event.get("isBase64Encoded"):
        try:
            return base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            raise InvalidJson("the body is flagged as base64 and is not") from None
    return body.encode(errors="surrogatepass")


def checked_body(event: Mapping[str, Any]) -> bytes:
    """The body of a caller's request: of the right media type and not too long.

    Raises:
        RequestRejected: with 415 or 413 and what to do.
        InvalidJson: see body_of.
    """
    media = headers_of(event).get("content-type", _JSON).lower()
    kind, *parameters = (part.strip() for part in media.split(";"))
    named = dict(part.partition("=")[::2] for part in parameters)
    if kind != _JSON or named.get("charset", "utf-8").strip('"') not in ("utf-8", "utf8"):
        raise RequestRejected(415, "MEDIA_TYPE_NOT_ACCEPTABLE", "send Content-Type: application/json; charset=UTF-8")
    body = body_of(event)
    if len(body) > LARGEST_BODY:
        raise RequestRejected(
            413, "PARAM_ILLEGAL", f"the body has {len(body)} bytes; at most {LARGEST_BODY} are accepted"
        )
    return body


def parsed(body: bytes) -> dict[str, Any]:
    """The one JSON object in the *body* of a caller's request.

    Raises:
        InvalidJson: see json_object.
    """
    return json_object(body)


def to_proxy_response(reply: Response) -> dict[str, Any]:
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
