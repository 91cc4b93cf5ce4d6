"""Answers and notifications are read however they look."""

from __future__ import annotations

from typing import Any

import pytest

from autodebit.contract import (
    ApplyTokenResponse,
    ConsultResponse,
    InquiryPaymentResponse,
    NotifyAuthorizationRequest,
    NotifyPaymentRequest,
    PayResponse,
    ResponseModel,
)

OK = {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"}

QUOTE = "settlement_quote"
PENDING = {"resultCode": "NEW", "resultStatus": "X"}

# Why, the model, the body, where to look (attributes, numbers for elements), what is found there.
TOLERATED: list[tuple[str, type[ResponseModel], dict[str, Any], str, object]] = [
    (
        "bare rate",
        PayResponse,
        {"settlementQuote": {"quotePrice": 0.064622}},
        f"{QUOTE}.quote_price",
        "0.064622",
    ),
    (
        "tiny bare rate",
        PayResponse,
        {"settlementQuote": {"quotePrice": 1e-05}},
        f"{QUOTE}.quote_price",
        "0.00001",
    ),
    ("quoted rate", PayResponse, {"settlementQuote": {"quotePrice": "1.10"}}, f"{QUOTE}.quote_price", "1.10"),
    ("bare boolean", PayResponse, {"settlementQuote": {"guaranteed": False}}, f"{QUOTE}.guaranteed", False),
    ("quoted boolean", PayResponse, {"settlementQuote": {"guaranteed": "true"}}, f"{QUOTE}.guaranteed", True),
    (
        "numeric currency codes",
        PayResponse,
        {"settlementQuote": {"quoteCurrencyPair": "392/156"}},
        f"{QUOTE}.quote_currency_pair",
        "392/156",
    ),
    ("bare amount", PayResponse, {"paymentAmount": {"value": 1000}}, "payment_amount.value", "1000"),
    ("float amount", PayResponse, {"paymentAmount": {"value": 1000.0}}, "payment_amount.value", "1000"),
    (
        "bare id",
        PayResponse,
        {"paymentId": 20240701114010800100188400},
        "payment_id",
        "20240701114010800100188400",
    ),
    ("not a number", PayResponse, {"paymentId": float("nan")}, "payment_id", None),
    ("endless number", PayResponse, {"paymentId": 10**5000}, "payment_id", None),
    ("null transactions", InquiryPaymentResponse, {"transactions": None}, "transactions", None),
    (
        "stray elements",
        InquiryPaymentResponse,
        {"transactions": [None, "x", {"transactionId": "T"}]},
        "transactions.0.transaction_id",
        "T",
    ),
    ("unknown state", InquiryPaymentResponse, {"paymentStatus": "FROZEN"}, "payment_status", "FROZEN"),
    ("unknown code", PayResponse, {"result": PENDING}, "result.result_code", "NEW"),
    ("unknown status", PayResponse, {"result": PENDING}, "result.result_status", "X"),
    ("unknown field", PayResponse, {"new": {"a": [1]}}, "model_extra", {"new": {"a": [1]}}),
    ("unknown inner field", PayResponse, {"result": {**OK, "hint": 1}}, "result.model_extra", {"hint": 1}),
    ("no result", PayResponse, {"paymentId": "P"}, "result", None),
    ("list as result", PayResponse, {"result": [], "paymentId": "P"}, "result", None),
    ("list as result, the rest", PayResponse, {"result": [], "paymentId": "P"}, "payment_id", "P"),
    ("text as amount", PayResponse, {"paymentAmount": "1", "paymentId": "P"}, "payment_amount", None),
    ("text as amount, the rest", PayResponse, {"paymentAmount": "1", "paymentId": "P"}, "payment_id", "P"),
    ("resultInfo", NotifyPaymentRequest, {"resultInfo": OK}, "result.result_status", "S"),
    ("resultInfo beside null", PayResponse, {"result": None, "resultInfo": OK}, "result.result_status", "S"),
    (
        "resultInfo beside result",
        PayResponse,
        {"resultInfo": OK, "result": PENDING},
        "result.result_status",
        "X",
    ),
    ("blank after a name", NotifyAuthorizationRequest, {"authState ": "S1"}, "auth_state", "S1"),
    (
        "exact name first",
        NotifyAuthorizationRequest,
        {"authState": "A", "authState ": "B"},
        "auth_state",
        "A",
    ),
    ("too long a text", ApplyTokenResponse, {"accessToken": "t" * 999}, "access_token", "t" * 999),
    ("lone surrogate", ConsultResponse, {"normalUrl": "\ud800"}, "normal_url", None),
    ("lone surrogate as a name", ConsultResponse, {"\udfff": 1, "normalUrl": "u"}, "normal_url", "u"),
]


@pytest.mark.parametrize(
    ("model", "body", "place", "expected"),
    [case[1:] for case in TOLERATED],
    ids=[case[0] for case in TOLERATED],
)
def test_an_odd_answer_is_still_read(
    model: type[ResponseModel], body: dict[str, Any], place: str, expected: object
) -> None:
    found: Any = model.read(body)
    for step in place.split("."):
        found = found[int(step)] if step.isdigit() else getattr(found, step)
    assert found == expected


def test_an_answer_that_is_no_object_reads_as_empty() -> None:
    assert PayResponse.read([1]).result is None  # type: ignore[arg-type]


def test_printing_an_answer_shows_no_value() -> None:
    answer = ApplyTokenResponse.read({"accessToken": "secret-token", "extendInfo": "secret-more", "new": "secret"})
    assert "secret" not in f"{answer} {answer!r} {[answer]}"
    assert "accessToken" in repr(answer)
