"""Refunds in the table: an amount is held from the intent on, freed by a signed failure and by nothing else, and once."""

from dataclasses import replace

import pytest

from autodebit.clock import SECOND
from autodebit.domain.payment import Payment
from autodebit.domain.refund_states import RefundState
from autodebit.domain.tracked_request import Money, ReportedStatus, SendOutcome, Source
from autodebit.repository import DueItem, Kind
from tests.repository.refund_samples import TOTAL, begun, held_by, intent, paid, reserved, said, state_of
from tests.repository.samples import JPY, NOW, fact, rows, together
from tests.support.limit import Limit
from tests.support.world import World

FAILED = said(ReportedStatus.FAILED, Source.NOTIFICATION, code="PROCESS_FAIL")


def test_a_refund_comes_back_as_it_was_stored(store: World) -> None:
    whole = intent(
        refund_id="2024R",
        refund_time="t1",
        account="SHOP-1",
        result_code="SUCCESS",
        result_message="成功",
        settled_by="poll",
        answer='{"ü":"✓"}',
        closed_at=7,
    )
    claimed = store.repository.refunds.open(whole, paid(store), NOW)
    assert claimed is not None
    assert (claimed.version, claimed.sends, claimed.lease_until) == (1, 1, NOW + 25 * SECOND)
    assert store.repository.refunds.find("REF-1") == claimed
    assert store.repository.refunds.find("REF-2") is None


def test_the_intent_and_its_reservation_are_written_in_one_transaction(store: World) -> None:
    begun_over = paid(store)
    begun(store)
    assert held_by(store.repository) == replace(begun_over, reserved=300, version=begun_over.version + 1)
    stored = rows(store)
    assert stored["refund#REF-1", "item"]["attempt"] == stored["payment#PAY-1", "item"]["attempt"]


def test_a_payment_that_was_moved_since_it_was_read_holds_nothing_and_no_refund_is_stored(store: World) -> None:
    read = paid(store)
    begun(store)
    assert store.repository.refunds.open(intent("REF-2"), read, NOW) is None
    assert store.repository.refunds.find("REF-2") is None
    assert reserved(store) == 300


def test_a_refund_that_is_already_there_holds_its_amount_once(store: World) -> None:
    paid(store)
    first = begun(store)
    assert store.repository.refunds.open(intent(value=500), held_by(store.repository), NOW) is None
    assert store.repository.refunds.find("REF-1") == first
    assert reserved(store) == 300


def test_of_twenty_threads_that_open_one_refund_exactly_one_may_send_and_the_amount_is_held_once(store: World) -> None:
    read = paid(store)
    claims = together(20, lambda number: store.repository.refunds.open(intent(body=f'{{"n":{number}}}'), read, NOW))
    winners = [claim for claim in claims if claim is not None]
    assert len(winners) == 1
    assert store.repository.refunds.find("REF-1") == winners[0]
    assert reserved(store) == 300


def opened_if_it_fits(world: World, refund_request_id: str, value: int) -> bool:
    """One caller: reads, looks whether the amount fits, writes, and begins again if somebody was faster."""
    repository = world.repository
    limit = Limit(500)
    while True:
        limit.step()
        payment = held_by(repository)
        if payment.cancel_pending or payment.reserved + value > TOTAL:
            return False
        if repository.refunds.open(intent(refund_request_id, value), payment, NOW):
            return True


@pytest.mark.parametrize(("value", "fitting"), [(50, 20), (100, 10), (300, 3), (501, 1)])
def test_of_twenty_threads_with_refunds_of_one_payment_as_many_succeed_as_fit(
    store: World, value: int, fitting: int
) -> None:
    paid(store)
    outcomes = together(20, lambda number: opened_if_it_fits(store, f"REF-{number}", value))
    assert sum(outcomes) == fitting
    assert reserved(store) == fitting * value
    found = [store.repository.refunds.find(f"REF-{number}") for number in range(20)]
    assert [refund is not None for refund in found] == outcomes


def test_a_failure_frees_the_amount_in_the_transaction_that_records_it(store: World) -> None:
    paid(store)
    begun(store)
    begun(store, "REF-2", 500)
    settled = store.repository.refunds.settle("REF-1", said(ReportedStatus.REJECTED, code="REFUND_WINDOW_EXCEED"), NOW)
    assert settled is not None
    assert (settled.item.state, settled.item.due_at) == (RefundState.FAIL, None)
    assert reserved(store) == 500
    stored = rows(store)
    assert stored["refund#REF-1", "item"]["attempt"] == stored["payment#PAY-1", "item"]["attempt"]


KEEPING = {
    "success": [said(ReportedStatus.SUCCEEDED, refund_id="2024R")],
    "a success told three times": [said(ReportedStatus.SUCCEEDED, Source.POLL)] * 3,
    "in process": [said(ReportedStatus.PENDING, code="REFUND_IN_PROCESS")],
    "silence": [said(ReportedStatus.NO_INFORMATION)],
    "a failure of another amount": [said(ReportedStatus.FAILED, Source.NOTIFICATION, amount=Money("9", "JPY"))],
    "a failure of another payment": [said(ReportedStatus.FAILED, Source.NOTIFICATION, payment_id="2024Q")],
    "a failure after a success": [said(ReportedStatus.SUCCEEDED), FAILED],
    "a cancellation": [said(ReportedStatus.CANCELLED, Source.POLL)],
    "a refused repeat": [said(ReportedStatus.REJECTED, code="REPEAT_REQ_INCONSISTENT")],
}


@pytest.mark.parametrize("words", KEEPING.values(), ids=KEEPING)
def test_nothing_but_a_failure_of_this_very_refund_frees_its_amount(store: World, words: list) -> None:
    paid(store)
    begun(store)
    for word in words:
        store.repository.refunds.settle("REF-1", word, NOW + 1)
    assert reserved(store) == 300


def not_submitted(store: World) -> None:
    paid(store)
    begun(store)
    for number in range(3):
        absent = said(ReportedStatus.NOT_FOUND, Source.POLL, code="ORDER_NOT_EXIST")
        store.repository.refunds.settle("REF-1", absent, NOW + (100 + 15 * number) * SECOND)
    assert state_of(store) == "NOT_SUBMITTED"


def test_what_was_not_submitted_keeps_its_amount_until_it_has_failed(store: World) -> None:
    not_submitted(store)
    assert reserved(store) == 300
    store.repository.refunds.settle("REF-1", FAILED, NOW + 200 * SECOND)
    assert reserved(store) == 0


def test_a_success_that_follows_a_failure_takes_nothing_back_and_frees_nothing(store: World) -> None:
    paid(store)
    begun(store)
    begun(store, "REF-2", 500)
    for word in (FAILED, said(ReportedStatus.SUCCEEDED, Source.POLL), FAILED, said(ReportedStatus.FAILED, Source.POLL)):
        store.repository.refunds.settle("REF-1", word, NOW)
    assert (state_of(store), reserved(store)) == ("FAIL", 500)
    assert store.anomalies() == ["a success was reported of a failed refund"]


def test_a_failure_that_notification_poll_and_answer_bring_at_once_frees_the_amount_once(store: World) -> None:
    paid(store)
    begun(store)
    begun(store, "REF-2", 500)
    words = [
        said(ReportedStatus.REJECTED, code="PROCESS_FAIL"),
        said(ReportedStatus.FAILED, Source.NOTIFICATION, refund_id="2024R"),
        said(ReportedStatus.FAILED, Source.POLL, refund_id="2024R"),
        said(ReportedStatus.FAILED, Source.INQUIRY),
    ] * 3
    settlements = together(len(words), lambda n: store.repository.refunds.settle("REF-1", words[n], NOW + n))
    assert all(settlement and settlement.item.state is RefundState.FAIL for settlement in settlements)
    assert reserved(store) == 500
    assert store.anomalies() == []


def test_an_outcome_and_its_contradiction_at_once_leave_the_amount_as_the_winner_says(store: World) -> None:
    paid(store)
    begun(store)
    words = [said(ReportedStatus.SUCCEEDED, Source.POLL), FAILED] * 5
    together(len(words), lambda n: store.repository.refunds.settle("REF-1", words[n], NOW))
    assert reserved(store) == {"SUCCESS": 300, "FAIL": 0}[state_of(store)]
    assert len(store.anomalies()) == 1


def test_failures_and_new_refunds_at_once_never_hold_more_or_less_than_what_has_not_failed(store: World) -> None:
    paid(store)
    for number in range(4):
        begun(store, f"OLD-{number}", 200)

    def work(number: int) -> object:
        if number < 4:
            return store.repository.refunds.settle(f"OLD-{number}", FAILED, NOW)
        return opened_if_it_fits(store, f"NEW-{number}", 150)

    together(12, work)
    new = [store.repository.refunds.find(f"NEW-{number}") for number in range(4, 12)]
    assert {state_of(store, f"OLD-{number}") for number in range(4)} == {"FAIL"}
    assert reserved(store) == 150 * sum(refund is not None for refund in new)
    assert reserved(store) <= TOTAL


def test_what_else_is_written_on_the_payment_at_once_is_neither_lost_nor_does_it_lose_a_freed_amount(
    store: World,
) -> None:
    paid(store)
    begun(store)
    payments = store.repository.payments
    twice = fact(ReportedStatus.SUCCEEDED, Source.NOTIFICATION, payment_id="2024Q", amount=JPY)
    late = fact(ReportedStatus.FAILED, Source.NOTIFICATION, code="RISK_REJECT")

    def work(number: int) -> object:
        match number % 3:
            case 0:
                return store.repository.refunds.settle("REF-1", FAILED, NOW)
            case 1:
                return payments.settle("PAY-1", twice, NOW)
            case _:
                return payments.settle("PAY-1", late, NOW)

    assert all(together(12, work))
    assert (state_of(store), reserved(store)) == ("FAIL", 0)
    assert store.anomalies() == [
        "a failure was reported of a successful payment",
        "paymentId differs from the one known",
    ]


def test_a_payment_that_was_read_once_is_either_cancelled_or_refunded_never_both(store: World) -> None:
    read = paid(store)

    def work(number: int) -> object:
        if number % 2:
            return store.repository.payments.claim_cancel(read, NOW)
        return store.repository.refunds.open(intent(f"REF-{number}"), read, NOW)

    assert sum(won is not None for won in together(12, work)) == 1
    payment = held_by(store.repository)
    assert payment.cancel_pending != bool(payment.reserved)


def test_callers_who_read_again_get_either_a_cancel_or_refunds_never_both(store: World) -> None:
    paid(store)

    def cancelled() -> Payment | None:
        limit = Limit(500)
        while True:
            limit.step()
            payment = held_by(store.repository)
            if payment.reserved or payment.cancel_pending:
                return None
            if claimed := store.repository.payments.claim_cancel(payment, NOW):
                return claimed

    outcomes = together(12, lambda n: opened_if_it_fits(store, f"REF-{n}", 100) if n % 2 else cancelled())
    payment = held_by(store.repository)
    assert payment.cancel_pending != bool(payment.reserved)
    assert sum(map(bool, outcomes)) == (1 if payment.cancel_pending else payment.reserved // 100)


def test_whoever_read_an_older_version_claims_nothing_and_a_release_frees_the_amount(store: World) -> None:
    paid(store)
    claimed, refunds = begun(store), store.repository.refunds
    refunds.release_unsent(claimed, NOW + 1)
    undone = refunds.find("REF-1")
    assert undone is not None
    assert (undone.sends, undone.leased(NOW + 1), undone.due_at) == (0, False, NOW + 1 + 15 * SECOND)
    assert refunds.claim_send(claimed, NOW + 1) is None
    assert refunds.claim_poll(claimed, NOW + 1) is None
    assert reserved(store) == 0


def test_of_ten_repeats_and_ten_pollers_exactly_one_each_may_act(store: World) -> None:
    paid(store)
    begun(store)
    refunds, later = store.repository.refunds, NOW + 30 * SECOND
    stored = refunds.find("REF-1")
    assert stored is not None
    assert sum(claim is not None for claim in together(10, lambda _: refunds.claim_send(stored, later))) == 1
    sent = refunds.find("REF-1")
    assert sent is not None
    assert (sent.sends, sent.heard) == (2, SendOutcome.NOTHING)
    assert sum(claim is not None for claim in together(10, lambda _: refunds.claim_poll(sent, later))) == 1


def test_a_refund_is_in_the_index_while_it_is_open(store: World) -> None:
    paid(store)
    begun(store)
    due = store.repository.due
    assert due.until(NOW + 25 * SECOND - 1) == []
    assert due.until(NOW + 25 * SECOND) == [DueItem(Kind.REFUND, "REF-1", NOW + 25 * SECOND)]
    store.repository.refunds.settle("REF-1", said(ReportedStatus.SUCCEEDED), NOW)
    assert due.until(NOW * 2) == []


# --- Alipay's own id


def test_the_pointer_from_the_refund_id_is_written_with_the_fact_in_one_transaction(store: World) -> None:
    paid(store)
    begun(store)
    assert store.repository.refunds.id_of("2024R") is None
    store.repository.refunds.settle("REF-1", said(ReportedStatus.SUCCEEDED, refund_id="2024R"), NOW)
    assert store.repository.refunds.id_of("2024R") == "REF-1"
    stored = rows(store)
    assert stored["refund-id#2024R", "pointer"]["attempt"] == stored["refund#REF-1", "item"]["attempt"]


@pytest.mark.parametrize("word", [ReportedStatus.SUCCEEDED, ReportedStatus.FAILED])
@pytest.mark.parametrize("source", [Source.POLL, Source.NOTIFICATION])
def test_the_refund_id_of_another_refund_settles_nothing_frees_nothing_and_is_an_anomaly(
    store: World, source: Source, word: ReportedStatus
) -> None:
    paid(store)
    begun(store)
    begun(store, "REF-2", 500)
    refunds = store.repository.refunds
    refunds.settle("REF-1", said(ReportedStatus.SUCCEEDED, refund_id="2024R"), NOW)
    settlement = refunds.settle("REF-2", said(word, source, refund_id="2024R"), NOW + 100)
    assert settlement is not None
    assert settlement.anomaly == "refundId belongs to another refund"
    stored = refunds.find("REF-2")
    assert settlement.item == stored
    assert (stored.state, stored.refund_id) == (RefundState.INITIATED, None)
    assert stored.due_at is not None
    assert (refunds.id_of("2024R"), reserved(store)) == ("REF-1", 800)
    assert store.anomalies() == [settlement.anomaly]


def test_of_two_refunds_that_race_for_one_refund_id_one_fails_and_frees_and_one_stays_open(store: World) -> None:
    paid(store)
    names = ["REF-1", "REF-2"]
    for name in names:
        begun(store, name)
    failed = said(ReportedStatus.FAILED, Source.NOTIFICATION, refund_id="2024R")
    together(2, lambda n: store.repository.refunds.settle(names[n], failed, NOW))
    assert sorted(state_of(store, name) for name in names) == ["FAIL", "INITIATED"]
    assert reserved(store) == 300
    assert store.anomalies() == ["refundId belongs to another refund"]


def test_a_fact_on_a_refund_that_is_not_known_says_so_and_can_be_kept(store: World) -> None:
    told = said(
        ReportedStatus.SUCCEEDED, Source.NOTIFICATION, refund_request_id="REF-9", refund_id="2024R", payment_id="2024P"
    )
    assert store.repository.refunds.settle("REF-9", told, NOW) is None
    store.repository.refunds.record_unknown("REF-9", "not known", told, NOW)
    [(key, kept)] = rows(store).items()
    assert key[0] == "refund#REF-9"
    ids = {name: kept[name]["S"] for name in ("refund_request_id", "refund_id", "payment_id")}
    assert ids == {"refund_request_id": "REF-9", "refund_id": "2024R", "payment_id": "2024P"}
