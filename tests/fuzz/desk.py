"""The real handlers, and everything that an event made them do: what went to Alipay, to the table, to the log."""

import contextlib
import io
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from autodebit import telemetry
from autodebit.gateway.client import Operation, VerifiedResponse, read_response
from tests.fuzz.material import MARK, ROUTE, ROUTES, Body, Route, written
from tests.handlers.conftest import Invoke, Response
from tests.support.events import Event, in_base64, sample
from tests.support.world import World

_WRITES = ("put_item", "update_item", "delete_item", "transact_write_items", "batch_write_item")
_EXAMPLES = os.environ.get("FUZZ_EXAMPLES")


def fuzzed(examples: int) -> settings:
    """So many examples, the same ones at each run; with FUZZ_EXAMPLES in the environment so many new ones."""
    return settings(
        max_examples=int(_EXAMPLES or examples),
        derandomize=not _EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],  # a body of a megabyte takes too long to make small
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


class WatchedTable:
    """A DynamoDB client that counts what is written."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.writes = 0

    def __getattr__(self, name: str) -> Any:
        if name in _WRITES:
            self.writes += 1
        return getattr(self._client, name)


@dataclass(frozen=True)
class Outcome:
    """What came of one event."""

    returned: Any = field(repr=False)
    sent: list[tuple[Operation, Body]]
    writes: int
    logged: str = field(repr=False)

    @property
    def response(self) -> Response:
        """What API Gateway gets, which has to be JSON with a result, whatever came in."""
        returned = self.returned
        assert set(returned) == {"statusCode", "headers", "body", "isBase64Encoded"}
        response = Response(returned["statusCode"], returned["body"], returned["headers"])
        body = json.loads(response.text, parse_constant=_no_json)
        assert body["result"]["resultStatus"] in ("S", "F", "U")
        return response


class Desk:
    """One deployment, and whoever brings it events."""

    def __init__(self, world: World, invoke: Invoke, log: io.StringIO) -> None:
        self.world, self._invoke, self._log = world, invoke, log
        self.table = WatchedTable(world.dynamodb)
        world.dynamodb = self.table

    def begin(self) -> "Desk":
        """An empty table and an Alipay that answers well: every example begins there."""
        if self.table.writes:
            self.world.table = self.world.engine.new_table(f"t-{uuid.uuid4().hex}")
            self.table.writes = 0
        self.world.alipay.sent.clear()
        answer_well(self.world)
        return self

    def bring(self, function: str, event: Mapping[str, Any], seconds: float = 25) -> Outcome:
        """Run the handler of *function* on *event*; no secret may be logged by it, and nothing may escape from it."""
        sent, writes = len(self.world.alipay.sent), self.table.writes
        self._log.seek(0)
        self._log.truncate()
        with contextlib.redirect_stdout(self._log):
            returned = self._invoke(function, event, seconds)
        logged = self._log.getvalue()
        assert MARK not in logged, "a part of the body is in the log"
        return Outcome(returned, self.world.alipay.sent[sent:], self.table.writes - writes, logged)

    def prepare(self, route: Route) -> None:
        """What has to be there for the bodies of *route* to be taken: the authentication that is verified."""
        if route.function == "verify_authentication":
            first = ROUTE["init_authentication"]
            event = event_with(sample(first.function), written(first.bodies[0]).encode())
            assert self.bring(first.function, event).response.status == 200

    def refuses(self, function: str, event: Mapping[str, Any]) -> Response:
        """*event* is refused: 4xx and F, nothing sent, nothing written."""
        outcome = self.bring(function, event)
        assert 400 <= outcome.response.status < 500
        assert outcome.response.result[1] == "F"
        assert (outcome.sent, outcome.writes) == ([], 0)
        return outcome.response

    def refuses_but_keeps(self, function: str, event: Mapping[str, Any]) -> Response:
        """*event* is proven and cannot be read: 4xx and F, nothing sent, and one anomaly is written."""
        outcome = self.bring(function, event)
        assert 400 <= outcome.response.status < 500
        assert outcome.response.result[1] == "F"
        assert (outcome.sent, outcome.writes) == ([], 1)
        assert len(self.world.anomalies()) == 1
        return outcome.response

    def never_fails(self, function: str, event: Mapping[str, Any]) -> Outcome:
        """*event* may be good or bad: it is answered with anything but 5xx, and refusals have no consequences."""
        outcome = self.bring(function, event)
        status = outcome.response.status
        assert status in (200, 400, 401, 409, 413, 415)
        if status != 200:
            # The state of things may forbid it, of which an inquiry has told.
            assert {operation for operation, _ in outcome.sent} <= {Operation.INQUIRY_PAYMENT}
        if status not in (200, 409):  # A payment that was adopted stays, and so does a token that was brought along.
            assert outcome.writes == 0
        return outcome


@pytest.fixture
def desk(world: World, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The handlers on a table of their own; in the end no token stands in it in clear."""
    log = io.StringIO()
    for handler in telemetry._logger.handlers:
        monkeypatch.setattr(handler, "stream", log)
    made = Desk(world, invoke, log)
    yield made
    told = world.all_text()
    assert [name for name in ("authCode", "authenticationValue") if f"{MARK}-{name}" in told] == []
    assert [name for name in ("paymentMethodId", "accessToken", "refreshToken") if f"{MARK}-{name}" in told] == []


def answer_well(world: World) -> None:
    """From now on Alipay answers every operation with the contract's example, for the ids and amounts that it was sent."""
    for route in ROUTES:
        world.alipay.will(route.called, _echo(route.operation, route.answers[0]))


def _echo(operation: str, told: Body) -> Any:
    def answer(sent: Mapping[str, Any]) -> VerifiedResponse:
        body = {name: sent.get(name, value) for name, value in told.items() if name != "transactions"}
        if operation == "inquiryPayment":
            body["paymentAmount"] = {"currency": "HKD", "value": "99999"}
        return read_response(operation, json.dumps(body, ensure_ascii=False).encode())

    return answer


def event_with(event: Event, content: bytes) -> Event:
    """*event* with *content* as API Gateway hands it over: as text where it is UTF-8, else in base64."""
    try:
        return {**event, "body": content.decode(), "isBase64Encoded": False}
    except UnicodeDecodeError:
        return in_base64(event, content)


def _no_json(name: str) -> float:
    raise AssertionError(f"{name} is not JSON")
