"""Consumers of our events, who obey docs/events.md to the letter: they deliver, repeat, or take a new id when an event says so.

The events are those of the product (what `publish_events` puts on the bus), made from the table's stream. They arrive at least
once and in any order: some twice, some minutes late.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import boto3

from autodebit.flows.outbox import entry_of
from autodebit.repository import state_changes
from sandbox.alipay.mixture import share
from tests.chaos.callers import Merchant

_LATE, _TWICE = 0.15, 0.08
"""The shares of events that come late, and of those that come twice."""
_LATEST_SECONDS = 180
_ACTS = 0.6
"""How many consumers act at once on what an event allows; the others leave it to the callers."""
_READ_EVERY = 0.1
_MOVES_ON = ("FAIL", "CANCELLED")


class Stream:
    """The stream of a table, read from its beginning by one reader."""

    def __init__(self, url: str, arn: str) -> None:
        self._client = boto3.client(
            "dynamodbstreams",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        self._arn = arn
        self._iterators: dict[str, str | None] = {}

    def read(self) -> list[dict[str, Any]]:
        """All records that came since the last reading, in the order of each item's changes."""
        if not any(self._iterators.values()):
            self._look_for_shards()
        found: list[dict[str, Any]] = []
        for shard, iterator in list(self._iterators.items()):
            while iterator is not None:
                answer = self._client.get_records(ShardIterator=iterator, Limit=1000)
                iterator = self._iterators[shard] = answer.get("NextShardIterator")
                found += map(_whole, answer["Records"])
                if not answer["Records"]:
                    break
        if None in self._iterators.values():
            self._look_for_shards()
        return found

    def _look_for_shards(self) -> None:
        shards = self._client.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]
        for shard in shards:
            name = shard["ShardId"]
            if name not in self._iterators:
                asked = {"StreamArn": self._arn, "ShardId": name, "ShardIteratorType": "TRIM_HORIZON"}
                self._iterators[name] = self._client.get_shard_iterator(**asked)["ShardIterator"]


def _whole(record: dict[str, Any]) -> dict[str, Any]:
    """*record* with its empty maps: the engine's stream tells of them without their type."""
    images = {
        name: {key: _typed(value) for key, value in image.items()} if name in ("NewImage", "OldImage") else image
        for name, image in record["dynamodb"].items()
    }
    return {**record, "dynamodb": images}


def _typed(value: dict[str, Any]) -> dict[str, Any]:
    if "M" in value or not value:
        return {"M": {key: _typed(inner) for key, inner in value.get("M", {}).items()}}
    return {"L": [_typed(inner) for inner in value["L"]]} if "L" in value else value


class Consumers:
    """All consumers together: what they applied of each id, and what they did on its account."""

    def __init__(self, merchant: Merchant, seed: int) -> None:
        self._merchant, self._seed = merchant, seed
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: BaseException | None = None
        self._read_something = True
        self.active = True
        """Whether they still act; near the end of a run they only listen."""

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way to them, and nothing of what they do is unfinished."""
        return not self._tasks and not self._read_something

    async def listen(self, read: Callable[[], list[dict[str, Any]]]) -> None:
        """Take what *read* brings, until cancelled."""
        try:
            while True:
                if self._failed is not None:
                    raise self._failed
                records = await asyncio.to_thread(read)
                self._read_something = bool(records)
                for record in records:
                    self.take(record)
                await asyncio.sleep(0 if records else _READ_EVERY)
        finally:
            for task in self._tasks:
                task.cancel()

    def take(self, record: Mapping[str, Any]) -> None:
        """A record of the stream: its event is applied, now or late, once or twice."""
        change = state_changes(record)
        if change is None:
            return
        entry = entry_of(change, "bus")
        kind, detail = entry["DetailType"], json.loads(entry["Detail"])
        if kind not in ("Payment State Changed", "Refund State Changed"):
            return
        self._merchant.deeds["event consumers: events"] += 1
        about = (self._seed, kind, detail.get("paymentRequestId"), detail.get("refundRequestId"), detail["version"])
        copies = 2 if share(*about, "twice") < _TWICE else 1
        for copy in range(copies):
            late = share(*about, copy, "late")
            wait = share(*about, copy, "how late") * _LATEST_SECONDS if late < _LATE else 0.0
            self._start(self._later(kind, detail, wait) if wait else self.apply(kind, detail))

    async def _later(self, kind: str, detail: Mapping[str, Any], seconds: float) -> None:
        await self._merchant.time.wait(seconds)
        await self.apply(kind, detail)

    async def apply(self, kind: str, detail: Mapping[str, Any]) -> None:
        """Apply an event, unless a later one of its id was applied, and do what its state asks for."""
        payment = kind.startswith("Payment")
        identity, state = str(detail["paymentRequestId" if payment else "refundRequestId"]), str(detail["state"])
        name, acts = f"{'payment' if payment else 'refund'}#{identity}", self._merchant.acts
        if int(detail["version"]) <= acts.applied.get(name, (0, ""))[0]:
            self._merchant.deeds["event consumers: ignored a lower or equal version"] += 1
            return
        acts.applied[name] = int(detail["version"]), state
        if payment and state == "SUCCESS":
            self._deliver(identity, detail)
            return
        payer = self._merchant.payers.get(identity)
        cancelled_later = state == "NOT_SUBMITTED" and detail.get("cancel") == "REQUESTED"
        if payer is None or not self.active or share(self._seed, name, state, "acts") >= _ACTS:
            return
        if state in _MOVES_ON or cancelled_later:
            self._merchant.deeds[f"event consumers: took a new id on {state}"] += 1
            await payer.move_on(identity)
        elif state == "NOT_SUBMITTED":
            self._merchant.deeds["event consumers: repeated the id on NOT_SUBMITTED"] += 1
            await payer.repeat(identity)

    def _deliver(self, identity: str, detail: Mapping[str, Any]) -> None:
        acts = self._merchant.acts
        self._merchant.deeds["event consumers: delivered on SUCCESS"] += 1
        acts.delivered.add(identity)
        if detail.get("cancel") == "REQUESTED":
            acts.delivered_in_cancel.add(identity)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) and self._failed is None:
            self._failed = error
