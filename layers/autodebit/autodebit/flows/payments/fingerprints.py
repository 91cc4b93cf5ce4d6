"""The money content of a request to pay, as a fingerprint: a repeat of an id must agree with it.

A fingerprint begins with the form that it was made in ("2:"), because what counts as money content has grown. One without a
form is of the first, and is compared in it: it stays valid for as long as its payment is stored.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

_FORM: Final = "2"


def fingerprint_of(body: Mapping[str, Any]) -> str:
    """The fingerprint of a request with the handle in the place of its token."""
    return f"{_FORM}:{_hash([*_first_form(body), *_merchants(body)])}"


def same_money_content(fingerprint: str, stored: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether the request *body* agrees with the *fingerprint* of the *stored* one, compared in the form that this was made in.

    The first form leaves the merchants out; they are compared with the stored request.
    """
    if ":" not in fingerprint:
        return fingerprint == _hash(_first_form(body)) and _merchants(stored) == _merchants(body)
    return fingerprint == fingerprint_of(body)


def _first_form(body: Mapping[str, Any]) -> list[str]:
    return [
        _at(body, "paymentAmount", "value"),
        _at(body, "paymentAmount", "currency"),
        _at(body, "paymentMethod", "paymentMethodType"),
        _at(body, "paymentMethod", "paymentMethodId"),
        _at(body, "order", "referenceOrderId"),
        _at(body, "settlementStrategy", "settlementCurrency"),
    ]


def _merchants(body: Mapping[str, Any]) -> list[str]:
    return [body.get("merchantAccountId", ""), _at(body, "order", "merchant", "referenceMerchantId")]


def _at(body: Mapping[str, Any], *path: str) -> str:
    found: Any = body
    for name in path:
        found = found.get(name, "") if isinstance(found, Mapping) else ""
    return str(found)


def _hash(content: list[str]) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
