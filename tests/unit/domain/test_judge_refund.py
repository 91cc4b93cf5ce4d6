"""The judgement: a refund, a fact and a moment in; what becomes of the refund out."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodebit.clock import DAY, HOUR, MINUTE, SECOND
from autodebit.domain.polling_plan import Plan
from autodebit.domain.refund import FORGOTTEN, Refund, RefundUpdate, judge, never_left
from autodebit.domain.refund_states import RefundState
from autodebit.domain.tracked_request import (
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
GAP = PLAN.not_found_gap
ORIGINS = (Source.REFUND, Source.INQUIRY, Source.POLL, Source.NOTIFICATION)
AMOUNT = Money("300", "JPY")
CODES = ("SUCCESS", "PROCESS_FAIL", "REPEAT_REQ_INCONSISTENT", "REFUND_IN_PROCESS")
FOREIGN = (
    {"refund_request_id": "REF-2"},
    {"refund_id": "2024OTHER"},
    {"payment_id": "2024OTHER"},
    {"amount": Money("301", "JPY")},
    {"amount": Money("300", "PHP")},
    {"amount": Money("unreadable", "unreadable")},
)
OURS = (
    {},
    {"refund_request_id": "REF-1", "refund_id": "2024R", "payment_id": "2024P", "amount": AMOUNT},
)


def undo_claim(claimed: Refund, at: int) -> Refund:
    """*claimed*, of which certainly no byte left."""
    return never_left(claimed, claimed, at, PLAN).item


def refund(state: RefundState = RefundState.INITIATED, **changed) -> Refund:
    """A refund as it rests in *state*: sent once, and open ones due."""
    rest = {
        "due_at": SENT + PLAN.send_lease if state.open else None,
        "lease_until": SENT + PLAN.send_lease if state is RefundState.INITIATED else 0,
        "refund_id": None if state in (RefundState.INITIATED, RefundState.NOT_SUBMITTED) else "2024R",
        "sends": 1,
        "sent_at": SENT,
        "version": 4,
    }
    if state is RefundState.NOT_SUBMITTED:
        rest |= {"closed_at": LATER + 2 * GAP, "due_at": LATER + 2 * GAP + 15 * MINUTE, "not_found_count": 3}
    made = Refund(
        refund_request_id="REF-1",
        state=state,
        payment_request_id="PAY-1",
        payment_id="2024P",
        amount=AMOUNT,
        body="{}",
        created_at=SENT,
    )
    return replace(made, **{**rest, **changed})


def judged(before: Refund, word: ReportedStatus, source: Source = Source.POLL, at: int = LATER, **fields) -> Transition:
    return judge(before, RefundUpdate(word, source, **fields), at, PLAN)


def after(before: Refund, word: ReportedStatus, source: Source = Source.POLL, at: int = LATER, **fields) -> Refund:
    return judged(before, word, source, at, **fields).item


# --- every state x word x source x sends x last answer x match


def every_judgement(
    state: RefundState, word: ReportedStatus
) -> Iterator[tuple[Refund, RefundUpdate, bool, Transition]]:
    for source, sends, heard, told, code in product(ORIGINS, (0, 1, 2), SendOutcome, (*OURS, *FOREIGN), CODES):
        before = refund(state, sends=sends, heard=heard, refund_id="2024R")
        fact = RefundUpdate(word, source, code=code, body='{"told":1}', **told)
        yield before, fact, told in FOREIGN, judge(before, fact, LATER, PLAN)


def expected_state(before: Refund, fact: RefundUpdate, foreign: bool) -> RefundState:
    """Where a refund goes, said once more in other words than the code's (one ORDER_NOT_EXIST never closes)."""
    silent = fact.word in (ReportedStatus.NO_INFORMATION, ReportedStatus.NOT_FOUND, ReportedStatus.CANCELLED)
    if before.state.final or foreign or silent or before.sends == 0:
        return before.state
    if fact.word is ReportedStatus.PENDING:
        return RefundState.PROCESSING
    if fact.word is ReportedStatus.SUCCEEDED:
        return RefundState.SUCCESS
    if fact.word is ReportedStatus.REJECTED and (before.sends == 2 or fact.code == "REPEAT_REQ_INCONSISTENT"):
        return before.state
    return RefundState.FAIL


@pytest.mark.parametrize("word", ReportedStatus)
@pytest.mark.parametrize("state", RefundState)
def test_a_refund_goes_where_the_rules_say_and_nowhere_else(state: RefundState, word: ReportedStatus) -> None:
    for before, fact, foreign, judgement in every_judgement(state, word):
        assert judgement.item.state is expected_state(before, fact, foreign), (fact, before.sends)


@pytest.mark.parametrize("word", ReportedStatus)
@pytest.mark.parametrize("state", RefundState)
def test_whatever_stays_open_is_due_and_whatever_is_final_is_not(state: RefundState, word: ReportedStatus) -> None:
    for _before, fact, _foreign, judgement in every_judgement(state, word):
        if judgement.item.state.open:
            assert judgement.item.due_at is not None, fact
        if judgement.item.state.final:
            assert judgement.item.due_at is None, fact
            assert judgement.item.lease_until == 0, fact


@pytest.mark.parametrize(
    "word",
    [
        ReportedStatus.SUCCEEDED,
        ReportedStatus.FAILED,
        ReportedStatus.CANCELLED,
        ReportedStatus.PENDING,
        ReportedStatus.REJECTED,
    ],
)
@pytest.mark.parametrize("state", RefundState)
def test_a_fact_with_another_id_amount_or_currency_settles_nothing_and_is_an_anomaly(
    state: RefundState, word: ReportedStatus
) -> None:
    for before, fact, foreign, judgement in every_judgement(state, word):
        if foreign or before.sends == 0:
            assert judgement.anomaly, fact
            moved = {name: getattr(judgement.item, name) for name in ("due_at", "lease_until", "heard")}
            moved |= {name: getattr(judgement.item, name) for name in ("id_taken", "amount_in_doubt")}
            if before.state is RefundState.FAIL:
                assert not moved["id_taken"], fact
                assert not moved["amount_in_doubt"], fact
            assert judgement.item == replace(before, **moved), fact


@pytest.mark.parametrize("word", ReportedStatus)
@pytest.mark.parametrize("state", RefundState)
def test_what_names_the_refund_never_changes(state: RefundState, word: ReportedStatus) -> None:
    names = ("refund_request_id", "payment_request_id", "payment_id", "refund_id", "amount", "body", "sends", "version")
    for before, _fact, _foreign, judgement in every_judgement(state, word):
        assert [getattr(judgement.item, name) for name in names] == [getattr(before, name) for name in names]


@pytest.mark.parametrize("word", ReportedStatus)
@pytest.mark.parametrize("state", RefundState)
def test_the_same_fact_twice_is_the_same_as_once(state: RefundState, word: ReportedStatus) -> None:
    for _before, fact, _foreign, judgement in every_judgement(state, word):
        once = judgement.item
        assert judge(once, fact, LATER, PLAN).item == once, fact


@pytest.mark.parametrize("word", ReportedStatus)
@pytest.mark.parametrize("state", [state for state in RefundState if not state.final])
def test_what_alipay_had_in_process_stays_so_until_it_is_final(state: RefundState, word: ReportedStatus) -> None:
    for before, fact, _foreign, judgement in every_judgement(state, word):
        if before.heard is SendOutcome.ACCEPTED and before.state.open and judgement.item.state.open:
            assert judgement.item.heard is SendOutcome.ACCEPTED, fact


# --- unknown is not failure


@pytest.mark.parametrize("code", ["MERCHANT_BALANCE_NOT_ENOUGH", "SYSTEM_ERROR", "PROCESS_FAIL", "A_CODE_OF_TOMORROW"])
def test_an_f_to_the_first_send_is_final(code: str) -> None:
    told = judged(refund(), ReportedStatus.REJECTED, Source.REFUND, code=code, message="why", body="{}")
    assert told.item.state is RefundState.FAIL
    assert (told.item.result_code, told.item.result_message, told.item.settled_by) == (code, "why", "refund")
    assert not told.anomaly


@pytest.mark.parametrize("state", [RefundState.INITIATED, RefundState.PROCESSING])
def test_an_f_to_a_later_send_settles_nothing_and_is_asked_for_in_15_s(state: RefundState) -> None:
    told = judged(
        refund(state, sends=2), ReportedStatus.REJECTED, Source.REFUND, SENT + 500, code="MERCHANT_BALANCE_NOT_ENOUGH"
    )
    assert (told.item.state, told.item.heard) == (state, SendOutcome.NOTHING)
    assert (told.item.lease_until, told.item.due_at) == (0, SENT + 500 + 15 * SECOND)
    assert not told.anomaly


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (ReportedStatus.REJECTED, {"code": "REPEAT_REQ_INCONSISTENT"}),
        (ReportedStatus.SUCCEEDED, {"payment_id": "2024OTHER"}),
    ],
    ids=["used before", "another payment"],
)
def test_a_refund_whose_id_is_taken_is_settled_by_no_word_any_more(word: ReportedStatus, said: dict) -> None:
    told = judged(refund(), word, Source.REFUND, SENT + 500, **said)
    assert (told.item.state, told.item.id_taken) == (RefundState.INITIATED, True)
    again = judged(told.item, ReportedStatus.SUCCEEDED, Source.POLL, refund_request_id="REF-1")
    assert (again.item.state, again.anomaly) == (RefundState.INITIATED, ID_TAKEN)


def test_a_refund_of_which_nothing_ever_left_holds_no_amount_and_one_that_may_have_left_does() -> None:
    unsent = undo_claim(lease_for_send(refund(sends=0), SENT, PLAN), SENT + 1)
    assert (unsent.amount_released, unsent.held) == (True, 0)
    repeated = undo_claim(lease_for_send(refund(sends=1), SENT, PLAN), SENT + 1)
    assert (repeated.amount_released, repeated.held) == (False, int(AMOUNT.value))
    assert refund(RefundState.FAIL).held == 0


def test_a_lost_answer_leaves_the_refund_open_free_and_due_in_15_s() -> None:
    told = after(refund(), ReportedStatus.NO_INFORMATION, Source.REFUND, SENT + 12_000)
    assert told == replace(refund(), lease_until=0, due_at=SENT + 27_000)


def test_a_success_of_a_failed_refund_and_a_failure_of_a_successful_one_are_anomalies() -> None:
    for state, word in ((RefundState.FAIL, ReportedStatus.SUCCEEDED), (RefundState.SUCCESS, ReportedStatus.FAILED)):
        before = refund(state, answer="first", result_code="FIRST")
        told = judged(before, word, Source.NOTIFICATION, body="second", code="SECOND")
        assert told.item == before
        assert told.anomaly


def test_a_cancellation_of_a_refund_is_an_anomaly_and_the_refund_is_asked_for_again_by_the_plan() -> None:
    told = judged(refund(RefundState.PROCESSING, polls=4), ReportedStatus.CANCELLED, at=SENT + 77)
    assert told.anomaly == "a cancellation was reported of a refund"
    assert told.item == refund(RefundState.PROCESSING, polls=4, due_at=SENT + 77 + PLAN.refunds.after(4))


# --- what Alipay has in process


@pytest.mark.parametrize(
    ("code", "heard"),
    [
        ("REFUND_IN_PROCESS", SendOutcome.ACCEPTED),
        ("UNKNOWN_EXCEPTION", SendOutcome.UNKNOWN),
        ("REQUEST_TRAFFIC_EXCEED_LIMIT", SendOutcome.UNKNOWN),
        ("A_CODE_OF_TOMORROW", SendOutcome.UNKNOWN),
    ],
)
def test_only_refund_in_process_says_that_alipay_has_the_refund(code: str, heard: SendOutcome) -> None:
    told = after(refund(), ReportedStatus.PENDING, Source.REFUND, SENT + 500, code=code)
    assert (told.state, told.heard, told.lease_until) == (RefundState.PROCESSING, heard, 0)
    assert told.due_at == SENT + 500 + 15 * SECOND


def test_refund_in_process_forbids_another_send_also_when_something_else_in_it_is_not_ours() -> None:
    told = judged(refund(), ReportedStatus.PENDING, Source.REFUND, code="REFUND_IN_PROCESS", amount=Money("9", "JPY"))
    assert (told.item.state, told.item.heard) == (RefundState.INITIATED, SendOutcome.ACCEPTED)
    assert told.anomaly


@pytest.mark.parametrize("state", [RefundState.INITIATED, RefundState.PROCESSING, RefundState.NOT_SUBMITTED])
@pytest.mark.parametrize("source", [Source.INQUIRY, Source.POLL, Source.NOTIFICATION])
def test_a_refund_that_alipay_calls_processing_is_in_process(state: RefundState, source: Source) -> None:
    """Its first answer may have been lost, which alone would let a repeat send it again."""
    assert after(refund(state), ReportedStatus.PENDING, source).heard is SendOutcome.ACCEPTED


@pytest.mark.parametrize("changed", FOREIGN, ids=[next(iter(told)) for told in FOREIGN])
def test_another_refund_in_process_says_nothing_of_ours(changed: dict) -> None:
    before = refund(refund_id="2024R")
    assert after(before, ReportedStatus.PENDING, **changed).heard is SendOutcome.NOTHING


def test_what_alipay_had_in_process_is_not_believed_to_be_absent() -> None:
    now, asked = LATER, refund(RefundState.PROCESSING, heard=SendOutcome.ACCEPTED, polls=1)
    for polls in range(1, 6):
        told = judged(replace(asked, polls=polls), ReportedStatus.NOT_FOUND, at=now, code="ORDER_NOT_EXIST")
        asked, now = told.item, now + HOUR
        assert (asked.state, asked.not_found_count, told.anomaly) == (RefundState.PROCESSING, 0, FORGOTTEN)
        assert asked.due_at == now - HOUR + PLAN.refunds.after(polls)


def test_order_not_exist_soon_after_refund_in_process_is_a_race_and_no_anomaly() -> None:
    before = refund(RefundState.PROCESSING, heard=SendOutcome.ACCEPTED)
    told = judged(before, ReportedStatus.NOT_FOUND, at=LATER - 1)
    assert (told.item.state, told.anomaly) == (RefundState.PROCESSING, "")


@pytest.mark.parametrize("state", [state for state in RefundState if not state.open])
def test_a_refund_that_is_not_open_is_not_called_forgotten(state: RefundState) -> None:
    """It may have been in process before it failed, and Alipay need not keep what failed."""
    told = judged(refund(state, heard=SendOutcome.ACCEPTED), ReportedStatus.NOT_FOUND)
    assert (told.item.state, told.anomaly) == (state, "")


# --- ORDER_NOT_EXIST, and closed but not final


def absent(before: Refund, *moments: int) -> Refund:
    for at in moments:
        before = after(before, ReportedStatus.NOT_FOUND, at=at, code="ORDER_NOT_EXIST")
    return before


@pytest.mark.parametrize("heard", [SendOutcome.NOTHING, SendOutcome.UNKNOWN])
@pytest.mark.parametrize("state", [RefundState.INITIATED, RefundState.PROCESSING])
def test_order_not_exist_three_times_closes_the_refund_as_not_submitted(state: RefundState, heard: SendOutcome) -> None:
    twice = absent(refund(state, heard=heard), LATER - 1, LATER, LATER + GAP - 1, LATER + GAP)
    assert (twice.state, twice.not_found_count) == (state, 2)
    closed = absent(twice, LATER + 2 * GAP)
    assert (closed.state, closed.closed_at) == (RefundState.NOT_SUBMITTED, LATER + 2 * GAP)
    assert closed.due_at == LATER + 2 * GAP + 15 * MINUTE


CLOSED = LATER + 2 * GAP


@pytest.mark.parametrize(
    ("asked_after", "next_after"), [(15 * MINUTE, HOUR), (HOUR, 6 * HOUR), (6 * HOUR, DAY), (DAY, None)]
)
def test_a_closed_refund_is_asked_for_four_times_more(asked_after: int, next_after: int | None) -> None:
    told = after(refund(RefundState.NOT_SUBMITTED), ReportedStatus.NOT_FOUND, at=CLOSED + asked_after)
    assert told.state is RefundState.NOT_SUBMITTED
    assert told.due_at == (None if next_after is None else CLOSED + next_after)


@pytest.mark.parametrize("source", ORIGINS)
@pytest.mark.parametrize(
    ("word", "state"),
    [(ReportedStatus.SUCCEEDED, "SUCCESS"), (ReportedStatus.FAILED, "FAIL"), (ReportedStatus.PENDING, "PROCESSING")],
)
def test_a_signed_word_wins_over_not_submitted(source: Source, word: ReportedStatus, state: str) -> None:
    told = judged(refund(RefundState.NOT_SUBMITTED), word, source, CLOSED + HOUR, body="{}")
    assert told.item.state == state
    assert told.item.closed_at == 0
    assert told.item.due_at == (CLOSED + HOUR + 15 * SECOND if state == "PROCESSING" else None)
    # A failure is what callers were told to expect; anything else they were told otherwise.
    assert bool(told.anomaly) == (word is not ReportedStatus.FAILED)


def test_a_repeat_opens_a_closed_refund_with_the_new_body_and_an_f_to_it_settles_nothing() -> None:
    told_before = {"result_code": "ORDER_NOT_EXIST", "result_message": "no such refund", "settled_by": "poll"}
    closed = refund(RefundState.NOT_SUBMITTED, **told_before)
    sent = lease_for_send(reopen(closed, '{"new":1}'), CLOSED + HOUR, PLAN)
    assert (sent.state, sent.body, sent.closed_at) == (RefundState.INITIATED, '{"new":1}', 0)
    assert (sent.result_code, sent.result_message, sent.settled_by) == ("", "", "")
    assert (sent.sends, sent.amount) == (2, AMOUNT)
    told = after(sent, ReportedStatus.REJECTED, Source.REFUND, CLOSED + HOUR + 1, code="PROCESS_FAIL")
    assert told.state is RefundState.INITIATED


def test_a_send_of_which_no_byte_left_does_not_count_so_that_the_next_f_is_final() -> None:
    never = refund(sends=0, sent_at=0, lease_until=0, due_at=None)
    undone = undo_claim(lease_for_send(never, SENT, PLAN), SENT + 5)
    assert (undone.sends, undone.leased(SENT + 5), undone.due_at) == (0, False, SENT + 5 + 15 * SECOND)
    first = lease_for_send(undone, SENT + 9, PLAN)
    assert (
        after(first, ReportedStatus.REJECTED, Source.REFUND, SENT + 10, code="PROCESS_FAIL").state is RefundState.FAIL
    )


def test_what_a_message_leaves_out_does_not_contradict_and_what_it_adds_is_learned() -> None:
    told = after(refund(), ReportedStatus.SUCCEEDED, Source.REFUND, refund_id="2024NEW", refund_time="t1")
    assert (told.state, told.refund_id, told.refund_time) == (RefundState.SUCCESS, "2024NEW", "t1")
    assert after(told, ReportedStatus.SUCCEEDED, Source.NOTIFICATION, refund_time="t9") == told
    nameless = after(refund(), ReportedStatus.SUCCEEDED, Source.REFUND)
    later = after(nameless, ReportedStatus.SUCCEEDED, Source.NOTIFICATION, refund_id="2024NEW")
    assert later == replace(nameless, refund_id="2024NEW")


# --- any row of facts, claims and waits, in any order

FACTS = st.builds(
    RefundUpdate,
    word=st.sampled_from(ReportedStatus),
    source=st.sampled_from(ORIGINS),
    code=st.sampled_from(CODES),
    refund_request_id=st.sampled_from([None, "REF-1", "REF-2"]),
    refund_id=st.sampled_from([None, "A", "B"]),
    payment_id=st.sampled_from([None, "2024P", "2024Q"]),
    amount=st.sampled_from([None, AMOUNT, Money("1", "JPY"), Money("300", "PHP")]),
    body=st.just("{}"),
)
STEPS = st.lists(
    st.tuples(st.integers(0, 2 * HOUR), st.one_of(FACTS, st.sampled_from(["poll", "send", "unsent"]))), max_size=25
)


def step(before: Refund, what: RefundUpdate | str, at: int) -> Refund:
    """One step as the flows would take it: nobody sends what is final, leased, or to be asked for."""
    if isinstance(what, RefundUpdate):
        return judge(before, what, at, PLAN).item
    if what == "poll":
        return before if before.due_at is None else lease_for_poll(before, at, PLAN)
    if before.state.final or before.leased(at):
        return before
    if before.state is not RefundState.NOT_SUBMITTED and before.heard is not SendOutcome.NOTHING:
        return before
    free = reopen(before, "{}") if before.state is RefundState.NOT_SUBMITTED else before
    sent = lease_for_send(free, at, PLAN)
    return never_left(sent, sent, at, PLAN).item if what == "unsent" else sent


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_no_row_of_facts_leaves_a_final_state_frees_an_amount_twice_or_sends_what_is_in_process(
    steps: list[tuple[int, RefundUpdate | str]],
) -> None:
    at, now = SENT, lease_for_send(refund(sends=0, lease_until=0, due_at=None), SENT, PLAN)
    freed = 0
    for wait, what in steps:
        at += wait
        before, now = now, step(now, what, at)
        freed += now.state is RefundState.FAIL and before.state is not RefundState.FAIL
        if before.state.final:
            assert now.state is before.state
        assert freed == (now.state is RefundState.FAIL)
        if now.state.open:
            assert now.due_at is not None
        if now.state.final:
            assert now.due_at is None
        if before.heard is SendOutcome.ACCEPTED and before.state.open:
            assert now.sends == before.sends
            assert now.state is not RefundState.NOT_SUBMITTED
        assert now.refund_id == before.refund_id or before.refund_id is None
        assert now.sends >= 0
        assert now.amount == AMOUNT
