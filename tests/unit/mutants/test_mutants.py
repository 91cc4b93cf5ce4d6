"""The list of mutants fits the code of today, and the runner believes only a test that fails."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.catalogue import MUTANTS
from tests.mutants.catalogue.attackers import ATTACKERS, attacker_of
from tests.mutants.mutant import Mutant, Promise
from tests.mutants.runner import trial_of
from tests.mutants.trial import Verdict, read_report

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_still_applies_to_the_code_and_leaves_it_readable(mutant: Mutant) -> None:
    ast.parse(mutant.applied(mutant.source(ROOT).read_text()))


def test_no_mutant_names_what_its_module_does_not_know(tmp_path: Path) -> None:
    """Such a one is broken, not caught; and only a run of all mutants would tell."""
    for number, mutant in enumerate(MUTANTS):
        (tmp_path / f"mutant_{number}.py").write_text(mutant.applied(mutant.source(ROOT).read_text()))
    undefined_names = [sys.executable, "-m", "ruff", "check", "--isolated", "--select=F821", "--output-format=json"]
    found = json.loads(subprocess.run([*undefined_names, str(tmp_path)], capture_output=True, check=False).stdout)
    numbers = {int(Path(each["filename"]).stem.removeprefix("mutant_")): each["message"] for each in found}

    assert {MUTANTS[number].name: message for number, message in numbers.items()} == {}


def test_the_suites_of_a_mutant_exist() -> None:
    """Down to the row of a table that a node id names."""
    assert all(mutant.suites for mutant in MUTANTS)
    suites = sorted({suite for mutant in MUTANTS for suite in mutant.suites})
    collecting = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    found = subprocess.run([*collecting, *suites], cwd=ROOT, capture_output=True, text=True, check=False)

    assert [line for line in found.stderr.splitlines() if line.startswith("ERROR")] == []
    assert found.returncode == 0, found.stdout[-2000:]


def test_every_promise_is_broken_and_every_mutant_has_a_name_of_its_own() -> None:
    assert {mutant.breaks for mutant in MUTANTS} == set(Promise)
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_every_attacker_has_to_catch_five_mutants_all_by_itself(attacker: str) -> None:
    alone = [mutant.name for mutant in MUTANTS if {attacker_of(suite) for suite in mutant.suites} == {attacker}]

    assert len(alone) >= 5


@pytest.mark.parametrize("old", ["no such text", "1"])
def test_a_text_that_does_not_stand_there_once_is_refused(old: str) -> None:
    with pytest.raises(ValueError, match="not once"):
        Mutant("stale", Promise.ONCE, "code.py", old, "2", ()).applied("1 + 1\n")


def shop(folder: Path) -> Path:
    """A tree of its own: a function, a test that watches it, and one that is asleep."""
    (folder / "code_under.py").write_text("LIMIT = 1\n\n\ndef allowed(n):\n    return n <= LIMIT\n")
    (folder / "test_watchful.py").write_text(
        "import code_under\n\n\ndef test_two():\n    assert not code_under.allowed(2)\n"
    )
    (folder / "test_asleep.py").write_text("import code_under\n\n\ndef test_one():\n    assert code_under.allowed(1)\n")
    return folder


@pytest.mark.parametrize(
    ("new", "suites", "verdicts"),
    [
        ("return n <= 2", ("test_asleep.py", "test_watchful.py"), [Verdict.PASSED, Verdict.FAILED]),
        ("return (", ("test_watchful.py",), [Verdict.BROKEN]),
    ],
    ids=["caught by the second", "no code"],
)
def test_only_a_test_that_fails_catches_and_the_code_is_put_back(
    tmp_path: Path, new: str, suites: tuple[str, ...], verdicts: list[Verdict]
) -> None:
    tree = shop(tmp_path)
    untouched = (tree / "code_under.py").read_text()
    mutant = Mutant("looser", Promise.ONCE, "code_under.py", "return n <= LIMIT", new, suites)
    finding = trial_of(mutant, tree)
    assert [outcome.verdict for _, outcome in finding.outcomes] == verdicts
    assert finding.caught is (verdicts[-1] is Verdict.FAILED)
    assert (tree / "code_under.py").read_text() == untouched


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        ('<failure message="AssertionError: assert 1 == 2"/>', (Verdict.FAILED, "a::b")),
        ('<failure message="Failed: DID NOT RAISE"/>', (Verdict.FAILED, "a::b")),
        ('<failure message="NameError: name"/>', (Verdict.BROKEN, "a::b: NameError: name")),
        ('<error message="no engine"/>', (Verdict.BROKEN, "a::b: no engine")),
        ("", (Verdict.BROKEN, "a failure without a test")),
    ],
)
def test_neither_a_slip_of_the_pen_nor_a_broken_fixture_is_a_test_that_failed(
    outcome: str, verdict: tuple[Verdict, str]
) -> None:
    case = f'<testcase classname="a" name="b">{outcome}</testcase>'
    assert read_report(f"<testsuite>{case}</testsuite>") == verdict
