"""Sending one notification to a merchant's URL, which has to be on this machine."""

from __future__ import annotations

import http.client
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

LONGEST_ANSWER = 65_536


class NotOnThisMachine(ValueError):
    """The URL does not lead to a loopback address: the simulator sends nothing to anybody else."""


@dataclass(frozen=True)
class Outcome:
    """What came of one delivery. *acknowledged* only for HTTP 200 with the documented body."""

    acknowledged: bool
    http_status: int | None = None
    error: str | None = None


@dataclass(frozen=True)
class Target:
    """Where to connect, and what to say there: the Host header and request target of the URL."""

    address: str
    port: int
    host: str
    request_target: str


def signed_path(url: str) -> str:
    """The path of *url*, which is what a notification is signed over (no host, no query)."""
    return urlsplit(url).path or "/"


def resolve(url: str, connect: Mapping[str, str]) -> Target:
    """Where *url* is to be delivered.

    *connect* maps a host (or host:port) to ADDRESS:PORT, which is spoken to in plain HTTP.
    Raises NotOnThisMachine, also for HTTPS without a mapping (there is no TLS here).
    """
    parts = urlsplit(url)
    request_target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    mapped = connect.get(parts.netloc) or connect.get(parts.hostname or "")
    if mapped is not None:
        address, _, port = mapped.rpartition(":")
        return Target(_loopback(address), int(port), parts.netloc, request_target)
    if parts.scheme != "http":
        raise NotOnThisMachine(f"{parts.scheme}://{parts.netloc} has no plain HTTP address; map it with --connect")
    return Target(_loopback(parts.hostname or ""), parts.port or 80, parts.netloc, request_target)


def send(target: Target, headers: Mapping[str, str], body: bytes, timeout: float) -> Outcome:
    """POST *body*; never raises: whatever goes wrong is in the outcome. *timeout* is in real seconds."""
    connection = http.client.HTTPConnection(target.address, target.port, timeout=timeout)
    try:
        connection.putrequest("POST", target.request_target, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": target.host, **headers, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        answer = response.read(LONGEST_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        return Outcome(acknowledged=False, error=type(error).__name__)
    finally:
        connection.close()
    if response.status != http.HTTPStatus.OK:
        return Outcome(acknowledged=False, http_status=response.status, error="not HTTP 200")
    if not _acknowledges(answer):
        return Outcome(acknowledged=False, http_status=response.status, error="not the documented acknowledgement")
    return Outcome(acknowledged=True, http_status=response.status)


def _acknowledges(answer: bytes) -> bool:
    """Whether *answer* is ``{"result": {"resultCode": "SUCCESS", "resultStatus": "S", ...}}``, signed or
    not.
    """
    try:
        body: Any = json.loads(answer)
    except ValueError:
        return False
    result = body.get("result") if isinstance(body, dict) else None
    return isinstance(result, dict) and (result.get("resultCode"), result.get("resultStatus")) == (
        "SUCCESS",
        "S",
    )


def _loopback(host: str) -> str:
    """The loopback address of *host*; names other than localhost are not even looked up."""
    if host == "localhost" or host.endswith(".localhost"):
        return "127.0.0.1"
    try:
        if ipaddress.ip_address(host.strip("[]")).is_loopback:
            return host.strip("[]")
    except ValueError:
        pass
    raise NotOnThisMachine(f"{host!r} is not a loopback address; map it with --connect")
