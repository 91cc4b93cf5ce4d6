"""The judgement of declarations: a declaration, a fact and a moment in; what becomes of it out."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from autodebit.clock import HOUR, MINUTE, SECOND
from autodebit.domain.declaration import (
    Declaration,
    DeclarationUpdate,
    changed_fields,
    claimed,
    judge,
    never_left,
    sent_again,
)
from autodebit.domain.declaration_states import DeclarationState
from autodebit.domain.polling_plan import Plan
from autodebit.domain.tracked_request import (
    ID_TAKEN,
    Money,
    ReportedStatus,
    SendOutcome,
    Source,
    Transition,
    lease_for_poll,
)
from tests.support.limit import Limit

PLAN = Plan()
SENT = 1_800_000_000_000
LATER = PLAN.not_found_counts_from(SENT)
"""The first moment at which a missing record counts."""
GAP = PLAN.not_found_gap
AMOUNT = Money("23610", "CNY")
OTHER = Money("23600", "CNY")
S = DeclarationState
ORIGINS = (Source.DECLARE, Source.INQUIRY, Source.POLL)
"""Who brings facts of declarations: there is no notification."""


def declaration(state: S = S.INITIATED, **changed: object) -> Declaration:
    """A declaration as it rests in *state*: sent once, and open ones due."""
    rest: dict[str, object] = {"due_at": SENT + PLAN.send_lease if state.open else None, "sends": 1, "sent_at": SENT}
    if state.at_alipay:
        rest |= {"heard": SendOutcome.ACCEPTED, "answer": "S"}
    if state is S.FAIL:
        rest |= {"answer": "F"}
    if state is S.NOT_SUBMITTED:
        rest |= {"closed_at": LATER, "due_at": LATER + 15 * MINUTE, "not_found_count": 3}
    made = Declaration(
        declaration_request_id="DCL-1",
        state=state,
        payment_id="P-1",
        customs_code="ZONGSHU",
        amount=AMOUNT,
        amounts=(AMOUNT,),
        body="first",
        created_at=SENT,
        version=4,
    )
    return replace(made, **{**rest, **changed})  # type: ignore[arg-type]


def judged(
    before: Declaration, word: ReportedStatus, source: Source = Source.POLL, at: int = LATER, **more: object
) -> Transition:
    asked_at = before.sent_at if source is Source.DECLARE else at
    return judge(before, DeclarationUpdate(word, source, **{"asked_at": asked_at, **more}), at, PLAN)  # type: ignore[arg-type]


def after(
    before: Declaration, word: ReportedStatus, source: Source = Source.POLL, at: int = LATER, **more: object
) -> Declaration:
    item: Declaration = judged(before, word, source, at, **more).item
    return item


def retransmitted(before: Declaration, at: int = LATER, **changed: object) -> Declaration:
    """*before* in the hands of a sender once more, with what has *changed*."""
    intent = replace(before, **changed)  # type: ignore[arg-type]
    return claimed(sent_again(before, intent), at, PLAN)


# --- every state x word x source x sends x amount


def every_judgement(state: S) -> Iterator[tuple[Declaration, DeclarationUpdate, Transition]]:
    codes = ("SUCCESS", "SYSTEM_ERROR", "CONTEXT_INCONSISTENT")
    for word, source, sends, code, amount in product(ReportedStatus, ORIGINS, (1, 2), codes, (None, AMOUNT, OTHER)):
        before = declaration(state, sends=sends)
        body = "told" if source is Source.DECLARE else ""
        asked_at = SENT if source is Source.DECLARE else LATER
        fact = DeclarationUpdate(word, source, code=code, amount=amount, body=body, asked_at=asked_at)
        yield before, fact, judge(before, fact, LATER, PLAN)


@pytest.mark.parametrize("state", S)
def test_everything_open_is_due_and_nothing_settled_is(state: S) -> None:
    for before, fact, judgement in every_judgement(state):
        then = judgement.item
        if then.state.open:
            assert then.due_at is not None, (before, fact)
        elif then.state.final:
            assert then.due_at is None, (before, fact)


@pytest.mark.parametrize("state", [S.COMPLETED, S.FAIL])
def test_no_word_of_alipay_moves_what_is_settled(state: S) -> None:
    for before, fact, judgement in every_judgement(state):
        assert judgement.item.state is before.state, fact


@pytest.mark.parametrize("state", S)
def test_a_record_of_another_amount_settles_nothing_and_is_an_anomaly(state: S) -> None:
    for before, fact, judgement in every_judgement(state):
        if fact.amount is OTHER and fact.word in (ReportedStatus.PENDING, ReportedStatus.SUCCEEDED):
            assert judgement.anomaly == "amount differs from every one that was declared"
            assert judgement.item == replace(
                before, due_at=judgement.item.due_at, lease_until=judgement.item.lease_until
            )


@pytest.mark.parametrize("state", S)
def test_only_the_first_send_can_fail_a_declaration(state: S) -> None:
    for before, fact, judgement in every_judgement(state):
        if judgement.item.state is S.FAIL and before.state is not S.FAIL:
            assert (fact.word, before.sends) == (ReportedStatus.REJECTED, 1)
            assert fact.code != "CONTEXT_INCONSISTENT"
            assert before.state in (S.INITIATED, S.NOT_SUBMITTED)


@pytest.mark.parametrize("state", S)
def test_an_unknown_answer_leaves_the_state_alone(state: S) -> None:
    for before, fact, judgement in every_judgement(state):
        if fact.word is ReportedStatus.NO_INFORMATION:
            assert judgement.item.state is before.state
            assert judgement.item.answered is before.answered


@pytest.mark.parametrize("state", S)
def test_a_missing_record_counts_only_where_we_asked_ourselves(state: S) -> None:
    for before, fact, judgement in every_judgement(state):
        if fact.word is ReportedStatus.NOT_FOUND and fact.source is Source.INQUIRY:
            assert judgement == Transition(before)


# --- the answer to declare


def test_s_is_handed_over_and_not_the_verdict() -> None:
    then = after(declaration(), ReportedStatus.PENDING, Source.DECLARE, body="S", customs_order_id="O-1")
    assert (then.state, then.answer, then.answered, then.customs_order_id) == (S.IN_PROCESS, "S", True, "O-1")
    assert then.due_at == LATER + 30 * SECOND
    assert then.settled_by == ""


def test_the_first_f_is_final() -> None:
    then = after(declaration(), ReportedStatus.REJECTED, Source.DECLARE, code="RISK_REJECT", message="no", body="F")
    assert (then.state, then.result_code, then.result_message, then.answer) == (S.FAIL, "RISK_REJECT", "no", "F")
    assert (then.settled_by, then.due_at, then.lease_until) == ("declare", None, 0)


@pytest.mark.parametrize("code", ["REPEAT_REQ_INCONSISTENT", "CONTEXT_INCONSISTENT"])
def test_an_f_that_says_the_id_is_in_use_marks_it_as_taken(code: str) -> None:
    then = after(declaration(), ReportedStatus.REJECTED, Source.DECLARE, code=code, body="F")
    assert (then.state, then.answered, then.id_taken) == (S.INITIATED, False, True)


def test_an_f_to_a_later_send_settles_nothing() -> None:
    then = after(declaration(sends=2), ReportedStatus.REJECTED, Source.DECLARE, code="SYSTEM_ERROR", body="F")
    assert (then.state, then.answered) == (S.INITIATED, False)


@pytest.mark.parametrize("word", [ReportedStatus.PENDING, ReportedStatus.SUCCEEDED])
def test_a_record_found_while_the_only_send_was_out_that_is_then_refused_is_anothers(word: ReportedStatus) -> None:
    found = after(declaration(), word, Source.INQUIRY)
    then = judged(found, ReportedStatus.REJECTED, Source.DECLARE, code="SYSTEM_ERROR", body="F")
    assert (then.item.state, then.item.id_taken, then.item.answer) == (found.state, True, "")
    assert then.anomaly == ID_TAKEN


def test_a_record_found_while_a_repeat_was_out_that_is_then_refused_may_be_the_earlier_sends() -> None:
    found = after(declaration(sends=2), ReportedStatus.PENDING, Source.INQUIRY)
    then = after(found, ReportedStatus.REJECTED, Source.DECLARE, code="SYSTEM_ERROR", body="F")
    assert (then.state, then.answered, then.answer, then.id_taken) == (S.IN_PROCESS, True, "", False)


# --- the record


def test_the_verdict_of_customs_is_kept_whatever_it_is() -> None:
    verdict = {"customs_result_code": "-621501", "customs_result_desc": "mismatch", "customs_return_time": "t"}
    then = after(declaration(S.IN_PROCESS), ReportedStatus.SUCCEEDED, amount=AMOUNT, **verdict)
    assert (then.state, then.settled_by) == (S.COMPLETED, "poll")
    assert {name: getattr(then, name) for name in verdict} == verdict
    assert not then.done


@pytest.mark.parametrize("code", ["2", "120", "success", "-1", "7", None])
def test_only_two_codes_of_customs_are_acceptance_and_the_clearing_data_are_part_of_it(code: str | None) -> None:
    completed = after(declaration(S.IN_PROCESS), ReportedStatus.SUCCEEDED, customs_result_code=code)
    assert (completed.done, completed.receipt_missing) == (False, True)
    told = after(completed, ReportedStatus.PENDING, Source.DECLARE, body="S2", clearing_channel="NUCC")
    assert (told.state, told.answer, told.due_at) == (S.COMPLETED, "S2", None)
    assert (told.done, told.receipt_missing) == (code in ("2", "120"), False)


def test_in_process_no_receipt_is_missing() -> None:
    assert not declaration(S.IN_PROCESS).receipt_missing


def test_a_later_receipt_replaces_an_earlier_one() -> None:
    completed = after(declaration(S.IN_PROCESS), ReportedStatus.SUCCEEDED, customs_result_code="success")
    assert (
        after(completed, ReportedStatus.SUCCEEDED, Source.INQUIRY, customs_result_code="2").customs_result_code == "2"
    )


def test_a_record_proves_that_a_send_without_answer_arrived() -> None:
    then = after(declaration(), ReportedStatus.PENDING, customs_order_id="O-1")
    assert (then.state, then.answered, then.customs_order_id) == (S.IN_PROCESS, True, "O-1")


# --- no record


def test_a_missing_record_is_believed_the_third_time_after_the_grace() -> None:
    item = after(declaration(), ReportedStatus.NOT_FOUND, at=LATER - 1)
    assert item.not_found_count == 0
    for moment in (LATER, LATER + GAP - 1, LATER + GAP, LATER + 2 * GAP):
        item = after(item, ReportedStatus.NOT_FOUND, at=moment)
    assert (item.state, item.closed_at, item.due_at) == (S.NOT_SUBMITTED, moment, moment + 15 * MINUTE)


def test_what_is_not_submitted_is_asked_for_four_times_more() -> None:
    item, moments = declaration(S.NOT_SUBMITTED), []
    limit = Limit()
    while item.due_at is not None:
        limit.step()
        moments.append(item.due_at - LATER)
        item = after(item, ReportedStatus.NOT_FOUND, at=item.due_at)
    assert moments == [15 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR]


def test_a_recheck_without_answer_is_made_again() -> None:
    item = after(declaration(S.NOT_SUBMITTED), ReportedStatus.NO_INFORMATION, at=LATER + 15 * MINUTE)
    assert item.due_at == LATER + 30 * MINUTE


@pytest.mark.parametrize(
    ("word", "state"), [(ReportedStatus.PENDING, S.IN_PROCESS), (ReportedStatus.SUCCEEDED, S.COMPLETED)]
)
def test_a_record_wins_over_not_submitted(word: ReportedStatus, state: S) -> None:
    judgement = judged(declaration(S.NOT_SUBMITTED), word)
    assert (judgement.item.state, judgement.item.closed_at) == (state, 0)
    assert judgement.item.due_at == (LATER + 30 * SECOND if state.open else None)
    assert judgement.anomaly == "callers were told that this declaration was not submitted"


def test_alipay_cannot_forget_what_it_accepted() -> None:
    judgement = judged(declaration(S.IN_PROCESS), ReportedStatus.NOT_FOUND)
    assert judgement.anomaly == "Alipay no longer knows a declaration that it accepted"
    assert (judgement.item.state, judgement.item.due_at) == (S.IN_PROCESS, LATER + 30 * SECOND)


def test_intervals_back_off_from_half_a_minute_to_an_hour() -> None:
    item, at, waits = declaration(S.IN_PROCESS), LATER, []
    for _ in range(9):
        item = after(lease_for_poll(item, at, PLAN), ReportedStatus.PENDING, at=at)
        assert item.due_at is not None
        waits.append((item.due_at - at) // SECOND)
        at = item.due_at
    assert waits == [60, 120, 300, 600, 1200, 2400, 3600, 3600, 3600]


# --- sent again


def test_a_retransmission_of_what_is_completed_is_in_process_again() -> None:
    completed = after(
        declaration(S.IN_PROCESS), ReportedStatus.SUCCEEDED, customs_result_code="-1", customs_return_time="t"
    )
    then = retransmitted(completed, body="second", amount=OTHER, customs_code="NINGBO")
    assert (then.state, then.body, then.amount, then.customs_code) == (S.IN_PROCESS, "second", OTHER, "NINGBO")
    assert (then.customs_result_code, then.customs_return_time, then.settled_by) == (None, None, "")
    assert (then.sends, then.answered, then.due_at) == (1, False, LATER + PLAN.send_lease)


def test_what_was_refused_is_never_sent_again() -> None:
    with pytest.raises(ValueError, match="refused"):
        retransmitted(declaration(S.FAIL))


def test_a_repeat_of_what_was_not_answered_counts_as_another_send() -> None:
    then = retransmitted(declaration())
    assert (then.state, then.sends, then.retransmitted) == (S.INITIATED, 2, False)
    lost = retransmitted(declaration(S.IN_PROCESS))
    assert retransmitted(lost).sends == 2
    assert retransmitted(lost, body="third").sends == 1


def test_what_was_not_submitted_is_opened_again() -> None:
    then = retransmitted(declaration(S.NOT_SUBMITTED))
    assert (then.state, then.closed_at, then.not_found_count) == (S.INITIATED, 0, 0)


@pytest.mark.parametrize("code", ["SYSTEM_ERROR", "CONTEXT_INCONSISTENT"])
def test_an_f_to_a_retransmission_leaves_the_declaration_as_it_was(code: str) -> None:
    sent = retransmitted(declaration(S.IN_PROCESS), body="second", amount=OTHER)
    refused = after(sent, ReportedStatus.REJECTED, Source.DECLARE, LATER + SECOND, code=code, body="F")
    assert (refused.state, refused.answer, refused.lease_until) == (S.IN_PROCESS, "F", 0)
    then = after(refused, ReportedStatus.SUCCEEDED, at=LATER + 2 * SECOND, amount=AMOUNT, customs_result_code="2")
    assert (then.state, then.amount, then.customs_result_code) == (S.COMPLETED, AMOUNT, "2")
    assert not then.receipt_missing  # it speaks of other data than those that were sent last
    assert not replace(then, clearing_channel="NUCC").done


def test_an_f_to_a_repeated_retransmission_settles_nothing() -> None:
    sent = retransmitted(retransmitted(declaration(S.IN_PROCESS), body="second"))
    assert not after(sent, ReportedStatus.REJECTED, Source.DECLARE, code="SYSTEM_ERROR", body="F").answered


@pytest.mark.parametrize("word", [ReportedStatus.PENDING, ReportedStatus.SUCCEEDED])
def test_a_record_asked_for_before_a_retransmission_ended_says_nothing_of_it(word: ReportedStatus) -> None:
    sent = retransmitted(declaration(S.IN_PROCESS), LATER)
    assert after(sent, word, Source.INQUIRY, LATER + SECOND) == sent
    told = after(sent, ReportedStatus.PENDING, Source.DECLARE, LATER + 2 * SECOND, body="S")
    early = DeclarationUpdate(word, Source.INQUIRY, asked_at=LATER + SECOND)
    assert judge(told, early, LATER + 3 * SECOND, PLAN).item == told
    assert after(told, ReportedStatus.SUCCEEDED, Source.INQUIRY, LATER + 3 * SECOND).state is S.COMPLETED


def test_after_a_lost_answer_records_speak_of_a_retransmission_once_it_cannot_be_under_way() -> None:
    lost = after(
        retransmitted(declaration(S.IN_PROCESS)), ReportedStatus.NO_INFORMATION, Source.DECLARE, LATER + 12 * SECOND
    )
    assert after(lost, ReportedStatus.SUCCEEDED, at=LATER + PLAN.send_lease - 1).state is S.IN_PROCESS
    then = after(lost, ReportedStatus.SUCCEEDED, at=LATER + PLAN.send_lease)
    assert (then.state, then.answered) == (S.COMPLETED, False)  # the record may be the earlier transmission's


def test_a_send_of_which_no_byte_left_is_undone() -> None:
    first = claimed(declaration(sends=0), LATER, PLAN)
    undone = never_left(first, first, None, LATER, PLAN).item
    assert (undone.sends, undone.lease_until, undone.due_at) == (0, 0, LATER + 30 * SECOND)
    completed = after(declaration(S.IN_PROCESS), ReportedStatus.SUCCEEDED, customs_result_code="-1")
    again = replace(retransmitted(completed, body="second"), version=9)
    assert never_left(again, again, completed, LATER, PLAN) == Transition(replace(completed, version=9))


def test_a_send_that_never_left_is_not_undone_once_another_one_was_made() -> None:
    first = claimed(declaration(sends=0), LATER, PLAN)
    later = retransmitted(first, LATER + MINUTE)
    assert never_left(later, first, None, LATER + MINUTE, PLAN) == Transition(later)


def test_a_record_learned_while_a_repeat_was_out_may_be_of_the_earlier_send() -> None:
    before = declaration()
    again = retransmitted(before)
    found = after(again, ReportedStatus.SUCCEEDED, Source.INQUIRY, customs_result_code="2")
    then = never_left(found, again, before, LATER, PLAN)
    assert then.anomaly == ""
    assert (then.item.state, then.item.id_taken, then.item.sends) == (S.COMPLETED, False, 1)


@pytest.mark.parametrize("word", [ReportedStatus.PENDING, ReportedStatus.REJECTED, ReportedStatus.NO_INFORMATION])
def test_the_answer_to_an_earlier_send_says_nothing_of_a_later_one(word: ReportedStatus) -> None:
    sent = retransmitted(declaration(S.COMPLETED), body="second")
    assert judged(sent, word, Source.DECLARE, body="S", asked_at=SENT) == Transition(sent)


# --- what a retransmission changes


def test_changes_are_named_by_their_paths() -> None:
    before = {"a": "1", "b": {"c": "1", "d": {"e": "1"}}, "f": ["x"], "same": {"g": "1"}}
    later = {"a": "2", "b": {"c": "1", "d": {"e": "2", "new": "1"}}, "f": ["y"], "same": {"g": "1"}, "h": {"i": "1"}}
    assert list(changed_fields(before, later)) == ["a", "b.d.e", "b.d.new", "f", "h.i"]
    assert list(changed_fields(later, before)) == ["a", "b.d.e", "b.d.new", "f", "h.i"]
    assert list(changed_fields(before, before)) == []


@pytest.mark.parametrize(
    ("word", "source"),
    [
        (ReportedStatus.PENDING, Source.DECLARE),
        (ReportedStatus.PENDING, Source.POLL),
        (ReportedStatus.SUCCEEDED, Source.POLL),
    ],
)
def test_a_signed_word_ends_a_row_of_missing_records(word: ReportedStatus, source: Source) -> None:
    found = after(declaration(not_found_count=2, not_found_at=LATER), word, source, at=LATER + GAP)
    assert (found.not_found_count, found.not_found_at) == (0, 0)
