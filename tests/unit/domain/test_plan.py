"""When to ask next."""

from dataclasses import replace

import pytest

from autodebit.clock import DAY, HOUR, MINUTE, SECOND
from autodebit.domain.polling_plan import Plan


def test_the_first_polls_come_at_the_listed_intervals_and_then_double_up_to_an_hour() -> None:
    plan = Plan()
    seconds = [plan.payments.after(polls) // SECOND for polls in range(18)]
    assert seconds == [2, 3, 5, 5, 10, 10, 15, 15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_the_wait_never_shrinks_and_never_passes_the_longest_interval_however_long_it_goes_on() -> None:
    plan = Plan()
    waits = [plan.payments.after(polls) for polls in [*range(60), 1_000, 10**6]]
    assert waits == sorted(waits)
    assert waits[-1] == plan.payments.longest == HOUR


def test_a_longest_interval_below_the_listed_ones_caps_them() -> None:
    plan = Plan(payments=replace(Plan().payments, longest=4 * SECOND))
    assert [plan.payments.after(polls) // SECOND for polls in range(4)] == [2, 3, 4, 4]


def test_polling_counts_as_exhausted_once_the_wait_is_the_longest() -> None:
    plan = Plan()
    assert next(polls for polls in range(30) if plan.payments.exhausted(polls)) == 15


def test_order_not_exist_counts_only_after_the_function_timeout_and_the_grace() -> None:
    assert Plan(send_lease=25 * SECOND, absent_grace=60 * SECOND).not_found_counts_from(1_000) == 86_000


def test_the_defaults_are_those_of_the_design() -> None:
    plan = Plan()
    assert (plan.not_found_times, plan.not_found_gap, plan.absent_grace) == (3, 15 * SECOND, 60 * SECOND)
    assert plan.not_found_rechecks == (15 * MINUTE, HOUR, 6 * HOUR, DAY)
    assert plan.send_lease == 25 * SECOND


@pytest.mark.parametrize("polls", range(20))
def test_every_wait_is_positive(polls: int) -> None:
    assert Plan().payments.after(polls) > 0


def test_what_was_first_seen_before_or_soon_after_a_restore_may_have_been_forgotten() -> None:
    plan = Plan(restored_at=10 * DAY)
    assert [plan.may_have_forgotten(day * DAY) for day in (1, 10, 11, 12, 13)] == [True, True, True, False, False]
    assert not Plan().may_have_forgotten(1)


def test_what_nobody_has_noted_a_client_id_of_is_ours() -> None:
    plan = Plan(client_id="A")
    assert [plan.is_own_client(client_id) for client_id in ("A", "", "B")] == [True, True, False]
    assert Plan().is_own_client("B")
