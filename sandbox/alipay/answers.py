"""What an operation answers, before it is signed and put on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.alipay.codes import result

Wire = Literal["send", "cut", "hang", "hold"]
Trouble = Literal["unknown", "cut", "hang"]
# Ends of a request id, and what they do to the answer to its first sending.
FIRST_ANSWERS: Mapping[str, Trouble] = {"-answer-lost": "cut", "-unknown": "unknown"}


@dataclass(frozen=True)
class Answer:
    """A response body; *wire* says whether it is sent, or the connection is cut (``hang``: after a long
    wait; ``hold``: at once, and the request arrives later).
    """

    body: dict[str, Any]
    wire: Wire = "send"

    @property
    def code(self) -> str:
        return str(self.body["result"]["resultCode"])


def answer(code: str, detail: str = "", *, wire: Wire = "send", **fields: Any) -> Answer:
    """An answer with the result of *code* and the given wire fields; those that are None are left out."""
    return Answer(
        {
            "result": result(code, detail),
            **{name: value for name, value in fields.items() if value is not None},
        },
        wire,
    )


def troubled(given: Answer, trouble: Trouble | None) -> Answer:
    """What becomes of *given*: replaced by U UNKNOWN_EXCEPTION, or lost, at once or after a long wait."""
    match trouble:
        case None:
            return given
        case "unknown":
            return answer("UNKNOWN_EXCEPTION")
        case wire:
            return Answer(given.body, wire)


def first_answer(given: Answer, request_id: str) -> Answer:
    """What becomes of the answer to the first sending of *request_id*, whose end may ask for trouble."""
    ends = (trouble for end, trouble in FIRST_ANSWERS.items() if request_id.endswith(end))
    return troubled(given, next(ends, None))
