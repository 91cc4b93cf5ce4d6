"""notify_payment: what Alipay says is stored before it is acknowledged, and applied only where it is ours."""

from dataclasses import replace

import pytest

from autodebit.contract import NotifyPaymentRequest
from autodebit.domain.payment_states import PaymentState
from autodebit.errors import StoreUnavailable
from autodebit.flows.payments.sync import notify_payment
from autodebit.gateway.client import Operation
from tests.flows.conftest import Logged
from tests.flows.steps import PAYMENT_ID, asked, inquire, notify, outage, paid, payment, send
from tests.support.alipay import answer, no_answer
from tests.support.world import World


@pytest.fixture
def opened(world: World) -> World:
    """A payment whose first answer was lost."""
    world.alipay.will(Operation.PAY, no_answer())
    send(world)
    return world


NOT_UNDERSTOOD = "a notification whose type, status or content is not known"
NEWS = {
    "S is paid": ("S", "SUCCESS", "PAYMENT_RESULT", PaymentState.SUCCESS),
    "F has failed": ("F", "USER_BALANCE_NOT_ENOUGH", "PAYMENT_RESULT", PaymentState.FAIL),
    "F with a code of next year": ("F", "A_NEW_CODE", "PAYMENT_RESULT", PaymentState.FAIL),
    "U says nothing": ("U", "PAYMENT_IN_PROCESS", "PAYMENT_RESULT", PaymentState.INITIATED),
    "pending with S is not paid": ("S", "SUCCESS", "PAYMENT_PENDING", PaymentState.PROCESSING),
    "pending with U": ("U", "PAYMENT_IN_PROCESS", "PAYMENT_PENDING", PaymentState.PROCESSING),
    "another type": ("S", "SUCCESS", "CAPTURE_RESULT", PaymentState.INITIATED),
}


@pytest.mark.parametrize(("status", "code", "kind", "state"), NEWS.values(), ids=NEWS)
def test_what_a_notification_means(opened: World, status: str, code: str, kind: str, state: PaymentState) -> None:
    notify(opened, status, code, kind)
    stored = payment(opened)
    assert stored.state is state
    assert (stored.due_at is None) == state.final
    assert opened.anomalies() == ([NOT_UNDERSTOOD] if state is PaymentState.INITIATED else [])
    if state.final:
        assert (stored.result_code, stored.settled_by, stored.payment_id) == (code, "notification", PAYMENT_ID)
        assert opened.repository.payments.id_of(PAYMENT_ID) == "PAY-1"


def test_a_payment_that_is_not_known_is_an_anomaly_and_acknowledged(world: World, logged: Logged) -> None:
    notify(world, payment_request_id="PAY-9")
    assert world.anomalies() == ["a notification for a payment that is not known"]
    assert world.repository.payments.find("PAY-9") is None
    assert '"Anomalies"' in logged()


def test_a_notification_without_any_id_is_an_anomaly(world: World) -> None:
    told = {"notifyType": "PAYMENT_RESULT", "result": {"resultStatus": "S"}}
    notify_payment(NotifyPaymentRequest.read(told), world.runtime(15))
    assert world.anomalies() == ["a notification for a payment that is not known"]


AMOUNTS = {
    "amount": ({"currency": "JPY", "value": "999"}, "amount differs from the intent's"),
    "currency": ({"currency": "USD", "value": "1000"}, "currency differs from the intent's"),
    "unreadable": ("1000", "currency differs from the intent's"),
}


@pytest.mark.parametrize("status", ["S", "F"])
@pytest.mark.parametrize(("amount", "reason"), AMOUNTS.values(), ids=AMOUNTS)
def test_another_amount_or_currency_settles_nothing(
    opened: World, amount: object, reason: str, status: str, logged: Logged
) -> None:
    before = payment(opened)
    notify(opened, status, paymentAmount=amount)
    assert payment(opened) == replace(before, version=before.version + 1, amount_in_doubt=True)
    assert before.due_at is not None
    assert opened.anomalies() == [reason]
    assert '"Anomalies"' in logged()


def test_the_payment_id_of_another_payment_settles_nothing(opened: World) -> None:
    opened.alipay.will(Operation.PAY, paid(payment_request_id="PAY-2"))
    send(opened, payment_request_id="PAY-2")
    notify(opened, paymentId="20240701PAY-2")
    assert payment(opened).state is PaymentState.INITIATED
    assert opened.anomalies() == ["paymentId belongs to another payment"]


def fail(world: World) -> None:
    notify(world, "F", "RISK_REJECT")


def cancel(world: World) -> None:
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked("CANCELLED"))
    inquire(world)


LATE = {
    "FAIL": (fail, PaymentState.FAIL, "a success was reported of a failed payment"),
    "CANCELLED": (cancel, PaymentState.CANCELLED, "a success was reported of a cancelled payment"),
}


@pytest.mark.parametrize(("end", "state", "reason"), LATE.values(), ids=LATE)
def test_a_late_success_is_recorded_and_not_applied(opened: World, end, state: PaymentState, reason: str) -> None:
    end(opened)
    before = payment(opened)
    notify(opened)
    assert payment(opened) == before
    assert before.state is state
    assert opened.anomalies() == [reason]


def test_a_late_failure_does_not_undo_a_success(opened: World) -> None:
    notify(opened)
    notify(opened, "F", "PROCESS_FAIL")
    assert payment(opened).state is PaymentState.SUCCESS
    assert opened.anomalies() == ["a failure was reported of a successful payment"]


@pytest.mark.parametrize(
    ("status", "kind"), [("S", "PAYMENT_RESULT"), ("F", "PAYMENT_RESULT"), ("S", "PAYMENT_PENDING")]
)
def test_a_duplicate_has_no_effect(opened: World, status: str, kind: str) -> None:
    notify(opened, status, kind=kind)
    before = payment(opened)
    opened.clock.forward(120)
    notify(opened, status, kind=kind)
    assert payment(opened) == before
    assert opened.anomalies() == []


def test_a_pending_that_comes_after_the_outcome_is_old_news(opened: World) -> None:
    notify(opened)
    before = payment(opened)
    notify(opened, kind="PAYMENT_PENDING")
    assert payment(opened) == before
    assert opened.anomalies() == []


def test_the_same_anomaly_is_counted_and_not_repeated(opened: World) -> None:
    for _ in range(3):
        notify(opened, paymentAmount={"currency": "JPY", "value": "999"})
    assert len(opened.anomalies()) == 1
    assert "'times_seen': {'N': '3'}" in opened.all_text()


def test_numbers_may_come_bare_and_null_stands_for_absent(opened: World) -> None:
    notify(opened, paymentAmount={"currency": "JPY", "value": 1000}, pspCustomerInfo=None, grossSettlementAmount=None)
    assert payment(opened).state is PaymentState.SUCCESS


def test_a_pending_notification_keeps_the_payment_due_as_it_was(opened: World) -> None:
    due_at = payment(opened).due_at
    notify(opened, kind="PAYMENT_PENDING")
    assert payment(opened).due_at == due_at


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_what_cannot_be_stored_is_not_acknowledged(opened: World, known: bool) -> None:
    store = outage(opened)
    store.on, store.hits = True, lambda method, _request: method != "get_item"
    with pytest.raises(StoreUnavailable):
        notify(opened, payment_request_id="PAY-1" if known else "PAY-9")
    store.on = False
    assert payment(opened).state is PaymentState.INITIATED
    notify(opened)
    assert payment(opened).state is PaymentState.SUCCESS


def test_a_fact_is_not_dropped_for_a_conflict(opened: World) -> None:
    """Somebody else writes between the read and the write of a notification, twice."""
    client, moved = opened.dynamodb, []

    class Busy:
        def __getattr__(self, name: str):
            return getattr(client, name)

        def transact_write_items(self, **request: object):
            if len(moved) < 2:
                moved.append(name := f"CODE_{len(moved)}")
                opened.dynamodb = client
                opened.alipay.will(Operation.INQUIRY_PAYMENT, answer("F", name))
                claimed = opened.repository.payments.claim_poll(payment(opened), opened.clock.now())
                assert claimed is not None
            return client.transact_write_items(**request)

    opened.dynamodb = Busy()
    notify(opened)
    opened.dynamodb = client
    assert len(moved) == 2
    assert payment(opened).state is PaymentState.SUCCESS
