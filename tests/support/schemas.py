"""The JSON schemas of docs/events, by detail-type."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

_FOLDER = Path(__file__).parents[2] / "docs" / "events"


def published_types() -> set[str]:
    """The detail-types that docs/events describes."""
    names = (path.name.removesuffix(".schema.json") for path in _FOLDER.glob("*.schema.json"))
    return {name.replace("-", " ").title() for name in names}


@functools.cache
def validator_of(detail_type: str) -> Draft202012Validator:
    """The schema of an event's detail: the file is named for the detail-type."""
    text = (_FOLDER / f"{detail_type.lower().replace(' ', '-')}.schema.json").read_text()
    return Draft202012Validator(json.loads(text), format_checker=Draft202012Validator.FORMAT_CHECKER)


def faults_of(detail_type: str, detail: Mapping[str, Any]) -> list[str]:
    """What an event's detail has that its schema does not allow, or lacks."""
    return [
        f"{detail_type}: {error.json_path}: {error.message}" for error in validator_of(detail_type).iter_errors(detail)
    ]
