"""EventBridge schedules: nobody waits for an answer."""

from collections.abc import Callable, Mapping
from typing import Any

from autodebit import telemetry
from autodebit.entrypoints.invocation import Context, deadline_of, invocation
from autodebit.errors import ConfigurationError
from autodebit.runtime import Runtime, runtime


def schedule(flow: Callable[[Runtime], None]) -> Callable[[Mapping[str, Any], Context], None]:
    """A Lambda handler that runs the flow until it is done or its time is over."""

    def handler(_event: Mapping[str, Any], context: Context) -> None:
        with invocation(context):
            present = runtime()
            try:
                flow(present.until(deadline_of(context, present.clock)))
            except ConfigurationError:
                raise
            except Exception as error:  # noqa: BLE001  nothing of an item may reach the log through an error's text
                raise telemetry.log_unexpected(error) from None

    return handler
