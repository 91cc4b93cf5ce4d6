"""Is this answer the answer to the only send? One rule for all that is sent."""

from dataclasses import replace

import pytest

from autodebit.clock import DAY
from autodebit.domain.payment import PaymentUpdate, judge
from autodebit.domain.polling_plan import Plan
from autodebit.domain.tracked_request import (
    OTHER_CLIENT_ID,
    ReportedStatus,
    Source,
    answers_only_send,
    certainly_never_sent,
)
from tests.unit.domain.test_judge import LATER, SENT, payment

PLAN = Plan()
RESTORED = Plan(restored_at=SENT - DAY)


@pytest.mark.parametrize(("sends", "only"), [(0, True), (1, True), (2, False), (7, False)])
def test_an_f_answers_the_only_send_while_there_was_one(sends: int, only: bool) -> None:
    assert answers_only_send(payment(sends=sends), "PROCESS_FAIL", LATER, PLAN) is only
    assert not answers_only_send(payment(sends=sends), "PROCESS_FAIL", LATER, RESTORED)


def test_that_an_id_belongs_to_another_request_answers_no_send_of_ours() -> None:
    assert not answers_only_send(payment(), "REPEAT_REQ_INCONSISTENT", LATER, PLAN)


@pytest.mark.parametrize(("sends", "never"), [(0, True), (1, False)])
def test_what_was_never_sent_was_not_sent_before_the_restore_either(sends: int, never: bool) -> None:
    assert certainly_never_sent(payment(sends=sends), LATER, PLAN) is never
    assert not certainly_never_sent(payment(sends=sends), LATER, RESTORED)


def test_of_two_clocks_the_earlier_counts() -> None:
    ahead = payment(created_at=SENT + 5 * DAY)
    assert not answers_only_send(ahead, "PROCESS_FAIL", SENT, RESTORED)
    assert answers_only_send(ahead, "PROCESS_FAIL", SENT + 5 * DAY, RESTORED)


@pytest.mark.parametrize("word", list(ReportedStatus))
@pytest.mark.parametrize("source", [Source.PAY, Source.INQUIRY, Source.POLL, Source.NOTIFICATION])
def test_no_word_under_another_client_id_moves_anything_but_the_due_time(word: ReportedStatus, source: Source) -> None:
    before = payment(client_id="A")
    judged = judge(before, PaymentUpdate(word, source, code="C"), LATER, Plan(client_id="B"))
    rest = {"due_at": before.due_at, "lease_until": before.lease_until}
    assert replace(judged.item, **rest) == before
    assert judged.anomaly == (
        "" if word in (ReportedStatus.NOT_FOUND, ReportedStatus.NO_INFORMATION) else OTHER_CLIENT_ID
    )
