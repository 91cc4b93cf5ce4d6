"""The arrows between the parts, kept by reading every import in the source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SIGNING = ROOT / "layers" / "signing" / "alipay_signing"
AUTODEBIT = ROOT / "layers" / "autodebit" / "autodebit"
FUNCTIONS = sorted(ROOT.glob("functions/*/app.py"))
AWS = ("boto3", "botocore", "mypy_boto3_")
STORE = ("boto3.dynamodb", "mypy_boto3_dynamodb")


def modules_in(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*.py"))
    assert found, folder
    return found


def imports_of(path: Path, *, at_runtime: bool = True) -> Iterator[str]:
    """The full names of what *path* imports, in functions too; with *at_runtime* without what only type checkers see."""
    yield from _imports(ast.parse(path.read_text()), path, at_runtime)


def _imports(node: ast.AST, path: Path, at_runtime: bool) -> Iterator[str]:
    if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING") and at_runtime:
        children: list[ast.AST] = list(node.orelse)
    else:
        children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{path}: relative imports hide the arrows"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
        "__import__",
        "importlib.import_module",
        "import_module",
    ):
        raise AssertionError(f"{path}: a computed import hides the arrows")
    for child in children:
        yield from _imports(child, path, at_runtime)


def within(name: str, *packages: str) -> bool:
    """Whether *name* is one of *packages*, or in one (a package ending in _ is the beginning of a name)."""
    return any(
        name == package or name.startswith(package if package.endswith("_") else f"{package}.") for package in packages
    )


def offenders(paths: list[Path], *forbidden: str, at_runtime: bool = True) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in paths
        for name in imports_of(path, at_runtime=at_runtime)
        if within(name, *forbidden)
    ]


def test_the_signature_knows_neither_us_nor_aws() -> None:
    outside = ("autodebit", "functions", "sandbox", "tests", *AWS, "requests", "pydantic", "aws_lambda_powertools")
    assert offenders(modules_in(SIGNING), *outside, at_runtime=False) == []


def test_the_package_knows_neither_functions_nor_sandbox() -> None:
    assert offenders(modules_in(AUTODEBIT), "functions", "app", "sandbox", "tests", at_runtime=False) == []


def test_the_package_uses_only_what_the_signature_publishes() -> None:
    inside = {f"alipay_signing.{path.stem}" for path in modules_in(SIGNING)}
    assert offenders(modules_in(AUTODEBIT) + FUNCTIONS, *inside, at_runtime=False) == []


def test_a_handler_uses_the_package_and_nothing_else() -> None:
    foreign = [(path, name) for path in FUNCTIONS for name in imports_of(path) if not within(name, "autodebit")]
    assert foreign == []


def test_the_sandbox_can_disagree_with_us() -> None:
    allowed = ("autodebit.contract", "alipay_signing")
    used = [
        (str(path.relative_to(ROOT)), name)
        for path in modules_in(ROOT / "sandbox" / "alipay")
        for name in imports_of(path, at_runtime=False)
        if within(name, "autodebit", "functions", "tests") and not within(name, *allowed)
    ]
    assert used == []
    ours = [f"autodebit.{part}" for part in ("repository", "flows", "entrypoints", "runtime", "domain")]
    assert offenders(modules_in(ROOT / "sandbox"), *ours, "functions", "tests", at_runtime=False) == []


def test_nothing_that_is_deployed_or_demonstrated_knows_the_chaos_run() -> None:
    others = modules_in(AUTODEBIT) + modules_in(SIGNING) + modules_in(ROOT / "sandbox") + FUNCTIONS
    assert offenders(others, "tests", at_runtime=False) == []
    foreign = [
        f"{path.name} imports {name}"
        for path in modules_in(ROOT / "tests" / "chaos")
        if not path.name.startswith(("test_", "cases"))
        for name in imports_of(path, at_runtime=False)
        if within(name, "tests", "functions") and not within(name, "tests.chaos")
    ]
    assert foreign == []


def test_only_the_repository_speaks_dynamodb() -> None:
    elsewhere = [path for path in modules_in(AUTODEBIT) if AUTODEBIT / "repository" not in path.parents]
    assert offenders(elsewhere, *STORE, at_runtime=False) == []
    assert offenders(modules_in(AUTODEBIT), "mypy_boto3_") == []


def test_only_the_composition_root_makes_clients() -> None:
    made = [
        str(path.relative_to(AUTODEBIT))
        for path in modules_in(AUTODEBIT)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("boto3.client", "boto3.resource", "boto3.Session")
    ]
    assert set(made) == {"runtime.py"}


def test_the_domain_is_pure() -> None:
    """It knows no clock, no AWS, no HTTP and no form of messages; of autodebit it imports instants alone."""
    outside = (*AWS, "requests", "urllib3", "pydantic", "aws_lambda_powertools", "time", "datetime", "os", "json")
    domain = modules_in(AUTODEBIT / "domain")
    assert offenders(domain, *outside, at_runtime=False) == []
    used = {name for path in domain for name in imports_of(path, at_runtime=False) if within(name, "autodebit")}
    inside = {name for name in used if within(name, "autodebit.domain", "autodebit.clock")}
    assert used - inside == set()
    assert not used & {"autodebit.clock.SystemClock", "autodebit.clock.Clock"}


FLOORS = (
    ("clock", "errors", "telemetry", "contract"),
    ("domain", "responses"),
    ("config", "repository"),
    ("gateway",),
    ("runtime",),
    ("flows",),
    ("entrypoints",),
)
"""The rooms of autodebit from the ground up: a room imports only from the floors below its own."""


def test_imports_point_to_lower_floors() -> None:
    floor_of = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
    rooms = {path.relative_to(AUTODEBIT).parts[0].removesuffix(".py") for path in modules_in(AUTODEBIT)} - {"__init__"}
    assert rooms == set(floor_of)
    arrows = {
        (path.relative_to(AUTODEBIT).parts[0].removesuffix(".py"), name.split(".")[1])
        for path in modules_in(AUTODEBIT)
        for name in imports_of(path, at_runtime=False)
        if within(name, "autodebit")
    }
    between = {(room, other) for room, other in arrows if room != other}
    assert {(room, other) for room, other in between if floor_of[room] <= floor_of[other]} == set()
    assert len(between) <= 40


@pytest.mark.parametrize("room", ["contract", "repository"])
def test_messages_and_store_do_not_know_each_other(room: str) -> None:
    other = {"contract": "repository", "repository": "contract"}[room]
    assert offenders(modules_in(AUTODEBIT / room), f"autodebit.{other}", "autodebit.responses", at_runtime=False) == []


def test_only_the_clock_reads_the_clock() -> None:
    readers = ("time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "time.sleep")
    read = {
        f"{path.relative_to(AUTODEBIT)}: {ast.unparse(node.func)}"
        for path in modules_in(AUTODEBIT)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in readers
    }
    # the gateway measures how long a socket lay idle, which no suite needs to move
    assert read == {"clock.py: time.time_ns", "clock.py: time.sleep", "gateway/client.py: time.time"}


ENTRIES = {"merchant_api", "alipay_spi", "schedule", "stream"}


@pytest.mark.parametrize("path", FUNCTIONS, ids=[path.parent.name for path in FUNCTIONS])
def test_a_handler_is_a_sentence(path: Path) -> None:
    words, *imports, handler = ast.parse(path.read_text()).body
    assert isinstance(words, ast.Expr)
    assert isinstance(words.value, ast.Constant)
    assert isinstance(words.value.value, str)
    assert imports
    assert all(isinstance(node, ast.ImportFrom) for node in imports)
    assert isinstance(handler, ast.FunctionDef)
    assert handler.name == "handler"
    (decorator,) = handler.decorator_list
    entry = decorator.func if isinstance(decorator, ast.Call) else decorator
    assert isinstance(entry, ast.Name)
    assert entry.id in ENTRIES
    (sentence,) = handler.body
    assert isinstance(sentence, ast.Return | ast.Expr)
    call = sentence.value
    assert isinstance(call, ast.Call)
    assert isinstance(call.func, ast.Name)
    assert not call.keywords
    assert [ast.unparse(argument) for argument in call.args] == [argument.arg for argument in handler.args.args]
    assert call.func.id == path.parent.name
    assert [node.name for node in path.parent.iterdir() if node.suffix == ".py"] == ["app.py"]
