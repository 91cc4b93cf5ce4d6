"""The outbox: every change of state in the table's stream becomes one event on the bus."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.exceptions import ClientError

from autodebit import telemetry
from autodebit.clock import iso
from autodebit.repository import AnomalySeen, Change, StateChanged, TokenExpiring, state_changes
from autodebit.responses import to_json
from autodebit.runtime import Publisher

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

Records: TypeAlias = Sequence[Mapping[str, Any]]
"""Records of the table's stream, in order, as Lambda hands them over."""
Failures: TypeAlias = Sequence[str]
"""Sequence numbers of records that must come again: at most the first failed one, which brings all later ones with it."""

SOURCE = "alipay.autodebit"
_BATCH = 10
_LARGEST_MESSAGE = 256 * 1024
_FOR_GOOD = {
    "MalformedDetail",
    "InvalidArgument",
    "InvalidRequest",
    "ValidationException",
    "PutEventsRequestEntrySizeExceeded",
}
"""Refusals of an entry that would be the same at every further try."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record of the stream on its way to the bus."""

    record: Mapping[str, Any]
    entry: "PutEventsRequestEntryTypeDef"
    number: str


def publish_events(records: Records, publisher: Publisher) -> Failures:
    """Publish in order; the sequence number of the first record that must come again, if any.

    A record that can never be published is written whole to the dead-letter queue, and the rest goes on.
    """
    waiting: list[Waiting] = []
    for one in _read(records, publisher):
        waiting.append(one)
        if len(waiting) == _BATCH:
            if failed := _publish(waiting, publisher):
                return [failed]
            waiting = []
    failed = _publish(waiting, publisher) if waiting else ""
    return [failed] if failed else []


def entry_of(change: Change, bus: str) -> "PutEventsRequestEntryTypeDef":
    """*change* as an entry of PutEvents; docs/events.md describes each kind."""
    match change:
        case StateChanged():
            kind = f"{change.kind.capitalize()} State Changed"
            detail: dict[str, Any] = {
                "version": change.version,
                "previousState": change.before,
                "state": change.after,
                **change.facts,
            }
        case AnomalySeen():
            kind = "Anomaly Recorded"
            detail = {
                "beside": change.beside,
                "timesSeen": change.times,
                "lastSeen": iso(change.last_seen),
                **change.facts,
            }
        case TokenExpiring():
            kind = "Authorization Expiring"
            detail = {"version": change.version, **change.facts}
    return {"Source": SOURCE, "DetailType": kind, "Detail": to_json(detail), "EventBusName": bus}


def _read(records: Records, publisher: Publisher) -> Iterator[Waiting]:
    for record in records:
        try:
            change = state_changes(record)
            entry = entry_of(change, publisher.bus) if change is not None else None
            number = str(record["dynamodb"]["SequenceNumber"])
        except Exception as error:  # noqa: BLE001  a poison record must not stop those behind it, and its text is not logged
            _bury(record, type(error).__name__, publisher)
            continue
        if entry is not None:
            yield Waiting(record, entry, number)


def _publish(waiting: list[Waiting], publisher: Publisher) -> str:
    """Publish a batch; the sequence number of the first record that failed and may succeed later, or ""."""
    try:
        answer = publisher.events.put_events(Entries=[one.entry for one in waiting])
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code not in _FOR_GOOD:
            raise
        if len(waiting) == 1:
            _bury(waiting[0].record, code, publisher)
            return ""
        # One entry that is too large has the whole request refused: the others must not suffer for it.
        return next((failed for one in waiting if (failed := _publish([one], publisher))), "")
    first = ""
    for one, outcome in zip(waiting, answer["Entries"], strict=True):
        code = outcome.get("ErrorCode", "")
        if code in _FOR_GOOD:
            _bury(one.record, code, publisher)
        elif code and not first:
            first = one.number
            telemetry.log("not published", level="WARNING", kind=one.entry["DetailType"], code=code)
        elif not code:
            telemetry.metric("EventsPublished")
    return first


def _bury(record: Mapping[str, Any], reason: str, publisher: Publisher) -> None:
    """Write *record* whole to the dead-letter queue, or, too large for it, what finds the item again.

    If that fails, the batch fails, and Lambda brings it again.
    """
    body = json.dumps({"reason": reason, "record": record}, default=_as_text)
    if len(body.encode()) > _LARGEST_MESSAGE:
        images = record.get("dynamodb") if isinstance(record, Mapping) else None
        found_by = (
            {name: images.get(name) for name in ("Keys", "SequenceNumber")} if isinstance(images, Mapping) else {}
        )
        body = json.dumps({"reason": reason, "tooLarge": True, "record": {"dynamodb": found_by}}, default=_as_text)
    publisher.queue.send_message(QueueUrl=publisher.queue_url, MessageBody=body)
    telemetry.log("event buried", level="ERROR", error=reason)
    telemetry.metric("EventsBuried")


def _as_text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
