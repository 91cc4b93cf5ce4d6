"""The table's stream, the bus and the queue of what could not be published: what publish_events works between.

The stream behaves as Lambda's mapping with ReportBatchItemFailures: a batch whose process died comes again, whole; of one that
tells a failed record all comes again from there.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError

from autodebit.repository.table import plain
from autodebit.runtime import Publisher
from autodebit.telemetry import Fault
from tests.chaos.functions import BY_NAME, Invocation, handler_of
from tests.chaos.ports import Step
from tests.crash.killer import Killer
from tests.crash.shop import Place
from tests.support.simulated import Killed, SimulatedClock

Record = dict[str, Any]
_PATIENCE = 40


class Outbox:
    """The bus and the queue, for a process that *killer* attends to."""

    def __init__(self, clock: SimulatedClock, patch: pytest.MonkeyPatch) -> None:
        self._clock, self.killer = clock, Killer()
        self.told: list[tuple[str, int]] = []
        """Every change that the bus has taken: the id that it is about, and its version."""
        self.buried: list[str] = []
        """The numbers of the records in the queue."""
        self.refusals: dict[str, list[str]] = {}
        """What the bus says instead of taking an entry about that id; under "request", to whole requests, the last one first."""
        patch.setattr(
            "autodebit.entrypoints.streams.publisher",
            lambda: Publisher(self, self, bus="bus", queue_url="queue"),  # type: ignore[arg-type]
        )

    def put_events(self, *, Entries: list[Record]) -> Record:  # noqa: N803  AWS's name
        return self.killer.around(Step("bus", "put_events", ""), lambda: self._taken(Entries))

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803  AWS's names
        number = json.loads(MessageBody)["record"]["dynamodb"]["SequenceNumber"]
        self.killer.around(Step("queue", "send_message", ""), lambda: self.buried.append(number))

    def _taken(self, entries: list[Record]) -> Record:
        refusal = self.refusals["request"].pop() if self.refusals.get("request") else ""
        if refusal:
            said = {"Error": {"Code": refusal, "Message": "not now"}}
            raise ClientError(said, "PutEvents")  # type: ignore[arg-type]
        outcomes = []
        for entry in entries:
            detail = json.loads(entry["Detail"])
            identity = str(detail.get("refundRequestId") or detail.get("paymentRequestId"))
            code = self.refusals[identity].pop() if self.refusals.get(identity) else ""
            if not code:
                self.told.append((identity, detail["version"]))
            outcomes.append({"ErrorCode": code} if code else {"EventId": "1"})
        return {"Entries": outcomes}

    def deliver(self, records: Sequence[Record], killer: Killer) -> None:
        """The stream brings *records*, again from where it is told, until none is left; *killer* attends to the first time."""
        left, self.killer = list(records), killer
        for _ in range(_PATIENCE):
            failed = self._invoke(left)
            self.killer = Killer()
            if failed is None:
                continue
            if not failed:
                return
            left = [record for record in left if int(record["dynamodb"]["SequenceNumber"]) >= int(failed)]
        raise AssertionError(f"{len(left)} records come again and again")

    def _invoke(self, records: Sequence[Record]) -> str | None:
        """The number of the first record that has to come again, "" if none has; None if all have, since nobody has answered."""
        row = BY_NAME["publish_events"]
        context = Invocation(row.name, self._clock, self._clock.now() + round(row.seconds * 1000))
        try:
            answer: Mapping[str, Any] = handler_of(row.name)({"Records": records}, context)
        except (Killed, Fault):
            return None
        failures = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
        return min(failures, key=int) if failures else ""


def records_of(place: Place) -> list[Record]:
    """The stream of the table, from its beginning."""
    streams = place.world.engine.client("dynamodbstreams")
    arn = place.world.dynamodb.describe_table(TableName=place.world.table)["Table"]["LatestStreamArn"]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    given = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
    found: list[Record] = streams.get_records(ShardIterator=given["ShardIterator"])["Records"]
    return found


def changes_in(records: Sequence[Record]) -> dict[str, list[int]]:
    """The versions at which each payment and refund has moved, as the images of *records* say."""
    found: dict[str, list[int]] = {}
    for record in records:
        new, old = (plain(record["dynamodb"].get(name, {})) for name in ("NewImage", "OldImage"))
        if new.get("kind") in ("payment", "refund") and _standing(new) != _standing(old):
            found.setdefault(new[f"{new['kind']}_request_id"], []).append(new["version"])
    return found


def _standing(image: Mapping[str, Any]) -> tuple[object, object]:
    return image.get("state"), image.get("cancel", {}).get("state")
