"""What a strict model finds wrong with a body."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from autodebit.contract import RequestModel


def faulty_fields(model: type[RequestModel], body: object, **options: Any) -> list[str]:
    """The wire paths of what is refused."""
    try:
        model.model_validate(body, **options)
    except ValidationError as error:
        return [".".join(map(str, detail["loc"])) for detail in error.errors()]
    return []
