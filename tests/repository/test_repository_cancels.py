"""Cancels and adoptions in the table: claimed once, kept whole, and their facts lost to no conflict."""

from dataclasses import replace

import pytest

from autodebit.clock import SECOND
from autodebit.domain.cancellation import Cancel, CancelState, NextStep
from autodebit.domain.payment import Payment
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.polling_plan import Plan
from autodebit.domain.refund import Refund
from autodebit.domain.refund_states import RefundState
from autodebit.domain.tracked_request import Money, ReportedStatus, SendOutcome, Source
from autodebit.errors import StoreUnavailable
from autodebit.repository import DueItem, Kind, Repository
from tests.repository.faults import ONCE, LostReply
from tests.repository.samples import JPY, NOW, fact, intent, opened, rows, together
from tests.support.world import World

CANCELLED = fact(ReportedStatus.CANCELLED, Source.CANCEL, payment_id="2024A", body='{"s":1}', cancel_time="t")
LATER = NOW + 30 * SECOND


def paid(store: World) -> Payment:
    """A payment that is stored as paid."""
    opened(store)
    settlement = store.repository.payments.settle(
        "PAY-1", fact(ReportedStatus.SUCCEEDED, payment_id="2024A", amount=JPY), NOW
    )
    assert settlement is not None
    return settlement.item


def found(store: World) -> Payment:
    stored = store.repository.payments.find("PAY-1")
    assert stored is not None
    return stored


def claimed(store: World, at: int = LATER) -> Payment:
    sent = store.repository.payments.claim_cancel(found(store), at)
    assert sent is not None
    return sent


def over(store: World, line: LostReply) -> Repository:
    return Repository(line.client, store.kms, table=store.table, token_key=store.token_key, plan=Plan())


def elsewhere(**changed) -> Payment:
    """A payment made elsewhere, as Alipay tells it."""
    made = intent(
        state=PaymentState.SUCCESS, fingerprint="", grant="", token_version=0, payment_id="2024A", settled_by="inquiry"
    )
    return replace(made, **changed)


def given_back(number: int, state: RefundState = RefundState.SUCCESS) -> Refund:
    """A refund made elsewhere, as Alipay tells it."""
    return Refund(
        refund_request_id=f"OLD-{number}",
        state=state,
        payment_request_id="PAY-1",
        payment_id="2024A",
        amount=Money("300", "JPY"),
        body="{}",
        created_at=NOW,
        refund_id=f"2024OLD-{number}",
        sends=1,
        sent_at=NOW,
        heard=SendOutcome.ACCEPTED,
        due_at=NOW if state.open else None,
    )


# --- cancels


@pytest.mark.parametrize(
    "cancel",
    [
        Cancel(CancelState.REQUESTED, NOW),
        Cancel(CancelState.REQUESTED, NOW, 3, lost=True, lease_until=7, tries=4, ask=True, heard_at=5, refused=True),
        Cancel(CancelState.DONE, NOW, 1, code="SUCCESS", message="取消", answer='{"ü":"✓"}'),
        None,
    ],
)
def test_a_cancel_comes_back_as_it_was_stored(store: World, cancel: Cancel | None) -> None:
    stored = store.repository.payments.replaced(intent(cancel=cancel))
    assert found(store) == stored


def test_of_ten_threads_that_claim_one_cancel_exactly_one_may_send(store: World) -> None:
    read = paid(store)
    claims = [claim for claim in together(10, lambda _: store.repository.payments.claim_cancel(read, LATER)) if claim]
    assert claims == [found(store)]
    assert claims[0].cancel == Cancel(CancelState.REQUESTED, LATER, 1, lease_until=LATER + 25 * SECOND, tries=1)


def test_a_wanted_cancel_is_in_the_index_although_its_payment_is_final_and_leaves_it_when_it_is_done(
    store: World,
) -> None:
    paid(store)
    assert store.repository.due.until(NOW * 2) == []
    claimed(store)
    assert store.repository.due.until(NOW * 2) == [DueItem(Kind.PAYMENT, "PAY-1", LATER + 25 * SECOND)]
    store.repository.payments.settle("PAY-1", CANCELLED, LATER)
    assert store.repository.due.until(NOW * 2) == []
    assert (found(store).state, found(store).cancel_time) == (PaymentState.CANCELLED, "t")


def test_whoever_read_an_older_version_claims_no_cancel_and_releases_none(store: World) -> None:
    read = paid(store)
    sent = claimed(store)
    assert store.repository.payments.claim_cancel(read, LATER) is None
    store.repository.payments.settle("PAY-1", fact(ReportedStatus.NO_INFORMATION, Source.CANCEL), LATER)
    before = found(store)
    store.repository.payments.release_unsent_cancel(sent, LATER)
    assert found(store) == before


def test_of_a_repeat_of_pay_and_a_cancel_that_read_the_same_payment_only_one_claims_it(store: World) -> None:
    opened(store)
    payments = store.repository.payments
    read = payments.settle("PAY-1", fact(ReportedStatus.NO_INFORMATION), NOW)
    assert read is not None
    claims = together(2, lambda n: (payments.claim_send, payments.claim_cancel)[n](read.item, LATER))
    assert len([claim for claim in claims if claim]) == 1


def test_of_a_refund_and_a_cancel_that_read_the_same_payment_only_one_goes_on(store: World) -> None:
    read = paid(store)
    repository = store.repository
    wanted = replace(given_back(1), state=RefundState.INITIATED, refund_id=None)
    outcomes = together(
        2,
        lambda n: repository.refunds.open(wanted, read, LATER) if n else repository.payments.claim_cancel(read, LATER),
    )
    assert len([outcome for outcome in outcomes if outcome]) <= 1
    stored = found(store)
    assert not (stored.cancel_pending and stored.reserved)


def test_a_cancel_of_which_no_byte_left_stays_wanted_free_and_due(store: World) -> None:
    paid(store)
    store.repository.payments.release_unsent_cancel(claimed(store), LATER + 1)
    stored = found(store)
    assert stored.cancel == Cancel(CancelState.REQUESTED, LATER, 0, tries=1)
    assert stored.due_at == LATER + 1 + 2 * SECOND


def test_facts_that_race_with_a_cancel_leave_one_end_and_lose_none(store: World) -> None:
    opened(store)
    claimed(store)
    facts = [
        CANCELLED,
        fact(ReportedStatus.SUCCEEDED, Source.NOTIFICATION, amount=JPY),
        fact(ReportedStatus.NO_INFORMATION, Source.POLL),
        fact(ReportedStatus.PENDING, Source.PAY),
        fact(ReportedStatus.NOT_FOUND, Source.POLL),
    ]
    together(len(facts), lambda n: store.repository.payments.settle("PAY-1", facts[n], LATER))
    stored = found(store)
    assert stored.cancel is not None
    assert (stored.state, stored.cancel.state, stored.due_at) == (PaymentState.CANCELLED, CancelState.DONE, None)
    assert store.anomalies() in ([], ["a success was reported of a cancelled payment"])


def test_an_s_whose_payment_id_is_anothers_cancels_nothing_and_the_cancel_stays_wanted(store: World) -> None:
    store.repository.payments.replaced(intent("PAY-2", sends=1))
    store.repository.payments.settle("PAY-2", fact(ReportedStatus.SUCCEEDED, payment_id="2024A", amount=JPY), NOW)
    opened(store)
    claimed(store)
    settlement = store.repository.payments.settle("PAY-1", CANCELLED, LATER)
    assert settlement is not None
    assert settlement.anomaly == "paymentId belongs to another payment"
    stored = found(store)
    assert (stored.state, stored.cancel_pending, stored.id_taken) == (PaymentState.INITIATED, True, True)
    assert stored.due_at is not None


# --- lost replies


def test_a_claim_whose_reply_was_lost_is_recognised_as_ones_own(store: World) -> None:
    read = paid(store)
    line = LostReply(store.engine, "PutItem")
    sent = over(store, line).payments.claim_cancel(read, LATER)
    assert line.sends == 2
    assert sent == found(store)


def test_a_claim_that_nobody_confirmed_is_unavailable_and_counts_as_a_lost_send_later(store: World) -> None:
    """It may stand in the table with its lease: whoever finds it cannot know that nothing was sent."""
    read = paid(store)
    with pytest.raises(StoreUnavailable):
        over(store, LostReply(store.engine, "PutItem", ONCE)).payments.claim_cancel(read, LATER)
    again = claimed(store, LATER + 25 * SECOND)
    assert again.cancel is not None
    assert again.cancel.lost


def test_an_answer_whose_reply_was_lost_is_stored_once(store: World) -> None:
    paid(store)
    sent = claimed(store)
    line = LostReply(store.engine, "PutItem")
    refused = fact(ReportedStatus.REJECTED, Source.CANCEL, code="CANCEL_WINDOW_EXCEED", then=NextStep.STOP)
    settlement = over(store, line).payments.settle("PAY-1", refused, LATER)
    assert line.sends == 2
    assert settlement is not None
    assert settlement.item == found(store)
    assert settlement.item.version == sent.version + 1


# --- payments made elsewhere


def test_a_payment_made_elsewhere_comes_back_as_it_was_stored_and_is_found_by_both_ids(store: World) -> None:
    refunds = [given_back(1), given_back(2, RefundState.PROCESSING)]
    stored = store.repository.refunds.adopt(elsewhere(reserved=600), refunds)
    assert stored == elsewhere(reserved=600, version=1)
    assert store.repository.payments.id_of("2024A") == "PAY-1"
    for refund in refunds:
        assert store.repository.refunds.find(refund.refund_request_id) == replace(refund, version=1)
        assert store.repository.refunds.id_of(refund.refund_id or "") == refund.refund_request_id


def test_of_threads_that_take_over_one_payment_all_get_what_is_stored(store: World) -> None:
    refunds = [given_back(1), given_back(2)]
    taken = together(6, lambda n: store.repository.refunds.adopt(elsewhere(reserved=600, created_at=NOW + n), refunds))
    stored = found(store)
    assert {payment for payment in taken if payment} <= {stored}
    assert store.repository.refunds.adopt(elsewhere(), refunds) == stored
    assert [store.repository.refunds.id_of(f"2024OLD-{n}") for n in (1, 2)] == ["OLD-1", "OLD-2"]


def test_what_is_known_already_is_not_overwritten_by_what_is_taken_over(store: World) -> None:
    ours, before = paid(store), replace(given_back(1), state=RefundState.FAIL)
    store.repository.refunds.replaced(before)
    assert store.repository.refunds.adopt(elsewhere(reserved=600), [given_back(1), given_back(2)]) == ours
    assert store.repository.refunds.find("OLD-1") == replace(before, version=1)
    assert store.repository.refunds.find("OLD-2") == replace(given_back(2), version=1)


def test_a_payment_whose_id_of_alipays_is_anothers_is_not_stored(store: World) -> None:
    store.repository.payments.replaced(intent("PAY-2", sends=1))
    store.repository.payments.settle("PAY-2", fact(ReportedStatus.SUCCEEDED, payment_id="2024A", amount=JPY), NOW)
    assert store.repository.refunds.adopt(elsewhere(), []) is None
    assert ("payment#PAY-1", "item") not in rows(store)
    assert store.repository.payments.id_of("2024A") == "PAY-2"


@pytest.mark.parametrize("forgets_tokens", [False, True])
def test_a_take_over_whose_reply_was_lost_is_recognised_as_ones_own(store: World, forgets_tokens: bool) -> None:
    line = LostReply(store.engine, "TransactWriteItems", forgets_tokens=forgets_tokens)
    stored = over(store, line).refunds.adopt(elsewhere(reserved=300), [given_back(1)])
    assert line.sends == 3
    assert stored == elsewhere(reserved=300, version=1)
