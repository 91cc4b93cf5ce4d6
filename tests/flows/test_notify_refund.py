"""notify_refund: what Alipay says is stored before it is acknowledged, and applied only where it is ours."""

from dataclasses import replace

import pytest

from autodebit.contract import NotifyRefundRequest
from autodebit.domain.refund_states import RefundState
from autodebit.errors import StoreUnavailable
from autodebit.flows.payments.refund_sync import notify_refund
from autodebit.gateway.client import Operation
from tests.flows.conftest import Logged
from tests.flows.refund_steps import REFUND_ID, buy, give_back, notify_of, refunded, reserved, stored
from tests.flows.steps import outage
from tests.support.alipay import answer, no_answer
from tests.support.world import World

REFUND = Operation.REFUND


@pytest.fixture
def opened(world: World) -> World:
    """A refund of a paid payment whose first answer was lost."""
    buy(world)
    world.alipay.will(REFUND, no_answer("refund"))
    give_back(world)
    return world


def result(status: str, code: str = "A_CODE") -> dict[str, str]:
    return {"resultCode": code, "resultStatus": status, "resultMessage": "told"}


NEWS = {
    "SUCCESS": ({}, RefundState.SUCCESS, 300),
    "FAIL": ({"refundStatus": "FAIL", "result": result("F")}, RefundState.FAIL, 0),
    "FAIL with a result that says nothing": ({"refundStatus": "FAIL", "result": None}, RefundState.FAIL, 0),
    "F without a status": ({"refundStatus": None, "result": result("F")}, RefundState.FAIL, 0),
    "S without a status": ({"refundStatus": None}, RefundState.INITIATED, 300),
    "neither": ({"refundStatus": None, "result": None}, RefundState.INITIATED, 300),
    "FAIL, but S": ({"refundStatus": "FAIL"}, RefundState.INITIATED, 300),
    "SUCCESS, but F": ({"result": result("F")}, RefundState.INITIATED, 300),
    "PROCESSING": ({"refundStatus": "PROCESSING", "result": result("U")}, RefundState.PROCESSING, 300),
    "a status of next year": ({"refundStatus": "PARTLY", "result": result("F")}, RefundState.INITIATED, 300),
    "another type": ({"notifyType": "CAPTURE_RESULT"}, RefundState.INITIATED, 300),
    "without a type": ({"notifyType": None}, RefundState.SUCCESS, 300),
}


@pytest.mark.parametrize(("changed", "state", "held"), NEWS.values(), ids=NEWS)
def test_what_a_notification_means(opened: World, changed: dict, state: RefundState, held: int) -> None:
    due_at = stored(opened).due_at
    notify_of(opened, **changed)
    kept = stored(opened)
    assert (kept.state, reserved(opened)) == (state, held)
    assert kept.due_at == (None if state.final else due_at)
    unknown = "a notification whose type, status or content is not known"
    assert opened.anomalies() == ([unknown] if state is RefundState.INITIATED else [])
    if state.final:
        assert (kept.settled_by, kept.refund_id) == ("notification", REFUND_ID)
        assert opened.repository.refunds.id_of(REFUND_ID) == "REF-1"


@pytest.mark.parametrize("code", ["MERCHANT_BALANCE_NOT_ENOUGH", "RISK_REJECT", "SYSTEM_ERROR", "A_NEW_CODE"])
def test_a_failure_keeps_its_code(opened: World, code: str) -> None:
    notify_of(opened, "FAIL", code)
    assert (stored(opened).result_code, stored(opened).result_message) == (code, "told")


UNKNOWN = {
    "another refund": {"refundRequestId": "REF-9", "refundId": "R-9"},
    "no id": {"refundRequestId": None, "refundId": None},
}


@pytest.mark.parametrize("status", ["SUCCESS", "FAIL"])
@pytest.mark.parametrize("ids", UNKNOWN.values(), ids=UNKNOWN)
def test_a_refund_that_is_not_known_is_an_anomaly_and_acknowledged(
    opened: World, ids: dict, status: str, logged: Logged
) -> None:
    notify_of(opened, status, **ids)
    assert opened.anomalies() == ["a notification for a refund that is not known"]
    assert opened.repository.refunds.find("REF-9") is None
    assert reserved(opened) == 300
    assert '"Anomalies"' in logged()


AMOUNTS = {
    "amount": ({"currency": "JPY", "value": "999"}, "amount differs from the intent's"),
    "currency": ({"currency": "USD", "value": "300"}, "currency differs from the intent's"),
    "unreadable": ("300", "currency differs from the intent's"),
}


@pytest.mark.parametrize("status", ["SUCCESS", "FAIL"])
@pytest.mark.parametrize(("amount", "reason"), AMOUNTS.values(), ids=AMOUNTS)
def test_another_amount_or_currency_settles_nothing_and_frees_nothing(
    opened: World, amount: object, reason: str, status: str, logged: Logged
) -> None:
    before = stored(opened)
    notify_of(opened, status, refundAmount=amount)
    doubtful = replace(before, version=before.version + 1, amount_in_doubt=True)
    assert (stored(opened), reserved(opened)) == (doubtful, 300)
    assert before.due_at is not None
    assert opened.anomalies() == [reason]
    assert '"refund_request_id":"REF-1"' in logged().replace('": "', '":"')


@pytest.mark.parametrize("status", ["SUCCESS", "FAIL"])
def test_the_refund_id_of_another_refund_settles_nothing(opened: World, status: str) -> None:
    opened.alipay.will(REFUND, refunded("REF-2"))
    give_back(opened, "REF-2")
    notify_of(opened, status, refundId="20240702REF-2")
    assert (stored(opened).state, reserved(opened)) == (RefundState.INITIATED, 600)
    assert opened.anomalies() == ["refundId belongs to another refund"]


LATE = {
    "a success after a failure": ("FAIL", "SUCCESS", 0, "a success was reported of a failed refund"),
    "a failure after a success": ("SUCCESS", "FAIL", 300, "a failure was reported of a successful refund"),
}


@pytest.mark.parametrize(("first", "late", "held", "reason"), LATE.values(), ids=LATE)
def test_a_late_contradiction_is_recorded_and_not_applied(
    opened: World, first: str, late: str, held: int, reason: str
) -> None:
    notify_of(opened, first)
    before = stored(opened)
    notify_of(opened, late)
    assert (stored(opened), reserved(opened)) == (before, held)
    assert opened.anomalies() == [reason]


@pytest.mark.parametrize(("status", "held"), [("SUCCESS", 300), ("FAIL", 0), ("PROCESSING", 300)])
def test_a_duplicate_has_no_effect(opened: World, status: str, held: int) -> None:
    notify_of(opened, status)
    before = stored(opened)
    opened.clock.forward(120)
    notify_of(opened, status)
    assert (stored(opened), reserved(opened), opened.anomalies()) == (before, held, [])


@pytest.mark.parametrize("status", ["SUCCESS", "FAIL"])
def test_a_word_that_comes_after_the_outcome_and_is_older_changes_nothing(opened: World, status: str) -> None:
    notify_of(opened, status)
    before = stored(opened)
    notify_of(opened, "PROCESSING")
    assert (stored(opened), opened.anomalies()) == (before, [])


def test_a_notification_that_comes_before_the_answer_to_refund_is_the_answer(opened: World) -> None:
    def meanwhile(_body: object):
        notify_of(opened, refundRequestId="REF-2", refundId="20240702REF-2")
        return answer("U", "UNKNOWN_EXCEPTION")

    opened.alipay.will(REFUND, meanwhile)
    give_back(opened, "REF-2")
    assert (stored(opened, "REF-2").state, stored(opened, "REF-2").due_at) == (RefundState.SUCCESS, None)


def test_numbers_may_come_bare_and_null_stands_for_absent(opened: World) -> None:
    bare = {"currency": "JPY", "value": 300}
    notify_of(opened, refundAmount=bare, grossSettlementAmount=None, customizedInfo=None)
    assert stored(opened).state is RefundState.SUCCESS


@pytest.mark.parametrize("identity", ["REF-1", "REF-9"], ids=["known", "unknown"])
def test_what_cannot_be_stored_is_not_acknowledged(opened: World, identity: str) -> None:
    store = outage(opened)
    store.on, store.hits = True, lambda method, _request: method != "get_item"
    with pytest.raises(StoreUnavailable):
        notify_of(opened, "FAIL", refundRequestId=identity)
    store.on = False
    assert (stored(opened).state, reserved(opened)) == (RefundState.INITIATED, 300)
    notify_of(opened, "FAIL")
    assert (stored(opened).state, reserved(opened)) == (RefundState.FAIL, 0)


def test_what_is_no_notification_of_a_refund_at_all_is_an_anomaly(world: World) -> None:
    notify_refund(NotifyRefundRequest.read({}), world.runtime(15))
    assert world.anomalies() == ["a notification whose type, status or content is not known"]


def test_a_fact_is_not_dropped_for_a_conflict_on_the_payment(opened: World) -> None:
    """Another refund is opened between the read and the write of a failure."""
    client, moved = opened.dynamodb, []

    class Busy:
        def __getattr__(self, name: str):
            return getattr(client, name)

        def transact_write_items(self, **request: object):
            if not moved:
                moved.append(1)
                give_back(opened, "REF-2", "500")
            return client.transact_write_items(**request)

    opened.dynamodb = Busy()
    notify_of(opened, "FAIL")
    opened.dynamodb = client
    assert moved
    assert (stored(opened).state, reserved(opened)) == (RefundState.FAIL, 500)
