"""The contract's own examples pass through the models."""

from __future__ import annotations

from typing import Any

import pytest

from autodebit import contract
from autodebit.contract import AnswerModel, RequestModel
from tests.contract.documents import examples

REQUESTS: dict[tuple[str, str], type[RequestModel]] = {
    ("consult", "request"): contract.ConsultRequest,
    ("apply_token", "request"): contract.ApplyTokenRequest,
    ("pay", "request"): contract.PayRequest,
    ("inquiry_payment", "request"): contract.InquiryPaymentRequest,
    ("notify_authorization", "response"): contract.NotifyAuthorizationResponse,
    ("notify_payment", "response"): contract.NotifyPaymentResponse,
}
ANSWERS: dict[tuple[str, str], type[AnswerModel]] = {
    ("consult", "response"): contract.ConsultResponse,
    ("apply_token", "response"): contract.ApplyTokenResponse,
    ("pay", "response"): contract.PayResponse,
    ("inquiry_payment", "response"): contract.InquiryPaymentResponse,
    ("notify_authorization", "request"): contract.NotifyAuthorizationRequest,
    ("notify_payment", "request"): contract.NotifyPaymentRequest,
}


@pytest.mark.parametrize(
    ("model", "body"),
    [
        pytest.param(model, body, id=f"{operation}-{name}")
        for (operation, part), model in REQUESTS.items()
        for name, body in examples(operation, part).items()
    ],
)
def test_an_example_request_goes_out_as_it_came(model: type[RequestModel], body: dict[str, Any]) -> None:
    assert model.model_validate(body).to_wire() == body


def as_read(answer: AnswerModel) -> dict[str, Any]:
    """What *answer* understood, by wire names."""

    def plain(value: object) -> object:
        if isinstance(value, AnswerModel):
            return as_read(value)
        return [plain(element) for element in value] if isinstance(value, list) else value

    named = {wire: getattr(answer, name) for wire, name in answer.wire_names().items()}
    return {wire: plain(value) for wire, value in named.items() if value is not None}


@pytest.mark.parametrize(
    ("model", "body"),
    [
        pytest.param(model, body, id=f"{operation}-{name}")
        for (operation, part), model in ANSWERS.items()
        for name, body in examples(operation, part).items()
    ],
)
def test_an_example_answer_is_understood_whole(model: type[AnswerModel], body: dict[str, Any]) -> None:
    assert as_read(model.read(body)) == body


def test_our_acknowledgement_is_the_documented_one() -> None:
    for operation, model in (
        ("notify_authorization", contract.NotifyAuthorizationResponse),
        ("notify_payment", contract.NotifyPaymentResponse),
    ):
        assert model.success().to_wire() == examples(operation, "response")["response"]
