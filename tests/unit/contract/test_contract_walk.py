"""The models against the contract, field by field: names, lengths, sizes, values, requiredness, nesting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import ValidationError

from autodebit import contract
from autodebit.contract import AnswerModel, RequestModel
from tests.contract.documents import document, fields_of_type

ROOTS: list[tuple[str, str, str, type[RequestModel] | type[AnswerModel]]] = [
    ("consult", "consult", "request", contract.ConsultRequest),
    ("consult", "consult", "response", contract.ConsultResponse),
    ("applyToken", "apply_token", "request", contract.ApplyTokenRequest),
    ("applyToken", "apply_token", "response", contract.ApplyTokenResponse),
    ("pay", "pay", "request", contract.PayRequest),
    ("pay", "pay", "response", contract.PayResponse),
    ("inquiryPayment", "inquiry_payment", "request", contract.InquiryPaymentRequest),
    ("inquiryPayment", "inquiry_payment", "response", contract.InquiryPaymentResponse),
    ("notifyAuthorization", "notify_authorization", "request", contract.NotifyAuthorizationRequest),
    ("notifyAuthorization", "notify_authorization", "response", contract.NotifyAuthorizationResponse),
    ("notifyPayment", "notify_payment", "request", contract.NotifyPaymentRequest),
    ("notifyPayment", "notify_payment", "response", contract.NotifyPaymentResponse),
]

# Where a request model deliberately departs from the contract's table: (type or operation, field, rule).
EXCEPTIONS = {
    ("consult", "customerBelongsTo", "refuses other values"): "the contract calls the list open",
    ("applyToken", "customerBelongsTo", "refuses other values"): "the contract calls the list open",
    ("PaymentMethod", "paymentMethodType", "refuses other values"): "the contract calls the list open",
    ("Goods", "deliveryMethodType", "refuses other values"): "only the SDK lists the values",
    ("Merchant", "merchantType", "refuses other values"): "only the SDK lists the values",
    ("Address", "state", "refuses longer text"): "the reference's own sample is longer than its limit",
    ("consult", "scopes", "lists no other value"): "the SDK knows four more",
    ("ConsultEnv", "terminalType", "is required"): "only inferred; the top-level field may stand for it",
    ("consult", "osType", "is optional"): "its condition holds for the body used here",
    ("applyToken", "authCode", "is optional"): "its condition holds for the body used here",
    ("inquiryPayment", "paymentRequestId", "is optional"): "its condition holds for the body used here",
    ("Env", "osType", "is optional"): "its condition holds for the body used here",
    ("CreditPayPlan", "feePercentage", "is optional"): "its condition holds for the body used here",
    **{
        ("ChinaExtraTransInfo", name, "is optional"): "its condition holds for the body used here"
        for name in (
            "hotelName",
            "checkinTime",
            "flightNumber",
            "departureTime",
            "admissionNoticeUrl",
            "totalQuantity",
            "goodsInfo",
        )
    },
}

AMOUNT = {"currency": "PHP", "value": "14900"}
ADDRESS = {"region": "PH"}
BASES: dict[str, dict[str, Any]] = {
    "consult": {**document("consult")["examples"]["request"]},
    "applyToken": {**document("apply_token")["examples"]["request"], "refreshToken": "R"},
    "pay": {**document("pay")["examples"]["request"]},
    "inquiryPayment": {**document("inquiry_payment")["examples"]["request"]},
    "notifyAuthorization": document("notify_authorization")["examples"]["response"],
    "notifyPayment": document("notify_payment")["examples"]["response"],
    "AckResult": document("notify_payment")["examples"]["response"]["result"],
    "Address": ADDRESS,
    "Amount": AMOUNT,
    "ChinaExtraTransInfo": {
        "businessType": "1|2|3|4",
        "hotelName": "H",
        "checkinTime": "2024-07-01",
        "flightNumber": "F",
        "departureTime": "2024-07-01 10:00",
        "admissionNoticeUrl": "https://school.example.com/1",
        "totalQuantity": "1",
        "goodsInfo": "sku^1",
    },
    "ConsultEnv": {"terminalType": "WEB"},
    "CreditPayPlan": {"installmentNum": "3", "creditPayFeeType": "PERCENTAGE", "feePercentage": "0"},
    "Env": {"terminalType": "APP", "osType": "IOS"},
    "Goods": {"referenceGoodsId": "G", "goodsName": "Album"},
    "Merchant": {"referenceMerchantId": "M"},
    "Order": {"orderAmount": AMOUNT, "referenceOrderId": "O", "orderDescription": "Album"},
    "PaymentMethod": {"paymentMethodType": "GCASH", "paymentMethodId": "T"},
    "SettlementStrategy": {"settlementCurrency": "USD"},
}
LONGEST_IN_FORM = {"businessType": "1|2|3|4|5|1|2|3"}  # 15 of 16 characters: a 16th cannot complete a value

OTHER = "NOT_IN_THE_LIST"


@dataclass(frozen=True)
class Place:
    """One field of the contract at one place of one message, and the model that should have it."""

    path: str
    owner: str
    spec: dict[str, Any] = field(repr=False)
    model: type[RequestModel] | type[AnswerModel]

    @property
    def name(self) -> str:
        return str(self.spec["name"])

    @property
    def is_array(self) -> bool:
        return str(self.spec["type"]).startswith("Array<")

    @property
    def element_type(self) -> str:
        return str(self.spec["type"]).removeprefix("Array<").removesuffix(">")

    @property
    def is_object(self) -> bool:
        return self.element_type in document("types")["types"]


def models_in(annotation: object) -> Iterator[type[RequestModel] | type[AnswerModel]]:
    if isinstance(annotation, type) and issubclass(annotation, (RequestModel, AnswerModel)):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def literals_in(annotation: object) -> Iterator[object]:
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    else:
        for part in get_args(annotation):
            yield from literals_in(part)


def nested_model(place: Place) -> type[RequestModel] | type[AnswerModel] | None:
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
    level for name, file, part, model in ROOTS for level in levels(f"{name}.{part}", name, document(file)[part], model)
]
LEVELS += levels("OrderExtendInfo", "OrderExtendInfo", fields_of_type("OrderExtendInfo"), contract.OrderExtendInfo)
PLACES = [
    Place(f"{path}.{spec['name']}", owner, spec, model) for path, owner, fields, model in LEVELS for spec in fields
]
STRICT = [place for place in PLACES if issubclass(place.model, RequestModel)]
TOLERANT = [place for place in PLACES if issubclass(place.model, AnswerModel)]


@pytest.mark.parametrize(("path", "owner", "fields", "model"), LEVELS, ids=[level[0] for level in LEVELS])
def test_a_model_has_exactly_the_fields_of_the_contract(path: str, owner: str, fields: Any, model: Any) -> None:
    assert list(model.wire_names()) == [spec["name"] for spec in fields], path


def faults(place: Place, body: dict[str, Any]) -> list[str]:
    """What the strict model finds wrong with *body*, at the field in question or inside it."""
    try:
        place.model.model_validate(body)
    except ValidationError as error:
        return [f"{detail['loc']}: {detail['msg']}" for detail in error.errors() if detail["loc"][0] == place.name]
    return []


def with_value(place: Place, value: object) -> dict[str, Any]:
    return {**BASES.get(place.owner, {}), place.name: [value] if place.is_array else value}


def text_of(place: Place, length: int) -> str:
    if place.name in LONGEST_IN_FORM:
        return LONGEST_IN_FORM[place.name] if length <= place.spec["max_length"] else "1|" * (length // 2) + "1"
    start, end = {"URL": ("https://m.example.com/", ""), "Email": ("", "@m.example.com")}.get(
        place.spec["type"], ("", "")
    )
    return start + "A" * (length - len(start) - len(end)) + end


def is_required(place: Place) -> None:
    body = {key: value for key, value in BASES[place.owner].items() if key != place.name}
    assert faults(place, body), f"{place.path} may be left out"


def is_optional(place: Place) -> None:
    body = {key: value for key, value in BASES.get(place.owner, {}).items() if key != place.name}
    assert not faults(place, body), f"{place.path} may not be left out: {faults(place, body)}"


def accepts_the_longest_text(place: Place) -> None:
    found = faults(place, with_value(place, text_of(place, place.spec["max_length"])))
    assert not found, f"{place.path}: {found}"


def refuses_longer_text(place: Place) -> None:
    assert faults(place, with_value(place, text_of(place, place.spec["max_length"] + 1))), place.path


def accepts_every_listed_value(place: Place) -> None:
    for value in place.spec["enum"]:
        assert not faults(place, with_value(place, value)), f"{place.path}: {value}"


def refuses_other_values(place: Place) -> None:
    assert faults(place, with_value(place, OTHER)), place.path


def lists_no_other_value(place: Place) -> None:
    annotation = place.model.model_fields[place.model.wire_names()[place.name]].annotation
    assert set(literals_in(annotation)) <= set(place.spec["enum"]), place.path


def limits_the_number_of_elements(place: Place) -> None:
    most = place.spec["max_items"]
    element = BASES[place.element_type] if place.is_object else place.spec["enum"][0]
    assert not faults(place, {**BASES[place.owner], place.name: [element] * most}), place.path
    assert faults(place, {**BASES[place.owner], place.name: [element] * (most + 1)}), place.path


def refuses_another_shape(place: Place) -> None:
    for value in ({}, 1.5) if place.is_array else ([], 1.5, "x") if place.is_object else ([], {}, 1.5):
        body = {**BASES.get(place.owner, {}), place.name: value}
        assert faults(place, body), f"{place.path} accepts {value!r}"


def accepts_a_bare_scalar_as_text(place: Place) -> None:
    value, text = (True, "true") if place.spec["type"] == "Boolean" else (20, "20")
    body = {**BASES.get(place.owner, {}), place.name: value}
    assert not faults(place, body), place.path
    model = place.model.model_validate(body)
    assert isinstance(model, RequestModel)
    assert model.to_wire()[place.name] == text, place.path


Rule = Callable[[Place], None]
CODES = {"currency", "settlementCurrency", "region", "userRegion"}  # a number is no code


def rules(place: Place) -> Iterator[Rule]:
    """The rules that the contract's entry makes for a field of a request."""
    spec = place.spec
    enum, plain = spec.get("enum"), spec["type"] in {"String", "Integer", "Boolean"}
    closed = enum and (place.owner, place.name, "refuses other values") not in EXCEPTIONS
    yield is_required if spec["required"] == "M" else is_optional
    if spec["max_length"] is not None:
        yield refuses_longer_text
        if not closed or place.name in LONGEST_IN_FORM:
            yield accepts_the_longest_text
    if enum:
        yield accepts_every_listed_value
        yield refuses_other_values
        yield lists_no_other_value
    if spec.get("max_items"):
        yield limits_the_number_of_elements
    if spec["type"] != "unknown":
        yield refuses_another_shape
    if plain and not (enum and spec["type"] == "String") and place.name not in CODES:
        yield accepts_a_bare_scalar_as_text


CASES = [(place, rule) for place in STRICT for rule in rules(place)]


@pytest.mark.parametrize(
    ("place", "rule"), CASES, ids=[f"{place.path} {rule.__name__.replace('_', ' ')}" for place, rule in CASES]
)
def test_a_request_field_keeps_the_contract(place: Place, rule: Rule) -> None:
    reason = EXCEPTIONS.get((place.owner, place.name, rule.__name__.replace("_", " ")))
    if reason is None:
        rule(place)
    else:
        with pytest.raises(AssertionError):
            rule(place)


def test_every_exception_is_still_needed() -> None:
    judged = {(place.owner, place.name, rule.__name__.replace("_", " ")) for place, rule in CASES}
    assert set(EXCEPTIONS) <= judged


@pytest.mark.parametrize("place", TOLERANT, ids=[place.path for place in TOLERANT])
def test_an_answer_field_is_read_and_tolerated(place: Place) -> None:
    attribute = place.model.wire_names()[place.name]

    def read(value: object) -> Any:
        answer = place.model.read({place.name: value, "neverSeen": 1})  # type: ignore[union-attr]
        assert (answer.model_extra or {})["neverSeen"] == 1
        return getattr(answer, attribute)

    assert getattr(place.model.read({}), attribute) is None  # type: ignore[union-attr]
    assert read(None) is None
    assert read(object()) is None
    if place.is_object:
        inner = nested_model(place)
        assert inner is not None
        assert isinstance(read([{}])[0] if place.is_array else read({}), inner)
        assert read("text") is None
        return
    assert read([]) is None
    assert read({}) is None
    if place.spec["type"] == "Boolean":
        assert [read(value) for value in (True, "true", "TRUE", False, "false", "perhaps")] == [True] * 3 + [
            False
        ] * 2 + [None]
        return
    assert read(OTHER) == OTHER
    assert read("x" * 5000) == "x" * 5000
    assert read(20) == "20"
    assert read(0.064622) == "0.064622"
