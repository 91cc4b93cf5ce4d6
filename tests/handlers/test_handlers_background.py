"""The schedule and the stream through the real handlers."""

import json
import re
from typing import Any

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.errors import ConfigurationError
from autodebit.gateway.client import Operation
from autodebit.runtime import Publisher
from autodebit.telemetry import Fault
from tests.flows.conftest import Logged
from tests.flows.steps import asked, outage, paid, payment
from tests.handlers.conftest import POLL_SECONDS, Http, Invoke
from tests.support.alipay import answer, no_answer
from tests.support.events import call, sample
from tests.support.schemas import faults_of, published_types
from tests.support.world import World, pay_body


class FakeBus:
    """EventBridge and SQS at the port."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.messages: list[str] = []
        self.codes: list[str] = []
        self.error: Exception | None = None

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        if self.error:
            raise self.error
        codes = [self.codes.pop(0) if self.codes else "" for _ in Entries]
        self.entries += [entry for entry, code in zip(Entries, codes, strict=True) if not code]
        return {"Entries": [{"ErrorCode": code} if code else {"EventId": "1"} for code in codes]}

    def send_message(self, QueueUrl: str, MessageBody: str) -> dict[str, Any]:  # noqa: N803
        self.messages.append(MessageBody)
        return {}


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> FakeBus:
    made = FakeBus()
    publisher = Publisher(made, made, bus="auto-debit", queue_url="https://sqs/dead")  # type: ignore[arg-type]
    monkeypatch.setattr("autodebit.entrypoints.streams.publisher", lambda: publisher)
    return made


# --- poll_payments


def test_the_schedule_settles_what_is_due(world: World, http: Http, invoke: Invoke) -> None:
    world.alipay.will(Operation.PAY, no_answer())
    http("pay", call("pay", pay_body()))
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked("SUCCESS"))
    world.clock.forward(60)
    assert invoke("poll_payments", sample("poll_payments"), POLL_SECONDS) is None
    assert payment(world).state is PaymentState.SUCCESS


def test_the_schedule_never_pays(world: World, http: Http, invoke: Invoke) -> None:
    world.alipay.will(Operation.PAY, no_answer())
    http("pay", call("pay", pay_body()))
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked("PROCESSING"))
    for _ in range(3):
        world.clock.forward(60)
        invoke("poll_payments", sample("poll_payments"), 14)
    assert len(world.alipay.sends_of(Operation.INQUIRY_PAYMENT)) >= 3
    assert len(world.alipay.sends_of(Operation.PAY)) == 1


def test_the_schedule_with_the_store_down_fails_without_text_and_pays_nothing(
    world: World, invoke: Invoke, logged: Logged
) -> None:
    outage(world).on = True
    with pytest.raises(Fault) as caught:
        invoke("poll_payments", sample("poll_payments"), POLL_SECONDS)
    assert re.fullmatch(r"StoreUnavailable at \w+\.py:\d+", str(caught.value))
    assert caught.value.__suppress_context__
    assert '"Faults"' in logged()


# --- publish_events


_CHANGES = [
    ("Payment State Changed", None, "INITIATED", 1),
    ("Payment State Changed", "INITIATED", "SUCCESS", 2),
    ("Refund State Changed", "INITIATED", "SUCCESS", 2),
    ("Declaration State Changed", "IN_PROCESS", "COMPLETED", 4),
    ("Registration State Changed", "PENDING", "COMPLETED", 3),
]
"""What the records of the sample of the stream are, one by one."""
CHANGES = [change for change in _CHANGES if change[0] in published_types()]


def told_by(bus: FakeBus) -> list[tuple[str, str | None, str, int]]:
    details = [(entry["DetailType"], json.loads(entry["Detail"])) for entry in bus.entries]
    return [(kind, detail["previousState"], detail["state"], detail["version"]) for kind, detail in details]


def test_the_stream_becomes_one_event_for_each_change_of_state(invoke: Invoke, bus: FakeBus) -> None:
    assert invoke("publish_events", sample("publish_events")) == {"batchItemFailures": []}
    assert told_by(bus) == CHANGES
    assert [
        fault for entry in bus.entries for fault in faults_of(entry["DetailType"], json.loads(entry["Detail"]))
    ] == []
    assert {entry["EventBusName"] for entry in bus.entries} == {"auto-debit"}
    assert bus.messages == []


def test_lambda_resumes_at_the_first_record_that_failed(invoke: Invoke, bus: FakeBus) -> None:
    bus.codes = ["", "ThrottlingException"]
    event = sample("publish_events")
    number = event["Records"][1]["dynamodb"]["SequenceNumber"]
    assert invoke("publish_events", event) == {"batchItemFailures": [{"itemIdentifier": number}]}


def test_a_poison_record_goes_whole_to_the_dead_letters_and_the_rest_goes_on(invoke: Invoke, bus: FakeBus) -> None:
    event = sample("publish_events")
    event["Records"][0]["dynamodb"]["NewImage"]["version"] = {"N": "one"}
    assert invoke("publish_events", event) == {"batchItemFailures": []}
    (message,) = bus.messages
    assert json.loads(message)["record"] == event["Records"][0]
    assert told_by(bus) == CHANGES[1:]


def test_a_fault_fails_the_batch_and_its_text_goes_nowhere(invoke: Invoke, bus: FakeBus, logged: Logged) -> None:
    bus.error = RuntimeError("quoting the order: Monthly plan")
    with pytest.raises(Fault) as caught:
        invoke("publish_events", sample("publish_events"))
    assert "quoting" not in str(caught.value) + logged()
    assert caught.value.__suppress_context__


def test_a_stream_without_records_is_nothing_to_do(invoke: Invoke, bus: FakeBus) -> None:
    assert invoke("publish_events", {"Records": []}) == {"batchItemFailures": []}
    assert bus.entries == []


def test_a_missing_setting_of_the_outbox_is_named(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    monkeypatch.delenv("EVENT_BUS_NAME", raising=False)
    with pytest.raises(ConfigurationError, match="EVENT_BUS_NAME"):
        invoke("publish_events", sample("publish_events"))
    assert "EVENT_BUS_NAME" in logged()


# --- the sample of the stream


def test_the_sample_of_the_stream_has_the_form_of_what_is_stored(world: World, http: Http) -> None:
    world.alipay.will(Operation.PAY, paid())
    http("pay", sample("pay"))
    stored = stored_items(world)["payment#PAY-1"]
    world.alipay.will(Operation.REFUND, answer("S", "SUCCESS", "success", **refunded_fields()))
    http("refund", sample("refund"))
    _, payment_image, refund_image, *_ = (
        record["dynamodb"]["NewImage"] for record in sample("publish_events")["Records"]
    )
    assert form_of(payment_image) == form_of(stored)
    assert payment_image["fingerprint"] != stored["fingerprint"]  # over the handle, which is another one
    assert form_of(refund_image) == form_of(stored_items(world)["refund#REF-1"])


def refunded_fields() -> dict[str, Any]:
    """An answer to refund that says what the sample notification says."""
    told: dict[str, Any] = json.loads(sample("notify_refund")["body"])
    return {name: told[name] for name in ("refundRequestId", "refundId", "refundAmount", "refundTime")}


def stored_items(world: World) -> dict[str, dict[str, Any]]:
    items = world.dynamodb.scan(TableName=world.table)["Items"]
    return {item["pk"]["S"]: item for item in items if item["sk"]["S"] == "item"}


def form_of(image: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    return {name: list(value) for name, value in image.items()}
