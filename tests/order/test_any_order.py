"""Any interleaving of answers, notifications, polls, repeats, cancels and refunds ends where the simulator's ledger ends.

Hypothesis plays callers, network, poller and time: one row of events for each seed, because one run of many examples would spend
most of them on near copies of a few. With ORDER_EXAMPLES=1000 in the environment it tries so many new rows; without, the same few
at each run. ORDER_SEED repeats a row.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.order.dealings import Dealings
from tests.order.merchant import Merchant, merchant_on
from tests.support.engines import Engine

EXAMPLES = 70
AT_LEAST = {
    "rows": EXAMPLES, "begins with its cancel": 2,
    "debits": 28, "credits": 20, "told pay S": 30, "told cancel S": 20, "told refund S": 20,
    "delivered": 70, "delivered while somebody waits": 25, "delivered in the end": 80,
    "polls answered": 200, "polls not answered": 20,
    "overtaken": 8, "waited for: pay": 2, "waited for: refund": 3, "waited for: inquiryPayment": 8,
    "ends as SUCCESS": 12, "ends as CANCELLED": 15, "ends as FAIL": 5, "ends as NOT_SUBMITTED": 2,
    "a refund ends as SUCCESS": 20, "a refund ends as FAIL": 4,
}  # fmt: skip
"""What has to happen in so many rows: a suite in which nothing happens proves nothing."""
_TRIAL = "MUTANT_TRIAL" in os.environ
"""Only the verdict counts then, neither the shortest row nor how much has happened."""


@pytest.fixture
def merchant(emulator_engine: Engine) -> Iterator[Merchant]:
    """A merchant on a simulator whose clock stands still until it is moved."""
    with merchant_on(emulator_engine) as made:
        yield made


def test_any_order_of_events_ends_where_the_ledger_ends(merchant: Merchant) -> None:
    happened: Counter[str] = Counter()
    rows = _rows()
    for number in rows:
        try:
            run_state_machine_as_test(
                seed(number)(lambda: Dealings(merchant, happened)),
                settings=settings(
                    max_examples=1,
                    stateful_step_count=16,
                    deadline=None,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                    phases=(Phase.generate,) if _TRIAL else (Phase.generate, Phase.shrink),
                ),
            )
        except Exception as error:
            error.add_note(f"ORDER_SEED={number} repeats this row")
            raise
    if rows == range(EXAMPLES) and not _TRIAL:
        rare = {what: (happened[what], least) for what, least in AT_LEAST.items() if happened[what] < least}
        assert not rare, f"happened too rarely (found, wanted): {rare}, of all that happened: {happened}"


def _rows() -> Sequence[int]:
    """The seeds."""
    if "ORDER_SEED" in os.environ:
        return [int(os.environ["ORDER_SEED"])]
    if "ORDER_EXAMPLES" in os.environ:
        return random.sample(range(2**32), int(os.environ["ORDER_EXAMPLES"]))
    return range(EXAMPLES)
