"""The functions as API Gateway, EventBridge and the table's stream reach them: one row each, and how an invocation of one looks.

A new function is one row here, a step in scripts.py or errands.py, and a judgement in judge.py or agreements.py if it moves
what was not judged before.
"""

import functools
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from autodebit.clock import Clock, Instant
from tests.chaos import ROOT

API, SPI, SCHEDULE, STREAM = "merchant_requests", "notifications", "schedules", "streams"


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its folder, who calls it (the module of autodebit.entrypoints), its route, and its time-out in seconds."""

    name: str
    entrypoint: str
    path: str
    seconds: float = 25


FUNCTIONS = (
    Function("consult", API, "/v1/authorizations/consult"),
    Function("apply_token", API, "/v1/authorizations/applyToken"),
    Function("revoke", API, "/v1/authorizations/revoke"),
    Function("pay", API, "/v1/payments/pay"),
    Function("inquiry_payment", API, "/v1/payments/inquiryPayment"),
    Function("cancel", API, "/v1/payments/cancel"),
    Function("refund", API, "/v1/payments/refund"),
    Function("inquiry_refund", API, "/v1/payments/inquiryRefund"),
    Function("declare", API, "/ams/api/v1/customs/declare"),
    Function("inquiry_declaration_requests", API, "/ams/api/v1/customs/inquiryDeclarationRequests"),
    Function("init_authentication", API, "/v1/users/initAuthentication"),
    Function("verify_authentication", API, "/v1/users/verifyAuthentication"),
    Function("registration", API, "/v1/merchants/registration"),
    Function("inquiry_registration_status", API, "/v1/merchants/inquiryRegistrationStatus"),
    Function("notify_payment", SPI, "/v1/payments/payNotify", 15),
    Function("notify_refund", SPI, "/v1/payments/notifyRefund", 15),
    Function("notify_authorization", SPI, "/v1/authorizations/notifyAuthorization", 15),
    Function("notify_dispute", SPI, "/v1/payments/notifyDispute", 15),
    Function("notify_registration_status", SPI, "/v1/merchants/notifyRegistrationStatus", 15),
    Function("poll_payments", SCHEDULE, "/schedules/poll_payments", 58),
    Function("poll_registrations", SCHEDULE, "/schedules/poll_registrations", 58),
    Function("refresh_tokens", SCHEDULE, "/schedules/refresh_tokens", 58),
    Function("publish_events", STREAM, "/streams/publish_events", 60),
)
BY_NAME = {function.name: function for function in FUNCTIONS}
BY_PATH = {function.path: function for function in FUNCTIONS}
ENTRYPOINTS = (API, SPI, SCHEDULE)
"""The modules of autodebit.entrypoints whose name `runtime` is the seam; that of the stream has `publisher` in its place."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """Lambda's context on an injected clock."""

    function_name: str
    clock: Clock
    deadline: Instant

    def get_remaining_time_in_millis(self) -> int:
        return self.deadline - self.clock.now()


@functools.cache
def handler_of(name: str) -> Callable[[Mapping[str, Any], Invocation], Any]:
    """The handler of functions/<name>/app.py."""
    spec = importlib.util.spec_from_file_location(f"functions_{name}", ROOT / "functions" / name / "app.py")
    if spec is None or spec.loader is None:
        raise LookupError(f"functions/{name}/app.py cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Callable[[Mapping[str, Any], Invocation], Any] = module.handler
    return handler


def event_of(function: Function, headers: Mapping[str, str], body: str) -> dict[str, Any]:
    """The event by which API Gateway hands over a request (what the adapters read of it)."""
    return {
        "resource": function.path,
        "path": function.path,
        "httpMethod": "POST",
        "headers": dict(headers),
        "requestContext": {"requestId": "chaos", "path": function.path},
        "body": body,
        "isBase64Encoded": False,
    }
