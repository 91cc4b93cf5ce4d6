"""A notification that Alipay's sandbox has really sent, signed with its real key, through the whole notify_payment handler.

Only our side is made to fit it: the client id, the registered path, the clock and the payment that it speaks of.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alipay_signing import Verifier, load_public_key
from autodebit.clock import instant_of, iso
from autodebit.domain.payment_states import PaymentState
from autodebit.gateway.client import Operation
from tests.handlers.conftest import Http
from tests.support.alipay import no_answer
from tests.support.events import Event, sample, set_header
from tests.support.world import World, pay_body

TRUE: dict[str, str] = json.loads((Path(__file__).parents[1] / "vectors" / "true_notification.json").read_text())
SENT_AT = instant_of(TRUE["requestTime"]) or 0
IDENTITY = "PR_1747468651136"
AMOUNT = {"currency": "HKD", "value": "10000"}


def true_event() -> Event:
    """The request as API Gateway hands it over."""
    event = sample("notify_payment")
    event["body"], event["path"] = TRUE["body"], TRUE["path"]
    event["requestContext"]["path"] = TRUE["path"]
    given = {"Client-Id": "clientId", "Request-Time": "requestTime", "Signature": "signatureHeader"}
    for name, field in given.items():
        set_header(event, name, TRUE[field])
    return event


@pytest.fixture
def expecting(world: World, http: Http) -> World:
    """A deployment of that client id whose payment has been sent, and its answer lost, a minute before."""
    world.settings = replace(
        world.settings, client_id=TRUE["clientId"], plan=replace(world.settings.plan, client_id="")
    )
    world.keys = replace(world.keys, verifier=Verifier({TRUE["keyVersion"]: load_public_key(TRUE["alipayPublicKey"])}))
    world.clock.time = SENT_AT - 60_000
    world.alipay.will(Operation.PAY, no_answer())
    order = {**pay_body()["order"], "orderAmount": AMOUNT}
    http("pay", {**sample("pay"), "body": json.dumps(pay_body(IDENTITY, paymentAmount=AMOUNT, order=order))})
    world.clock.time = SENT_AT
    return world


def stored(world: World) -> Any:
    return world.repository.payments.find(IDENTITY)


def test_it_is_acknowledged_and_settles_its_payment(expecting: World, http: Http) -> None:
    reply = http("notify_payment", true_event())
    assert reply.result == (200, "S", "SUCCESS")
    payment = stored(expecting)
    assert (payment.state, payment.payment_id) == (PaymentState.SUCCESS, "202505171940108001001885J0234117653")
    assert (payment.payment_time, expecting.anomalies()) == ("2025-05-17T00:58:04-07:00", [])


def test_its_times_are_those_of_its_request(expecting: World) -> None:
    """They carry a true offset, so that a record older than our request can be told by them."""
    created = instant_of(json.loads(TRUE["body"])["paymentCreateTime"], offset_needed=True)
    assert created is not None
    assert 0 < SENT_AT - created < 60_000
    assert iso(created) == "2025-05-17T07:57:31+00:00"


ALTERED = {
    "the body": lambda event: {**event, "body": event["body"].replace("10000", "10001", 1)},
    "a blank in the body": lambda event: {**event, "body": event["body"] + " "},
    "the path": lambda event: {**event, "requestContext": {**event["requestContext"], "path": "/another"}},
    "the client id": lambda event: set_header(event, "Client-Id", TRUE["clientId"][:-1]),
    "the time": lambda event: set_header(event, "Request-Time", "2025-05-17T07:58:05Z"),
    "the same time otherwise written": lambda event: set_header(event, "Request-Time", "2025-05-17T07:58:04+00:00"),
    "the key version": lambda event: set_header(
        event, "Signature", TRUE["signatureHeader"].replace("keyVersion=1", "keyVersion=2")
    ),
    "a bit of the signature": lambda event: set_header(
        event, "Signature", TRUE["signatureHeader"].replace("lqFX", "lqFY")
    ),
    "the end of the signature": lambda event: set_header(
        event, "Signature", TRUE["signatureHeader"].removesuffix("%3D%3D")
    ),
}


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED)
def test_with_any_part_altered_it_is_refused_and_nothing_changes(expecting: World, http: Http, alter: Any) -> None:
    event = true_event()
    before = expecting.all_text()
    reply = http("notify_payment", alter(event) or event)
    assert reply.result == (401, "F", "INVALID_SIGNATURE")
    assert expecting.all_text() == before
