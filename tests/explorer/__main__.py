"""`make explore DEPTH=n`: every scenario to n steps, with progress, figures, and a story for each kind of violation.

Ends with 1 if a promise is broken.
"""

import argparse
import sys

from tests.explorer.coverage import Coverage
from tests.explorer.models import model_of
from tests.explorer.quick import quick
from tests.explorer.scenarios import SCENARIOS
from tests.explorer.search import Report, Search
from tests.explorer.story import story_of


def main() -> int:
    """Explore; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.explorer", description=__doc__)
    parser.add_argument("--depth", type=int, default=6, help="steps of a story")
    parser.add_argument(
        "--scenario", action="append", choices=sorted(SCENARIOS), help="only this one (may be repeated)"
    )
    parser.add_argument("--states", type=int, default=10_000_000, help="at most so many states of each scenario")
    given = parser.parse_args()
    coverage, broken, states = Coverage(), 0, 0
    with quick(), coverage.watching():
        for name in given.scenario or SCENARIOS:
            scenario = SCENARIOS[name]
            sys.stdout.write(f"--- {name}: {scenario.what}\n")
            model = model_of(scenario)
            report = Search(model, _progress).run(given.depth, most_states=given.states)
            sys.stdout.write(f"{report.line()}\n")
            states += report.states
            broken += len(report.found)
            for found in report.found:
                story = story_of(model, found)
                sys.stdout.write(
                    f"\n{story.text()}\n\nAs a test (tests/explorer/test_stories.py):\n\n{story.test(name)}\n"
                )
    for line in coverage.lines():
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{states} states, {broken} kinds of violations\n")
    return 1 if broken else 0


def _progress(report: Report, ahead: int) -> None:
    sys.stdout.write(f"  {report.line()}; {ahead} states ahead\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
