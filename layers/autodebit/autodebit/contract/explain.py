"""What is wrong with a request, for the people who sent it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from autodebit.contract.model import Location, RequestModel, UnknownFields

_LONGEST_NAME = 64
_MOST_FAULTS = 50
_LEAST_LIKENESS = 0.66  # "env" with one letter changed

_PLAIN_WORDS = {
    "missing": "is required",
    "string_type": "must be text or a whole number",
    "string_too_long": "must have at most {max_length} characters",
    "literal_error": "must be {expected}",
    "list_type": "must be an array",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "too_long": "must have at most {max_length} elements",
    "too_short": "must have at least {min_length} element",
    "extra_forbidden": "is not a field of this request",
}


def explain(error: ValidationError, model: type[RequestModel], unknown_fields: UnknownFields = "refuse") -> str:
    """Every faulty field of a *model* by its wire path, and why: ``order.buyer.buyerEmail: is required``.

    An unknown field comes with the name that was probably meant, one that *unknown_fields* lets pass.
    The text never holds a value that was sent.
    After 50 faults only their number is given.
    """
    details = error.errors(include_url=False, include_input=False)
    faults = [_sentence(detail, model, unknown_fields) for detail in details[:_MOST_FAULTS]]
    if len(details) > _MOST_FAULTS:
        faults.append(f"and {len(details) - _MOST_FAULTS} more")
    return "; ".join(faults)


def _sentence(detail: ErrorDetails, model: type[RequestModel], unknown_fields: UnknownFields) -> str:
    why = detail["msg"] if detail["type"] == "contract" else _PLAIN_WORDS.get(detail["type"], "cannot be accepted")
    if detail["type"] != "contract":
        why = why.format_map(detail.get("ctx") or {})
    if detail["type"] == "extra_forbidden":
        why += _suggestion(detail["loc"], model, unknown_fields)
    return f"{_path(detail['loc'])}: {why}"


def _path(location: Location) -> str:
    """``order.goods[3].goodsName``."""
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{_printable(step)}" for step in location)
    return path.removeprefix(".") or "the body"


def _printable(name: str) -> str:
    shown = "".join(character if character.isprintable() else "?" for character in name[:_LONGEST_NAME])
    return shown if len(name) <= _LONGEST_NAME else f"{shown}..."


def _suggestion(location: Location, model: type[RequestModel], unknown_fields: UnknownFields) -> str:
    level = _model_at(location[:-1], model)
    if level is None:
        return ""
    names = {_bare(name): name for name in sorted(level.names_for(unknown_fields))}
    near = difflib.get_close_matches(_bare(str(location[-1])[:_LONGEST_NAME]), names, n=1, cutoff=_LEAST_LIKENESS)
    return f"; did you mean `{names[near[0]]}`?" if near else ""


def _bare(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _model_at(location: Location, model: type[RequestModel]) -> type[RequestModel] | None:
    for step in location:
        if isinstance(step, int):
            continue
        name = model.wire_names().get(step)
        nested = next(_models_in(model.model_fields[name].annotation), None) if name else None
        if nested is None:
            return None
        model = nested
    return model


def _models_in(annotation: object) -> Iterator[type[RequestModel]]:
    if isinstance(annotation, type) and issubclass(annotation, RequestModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
