"""The table's stream: batches of records in order, of which the first failed one is where Lambda resumes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autodebit import telemetry
from autodebit.entrypoints.invocation import Context, invocation
from autodebit.errors import ConfigurationError
from autodebit.runtime import Publisher, publisher


def stream(
    flow: Callable[[Sequence[Mapping[str, Any]], Publisher], Sequence[str]],
) -> Callable[[Mapping[str, Any], Context], dict[str, Any]]:
    """A Lambda handler for a DynamoDB stream with ReportBatchItemFailures."""

    def handler(event: Mapping[str, Any], context: Context) -> dict[str, Any]:
        with invocation(context) as told:
            records = event.get("Records") or []
            told["count"] = len(records)
            try:
                failures = flow(records, publisher())
            except ConfigurationError:
                raise
            except Exception as error:  # noqa: BLE001  nothing of a record may reach the log through an error's text
                raise telemetry.log_unexpected(error) from None
            return {"batchItemFailures": [{"itemIdentifier": number} for number in failures]}

    return handler
