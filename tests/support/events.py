"""The sample events of events/, and what tests change in them: the body, the path, the headers, the clock of the signature."""

import base64
import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alipay_signing import LocalSigner, canonical
from tests.support.keys import alipay_key
from tests.support.world import CLIENT_ID, HandClock

ROOT = Path(__file__).parents[2]
Event = dict[str, Any]


def sample(name: str) -> Event:
    """The event events/<name>.json."""
    event: Event = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return event


def call(name: str, body: object = None, **headers: str | None) -> Event:
    """The sample of a merchant's route with another *body* (text as it is, the rest as JSON) and other *headers* (None: without).

    A header is written with underscores: content_type.
    """
    event = sample(name)
    if body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    for given, value in headers.items():
        set_header(event, given.replace("_", "-"), value)
    return event


def notification(
    name: str,
    clock: HandClock,
    body: object = None,
    *,
    time: str | None = None,
    client_id: str = CLIENT_ID,
    version: str = "1",
    signed_path: str | None = None,
) -> Event:
    """The sample of an SPI route as Alipay would send it now: with this *body*, signed at this *time* over *signed_path*."""
    event = sample(name)
    if body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    at = str(clock.now()) if time is None else time
    path = event["requestContext"]["path"] if signed_path is None else signed_path
    content = canonical("POST", path, client_id, at, event["body"].encode())
    set_header(event, "Client-Id", client_id)
    set_header(event, "Request-Time", at)
    set_header(event, "Signature", LocalSigner(alipay_key(), version).sign(content))
    return event


def set_header(event: Event, name: str, value: str | None) -> None:
    """Set one header, or take it away, whatever its case is in the event."""
    for headers, given in ((event["headers"], value), (event["multiValueHeaders"], [value])):
        for known in [known for known in headers if known.lower() == name.lower()]:
            del headers[known]
        if value is not None:
            headers[name] = given


def in_base64(event: Mapping[str, Any], content: bytes | None = None) -> Event:
    """*event* with its body, or *content*, the way API Gateway hands over binary media types."""
    made: Event = copy.deepcopy(dict(event))
    made["body"] = base64.b64encode(made["body"].encode() if content is None else content).decode()
    made["isBase64Encoded"] = True
    return made
