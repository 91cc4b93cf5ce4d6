"""Bodies to begin with: the contract's examples, with a mark in every text that no log may show, and where their fields stand."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from autodebit.contract import RequestModel, ResponseModel
from autodebit.gateway.client import Operation
from tests.contract.bodies import BODIES
from tests.contract.documents import examples
from tests.contract.messages import MESSAGES
from tests.contract.places import LEVELS, Place

MARK = "s3cret"
"""Stands in every text of a body except where logs may tell it: ids, states and codes."""
TOKEN_FIELDS = {
    "paymentMethodId",
    "accessToken",
    "refreshToken",
    "authCode",
    "userIdentityValue",
    "authenticationValue",
}
LOGGED_FIELDS = {
    "paymentRequestId",
    "paymentId",
    "refundRequestId",
    "refundId",
    "declarationRequestId",
    "declarationRequestIds",
    "registrationRequestId",
    "authenticationRequestId",
    "authState",
    "resultCode",
    "paymentResultCode",
}
FREE_ANSWERS = {
    "resultMessage",
    "paymentResultMessage",
    "userLoginId",
    "extendInfo",
    "pspCustomerId",
    "displayCustomerId",
    "merchantCustomsName",
    "customsDeclarationResultDesc",
    "legalName",
    "registrationNo",
    "passThroughInfo",
}
"""Texts of Alipay's messages that mean nothing to us, and are nobody's business in a log."""
Step = str | int
Path = tuple[Step, ...]
Body = dict[str, Any]


@dataclass(frozen=True)
class Route:
    """One route of a merchant, or one SPI: its function, its model, bodies that it takes, and what Alipay answers to it."""

    function: str
    operation: str
    model: type[RequestModel] | type[ResponseModel]
    bodies: tuple[Body, ...]
    answers: tuple[Body, ...]

    @property
    def called(self) -> Operation:
        """The operation of Alipay behind it."""
        return next(operation for operation in Operation if operation.label == self.operation)


@dataclass(frozen=True)
class Spot:
    """A field of the contract in a body: where it stands, or would stand."""

    path: Path
    place: Place
    present: bool

    @property
    def parent(self) -> Path:
        return self.path[:-1]


def at(body: Any, path: Path) -> Any:
    """What stands under *path*."""
    for step in path:
        body = body[step]
    return body


def changed(body: Body, path: Path, value: Any) -> Body:
    """A copy of *body* with *value* under *path*."""
    made = copy.deepcopy(body)
    at(made, path[:-1])[path[-1]] = value
    return made


def without(body: Body, path: Path) -> Body:
    """A copy of *body* without what stands under *path*."""
    made = copy.deepcopy(body)
    del at(made, path[:-1])[path[-1]]
    return made


def spots(body: Body, operation: str, part: str = "request") -> list[Spot]:
    """Every field of the contract in the objects that *body* has."""
    return list(_spots(body, (), f"{operation}.{part}"))


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every scalar in *value* with its path."""
    if isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, step))
    else:
        yield path, value


def known_names(path: Path, operation: str, part: str = "request") -> set[str]:
    """The names that an object at *path* may have, other spellings included."""
    text = ".".join([f"{operation}.{part}", *(step for step in path if isinstance(step, str))])
    model = _LEVELS[text][1]
    return {*model.wire_names(), *model.other_spellings}


def other_spellings(path: Path, operation: str, part: str = "request") -> Mapping[str, str]:
    """Other names of fields of the object at *path*, to the documented one."""
    text = ".".join([f"{operation}.{part}", *(step for step in path if isinstance(step, str))])
    spellings: Mapping[str, str] = _LEVELS[text][1].other_spellings
    return spellings


def sample_of(place: Place) -> Any:
    """A value for a field that a body leaves out."""
    kind = place.element_type
    value: Any = BODIES.get(kind, "1")
    if kind == "Datetime":
        value = "2024-07-01T12:00:00+08:00"
    if kind in ("URL", "Email"):
        value = f"https://{MARK}.example.com/1" if kind == "URL" else f"{MARK}@example.com"
    if place.spec.get("enum"):
        value = place.spec["enum"][0]
    return [value] if place.is_array else value


def _spots(value: Any, path: Path, level: str) -> Iterator[Spot]:
    if level not in _LEVELS or not isinstance(value, dict):
        return
    fields, model = _LEVELS[level][:2]
    for spec in fields:
        place = Place(f"{level}.{spec['name']}", "", spec, model)
        inner = value.get(place.name)
        yield Spot((*path, place.name), place, inner is not None)
        if place.is_array and isinstance(inner, list):
            for number, element in enumerate(inner):
                yield from _spots(element, (*path, place.name, number), place.path)
        elif inner is not None:
            yield from _spots(inner, (*path, place.name), place.path)


_LEVELS = {level: (fields, model) for level, _, fields, model in LEVELS}


def _marked(body: Body, model: type[RequestModel] | type[ResponseModel]) -> Body:
    """*body* with the mark in every text that can bear it: tokens are nothing but the mark and a name."""
    for path, value in list(leaves(body)):
        name = next((step for step in reversed(path) if isinstance(step, str)), "")
        meant = name not in {*TOKEN_FIELDS, *FREE_ANSWERS} and issubclass(model, ResponseModel)
        if not isinstance(value, str) or name in LOGGED_FIELDS or meant:
            continue
        marked = f"{MARK}-{name}" if name in TOKEN_FIELDS else f"{MARK} {value}"
        for text in (marked, f"{value}/{MARK}", f"{MARK}{value}"):
            tried = changed(body, path, text)
            if _accepted(tried, model):
                body = tried
                break
    return body


def _accepted(body: Body, model: type[RequestModel] | type[ResponseModel]) -> bool:
    if issubclass(model, ResponseModel):
        return True
    try:
        model.model_validate(body)
    except ValidationError:
        return False
    return True


def _routes() -> Iterator[Route]:
    for message in MESSAGES:
        if message.part != "request":
            continue
        given = tuple(_marked(body, message.model) for body in examples(message.file, "request").values())
        told = examples(message.file, "response").values()
        answered = next(other.model for other in MESSAGES if other[:3] == (*message[:2], "response"))
        spi = issubclass(message.model, ResponseModel)
        answers = () if spi else tuple(_marked(body, answered) for body in told)
        yield Route(message.file, message.operation, message.model, given, answers)


_ALL = list(_routes())
ROUTES = [route for route in _ALL if issubclass(route.model, RequestModel)]
SPIS = [route for route in _ALL if issubclass(route.model, ResponseModel)]
ROUTE = {route.function: route for route in _ALL}


def written(body: Any) -> str:
    """*body* as JSON text; half a surrogate pair is escaped."""
    return json.dumps(body, separators=(",", ":"))
