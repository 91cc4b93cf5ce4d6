"""All generic mutants of a file.

Left out, because no caller, operator or wallet could tell the difference: docstrings, annotations, decorators, imports, type
parameters, names in `__all__`, the texts that people read (strings with a blank in them, f-strings), and what is given to logs
and metrics. That something is counted or told as an anomaly at all is not left out; that it is logged, is.
"""

import ast
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from tests.mutants.generic.core import PACKAGE, mutated_files
from tests.mutants.generic.mutation import Mutation
from tests.mutants.generic.names import Names, names_of
from tests.mutants.generic.operators import Edit, Text, expression_edits, is_telemetry, statement_edits

_TYPES = ("TypeVar", "NewType", "cast")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def all_mutations(tree: Path) -> list[Mutation]:
    """Every mutant of the money core of *tree*, in the order of the files and of the code."""
    names = names_of(path.read_text() for path in sorted((tree / PACKAGE).glob("**/*.py")))
    found: list[Mutation] = []
    for path in mutated_files(tree):
        found += mutations_of(path.read_bytes(), path.relative_to(tree).as_posix(), names)
    return found


def mutations_of(source: bytes, file: str, names: Names) -> list[Mutation]:
    """Every mutant of one file, without repetitions."""
    walker = _Walker(source, file, names)
    walker.walk(ast.parse(source))
    found: dict[tuple[int, int, str], Mutation] = {}
    for mutation in walker.found:
        found.setdefault((mutation.start, mutation.end, mutation.text), mutation)
    return sorted(found.values(), key=lambda mutation: (mutation.start, mutation.end, mutation.text))


def drawn(mutations: Sequence[Mutation], tree: Path, sample: int, seed: int) -> list[Mutation]:
    """*sample* of *mutations* (all, if there are not so many) by *seed*; the few that are no Python are passed over."""
    shuffled = random.Random(seed).sample(mutations, len(mutations))
    return list(islice((each for each in shuffled if _is_code(each.applied((tree / each.file).read_bytes()))), sample))


def _is_code(source: bytes) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


class _Walker:
    def __init__(self, source: bytes, file: str, names: Names) -> None:
        self.found: list[Mutation] = []
        self._text, self._file, self._names = Text(source), file, names
        self._aliases: dict[str, str] = {}
        self._scopes: list[str] = []
        self._root: tuple[str, int] | None = None
        self._statement: ast.stmt | None = None
        self._bound: set[str] = set()
        self._returns = ""

    def walk(self, node: ast.AST) -> None:
        """Collect the mutants of *node* and of all below it."""
        if isinstance(node, ast.Module):
            self._learn_aliases(node)
        if _left_out(node):
            return
        if isinstance(node, ast.stmt):
            previous, self._statement = self._statement, node
            self._add(statement_edits(node, self._text, self._bound, self._returns))
            self._below(node)
            self._bind(node)
            self._statement = previous
        else:
            self._add(expression_edits(node, self._text, self._names, self._aliases))
            self._below(node)

    def _below(self, node: ast.AST) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                for default in [*node.args.defaults, *node.args.kw_defaults]:
                    if default is not None:
                        self.walk(default)
                with self._inside(node):
                    for statement in node.body:
                        self.walk(statement)
            case ast.ClassDef():
                self._scopes.append(node.name)
                for statement in node.body:
                    self.walk(statement)
                self._scopes.pop()
            case ast.AnnAssign(value=value):
                if value is not None:
                    self.walk(value)
            case ast.Subscript(value=ast.Name(id=name)) if name[:1].isupper() or name in ("dict", "list", "tuple"):
                pass  # type parameters
            case ast.JoinedStr():
                pass
            case ast.Call() if is_telemetry(node):
                pass
            case ast.Attribute() if isinstance(node.value, ast.Name):
                pass
            case _:
                for child in ast.iter_child_nodes(node):
                    self.walk(child)

    @contextmanager
    def _inside(self, node: _Function) -> Iterator[None]:
        kept = self._root, self._bound, self._returns
        self._scopes.append(node.name)
        if self._root is None:
            self._root = ".".join(self._scopes), min([node.lineno, *(each.lineno for each in node.decorator_list)])
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        self._bound = {argument.arg for argument in arguments}
        self._returns = self._text.of(node.returns) if node.returns else ""
        yield
        self._scopes.pop()
        self._root, self._bound, self._returns = kept

    def _bind(self, node: ast.stmt) -> None:
        if self._root and isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            stored = (each for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store))
            self._bound.update(each.id for each in stored)

    def _learn_aliases(self, module: ast.Module) -> None:
        """Short names of enums: `_P, _N = PaymentState, RequestEvent`."""
        for node in module.body:
            match node:
                case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                    pairs = list(zip(targets, values, strict=False))
                case ast.Assign(targets=[target], value=value):
                    pairs = [(target, value)]
                case _:
                    continue
            self._aliases.update({a.id: b.id for a, b in pairs if isinstance(a, ast.Name) and isinstance(b, ast.Name)})

    def _add(self, edits: Iterator[Edit]) -> None:
        statement = self._statement
        for edit in edits:
            if statement is None:
                continue
            first, last = self._text.lines_around(edit.start, edit.end)
            source = self._text.source
            before = source[first:last].decode()
            after = (source[first : edit.start] + edit.text.encode() + source[edit.end : last]).decode()
            head_end = self._text.line(max(self._head_end(statement), edit.end) - 1)
            self.found.append(
                Mutation(
                    file=self._file,
                    start=edit.start,
                    end=edit.end,
                    text=edit.text,
                    operator=edit.operator,
                    line=self._text.line(edit.start),
                    head=(statement.lineno, head_end),
                    function=".".join(self._scopes),
                    root=self._root,
                    before=" ".join(before.split()),
                    after=" ".join(after.split()),
                )
            )

    def _head_end(self, statement: ast.stmt) -> int:
        bodies = [part for name in ("body", "cases", "handlers") for part in getattr(statement, name, [])]
        if not bodies:
            return self._text.span(statement)[1]
        inner = bodies[0].pattern if isinstance(bodies[0], ast.match_case) else bodies[0]
        return self._text.span(inner)[0]


def _left_out(node: ast.AST) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.arguments():
            return True
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Call(func=ast.Name(id=name)) if name in _TYPES:
            return True
        case ast.Expr(value=ast.Call() as call):
            return is_telemetry(call) == "log"
        case _:
            return False
