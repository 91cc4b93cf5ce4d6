"""Alipay's Auto Debit API as data: one JSON file per operation, and types.json for the objects they name."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


@cache
def document(name: str) -> dict[str, Any]:
    """The content of ``data/<name>.json``; every caller gets the same object, so it is not to be changed."""
    loaded: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text("utf-8"))
    return loaded


def fields_of_type(name: str) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = document("types")["types"][name]["fields"]
    return fields


def examples(operation: str, part: str) -> dict[str, dict[str, Any]]:
    """The examples whose name starts with *part* (``request`` or ``response``), by name."""
    found = document(operation)["examples"]
    return {name: body for name, body in found.items() if name.startswith(part) and isinstance(body, dict)}
