"""What becomes of a dispute with each notification: facts, anomalies, and when people are warned."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from autodebit.clock import DAY, HOUR, iso
from autodebit.domain.dispute import (
    DIFFERS,
    JUDGED_AGAIN,
    OTHER_PAYMENT,
    WARN_BEFORE,
    Dispute,
    DisputeUpdate,
    apply_update,
    new_dispute,
    warned,
)
from autodebit.domain.dispute_states import DisputeEvent, DisputeState
from autodebit.domain.tracked_request import Money

NOW = 1_800_000_000_000
DUE = iso(NOW + 10 * DAY)
LATER = iso(NOW + 12 * DAY)
C, A, R, D, X, ACC, J = DisputeEvent


def update(event: DisputeEvent | None = C, **facts: Any) -> DisputeUpdate:
    return DisputeUpdate(dispute_id="D-1", event=event, **{"payment_request_id": "PAY-1", **facts})


def after(*updates: DisputeUpdate, at: int = NOW) -> tuple[Dispute, list[str]]:
    """The dispute after *updates*, as if each was stored, and the anomalies."""
    dispute, anomalies = new_dispute(updates[0], at), []
    for one in updates:
        transition = apply_update(dispute, one, at)
        dispute = replace(transition.dispute, version=dispute.version + 1)
        anomalies += [transition.anomaly] if transition.anomaly else []
    return dispute, anomalies


@pytest.mark.parametrize("event", [*DisputeEvent, None])
def test_a_repetition_changes_nothing(event: DisputeEvent | None) -> None:
    told = update(event, defense_due_time=DUE, amount=Money("100", "JPY"), judged_result="ACCEPT_BY_MERCHANT")
    once, _ = after(told)
    again = apply_update(once, told, NOW + DAY)
    assert (again.dispute, again.anomaly) == (once, "")


def test_an_older_notification_overwrites_nothing_of_a_later_one() -> None:
    created = update(C, defense_due_time=DUE, amount=Money("100", "JPY"), reason_code="10.4")
    alert = update(A, defense_due_time=LATER, amount=Money("90", "JPY"))
    for order in itertools.permutations([created, alert]):
        dispute, anomalies = after(*order)
        assert (dispute.defense_due_time, dispute.amount) == (LATER, Money("90", "JPY"))
        assert (dispute.reason_code, anomalies) == ("10.4", [])


def test_all_facts_are_the_same_in_whatever_order_they_come() -> None:
    told = [
        update(C, defense_due_time=DUE, amount=Money("100", "JPY"), dispute_time="2027-01-01T00:00:00Z"),
        update(A, defense_due_time=LATER),
        update(D, arn="7"),
        update(J, judged_amount=Money("60", "JPY"), judged_result="ACCEPT_BY_MERCHANT", amount=Money("60", "JPY")),
    ]
    ends = [replace(after(*order)[0], due_at=None) for order in itertools.permutations(told)]
    end = ends[0]
    assert ends == [end] * len(ends)
    assert (end.state, end.judged_amount, end.amount) == (DisputeState.JUDGED, Money("60", "JPY"), Money("60", "JPY"))
    assert (end.alerts, end.defense_due_time) == (("DEFENSE_DUE_ALERT",), LATER)


def test_two_of_one_type_that_differ_are_an_anomaly_and_the_first_stands() -> None:
    dispute, anomalies = after(update(A, defense_due_time=DUE), update(A, defense_due_time=LATER))
    assert (dispute.defense_due_time, anomalies) == (DUE, [DIFFERS])


@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 1)])
def test_of_two_judgements_the_later_one_stands(first: int, second: int) -> None:
    results = {1: "VALIDATE_SUCCESS", 2: "ACCEPT_BY_MERCHANT"}
    told = [update(J, judged_result=results[n], judged_time=iso(NOW + n * HOUR)) for n in (first, second)]
    dispute, anomalies = after(*told)
    assert (dispute.judged_result, dispute.judged_time) == ("ACCEPT_BY_MERCHANT", iso(NOW + 2 * HOUR))
    assert anomalies == [JUDGED_AGAIN]


def test_of_two_judgements_without_times_the_first_stands() -> None:
    dispute, anomalies = after(
        update(J, judged_result="ACCEPT_BY_MERCHANT"), update(J, judged_result="ACCEPT_BY_CUSTOMER")
    )
    assert (dispute.judged_result, anomalies) == ("ACCEPT_BY_MERCHANT", [JUDGED_AGAIN])


@pytest.mark.parametrize("ids", [{"payment_request_id": "PAY-2"}, {"payment_id": "P-2"}])
def test_another_payment_is_not_applied(ids: dict[str, str]) -> None:
    known, _ = after(update(C, payment_id="P-1"))
    transition = apply_update(known, update(J, **ids), NOW)
    assert (transition.dispute, transition.anomaly) == (known, OTHER_PAYMENT)


def test_what_is_left_out_stays_and_does_not_contradict() -> None:
    dispute, anomalies = after(update(C, payment_id="P-1", defense_due_time=DUE), update(D, payment_request_id=""))
    assert (dispute.payment_id, dispute.payment_request_id, dispute.defense_due_time) == ("P-1", "PAY-1", DUE)
    assert anomalies == []


def test_an_unknown_type_fills_in_and_moves_nothing() -> None:
    dispute, anomalies = after(update(D, defense_due_time=DUE), update(None, defense_due_time=LATER, arn="7"))
    assert (dispute.state, dispute.defense_due_time, dispute.arn) == (DisputeState.DEFENDED, DUE, "7")
    assert anomalies == []


# --- warnings


def test_the_first_warning_comes_three_days_before_the_end() -> None:
    assert after(update(defense_due_time=DUE))[0].due_at == NOW + 10 * DAY - WARN_BEFORE


@pytest.mark.parametrize("due", [iso(NOW + DAY), iso(NOW - DAY), ""], ids=["near", "over", "not known"])
def test_what_is_nearly_over_or_not_known_is_told_at_once(due: str) -> None:
    assert after(update(defense_due_time=due))[0].due_at == NOW


def test_alipays_own_alert_is_told_at_once() -> None:
    assert after(update(defense_due_time=DUE), update(A, defense_due_time=DUE))[0].due_at == NOW


def test_a_new_due_time_moves_the_warning() -> None:
    assert after(update(), update(None, defense_due_time=DUE))[0].due_at == NOW + 10 * DAY - WARN_BEFORE


@pytest.mark.parametrize("event", [D, X, ACC, J, R])
def test_nobody_is_warned_once_there_is_nothing_to_defend(event: DisputeEvent) -> None:
    for order in itertools.permutations([update(defense_due_time=DUE), update(event), update(A)]):
        assert after(*order)[0].due_at is None


def test_nobody_is_warned_of_what_cannot_be_defended() -> None:
    assert after(update(defense_due_time=DUE, defendable="false"))[0].due_at is None


def test_warnings_come_daily_until_the_end() -> None:
    dispute = after(update(defense_due_time=DUE))[0]
    moments = []
    while dispute.due_at is not None:
        assert len(moments) < 9
        moments.append(dispute.due_at)
        dispute = warned(dispute, dispute.due_at)
    assert moments == [NOW + 7 * DAY, NOW + 8 * DAY, NOW + 9 * DAY]
    assert dispute.warnings == 3


def test_what_has_no_known_end_is_told_once() -> None:
    assert warned(after(update())[0], NOW).due_at is None
