"""Payments in the table: written ahead once, settled whatever races, and due as long as they are open."""

from dataclasses import replace

import pytest

from autodebit.clock import SECOND
from autodebit.lifecycle import PaymentState
from autodebit.payment import PaymentFact
from autodebit.repository import DueItem, Kind
from autodebit.transaction import ID_TAKEN, Heard, Money, Origin, Word
from tests.repository.samples import JPY, NOW, fact, intent, opened, rows, together
from tests.support.world import World


def test_a_payment_comes_back_as_it_was_stored(store: World) -> None:
    whole = intent(
        reference_order_id="ORDER-1",
        payment_method_type="GCASH",
        payment_id="2024X",
        payment_time="t1",
        payment_create_time="t2",
        result_code="SUCCESS",
        result_message="成功",
        settled_by="poll",
        answer='{"ü":"✓"}',
        closed_at=7,
    )
    claimed = store.repository.payments.open(whole, NOW)
    assert claimed is not None
    assert claimed.version == 1
    assert store.repository.payments.find("PAY-1") == claimed
    assert store.repository.payments.find("PAY-2") is None


def test_of_twenty_threads_that_open_one_payment_exactly_one_may_send(store: World) -> None:
    claims = together(20, lambda number: store.repository.payments.open(intent(body=f'{{"n":{number}}}'), NOW))
    winners = [claim for claim in claims if claim is not None]
    assert len(winners) == 1
    assert store.repository.payments.find("PAY-1") == winners[0]
    assert (winners[0].sends, winners[0].version, winners[0].leased(NOW)) == (1, 1, True)


def test_of_ten_threads_that_claim_one_repeat_exactly_one_may_send(store: World) -> None:
    stored = opened(store)
    later = NOW + 30 * SECOND
    claims = [claim for claim in together(10, lambda _: store.repository.payments.claim_send(stored, later)) if claim]
    assert [claim.sends for claim in claims] == [2]


def test_of_ten_pollers_that_claim_one_payment_exactly_one_may_ask(store: World) -> None:
    stored = opened(store)
    later = NOW + 30 * SECOND
    claims = [claim for claim in together(10, lambda _: store.repository.payments.claim_poll(stored, later)) if claim]
    assert [claim.polls for claim in claims] == [1]
    assert store.repository.payments.find("PAY-1") == claims[0]


def test_whoever_read_an_older_version_claims_nothing(store: World) -> None:
    read = opened(store)
    store.repository.payments.settle("PAY-1", fact(Word.PENDING), NOW)
    assert store.repository.payments.claim_poll(read, NOW) is None
    assert store.repository.payments.claim_send(read, NOW) is None
    stored = store.repository.payments.find("PAY-1")
    assert stored is not None
    assert (stored.sends, stored.polls, stored.heard) == (1, 0, Heard.UNKNOWN)


def test_a_send_of_which_no_byte_left_is_undone(store: World) -> None:
    claimed = opened(store)
    store.repository.payments.release_unsent(claimed, NOW + 1)
    stored = store.repository.payments.find("PAY-1")
    assert stored is not None
    assert (stored.sends, stored.leased(NOW + 1), stored.due_at) == (0, False, NOW + 1 + 2 * SECOND)


def test_a_claim_is_not_undone_once_somebody_has_sent_again(store: World) -> None:
    claimed = opened(store)
    again = store.repository.payments.claim_send(claimed, NOW + 1)
    store.repository.payments.release_unsent(claimed, NOW + 2)
    assert store.repository.payments.find("PAY-1") == again


def test_a_success_that_was_recorded_while_a_send_was_out_that_never_left_is_anothers(store: World) -> None:
    claimed = opened(store)
    store.repository.payments.settle("PAY-1", fact(Word.DONE, Origin.NOTIFICATION), NOW + 1)
    store.repository.payments.release_unsent(claimed, NOW + 2)
    stored = store.repository.payments.find("PAY-1")
    assert stored is not None
    assert (stored.sends, stored.lease_until, stored.id_taken) == (0, 0, True)
    assert ID_TAKEN in store.anomalies()


def test_facts_that_race_leave_one_final_state_and_lose_no_fact(store: World) -> None:
    opened(store)
    words = [Word.DONE, Word.FAILED, Word.PENDING, Word.NOTHING, Word.DONE, Word.PENDING, Word.FAILED, Word.DONE]
    origins = [Origin.NOTIFICATION, Origin.POLL, Origin.PAY, Origin.INQUIRY]
    facts = [
        fact(word, origins[number % 4], payment_id="2024A", amount=JPY, code=f"C{number}")
        for number, word in enumerate(words * 2)
    ]
    settlements = together(len(facts), lambda n: store.repository.payments.settle("PAY-1", facts[n], NOW + n))
    stored = store.repository.payments.find("PAY-1")
    assert stored is not None
    assert stored.state in (PaymentState.SUCCESS, PaymentState.FAIL)
    assert stored.due_at is None
    assert all(settlement is not None for settlement in settlements)
    told = sorted((s.item for s in settlements if s), key=lambda payment: payment.version)
    assert told[-1].version == stored.version
    finals = {payment.state for payment in told if payment.state.final}
    assert finals == {stored.state}
    first_final = next(number for number, payment in enumerate(told) if payment.state.final)
    assert all(payment.state.final for payment in told[first_final:])
    # Every word that contradicts the winner is kept: each has a code of its own.
    losing = Word.FAILED if stored.state is PaymentState.SUCCESS else Word.DONE
    assert len(store.anomalies()) == sum(told_fact.word is losing for told_fact in facts)


def test_each_stored_change_raises_the_version_by_one_and_a_fact_without_effect_writes_nothing(store: World) -> None:
    opened(store)
    payments = store.repository.payments
    seen = [payments.settle("PAY-1", fact(word), NOW) for word in (Word.PENDING, Word.PENDING, Word.DONE, Word.DONE)]
    assert [settlement.item.version for settlement in seen if settlement] == [2, 2, 3, 3]
    stored = payments.find("PAY-1")
    assert stored is not None
    assert stored.version == 3


def test_a_fact_on_a_payment_that_is_not_known_says_so(store: World) -> None:
    assert store.repository.payments.settle("PAY-1", fact(Word.DONE), NOW) is None
    assert rows(store) == {}


def test_the_pointer_from_the_payment_id_is_written_with_the_fact_in_one_transaction(store: World) -> None:
    opened(store)
    assert store.repository.payments.id_of("2024A") is None
    store.repository.payments.settle("PAY-1", fact(Word.PENDING, payment_id="2024A"), NOW)
    assert store.repository.payments.id_of("2024A") == "PAY-1"
    stored = rows(store)
    assert stored["payment-id#2024A", "pointer"]["attempt"] == stored["payment#PAY-1", "item"]["attempt"]


@pytest.mark.parametrize("origin", [Origin.PAY, Origin.POLL, Origin.NOTIFICATION])
def test_one_payment_id_for_two_payments_settles_nothing_and_is_an_anomaly(store: World, origin: Origin) -> None:
    opened(store, "PAY-1")
    opened(store, "PAY-2")
    payments = store.repository.payments
    payments.settle("PAY-1", fact(Word.DONE, payment_id="2024A", amount=JPY), NOW)
    paid_too = fact(Word.DONE, origin, payment_id="2024A", amount=JPY)
    settlement = payments.settle("PAY-2", paid_too, NOW + 100)
    assert settlement is not None
    assert settlement.anomaly == "paymentId belongs to another payment"
    stored = payments.find("PAY-2")
    assert settlement.item == stored
    assert (stored.state, stored.payment_id) == (PaymentState.INITIATED, None)
    due = {Origin.NOTIFICATION: NOW + 25 * SECOND}.get(origin, NOW + 100 + 2 * SECOND)
    assert stored.due_at == due
    assert payments.id_of("2024A") == "PAY-1"
    assert store.anomalies() == [settlement.anomaly]


def test_of_two_payments_that_race_for_one_payment_id_one_is_paid_and_one_stays_open(store: World) -> None:
    names = ["PAY-1", "PAY-2"]
    for name in names:
        opened(store, name)
    paid = fact(Word.DONE, Origin.NOTIFICATION, payment_id="2024A", amount=JPY)
    together(2, lambda n: store.repository.payments.settle(names[n], paid, NOW))
    found = [store.repository.payments.find(name) for name in names]
    assert sorted(payment.state for payment in found if payment) == ["INITIATED", "SUCCESS"]
    assert store.anomalies() == ["paymentId belongs to another payment"]


@pytest.mark.parametrize("amount", [Money("1001", "JPY"), Money("1000", "PHP")])
def test_a_success_of_another_amount_or_currency_settles_nothing_and_is_counted_not_multiplied(
    store: World, amount: Money
) -> None:
    before = opened(store)
    paid = fact(Word.DONE, Origin.NOTIFICATION, payment_id="2024A", amount=amount)
    for moment in (NOW, NOW + 5, NOW + 9):
        settlement = store.repository.payments.settle("PAY-1", paid, moment)
        assert settlement is not None
        assert settlement.anomaly
        assert settlement.item == replace(before, version=2, amount_in_doubt=True)
    assert store.repository.payments.find("PAY-1") == replace(before, version=2, amount_in_doubt=True)
    assert store.repository.payments.id_of("2024A") is None
    [kept] = [item for (_, sk), item in rows(store).items() if sk.startswith("anomaly#")]
    assert (kept["times_seen"], kept["first_seen"], kept["last_seen"]) == (
        {"N": "3"},
        {"N": str(NOW)},
        {"N": str(NOW + 9)},
    )
    assert kept["amount"] == {"S": amount.value}
    assert kept["pk"] == {"S": "payment#PAY-1"}


def test_a_fact_on_an_unknown_payment_is_kept_beside_where_it_would_be(store: World) -> None:
    paid = PaymentFact(Word.DONE, Origin.NOTIFICATION, payment_request_id="PAY-9", amount=JPY)
    for moment in (NOW, NOW + 1):
        store.repository.payments.record_unknown("PAY-9", "not known", paid, moment)
    assert store.anomalies() == ["not known"]
    assert store.repository.payments.find("PAY-9") is None


def test_a_payment_is_in_the_index_while_it_is_open_and_moves_with_its_due_time(store: World) -> None:
    due, payments = store.repository.due, store.repository.payments
    claimed = opened(store)
    at_lease_end = DueItem(Kind.PAYMENT, "PAY-1", NOW + 25 * SECOND)
    assert due.until(NOW + 25 * SECOND - 1) == []
    assert due.until(NOW + 25 * SECOND) == [at_lease_end]
    polled = payments.claim_poll(claimed, NOW + 25 * SECOND)
    assert polled is not None
    assert due.until(NOW + 25 * SECOND) == []
    assert due.until(NOW + 45 * SECOND) == [replace(at_lease_end, due_at=NOW + 45 * SECOND)]
    payments.settle("PAY-1", fact(Word.DONE, Origin.POLL, amount=JPY), NOW + 26 * SECOND)
    assert due.until(NOW * 2) == []


def test_due_work_comes_soonest_first_and_not_more_of_a_partition_than_asked_for(store: World) -> None:
    for number in range(12):
        store.repository.payments.open(intent(f"PAY-{number}"), NOW - number * 1_000)
    everything = store.repository.due.until(NOW * 2)
    assert [item.identity for item in everything] == [f"PAY-{number}" for number in reversed(range(12))]
    first = store.repository.due.until(NOW * 2, limit=1)
    assert len(first) <= 4
    assert first[0] == everything[0]
