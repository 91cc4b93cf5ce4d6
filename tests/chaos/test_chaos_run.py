"""A small chaos run: every fault there is, crashes included, and the books in the end. `make chaos` runs large ones.

Its seed is one whose callers and faults come together where they can do most harm: a payment whose first answer is lost and whose
repeat is refused, a token that is renewed between two sends, a payment that never arrives and is cancelled for a new id.
"""

import json
import subprocess
import sys
from collections.abc import Mapping

import pytest

from tests.chaos.errands import ERRANDS, ONE_IN
from tests.chaos.scripts import STORIES
from tests.support.events import ROOT

PAYMENTS, SEED = 80, 2793
_LEAST = {"pay": 80, "refund": 15, "cancel": 15, "inquiryPayment": 80, "applyToken": 20, "notifyPayment": 50}
"""Of each so many arrive at least, calls and deliveries."""
_RARE = ("id of another system, refund", "two merchant accounts under one id", "new id for a refund, on our word")
"""Behaviours that a run as small as this one may not meet."""


@pytest.fixture(scope="module")
def run() -> tuple[int, str]:
    """Exit code and output of a run."""
    command = [sys.executable, "-m", "tests.chaos", "--payments", str(PAYMENTS), "--seed", str(SEED)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=480, check=False)
    return done.returncode, done.stdout + done.stderr


def counts(told: str) -> Mapping[str, int]:
    """What the report counts, by name."""
    parts = (line.split(maxsplit=1) for line in told.splitlines() if line.startswith("    "))
    return {name: int(count) for count, name in parts if count.isdecimal()}


def section(told: str, title: str) -> str:
    """What stands under *title*."""
    return told.partition(f"{title}:\n")[2].partition(":\n")[0]


def test_nothing_is_debited_twice_lost_stuck_or_different_after_a_chaos_run(run: tuple[int, str]) -> None:
    code, told = run
    figures = json.loads(told.splitlines()[-1])
    five = [figures[name] for name in ("double_debits", "double_refunds", "lost", "stuck", "mismatches")]
    assert (code, five) == (0, [0] * 5), told[-4000:]
    assert list(figures) == [
        "payments", "refunds", "disturbed", "crashes", "double_debits", "double_refunds", "lost", "stuck", "mismatches",
        "anomalies", "left_to_people", "seconds",
    ]  # fmt: skip


def test_a_chaos_run_disturbs_nearly_a_third_of_all_calls_and_kills_workers(run: tuple[int, str]) -> None:
    told = run[1]
    figures = json.loads(told.splitlines()[-1])
    wire = next(int(line.split()[0]) for line in told.splitlines() if "on the wire" in line)
    assert figures["disturbed"] >= 0.3 * wire, told[-4000:]
    assert figures["crashes"] >= 5


def test_a_chaos_run_tries_every_story_and_every_errand(run: tuple[int, str]) -> None:
    told = run[1]
    figures, found = json.loads(told.splitlines()[-1]), counts(told)
    assert figures["payments"] >= PAYMENTS
    assert figures["refunds"] >= 10
    assert {name: found.get(name, 0) for name, least in _LEAST.items() if found.get(name, 0) < least} == {}
    stories = {name: count for name, count in found.items() if name.startswith("story: ")}
    assert (len(stories), sum(stories.values())) == (len(STORIES), PAYMENTS)
    errands = {name: count for name, count in found.items() if name.startswith("errand: ")}
    assert (len(errands), sum(errands.values())) == (len(ERRANDS), PAYMENTS // ONE_IN)
    # How attempts interleave is the machine's, so a run as small as this one may not meet both.
    assert found.get("a new id for an order", 0) + found.get("an advice that was followed", 0) >= 1


def test_a_chaos_run_meets_what_suites_once_left_out(run: tuple[int, str]) -> None:
    met = counts(section(run[1], "behaviours that code, simulator and suites once left out"))
    assert len(met) >= 14
    # How attempts interleave is the machine's, so a run as small as this one may miss one or two.
    unmet = [name for name, count in met.items() if not count and name not in _RARE]
    assert len(unmet) <= 2, met


def test_a_report_counts_no_harm_that_was_not_done(run: tuple[int, str]) -> None:
    told = run[1]
    found = {**counts(told.partition("behaviours")[0]), **counts(section(told, "what the functions suffered besides"))}
    assert 0 not in found.values()
    assert {"store error", "store throttled", "store write repeated"} <= found.keys()
