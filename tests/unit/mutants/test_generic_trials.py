"""Generic mutants: a known one is killed, a known one survives, one that hangs is told apart; on a tree of its own."""

import functools
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.mutants.generic import core, trials
from tests.mutants.generic.__main__ import rate, report
from tests.mutants.generic.equivalents import JUDGED, entry, judged, stale
from tests.mutants.generic.execution import Executed, Executions, executions
from tests.mutants.generic.mutation import Mutation
from tests.mutants.generic.names import Names
from tests.mutants.generic.server import exchange
from tests.mutants.generic.trials import Trial, Trials, Verdict, in_order
from tests.mutants.generic.walk import all_mutations, drawn, mutations_of
from tests.mutants.runner import copies

ROOT = Path(__file__).parents[3]
CODE = "layers/autodebit/autodebit/code.py"
TEST = "tests/unit/domain/test_code.py"
SOURCE = """
LIMIT = 10
OTHER = int("7")


def allowed(amount, other):
    if other:
        return True
    return amount <= LIMIT


def count(until):
    n = 0
    while n < until:
        n += 1
    return n


def unused(a):
    return a == 1
"""
TESTS = """
from autodebit.code import allowed, count


def test_much():
    assert not allowed(11, False)


def test_little():
    assert allowed(1, False) is True


def test_other():
    allowed(11, True)


def test_count():
    assert count(3) >= 0
"""
ENGINES = """
import contextlib
from dataclasses import dataclass


@dataclass
class Engine:
    name: str
    url: str


@contextlib.contextmanager
def emulator():
    yield Engine("emulator", "nowhere")
"""


@functools.cache
def todays() -> list[Mutation]:
    return all_mutations(ROOT)


def mutant(file: str = CODE, line: int = 1, **changed: object) -> Mutation:
    fields = {"file": file, "start": 0, "end": 1, "text": "b", "operator": "comparison swapped", "line": line}
    fields |= {"head": (line, line), "function": "f", "root": ("f", 1), "before": "a", "after": "b"}
    return Mutation(**{**fields, **changed})  # type: ignore[arg-type]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    files = {
        CODE: SOURCE,
        "layers/autodebit/autodebit/__init__.py": "",
        TEST: TESTS,
        "tests/__init__.py": "",
        "tests/support/__init__.py": "",
        "tests/support/engines.py": ENGINES,
        "tests/support/keys.py": "def alipay_key(): ...\n\n\ndef merchant_key(): ...\n",
        "tests/conftest.py": "import os\n\nos.environ['AWS_DEFAULT_REGION'] = 'us-east-1'\n",
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = [".", "layers/autodebit"]\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "tests" / "mutants").symlink_to(ROOT / "tests" / "mutants")
    return tmp_path


def test_mutants_are_killed_survive_hang_or_are_executed_by_no_test(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "PATIENCE", 2.0)
    executed = executions(tree, 1, lambda _: None)
    assert {each.test.partition("::")[2]: sorted(each.lines[CODE]) for each in executed.tests} == {
        "test_much": [7, 9],
        "test_little": [7, 9],
        "test_other": [7, 8],
        "test_count": [13, 14, 15, 16],
    }
    wanted = {
        ("if other:", "if True:"): (Verdict.KILLED, f"{TEST}::test_much"),
        ("return amount <= LIMIT", "return amount < LIMIT"): (Verdict.SURVIVED, ""),
        ("return True", "return False"): (Verdict.SURVIVED, ""),
        ("n += 1", "pass"): (Verdict.TIMED_OUT, f"{TEST}::test_count"),
        ("return a == 1", "return a != 1"): (Verdict.SURVIVED, "no test executes it"),
        # The next three change what an import runs.
        ("LIMIT = 10", "LIMIT = 11"): (Verdict.KILLED, f"{TEST}::test_much"),
        ("LIMIT = 10", "LIMIT = 9"): (Verdict.SURVIVED, ""),
        ('OTHER = int("7")', 'OTHER = int("7_x")'): (Verdict.BROKEN, ""),
    }
    chosen = [
        each for each in mutations_of((tree / CODE).read_bytes(), CODE, Names()) if (each.before, each.after) in wanted
    ]
    with copies(tree, 1) as free:
        found = list(Trials(executed, free, 1).run(chosen))
        copy = free.get()
        assert (copy / CODE).read_text() == SOURCE

    told = {each.mutation: each.told if each.verdict is not Verdict.BROKEN else "" for each in found}
    assert {
        (each.mutation.before, each.mutation.after): (each.verdict, told[each.mutation]) for each in found
    } == wanted


def test_a_test_that_fails_without_a_mutant_kills_nobody(tree: Path) -> None:
    executed = executions(tree, 1, lambda _: None)
    (tree / TEST).write_text(TESTS.replace("is True", "is False"))
    chosen = [
        each
        for each in mutations_of((tree / CODE).read_bytes(), CODE, Names())
        if each.after == "return amount < LIMIT"
    ]
    with copies(tree, 1) as free:
        running = Trials(executed, free, 1)
        assert [each.verdict for each in running.run(chosen)] == [Verdict.SURVIVED]
    assert running.unreliable == {f"{TEST}::test_little"}


def test_what_tests_execute_is_watched_anew_only_where_something_changed(tree: Path) -> None:
    said: list[str] = []
    executions(tree, 1, said.append)
    executions(tree, 1, said.append)
    assert len(said) == 1
    (tree / CODE).write_text(SOURCE + "\n")
    executions(tree, 1, said.append)
    assert len(said) == 2


def test_the_globs_of_the_core_match_and_its_suites_exist() -> None:
    assert len(core.mutated_files(ROOT)) > 30
    assert all((ROOT / suite).is_dir() for suite in core.SUITES)


def test_a_glob_without_a_file_is_refused(tree: Path) -> None:
    with pytest.raises(ValueError, match="has it moved"):
        core.mutated_files(tree)


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    mutations = todays()
    first = drawn(mutations, ROOT, 5, 7)
    assert len(set(first)) == 5
    assert drawn(mutations, ROOT, 5, 7) == first
    assert drawn(mutations, ROOT, 5, 8) != first


def test_the_judged_equivalents_match_mutants_of_today() -> None:
    assert stale(judged(JUDGED.read_text()), todays()) == []


def test_an_entry_that_matches_no_mutant_is_stale() -> None:
    known = mutant(before="a == 'b'")
    reasons = judged(entry(known).replace('reason = ""', 'reason = "the same"'))
    assert stale(reasons, [known]) == []
    assert stale(reasons, [mutant(before="a == 'c'")]) == [known.identity]


@pytest.mark.parametrize("change", [("reason", "why"), ('""', '"x"\n[[equivalent]]'), ('""', '""')])
def test_an_entry_without_all_its_fields_is_refused(change: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="entry without"):
        judged(entry(mutant()).replace(*change))


def test_the_cheapest_tests_come_first_and_every_file_has_its_turn() -> None:
    tests = [("a.py::slow", 2.0), ("a.py::1", 0.1), ("a.py::2", 0.1), ("a.py::3", 0.1), ("b.py::1", 0.15)]
    ordered = in_order([Executed(test, seconds, True, {}) for test, seconds in tests])
    assert [each.test for each in ordered] == ["a.py::1", "b.py::1", "a.py::2", "a.py::3", "a.py::slow"]


def test_no_more_tests_are_tried_than_the_budget_allows_but_one_in_any_case() -> None:
    tests = [Executed(f"a.py::{number}", trials.BUDGET / 2, True, {}) for number in range(3)]
    assert trials.within_budget(tests) == tests[:2]
    slow = Executed("a.py::slow", trials.BUDGET + 1, True, {})
    assert trials.within_budget([slow, *tests]) == [slow]


def test_only_tests_that_pass_and_execute_the_statement_are_tried() -> None:
    tests = (
        Executed("a.py::1", 0.1, True, {CODE: frozenset({5})}),
        Executed("a.py::2", 0.1, True, {CODE: frozenset({6})}),
        Executed("a.py::3", 0.1, False, {CODE: frozenset({5})}),
    )
    assert [each.test for each in trials.tests_of(mutant(head=(4, 5)), Executions(tests))] == ["a.py::1"]
    assert [each.test for each in trials.tests_of(mutant(root=None), Executions(tests))] == ["a.py::1", "a.py::2"]


def test_an_exchanged_function_is_the_mutant_for_who_imported_it_before(tmp_path: Path) -> None:
    path = str(tmp_path / "exchanged.py")
    source = "class C:\n    def f(self):\n        return 1\n"
    module = ModuleType("exchanged")
    sys.modules["exchanged"] = module
    exec(compile(source, path, "exec"), module.__dict__)
    method = module.C().f
    assert exchange(path, source.replace("1", "2").encode(), ("C.f", 2))
    assert method() == 2
    assert not exchange(path, source.encode(), ("C.g", 2))
    del sys.modules["exchanged"]


def test_the_rate_leaves_out_the_equivalent_and_the_broken() -> None:
    verdicts = [Verdict.KILLED] * 8 + [Verdict.TIMED_OUT, Verdict.SURVIVED, Verdict.EQUIVALENT, Verdict.BROKEN]
    found = [Trial(mutant(), verdict) for verdict in verdicts]
    assert rate(found) == 90.0
    told = report(found, 99, 7)
    assert "drawn 12 of 99 with seed 7: killed 8, timed out 1, survived 1, judged equivalent 1, broken 1" in told
    assert f"survived: {CODE}:1" in told
