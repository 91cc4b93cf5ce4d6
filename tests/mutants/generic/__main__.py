"""`python -m tests.mutants.generic --sample 200 --seed 1`: generic mutants; 0 if 95 % of the non-equivalent are killed."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.mutants.generic.equivalents import JUDGED, entry, judged, stale
from tests.mutants.generic.execution import executions
from tests.mutants.generic.mutation import Mutation
from tests.mutants.generic.trials import Trial, Trials, Verdict
from tests.mutants.generic.walk import all_mutations, drawn
from tests.mutants.runner import copies

TREE = Path(__file__).parents[3]
WORKERS = 2
ENOUGH = 95.0


def main() -> int:
    """Draw, run and tell."""
    parser = argparse.ArgumentParser(prog="tests.mutants.generic", description=__doc__)
    parser.add_argument("--sample", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="mutants of files whose path contains this")
    options = parser.parse_args()
    began = time.monotonic()
    reasons = judged(JUDGED.read_text())
    mutations = all_mutations(TREE)
    if old := stale(reasons, mutations):
        print("These entries of equivalents.toml match no mutant of today; judge them anew:", *old, sep="\n  ")
        return 1
    chosen = [each for each in mutations if options.only in each.file]
    sample = drawn(chosen, TREE, options.sample, options.seed)
    executed = executions(TREE, WORKERS, _say)
    if executed.failing:
        print("These tests fail on the untouched code, and judge nothing:", *executed.failing, sep="\n  ")
    watched = time.monotonic() - began
    trials = [Trial(each, Verdict.EQUIVALENT, reasons[each.identity]) for each in sample if each.identity in reasons]
    with copies(TREE, WORKERS) as free:
        trials += _tried(Trials(executed, free, WORKERS), [each for each in sample if each.identity not in reasons])
    print(report(trials, len(chosen), options.seed))
    print(f"{time.monotonic() - began:.0f} seconds, {watched:.0f} of them to learn which tests execute which lines")
    return 0 if trials and not executed.failing and rate(trials) >= ENOUGH else 1


def _tried(trials: Trials, mutations: list[Mutation]) -> list[Trial]:
    found: list[Trial] = []
    for trial in trials.run(mutations):
        found.append(trial)
        where = f"{trial.mutation.file}:{trial.mutation.line} {trial.mutation.operator}"
        _say(f"[{len(found)}/{len(mutations)}] {trial.verdict} in {trial.seconds:.1f} s: {where} {trial.told}")
        if trial.verdict is not Verdict.KILLED:
            _say(f"  - {trial.mutation.before}\n  + {trial.mutation.after}")
    if trials.unreliable:
        _say(f"these tests failed on the untouched code when asked again, and kill nobody: {sorted(trials.unreliable)}")
    return found


def rate(trials: Sequence[Trial]) -> float:
    """Of the mutants that a test could kill, the percentage that one did kill; a hanging mutant counts as killed."""
    counted = Counter(trial.verdict for trial in trials)
    killed = counted[Verdict.KILLED] + counted[Verdict.TIMED_OUT]
    able = killed + counted[Verdict.SURVIVED]
    return 100.0 * killed / able if able else 100.0


def report(trials: Sequence[Trial], of: int, seed: int) -> str:
    """The survivors with what a person needs to judge them, then the figures."""
    lines: list[str] = []
    for verdict in (Verdict.BROKEN, Verdict.TIMED_OUT, Verdict.SURVIVED):
        for trial in sorted((each for each in trials if each.verdict is verdict), key=lambda each: each.mutation):
            mutation = trial.mutation
            lines += [
                f"{verdict}: {mutation.file}:{mutation.line}, {mutation.operator}; {trial.run} of {trial.of} tests {trial.told}",
                f"  - {mutation.before}",
                f"  + {mutation.after}",
            ]
    survivors = [trial.mutation for trial in trials if trial.verdict is Verdict.SURVIVED]
    if survivors:
        lines += ["", "To judge them equivalent, give each a reason in tests/mutants/generic/equivalents.toml:", ""]
        lines += [entry(mutation) + "\n" for mutation in survivors]
    counted = Counter(trial.verdict for trial in trials)
    told = ", ".join(f"{verdict} {counted[verdict]}" for verdict in Verdict)
    lines += [
        f"drawn {len(trials)} of {of} with seed {seed}: {told}",
        f"{rate(trials):.1f} % of the non-equivalent killed",
    ]
    return "\n".join(lines)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
