"""What leaves the bundle for operators: logs by allow-list, and metrics. Never a token, an authorization code or a body.

The allow-list is the signature of `log`: a field that is not a parameter here cannot be logged.
"""

import traceback
from pathlib import PurePath

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

_logger = Logger(service="auto-debit", log_uncaught_exceptions=False)
_LOG = {"INFO": _logger.info, "WARNING": _logger.warning, "ERROR": _logger.error}
_metrics = Metrics()  # namespace and service come from the environment, as Powertools has it


def log(
    event: str,
    *,
    level: str = "INFO",
    operation: str | None = None,
    payment_request_id: str | None = None,
    payment_id: str | None = None,
    refund_request_id: str | None = None,
    declaration_request_id: str | None = None,
    registration_request_id: str | None = None,
    dispute_id: str | None = None,
    authentication_request_id: str | None = None,
    auth_state: str | None = None,
    handle: str | None = None,
    kind: str | None = None,
    state: str | None = None,
    code: str | None = None,
    source: str | None = None,
    reason: str | None = None,
    error: str | None = None,
    where: str | None = None,
    http_status: int | None = None,
    count: int | None = None,
    milliseconds: int | None = None,
    request_id: str | None = None,
) -> None:
    """Log *event* with ids, states, codes and milliseconds. *error* is the kind of an error, never its text."""
    given = {name: value for name, value in locals().items() if name not in ("event", "level") and value is not None}
    _LOG[level](event, extra=given)


def metric(name: str, value: float = 1) -> None:
    """Add *value* to the metric *name* (a count)."""
    _metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def anomaly(
    reason: str,
    *,
    payment_request_id: str | None = None,
    payment_id: str | None = None,
    refund_request_id: str | None = None,
    declaration_request_id: str | None = None,
    registration_request_id: str | None = None,
    dispute_id: str | None = None,
    authentication_request_id: str | None = None,
    auth_state: str | None = None,
    handle: str | None = None,
    code: str | None = None,
    source: str | None = None,
) -> None:
    """Tell operators of a fact that was stored as an anomaly: an alarm counts these."""
    log(
        "anomaly",
        level="ERROR",
        reason=reason,
        payment_request_id=payment_request_id,
        payment_id=payment_id,
        refund_request_id=refund_request_id,
        declaration_request_id=declaration_request_id,
        registration_request_id=registration_request_id,
        dispute_id=dispute_id,
        authentication_request_id=authentication_request_id,
        auth_state=auth_state or None,
        handle=handle or None,
        code=code,
        source=source,
    )
    metric("Anomalies")


def flush() -> None:
    """Write the metrics of this invocation, in the embedded metric format."""
    if _metrics.metric_set:
        _metrics.flush_metrics()


class Fault(Exception):
    """An error of ours, without the text of its cause: that text may quote a body."""


def log_unexpected(error: BaseException) -> Fault:
    """*error* as something that may be logged: its kind and the place in our code where it arose."""
    kind, where = type(error).__name__, _where(error)
    log("fault", level="ERROR", error=kind, where=where)
    metric("Faults")
    return Fault(f"{kind} at {where}")


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "unknown"
    ours = [frame for frame in frames if "autodebit" in frame.filename] or frames
    return f"{PurePath(ours[-1].filename).name}:{ours[-1].lineno}"
