"""What a body of Alipay says of money, read here once more and more strictly than by the product: it must never believe more.

A settled state needs a message that says so: with a status of that meaning, and with no id, amount or currency but ours.
"""

import json
from collections.abc import Mapping
from typing import Any

Said = tuple[str, bytes]
"""An operation (or SPI) and the bytes of its message."""
_BY_STATUS = {"SUCCESS": "SUCCESS", "FAIL": "FAIL", "CANCELLED": "CANCELLED"}


def payment_states(said: list[Said], ours: Mapping[str, str]) -> set[str]:
    """The final states that these messages can have brought a payment to; *ours* are its id, amount and currency."""
    return {state for operation, raw in said for state in _payment_state(operation, raw, ours)}


def refund_states(said: list[Said], ours: Mapping[str, str]) -> set[str]:
    """The final states that these messages can have brought a refund to."""
    return {state for operation, raw in said for state in _refund_state(operation, raw, ours)}


def _payment_state(operation: str, raw: bytes, ours: Mapping[str, str]) -> set[str]:
    body = _read(raw)
    if not _fits(body, ours, "paymentRequestId", "paymentAmount"):
        return set()
    status, kind = _status(body), _kind(body.get("notifyType"))
    if operation == "pay":
        return {"SUCCESS"} if status == "S" else {"FAIL"} if status == "F" else set()
    if operation == "cancel":
        return {"CANCELLED"} if status == "S" else set()
    if operation == "inquiryPayment" and status == "S":
        told = _kind(body.get("paymentStatus"))
        return {_BY_STATUS[told]} if isinstance(told, str) and told in _BY_STATUS else set()
    if operation == "notifyPayment" and kind in (None, "PAYMENT_RESULT"):
        return {"SUCCESS"} if status == "S" else {"FAIL"} if status == "F" else set()
    return set()


def _refund_state(operation: str, raw: bytes, ours: Mapping[str, str]) -> set[str]:
    body = _read(raw)
    if not _fits(body, ours, "refundRequestId", "refundAmount"):
        return set()
    status, told = _status(body), _kind(body.get("refundStatus"))
    if operation == "refund":
        return {"SUCCESS"} if status == "S" else {"FAIL"} if status == "F" else set()
    known = isinstance(told, str) and told in ("SUCCESS", "FAIL")
    if operation == "inquiryRefund":
        return {told} if known and status == "S" else set()
    if operation == "notifyRefund":
        silent = told is None or isinstance(told, dict | list)
        return {told} if known else {"FAIL"} if silent and status == "F" else set()
    return set()


def _read(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw.removeprefix(b"\xef\xbb\xbf").decode(errors="surrogatepass"))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(body, dict):
        return {}
    # Samples of Alipay have blanks in names; a name without them comes first.
    return {**{name.strip(): value for name, value in body.items()}, **body}


def _status(body: Mapping[str, Any]) -> object:
    result = body.get("result")
    if not isinstance(result, dict):
        result = body.get("resultInfo")
    status = result.get("resultStatus") if isinstance(result, dict) else None
    status = _kind(status)
    return status if isinstance(status, str) else None


def _kind(value: object) -> object:
    """A status or a kind: letters of either case, with blanks around them."""
    if not isinstance(value, str):
        return value
    value = value.strip()
    return value.upper() if value.isascii() else value


def _fits(body: Mapping[str, Any], ours: Mapping[str, str], identity: str, amount: str) -> bool:
    """Whether every id and amount that is there is ours. What cannot be read is not ours."""
    given = body.get(amount)
    if body.get(identity) is not None and str(body[identity]).strip() != ours[identity]:
        return False
    if given is None:
        return True
    return (
        isinstance(given, dict)
        and str(given.get("currency")).strip() == ours["currency"]
        and str(given.get("value")).strip().removesuffix(".0") == ours["value"]
    )
