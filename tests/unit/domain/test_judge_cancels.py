"""The judgement of a payment whose cancel was requested: driven until it is settled, and never closed by hearsay."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodebit.clock import DAY, HOUR, MINUTE, SECOND
from autodebit.domain.cancellation import Cancel, CancelState, NextStep
from autodebit.domain.payment import STAYS_PAID, Payment, PaymentUpdate, judge, lease_for_cancel, release_unsent_cancel
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.polling_plan import Plan
from autodebit.domain.tracked_request import Money, ReportedStatus, Source, Transition, lease_for_poll

PLAN = Plan()
SENT = 1_800_000_000_000
LATER = PLAN.not_found_counts_from(SENT)
"""The first moment at which ORDER_NOT_EXIST counts."""
ASKED = LATER - SECOND
"""When the last send of the cancel ended."""
AMOUNT = Money("1000", "JPY")
WANTED = Cancel(CancelState.REQUESTED, SENT, sends=1, tries=1, heard_at=ASKED)
STATES_OF_A_WANTED_CANCEL = (
    PaymentState.INITIATED,
    PaymentState.PROCESSING,
    PaymentState.SUCCESS,
    PaymentState.NOT_SUBMITTED,
)
ENDED = (PaymentState.CANCELLED, PaymentState.FAIL)
ORIGINS = (Source.PAY, Source.CANCEL, Source.INQUIRY, Source.POLL, Source.NOTIFICATION)


def payment(state: PaymentState, cancel: Cancel | None = WANTED, **changed) -> Payment:
    """A payment as it rests in *state*; whatever is open or wants a cancel is due."""
    pending = cancel is not None and cancel.pending
    rest = {"due_at": LATER if state.open or pending else None}
    if state is PaymentState.NOT_SUBMITTED:
        rest |= {"closed_at": SENT + 1, "due_at": LATER}
    made = Payment(
        payment_request_id="PAY-1",
        state=state,
        amount=AMOUNT,
        fingerprint="f",
        grant="tok_1",
        token_version=1,
        body="{}",
        created_at=SENT,
        payment_id="2024OURS",
        sends=1,
        sent_at=SENT,
        version=4,
        cancel=cancel,
    )
    return replace(made, **{**rest, **changed})


def judged(before: Payment, word: ReportedStatus, source: Source, at: int = LATER, **fields) -> Transition:
    return judge(before, PaymentUpdate(word, source, **fields), at, PLAN)


def after(before: Payment, word: ReportedStatus, source: Source = Source.CANCEL, at: int = LATER, **fields) -> Payment:
    return judged(before, word, source, at, **fields).item


def cancel_of(item: Payment) -> Cancel:
    assert item.cancel is not None
    return item.cancel


# --- every state x cancel x word x source x what comes next


def every_cancel(state: PaymentState) -> Iterator[Cancel | None]:
    """All that can stand on a payment in *state*."""
    yield None
    if state is PaymentState.CANCELLED:
        yield replace(WANTED, state=CancelState.DONE, answer="confirmed")
        return
    yield replace(WANTED, state=CancelState.REFUSED, code="CANCEL_WINDOW_EXCEED")
    if state in STATES_OF_A_WANTED_CANCEL:
        for lost, ask, tries in product((False, True), (False, True), (1, 3, 9)):
            yield replace(WANTED, lost=lost, ask=ask, tries=tries)
        yield replace(WANTED, lost=True, ask=True, refused=True)
        yield replace(WANTED, lease_until=LATER + 20 * SECOND)
        yield replace(WANTED, requested_at=SENT - 3 * DAY, ask=True)


def every_fact(word: ReportedStatus) -> Iterator[PaymentUpdate]:
    told = ({"payment_id": "2024OURS", "amount": AMOUNT}, {"payment_id": "2024OTHER"}, {"amount": Money("9", "JPY")})
    for source, fields in product(ORIGINS, told):
        follows = NextStep if (source, word) == (Source.CANCEL, ReportedStatus.REJECTED) else (NextStep.RETRY,)
        moments = (ASKED - 1, ASKED) if source is Source.POLL else (0,)
        for then, asked_at in product(follows, moments):
            yield PaymentUpdate(word, source, code="CODE", body="told", then=then, asked_at=asked_at, **fields)


def every_judgement(state: PaymentState, word: ReportedStatus) -> Iterator[tuple[Payment, PaymentUpdate, Transition]]:
    for cancel, fact in product(every_cancel(state), every_fact(word)):
        before = payment(state, cancel)
        yield before, fact, judge(before, fact, LATER, PLAN)


@pytest.mark.parametrize("word", ReportedStatus)
@pytest.mark.parametrize("state", PaymentState)
def test_a_wanted_cancel_is_always_due_and_not_before_its_sender_is_done(
    state: PaymentState, word: ReportedStatus
) -> None:
    for _before, fact, judgement in every_judgement(state, word):
        item = judgement.item
        if item.cancel_pending and not item.id_taken:
            assert item.state not in ENDED, fact
            assert item.due_at is not None, fact
            assert item.due_at >= cancel_of(item).lease_until, fact


@pytest.mark.parametrize("word", ReportedStatus)
@pytest.mark.parametrize("state", PaymentState)
def test_a_cancelled_payment_has_no_cancel_but_a_done_one_and_nothing_is_due(
    state: PaymentState, word: ReportedStatus
) -> None:
    for _before, fact, judgement in every_judgement(state, word):
        item = judgement.item
        if item.state is PaymentState.CANCELLED:
            assert item.cancel is None or item.cancel.state is CancelState.DONE, fact
            assert item.due_at is None, fact
        if item.cancel is not None and item.cancel.state is CancelState.DONE:
            assert item.state is PaymentState.CANCELLED, fact


@pytest.mark.parametrize("word", ReportedStatus)
@pytest.mark.parametrize("state", PaymentState)
def test_a_payment_that_failed_wants_no_cancel_and_is_not_due(state: PaymentState, word: ReportedStatus) -> None:
    for _before, fact, judgement in every_judgement(state, word):
        if judgement.item.state is PaymentState.FAIL:
            assert not judgement.item.cancel_pending, fact
            assert judgement.item.due_at is None, fact


@pytest.mark.parametrize("word", ReportedStatus)
@pytest.mark.parametrize("state", STATES_OF_A_WANTED_CANCEL)
def test_one_word_ends_a_wanted_cancel_only_if_it_is_its_first_and_final_f(
    state: PaymentState, word: ReportedStatus
) -> None:
    """Said once more in other words than the code's. An inquiry never ends one by itself, and nothing ends a kept one."""
    refusals = 0
    for before, fact, judgement in every_judgement(state, word):
        if not before.cancel_pending or judgement.item.state in ENDED:
            continue
        final = (fact.source, fact.word) == (Source.CANCEL, ReportedStatus.REJECTED) and fact.then in (
            NextStep.STOP,
            NextStep.REFUND,
        )
        ends = final and not cancel_of(before).lost and state is not PaymentState.NOT_SUBMITTED
        assert (cancel_of(judgement.item).state is CancelState.REFUSED) == ends, fact
        refusals += ends
    assert (refusals > 0) == (word is ReportedStatus.REJECTED and state is not PaymentState.NOT_SUBMITTED)


def confirmed(item: Payment, began: int, times: int = PLAN.not_found_times) -> Payment:
    """*item* after so many inquiries that say paid, a gap apart."""
    for n in range(times):
        at = began + n * PLAN.not_found_gap
        item = after(item, ReportedStatus.SUCCEEDED, Source.POLL, at, asked_at=at)
    return item


BELIEVED = PLAN.not_found_counts_from(ASKED)
"""The first moment at which an inquiry counts against the cancel that was sent last."""


def test_a_refusal_after_a_lost_send_is_believed_after_a_grace_and_several_inquiries() -> None:
    asking = payment(PaymentState.SUCCESS, replace(WANTED, lost=True, ask=True, refused=True))
    early = confirmed(asking, ASKED, times=4)
    assert (early.cancel_pending, cancel_of(early).denials) == (True, 0)
    assert early.due_at == BELIEVED
    twice = confirmed(asking, BELIEVED, times=2)
    assert (twice.cancel_pending, twice.due_at) == (True, BELIEVED + 2 * PLAN.not_found_gap)
    over = confirmed(asking, BELIEVED)
    assert (over.state, cancel_of(over).state, over.due_at) == (PaymentState.SUCCESS, CancelState.REFUSED, None)
    late = after(twice, ReportedStatus.CANCELLED, Source.POLL, BELIEVED + 2 * PLAN.not_found_gap)
    assert (late.state, cancel_of(late).state) == (PaymentState.CANCELLED, CancelState.DONE)


def test_inquiries_that_come_too_close_count_once() -> None:
    asking = payment(PaymentState.SUCCESS, replace(WANTED, lost=True, ask=True, refused=True))
    for n in range(20):
        asking = after(asking, ReportedStatus.SUCCEEDED, Source.POLL, BELIEVED + n, asked_at=BELIEVED + n)
    assert (asking.cancel_pending, cancel_of(asking).denials) == (True, 1)


def test_inquiries_against_a_cancel_count_by_the_moment_of_their_question() -> None:
    asking = payment(PaymentState.SUCCESS, replace(WANTED, lost=True, ask=True, refused=True))
    early = after(asking, ReportedStatus.SUCCEEDED, Source.POLL, BELIEVED + 9 * SECOND, asked_at=BELIEVED - 1)
    assert cancel_of(early).denials == 0
    once = after(asking, ReportedStatus.SUCCEEDED, Source.POLL, BELIEVED + 9 * SECOND, asked_at=BELIEVED)
    assert (cancel_of(once).denials, cancel_of(once).denied_at) == (1, BELIEVED)
    too_close, apart = BELIEVED + PLAN.not_found_gap - 1, BELIEVED + PLAN.not_found_gap
    for asked_at, denials in ((too_close, 1), (apart, 2)):
        twice = after(once, ReportedStatus.SUCCEEDED, Source.POLL, apart + 9 * SECOND, asked_at=asked_at)
        assert cancel_of(twice).denials == denials


def test_a_loss_is_remembered_when_the_cancel_is_requested_once_more() -> None:
    lost = replace(WANTED, state=CancelState.REFUSED, lost=True)
    again = lease_for_cancel(payment(PaymentState.SUCCESS, lost), LATER, PLAN)
    told = after(again, ReportedStatus.REJECTED, at=LATER + SECOND, then=NextStep.STOP)
    assert (cancel_of(told).pending, cancel_of(told).refused, cancel_of(told).ask) == (True, True, True)


# --- a cancel that is kept


def test_no_f_and_no_age_ends_a_kept_cancel() -> None:
    item = payment(PaymentState.NOT_SUBMITTED, replace(WANTED, lost=True, refused=True, requested_at=SENT - 9 * DAY))
    for then in NextStep:
        item = after(lease_for_cancel(item, LATER, PLAN), ReportedStatus.REJECTED, then=then)
        assert (item.cancel_pending, cancel_of(item).kept) == (True, True)
        assert item.due_at is not None
    for n in range(1, 40):
        at = LATER + n * DAY
        item = after(item, ReportedStatus.NOT_FOUND, Source.POLL, at, asked_at=at)
        assert item.cancel_pending
        assert item.due_at is not None
        assert at < item.due_at <= at + 30 * DAY


def test_once_the_payment_turns_up_everything_counts_from_then() -> None:
    old = replace(
        WANTED, lost=True, refused=True, ask=True, tries=9, denials=2, denied_at=9, requested_at=SENT - 9 * DAY
    )
    told = after(payment(PaymentState.NOT_SUBMITTED, old), ReportedStatus.SUCCEEDED, Source.POLL, asked_at=LATER)
    assert cancel_of(told) == replace(
        old, requested_at=LATER, kept=True, tries=0, ask=False, refused=False, denials=0, denied_at=0
    )
    assert told.due_at == LATER + 2 * SECOND


@pytest.mark.parametrize(("then", "ends"), [(NextStep.STOP, False), (NextStep.REFUND, True)])
def test_a_kept_cancel_that_alipay_refuses_is_sent_again_unless_its_period_is_over(then: NextStep, ends: bool) -> None:
    kept = payment(PaymentState.SUCCESS, replace(WANTED, kept=True, requested_at=LATER))
    told = after(lease_for_cancel(kept, LATER, PLAN), ReportedStatus.REJECTED, then=then)
    assert (cancel_of(told).pending, cancel_of(told).ask, cancel_of(told).refused) == (True, True, ends)
    began = PLAN.not_found_counts_from(LATER)
    confirmed_item = confirmed(told, began)
    assert confirmed_item.cancel_pending is not ends


def test_a_kept_cancel_that_fails_in_the_end_is_an_anomaly() -> None:
    kept = payment(PaymentState.SUCCESS, replace(WANTED, kept=True, refused=True, ask=True, denials=2))
    told = judged(kept, ReportedStatus.SUCCEEDED, Source.POLL, BELIEVED, asked_at=BELIEVED)
    assert (cancel_of(told.item).state, told.anomaly) == (CancelState.REFUSED, STAYS_PAID)
    unkept = replace(kept, cancel=replace(cancel_of(kept), kept=False))
    assert judged(unkept, ReportedStatus.SUCCEEDED, Source.POLL, BELIEVED, asked_at=BELIEVED).anomaly == ""


@pytest.mark.parametrize("word", [ReportedStatus.REJECTED, ReportedStatus.NO_INFORMATION])
@pytest.mark.parametrize("state", PaymentState)
def test_an_f_and_a_silence_of_cancel_say_nothing_of_the_payment(state: PaymentState, word: ReportedStatus) -> None:
    for before, fact, judgement in every_judgement(state, word):
        if fact.source is Source.CANCEL:
            rest = {"cancel": before.cancel, "due_at": before.due_at}
            assert replace(judgement.item, **rest) == before, fact
            assert not judgement.anomaly


@pytest.mark.parametrize("word", ReportedStatus)
@pytest.mark.parametrize("state", PaymentState)
def test_no_fact_requests_a_cancel_and_none_wants_an_ended_one_again(state: PaymentState, word: ReportedStatus) -> None:
    for before, fact, judgement in every_judgement(state, word):
        if not before.cancel_pending:
            assert not judgement.item.cancel_pending, fact
        if before.cancel is None:
            assert judgement.item.cancel is None, fact


# --- one send


def test_s_cancels_and_keeps_alipays_answer_for_repeats() -> None:
    told = after(
        payment(PaymentState.SUCCESS), ReportedStatus.CANCELLED, body="confirmed", cancel_time="t", code="SUCCESS"
    )
    assert (told.state, told.cancel_time, told.settled_by) == (PaymentState.CANCELLED, "t", "cancel")
    assert (cancel_of(told).state, cancel_of(told).answer) == (CancelState.DONE, "confirmed")


@pytest.mark.parametrize("state", [PaymentState.INITIATED, PaymentState.PROCESSING])
def test_the_first_f_that_is_final_ends_the_cancel_and_the_open_payment_goes_on(state: PaymentState) -> None:
    told = after(
        payment(state), ReportedStatus.REJECTED, then=NextStep.STOP, code="CANCEL_WINDOW_EXCEED", message="late"
    )
    assert told.state is state
    assert (cancel_of(told).state, cancel_of(told).code) == (CancelState.REFUSED, "CANCEL_WINDOW_EXCEED")
    assert told.due_at == LATER + 2 * SECOND


def test_the_first_f_that_is_final_leaves_a_paid_payment_paid_and_not_due() -> None:
    told = after(payment(PaymentState.SUCCESS), ReportedStatus.REJECTED, then=NextStep.STOP)
    assert (told.state, told.due_at) == (PaymentState.SUCCESS, None)


def test_after_a_lost_send_a_final_f_asks_first() -> None:
    lost = after(payment(PaymentState.SUCCESS), ReportedStatus.NO_INFORMATION)
    again = lease_for_cancel(lost, LATER + SECOND, PLAN)
    told = after(again, ReportedStatus.REJECTED, at=LATER + 2 * SECOND, then=NextStep.STOP, code="CANCEL_WINDOW_EXCEED")
    assert (cancel_of(told).pending, cancel_of(told).ask, cancel_of(told).refused) == (True, True, True)
    cancelled = after(told, ReportedStatus.CANCELLED, Source.POLL, asked_at=LATER + 5 * SECOND)
    assert (cancelled.state, cancel_of(cancelled).state) == (PaymentState.CANCELLED, CancelState.DONE)
    paid = after(told, ReportedStatus.SUCCEEDED, Source.POLL, asked_at=LATER + 5 * SECOND)
    assert (paid.state, paid.cancel_pending) == (PaymentState.SUCCESS, True)


@pytest.mark.parametrize("source", [Source.NOTIFICATION, Source.INQUIRY, Source.PAY])
def test_what_may_have_been_said_before_the_cancel_does_not_refuse_it(source: Source) -> None:
    """A notification is sent again for a day; it says paid of a payment that has been cancelled since."""
    asking = payment(PaymentState.SUCCESS, replace(WANTED, lost=True, ask=True, refused=True))
    late_enough = PLAN.not_found_counts_from(ASKED)
    assert after(asking, ReportedStatus.SUCCEEDED, source, late_enough) == asking


def test_an_inquiry_that_was_sent_before_the_last_send_ended_decides_nothing() -> None:
    asking = payment(PaymentState.SUCCESS, replace(WANTED, lost=True, ask=True, refused=True))
    told = cancel_of(
        after(asking, ReportedStatus.SUCCEEDED, Source.POLL, PLAN.not_found_counts_from(ASKED), asked_at=ASKED - 1)
    )
    assert (told.pending, told.ask, told.denials) == (True, True, 0)


def test_a_sender_that_died_counts_as_a_lost_send() -> None:
    died = lease_for_cancel(payment(PaymentState.SUCCESS, None), LATER, PLAN)
    again = lease_for_cancel(died, LATER + PLAN.send_lease, PLAN)
    assert (cancel_of(died).lost, cancel_of(again).lost) == (False, True)


def test_another_send_opens_a_question_again_that_an_inquiry_was_about_to_close() -> None:
    asking = payment(PaymentState.SUCCESS, replace(WANTED, lost=True, ask=True, refused=True))
    sent = lease_for_cancel(asking, LATER, PLAN)
    told = after(sent, ReportedStatus.SUCCEEDED, Source.POLL, LATER + SECOND, asked_at=LATER)
    assert cancel_of(told).pending


def test_a_later_answer_that_is_not_final_takes_a_refusal_back() -> None:
    asking = payment(PaymentState.SUCCESS, replace(WANTED, lost=True, ask=True, refused=True))
    sent = lease_for_cancel(asking, LATER, PLAN)
    told = after(sent, ReportedStatus.REJECTED, at=LATER + SECOND, then=NextStep.INQUIRE, code="ORDER_STATUS_INVALID")
    assert cancel_of(after(told, ReportedStatus.SUCCEEDED, Source.POLL, asked_at=LATER + 9 * SECOND)).pending


def test_a_refused_cancel_may_be_requested_once_more_and_starts_anew() -> None:
    refused = payment(PaymentState.SUCCESS, replace(WANTED, state=CancelState.REFUSED, lost=True, sends=4, tries=4))
    sent = lease_for_cancel(refused, LATER, PLAN)
    until = LATER + PLAN.send_lease
    assert sent.cancel == Cancel(CancelState.REQUESTED, LATER, sends=1, tries=1, lost=True, lease_until=until)
    assert sent.due_at == until


def test_a_payment_that_is_cancelled_after_a_refusal_is_told_as_cancelled_not_as_refused() -> None:
    refused = payment(PaymentState.SUCCESS, replace(WANTED, state=CancelState.REFUSED, code="PROCESS_FAIL"))
    told = after(refused, ReportedStatus.CANCELLED, Source.INQUIRY)
    assert (cancel_of(told).state, cancel_of(told).answer) == (CancelState.DONE, "")


def test_a_send_of_which_no_byte_left_is_not_counted_and_waits_longer_each_time() -> None:
    item, waits = payment(PaymentState.SUCCESS, None), []
    for _ in range(5):
        item = release_unsent_cancel(lease_for_cancel(item, LATER, PLAN), LATER, PLAN)
        waits.append((item.due_at or 0) - LATER)
    assert (cancel_of(item).sends, cancel_of(item).lost, cancel_of(item).leased(LATER)) == (0, False, False)
    assert [wait // SECOND for wait in waits] == [2, 3, 5, 5, 10]


@pytest.mark.parametrize("word", [ReportedStatus.NO_INFORMATION, ReportedStatus.REJECTED])
def test_from_the_third_try_without_a_verdict_an_inquiry_comes_before_each_send(word: ReportedStatus) -> None:
    """Alipay's documents: after three U look whether inquiryPayment says CANCELLED."""
    item, asks = payment(PaymentState.SUCCESS, None), []
    for _ in range(4):
        item = after(lease_for_cancel(item, LATER, PLAN), word, then=NextStep.RETRY)
        asks.append(cancel_of(item).ask)
    assert asks == [False, False, True, True]


def test_the_cancel_of_a_paid_payment_is_given_up_two_days_after_its_request() -> None:
    """No contract knows so long a cancel period, and without an end refunds would be refused for ever."""
    asking = payment(PaymentState.SUCCESS, replace(WANTED, ask=True))
    day_one = after(asking, ReportedStatus.SUCCEEDED, Source.POLL, SENT + 2 * DAY - 1, asked_at=SENT + 2 * DAY - 1)
    assert (cancel_of(day_one).pending, cancel_of(day_one).ask) == (True, False)
    over = confirmed(asking, SENT + 2 * DAY)
    assert (cancel_of(over).state, over.due_at) == (CancelState.REFUSED, None)
    opened = after(
        payment(PaymentState.PROCESSING, replace(WANTED, ask=True)),
        ReportedStatus.PENDING,
        Source.POLL,
        SENT + 3 * DAY,
        asked_at=SENT + 3 * DAY,
    )
    assert opened.cancel_pending


def test_inquiries_in_vain_come_ever_more_rarely() -> None:
    item = payment(PaymentState.SUCCESS, replace(WANTED, ask=True))
    for _ in range(20):
        item = after(item, ReportedStatus.NOT_FOUND, Source.POLL)
    assert item.due_at == LATER + HOUR


# --- what happens to the payment meanwhile


@pytest.mark.parametrize("word", [ReportedStatus.SUCCEEDED, ReportedStatus.PENDING, ReportedStatus.NO_INFORMATION])
@pytest.mark.parametrize("source", [Source.PAY, Source.NOTIFICATION, Source.POLL])
def test_a_sender_of_the_cancel_is_not_disturbed_by_what_becomes_known_meanwhile(
    source: Source, word: ReportedStatus
) -> None:
    sent = lease_for_cancel(payment(PaymentState.INITIATED, None, lease_until=LATER + 9), LATER, PLAN)
    assert after(sent, word, source, LATER + SECOND).due_at == LATER + PLAN.send_lease


def test_a_success_that_comes_while_a_cancel_is_wanted_is_due_for_the_cancel() -> None:
    told = after(payment(PaymentState.PROCESSING, due_at=None), ReportedStatus.SUCCEEDED, Source.NOTIFICATION)
    assert (told.state, told.due_at) == (PaymentState.SUCCESS, LATER + 2 * SECOND)


def test_a_failure_makes_the_cancel_moot() -> None:
    told = after(payment(PaymentState.PROCESSING), ReportedStatus.FAILED, Source.NOTIFICATION)
    assert (cancel_of(told).state, cancel_of(told).code) == (CancelState.REFUSED, "ORDER_STATUS_INVALID")


def test_the_cancellation_of_a_payment_with_refunds_is_an_anomaly() -> None:
    told = judged(payment(PaymentState.SUCCESS, reserved=400), ReportedStatus.CANCELLED, Source.POLL)
    assert told.item.state is PaymentState.CANCELLED
    assert told.anomaly == "a payment with refunds was cancelled"


# --- ORDER_NOT_EXIST


@pytest.mark.parametrize("source", [Source.CANCEL, Source.POLL])
def test_order_not_exist_never_closes_while_a_pay_may_be_in_flight(source: Source) -> None:
    item = payment(PaymentState.INITIATED)
    for moment in range(SENT, LATER, 5 * SECOND):
        item = after(item, ReportedStatus.NOT_FOUND, source, moment)
        assert (item.state, item.not_found_count, item.cancel_pending) == (PaymentState.INITIATED, 0, True)


def test_order_not_exist_from_cancel_and_inquiries_closes_after_three_times_and_the_cancel_stays_wanted() -> None:
    item = after(payment(PaymentState.INITIATED), ReportedStatus.NOT_FOUND)
    assert item.due_at == LATER + PLAN.not_found_gap
    item = after(item, ReportedStatus.NOT_FOUND, Source.POLL, LATER + PLAN.not_found_gap)
    item = after(item, ReportedStatus.NOT_FOUND, at=LATER + 2 * PLAN.not_found_gap)
    assert (item.state, item.cancel_pending) == (PaymentState.NOT_SUBMITTED, True)
    assert item.due_at == LATER + 2 * PLAN.not_found_gap + 15 * MINUTE


def test_a_payment_that_turns_up_after_all_is_due_for_its_cancel() -> None:
    told = judged(
        payment(PaymentState.NOT_SUBMITTED, replace(WANTED, ask=True), due_at=None),
        ReportedStatus.SUCCEEDED,
        Source.NOTIFICATION,
    )
    assert told.anomaly
    assert told.item.cancel_pending
    assert told.item.due_at == LATER + 2 * SECOND


@pytest.mark.parametrize("word", [ReportedStatus.NO_INFORMATION, ReportedStatus.REJECTED])
def test_a_cancel_of_an_absent_payment_that_brought_no_word_of_it_is_looked_at_again(word: ReportedStatus) -> None:
    sent = lease_for_cancel(payment(PaymentState.NOT_SUBMITTED, due_at=None), LATER + 9 * DAY, PLAN)
    assert after(sent, word, at=LATER + 9 * DAY).due_at == LATER + 9 * DAY + 15 * MINUTE


def test_a_sender_that_dies_after_the_last_recheck_leaves_the_payment_due() -> None:
    sent = lease_for_cancel(payment(PaymentState.NOT_SUBMITTED, due_at=None), LATER + 9 * DAY, PLAN)
    late = after(sent, ReportedStatus.NOT_FOUND, Source.POLL, LATER + 9 * DAY + 1)
    assert late.due_at == LATER + 9 * DAY + PLAN.send_lease


# --- any row of facts, claims and waits

FACTS = st.builds(
    PaymentUpdate,
    word=st.sampled_from(ReportedStatus),
    source=st.sampled_from(ORIGINS),
    code=st.sampled_from(["SUCCESS", "PROCESS_FAIL", "ORDER_STATUS_INVALID"]),
    payment_id=st.sampled_from([None, "2024OURS", "2024OTHER"]),
    amount=st.sampled_from([None, AMOUNT, Money("1", "JPY")]),
    then=st.sampled_from(NextStep),
    asked_at=st.sampled_from([0, SENT, SENT + 400 * DAY]),
    body=st.just("{}"),
)
STEPS = st.lists(
    st.tuples(st.integers(0, 2 * HOUR), st.one_of(FACTS, st.sampled_from(["poll", "cancel", "unsent"]))), max_size=25
)


def step(item: Payment, what: PaymentUpdate | str, at: int) -> Payment:
    """One step as the flows would take it: nobody cancels what has ended, nor sends what another holds."""
    if isinstance(what, PaymentUpdate):
        return judge(item, what, at, PLAN).item
    if what == "poll":
        return item if item.due_at is None else lease_for_poll(item, at, PLAN)
    if item.state in ENDED or (item.cancel is not None and item.cancel.leased(at)):
        return item
    sent = lease_for_cancel(item, at, PLAN)
    return release_unsent_cancel(sent, at, PLAN) if what == "unsent" else sent


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(STATES_OF_A_WANTED_CANCEL), STEPS)
def test_no_row_of_facts_and_claims_forgets_a_wanted_cancel_or_sends_one_uncounted(
    state: PaymentState, steps: list[tuple[int, PaymentUpdate | str]]
) -> None:
    at, item, sends = SENT, payment(state, None), 0
    for wait, what in steps:
        at += wait
        before, item = item, step(item, what, at)
        claims = item is not before and what in ("cancel", "unsent")
        if claims:
            sends = 0 if before.cancel is None or not before.cancel.pending else sends
            sends += what == "cancel"
        if before.state.final and item.state is not before.state:
            assert (before.state, item.state) == (PaymentState.SUCCESS, PaymentState.CANCELLED)
        if item.cancel_pending:
            assert item.state not in ENDED
            assert item.due_at is not None or item.state is PaymentState.NOT_SUBMITTED
            if cancel_of(item).leased(at):
                assert item.due_at is not None
        if item.state in ENDED:
            assert item.due_at is None
        if item.cancel is not None:
            assert (item.cancel.state is CancelState.DONE) == (item.state is PaymentState.CANCELLED)
            assert item.cancel.sends == sends
        assert (item.cancel is None) == (before.cancel is None and not claims)
