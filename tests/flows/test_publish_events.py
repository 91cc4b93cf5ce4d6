"""publish_events: every change of state once at least, in order, and nothing secret."""

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from autodebit.flows.outbox import publish_events
from autodebit.gateway.client import Operation
from autodebit.runtime import Publisher
from tests.flows.cancel_steps import call_off, paid_before
from tests.flows.conftest import Logged
from tests.flows.steps import (
    PAYMENT_ID,
    SECRETS,
    absent,
    ask_consent,
    asked,
    bring_code,
    cancel_token,
    grant_of,
    notify,
    paid,
    poll_when_due,
    send,
    token_answer,
)
from tests.support.alipay import answer, no_answer
from tests.support.world import World

Record = dict[str, Any]


class Bus:
    """EventBridge and SQS: remembers what it was given; the details in *fails* are refused with a code."""

    def __init__(self) -> None:
        self.entries: list[Record] = []
        self.calls: list[int] = []
        self.buried: list[Record] = []
        self.fails: dict[str, str] = {}
        self.too_large: set[str] = set()
        self.publisher = Publisher(self, self, bus="bus", queue_url="queue")  # type: ignore[arg-type]

    def put_events(self, *, Entries: list[Record]) -> Record:  # noqa: N803  AWS's name
        self.calls.append(len(Entries))
        if any(word in entry["Detail"] for entry in Entries for word in self.too_large):
            said = {"Error": {"Code": "ValidationException", "Message": "Total size of the entries is over the limit"}}
            raise ClientError(said, "PutEvents")  # type: ignore[arg-type]
        outcomes = []
        for entry in Entries:
            code = next((code for word, code in self.fails.items() if word in entry["Detail"]), "")
            if not code:
                self.entries.append(entry)
            outcomes.append({"ErrorCode": code} if code else {"EventId": "1"})
        return {"Entries": outcomes}

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803  AWS's names
        assert QueueUrl == "queue"
        self.buried.append(json.loads(MessageBody))

    def told(self) -> list[tuple[str, Any, str]]:
        """Kind, previous state and state of every event."""
        details = [(entry["DetailType"], json.loads(entry["Detail"])) for entry in self.entries]
        return [(kind, detail.get("previousState"), detail.get("state", "")) for kind, detail in details]


def records_of(world: World) -> list[Record]:
    """The table's own stream, from its beginning."""
    streams = world.engine.client("dynamodbstreams")
    arn = world.dynamodb.describe_table(TableName=world.table)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = streams.get_records(ShardIterator=start["ShardIterator"])["Records"]
    return [{**record, "dynamodb": dict(record["dynamodb"])} for record in records]


def as_lambda_has_it(record: Record) -> Record:
    """*record* as JSON: binary attributes are base64 text."""

    def text(value: object) -> str:
        return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)

    decoded: Record = json.loads(json.dumps(record, default=text))
    return decoded


def change(name: str, number: int, **more: Any) -> Record:
    """A record of a payment that has just been paid."""
    image = {
        "pk": {"S": f"payment#{name}"},
        "sk": {"S": "item"},
        "kind": {"S": "payment"},
        "payment_request_id": {"S": name},
        "state": {"S": "SUCCESS"},
        "version": {"N": "2"},
        **more,
    }
    old = {**image, "state": {"S": "INITIATED"}}
    return {"dynamodb": {"NewImage": image, "OldImage": old, "SequenceNumber": str(number)}}


@pytest.fixture
def bus() -> Bus:
    return Bus()


def test_state_changes_are_told_and_leases_are_not(world: World, bus: Bus) -> None:
    world.alipay.will(Operation.PAY, answer("U", "PAYMENT_IN_PROCESS"))
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked("PROCESSING"), asked("PROCESSING"), asked("SUCCESS"))
    send(world)
    for _ in range(3):
        poll_when_due(world)
    records = records_of(world)
    assert publish_events(records, bus.publisher) == []
    kind = "Payment State Changed"
    assert bus.told() == [
        (kind, None, "INITIATED"),
        (kind, "INITIATED", "PROCESSING"),
        (kind, "PROCESSING", "SUCCESS"),
    ]
    assert len(records) > 6
    assert bus.buried == []
    versions = [json.loads(entry["Detail"])["version"] for entry in bus.entries]
    assert versions == sorted(set(versions))


def test_an_entry_tells_ids_amount_state_code_and_handle(world: World, bus: Bus) -> None:
    world.alipay.will(Operation.PAY, paid())
    send(world)
    publish_events(records_of(world), bus.publisher)
    entry = bus.entries[-1]
    assert (entry["Source"], entry["DetailType"], entry["EventBusName"]) == (
        "alipay.autodebit",
        "Payment State Changed",
        "bus",
    )
    assert json.loads(entry["Detail"]) == {
        "version": 2,
        "previousState": "INITIATED",
        "state": "SUCCESS",
        "paymentRequestId": "PAY-1",
        "paymentId": PAYMENT_ID,
        "referenceOrderId": "ORDER-1",
        "paymentMethodType": "GCASH",
        "paymentMethodId": grant_of(world).handle,
        "paymentAmount": {"currency": "JPY", "value": "1000"},
        "resultCode": "SUCCESS",
        "resultMessage": "ok",
        "settledBy": "pay",
        "paymentTime": "2027-01-15T01:17:52-07:00",
    }


def test_the_life_of_an_authorization_is_told_without_its_secrets(world: World, bus: Bus, logged: Logged) -> None:
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS", normalUrl="https://wallet.example.com"))
    world.alipay.will(Operation.APPLY_TOKEN, token_answer())
    ask_consent(world)
    bring_code(world)
    cancel_token(world)
    publish_events(records_of(world), bus.publisher)
    kind = "Authorization State Changed"
    assert bus.told() == [
        (kind, None, "CONSULTED"),
        (kind, "CONSULTED", "CODE_RECEIVED"),
        (kind, "CODE_RECEIVED", "ACTIVE"),
        (kind, "ACTIVE", "REVOKED"),
    ]
    assert json.loads(bus.entries[2]["Detail"])["accessToken"] == grant_of(world).handle
    assert bus.buried == []
    everything = json.dumps(bus.entries)
    assert not [secret for secret in SECRETS if secret in everything]
    assert "EventsPublished" in logged()


def test_not_submitted_comes_with_advice(world: World, bus: Bus) -> None:
    world.alipay.will(Operation.PAY, no_answer())
    world.alipay.will(Operation.INQUIRY_PAYMENT, absent())
    send(world)
    world.clock.forward(100)
    for _ in range(3):
        world.clock.forward(15)
        poll_when_due(world)
    publish_events(records_of(world), bus.publisher)
    detail = json.loads(bus.entries[-1]["Detail"])
    assert detail["state"] == "NOT_SUBMITTED"
    assert "before taking a new one" in detail["advice"]


def test_where_a_cancel_stands_is_told_although_the_payment_stays_where_it_is(world: World, bus: Bus) -> None:
    paid_before(world)
    world.alipay.will(Operation.CANCEL, answer("F", "CANCEL_WINDOW_EXCEED"))
    call_off(world)
    publish_events(records_of(world), bus.publisher)
    details = [json.loads(entry["Detail"]) for entry in bus.entries]
    told = [(detail["state"], detail.get("cancel")) for detail in details]
    assert told[-3:] == [("SUCCESS", None), ("PROCESSING", "REQUESTED"), ("SUCCESS", "REFUSED")]


def test_an_anomaly_is_told(world: World, bus: Bus) -> None:
    world.alipay.will(Operation.PAY, no_answer())
    send(world)
    for _ in range(2):
        notify(world, paymentAmount={"currency": "JPY", "value": "7"})
    publish_events(records_of(world), bus.publisher)
    anomalies = [json.loads(entry["Detail"]) for entry in bus.entries if entry["DetailType"] == "Anomaly Recorded"]
    assert [detail["timesSeen"] for detail in anomalies] == [1, 2]
    assert anomalies[0]["reason"] == "amount differs from the intent's"
    assert (anomalies[0]["beside"], anomalies[0]["amount"]) == ("payment#PAY-1", "7")
    assert anomalies[0]["lastSeen"].startswith("2027-")


def test_batches_of_ten_in_order(bus: Bus) -> None:
    records = [change(f"P{n:02}", n) for n in range(25)]
    assert publish_events(records, bus.publisher) == []
    assert bus.calls == [10, 10, 5]
    assert [json.loads(entry["Detail"])["paymentRequestId"] for entry in bus.entries] == [f"P{n:02}" for n in range(25)]


def test_it_resumes_at_the_first_record_that_failed(bus: Bus) -> None:
    bus.fails = {"P12": "InternalFailure", "P14": "ThrottlingException"}
    assert publish_events([change(f"P{n:02}", 100 + n) for n in range(25)], bus.publisher) == ["112"]
    assert bus.calls == [10, 10]
    assert bus.buried == []


@pytest.mark.parametrize("code", ["MalformedDetail", "InvalidArgument", "PutEventsRequestEntrySizeExceeded"])
def test_what_can_never_be_published_is_buried_whole_and_the_rest_goes_on(bus: Bus, code: str, logged: Logged) -> None:
    bus.fails = {"P01": code}
    poison = change("P01", 1)
    assert publish_events([change("P00", 0), poison, change("P02", 2)], bus.publisher) == []
    assert len(bus.entries) == 2
    assert bus.buried == [{"reason": code, "record": poison}]
    assert "EventsBuried" in logged()


def test_an_entry_that_has_its_whole_request_refused_does_not_stop_the_others(bus: Bus) -> None:
    bus.too_large = {"P01"}
    poison = change("P01", 1)
    assert publish_events([change("P00", 0), poison, change("P02", 2)], bus.publisher) == []
    assert [json.loads(entry["Detail"])["paymentRequestId"] for entry in bus.entries] == ["P00", "P02"]
    assert bus.buried == [{"reason": "ValidationException", "record": poison}]


def test_a_bus_out_of_reach_brings_everything_again(bus: Bus) -> None:
    def refuse(**_entries: object) -> Record:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "PutEvents")

    bus.put_events = refuse  # type: ignore[method-assign]
    with pytest.raises(ClientError):
        publish_events([change("P00", 0)], bus.publisher)
    assert bus.buried == []


POISON = {
    "no state": lambda record: record["dynamodb"]["NewImage"].pop("state"),
    "no sort key": lambda record: record["dynamodb"]["NewImage"].pop("sk"),
    "no images at all": lambda record: record.pop("dynamodb"),
    "a type that does not exist": lambda record: record["dynamodb"]["NewImage"].update(version={"Q": "1"}),
}


@pytest.mark.parametrize("spoil", POISON.values(), ids=POISON)
def test_a_record_that_cannot_be_read_is_buried_whole(bus: Bus, spoil, logged: Logged) -> None:
    poison = change("SECRET-TEXT", 1)
    spoil(poison)
    assert publish_events([change("P00", 0), poison, change("P02", 2)], bus.publisher) == []
    assert len(bus.entries) == 2
    assert [buried["record"] for buried in bus.buried] == [poison]
    assert "SECRET-TEXT" not in logged()


def test_if_a_record_cannot_even_be_buried_it_comes_again(bus: Bus) -> None:
    def refuse(**_message: object) -> None:
        raise ClientError({"Error": {"Code": "ServiceUnavailable"}}, "SendMessage")

    bus.send_message = refuse  # type: ignore[method-assign]
    with pytest.raises(ClientError):
        publish_events([{}], bus.publisher)


def test_what_the_table_forgets_is_not_told(bus: Bus) -> None:
    gone = change("P00", 0)
    del gone["dynamodb"]["NewImage"]
    assert publish_events([gone], bus.publisher) == []
    assert bus.calls == []


def test_tokens_and_codes_in_the_form_of_lambda_are_no_poison(world: World, bus: Bus) -> None:
    """Lambda hands binary attributes over as base64 text: sealed tokens and codes are passed over, not buried."""
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS", normalUrl="https://wallet.example.com"))
    world.alipay.will(Operation.APPLY_TOKEN, token_answer())
    ask_consent(world)
    bring_code(world)
    assert publish_events([as_lambda_has_it(record) for record in records_of(world)], bus.publisher) == []
    assert bus.buried == []
    assert [state for _, _, state in bus.told()] == ["CONSULTED", "CODE_RECEIVED", "ACTIVE"]
