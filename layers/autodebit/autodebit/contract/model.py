"""The two kinds of message: requests, judged strictly, and answers, read whatever they look like.

Python names are snake_case, wire names are Alipay's; models are built from wire names only
(``PayRequest.model_validate({"paymentRequestId": ...})``). No model and no error shows a value when printed,
because a value may be a token.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, InitErrorDetails

from autodebit.contract.known_names import KNOWN_NAMES
from autodebit.contract.scalars import is_json, is_unicode, refusal

Location = tuple[str | int, ...]
Unmet = tuple[Location, str]
"""Where a rule of the contract is not met (wire names, from the model's level), and why, in plain words."""

UnknownFields = Literal["known", "refuse", "forward"]
"""Which fields without a place in the contract pass: those that an official SDK has there, none, all."""


class WireModel(BaseModel):
    """What requests and answers share: wire names, immutability, and a representation without values."""

    # Built on first use: a function needs one or two operations, and building all doubles the import time.
    model_config = ConfigDict(alias_generator=to_camel, frozen=True, hide_input_in_errors=True, defer_build=True)

    other_spellings: ClassVar[Mapping[str, str]] = {}
    """Names that Alipay's pages or SDKs also use for a field, to the wire name, which alone is ever sent."""

    @classmethod
    def wire_names(cls) -> dict[str, str]:
        """Wire name to attribute name, in the contract's order."""
        return {field.alias or name: name for name, field in cls.model_fields.items()}

    def __repr__(self) -> str:
        """The names of what is set, never the values: they may be tokens or personal data."""
        shown = (wire for wire, name in self.wire_names().items() if name in self.model_fields_set)
        return f"{type(self).__name__}({', '.join(shown)})"

    __str__ = __repr__


class RequestModel(WireModel):
    """What our callers send, and what we send on: every fault is named, nothing unknown passes unseen.

    Unknown fields are refused. ``model_validate(data, context={"unknown_fields": "forward"})`` keeps them
    instead, at every level, and ``to_wire`` sends them on as they came; ``"known"`` does so with those names
    only that an official SDK has at that place. ``null`` of any field, known or not, stands for absent.
    Raises ``pydantic.ValidationError``, whose details carry no input; ``explain`` makes a text of it.
    """

    model_config = ConfigDict(extra="forbid")

    _forwarded: dict[str, object] = PrivateAttr(default_factory=dict)

    @classmethod
    def unmet_conditions(cls, wire: Mapping[str, object]) -> Iterator[Unmet]:
        """The conditions between fields that *wire* does not meet; it may be faulty in any other way, and hold other names."""
        del wire
        return iter(())

    @classmethod
    def names_for(cls, unknown_fields: UnknownFields) -> frozenset[str]:
        """The wire names that may stand in this object; with ``forward`` others may, too."""
        sdk_names = frozenset() if unknown_fields == "refuse" else KNOWN_NAMES.get(cls.__name__, frozenset())
        return frozenset(cls.wire_names()) | sdk_names

    @model_validator(mode="wrap")
    @classmethod
    def _judge(cls, data: object, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        """Fields and conditions together, so that one answer names every fault."""
        faults: list[InitErrorDetails] = []
        known: object = data
        forwarded: dict[str, object] = {}
        model: Self | None = None
        if isinstance(data, Mapping):
            data, contradictions = _in_one_spelling(data, cls.other_spellings)
            faults += contradictions
            names = cls.wire_names()
            known = {key: value for key, value in data.items() if key in names and value is not None}
            forwarded = {key: value for key, value in data.items() if key not in names and value is not None}
            unknown_fields = (info.context or {}).get("unknown_fields", "refuse")
            accepted = cls.names_for(unknown_fields)
            for key, value in forwarded.items():
                if unknown_fields != "forward" and key not in accepted:
                    faults.append(_unknown(key))
                elif not is_json(key, value):
                    faults.append(_fault((_name(key),), "must be plain JSON"))
            faults += (_fault(place, why) for place, why in cls.unmet_conditions({**known, **forwarded}))
        try:
            model = handler(known)
        except ValidationError as error:
            faults[:0] = [_without_input(detail) for detail in error.errors(include_url=False, include_input=False)]
        if model is None or faults:
            raise ValidationError.from_exception_data(cls.__name__, faults, hide_input=True)
        if forwarded:
            model._forwarded = forwarded
        return model

    def to_wire(self) -> dict[str, object]:
        """The request in Alipay's documented form, ready for ``json.dumps``: only what the caller set.

        Fields stand in the contract's order, scalars are text; forwarded unknown fields come last, unchanged.
        """
        wire = {
            wire_name: _wire_value(value)
            for wire_name, name in self.wire_names().items()
            if (value := getattr(self, name)) is not None
        }
        return {**wire, **self._forwarded}


class ResponseModel(WireModel):
    """What Alipay sends: never refused for its form, because what it says about money has already happened.

    Every field may be missing. Numbers and booleans may come bare or quoted, ``null`` stands for absent,
    unknown fields are kept, unknown codes and any length are accepted. A field whose shape cannot be read is
    ``None``: ``as_it_came`` still has it.
    """

    model_config = ConfigDict(extra="allow")

    _read_from: dict[str, object] = PrivateAttr(default_factory=dict)

    @classmethod
    def read(cls, data: Mapping[str, object]) -> Self:
        """*data* as far as it can be understood; never raises."""
        try:
            model = cls.model_validate(data)
        except ValidationError:
            model = cls()
        model._read_from = cls._documented(data) if isinstance(data, Mapping) else {}
        return model

    @property
    def as_it_came(self) -> Mapping[str, object]:
        """What was read, under documented names: every value with the JSON type that it came with."""
        return self._read_from

    @model_validator(mode="before")
    @classmethod
    def _with_documented_names(cls, data: object) -> object:
        return cls._documented(data) if isinstance(data, Mapping) else data

    @classmethod
    def _documented(cls, data: Mapping[str, object]) -> dict[str, object]:
        """Samples in Alipay's guides have blanks in keys, and ``resultInfo`` instead of ``result``."""
        named = {key.strip(): value for key, value in data.items() if isinstance(key, str) and is_unicode(key)}
        named.update({key: value for key, value in data.items() if key in named})
        if "result" in cls.model_fields and not isinstance(named.get("result"), Mapping):
            named["result"] = named.get("resultInfo")
        for other, documented in cls.other_spellings.items():
            if named.get(documented) is None and other in named:
                named[documented] = named.pop(other)
        return {key: value for key, value in named.items() if value is not None}

    @field_validator("*", mode="wrap")
    @classmethod
    def _absent_when_unreadable(cls, value: object, handler: ValidatorFunctionWrapHandler) -> object:
        try:
            return handler(value)
        except ValidationError:
            return None


def at(wire: object, *path: str) -> object:
    """The value under *path* in a body that may have any shape, or None."""
    for name in path:
        wire = wire.get(name) if isinstance(wire, Mapping) else None
    return wire


def _in_one_spelling(
    data: Mapping[str, object], other_spellings: Mapping[str, str]
) -> tuple[Mapping[str, object], list[InitErrorDetails]]:
    """*data* with the documented names; both spellings of one field must say the same."""
    faults: list[InitErrorDetails] = []
    for other, documented in other_spellings.items():
        if other not in data:
            continue
        value, said = data[other], data.get(documented)
        data = {key: kept for key, kept in data.items() if key != other}
        if said is None:
            data[documented] = value
        elif value is not None and (type(value), value) != (type(said), said):
            faults.append(_fault((other,), f"is another spelling of {documented}, which has another value"))
    return data, faults


def _wire_value(value: object) -> object:
    if isinstance(value, RequestModel):
        return value.to_wire()
    if isinstance(value, list):
        return [_wire_value(element) for element in value]
    return value


def _fault(place: Location, why: str) -> InitErrorDetails:
    return InitErrorDetails(type=refusal(why), loc=place, input=None)


def _unknown(key: object) -> InitErrorDetails:
    return InitErrorDetails(type="extra_forbidden", loc=(_name(key),), input=None)


def _name(key: object) -> str:
    return str(key).encode(errors="replace").decode()


def _without_input(detail: ErrorDetails) -> InitErrorDetails:
    """The same error without the value that caused it."""
    if detail["type"] == "contract":
        return _fault(detail["loc"], detail["msg"])
    return InitErrorDetails(type=detail["type"], loc=detail["loc"], input=None, ctx=detail.get("ctx", {}))
