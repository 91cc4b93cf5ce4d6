"""Every field of the official Python SDK's request classes has a place in our models or in the table of known names.

A newer SDK in requirements/sdk.txt shows here what is missing. The classes are read, not run: some cannot be made.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

import pytest
from official_sdk import ROOT, sdk_python

from autodebit import contract
from autodebit.contract import RequestModel
from autodebit.contract.known_names import KNOWN_NAMES

REQUESTS = {
    "ConsultRequest": "AlipayAuthConsultRequest",
    "ApplyTokenRequest": "AlipayAuthApplyTokenRequest",
    "RevokeRequest": "AlipayAuthRevokeTokenRequest",
    "PayRequest": "AlipayPayRequest",
    "InquiryPaymentRequest": "AlipayPayQueryRequest",
    "CancelRequest": "AlipayPayCancelRequest",
    "RefundRequest": "AlipayRefundRequest",
    "InquiryRefundRequest": "AlipayInquiryRefundRequest",
    "DeclareRequest": "AlipayCustomsDeclareRequest",
    "InquiryDeclarationRequestsRequest": "AlipayCustomsQueryRequest",
    "InitAuthenticationRequest": "AlipayInitAuthenticationRequest",
    "VerifyAuthenticationRequest": "AlipayVerifyAuthenticationRequest",
    "RegistrationRequest": "AlipayMerchantRegistrationRequest",
    "InquiryRegistrationStatusRequest": "AlipayMerchantRegistrationStatusQueryRequest",
    "InquiryRegistrationInfoRequest": "AlipayMerchantRegistrationInfoQueryRequest",
}
NOT_IN_THE_PYTHON_SDK = {("PayRequest", "taxCalculationId"), ("CreditPayPlan", "filteredInstallmentPeriods")}
Level = tuple[type[RequestModel], str]
"""A model of ours and the class of the SDK that stands at the same place."""


@cache
def sources() -> dict[str, str]:
    """Class of the SDK to the text of its module."""
    (packages,) = sdk_python(ROOT).parents[1].glob("lib/python*/site-packages/com/alipay/ams/api")
    texts = [path.read_text(encoding="utf-8") for path in sorted(packages.glob("model/*.py"))]
    texts += [path.read_text(encoding="utf-8") for path in sorted(packages.glob("request/*/*.py"))]
    return {name: text for text in texts for name in re.findall(r"^class (\w+)", text, re.M)}


def fields(name: str) -> dict[str, str]:
    """The wire names of an SDK's class, each with the class of its value ("" for what is no class)."""
    text = sources()[name]
    types = {
        re.sub(r"_|\W", "", attribute).lower(): re.sub(r"^(?:list)?\[(.*)\]$", r"\1", kind.strip(), flags=re.I)
        for attribute, kind in re.findall(r"self\.__(\w+) = None *# type: (.*)", text)
    }
    wire = set(re.findall(r"params\[['\"](\w+)['\"]\] *=", text))
    assert {name.lower() for name in wire} >= set(types), f"{name}: fields that it never sends, or another style"
    return {name: types.get(name.lower(), "") for name in wire}


def models_in(annotation: object) -> Iterator[type[RequestModel]]:
    if isinstance(annotation, type) and issubclass(annotation, RequestModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def levels(model: type[RequestModel], sdk_class: str) -> Iterator[Level]:
    yield model, sdk_class
    nested = fields(sdk_class)
    for wire_name, attribute in model.wire_names().items():
        for inner in models_in(model.model_fields[attribute].annotation):
            # Where the SDK's class names no type, the class of the same name as ours stands there.
            if (nested_class := nested.get(wire_name) or inner.__name__) in sources() and wire_name in nested:
                yield from levels(inner, nested_class)


def all_levels() -> dict[Level, None]:
    return {level: None for ours, theirs in REQUESTS.items() for level in levels(getattr(contract, ours), theirs)}


@pytest.mark.parametrize("request_name", REQUESTS)
def test_every_field_of_the_sdks_class_has_its_place(request_name: str) -> None:
    missing = {
        f"{model.__name__} ({sdk_class}): {name}"
        for model, sdk_class in levels(getattr(contract, request_name), REQUESTS[request_name])
        for name in fields(sdk_class)
        if name not in model.names_for("known") and name not in model.other_spellings
    }
    assert not missing


def test_the_table_has_no_name_that_no_sdk_has() -> None:
    found: dict[str, set[str]] = {}
    for model, sdk_class in all_levels():
        found.setdefault(model.__name__, set()).update(fields(sdk_class))
    idle = {(model, name) for model, names in KNOWN_NAMES.items() for name in names - found.get(model, set())}
    assert idle == NOT_IN_THE_PYTHON_SDK


def test_the_walk_reaches_the_depth_of_a_pay() -> None:
    reached = {(model.__name__, sdk_class) for model, sdk_class in all_levels()}
    wanted: Any = {
        ("Env", "Env"),
        ("ConsultEnv", "Env"),
        ("Goods", "Goods"),
        ("Address", "Address"),
        ("Store", "Store"),
    }
    assert reached >= wanted
    assert len(fields("AlipayPayRequest")) > 25
