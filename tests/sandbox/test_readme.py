"""sandbox/README.md tells all there is, and every row of its tables is tried by a test."""

import re
import subprocess
from itertools import chain
from pathlib import Path

import pytest
from flask import Flask

from sandbox.alipay import Simulator
from sandbox.alipay.faults import CALL_FAULTS, NOTIFICATION_FAULTS
from sandbox.alipay.keyfolder import CLIENT_ID, KeyFolder
from sandbox.alipay.scenarios import AMOUNTS, NAMES
from tests.sandbox.conftest import Start

README = Path(__file__).parents[2] / "sandbox" / "README.md"
SECTIONS = dict(part.split("\n", 1) for part in README.read_text(encoding="utf-8").split("\n### ")[1:])
TESTS = "".join(
    path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__)
)


def rows(section: str) -> list[str]:
    """The first column of the tables of a section, without heads."""
    lines = [line for line in SECTIONS[section].splitlines() if line.startswith("| ")]
    return [re.split(r" (?<!\\)\| ", line[2:])[0] for line in lines if not line.startswith(("| ---", "| fault |"))]


def named(cells: list[str]) -> set[str]:
    return set(chain.from_iterable(re.findall(r"`-?([\w-]+)`", cell) for cell in cells))


@pytest.mark.parametrize("operation", NAMES)
def test_the_tables_of_scenarios_are_whole(operation: str) -> None:
    told = named(rows(f"Scenarios of `{operation}`")) - {"mismatch"}
    assert told == NAMES[operation]


def test_the_amounts_are_told() -> None:
    assert set(re.findall(r"\b99\d\d\b", " ".join(rows("Scenarios of `pay`")))) == set(AMOUNTS)


def test_the_tables_of_faults_are_whole() -> None:
    assert named(rows("Faults")) == {*CALL_FAULTS, *NOTIFICATION_FAULTS}


def test_the_table_of_routes_is_whole(start: Start) -> None:
    app: Flask = start()._app()
    routes = {
        (method, re.sub(r"<.*>", "N", rule.rule.removeprefix("/_sandbox/")))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/_sandbox/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    told = set[tuple[str, str]]()
    for cell in rows("Admin interface, `/_sandbox/`")[1:]:
        methods = set[str]()
        for method, path in re.findall(r"`(GET|POST|DELETE)(?: ([\w/-]+)[^`]*)?`", cell):
            methods.add(method)
            if path:
                told |= {(one, path) for one in methods}
                methods = set()
    assert told == routes


@pytest.mark.parametrize("section", [name for name in SECTIONS if name.startswith(("Scenarios of", "Faults", "Admin"))])
def test_every_row_is_tried(section: str) -> None:
    """By name, as far as a test of this file can see: the tests themselves say whether it does what it says."""
    for cell in rows(section):
        for name in re.findall(r"`(?:GET |POST |DELETE )?-?([\w/-]+)[^`]*`", cell):
            if name not in ("GET", "POST", "DELETE"):
                assert re.search(rf"\b{re.escape(name.replace('/N/', '/'))}\b", TESTS.replace("{number}/", "")), name


def test_the_first_call_of_a_newcomer(start: Start, tmp_path: Path) -> None:
    """The shell commands of the page, letter for letter, but for port and folder."""
    keys = KeyFolder(tmp_path).fill()
    simulator: Simulator = start(
        client_id=CLIENT_ID,
        private_key=keys.alipay_private.read_text(),
        merchant_public_keys={"1": keys.merchant_public.read_text()},
    )
    (script,) = re.findall(r"```sh\n(.*?)```", SECTIONS["A first call, with nothing but a shell"], re.DOTALL)
    settings, commands = script.split("\n", 1)
    assert settings.startswith("URL=http://127.0.0.1:8080 KEYS=.local/sandbox ")
    assert f"CLIENT={CLIENT_ID}\n" in commands
    command = f"set -euo pipefail\nURL={simulator.url} KEYS={tmp_path}\n{commands}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=30)
    assert '"resultCode":"SUCCESS"' in done.stdout, done.stderr or done.stdout
