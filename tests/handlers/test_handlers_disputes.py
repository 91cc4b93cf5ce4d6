"""Disputes through the real handlers: the folder, the model, the proof, and both addresses."""

import json

import pytest

from autodebit.domain.dispute_states import DisputeState
from tests.handlers.conftest import POLL_SECONDS, Http, Invoke
from tests.handlers.test_handlers_spi import ACKNOWLEDGEMENT
from tests.support.events import notification, sample
from tests.support.world import World

SAID = json.loads(sample("notify_dispute")["body"])


@pytest.mark.parametrize("name", ["notify_dispute", "notify_payment"])
def test_the_sample_is_stored_and_acknowledged_at_both_addresses(world: World, http: Http, name: str) -> None:
    reply = http(name, notification(name, world.clock, SAID))
    assert (reply.status, reply.text) == (200, ACKNOWLEDGEMENT)
    known = world.repository.disputes.find("DSP-1")
    assert known is not None
    assert (known.state, known.payment_request_id) == (DisputeState.CREATED, "PAY-1")
    assert world.anomalies() == ["a dispute of a payment that is not known"]


@pytest.mark.parametrize("name", ["notify_dispute", "notify_payment"])
def test_an_unproven_dispute_is_not_stored(world: World, http: Http, name: str) -> None:
    event = notification(name, world.clock, SAID)
    event["body"] = event["body"].replace("DSP-1", "DSP-2")
    assert http(name, event).result == (401, "F", "INVALID_SIGNATURE")
    assert world.repository.disputes.find("DSP-2") is None
    assert world.anomalies() == []


@pytest.mark.parametrize("name", ["notify_dispute", "notify_payment"])
def test_a_dispute_that_cannot_be_stored_is_not_acknowledged(world: World, http: Http, name: str) -> None:
    world.table = "t-away"
    assert http(name, notification(name, world.clock, SAID)).result == (503, "U", "UNKNOWN_EXCEPTION")


def test_a_body_that_cannot_be_read_keeps_the_disputes_id(world: World, http: Http) -> None:
    event = notification("notify_dispute", world.clock, '{"disputeId": "DSP-1", "disputeId": "DSP-1"}')
    assert http("notify_dispute", event).result == (400, "F", "PARAM_ILLEGAL")
    assert world.anomalies() == ["an unreadable notification: the body gives one field twice"]
    assert "DSP-1" in world.all_text()


def test_the_poller_warns_of_it(world: World, http: Http, invoke: Invoke) -> None:
    http(
        "notify_dispute",
        notification("notify_dispute", world.clock, {**SAID, "defenseDueTime": "2027-01-16T00:00:00Z"}),
    )
    invoke("poll_payments", sample("poll_payments"), POLL_SECONDS)
    known = world.repository.disputes.find("DSP-1")
    assert known is not None
    assert known.warnings == 1
