"""Where the contract's fields stand in the messages, and the models that should have them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin

from autodebit import contract
from autodebit.contract import RequestModel, ResponseModel
from tests.contract.documents import document, fields_of_type
from tests.contract.messages import MESSAGES

# Texts that a rule of the contract, not their type, calls URLs.
URLS = {("Attachment", "file"), ("WebSite", "url")}


@dataclass(frozen=True)
class Place:
    """One field of the contract at one place of one message, and the model that should have it."""

    path: str
    owner: str
    spec: dict[str, Any] = field(repr=False)
    model: type[RequestModel] | type[ResponseModel]

    @property
    def name(self) -> str:
        return str(self.spec["name"])

    @property
    def type(self) -> str:
        return "URL" if (self.owner, self.name) in URLS else str(self.spec["type"])

    @property
    def is_array(self) -> bool:
        return self.type.startswith("Array<")

    @property
    def element_type(self) -> str:
        return self.type.removeprefix("Array<").removesuffix(">")

    @property
    def is_object(self) -> bool:
        return self.element_type in document("types")["types"]


def models_in(annotation: object) -> Iterator[type[RequestModel] | type[ResponseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, (RequestModel, ResponseModel)):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def literals_in(annotation: object) -> Iterator[object]:
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    else:
        for part in get_args(annotation):
            yield from literals_in(part)


def nested_model(place: Place) -> type[RequestModel] | type[ResponseModel] | None:
    attribute = place.model.wire_names().get(place.name)
    return next(models_in(place.model.model_fields[attribute].annotation), None) if attribute else None


Level = tuple[str, str, list[dict[str, Any]], Any]


def levels(path: str, owner: str, fields: list[dict[str, Any]], model: Any) -> Iterator[Level]:
    """A message's object and every object in it: path, its name, its fields in the contract, model."""
    yield path, owner, fields, model
    for spec in fields:
        place = Place(f"{path}.{spec['name']}", owner, spec, model)
        if place.is_object:
            inner = nested_model(place)
            assert inner is not None, f"{place.path}: {model.__name__} has no model of {place.element_type} here"
            yield from levels(place.path, place.element_type, fields_of_type(place.element_type), inner)


LEVELS = [
    level
    for message in MESSAGES
    for level in levels(
        f"{message.operation}.{message.part}",
        message.operation,
        document(message.file)[message.part],
        message.model,
    )
]
LEVELS += levels("OrderExtendInfo", "OrderExtendInfo", fields_of_type("OrderExtendInfo"), contract.OrderExtendInfo)
PLACES = [
    Place(f"{path}.{spec['name']}", owner, spec, model) for path, owner, fields, model in LEVELS for spec in fields
]
