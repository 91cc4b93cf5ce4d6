"""The routes of AlipayApi: Alipay calls them, and its signature is the authorisation. Prove first, parse later."""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic.alias_generators import to_camel

from alipay_signing import BadSignature, canonical
from autodebit import telemetry
from autodebit.clock import SECOND, Instant
from autodebit.contract import ResponseModel
from autodebit.entrypoints import http
from autodebit.entrypoints.invocation import Context, Handler, deadline_of, proxy_handler
from autodebit.errors import AutoDebitError, ConfigurationError, StoreUnavailable
from autodebit.gateway.json_body import LARGEST_MESSAGE, InvalidJson, json_message
from autodebit.responses import Response, result, to_json
from autodebit.runtime import Runtime, runtime

Notification = TypeVar("Notification", bound=ResponseModel)
ACKNOWLEDGED = Response(200, to_json({"result": result("S", "SUCCESS", "success")}))
_EARLIEST_MILLISECONDS = 100_000_000_000
"""A Request-Time of digits alone is in seconds below this (the year 5138) and in milliseconds from it on."""

_IDS = (
    "payment_request_id",
    "payment_id",
    "refund_request_id",
    "refund_id",
    "registration_request_id",
    "auth_state",
    "dispute_id",
)


class SignatureVerificationError(AutoDebitError):
    """This notification is not proven to be Alipay's; the message says why, for the log."""


def alipay_spi(model: type[Notification]) -> Callable[[Callable[[Notification, Runtime], None]], Handler]:
    """A Lambda handler that proves a notification, reads a *model*, calls the flow, and acknowledges what is stored."""

    def decorate(flow: Callable[[Notification, Runtime], None]) -> Handler:
        return proxy_handler(lambda event, context: _answered(model, flow, event, context))

    return decorate


def verify_notification(event: Mapping[str, Any], body: bytes, present: Runtime) -> None:
    """Check that *body* comes from Alipay, for our client id, in time, and over the registered path.

    Raises:
        SignatureVerificationError: it does not, or that cannot be shown.
    """
    headers = http.headers_of(event)
    client_id, sent_at, signature = (headers.get(name, "") for name in ("client-id", "request-time", "signature"))
    if not (client_id and sent_at and signature):
        raise SignatureVerificationError("a header of the signature is missing")
    settings = present.settings
    if client_id != settings.client_id:
        raise SignatureVerificationError("another client id")
    moment = instant_of(sent_at)
    if moment is None:
        raise SignatureVerificationError("an unreadable Request-Time")
    now = present.clock.now()
    if not now - settings.notification_max_age <= moment <= now + settings.notification_max_ahead:
        raise SignatureVerificationError("Request-Time is outside the window")
    try:
        present.keys.verifier.verify(
            signature, canonical("POST", registered_path(event, present), client_id, sent_at, body)
        )
    except (BadSignature, ValueError) as error:
        raise SignatureVerificationError(str(error)) from None


def registered_path(event: Mapping[str, Any], present: Runtime) -> str:
    """The path of the URL that Alipay was given: as API Gateway received it, or as the proxy before it did."""
    prefix = present.settings.registered_path_prefix
    if prefix:
        return prefix.rstrip("/") + str(event.get("resource", ""))
    return str((event.get("requestContext") or {}).get("path") or event.get("path", ""))


def instant_of(text: str) -> Instant | None:
    """A Request-Time in any form that Alipay's clients send: seconds, milliseconds or ISO 8601; None if it is none of these."""
    if text.isascii() and text.isdecimal() and len(text) <= len("1700000000000000"):
        number = int(text)
        return number if number >= _EARLIEST_MILLISECONDS else number * SECOND
    try:
        moment = datetime.fromisoformat(text)
        return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * SECOND)
    except (ValueError, OverflowError):
        return None


def _answered(
    model: type[Notification],
    flow: Callable[[Notification, Runtime], None],
    event: Mapping[str, Any],
    context: Context,
) -> Response:
    present = runtime()
    try:
        body = http.body_of(event)
        verify_notification(event, body, present)
        notification = model.read(_read(body, model, present))
        flow(notification, present.until(deadline_of(context, present.clock)))
    except SignatureVerificationError as error:
        telemetry.log("unproven notification", level="WARNING", operation=context.function_name, reason=str(error))
        telemetry.metric("UnprovenNotifications")
        return _failure(401, "INVALID_SIGNATURE", "the notification is not proven to be Alipay's")
    except InvalidJson as error:
        telemetry.log("unreadable notification", level="WARNING", operation=context.function_name, reason=str(error))
        return _failure(400, "PARAM_ILLEGAL", str(error))
    except StoreUnavailable as error:
        telemetry.log("store unavailable", level="ERROR", reason=str(error))
        telemetry.metric("StoreUnavailable")
        return _failure(503, "UNKNOWN_EXCEPTION", "not stored; send it again", status="U")
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001  nothing of a notification may reach the log through an error's text
        telemetry.log_unexpected(error)
        return _failure(500, "UNKNOWN_EXCEPTION", "not stored; send it again", status="U")
    return ACKNOWLEDGED


def _read(body: bytes, model: type[ResponseModel], present: Runtime) -> dict[str, Any]:
    """The JSON object in a proven *body*; what is none is kept as an anomaly first.

    Raises:
        InvalidJson: it is none. Alipay is told so, and may send it again: a later version may read it.
    """
    try:
        return json_message(body, longest=LARGEST_MESSAGE)[0]
    except InvalidJson as error:
        operation = model.__name__.removesuffix("Request")
        operation = operation[0].lower() + operation[1:]
        reason = f"an unreadable notification: {error}"
        ids = {name: _hint(name, body) for name in _IDS}
        facts = {"body_sha256": hashlib.sha256(body).hexdigest(), "bytes": str(len(body)), **ids}
        present.repository.record_unreadable(operation, reason, facts, present.clock.now())
        telemetry.anomaly(reason)
        raise


def _hint(name: str, body: bytes) -> str:
    """What seems to be the id of that name in a body that cannot be read: a clue for people, never a fact."""
    found = re.search(to_camel(name).encode() + rb'"\s*:\s*"([A-Za-z0-9_.:-]{1,64})"', body)
    return found[1].decode() if found else ""


def _failure(http_status: int, code: str, message: str, *, status: str = "F") -> Response:
    return Response(http_status, to_json({"result": result(status, code, message)}))
