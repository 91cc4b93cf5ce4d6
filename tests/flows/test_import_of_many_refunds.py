"""A payment made elsewhere may have more refunds than a transaction takes: stored in pieces, which a crash may cut anywhere.

On the table in memory, and once on DynamoDB Local: both refuse a transaction of more than 100 items
and one item twice, as DynamoDB does.
"""

import contextlib
from typing import Any

import pytest

from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund_states import RefundState
from autodebit.domain.tracked_request import ReportedStatus, Source
from autodebit.errors import RequestRejected, StoreUnavailable
from autodebit.gateway.client import Operation
from autodebit.responses import Response
from tests.flows.adoption_steps import give_back, known_to_alipay, old_refund, refunded, transaction
from tests.flows.cancel_steps import call_off
from tests.flows.steps import absent, asked, outage, payment, result_of, send
from tests.repository.refund_samples import said
from tests.repository.samples import together
from tests.support.world import World

CANCEL, INQUIRY, PAY, REFUND = Operation.CANCEL, Operation.INQUIRY_PAYMENT, Operation.PAY, Operation.REFUND
MANY = 60
FAILED = said(ReportedStatus.FAILED, Source.NOTIFICATION, code="PROCESS_FAIL")


@pytest.fixture
def local(memory_engine: Any, kms: Any, token_key: str) -> World:
    return World(memory_engine, kms, token_key)


@pytest.fixture
def on_dynamodb_local(dynamodb_local_engine: Any, kms: Any, token_key: str) -> World:
    return World(dynamodb_local_engine, kms, token_key)


def many(count: int = MANY, value: str = "10", **changed: Any) -> list[dict[str, Any]]:
    """Refunds under way."""
    return [transaction(number, value, "PROCESSING", **changed) for number in range(1, count + 1)]


def test_many_refunds_under_way_are_all_stored_and_hold_their_amounts(on_dynamodb_local: World) -> None:
    local = on_dynamodb_local
    known_to_alipay(local, *many(), transaction(90, "50"), transaction(91, "70", "FAIL"))
    local.alipay.will(REFUND, refunded())
    assert result_of(give_back(local)) == (200, "S", "SUCCESS")
    kept = payment(local)
    assert (kept.importing, kept.reserved) == (False, MANY * 10 + 50 + 100)
    assert [old_refund(local, n).state for n in (1, MANY, 90, 91)] == [
        RefundState.PROCESSING,
        RefundState.PROCESSING,
        RefundState.SUCCESS,
        RefundState.FAIL,
    ]
    assert local.repository.refunds.id_of(f"2024OLD-{MANY}") == f"OLD-{MANY}"
    assert local.anomalies() == []


@pytest.mark.parametrize("count", [44, 45, 49, 50])
def test_around_the_size_of_a_transaction_nothing_changes(local: World, count: int) -> None:
    known_to_alipay(local, *many(count))
    local.alipay.will(REFUND, refunded())
    assert result_of(give_back(local)) == (200, "S", "SUCCESS")
    assert (payment(local).importing, payment(local).reserved) == (False, count * 10 + 100)


def attempt(world: World) -> Response | None:
    """One call of a caller, whose function may die in it."""
    try:
        return give_back(world)
    except StoreUnavailable:
        return None


@pytest.mark.parametrize("cut", [1, 2, 3, 30, 61, 62, 63])
def test_a_crash_after_any_write_is_made_good_by_the_next_call(local: World, cut: int) -> None:
    known_to_alipay(local, *many())
    writes = 0

    def from_the_cut_on(method: str, request: Any) -> bool:
        nonlocal writes
        if method not in ("put_item", "transact_write_items"):
            return False
        del request
        writes += 1
        return writes >= cut

    store = outage(local)
    store.on, store.hits = True, from_the_cut_on
    local.alipay.will(REFUND, refunded())
    assert attempt(local) is None
    assert local.alipay.sends_of(REFUND) == []
    store.on = False
    found = local.repository.payments.find("PAY-1")
    if found is not None and found.importing:
        assert found.reserved == 1000
    assert result_of(give_back(local)) == (200, "S", "SUCCESS")
    assert (payment(local).importing, payment(local).reserved) == (False, MANY * 10 + 100)
    assert old_refund(local, MANY).state is RefundState.PROCESSING


def cut_short(world: World, after: int = 20) -> None:
    """An import of PAY-1 that died after so many writes."""
    known_to_alipay(world, *many())
    writes = 0

    def later(method: str, _request: Any) -> bool:
        nonlocal writes
        writes += method in ("put_item", "transact_write_items")
        return writes > after

    store = outage(world)
    store.on, store.hits = True, later
    assert attempt(world) is None
    store.on = False


def test_a_refund_that_fails_between_the_pieces_frees_its_amount_once(local: World) -> None:
    cut_short(local)
    local.repository.refunds.settle("OLD-1", FAILED, local.clock.now())
    local.alipay.will(REFUND, refunded())
    # Alipay's list may be older than the notification.
    assert result_of(give_back(local)) == (200, "S", "SUCCESS")
    assert payment(local).reserved == (MANY - 1) * 10 + 100
    local.repository.refunds.settle("OLD-2", FAILED, local.clock.now())
    assert payment(local).reserved == (MANY - 2) * 10 + 100


def test_a_refund_that_alipay_lists_as_failed_frees_its_amount_when_we_hear_it(local: World) -> None:
    cut_short(local)
    known_to_alipay(local, transaction(1, "10", "FAIL"), *many()[1:])
    local.alipay.will(REFUND, refunded())
    assert result_of(give_back(local)) == (200, "S", "SUCCESS")
    assert (old_refund(local).state, payment(local).reserved) == (RefundState.PROCESSING, MANY * 10 + 100)
    local.repository.refunds.settle("OLD-1", FAILED, local.clock.now())
    assert payment(local).reserved == (MANY - 1) * 10 + 100


def test_until_all_are_stored_nothing_is_given_back(local: World, refused: Any) -> None:
    cut_short(local)
    local.alipay.will(INQUIRY, absent())
    assert result_of(give_back(local)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert result_of(call_off(local)) == (503, "U", "UNKNOWN_EXCEPTION")
    local.alipay.will(INQUIRY, asked("SUCCESS", paymentRequestId="PAY-2"))
    assert result_of(give_back(local))[0] == 503
    known_to_alipay(local, *many())
    assert refused(lambda: call_off(local)) == (409, "ORDER_STATUS_INVALID")
    assert (local.alipay.sends_of(REFUND), local.alipay.sends_of(CANCEL)) == ([], [])
    assert payment(local).importing is False


def test_a_repeat_of_pay_meanwhile_sends_nothing(local: World) -> None:
    cut_short(local)
    known_to_alipay(local)
    with contextlib.suppress(RequestRejected):
        send(local)
    assert local.alipay.sends_of(PAY) == []
    assert payment(local).state is PaymentState.SUCCESS


def test_of_callers_that_import_at_once_all_go_on_and_amounts_are_held_once(local: World) -> None:
    known_to_alipay(local, *many())
    local.alipay.will(REFUND, lambda body: refunded("100", body["refundRequestId"]))
    outcomes = together(4, lambda number: result_of(give_back(local, "100", f"REFUND-{number}"))[0])
    done = outcomes.count(200)
    assert set(outcomes) <= {200, 503}
    assert payment(local).reserved == MANY * 10 + 100 * done
    assert not payment(local).importing


def test_a_refund_that_is_listed_twice_is_one(local: World) -> None:
    known_to_alipay(local, *many(1, "300"), *many(1, "300"))
    local.alipay.will(REFUND, refunded())
    assert result_of(give_back(local)) == (200, "S", "SUCCESS")
    assert payment(local).reserved == 400


TWICE = {
    "both under way": (("PROCESSING", "PROCESSING"), 600, "PROCESSING"),
    "one failed": (("FAIL", "PROCESSING"), 300, "PROCESSING"),
    "the other failed": (("SUCCESS", "FAIL"), 300, "SUCCESS"),
}


@pytest.mark.parametrize(("states", "held", "state"), TWICE.values(), ids=TWICE)
def test_of_two_refunds_of_one_id_both_amounts_are_held(
    local: World, states: tuple[str, str], held: int, state: str
) -> None:
    one, other = states
    known_to_alipay(local, transaction(1, "300", one), transaction(2, "300", other, transactionRequestId="OLD-1"))
    local.alipay.will(REFUND, refunded())
    assert result_of(give_back(local)) == (200, "S", "SUCCESS")
    assert (payment(local).reserved, old_refund(local).state.value) == (held + 100, state)


def test_a_refund_id_that_leads_to_another_refund_keeps_no_other_refund_out(local: World) -> None:
    known_to_alipay(local, *many(59), transaction(99, "10", "PROCESSING", transactionId="2024OLD-1"))
    local.alipay.will(REFUND, refunded())
    assert result_of(give_back(local)) == (200, "S", "SUCCESS")
    assert old_refund(local, 99).state is RefundState.PROCESSING
    assert (local.repository.refunds.id_of("2024OLD-1"), payment(local).reserved) == ("OLD-1", 700)
