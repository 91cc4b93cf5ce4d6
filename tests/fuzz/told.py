"""Answers and notifications of any shape, as bytes: whatever Alipay might sign."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.material import LOGGED_FIELDS, MARK, Body, changed, leaves, written
from tests.fuzz.mutations import JSON, answers

Draw = Callable[[st.SearchStrategy[Any]], Any]
_STATUSES = ["S", "F", "U", "s", "SUCCESS", "", None, True, 0, ["S"], {"S": 1}, "S ", "\ud83d"]
_CODES = [
    "SUCCESS",
    "PAYMENT_IN_PROCESS",
    "REFUND_IN_PROCESS",
    "ORDER_NOT_EXIST",
    "REPEAT_REQ_INCONSISTENT",
    "SYSTEM_ERROR",
    "INVALID_ACCESS_TOKEN",
    "UNKNOWN_EXCEPTION",
    "ORDER_IS_CANCELED",
    "A_CODE_OF_TOMORROW",
    None,
    17,
    ["SUCCESS"],
    {"code": "SUCCESS"},
    "x" * 3_000,
    "half a \ud83d",
    "\u202e\0",
]
_LONG = 150_000
"""More than an answer may have."""


@st.composite
def message(draw: Draw, base: Body, operation: str, part: str = "response", secret: str = "") -> bytes:
    """A message made of *base*, in which anything may be wrong; *secret* may stand anywhere in it."""
    body = draw(answers((base,), operation, part))
    for _ in range(draw(st.integers(0, 2))):
        body = _SHAPES[draw(st.sampled_from(sorted(_SHAPES)))](draw, body, secret)
    for path, value in list(leaves(body)):
        if path[-1] in LOGGED_FIELDS and isinstance(value, str):
            body = changed(body, path, value.replace(MARK, "no secret"))  # Alipay's own codes and ids may be logged
    text = json.dumps(body, ensure_ascii=draw(st.booleans()), separators=(",", ":"))
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(_torn(text))) if draw(st.booleans()) else draw(st.binary(max_size=40))
    return text.encode(errors="replace")


def _torn(text: str) -> list[bytes]:
    deep = "[" * 700 + "]" * 700
    return [
        b"",
        b"null",
        b"[]",
        text[:-1].encode(errors="replace"),
        f"[{text}]".encode(errors="replace"),
        (text[:-1] + f',"more":{deep}}}').encode(errors="replace"),
        (text[:-1] + ',"more":' + '{"a":' * 5_000 + "1" + "}" * 5_001).encode(errors="replace"),
        (text[:-1] + ',"more":1e400}').encode(errors="replace"),
        (text[:-1] + ',"more":NaN}').encode(errors="replace"),
        (text[:-1] + ',"more":' + "9" * 5_000 + "}").encode(errors="replace"),
        (text[:-1] + ',"result":{"resultStatus":"S","resultCode":"SUCCESS"}}').encode(errors="replace"),
        text.encode("utf-16", errors="replace"),
        b"\xef\xbb\xbf" + text.encode(errors="replace"),
        text.encode(errors="replace") + b"\xff",
    ]


def _result(draw: Draw, body: Body, secret: str) -> Body:
    result = {
        "resultStatus": draw(st.sampled_from(_STATUSES)),
        "resultCode": draw(st.sampled_from(_CODES)),
        "resultMessage": draw(st.sampled_from([None, f"{MARK} {secret}", "m" * _LONG, 5, [MARK], "half a \ud83d"])),
    }
    return {**body, "result": result}


def _no_result(draw: Draw, body: Body, secret: str) -> Body:
    return {name: value for name, value in body.items() if name != "result"}


def _result_info(draw: Draw, body: Body, secret: str) -> Body:
    return {**_no_result(draw, body, secret), "resultInfo": body.get("result")}


def _any_result(draw: Draw, body: Body, secret: str) -> Body:
    return {**body, "result": draw(JSON)}


def _secret_anywhere(draw: Draw, body: Body, secret: str) -> Body:
    return {**body, "extendInfo": written({"t": secret}), "echo": [secret, {secret: "half a \ud83d"}]}


def _long(draw: Draw, body: Body, secret: str) -> Body:
    return {**body, draw(st.sampled_from(["padding", *body])): "9" * draw(st.sampled_from([2_100, _LONG]))}


def _blanks(draw: Draw, body: Body, secret: str) -> Body:
    return {f"{name} ": value for name, value in body.items()}


_SHAPES: dict[str, Callable[[Draw, Body, str], Body]] = {
    "any result": _any_result,
    "blanks in names": _blanks,
    "long": _long,
    "no result": _no_result,
    "result": _result,
    "resultInfo": _result_info,
    "secret": _secret_anywhere,
}
