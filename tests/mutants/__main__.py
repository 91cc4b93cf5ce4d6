"""`python -m tests.mutants [part of a name ...]`: what was broken and which test noticed; 0 if every mutant is caught."""

import argparse
import sys
import time
from pathlib import Path

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant
from tests.mutants.runner import Finding, copies, failing_untouched, findings

TREE = Path(__file__).parents[2]
WORKERS = 2


def main() -> int:
    """Run and tell."""
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="only mutants whose name, promise or file contains one of these")
    parser.add_argument(
        "--every-suite", action="store_true", help="each listed suite has to catch its mutant by itself"
    )
    parser.add_argument("--trust", action="store_true", help="do not hold the suites against the untouched code first")
    options = parser.parse_args()
    chosen = [mutant for mutant in MUTANTS if _wanted(mutant, options.names)]
    found: list[Finding] = []
    began = time.monotonic()
    with copies(TREE, WORKERS) as free:
        if not options.trust and (trouble := failing_untouched(chosen, free, WORKERS, _say)):
            print("The untouched code does not pass these suites, so they prove nothing:", *trouble, sep="\n  ")
            print(f"0 of {len(chosen)} caught")
            return 1
        for finding in findings(chosen, free, WORKERS, every_suite=options.every_suite):
            found.append(finding)
            _say(f"[{len(found)}/{len(chosen)}] {'caught' if finding.caught else 'NOT CAUGHT'}: {finding.mutant.name}")
    print(table(found))
    caught = sum(finding.caught for finding in found)
    print(f"{time.monotonic() - began:.0f} seconds")
    print(f"{caught} of {len(chosen)} caught")
    return 0 if chosen and caught == len(chosen) else 1


def table(found: list[Finding]) -> str:
    """One line for each mutant: what it breaks, its name, who caught it, seconds."""
    rows = [("breaks", "mutant", "caught by", "s")]
    rows += [(one.mutant.breaks.value, one.mutant.name, one.told, f"{one.seconds:.1f}") for one in found]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {s:>6}  {told}" for a, b, told, s in rows]
    return "\n".join(line.rstrip() for line in lines)


def _wanted(mutant: Mutant, names: list[str]) -> bool:
    text = f"{mutant.name} {mutant.breaks} {mutant.file}"
    return not names or any(name in text for name in names)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
