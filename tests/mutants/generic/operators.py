"""The edits that each kind of node invites, as ranges of the source and what stands there instead.

Edits are made in the text, by positions of the syntax tree, so that what is printed is the code as it stands.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tests.mutants.generic.names import Names

_COMPARED: Mapping[type[ast.cmpop], tuple[str, tuple[str, ...]]] = {
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.Lt: ("<", ("<=", ">=")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Gt: (">", (">=", "<=")),
    ast.GtE: (">=", (">", "<")),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: ("is not", ("is",)),
    ast.In: ("in", ("not in",)),
    ast.NotIn: ("not in", ("in",)),
}
_COUNTED: Mapping[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "//"),
    ast.FloorDiv: ("//", "*"),
    ast.Div: ("/", "*"),
    ast.Mod: ("%", "+"),
}
_CALLED = {"max": "min", "min": "max", "any": "all", "all": "any"}
_NEGATED_BY_COMPARISON = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
_TIGHT = (ast.Name, ast.Call, ast.Attribute, ast.Constant, ast.Subscript)
_PROSE = re.compile(r"\s")

Offset = Callable[[int, int], int]


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes from *start* to *end* become *text*."""

    start: int
    end: int
    text: str
    operator: str


class Text:
    """A source and the positions in it."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self._lines = [0]
        for line in source.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """First byte of *node*, and the one after its last."""
        start = self._lines[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        return start, self._lines[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def of(self, node: ast.AST) -> str:
        """The text of *node*."""
        start, end = self.span(node)
        return self.source[start:end].decode()

    def between(self, left: ast.AST, right: ast.AST) -> tuple[int, str]:
        """Where *left* ends, and the text from there to *right*."""
        start, end = self.span(left)[1], self.span(right)[0]
        return start, self.source[start:end].decode()

    def lines_around(self, start: int, end: int) -> tuple[int, int]:
        """The bytes from *start* to *end*, extended to whole lines."""
        until = self.source.find(b"\n", max(start, end - 1))
        return self.source.rfind(b"\n", 0, start) + 1, until if until >= 0 else len(self.source)

    def line(self, offset: int) -> int:
        """The line of a byte."""
        return self.source.count(b"\n", 0, offset) + 1


def expression_edits(node: ast.AST, text: Text, names: Names, aliases: Mapping[str, str]) -> Iterator[Edit]:
    """Edits of an expression (or a keyword, a comprehension, a case) itself, without those of its parts."""
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARED:
            token, others = _COMPARED[type(op)]
            for other in others:
                yield from _token(text, left, right, token, other, "comparison swapped")
        case ast.BoolOp():
            yield from _joined(node, text)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield Edit(*text.span(node), _tight(operand, text), "not dropped")
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield Edit(*text.span(node), _tight(operand, text), "arithmetic swapped")
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _COUNTED:
            if not any(_is_text(side) for side in (left, right)):
                token, other = _COUNTED[type(operator)]
                yield from _token(text, left, right, token, other, "arithmetic swapped")
        case ast.Call():
            yield from _call(node, text, names)
        case ast.IfExp(test=test):
            yield from _condition(test, text, "True", "False")
        case ast.comprehension(ifs=ifs):
            for test in ifs:
                yield from _condition(test, text, "True", "False")
        case ast.match_case(guard=ast.expr() as guard):
            yield from _condition(guard, text, "True", "False")
        case ast.Constant():
            yield from _constant(node, text)
        case ast.Attribute(value=ast.Name(id=owner), attr=member, ctx=ast.Load()):
            members = names.enums.get(aliases.get(owner, owner), ())
            if member in members:
                sibling = members[(members.index(member) + 1) % len(members)]
                yield Edit(*text.span(node), f"{owner}.{sibling}", "enum member swapped")


def statement_edits(node: ast.stmt, text: Text, bound: set[str], returns: str) -> Iterator[Edit]:
    """Edits of a statement itself: *bound* are the names that exist before it, *returns* the type its function promises."""
    if _deletable(node, bound):
        yield Edit(*text.span(node), "pass", "statement deleted")
    match node:
        case ast.If(test=test, body=body, orelse=orelse):
            yield from _condition(test, text, *(("True", "False") if orelse else ("True",)))
            yield from _branch(body, text)
            if orelse and not (len(orelse) == 1 and isinstance(orelse[0], ast.If)):
                yield from _branch(orelse, text)
        case ast.While(test=test):
            yield from _condition(test, text, "False")
        case ast.Match(cases=cases):
            for case in cases:
                yield from _branch(case.body, text)
        case ast.Try(handlers=handlers):
            for handler in handlers:
                yield from _branch(handler.body, text)
        case ast.AugAssign(target=target, op=operator, value=value) if type(operator) in _COUNTED:
            token, other = _COUNTED[type(operator)]
            yield from _token(text, target, value, token, other, "arithmetic swapped")
        case ast.Return(value=ast.expr() as value):
            for other in _other_returns(returns):
                if text.of(value) != other:
                    yield Edit(*text.span(value), other, "return value replaced")


def is_telemetry(node: ast.AST) -> str:
    """The name of the call if it logs or counts, else "". Its arguments are for people: they are never changed."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="telemetry" | "_logger" | "logger"), attr=name)):
            return name
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name.startswith(("note_", "_note_")):
            return name
        case _:
            return ""


def _token(text: Text, left: ast.AST, right: ast.AST, token: str, other: str, operator: str) -> Iterator[Edit]:
    start, between = text.between(left, right)
    pattern = re.escape(token).replace(r"\ ", r"\s+")
    found = re.search(rf"(?<!\w){pattern}(?!\w)" if token[0].isalpha() else pattern, between)
    if found:
        yield Edit(start + found.start(), start + found.end(), other, operator)


def _joined(node: ast.BoolOp, text: Text) -> Iterator[Edit]:
    word, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    swapped = f" {other} ".join(_tight(value, text) for value in node.values)
    yield Edit(*text.span(node), swapped, "and/or swapped")
    for dropped in range(len(node.values)):
        kept = [_tight(value, text) for number, value in enumerate(node.values) if number != dropped]
        joined = f" {word} ".join(kept)
        yield Edit(*text.span(node), joined if len(kept) == 1 else f"({joined})", "operand dropped")


def _condition(test: ast.expr, text: Text, *constants: str) -> Iterator[Edit]:
    negated_elsewhere = (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)) or (
        isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], _NEGATED_BY_COMPARISON)
    )
    if not negated_elsewhere:
        yield Edit(*text.span(test), f"not ({text.of(test)})", "condition negated")
    binds = any(isinstance(each, ast.NamedExpr) for each in ast.walk(test))
    for constant in constants:
        if not binds:
            yield Edit(*text.span(test), constant, "condition constant")


def _call(node: ast.Call, text: Text, names: Names) -> Iterator[Edit]:
    called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if isinstance(node.func, ast.Name) and called in _CALLED:
        yield Edit(*text.span(node.func), _CALLED[called], "arithmetic swapped")
    for number, keyword in enumerate(node.keywords):
        if keyword.arg in names.required.get(called, ()):
            continue  # without it, the call fails in every test
        start, end = text.span(keyword)
        if number + 1 < len(node.keywords):
            end = text.span(node.keywords[number + 1])[0]
        elif text.source[end : text.span(node)[1] - 1].strip(b", \n\t"):
            continue  # a comment, or something positional, stands behind it
        else:
            end = text.span(node)[1] - 1
        yield Edit(start, end, "", "keyword dropped")


def _constant(node: ast.Constant, text: Text) -> Iterator[Edit]:
    match node.value:
        case bool(value):
            yield Edit(*text.span(node), str(not value), "constant changed")
        case int(value):
            yield Edit(*text.span(node), str(0 if value == 1 else value + 1), "constant changed")
            if value > 1:
                yield Edit(*text.span(node), str(value - 1), "constant changed")
        case str(value) if not _PROSE.search(value):
            yield Edit(
                *text.span(node),
                f'"{value}_x"' if value.isascii() and value.isprintable() else '"x"',
                "constant changed",
            )


def _branch(body: list[ast.stmt], text: Text) -> Iterator[Edit]:
    if isinstance(body[0], ast.Pass):
        return
    yield Edit(text.span(body[0])[0], text.span(body[-1])[1], "pass", "branch deleted")


def _deletable(node: ast.stmt, bound: set[str]) -> bool:
    match node:
        case ast.Expr(value=ast.Call() as call):
            return is_telemetry(call) != "log"
        case ast.Assign(targets=targets):
            return all(
                isinstance(target, ast.Attribute | ast.Subscript)
                or (isinstance(target, ast.Name) and target.id in bound)
                for target in targets
            )
        case ast.AugAssign() | ast.Raise() | ast.Delete() | ast.Continue() | ast.Break():
            return True
        case _:
            return False


def _other_returns(returns: str) -> Iterator[str]:
    kinds = {part.strip() for part in returns.split("|")}
    if "None" in kinds and len(kinds) > 1:
        yield "None"
    if "bool" in kinds:
        yield "True"
        yield "False"
    if "str" in kinds:
        yield '""'
    if "int" in kinds or "Instant" in kinds:
        yield "0"


def _tight(node: ast.AST, text: Text) -> str:
    return text.of(node) if isinstance(node, _TIGHT) else f"({text.of(node)})"


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
