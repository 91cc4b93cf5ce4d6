"""Reading the requests of the admin interface, and answering with lists."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request


class Illegal(ValueError):
    """A request of the wrong shape."""


class Unknown(LookupError):
    """There is nothing of that name here."""


def order(*allowed: str) -> dict[str, Any]:
    """The JSON object of the request. Flask takes no other media type, so that foreign pages cannot post."""
    body = request.get_json()
    if not isinstance(body, dict):
        raise Illegal("the body must be a JSON object")
    unknown = set(body) - set(allowed)
    if allowed and unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; possible: {', '.join(allowed)}")
    return body


def number(given: dict[str, Any], name: str) -> float:
    value = given[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Illegal(f"{name} must be a number")
    return float(value)


def listed(items: list[dict[str, Any]]) -> Response:
    return Response(json.dumps(items, ensure_ascii=False), content_type="application/json")
