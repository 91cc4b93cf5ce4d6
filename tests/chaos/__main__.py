"""`python -m tests.chaos --payments 2000 --seed 1`: a run with every fault there is.

The last line is JSON, and the exit code is 0 only if all is well.
"""

import argparse
import asyncio
import os
import sys
import time

from tests.chaos import ROOT, conductor, report
from tests.chaos.stack import Setting, running

_KEPT = ROOT / ".local" / "chaos"
"""The papers of the last run that was not sound."""


def main() -> int:
    """Run, report, judge."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--payments", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=10, help="processes that run the functions")
    parser.add_argument(
        "--speed", type=float, default=5.0, help="virtual seconds in a real one while something is under way"
    )
    given = parser.parse_args()
    began = time.monotonic()
    setting = Setting(
        seed=given.seed,
        workers=given.workers,
        speed=given.speed,
        calls=conductor.CALLS,
        deliveries=conductor.DELIVERIES,
        refused_again=conductor.REFUSED_AGAIN,
        by_operation=conductor.BY_OPERATION,
        seconds=conductor.FAULT_SECONDS,
        late_seconds=conductor.LATE_SECONDS,
        codes=conductor.CODES,
    )
    print(f"chaos: {given.payments} payments, seed {given.seed}, {os.cpu_count()} cores", flush=True)
    with running(setting) as stack:
        run = conductor.Conductor(stack, given.payments, given.seed, lambda line: print(line, flush=True))
        outcome = asyncio.run(run.conduct())
        stack.kept = None if outcome.verdict.sound else _KEPT
    if stack.kept:
        print(f"what its processes logged and noted is kept in {_KEPT.relative_to(ROOT)}")
    for line in report.lines(outcome, time.monotonic() - began):
        print(line)
    return 0 if outcome.verdict.sound else 1


if __name__ == "__main__":
    sys.exit(main())
