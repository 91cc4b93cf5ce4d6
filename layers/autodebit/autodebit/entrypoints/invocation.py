"""What every entry point shares: time, one log line, metrics, and nothing of a body in any error that escapes."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TypeAlias

from autodebit import telemetry
from autodebit.clock import SECOND, Clock, Instant
from autodebit.entrypoints import http
from autodebit.errors import ConfigurationError
from autodebit.responses import Response


class Context(Protocol):
    """The part of Lambda's context that we use."""

    function_name: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends this invocation."""


Handler: TypeAlias = Callable[[Mapping[str, Any], Context], dict[str, Any]]


def proxy_handler(answered: Callable[[Mapping[str, Any], Context], Response]) -> Handler:
    """A handler for API Gateway's proxy events from what answers one."""

    def handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
        with invocation(context, http.request_id_of(event)) as told:
            reply = answered(event, context)
            told["http_status"] = reply.http_status
            return http.to_proxy_response(reply)

    return handler


def deadline_of(context: Context, clock: Clock) -> Instant:
    """When this invocation ends."""
    return clock.now() + context.get_remaining_time_in_millis()


@contextmanager
def invocation(context: Context, request_id: str = "") -> Iterator[dict[str, Any]]:
    """Logs one line about the invocation, with what the entry point adds to the yielded fields, and writes the metrics."""
    told: dict[str, Any] = {}
    began = time.perf_counter()
    try:
        yield told
    except ConfigurationError as error:
        telemetry.log("configuration", level="ERROR", operation=context.function_name, reason=str(error))
        raise
    finally:
        elapsed = round((time.perf_counter() - began) * SECOND)
        telemetry.log("handled", operation=context.function_name, request_id=request_id, milliseconds=elapsed, **told)
        telemetry.flush()
