"""The judgement: a registration, a fact and a moment in; what becomes of the registration out."""

from dataclasses import replace
from itertools import product

import pytest

from autodebit.clock import DAY, HOUR, MINUTE, SECOND
from autodebit.domain.polling_plan import Plan
from autodebit.domain.registration import (
    OF_AN_EARLIER_SEND,
    Registration,
    RegistrationTransition,
    RegistrationUpdate,
    WalletResult,
    judge,
    lease_for_poll,
    lease_for_send,
    meant,
    not_sent,
    overdue,
)
from autodebit.domain.registration import RegistrationReport as ReportedStatus
from autodebit.domain.registration import RegistrationSource as Source
from autodebit.domain.registration_states import REGISTRATION, RegistrationEvent, RegistrationState
from autodebit.domain.transitions import InvalidTransition, MoveTo

PLAN = Plan()
SENT = 1_800_000_000_000
LATER = PLAN.not_found_counts_from(SENT)
"""The first moment at which RECORD_NOT_FOUND counts."""
GAP = PLAN.not_found_gap
FIRST_WAIT = PLAN.registrations.after(0)
TELLING = (Source.INQUIRY, Source.POLL, Source.NOTIFICATION)
NEWS = {
    ReportedStatus.ACCEPTED: RegistrationEvent.UNDER_REVIEW,
    ReportedStatus.PENDING: RegistrationEvent.UNDER_REVIEW,
    ReportedStatus.COMPLETED: RegistrationEvent.COMPLETED,
    ReportedStatus.REJECTED: RegistrationEvent.REJECTED,
}


def registration(state: RegistrationState = RegistrationState.INITIATED, **changed) -> Registration:
    """A registration as it rests in *state*: sent once, and open ones due."""
    made = Registration(
        registration_request_id="REG-1",
        reference_merchant_id="M-1",
        state=state,
        body="{}",
        created_at=SENT,
        due_at=SENT + PLAN.send_lease if state.open else None,
        lease_until=SENT + PLAN.send_lease if state is RegistrationState.INITIATED else 0,
        sends=1,
        sent_at=SENT,
        version=4,
    )
    return replace(made, **changed)


def judged(
    before: Registration, word: ReportedStatus, source: Source = Source.POLL, at: int = LATER, **fields
) -> RegistrationTransition:
    return judge(before, RegistrationUpdate(word, source, **fields), at, PLAN)


def after(
    before: Registration, word: ReportedStatus, source: Source = Source.POLL, at: int = LATER, **fields
) -> Registration:
    return judged(before, word, source, at, **fields).registration


# --- every state x word x source


@pytest.mark.parametrize("state", RegistrationState)
@pytest.mark.parametrize("word", NEWS)
def test_a_word_does_what_the_table_says_whoever_brings_it(state: RegistrationState, word: ReportedStatus) -> None:
    step = REGISTRATION[state, NEWS[word]]
    for source in Source:
        told = judged(registration(state), word, source)
        assert told.registration.state is (RegistrationState(step.to) if isinstance(step, MoveTo) else state)
        assert told.anomaly == (step.anomaly if isinstance(step, InvalidTransition) else "")


@pytest.mark.parametrize("state", RegistrationState)
@pytest.mark.parametrize("word", ReportedStatus)
def test_whatever_is_open_is_due_and_what_is_final_is_not(state: RegistrationState, word: ReportedStatus) -> None:
    for source, sends in product(Source, (0, 1, 2)):
        told = after(registration(state, sends=sends), word, source)
        assert (told.due_at is not None) == told.state.open
        if not told.state.open:
            assert told.lease_until == 0


@pytest.mark.parametrize("word", [ReportedStatus.NO_INFORMATION, ReportedStatus.UNKNOWN, ReportedStatus.NOT_FOUND])
@pytest.mark.parametrize("state", RegistrationState)
def test_no_answer_u_and_one_record_not_found_move_nothing(state: RegistrationState, word: ReportedStatus) -> None:
    for source in Source:
        assert after(registration(state), word, source).state is state


FOREIGN = {
    "registrationRequestId": {"registration_request_id": "REG-2"},
    "referenceMerchantId": {"reference_merchant_id": "M-2"},
    "referenceStoreId": {"reference_store_id": "S-2"},
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("word", [ReportedStatus.PENDING, ReportedStatus.COMPLETED, ReportedStatus.REJECTED])
def test_a_word_with_another_id_settles_nothing(name: str, word: ReportedStatus) -> None:
    before = registration(RegistrationState.PENDING, reference_store_id="S-1")
    wallets = (WalletResult("GCASH", "APPROVED"),)
    told = judged(before, word, Source.NOTIFICATION, wallets=wallets, **FOREIGN[name])
    assert told == RegistrationTransition(before, f"{name} differs from the intent's")


def test_what_a_message_leaves_out_does_not_contradict() -> None:
    ids = {"registration_request_id": "REG-1", "reference_merchant_id": "M-1", "reference_store_id": "S-1"}
    for given in ({}, ids, {"reference_merchant_id": "M-1"}):
        told = judged(registration(reference_store_id="S-1"), ReportedStatus.COMPLETED, **given)
        assert (told.registration.state, told.anomaly) == (RegistrationState.COMPLETED, "")


# --- what a send brings back


def test_accepted_is_under_review_and_its_answer_is_kept() -> None:
    told = after(registration(), ReportedStatus.ACCEPTED, Source.REGISTRATION, SENT + 1, code="SUCCESS", body="{S}")
    assert (told.state, told.answer, told.lease_until) == (RegistrationState.PENDING, "{S}", 0)
    assert told.due_at == SENT + 1 + FIRST_WAIT


def test_an_acceptance_that_comes_after_the_outcome_is_kept_and_moves_nothing() -> None:
    done = after(registration(), ReportedStatus.COMPLETED, Source.NOTIFICATION)
    told = judged(done, ReportedStatus.ACCEPTED, Source.REGISTRATION, body="{S}")
    assert told == RegistrationTransition(replace(done, answer="{S}"))


def test_u_leaves_it_open_to_be_asked_for_and_a_new_send_starts_afresh() -> None:
    told = after(registration(), ReportedStatus.UNKNOWN, Source.REGISTRATION, SENT + 1)
    assert (told.state, told.told_unknown, told.lease_until) == (RegistrationState.INITIATED, True, 0)
    assert lease_for_send(told, LATER, PLAN).told_unknown is False


@pytest.mark.parametrize("code", ["PARAM_ILLEGAL", "A_CODE_OF_NEXT_YEAR", *sorted(OF_AN_EARLIER_SEND)])
def test_an_f_to_the_first_send_is_final(code: str) -> None:
    told = after(registration(), ReportedStatus.REFUSED, Source.REGISTRATION, code=code, message="no", body="{F}")
    assert (told.state, told.result_code, told.result_message) == (RegistrationState.FAIL, code, "no")
    assert (told.answer, told.settled_by, told.due_at) == ("{F}", "registration", None)


@pytest.mark.parametrize("code", ["PARAM_ILLEGAL", *sorted(OF_AN_EARLIER_SEND)])
def test_an_f_to_a_later_send_settles_nothing(code: str) -> None:
    told = judged(registration(sends=2), ReportedStatus.REFUSED, Source.REGISTRATION, code=code)
    assert (told.registration.state, told.anomaly) == (RegistrationState.INITIATED, "")
    assert (told.registration.lease_until, told.registration.due_at) == (0, LATER + FIRST_WAIT)


def test_a_send_of_which_no_byte_left_does_not_count() -> None:
    never = not_sent(registration(), SENT + 1, PLAN)
    assert (never.sends, never.lease_until, never.due_at) == (0, 0, SENT + 1 + FIRST_WAIT)
    again = lease_for_send(never, LATER, PLAN)
    assert (
        after(again, ReportedStatus.REFUSED, Source.REGISTRATION, code="PARAM_ILLEGAL").state is RegistrationState.FAIL
    )


# --- RECORD_NOT_FOUND


def absent(before: Registration, *moments: int, source: Source = Source.POLL) -> Registration:
    for at in moments:
        before = after(before, ReportedStatus.NOT_FOUND, source, at, code="RECORD_NOT_FOUND")
    return before


THRICE = (LATER, LATER + GAP, LATER + 2 * GAP)


def test_record_not_found_is_not_counted_while_a_send_may_be_under_way_and_once_in_a_gap() -> None:
    assert absent(registration(), LATER - 1).not_found_count == 0
    assert absent(registration(), LATER, LATER + GAP - 1).not_found_count == 1
    assert absent(registration(), LATER, LATER + GAP).not_found_count == 2


def test_it_closes_nothing_but_once_it_is_believed_a_repeat_is_a_first_send() -> None:
    unsure = registration(sends=2, told_unknown=True)
    twice = absent(unsure, *THRICE[:2])
    assert (twice.disproved, twice.told_unknown) == (0, True)
    believed = absent(unsure, *THRICE)
    assert (believed.state, believed.disproved, believed.told_unknown) == (RegistrationState.INITIATED, 2, False)
    again = lease_for_send(believed, LATER + HOUR, PLAN)
    told = after(again, ReportedStatus.REFUSED, Source.REGISTRATION, LATER + HOUR + 1, code="PARAM_ILLEGAL")
    assert told.state is RegistrationState.FAIL


@pytest.mark.parametrize("code", sorted(OF_AN_EARLIER_SEND))
def test_a_refusal_that_may_speak_of_an_earlier_send_settles_nothing_even_then(code: str) -> None:
    again = lease_for_send(absent(registration(), *THRICE), LATER + HOUR, PLAN)
    told = after(again, ReportedStatus.REFUSED, Source.REGISTRATION, LATER + HOUR + 1, code=code)
    assert told.state is RegistrationState.INITIATED


def test_a_send_after_a_believed_absence_may_itself_have_been_acted_on() -> None:
    once_more = lease_for_send(absent(registration(), *THRICE), LATER + HOUR, PLAN)
    lost = after(once_more, ReportedStatus.NO_INFORMATION, Source.REGISTRATION, LATER + HOUR + 1)
    third = lease_for_send(lost, LATER + 2 * HOUR, PLAN)
    told = after(third, ReportedStatus.REFUSED, Source.REGISTRATION, LATER + 2 * HOUR + 1, code="PARAM_ILLEGAL")
    assert told.state is RegistrationState.INITIATED


def test_a_registration_under_review_that_is_forgotten_is_an_anomaly_once_and_stays_due() -> None:
    pending = registration(RegistrationState.PENDING, polls=3)
    told = judged(absent(pending, *THRICE[:2]), ReportedStatus.NOT_FOUND, at=THRICE[2])
    assert told.anomaly == "Alipay no longer knows a registration that it had under review"
    assert (told.registration.state, told.registration.disproved) == (RegistrationState.PENDING, 0)
    assert told.registration.due_at == THRICE[2] + PLAN.registrations.after(3)
    again = judged(told.registration, ReportedStatus.NOT_FOUND, at=LATER + HOUR)
    assert (again.anomaly, again.registration.due_at) == ("", LATER + HOUR + PLAN.registrations.after(3))


def test_any_signed_word_of_the_registration_starts_the_count_again() -> None:
    pending = after(absent(registration(), *THRICE[:2]), ReportedStatus.PENDING, at=LATER + 2 * GAP)
    assert (pending.not_found_count, pending.not_found_at) == (0, 0)


def test_record_not_found_before_a_send_says_nothing_of_that_send() -> None:
    again = lease_for_send(absent(registration(), *THRICE[:2]), LATER + HOUR, PLAN)
    first = PLAN.not_found_counts_from(LATER + HOUR)
    twice = absent(again, first, first + GAP)
    assert (twice.not_found_count, twice.disproved) == (2, 0)
    assert absent(twice, first + 2 * GAP).disproved == 2


# --- wallets

APPROVED, REJECTED, PENDING, SILENT, NEW = (
    WalletResult("GCASH", status) for status in ("APPROVED", "REJECTED", "PENDING", "", "ON_HOLD")
)


@pytest.mark.parametrize(
    ("known", "told", "kept"),
    [
        (None, PENDING, PENDING),
        (None, SILENT, SILENT),
        (PENDING, APPROVED, APPROVED),
        (PENDING, REJECTED, REJECTED),
        (PENDING, SILENT, PENDING),
        (PENDING, NEW, NEW),
        (NEW, PENDING, PENDING),
        (APPROVED, PENDING, APPROVED),
        (APPROVED, SILENT, APPROVED),
        (APPROVED, NEW, APPROVED),
        (APPROVED, REJECTED, REJECTED),
        (REJECTED, APPROVED, APPROVED),
    ],
)
@pytest.mark.parametrize("state", [RegistrationState.PENDING, RegistrationState.COMPLETED])
def test_a_wallets_latest_word_counts_and_late_news_does_not_undecide_it(state, known, told, kept) -> None:
    other = WalletResult("DANA", "PENDING")
    before = registration(state, wallets=(known, other) if known else (other,))
    now = judged(before, ReportedStatus.PENDING, Source.NOTIFICATION, wallets=(told,))
    assert now.anomaly == ""
    assert now.registration.state is state
    assert {wallet.name: wallet for wallet in now.registration.wallets} == {"GCASH": kept, "DANA": other}


def test_a_list_that_is_missing_forgets_no_wallet() -> None:
    before = registration(RegistrationState.PENDING, wallets=(APPROVED,))
    assert after(before, ReportedStatus.COMPLETED).wallets == (APPROVED,)


def test_wallets_are_learned_from_a_message_without_a_word_on_the_whole() -> None:
    assert after(registration(), ReportedStatus.NO_INFORMATION, wallets=(APPROVED,)).wallets == (APPROVED,)


def test_a_contradiction_teaches_nothing() -> None:
    done = registration(RegistrationState.COMPLETED, wallets=(APPROVED,))
    told = judged(done, ReportedStatus.REJECTED, Source.NOTIFICATION, wallets=(REJECTED,))
    assert told == RegistrationTransition(done, "a rejection was reported of a completed registration")


# --- the timetable


def test_only_a_sender_and_a_poller_move_the_timetable() -> None:
    before = registration(RegistrationState.PENDING, lease_until=SENT + 9)
    for source, word in product(
        (Source.NOTIFICATION, Source.INQUIRY),
        (ReportedStatus.PENDING, ReportedStatus.NO_INFORMATION, ReportedStatus.NOT_FOUND),
    ):
        told = after(before, word, source)
        assert (told.due_at, told.lease_until) == (before.due_at, before.lease_until)


@pytest.mark.parametrize("polls", [1, 2, 5, 30])
def test_a_poll_without_outcome_waits_longer_each_time_from_minutes_to_an_hour(polls: int) -> None:
    told = after(
        lease_for_poll(registration(RegistrationState.PENDING, polls=polls - 1), LATER, PLAN), ReportedStatus.PENDING
    )
    assert told.due_at == LATER + PLAN.registrations.after(polls)
    assert MINUTE <= PLAN.registrations.after(polls) <= HOUR


def test_a_send_is_leased_and_starts_its_counts_afresh() -> None:
    before = registration(not_found_count=2, not_found_at=LATER, polls=5, told_unknown=True, disproved=1)
    end = LATER + HOUR + PLAN.send_lease
    assert lease_for_send(before, LATER + HOUR, PLAN) == replace(
        before,
        sends=2,
        sent_at=LATER + HOUR,
        lease_until=end,
        due_at=end,
        told_unknown=False,
        polls=0,
        not_found_count=0,
        not_found_at=0,
    )


def test_a_claim_leaves_it_due_should_its_holder_die() -> None:
    sent = lease_for_send(registration(sends=0), LATER, PLAN)
    assert (sent.sends, sent.leased(LATER + 25 * SECOND - 1)) == (1, True)
    assert (sent.leased(LATER + 25 * SECOND), sent.due_at) == (False, LATER + 25 * SECOND)
    assert lease_for_poll(sent, LATER, PLAN).due_at == LATER + PLAN.poll_lease


@pytest.mark.parametrize(
    ("state", "polls", "age", "late"),
    [
        (RegistrationState.INITIATED, 30, HOUR, True),
        (RegistrationState.INITIATED, 2, HOUR, False),
        (RegistrationState.PENDING, 30, 7 * DAY - 1, False),
        (RegistrationState.PENDING, 30, 7 * DAY, True),
        (RegistrationState.COMPLETED, 30, 8 * DAY, False),
    ],
)
def test_people_hear_of_a_missing_receipt_soon_and_of_a_review_after_a_week(state, polls, age, late: bool) -> None:
    assert overdue(registration(state, polls=polls), SENT + age, PLAN) is late


# --- a word that names the merchant only

NEWEST = registration(RegistrationState.PENDING)
COMPLETED_BEFORE = registration(RegistrationState.COMPLETED, registration_request_id="REG-0")
REJECTED_BEFORE = registration(RegistrationState.REJECTED, registration_request_id="REG-0")
OPEN_BEFORE = registration(RegistrationState.PENDING, registration_request_id="REG-0")


@pytest.mark.parametrize(
    ("earlier", "word", "which"),
    [
        (None, ReportedStatus.PENDING, NEWEST),
        (None, ReportedStatus.COMPLETED, NEWEST),
        (None, ReportedStatus.NO_INFORMATION, NEWEST),
        (COMPLETED_BEFORE, ReportedStatus.COMPLETED, COMPLETED_BEFORE),
        (COMPLETED_BEFORE, ReportedStatus.REJECTED, NEWEST),
        (COMPLETED_BEFORE, ReportedStatus.PENDING, None),
        (REJECTED_BEFORE, ReportedStatus.COMPLETED, NEWEST),
        (REJECTED_BEFORE, ReportedStatus.REJECTED, REJECTED_BEFORE),
        (REJECTED_BEFORE, ReportedStatus.PENDING, None),
        (REJECTED_BEFORE, ReportedStatus.NO_INFORMATION, None),
        (OPEN_BEFORE, ReportedStatus.COMPLETED, None),
    ],
)
def test_what_may_be_a_late_word_on_the_one_before_does_not_settle_the_newest(
    earlier, word: ReportedStatus, which
) -> None:
    assert meant(NEWEST, earlier, word) == which
