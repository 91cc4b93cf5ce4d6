"""The judgement: a payment, a fact and a moment in; what becomes of the payment out."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from autodebit.clock import DAY, HOUR, MINUTE, SECOND
from autodebit.domain.payment import Payment, PaymentUpdate, judge, never_left
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.polling_plan import Plan
from autodebit.domain.tracked_request import (
    AMOUNT_NOT_NAMED,
    ID_TAKEN,
    Money,
    ReportedStatus,
    SendOutcome,
    Source,
    Transition,
    lease_for_poll,
    lease_for_send,
    reopen,
)

PLAN = Plan()
SENT = 1_800_000_000_000
LATER = PLAN.not_found_counts_from(SENT)
"""The first moment at which ORDER_NOT_EXIST counts."""
OF_A_PAYMENT = (Source.PAY, Source.INQUIRY, Source.POLL, Source.NOTIFICATION)
"""Who brings facts of a payment itself; cancels have a suite of their own."""
GAP = PLAN.not_found_gap
AMOUNT = Money("1000", "JPY")
SPEAKING = (
    ReportedStatus.SUCCEEDED,
    ReportedStatus.FAILED,
    ReportedStatus.CANCELLED,
    ReportedStatus.PENDING,
    ReportedStatus.REJECTED,
)
"""Words that speak of the payment itself, and so must speak of ours."""
FOREIGN = (
    {"payment_request_id": "PAY-2"},
    {"payment_id": "2024OTHER"},
    {"amount": Money("1001", "JPY")},
    {"amount": Money("1000", "PHP")},
    {"amount": Money("unreadable", "unreadable")},
)
OURS = (
    {},
    {"payment_request_id": "PAY-1", "payment_id": "2024OURS", "amount": AMOUNT},
)


def undo_claim(claimed: Payment, at: int) -> Payment:
    """*claimed*, of which certainly no byte left."""
    return never_left(claimed, claimed, at, PLAN).item


def payment(state: PaymentState = PaymentState.INITIATED, **changed) -> Payment:
    """A payment as it rests in *state*: sent once, and open ones due."""
    rest = {
        "due_at": SENT + PLAN.send_lease if state.open else None,
        "lease_until": SENT + PLAN.send_lease if state is PaymentState.INITIATED else 0,
        "payment_id": None if state in (PaymentState.INITIATED, PaymentState.NOT_SUBMITTED) else "2024OURS",
        "sends": 1,
        "sent_at": SENT,
        "version": 4,
    }
    if state is PaymentState.NOT_SUBMITTED:
        rest |= {"closed_at": LATER + 2 * GAP, "due_at": LATER + 2 * GAP + 15 * MINUTE, "not_found_count": 3}
    made = Payment(
        payment_request_id="PAY-1",
        state=state,
        amount=AMOUNT,
        fingerprint="f",
        grant="tok_1",
        token_version=1,
        body="{}",
        created_at=SENT,
    )
    return replace(made, **{**rest, **changed})


def judged(
    before: Payment, word: ReportedStatus, source: Source = Source.POLL, at: int = LATER, **fields
) -> Transition:
    return judge(before, PaymentUpdate(word, source, **fields), at, PLAN)


def after(before: Payment, word: ReportedStatus, source: Source = Source.POLL, at: int = LATER, **fields) -> Payment:
    return judged(before, word, source, at, **fields).item


# --- every state x word x source x sends x match


def every_judgement(
    state: PaymentState, word: ReportedStatus
) -> Iterator[tuple[Payment, PaymentUpdate, bool, Transition]]:
    codes = ("SUCCESS", "PROCESS_FAIL", "REPEAT_REQ_INCONSISTENT")
    for source, sends, told, code in product(OF_A_PAYMENT, (0, 1, 2), (*OURS, *FOREIGN), codes):
        before = payment(state, sends=sends, payment_id="2024OURS")
        fact = PaymentUpdate(word, source, code=code, body='{"told":1}', **told)
        yield before, fact, told in FOREIGN, judge(before, fact, LATER, PLAN)


def expected_state(before: Payment, fact: PaymentUpdate, foreign: bool) -> PaymentState:
    """Where a payment goes, said once more in other words than the code's (one ORDER_NOT_EXIST never closes)."""
    settles = {
        ReportedStatus.SUCCEEDED: "SUCCESS",
        ReportedStatus.FAILED: "FAIL",
        ReportedStatus.CANCELLED: "CANCELLED",
        ReportedStatus.PENDING: "PROCESSING",
    }
    if fact.word in (ReportedStatus.NO_INFORMATION, ReportedStatus.NOT_FOUND) or foreign or before.sends == 0:
        return before.state
    if fact.word is ReportedStatus.REJECTED:
        if before.sends == 2 or fact.code == "REPEAT_REQ_INCONSISTENT":
            return before.state
        to = PaymentState.FAIL
    else:
        to = PaymentState(settles[fact.word])
    if before.state is PaymentState.SUCCESS and to is PaymentState.CANCELLED:
        return to
    return before.state if before.state.final else to


@pytest.mark.parametrize("word", ReportedStatus)
@pytest.mark.parametrize("state", PaymentState)
def test_a_payment_goes_where_the_rules_say_and_nowhere_else(state: PaymentState, word: ReportedStatus) -> None:
    for before, fact, foreign, judgement in every_judgement(state, word):
        assert judgement.item.state is expected_state(before, fact, foreign), (fact, before.sends)


@pytest.mark.parametrize("word", ReportedStatus)
@pytest.mark.parametrize("state", PaymentState)
def test_whatever_stays_open_is_due_and_whatever_is_final_is_not(state: PaymentState, word: ReportedStatus) -> None:
    for _before, fact, _foreign, judgement in every_judgement(state, word):
        if judgement.item.state.open:
            assert judgement.item.due_at is not None, fact
        if judgement.item.state.final:
            assert judgement.item.due_at is None, fact
            assert judgement.item.lease_until == 0, fact


@pytest.mark.parametrize("word", SPEAKING)
@pytest.mark.parametrize("state", PaymentState)
def test_a_fact_with_another_id_amount_or_currency_settles_nothing_and_is_an_anomaly(
    state: PaymentState, word: ReportedStatus
) -> None:
    for before, fact, foreign, judgement in every_judgement(state, word):
        if foreign or before.sends == 0:
            assert judgement.anomaly, fact
            timetable = {"due_at": judgement.item.due_at, "lease_until": judgement.item.lease_until}
            doubts = {name: getattr(judgement.item, name) for name in ("id_taken", "amount_in_doubt")}
            assert judgement.item == replace(before, **timetable, **doubts), fact
            if before.state.final and not (fact.source is Source.PAY and before.state is PaymentState.SUCCESS):
                assert not any(doubts.values()), fact


@pytest.mark.parametrize("word", ReportedStatus)
@pytest.mark.parametrize("state", PaymentState)
def test_what_names_the_payment_never_changes(state: PaymentState, word: ReportedStatus) -> None:
    names = ("payment_request_id", "amount", "fingerprint", "grant", "token_version", "body", "created_at", "version")
    for before, _fact, _foreign, judgement in every_judgement(state, word):
        assert [getattr(judgement.item, name) for name in names] == [getattr(before, name) for name in names]
        assert judgement.item.sends == before.sends
        assert judgement.item.payment_id == before.payment_id


@pytest.mark.parametrize("word", ReportedStatus)
@pytest.mark.parametrize("state", PaymentState)
def test_the_same_fact_twice_is_the_same_as_once(state: PaymentState, word: ReportedStatus) -> None:
    for _before, fact, _foreign, judgement in every_judgement(state, word):
        once = judgement.item
        assert judge(once, fact, LATER, PLAN).item == once, fact


@pytest.mark.parametrize("word", [ReportedStatus.SUCCEEDED, ReportedStatus.FAILED, ReportedStatus.CANCELLED])
@pytest.mark.parametrize("state", [state for state in PaymentState if state.final])
def test_the_stored_answer_of_a_final_payment_is_kept_unless_a_cancel_replaces_it(
    state: PaymentState, word: ReportedStatus
) -> None:
    before = payment(state, answer="first", result_code="FIRST", settled_by="pay")
    told = after(before, word, body="second", code="SECOND")
    cancelled = state is PaymentState.SUCCESS and word is ReportedStatus.CANCELLED
    assert (told.answer, told.result_code) == (("second", "SECOND") if cancelled else ("first", "FIRST"))


# --- rule 3: unknown is not failure


@pytest.mark.parametrize("code", ["USER_BALANCE_NOT_ENOUGH", "SYSTEM_ERROR", "PROCESS_FAIL", "A_CODE_OF_TOMORROW"])
def test_an_f_to_the_first_send_is_final(code: str) -> None:
    told = judged(payment(), ReportedStatus.REJECTED, Source.PAY, code=code, message="why", body="{}")
    assert told.item.state is PaymentState.FAIL
    assert (told.item.result_code, told.item.result_message, told.item.settled_by) == (code, "why", "pay")
    assert not told.anomaly


@pytest.mark.parametrize("state", [PaymentState.INITIATED, PaymentState.PROCESSING])
def test_an_f_to_a_later_send_settles_nothing_and_frees_the_payment_for_the_poller(state: PaymentState) -> None:
    told = judged(payment(state, sends=2), ReportedStatus.REJECTED, Source.PAY, SENT + 500, code="PROCESS_FAIL")
    assert told.item.state is state
    assert (told.item.lease_until, told.item.due_at) == (0, SENT + 500 + 2 * SECOND)
    assert told.item.heard is SendOutcome.NOTHING
    assert not told.anomaly


@pytest.mark.parametrize("sends", [1, 2, 3])
def test_repeat_req_inconsistent_to_an_unchanged_body_says_that_the_id_is_taken(sends: int) -> None:
    told = judged(payment(sends=sends), ReportedStatus.REJECTED, Source.PAY, code="REPEAT_REQ_INCONSISTENT")
    assert (told.item.state, told.item.id_taken, told.anomaly) == (PaymentState.INITIATED, True, ID_TAKEN)
    assert told.item.due_at is not None


TAKEN = {
    "another paymentId": ({"payment_id": "2024OTHER"}, True),
    "another amount": ({"amount": Money("1001", "JPY")}, False),
    "another currency": ({"amount": Money("1000", "PHP")}, False),
    "a mix-up of ids": ({"payment_request_id": "PAY-2"}, False),
    "an amount that nobody can read": ({"amount": Money("unreadable", "unreadable")}, False),
}


@pytest.mark.parametrize(("named", "taken"), TAKEN.values(), ids=TAKEN)
@pytest.mark.parametrize("state", [state for state in PaymentState if not state.final])
def test_a_message_that_shows_another_request_under_our_id_ends_belief_in_that_id(
    state: PaymentState, named: dict, taken: bool
) -> None:
    told = after(payment(state, payment_id="2024OURS"), ReportedStatus.SUCCEEDED, Source.INQUIRY, **named)
    assert told.id_taken is taken
    again = after(told, ReportedStatus.SUCCEEDED, Source.POLL, amount=AMOUNT)
    assert (again.state is PaymentState.SUCCESS) is not taken


def test_repeat_req_inconsistent_to_another_body_may_speak_of_our_own_first_send() -> None:
    told = judged(
        payment(sends=2, body_replaced=True), ReportedStatus.REJECTED, Source.PAY, code="REPEAT_REQ_INCONSISTENT"
    )
    assert (told.item.state, told.item.id_taken, told.anomaly) == (PaymentState.INITIATED, False, "")


@pytest.mark.parametrize("word", SPEAKING)
@pytest.mark.parametrize("source", OF_A_PAYMENT)
def test_no_word_on_a_taken_id_counts_whatever_it_names(word: ReportedStatus, source: Source) -> None:
    before = payment(id_taken=True)
    told = judged(before, word, source, payment_request_id="PAY-1", amount=AMOUNT)
    assert (told.item.state, told.item.id_taken, told.anomaly) == (PaymentState.INITIATED, True, ID_TAKEN)
    assert told.item.due_at is not None


@pytest.mark.parametrize("word", SPEAKING)
def test_a_word_on_an_id_that_was_certainly_never_sent_is_not_ours(word: ReportedStatus) -> None:
    told = judged(payment(sends=0), word, Source.INQUIRY, payment_request_id="PAY-1", amount=AMOUNT)
    assert (told.item.state, told.item.id_taken, told.anomaly) == (PaymentState.INITIATED, True, ID_TAKEN)
    elsewhere = judged(payment(sends=0, fingerprint=""), word, Source.INQUIRY, amount=AMOUNT)
    assert not elsewhere.item.id_taken


def test_a_lost_answer_leaves_the_payment_open_free_and_due() -> None:
    told = after(payment(), ReportedStatus.NO_INFORMATION, Source.PAY, SENT + 12_000)
    assert told == replace(payment(), lease_until=0, due_at=SENT + 14_000)


def test_a_signed_u_is_to_be_asked_and_a_lost_answer_is_to_be_told_again() -> None:
    assert after(payment(), ReportedStatus.PENDING, Source.PAY, SENT + 1).heard is SendOutcome.UNKNOWN
    assert after(payment(), ReportedStatus.NO_INFORMATION, Source.PAY, SENT + 1).heard is SendOutcome.NOTHING


# --- the timetable


def test_a_notification_or_a_callers_inquiry_never_moves_the_timetable_of_an_open_payment() -> None:
    before = payment(PaymentState.PROCESSING, lease_until=SENT + 9)
    for source, word in product(
        (Source.NOTIFICATION, Source.INQUIRY),
        (ReportedStatus.PENDING, ReportedStatus.NO_INFORMATION, ReportedStatus.NOT_FOUND),
    ):
        told = after(before, word, source)
        assert (told.due_at, told.lease_until) == (before.due_at, before.lease_until)


@pytest.mark.parametrize("polls", [1, 2, 8, 30])
def test_a_poll_without_outcome_waits_longer_each_time(polls: int) -> None:
    told = after(payment(PaymentState.PROCESSING, polls=polls), ReportedStatus.PENDING, at=SENT + 77)
    assert told.due_at == SENT + 77 + PLAN.payments.after(polls)


def test_a_poller_that_hears_another_amount_waits_like_after_silence() -> None:
    told = judged(
        payment(PaymentState.PROCESSING, polls=3), ReportedStatus.SUCCEEDED, at=SENT + 77, amount=Money("1001", "JPY")
    )
    assert told.item.due_at == SENT + 77 + PLAN.payments.after(3)


@pytest.mark.parametrize("word", [ReportedStatus.SUCCEEDED, ReportedStatus.FAILED])
def test_after_another_amount_an_outcome_has_to_name_ours(word: ReportedStatus) -> None:
    doubtful = after(payment(), word, Source.NOTIFICATION, amount=Money("1001", "JPY"))
    unnamed = judged(doubtful, word, Source.POLL)
    assert (unnamed.item.state, unnamed.anomaly) == (PaymentState.INITIATED, AMOUNT_NOT_NAMED)
    assert after(doubtful, word, Source.POLL, amount=AMOUNT).state.final


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (ReportedStatus.REJECTED, {"code": "REPEAT_REQ_INCONSISTENT"}),
        (ReportedStatus.SUCCEEDED, {"payment_id": "2024OTHER"}),
    ],
    ids=["used before", "another paymentId"],
)
def test_the_answer_to_our_own_send_casts_doubt_on_a_success_that_came_before(word: ReportedStatus, said: dict) -> None:
    told = judged(payment(PaymentState.SUCCESS), word, Source.PAY, **said)
    assert (told.item.state, told.item.id_taken) == (PaymentState.SUCCESS, True)
    assert told.anomaly
    by_others = judged(payment(PaymentState.SUCCESS), word, Source.NOTIFICATION, **said)
    assert not by_others.item.id_taken


def test_an_s_to_our_own_send_casts_doubt_on_a_failure_that_came_before() -> None:
    told = judged(payment(PaymentState.FAIL), ReportedStatus.SUCCEEDED, Source.PAY)
    assert (told.item.state, told.item.id_taken) == (PaymentState.FAIL, True)
    assert not judged(payment(PaymentState.FAIL), ReportedStatus.SUCCEEDED, Source.NOTIFICATION).item.id_taken


def test_a_throttled_send_leaves_the_payment_as_after_silence_with_a_short_wait_for_repeats() -> None:
    item, waits = payment(), []
    for _ in range(8):
        item = after(
            item,
            ReportedStatus.NO_INFORMATION,
            Source.PAY,
            SENT + 500,
            throttled=True,
            code="REQUEST_TRAFFIC_EXCEED_LIMIT",
        )
        assert (item.state, item.heard, item.lease_until) == (PaymentState.INITIATED, SendOutcome.NOTHING, 0)
        assert item.due_at == SENT + 500 + 60 * SECOND
        waits.append(item.retry_at - SENT - 500)
    assert 0 < waits[0] <= 3 * SECOND
    assert max(waits) <= 45 * SECOND
    assert waits[5] > waits[1]
    other = after(item, ReportedStatus.PENDING, Source.PAY, SENT + 900)
    assert (other.throttles, other.retry_at) == (0, 0)


@pytest.mark.parametrize("polls", [1, 30])
def test_a_throttled_inquiry_waits_a_minute_or_longer(polls: int) -> None:
    told = after(
        payment(PaymentState.PROCESSING, polls=polls), ReportedStatus.NO_INFORMATION, at=SENT + 77, throttled=True
    )
    assert told.due_at == SENT + 77 + max(60 * SECOND, PLAN.payments.after(polls))


def test_what_a_message_leaves_out_does_not_contradict_and_what_it_adds_is_learned() -> None:
    told = after(
        payment(),
        ReportedStatus.SUCCEEDED,
        Source.PAY,
        payment_id="2024NEW",
        payment_create_time="t1",
        payment_time="t2",
    )
    assert told.state is PaymentState.SUCCESS
    assert (told.payment_id, told.payment_create_time, told.payment_time) == ("2024NEW", "t1", "t2")
    again = after(told, ReportedStatus.SUCCEEDED, Source.NOTIFICATION, payment_id="2024NEW", payment_create_time="t9")
    assert again == told


def test_a_payment_id_that_comes_after_the_outcome_is_learned() -> None:
    paid = after(payment(), ReportedStatus.SUCCEEDED, Source.PAY)
    told = after(paid, ReportedStatus.SUCCEEDED, Source.NOTIFICATION, payment_id="2024NEW")
    assert told == replace(paid, payment_id="2024NEW")


# --- ORDER_NOT_EXIST


def absent(before: Payment, *moments: int, source: Source = Source.POLL) -> Payment:
    for at in moments:
        before = after(before, ReportedStatus.NOT_FOUND, source, at, code="ORDER_NOT_EXIST")
    return before


@pytest.mark.parametrize("state", [PaymentState.INITIATED, PaymentState.PROCESSING])
@pytest.mark.parametrize("source", [Source.POLL, Source.INQUIRY])
def test_order_not_exist_three_times_closes_the_payment_as_not_submitted(state: PaymentState, source: Source) -> None:
    twice = absent(payment(state), LATER, LATER + GAP, source=source)
    assert (twice.state, twice.not_found_count) == (state, 2)
    closed = absent(twice, LATER + 2 * GAP, source=source)
    assert closed.state is PaymentState.NOT_SUBMITTED
    assert (closed.closed_at, closed.due_at) == (LATER + 2 * GAP, LATER + 2 * GAP + 15 * MINUTE)
    assert (closed.result_code, closed.answer, closed.lease_until, closed.polls) == ("ORDER_NOT_EXIST", "", 0, 0)


def test_order_not_exist_is_not_counted_while_a_send_may_be_under_way() -> None:
    early = absent(payment(), LATER - 1)
    assert early.not_found_count == 0
    assert early.due_at == LATER - 1 + PLAN.payments.after(0)
    assert absent(payment(), LATER).not_found_count == 1


def test_order_not_exist_is_counted_once_in_a_gap() -> None:
    once = absent(payment(), LATER)
    close = absent(once, LATER + GAP - 1)
    assert (close.not_found_count, close.not_found_at) == (1, LATER)
    assert absent(close, LATER + GAP).not_found_count == 2


def test_a_poller_that_counts_asks_again_after_the_gap_and_goes_back_to_its_intervals_when_nothing_is_heard() -> None:
    once = absent(payment(polls=12), LATER)
    assert once.due_at == LATER + GAP
    silent = after(once, ReportedStatus.NO_INFORMATION, at=LATER + GAP)
    assert (silent.not_found_count, silent.due_at) == (1, LATER + GAP + PLAN.payments.after(12))


@pytest.mark.parametrize("source", OF_A_PAYMENT)
def test_any_other_signed_word_of_the_payment_starts_the_count_again(source: Source) -> None:
    twice = absent(payment(), LATER, LATER + GAP)
    pending = after(twice, ReportedStatus.PENDING, source, LATER + GAP + 1)
    assert (pending.not_found_count, pending.not_found_at) == (0, 0)
    assert absent(pending, LATER + 2 * GAP).state is PaymentState.PROCESSING


def test_a_new_send_starts_the_count_again() -> None:
    twice = absent(payment(), LATER, LATER + GAP)
    sent = lease_for_send(twice, LATER + GAP + 1, PLAN)
    assert (sent.not_found_count, sent.not_found_at) == (0, 0)
    assert absent(sent, LATER + 2 * GAP).not_found_count == 0


def test_order_not_exist_of_a_payment_that_was_just_paid_is_a_race_and_later_an_anomaly() -> None:
    paid = payment(PaymentState.SUCCESS)
    assert judged(paid, ReportedStatus.NOT_FOUND, at=LATER - 1) == Transition(paid)
    late = judged(paid, ReportedStatus.NOT_FOUND, at=LATER)
    assert late.item == paid
    assert late.anomaly


# --- closed, not final

CLOSED = LATER + 2 * GAP


@pytest.mark.parametrize(
    ("asked_after", "next_after"),
    [(15 * MINUTE, HOUR), (HOUR, 6 * HOUR), (6 * HOUR, DAY), (DAY, None), (2 * DAY, None)],
)
def test_a_payment_closed_as_not_submitted_is_asked_after_15_min_1_h_6_h_and_24_h(
    asked_after: int, next_after: int | None
) -> None:
    told = after(payment(PaymentState.NOT_SUBMITTED), ReportedStatus.NOT_FOUND, at=CLOSED + asked_after)
    assert told.state is PaymentState.NOT_SUBMITTED
    assert told.due_at == (None if next_after is None else CLOSED + next_after)


@pytest.mark.parametrize("asked_after", [15 * MINUTE, DAY, 2 * DAY])
def test_a_recheck_without_an_answer_is_made_again(asked_after: int) -> None:
    told = after(payment(PaymentState.NOT_SUBMITTED), ReportedStatus.NO_INFORMATION, at=CLOSED + asked_after)
    assert told.due_at == CLOSED + asked_after + 15 * MINUTE


def test_an_inquiry_of_a_caller_leaves_the_rechecks_where_they_are() -> None:
    before = payment(PaymentState.NOT_SUBMITTED)
    assert after(before, ReportedStatus.NOT_FOUND, Source.INQUIRY, CLOSED + HOUR) == before


@pytest.mark.parametrize("source", OF_A_PAYMENT)
def test_a_success_still_wins_over_not_submitted_and_counts_as_an_anomaly(source: Source) -> None:
    told = judged(payment(PaymentState.NOT_SUBMITTED), ReportedStatus.SUCCEEDED, source, CLOSED + HOUR, body="{}")
    assert told.item.state is PaymentState.SUCCESS
    assert (told.item.due_at, told.item.closed_at, told.item.answer) == (None, 0, "{}")
    assert told.anomaly


@pytest.mark.parametrize("source", OF_A_PAYMENT)
def test_a_payment_that_turns_out_to_be_in_process_is_open_and_due_soon(source: Source) -> None:
    told = judged(payment(PaymentState.NOT_SUBMITTED), ReportedStatus.PENDING, source, CLOSED + HOUR)
    assert told.item.state is PaymentState.PROCESSING
    assert (told.item.due_at, told.item.closed_at) == (CLOSED + HOUR + 2 * SECOND, 0)
    assert absent(told.item, CLOSED + HOUR + GAP).state is PaymentState.PROCESSING
    assert told.anomaly


def test_a_repeat_opens_a_closed_payment_with_the_new_body_and_an_f_to_it_settles_nothing() -> None:
    told_before = {"result_code": "ORDER_NOT_EXIST", "result_message": "no such payment", "settled_by": "poll"}
    closed = payment(PaymentState.NOT_SUBMITTED, **told_before)
    sent = lease_for_send(reopen(closed, '{"new":1}'), CLOSED + HOUR, PLAN)
    assert (sent.state, sent.body, sent.closed_at) == (PaymentState.INITIATED, '{"new":1}', 0)
    assert (sent.result_code, sent.result_message, sent.settled_by, sent.sends) == ("", "", "", 2)
    assert (sent.fingerprint, sent.token_version) == (closed.fingerprint, closed.token_version)
    assert (
        after(sent, ReportedStatus.REJECTED, Source.PAY, CLOSED + HOUR + 1, code="PROCESS_FAIL").state
        is PaymentState.INITIATED
    )


# --- claims


def test_a_send_is_leased_for_the_function_timeout_and_due_when_the_lease_ends() -> None:
    before = payment(PaymentState.PROCESSING, heard=SendOutcome.UNKNOWN, polls=5, not_found_count=2, not_found_at=7)
    sent = lease_for_send(before, LATER, PLAN)
    end = LATER + PLAN.send_lease
    assert sent == replace(
        before,
        sends=2,
        sent_at=LATER,
        lease_until=end,
        due_at=end,
        heard=SendOutcome.NOTHING,
        polls=0,
        not_found_count=0,
        not_found_at=0,
    )
    assert sent.leased(end - 1)
    assert not sent.leased(end)


def test_a_poll_moves_the_due_time_and_counts() -> None:
    before = payment(PaymentState.PROCESSING, polls=2)
    assert lease_for_poll(before, LATER, PLAN) == replace(before, polls=3, due_at=LATER + PLAN.poll_lease)


def test_a_send_of_which_no_byte_left_is_as_if_it_had_not_been_tried() -> None:
    never = payment(sends=0, sent_at=0, lease_until=0, due_at=None)
    undone = undo_claim(lease_for_send(never, SENT, PLAN), SENT + 5)
    assert (undone.sends, undone.leased(SENT + 5), undone.due_at) == (0, False, SENT + 5 + 2 * SECOND)
    first = lease_for_send(undone, SENT + 9, PLAN)
    assert after(first, ReportedStatus.REJECTED, Source.PAY, SENT + 10, code="PROCESS_FAIL").state is PaymentState.FAIL
