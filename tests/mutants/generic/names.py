"""What operators have to know of the whole package: the members of its enums, and the parameters without a default."""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Names:
    """*enums*: members of each enum class. *required*: of each class and function, by simple name, what a call has to give."""

    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required: Mapping[str, frozenset[str]] = field(default_factory=dict)


def names_of(sources: Iterable[str]) -> Names:
    """What *sources* define. Of two definitions of one name, a parameter that either requires counts as required."""
    trees = [ast.parse(source) for source in sources]
    classes = {node.name: node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    required: dict[str, frozenset[str]] = {name: _fields(name, classes, frozenset()) for name in classes}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                required[node.name] = required.get(node.name, frozenset()) | _parameters(node)
    enums = {name: _members(node) for name, node in classes.items() if _is_enum(name, classes, frozenset())}
    return Names({name: members for name, members in enums.items() if len(members) > 1}, required)


def _bases(node: ast.ClassDef) -> list[str]:
    return [base.id for base in node.bases if isinstance(base, ast.Name)]


def _is_enum(name: str, classes: Mapping[str, ast.ClassDef], seen: frozenset[str]) -> bool:
    if name.endswith("Enum"):
        return True
    if name not in classes or name in seen:
        return False
    return any(_is_enum(base, classes, seen | {name}) for base in _bases(classes[name]))


def _members(node: ast.ClassDef) -> tuple[str, ...]:
    found = [target for each in node.body if isinstance(each, ast.Assign) for target in each.targets]
    return tuple(target.id for target in found if isinstance(target, ast.Name) and target.id.isupper())


def _fields(name: str, classes: Mapping[str, ast.ClassDef], seen: frozenset[str]) -> frozenset[str]:
    if name not in classes or name in seen:
        return frozenset()
    node = classes[name]
    given = {
        each.target.id: each.value is None
        for each in node.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }
    inherited = frozenset(field for base in _bases(node) for field in _fields(base, classes, seen | {name}))
    made = next((each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"), None)
    own = {field for field, needed in given.items() if needed}
    return (inherited - given.keys()) | own | (_parameters(made) if made else frozenset())


def _parameters(node: ast.FunctionDef) -> frozenset[str]:
    places = [*node.args.posonlyargs, *node.args.args]
    needed = places[: len(places) - len(node.args.defaults)]
    named = [arg for arg, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if default is None]
    return frozenset(arg.arg for arg in [*needed, *named])
