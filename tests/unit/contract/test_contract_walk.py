"""The models against the contract, field by field: names, lengths, sizes, values, requiredness, nesting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from autodebit.contract import RequestModel, ResponseModel
from tests.contract.bodies import BODIES
from tests.contract.documents import DATA, document
from tests.contract.messages import MESSAGES
from tests.contract.places import LEVELS, PLACES, Place, literals_in, nested_model

# Where a request model deliberately departs from the contract's table: (type or operation, field, rule).
EXCEPTIONS = {
    ("consult", "customerBelongsTo", "refuses other values"): "the contract calls the list open",
    ("applyToken", "customerBelongsTo", "refuses other values"): "the contract calls the list open",
    ("PaymentMethod", "paymentMethodType", "refuses other values"): "the contract calls the list open",
    ("Goods", "deliveryMethodType", "refuses other values"): "only the SDK lists the values",
    ("Merchant", "merchantType", "refuses other values"): "only the SDK lists the values",
    ("RefundDetail", "refundFrom", "refuses other values"): "only the SDK lists the values",
    ("WebSite", "type", "refuses other values"): "only the SDK lists the values",
    ("Address", "state", "refuses longer text"): "the reference's own sample is longer than its limit",
    ("consult", "scopes", "lists no other value"): "the SDK knows four more",
    ("ConsultEnv", "terminalType", "is required"): "only inferred; the top-level field may stand for it",
    ("consult", "osType", "is optional"): "its condition holds for the body used here",
    ("applyToken", "authCode", "is optional"): "its condition holds for the body used here",
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

# Fields of ours that the contract does not have: (operation, field).
OUR_OWN = {("refund", "paymentRequestId"): "stands for paymentId, and is never sent"}
LONGEST_IN_FORM = {"businessType": "1|2|3|4|5|1|2|3"}  # 15 of 16 characters: a 16th cannot complete a value

OTHER = "NOT_IN_THE_LIST"


REQUESTS = [level for level in LEVELS if issubclass(level[3], RequestModel)]
STRICT = [place for place in PLACES if issubclass(place.model, RequestModel)]
TOLERANT = [place for place in PLACES if issubclass(place.model, ResponseModel)]


@pytest.mark.parametrize(("path", "owner", "fields", "model"), LEVELS, ids=[level[0] for level in LEVELS])
def test_a_model_has_exactly_the_fields_of_the_contract(path: str, owner: str, fields: Any, model: Any) -> None:
    names = [name for name in model.wire_names() if (owner, name) not in OUR_OWN]
    assert names == [spec["name"] for spec in fields], path


def test_a_field_of_our_own_is_there_and_not_in_the_contract() -> None:
    of_owner = {
        owner: ({spec["name"] for spec in fields}, set(model.wire_names())) for _, owner, fields, model in REQUESTS
    }
    for owner, name in OUR_OWN:
        documented, modelled = of_owner[owner]
        assert name in modelled - documented


def test_every_message_of_every_document_is_walked() -> None:
    operations = {path.stem for path in DATA.glob("*.json")} - {"facts", "types"}
    documented = {(file, document(file)["name"], part) for file in operations for part in ("request", "response")}
    assert {(message.file, message.operation, message.part) for message in MESSAGES} == documented


def test_every_type_of_the_contract_is_walked() -> None:
    unused = {"PaymentFactor"}  # not in Auto Debit since 2022, by the contract's own note
    assert {owner for _, owner, _, _ in LEVELS} >= set(document("types")["types"]) - unused


def faults(place: Place, body: dict[str, Any]) -> list[str]:
    """What the strict model finds wrong with *body*, at the field in question or inside it."""
    try:
        place.model.model_validate(body)
    except ValidationError as error:
        return [f"{detail['loc']}: {detail['msg']}" for detail in error.errors() if detail["loc"][0] == place.name]
    return []


def with_value(place: Place, value: object) -> dict[str, Any]:
    return {**BODIES.get(place.owner, {}), place.name: [value] if place.is_array else value}


def text_of(place: Place, length: int) -> str:
    if place.name in LONGEST_IN_FORM:
        return LONGEST_IN_FORM[place.name] if length <= place.spec["max_length"] else "1|" * (length // 2) + "1"
    start, end = {"URL": ("https://m.example.com/", ""), "Email": ("", "@m.example.com")}.get(place.type, ("", ""))
    return start + "A" * (length - len(start) - len(end)) + end


def is_required(place: Place) -> None:
    body = {key: value for key, value in BODIES[place.owner].items() if key != place.name}
    assert faults(place, body), f"{place.path} may be left out"


def is_optional(place: Place) -> None:
    body = {key: value for key, value in BODIES.get(place.owner, {}).items() if key != place.name}
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
    element = BODIES[place.element_type] if place.is_object else (place.spec.get("enum") or ["A"])[0]
    assert not faults(place, {**BODIES[place.owner], place.name: [element] * most}), place.path
    assert faults(place, {**BODIES[place.owner], place.name: [element] * (most + 1)}), place.path


def refuses_another_shape(place: Place) -> None:
    for value in ({}, 1.5) if place.is_array else ([], 1.5, "x") if place.is_object else ([], {}, 1.5):
        body = {**BODIES.get(place.owner, {}), place.name: value}
        assert faults(place, body), f"{place.path} accepts {value!r}"


def accepts_a_bare_scalar_as_text(place: Place) -> None:
    value, text = (True, "true") if place.type == "Boolean" else (20, "20")
    body = {**BODIES.get(place.owner, {}), place.name: value}
    assert not faults(place, body), place.path
    model = place.model.model_validate(body)
    assert isinstance(model, RequestModel)
    assert model.to_wire()[place.name] == text, place.path


Rule = Callable[[Place], None]
CODES = {"currency", "settlementCurrency", "region", "userRegion"}  # a number is no code


def rules(place: Place) -> Iterator[Rule]:
    """The rules that the contract's entry makes for a field of a request."""
    spec = place.spec
    enum, plain = spec.get("enum"), place.type in {"String", "Integer", "Boolean"}
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
    assert read({}) is None
    if place.is_array:
        assert read([OTHER, 20, None, {}, [], float("nan")]) == [OTHER, "20"]
        assert read(OTHER) == [OTHER]
        return
    assert read([]) is None
    if place.type == "Boolean":
        assert [read(value) for value in (True, "true", "TRUE", False, "false", "perhaps")] == [True] * 3 + [
            False
        ] * 2 + [None]
        return
    assert read(OTHER) == OTHER
    assert read("x" * 5000) == "x" * 5000
    assert read(20) == "20"
    assert read(0.064622) == "0.064622"
