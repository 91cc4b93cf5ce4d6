"""Whatever JSON arrives: requests are accepted or refused, answers are read, and nothing else happens."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from autodebit import contract
from autodebit.contract import Acknowledgement, RequestModel, ResponseModel, explain
from tests.contract.messages import MESSAGES

MODELS = [message.model for message in MESSAGES]
ACKNOWLEDGEMENT: type[RequestModel] = contract.NotifyPaymentResponse  # one for all: they are the same
REQUESTS: list[type[RequestModel]] = [
    *(model for model in MODELS if issubclass(model, RequestModel) and not issubclass(model, Acknowledgement)),
    ACKNOWLEDGEMENT,
    contract.OrderExtendInfo,
]
ANSWERS = [model for model in MODELS if issubclass(model, ResponseModel)]
NAMES = sorted(
    {
        wire
        for name in contract.__all__
        if isinstance(model := getattr(contract, name), type) and issubclass(model, RequestModel | ResponseModel)
        for wire in (*model.wire_names(), *model.other_spellings)
    }
)
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=20)  # lone surrogates too
KEYS = st.sampled_from(NAMES) | st.sampled_from(NAMES).map(lambda name: f"{name} ") | ANY_TEXT
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | ANY_TEXT
    | st.sampled_from(
        ["JPY", "IDR", "1000", "APP", "AGREEMENT_PAYMENT", "REFRESH_TOKEN", "1|2", "https://m.example.com"]
    )
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6))


def bodies(model: type[RequestModel] | type[ResponseModel]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(sorted(model.wire_names())) | KEYS, JSON, max_size=8)


@pytest.mark.parametrize(
    "context", [None, {"unknown_fields": "known"}, {"unknown_fields": "forward"}], ids=["refuse", "known", "forward"]
)
@pytest.mark.parametrize("model", REQUESTS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_request_is_accepted_or_refused_with_an_explanation(
    model: type[RequestModel], context: dict[str, str] | None, data: st.DataObject
) -> None:
    body = data.draw(JSON | bodies(model))
    request = explanation = None
    try:
        request = model.model_validate(body, context=context)
    except ValidationError as error:
        explanation = f"{explain(error, model)} {error}"
    if request is None:
        assert explanation
        assert explanation.encode()
    else:
        wire = request.to_wire()
        assert model.model_validate(wire, context=context).to_wire() == wire
        if "recurringType" not in wire and context is None:
            assert json.dumps(wire, ensure_ascii=False, allow_nan=False).encode()


@pytest.mark.parametrize("model", ANSWERS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_any_answer_can_be_read(model: type[ResponseModel], data: st.DataObject) -> None:
    answer = model.read(data.draw(bodies(model)))
    assert repr(answer)
    for value in (getattr(answer, name) for name in model.model_fields):
        assert value is None or isinstance(value, str | bool | list | ResponseModel)
