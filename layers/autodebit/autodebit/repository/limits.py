"""What is true must fit: texts of Alipay that are kept have a length, and an item that is still too large keeps its meaning.

DynamoDB takes 400 KB of an item. A body of ours has at most 256 KB and a message of Alipay 128 KB, but one item holds a body and
up to two messages, so the messages are what is shortened. One rule for every kind of record, applied where records become items.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

LONGEST_MESSAGE: Final = 1024
"""Bytes of a text that is meant for people."""
LONGEST_CODE: Final = 256
"""Bytes of a code, a status or a time: far more than any that Alipay documents."""
LARGEST_ITEM: Final = 400_000
"""Bytes of an item, a little below DynamoDB's limit of 409,600: key, version and attempt come on top."""
_SHORT_ANSWER: Final = 4096
_CUT: Final = "…"
_LONGEST: Final[Mapping[str, int]] = {
    **dict.fromkeys(
        ("result_message", "message", "reason", "reject_reasons", "customs_result_desc"),
        LONGEST_MESSAGE,
    ),
    **dict.fromkeys(
        (
            "result_code",
            "code",
            "status",
            "not_renewed",
            "payment_time",
            "payment_create_time",
            "cancel_time",
            "refund_time",
            "identity_check_result",
            "clearing_channel",
            "customs_result_code",
            "customs_return_time",
            "dispute_time",
            "defense_due_time",
            "judged_time",
            "accept_time",
        ),
        LONGEST_CODE,
    ),
}
"""The attributes that hold a text of Alipay, at any level of an item. Ids are kept as they are: they are compared."""


def shortened(text: str, longest: int) -> str:
    """*text*, or as many of its characters as fit into *longest* bytes of UTF-8 with a mark that it was cut."""
    if _bytes(text) <= longest:
        return text
    whole = text.encode(errors="surrogatepass")[: longest - _bytes(_CUT)]
    return whole.decode(errors="ignore") + _CUT


def fitting(item: Mapping[str, Any]) -> dict[str, Any]:
    """*item* with its texts cut to their lengths, and, if it is too large all the same, with short answers."""
    cut: dict[str, Any] = _with_short_texts(item)
    return cut if size_of(cut) <= LARGEST_ITEM else _with_short_answers(cut)


def size_of(value: Any) -> int:
    """The bytes that DynamoDB counts for *value* (its developer guide, "DynamoDB item sizes"), rounded up."""
    match value:
        case str():
            return _bytes(value)
        case bytes():
            return len(value)
        case Mapping():
            return 3 + sum(1 + _bytes(name) + size_of(inner) for name, inner in value.items())
        case list() | tuple() | set():
            return 3 + sum(1 + size_of(inner) for inner in value)
        case _:
            return 21  # A number; null, true and false are smaller.


def _with_short_texts(value: Any) -> Any:
    match value:
        case Mapping():
            return {
                name: shortened(inner, _LONGEST[name])
                if isinstance(inner, str) and name in _LONGEST
                else _with_short_texts(inner)
                for name, inner in value.items()
            }
        case list():
            return [_with_short_texts(inner) for inner in value]
        case _:
            return value


def _with_short_answers(item: Mapping[str, Any]) -> dict[str, Any]:
    """*item* with each message of Alipay reduced: its own, and that of a record in it (a cancel)."""
    short: dict[str, Any] = {}
    for name, value in item.items():
        if isinstance(value, Mapping):
            short[name] = _with_short_answers(value)
        else:
            short[name] = _short_answer(value) if name == "answer" and isinstance(value, str) else value
    return short


def _short_answer(answer: str) -> str:
    """The result and the small fields of a message: an answer of the same shape, which a repeat can be given."""
    try:
        message = json.loads(answer)
    except ValueError:
        return ""
    if not isinstance(message, dict):
        return ""
    kept: dict[str, Any] = {}
    result = message.pop("result", None)
    if isinstance(result, dict):
        kept["result"] = {
            name: shortened(result[name], longest)
            for name, longest in (
                ("resultCode", LONGEST_CODE),
                ("resultStatus", LONGEST_CODE),
                ("resultMessage", LONGEST_MESSAGE),
            )
            if isinstance(result.get(name), str)
        }
    left = _SHORT_ANSWER
    for name, value in sorted(message.items(), key=lambda field: _bytes(_text(field[1]))):
        left -= _bytes(_text({name: value}))
        if left < 0:
            break
        kept[name] = value
    return _text(kept)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _bytes(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))
