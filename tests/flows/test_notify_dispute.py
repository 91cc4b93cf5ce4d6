"""notify_dispute: a dispute is stored before it is acknowledged, whatever its order, its payment or the URL that it came to."""

import itertools
import json
from typing import Any

import pytest

from autodebit.clock import DAY, iso
from autodebit.contract import NotifyDisputeRequest, NotifyPaymentRequest
from autodebit.domain.dispute import Dispute
from autodebit.domain.dispute_states import DisputeState
from autodebit.domain.tracked_request import Money
from autodebit.errors import StoreUnavailable
from autodebit.flows.jobs import poll_payments
from autodebit.flows.outbox import publish_events
from autodebit.flows.payments.disputes import notify_dispute, poll_dispute
from autodebit.flows.payments.sync import notify_payment
from autodebit.gateway.client import Operation
from tests.flows.conftest import Logged
from tests.flows.steps import outage, paid, payment, send
from tests.flows.test_publish_events import Bus, as_lambda_has_it, records_of
from tests.support.schemas import faults_of
from tests.support.world import TOKEN, World, paid_fields

NOT_KNOWN = "a dispute of a payment that is not known"
NOT_NAMED = "a notification that does not tell which dispute it speaks of"
NOT_UNDERSTOOD = "a notification whose type, status or content is not known"
OTHER_PAYMENT_ID = "a dispute names a paymentId that is not its payment's"
PAYMENT_ID = paid_fields()["paymentId"]
PERSONAL = "Zhang San says that he was in hospital"


@pytest.fixture
def bought(world: World) -> World:
    """A paid payment."""
    world.alipay.will(Operation.PAY, paid())
    send(world)
    return world


def dispute_body(world: World, kind: str | None = "DISPUTE_CREATED", **changed: Any) -> dict[str, Any]:
    body = {
        "paymentRequestId": "PAY-1",
        "paymentId": PAYMENT_ID,
        "disputeId": "D-1",
        "disputeNotificationType": kind,
        "disputeTime": iso(world.clock.now()),
        "disputeAmount": {"currency": "JPY", "value": "1000"},
        "disputeReasonMsg": PERSONAL,
        "disputeReasonCode": "10.4",
        "defenseDueTime": iso(1_800_000_000_000 + 10 * DAY),
        "defendable": True,
        "disputeType": "CHARGEBACK",
        **changed,
    }
    return {name: value for name, value in body.items() if value is not None}


def tell_dispute(world: World, kind: str | None = "DISPUTE_CREATED", **changed: Any) -> None:
    """notifyDispute."""
    notify_dispute(NotifyDisputeRequest.read(dispute_body(world, kind, **changed)), world.runtime(15))


def at_payments_url(world: World, kind: str | None = "DISPUTE_CREATED", **changed: Any) -> None:
    """The same at the address of payments."""
    notify_payment(NotifyPaymentRequest.read(dispute_body(world, kind, **changed)), world.runtime(15))


def dispute_of(world: World, dispute_id: str = "D-1") -> Dispute:
    found = world.repository.disputes.find(dispute_id)
    assert found is not None
    return found


def published(world: World, kind: str = "Dispute State Changed") -> list[dict[str, Any]]:
    """The details of all events of *kind*; each fits its schema."""
    bus = Bus()
    publish_events([as_lambda_has_it(record) for record in records_of(world)], bus.publisher)
    details = [json.loads(entry["Detail"]) for entry in bus.entries if entry["DetailType"] == kind]
    assert [fault for detail in details for fault in faults_of(kind, detail)] == []
    return details


@pytest.mark.parametrize("bring", [tell_dispute, at_payments_url])
def test_a_dispute_is_stored_and_told(bought: World, bring: Any, logged: Logged) -> None:
    before = payment(bought)
    bring(bought)
    known = dispute_of(bought)
    assert (known.state, known.payment_request_id, known.payment_id) == (DisputeState.CREATED, "PAY-1", PAYMENT_ID)
    assert (known.amount, known.defendable, known.reason_code) == (Money("1000", "JPY"), "true", "10.4")
    assert payment(bought) == before
    assert bought.anomalies() == []
    (event,) = published(bought)
    assert event == {
        "version": 1,
        "previousState": None,
        "state": "CREATED",
        "disputeId": "D-1",
        "paymentRequestId": "PAY-1",
        "paymentId": PAYMENT_ID,
        "disputeTime": known.dispute_time,
        "disputeReasonCode": "10.4",
        "disputeType": "CHARGEBACK",
        "defendable": "true",
        "defenseDueTime": iso(1_800_000_000_000 + 10 * DAY),
        "disputeAmount": {"currency": "JPY", "value": "1000"},
    }
    assert PERSONAL not in bought.all_text() + logged() + json.dumps(event)


ODD_FORMS: dict[str, dict[str, Any]] = {
    "with a result": {"result": {"resultCode": "SUCCESS", "resultStatus": "S"}},
    "its type as notifyType": {"notifyType": "DISPUTE_CREATED", "disputeNotificationType": None},
    "an empty notifyType": {"notifyType": ""},
    "a notifyType of next year": {"notifyType": "DISPUTE"},
    "blanks and another case": {"disputeNotificationType": " dispute_created "},
}


@pytest.mark.parametrize("form", ODD_FORMS.values(), ids=ODD_FORMS)
def test_a_dispute_is_seen_at_the_address_of_payments_in_whatever_form(bought: World, form: dict[str, Any]) -> None:
    at_payments_url(bought, **form)
    assert (dispute_of(bought).state, bought.anomalies()) == (DisputeState.CREATED, [])


def test_a_payments_result_that_names_a_dispute_is_a_payments_result(world: World) -> None:
    world.alipay.will(Operation.PAY, paid())
    send(world)
    at_payments_url(world, notifyType="PAYMENT_RESULT", result={"resultStatus": "S", "resultCode": "SUCCESS"})
    assert world.repository.disputes.find("D-1") is None


def test_it_is_found_beside_its_payment(bought: World) -> None:
    tell_dispute(bought)
    item = bought.dynamodb.get_item(
        TableName=bought.table, Key={"pk": {"S": "payment#PAY-1"}, "sk": {"S": "dispute#D-1"}}
    )["Item"]
    assert item["target"] == {"S": "D-1"}


def test_a_dispute_with_only_a_payment_id_finds_its_payment(bought: World) -> None:
    tell_dispute(bought, paymentRequestId=None)
    assert (dispute_of(bought).payment_request_id, bought.anomalies()) == ("PAY-1", [])


@pytest.mark.parametrize("bring", [tell_dispute, at_payments_url])
@pytest.mark.parametrize("ids", [{}, {"paymentRequestId": None}, {"paymentRequestId": None, "paymentId": None}])
def test_a_dispute_of_a_payment_that_is_not_known_is_stored_with_an_anomaly(
    world: World, bring: Any, ids: dict[str, Any], logged: Logged
) -> None:
    for _ in range(2):
        bring(world, **ids)
    assert dispute_of(world).state is DisputeState.CREATED
    assert world.anomalies() == [NOT_KNOWN]
    assert '"Anomalies"' in logged()
    (event,) = published(world, "Anomaly Recorded")
    assert (event["beside"], event["dispute_id"]) == ("dispute#D-1", "D-1")
    assert len(published(world)) == 1


def test_another_payment_id_than_the_payments_is_stored_with_an_anomaly(bought: World) -> None:
    tell_dispute(bought, paymentId="P-9")
    assert (dispute_of(bought).payment_id, bought.anomalies()) == ("P-9", [OTHER_PAYMENT_ID])


@pytest.mark.parametrize("dispute_id", [None, "", " ", {"id": "D-1"}])
def test_a_notification_without_a_dispute_id_is_kept(bought: World, dispute_id: Any) -> None:
    tell_dispute(bought, disputeId=dispute_id)
    assert bought.anomalies() == [NOT_NAMED]
    body = json.loads(published(bought, "Anomaly Recorded")[0]["body"])
    assert (body["paymentRequestId"], body["disputeReasonMsg"]) == ("PAY-1", "***")


UNKNOWN: dict[str, dict[str, Any]] = {
    "a type of next year": {"kind": "DISPUTE_REOPENED"},
    "no type": {"kind": None},
    "a due time that is none": {"defenseDueTime": "next week"},
    "an amount that cannot be read": {"disputeAmount": {"currency": "JPY", "value": ["1000"]}},
    "an amount that is no object": {"disputeAmount": 1000},
}


@pytest.mark.parametrize("said", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_understood_is_stored_with_its_body(bought: World, said: dict[str, Any]) -> None:
    tell_dispute(bought, **said)
    assert dispute_of(bought).state is DisputeState.CREATED
    assert bought.anomalies() == [NOT_UNDERSTOOD]
    assert json.loads(published(bought, "Anomaly Recorded")[0]["body"])["disputeId"] == "D-1"
    assert len(published(bought)) == 1


STORY = ["DISPUTE_CREATED", "DEFENSE_DUE_ALERT", "DEFENSE_SUPPLIED", "DISPUTE_JUDGED"]


@pytest.mark.parametrize("order", list(itertools.permutations(STORY)), ids=" ".join)
def test_an_order_of_notifications_does_not_matter(bought: World, order: tuple[str, ...]) -> None:
    judged = {"disputeJudgedResult": "ACCEPT_BY_MERCHANT", "disputeJudgedAmount": {"currency": "JPY", "value": "600"}}
    for kind in (*order, *order):  # and all of it again
        tell_dispute(bought, kind, **(judged if kind == "DISPUTE_JUDGED" else {}))
    known = dispute_of(bought)
    assert (known.state, known.alerts, known.due_at) == (DisputeState.JUDGED, ("DEFENSE_DUE_ALERT",), None)
    assert bought.anomalies() == []
    last = published(bought)[-1]
    assert (last["state"], last["disputeJudgedAmount"]["value"], last["version"]) == ("JUDGED", "600", known.version)


def test_an_alert_is_told_although_the_state_stays(bought: World) -> None:
    tell_dispute(bought)
    for _ in range(2):
        tell_dispute(bought, "RDR_RESOLVED")
    first, second = published(bought)
    assert (second["previousState"], second["state"], second["alerts"]) == ("CREATED", "CREATED", ["RDR_RESOLVED"])
    assert "alerts" not in first


def test_a_cancelled_and_judged_dispute_is_judged_with_an_anomaly(bought: World) -> None:
    for kind in ("DISPUTE_JUDGED", "DISPUTE_CANCELLED"):
        tell_dispute(bought, kind)
    assert dispute_of(bought).state is DisputeState.JUDGED
    assert bought.anomalies() == ["a dispute was cancelled, and accepted or judged all the same"]


# --- acknowledged is stored


@pytest.mark.parametrize("bring", [tell_dispute, at_payments_url])
@pytest.mark.parametrize("known", [True, False])
def test_what_cannot_be_stored_is_not_acknowledged(world: World, bring: Any, known: bool) -> None:
    if known:
        world.alipay.will(Operation.PAY, paid())
        send(world)
    store = outage(world)
    store.on, store.hits = True, lambda method, _request: method != "get_item"
    with pytest.raises(StoreUnavailable):
        bring(world)


def test_nothing_of_an_update_is_lost_to_another_writer(bought: World) -> None:
    """Between reading and writing, another notification of the same dispute is stored."""
    first = [True]
    outer = bought.dynamodb

    class Meanwhile:
        def __getattr__(self, name: str) -> Any:
            return getattr(outer, name)

        def transact_write_items(self, **request: Any) -> Any:
            if first.pop() if first else False:
                bought.dynamodb = outer
                tell_dispute(bought)
            return outer.transact_write_items(**request)

    bought.dynamodb = Meanwhile()
    tell_dispute(bought, "DEFENSE_SUPPLIED", captureId="C-1")
    bought.dynamodb = outer
    assert (dispute_of(bought).state, dispute_of(bought).capture_id) == (DisputeState.DEFENDED, "C-1")


# --- warnings


def poll(world: World) -> None:
    poll_dispute("D-1", world.runtime(58))


def test_people_are_warned_before_the_time_is_over(bought: World, logged: Logged) -> None:
    tell_dispute(bought)
    poll(bought)
    assert "DisputesDue" not in logged()
    bought.clock.forward(7 * 86_400)
    poll_payments(bought.runtime(58))
    assert '"DisputesDue"' in logged()
    assert "is to be defended in the Dashboard" in logged()
    known = dispute_of(bought)
    assert (known.warnings, known.due_at) == (1, 1_800_000_000_000 + 8 * DAY)
    assert len(published(bought)) == 1
    assert bought.alipay.sent[1:] == []


def test_nobody_is_warned_of_a_defended_dispute(bought: World, logged: Logged) -> None:
    tell_dispute(bought)
    tell_dispute(bought, "DEFENSE_SUPPLIED")
    bought.clock.forward(9 * 86_400)
    poll(bought)
    assert "DisputesDue" not in logged()


def test_a_warning_that_could_not_be_noted_comes_again(bought: World, logged: Logged) -> None:
    tell_dispute(bought, "DEFENSE_DUE_ALERT")
    store = outage(bought)
    store.on, store.hits = True, lambda method, _request: method != "get_item"
    with pytest.raises(StoreUnavailable):
        poll(bought)
    assert '"DisputesDue"' in logged()
    store.on = False
    assert dispute_of(bought).due_at == bought.clock.now()


def test_no_token_gets_into_a_dispute(bought: World, logged: Logged) -> None:
    tell_dispute(
        bought, autoDefendReason=TOKEN, disputeAcceptReason=PERSONAL, disputeSource=PERSONAL, disputeType=PERSONAL
    )
    everything = bought.all_text() + logged() + json.dumps(published(bought))
    assert TOKEN not in everything
    assert PERSONAL not in everything
