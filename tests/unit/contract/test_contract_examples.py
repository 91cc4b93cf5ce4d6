"""The contract's own examples pass through the models."""

from __future__ import annotations

from typing import Any

import pytest

from autodebit.contract import Acknowledgement, ConsultRequest, RequestModel, ResponseModel
from tests.contract.documents import examples
from tests.contract.messages import MESSAGES

EXAMPLES = [
    pytest.param(message.model, body, id=f"{message.operation}-{name}")
    for message in MESSAGES
    for name, body in examples(message.file, message.part).items()
]
REQUESTS = [example for example in EXAMPLES if issubclass(example.values[0], RequestModel)]  # type: ignore[arg-type]
ANSWERS = [example for example in EXAMPLES if issubclass(example.values[0], ResponseModel)]  # type: ignore[arg-type]
ACKNOWLEDGEMENTS = [message for message in MESSAGES if issubclass(message.model, Acknowledgement)]


def as_documented(value: object) -> object:
    """The form that the documentation asks for, which some samples do not have: booleans are text."""
    if isinstance(value, dict):
        return {name: as_documented(member) for name, member in value.items()}
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value


@pytest.mark.parametrize(("model", "body"), REQUESTS)
def test_an_example_request_goes_out_as_it_came(model: type[RequestModel], body: dict[str, Any]) -> None:
    expected: Any = as_documented(body)
    if model is ConsultRequest:  # the documented sample has the deprecated places only: sent in both
        old = {name: body[name] for name in ("terminalType", "osType", "osVersion") if name in body}
        expected = {**expected, "env": {**old, **expected.get("env", {})}}
    assert model.model_validate(body).to_wire() == expected


def as_read(answer: ResponseModel) -> dict[str, Any]:
    """What *answer* understood, by wire names."""

    def plain(value: object) -> object:
        if isinstance(value, ResponseModel):
            return as_read(value)
        return [plain(element) for element in value] if isinstance(value, list) else value

    named = {wire: getattr(answer, name) for wire, name in answer.wire_names().items()}
    return {wire: plain(value) for wire, value in named.items() if value is not None}


@pytest.mark.parametrize(("model", "body"), ANSWERS)
def test_an_example_answer_is_understood_whole(model: type[ResponseModel], body: dict[str, Any]) -> None:
    assert as_read(model.read(body)) == body


@pytest.mark.parametrize("model", [message.model for message in ACKNOWLEDGEMENTS])
def test_our_acknowledgement_is_the_documented_one(model: type[Acknowledgement]) -> None:
    documented = {"result": {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"}}
    assert model.success().to_wire() == documented


def test_every_notification_has_its_acknowledgement() -> None:
    told = {message.operation for message in MESSAGES if message.operation.startswith("notify")}
    assert {message.operation for message in ACKNOWLEDGEMENTS} == told
    assert len(told) == 5
