"""The dead-letter queue takes 256 KB: a record that is larger leaves what finds its item again, and nothing of its body."""

import json
from typing import Any

import pytest

from autodebit.flows.outbox import publish_events
from tests.flows.conftest import Logged
from tests.flows.test_publish_events import Bus, change

LIMIT = 256 * 1024
SECRET = "SECRET-TEXT"


def poison(size: int) -> dict[str, Any]:
    """A record that cannot be read, whose message is *size* bytes long when it is written whole."""
    record = change("P01", 1, note={"S": SECRET})
    record["dynamodb"]["Keys"] = {"pk": {"S": "payment#P01"}, "sk": {"S": "item"}}
    del record["dynamodb"]["NewImage"]["state"]
    empty = len(json.dumps({"reason": "KeyError", "record": {**record, "padding": ""}}))
    return {**record, "padding": "x" * (size - empty)}


def buried(record: Any) -> dict[str, Any]:
    bus = Bus()
    assert publish_events([change("P00", 0), record, change("P02", 2)], bus.publisher) == []
    assert len(bus.entries) == 2
    [message] = bus.buried
    return message


def test_a_record_that_just_fits_is_buried_whole() -> None:
    record = poison(LIMIT)
    assert buried(record) == {"reason": "KeyError", "record": record}


def test_a_record_that_is_too_large_leaves_what_finds_its_item(logged: Logged) -> None:
    message = buried(poison(LIMIT + 1))
    keys = {"pk": {"S": "payment#P01"}, "sk": {"S": "item"}}
    assert message == {
        "reason": "KeyError",
        "tooLarge": True,
        "record": {"dynamodb": {"Keys": keys, "SequenceNumber": "1"}},
    }
    assert "EventsBuried" in logged()
    assert SECRET not in logged()


def test_the_limit_counts_bytes_and_not_characters() -> None:
    """A message is JSON in ASCII: a character beyond it takes six bytes."""
    record = poison(LIMIT // 2)
    record["padding"] = "é" * (len(record["padding"]) // 2)
    assert buried(record)["tooLarge"] is True


@pytest.mark.parametrize("record", ["x" * LIMIT, {"dynamodb": "x" * LIMIT}, {"eventID": "x" * LIMIT}])
def test_what_is_too_large_and_no_record_at_all_is_buried_too(record: Any) -> None:
    assert buried(record)["record"] == {"dynamodb": {}}


def test_bytes_in_a_record_are_buried_as_hex() -> None:
    record = poison(LIMIT // 2)
    record["dynamodb"]["NewImage"]["code"] = {"B": b"\x00\xff"}
    assert buried(record)["record"]["dynamodb"]["NewImage"]["code"] == {"B": "00ff"}
