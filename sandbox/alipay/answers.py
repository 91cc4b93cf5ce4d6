"""What an operation answers, before it is signed and put on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sandbox.alipay.codes import result

Wire = Literal["send", "cut", "hang"]


@dataclass(frozen=True)
class Answer:
    """A response body; *wire* says whether it is sent, or the connection is cut (``hang``: after a long
    wait).
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


def first_answer(given: Answer, request_id: str) -> Answer:
    """What becomes of the answer to the first sending of *request_id*: its end may ask that it gets lost."""
    if request_id.endswith("-answer-lost"):
        return Answer(given.body, "cut")
    if request_id.endswith("-unknown"):
        return answer("UNKNOWN_EXCEPTION")
    return given
