"""What we tell our callers: Alipay's own words where there are any, else words of our own in the same form."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autodebit.errors import GatewayError, RequestRejected

NO_TIME = "There is not enough time left to send this; nothing was sent. Send the same request again."


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP status and a JSON body."""

    http_status: int
    text: str = field(repr=False)


def passthrough(text: str) -> Response:
    """Alipay's body, byte for byte."""
    return Response(200, text)


def built(body: Mapping[str, Any]) -> Response:
    """An answer of an operation's shape, built from what is stored."""
    return Response(200, to_json(body))


def refusal(refused: RequestRejected) -> Response:
    """Our own F: nothing was sent."""
    return Response(refused.http_status, to_json({"result": result("F", refused.code, refused.message)}))


def unknown(message: str, *, code: str = "UNKNOWN_EXCEPTION", http_status: int = 200) -> Response:
    """U: the outcome is not known yet. With 503 certainly nothing was sent."""
    return Response(http_status, to_json({"result": result("U", code, message)}))


def not_sent(message: str) -> Response:
    """503 U: nothing was sent to Alipay; the same request may be sent again."""
    return unknown(message, http_status=503)


def no_trusted_answer(
    error: GatewayError, then: str = "The outcome is being asked for.", *, sent_before: bool = False
) -> Response:
    """The answer for *error*: 503 where certainly nothing was sent, else 200 with the outcome left open and what comes *then*.

    *sent_before*: an earlier request of the same id may have been acted on. 503 would be read as "nothing was sent" of all.
    """
    if not error.may_have_acted:
        if sent_before:
            return unknown(f"Alipay could not be reached this time; an earlier request may have been acted on. {then}")
        return not_sent("Alipay could not be reached; nothing was sent. Send the same request again.")
    hint = f" Its unproven answer named {error.hint}: check keys and client id." if error.hint else ""
    return unknown(f"No answer of Alipay that can be trusted ({error.reason}).{hint} {then}")


def result(status: str, code: str, message: str) -> dict[str, str]:
    """Alipay's result object."""
    return {"resultCode": code, "resultStatus": status, "resultMessage": message}


def to_json(body: Mapping[str, Any]) -> str:
    """*body* as compact JSON text."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
