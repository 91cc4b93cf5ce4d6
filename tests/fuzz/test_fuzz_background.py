"""Schedules and the stream: a malformed event, record, item or answer stops none of the others."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodebit.domain.payment_states import PaymentState
from autodebit.gateway.client import Operation, read_response
from autodebit.runtime import Publisher
from tests.flows.steps import asked
from tests.fuzz.desk import Desk, fuzzed
from tests.fuzz.material import ROUTE, changed, leaves, without
from tests.fuzz.mutations import JSON
from tests.fuzz.test_fuzz_answers import PAYMENT, answering, as_it_is, check_money, ready
from tests.fuzz.told import message
from tests.fuzz.verdicts import Said
from tests.handlers.test_handlers_background import FakeBus
from tests.support.alipay import no_answer
from tests.support.events import call, sample
from tests.support.world import paid_fields, pay_body

REFUNDED = {
    "refundRequestId": "REF-1",
    "refundId": "20240701REF-1",
    "refundAmount": {"currency": "JPY", "value": "400"},
}
RECORDS = sample("publish_events")["Records"]
Draw = Callable[[st.SearchStrategy[Any]], Any]


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> FakeBus:
    made = FakeBus()
    publisher = Publisher(made, made, bus="auto-debit", queue_url="https://sqs/dead")  # type: ignore[arg-type]
    monkeypatch.setattr("autodebit.entrypoints.streams.publisher", lambda: publisher)
    return made


@st.composite
def malformed(draw: Draw) -> Any:
    """A record of the stream with something in it changed, or something that is none."""
    if draw(st.integers(0, 4)) == 0:
        return draw(JSON)
    record = copy.deepcopy(draw(st.sampled_from(RECORDS)))
    for _ in range(draw(st.integers(1, 3))):
        places = [path for path, _ in leaves(record)]
        path = draw(st.sampled_from(places))
        path = path[: draw(st.integers(1, len(path)))]
        odd = draw(
            JSON
            | st.sampled_from([{"N": "1e400"}, {"N": "9" * 38}, {"S": "x"}, {"B": "AA=="}, {"X": 1}, {"NULL": True}])
        )
        record = without(record, path) if draw(st.booleans()) else changed(record, path, odd)
        if not list(leaves(record)):
            break
    return record


@fuzzed(100)
@given(data=st.data())
def test_a_malformed_record_does_not_stop_those_behind_it(desk: Desk, bus: FakeBus, data: st.DataObject) -> None:
    bad = data.draw(malformed())
    bus.entries.clear()
    returned = desk.bring("publish_events", {"Records": [RECORDS[0], bad, RECORDS[1]]}).returned
    assert returned == {"batchItemFailures": []}
    versions = [json.loads(entry["Detail"])["version"] for entry in bus.entries]
    assert (versions[0], versions[-1]) == (1, 2)


@pytest.mark.parametrize("event", [{}, {"Records": None}, {"Records": []}, {"detail": "x"}], ids=str)
def test_a_stream_event_without_records_is_nothing_to_do(desk: Desk, bus: FakeBus, event: dict[str, Any]) -> None:
    assert desk.bring("publish_events", event).returned == {"batchItemFailures": []}


@pytest.mark.parametrize("function", ["poll_payments", "poll_registrations", "refresh_tokens"])
@fuzzed(5)
@given(event=st.dictionaries(st.text(max_size=5), JSON, max_size=3))
def test_a_schedule_does_not_read_its_event(desk: Desk, function: str, event: dict[str, Any]) -> None:
    json.dumps(event)
    assert desk.bring(function, event, 14).returned is None


@fuzzed(10)
@given(data=st.data())
def test_no_answer_to_a_poll_stops_the_poller_or_settles_what_it_does_not_say(desk: Desk, data: st.DataObject) -> None:
    """PAY-1 hears anything, PAY-2 behind it the truth."""
    desk.begin()
    desk.world.alipay.will(Operation.PAY, no_answer())
    for identity in ("PAY-1", "PAY-2"):
        desk.bring("pay", call("pay", pay_body(identity)))
    base = {"result": {"resultCode": "SUCCESS", "resultStatus": "S"}, "paymentStatus": "SUCCESS", **paid_fields()}
    raw = data.draw(message(base, "inquiryPayment"))
    said: list[Said] = [("inquiryPayment", raw)]

    def answer(sent: Any) -> Any:
        if sent["paymentRequestId"] == "PAY-2":
            return asked("SUCCESS", payment_request_id="PAY-2")
        return read_response("inquiryPayment", raw)

    desk.world.alipay.will(Operation.INQUIRY_PAYMENT, answer)
    desk.world.clock.forward(60)
    desk.bring("poll_payments", sample("poll_payments"), 14)
    check_money(desk.world, said)
    first, second = (
        desk.world.repository.payments.find(identity) for identity in (PAYMENT["paymentRequestId"], "PAY-2")
    )
    assert second is not None
    assert second.state is PaymentState.SUCCESS
    assert first is not None
    assert first.state.final or first.due_at is not None


@fuzzed(10)
@given(data=st.data())
def test_no_answer_to_the_poll_of_a_refund_settles_what_it_does_not_say(desk: Desk, data: st.DataObject) -> None:
    said: list[Said] = []
    desk.begin()
    answering(desk.world, said, as_it_is)
    assert desk.bring("pay", ready(ROUTE["pay"])).response.status == 200
    desk.world.alipay.will(Operation.REFUND, no_answer("refund"))
    desk.bring("refund", ready(ROUTE["refund"]))
    base = {"result": {"resultCode": "SUCCESS", "resultStatus": "S"}, "refundStatus": "SUCCESS", **REFUNDED}
    raw = data.draw(message(base, "inquiryRefund"))
    desk.world.alipay.will(Operation.INQUIRY_REFUND, lambda _: read_response("inquiryRefund", raw))
    desk.world.clock.forward(60)
    desk.bring("poll_payments", sample("poll_payments"), 14)
    check_money(desk.world, [*said, ("inquiryRefund", raw)])
    refund = desk.world.repository.refunds.find("REF-1")
    assert refund is not None
    assert refund.state.final or refund.due_at is not None


@fuzzed(10)
@given(data=st.data())
def test_no_answer_to_a_cancel_that_the_poller_sends_settles_what_it_does_not_say(
    desk: Desk, data: st.DataObject
) -> None:
    desk.begin()
    desk.world.alipay.will(Operation.PAY, no_answer())
    desk.bring("pay", call("pay", pay_body()))
    desk.world.alipay.will(Operation.CANCEL, no_answer("cancel"))
    desk.bring("cancel", ready(ROUTE["cancel"]))
    said: list[Said] = []
    answering(desk.world, said, lambda called, body: data.draw(message(body, called.operation)))
    for _ in range(3):
        desk.world.clock.forward(120)
        desk.bring("poll_payments", sample("poll_payments"), 14)
        check_money(desk.world, said)
        payment = desk.world.repository.payments.find("PAY-1")
        assert payment is not None
        assert payment.due_at is not None or not payment.cancel_pending
