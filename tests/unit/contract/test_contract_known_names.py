"""UnknownFields=known: the names of the official SDKs pass at their place, a misspelt one is refused with the right name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from autodebit import contract
from autodebit.contract import ConsultRequest, DeclareRequest, PayRequest, RegistrationRequest, RequestModel, explain
from autodebit.contract.known_names import KNOWN_NAMES
from tests.contract.bodies import BODIES
from tests.contract.judging import faulty_fields

KNOWN, REFUSE, FORWARD = ({"unknown_fields": mode} for mode in ("known", "refuse", "forward"))
OPERATIONS = {"PayRequest": "pay", "ConsultRequest": "consult", "RefundRequest": "refund"}
ANY_JSON = {"deep": [1, "two", None, 2.5, {"three": True}]}
NAMES = [(model, name) for model, names in KNOWN_NAMES.items() for name in sorted(names)]
PAY, CONSULT = BODIES["pay"], BODIES["consult"]
WITHOUT_TERMINAL = {
    name: CONSULT[name] for name in CONSULT if name not in {"terminalType", "osType", "osVersion", "env"}
}


def model_named(name: str) -> type[RequestModel]:
    model = getattr(contract, name)
    assert issubclass(model, RequestModel)
    return model


def body_of(model: str) -> dict[str, Any]:
    return BODIES.get(OPERATIONS.get(model, model), {})


def misspelt(name: str) -> str:
    """*name* with the letter in its middle changed."""
    middle = len(name) // 2
    return f"{name[:middle]}{'q' if name[middle] != 'q' else 'x'}{name[middle + 1 :]}"


def explained(model: type[RequestModel], body: object, context: Mapping[str, str]) -> str:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(body, context=dict(context))
    return explain(caught.value, model, context["unknown_fields"])  # type: ignore[arg-type]


@pytest.mark.parametrize("model", KNOWN_NAMES)
def test_every_known_name_passes_at_its_place_unchanged(model: str) -> None:
    added = dict.fromkeys(sorted(KNOWN_NAMES[model]), ANY_JSON)
    wire = model_named(model).model_validate({**body_of(model), **added}, context=KNOWN).to_wire()
    assert {name: wire[name] for name in added} == added
    assert sorted(faulty_fields(model_named(model), {**body_of(model), **added}, context=REFUSE)) == sorted(added)


@pytest.mark.parametrize("model", KNOWN_NAMES)
def test_no_known_name_is_one_that_the_model_has_itself(model: str) -> None:
    own = {*model_named(model).wire_names(), *model_named(model).other_spellings}
    assert not own & KNOWN_NAMES[model]


@pytest.mark.parametrize(("model", "name"), NAMES)
def test_a_known_name_with_a_letter_changed_is_refused_with_the_right_one(model: str, name: str) -> None:
    text = explained(model_named(model), {**body_of(model), misspelt(name): 1}, KNOWN)
    assert text == f"{misspelt(name)}: is not a field of this request; did you mean `{name}`?"


@pytest.mark.parametrize(
    "model", [name for name in contract.__all__ if name.endswith("Request") or name in KNOWN_NAMES]
)
def test_a_name_of_the_contract_with_a_letter_changed_is_refused_with_the_right_one(model: str) -> None:
    if not issubclass(level := getattr(contract, model), RequestModel):
        return
    for name in level.wire_names():
        text = explained(level, {misspelt(name): 1}, KNOWN)
        assert f"{misspelt(name)}: is not a field of this request; did you mean `{name}`?" in text


def test_a_known_name_stands_at_its_own_place_only() -> None:
    order = {**PAY["order"], "transit": {}, "merchantRegion": "US"}
    body = {**PAY, "order": order, "transit": {}, "merchantRegion": "US"}
    assert sorted(faulty_fields(PayRequest, body, context=KNOWN)) == ["order.merchantRegion", "transit"]


def test_a_refused_name_is_no_suggestion() -> None:
    assert "did you mean" not in explained(PayRequest, {**PAY, "merchantRegiom": "US"}, REFUSE)


def test_a_known_value_must_be_json() -> None:
    body = {**PAY, "metadata": {"a": float("nan")}, "env": {"\ud800": 1}}
    assert sorted(faulty_fields(PayRequest, body, context=KNOWN)) == ["env", "metadata"]


@pytest.mark.parametrize("context", [KNOWN, REFUSE, FORWARD], ids=["known", "refuse", "forward"])
def test_null_stands_for_absent_whatever_the_name(context: dict[str, str]) -> None:
    order = {**PAY["order"], "transit": None, "zebra": None}
    body = {**PAY, "order": order, "metadata": None, "userRegion": None, "zebra": None}
    assert PayRequest.model_validate(body, context=context).to_wire() == PayRequest.model_validate(PAY).to_wire()


def test_the_documented_ways_into_pay_are_open() -> None:
    added = {
        "env": {"deviceId": "D", "clientIp": "1.2.3.4"},
        "merchantRegion": "US",
        "metadata": json.dumps({"a": 1}),
        "paymentVerificationData": {"verifyRequestId": "V", "authenticationCode": "123456"},
        "paymentMethod": {**PAY["paymentMethod"], "paymentMethodMetaData": {"bankIdentifierCode": "B"}},
    }
    assert PayRequest.model_validate({**PAY, **added}, context=KNOWN).to_wire() == {**PAY, **added}


@pytest.mark.parametrize(
    ("plan", "faults"),
    [
        ({"installmentNum": 3}, []),
        ({"filteredInstallmentPeriods": [3, 6]}, []),
        ({"installmentNum": 3, "filteredInstallmentPeriods": [3]}, []),
        ({}, ["creditPayPlan.installmentNum"]),
        ({"filteredInstallmentPeriods": None}, ["creditPayPlan.installmentNum"]),
    ],
)
def test_a_credit_pay_plan_needs_one_of_two(plan: dict[str, Any], faults: list[str]) -> None:
    assert faulty_fields(PayRequest, {**PAY, "creditPayPlan": plan}, context=KNOWN) == faults


@pytest.mark.parametrize(
    ("goods", "faults"),
    [
        ({"referenceGoodsId": "G"}, []),
        ({"priceId": "P"}, []),
        ({"referenceGoodsId": "G", "priceId": "P"}, []),
        ({}, ["order.goods.0.referenceGoodsId"]),
        ({"referenceGoodsId": None, "priceId": None}, ["order.goods.0.referenceGoodsId"]),
    ],
)
def test_goods_need_one_of_two(goods: dict[str, Any], faults: list[str]) -> None:
    order = {**PAY["order"], "goods": [{"goodsName": "Album", **goods}]}
    assert faulty_fields(PayRequest, {**PAY, "order": order}, context=KNOWN) == faults


NEW_VALUES: list[tuple[type[RequestModel], dict[str, Any], str]] = [
    (ConsultRequest, {**CONSULT, "scopes": ["ABA_DIRECT_PAYMENT_AUTHORIZATION", "USER_INFO"]}, "scopes.0"),
    (ConsultRequest, {**CONSULT, "merchantRegion": "SA"}, "merchantRegion"),
    (ConsultRequest, {**CONSULT, "terminalType": "TV"}, "terminalType"),
    (ConsultRequest, {**CONSULT, "env": {"osType": "HARMONY_OS"}}, "env.osType"),
    (PayRequest, {**PAY, "order": {**PAY["order"], "env": {"terminalType": "TV"}}}, "order.env.terminalType"),
    (PayRequest, {**PAY, "creditPayPlan": {"installmentNum": 3, "interval": "WEEK"}}, "creditPayPlan.interval"),
    (
        DeclareRequest,
        {**BODIES["declare"], "customs": {"customsCode": "HAIKOU", "region": "CN"}},
        "customs.customsCode",
    ),
    (RegistrationRequest, {**BODIES["registration"], "productCodes": ["NEW_1"]}, "productCodes.0"),
]


@pytest.mark.parametrize(("model", "body", "place"), NEW_VALUES, ids=[case[2] for case in NEW_VALUES])
def test_a_new_value_of_an_open_enumeration_passes_with_forward_only(
    model: type[RequestModel], body: dict[str, Any], place: str
) -> None:
    assert model.model_validate(body, context=FORWARD)
    assert faulty_fields(model, body, context=KNOWN) == faulty_fields(model, body, context=REFUSE) == [place]


@pytest.mark.parametrize("value", ["new", "", "A B", "A" * 65, "A\n", 1, ["A"], "\ud800"])
def test_what_is_no_code_passes_nowhere(value: object) -> None:
    assert faulty_fields(ConsultRequest, {**CONSULT, "merchantRegion": value}, context=FORWARD) == ["merchantRegion"]


def test_what_chooses_our_behaviour_stays_closed() -> None:
    assert faulty_fields(PayRequest, {**PAY, "productCode": "NEW"}, context=FORWARD) == ["productCode"]
    token = {**BODIES["applyToken"], "grantType": "NEW"}
    assert faulty_fields(contract.ApplyTokenRequest, token, context=FORWARD) == ["grantType"]
    user = {**BODIES["initAuthentication"], "userIdentityType": "NEW", "authenticationType": "NEW"}
    found = faulty_fields(contract.InitAuthenticationRequest, user, context=FORWARD)
    assert sorted(found) == ["authenticationType", "userIdentityType"]


@pytest.mark.parametrize("context", [KNOWN, REFUSE, FORWARD], ids=["known", "refuse", "forward"])
def test_the_product_as_a_scope_gets_a_hint(context: dict[str, str]) -> None:
    text = explained(ConsultRequest, {**CONSULT, "scopes": ["AGREEMENT_PAYMENT"]}, context)
    assert text == "scopes[0]: is the code of the product, not a scope; did you mean `AGREEMENT_PAY`?"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"terminalType": "WEB"}, {"terminalType": "WEB", "env": {"terminalType": "WEB"}}),
        (
            {"terminalType": "APP", "osType": "IOS", "osVersion": "17"},
            {
                "terminalType": "APP",
                "osType": "IOS",
                "osVersion": "17",
                "env": {"terminalType": "APP", "osType": "IOS", "osVersion": "17"},
            },
        ),
        ({"env": {"terminalType": "WEB"}}, {"env": {"terminalType": "WEB"}}),
        (
            {"terminalType": "APP", "env": {"osType": "IOS", "clientIp": "1.2.3.4"}},
            {"terminalType": "APP", "env": {"terminalType": "APP", "osType": "IOS", "clientIp": "1.2.3.4"}},
        ),
        (
            {"terminalType": "WEB", "env": {"terminalType": "WAP", "osType": "IOS"}},
            {"terminalType": "WEB", "env": {"terminalType": "WAP", "osType": "IOS"}},
        ),
    ],
)
def test_the_deprecated_places_of_consult_are_sent_in_both(given: dict[str, Any], sent: dict[str, Any]) -> None:
    request = ConsultRequest.model_validate({**WITHOUT_TERMINAL, **given}, context=KNOWN)
    assert request.to_wire() == {**WITHOUT_TERMINAL, **sent}
    assert ConsultRequest.model_validate(request.to_wire(), context=KNOWN).to_wire() == request.to_wire()
