"""Generic mutants: what each operator makes of a small source, and what is left alone."""

import textwrap

import pytest

from tests.mutants.generic.names import Names, names_of
from tests.mutants.generic.walk import mutations_of


def mutated(source: str, operator: str = "", names: Names | None = None) -> list[str]:
    """The touched lines after each mutant of *source* by *operator*."""
    code = textwrap.dedent(source).encode()
    found = mutations_of(code, "code.py", names or Names())
    for mutation in found:
        compile(mutation.applied(code), "code.py", "exec")
    return [mutation.after for mutation in found if not operator or mutation.operator == operator]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a == b", ["a != b"]),
        ("a < b", ["a <= b", "a >= b"]),
        ("a >= b", ["a > b", "a < b"]),
        ("a is b", ["a is not b"]),
        ("a is not b", ["a is b"]),
        ("a in b", ["a not in b"]),
        ("a not in b", ["a in b"]),
        ("a < b < c", []),
    ],
)
def test_a_comparison_is_swapped(before: str, after: list[str]) -> None:
    assert sorted(mutated(f"x = {before}", "comparison swapped")) == sorted(f"x = {each}" for each in after)


def test_and_becomes_or_and_or_becomes_and() -> None:
    assert mutated("x = a and b == c", "and/or swapped") == ["x = a or (b == c)"]
    assert mutated("x = a or b or c", "and/or swapped") == ["x = a and b and c"]


def test_each_operand_is_dropped_once() -> None:
    assert mutated("x = a and not b", "operand dropped") == ["x = (not b)", "x = a"]
    assert mutated("x = a or b or c", "operand dropped") == ["x = (a or b)", "x = (a or c)", "x = (b or c)"]


def test_a_not_is_dropped() -> None:
    assert mutated("x = not (a or b)", "not dropped") == ["x = (a or b)"]


def test_a_condition_is_negated_and_made_constant() -> None:
    source = "if a:\n    f()\nelse:\n    g()\n"
    assert mutated(source, "condition negated") == ["if not (a):"]
    assert mutated(source, "condition constant") == ["if False:", "if True:"]
    assert mutated("x = 1 if a else 2", "condition constant") == ["x = 1 if False else 2", "x = 1 if True else 2"]
    assert mutated("x = [n for n in m if n]", "condition constant") == [
        "x = [n for n in m if False]",
        "x = [n for n in m if True]",
    ]


def test_a_condition_that_binds_a_name_is_not_made_constant() -> None:
    assert mutated("if a := f():\n    g(a)\n", "condition constant") == []


def test_a_loop_is_not_made_endless() -> None:
    assert mutated("while a:\n    f()\n", "condition constant") == ["while False:"]


def test_branches_are_deleted() -> None:
    source = """
        if a:
            f()
            g()
        elif b:
            h()
        else:
            i()
        """
    assert mutated(source, "branch deleted") == ["pass", "pass", "pass"]
    assert mutated("match a:\n    case 1:\n        f()\n", "branch deleted") == ["pass"]
    assert mutated("try:\n    f()\nexcept E:\n    g()\n", "branch deleted") == ["pass"]


def test_a_keyword_is_dropped_unless_the_call_needs_it() -> None:
    names = names_of(["class Item:\n    key: str\n    due: int = 0\n", "def f(a, *, b, c=1): ...\n"])
    assert mutated("x = replace(item, due=a, key=b)", "keyword dropped") == [
        "x = replace(item, key=b)",
        "x = replace(item, due=a, )",
    ]
    assert mutated("x = Item(key=a, due=b)", "keyword dropped", names) == ["x = Item(key=a, )"]
    assert mutated("x = f(a, b=a, c=b)", "keyword dropped", names) == ["x = f(a, b=a, )"]
    assert mutated("x = f(\n    c=b,\n)", "keyword dropped", names) == [""]


def test_constants_are_changed() -> None:
    assert mutated("x = 5", "constant changed") == ["x = 4", "x = 6"]
    assert mutated("x = 1", "constant changed") == ["x = 0"]
    assert mutated("x = True", "constant changed") == ["x = False"]
    assert mutated('x = "ORDER_NOT_EXIST"', "constant changed") == ['x = "ORDER_NOT_EXIST_x"']
    assert mutated('x = ""', "constant changed") == ['x = "_x"']


@pytest.mark.parametrize(
    ("returns", "after"),
    [
        ("Item | None", ["return None"]),
        ("bool", ["return False", "return True"]),
        ("str", ['return ""']),
        ("Item", []),
    ],
)
def test_a_return_value_is_replaced_as_its_type_allows(returns: str, after: list[str]) -> None:
    assert mutated(f"def f() -> {returns}:\n    return a\n", "return value replaced") == after


def test_statements_are_deleted() -> None:
    source = """
        def f(self, a):
            g()
            self.a = a
            a = h(a)
            b = h(a)
            b += 1
            raise E
        """
    assert len(mutated(source, "statement deleted")) == 5  # not the first assignment to b


def test_arithmetic_is_swapped() -> None:
    assert mutated("x = a + b", "arithmetic swapped") == ["x = a - b"]
    assert mutated("x = a // b", "arithmetic swapped") == ["x = a * b"]
    assert mutated("x += a", "arithmetic swapped") == ["x -= a"]
    assert mutated("x = max(a, b)", "arithmetic swapped") == ["x = min(a, b)"]
    assert mutated('x = "a" + b', "arithmetic swapped") == []


def test_a_member_of_an_enum_becomes_its_sibling_also_by_a_short_name() -> None:
    names = names_of(["class Base(StrEnum): ...\n", "class State(Base):\n    OPEN = 'O'\n    DONE = 'D'\n"])
    assert mutated("x = State.OPEN", "enum member swapped", names) == ["x = State.DONE"]
    assert mutated("_S, _T = State, Other\nx = _S.DONE\n", "enum member swapped", names) == ["x = _S.OPEN"]
    assert mutated("match a:\n    case State.OPEN:\n        f()\n", "enum member swapped", names) == [
        "case State.DONE:"
    ]


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        'x: Literal["A"]',
        "from a import b",
        '__all__ = ["a"]',
        'x = "a text for people"',
        'x = f"{a}-text"',
        'T = TypeVar("T", bound=Item)',
        'telemetry.log("sent", code=a)',
        "@dataclass(frozen=True)\nclass Item:\n    a: int\n",
        "if TYPE_CHECKING:\n    import a\n",
        "x: TypeAlias = dict[str, Any]",
    ],
)
def test_what_nobody_could_notice_is_left_out(source: str) -> None:
    assert mutated(source) == []


def test_that_something_is_counted_is_not_left_out_but_its_text_is() -> None:
    assert mutated('telemetry.metric("Anomalies")') == ["pass"]


def test_positions_count_bytes_not_characters() -> None:
    assert mutated('x = f("é", a == b)', "comparison swapped") == ['x = f("é", a != b)']
