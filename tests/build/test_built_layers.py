"""What `sam build` makes for AWS: valid bytecode in the layers, next to nothing in the functions' folders.

The build fetches the packages for the target processor from the package registry, or takes them from uv's cache.
"""

import importlib.util
import os
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.template import ROOT, load

TARGET = "3.13"
_UNCHECKED_HASH = 0b01  # PEP 552: the bytecode is never compared with the source
_HEADER = 16
LAYERS = {"DependenciesLayer": "pydantic", "SigningLayer": "alipay_signing", "AutodebitLayer": "autodebit"}


@dataclass(frozen=True)
class Build:
    """A build for arm64: its folder, and what was said while it was made."""

    folder: Path
    output: str


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """What `make build` makes."""
    folder = tmp_path_factory.mktemp("built")
    command = ["make", "build", f"BUILD_DIR={folder}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return Build(folder, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def built(build: Build) -> Path:
    """The folder of the build."""
    return build.folder


def _target_python() -> str:
    found = subprocess.run(
        [str(ROOT / ".tools" / "uv" / "bin" / "uv"), "python", "find", TARGET],
        cwd=ROOT,
        env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() if found.returncode == 0 else ""


def _magic() -> bytes:
    """What bytecode of the target Python begins with."""
    code = "import importlib.util, sys; sys.stdout.write(importlib.util.MAGIC_NUMBER.hex())"
    return bytes.fromhex(
        subprocess.run([_target_python(), "-c", code], capture_output=True, text=True, check=True).stdout
    )


@pytest.mark.parametrize("layer", sorted(LAYERS))
def test_every_module_of_a_layer_has_bytecode_that_stays_valid(build: Build, layer: str) -> None:
    sources = list((build.folder / layer / "python").rglob("*.py"))
    assert sources
    if not _target_python():  # then the build goes on without, and says so
        assert f"WARNING: no Python {TARGET} here" in build.output
        return
    magic = _magic()
    for source in sources:
        cached = source.parent / "__pycache__" / f"{source.stem}.cpython-{TARGET.replace('.', '')}.pyc"
        header = cached.read_bytes()[:_HEADER]
        (flags,) = struct.unpack("<I", header[4:8])
        assert header[:4] == magic, source
        assert flags == _UNCHECKED_HASH, source
        assert header[8:16] == importlib.util.source_hash(source.read_bytes()), source


def test_the_dependencies_are_for_the_processor_of_the_functions(built: Path) -> None:
    compiled = list((built / "DependenciesLayer" / "python").rglob("*.so"))
    assert compiled
    assert all("x86_64" not in path.name and path.read_bytes()[18:20] == b"\xb7\x00" for path in compiled), "not arm64"


def test_layers_hold_their_package_and_nothing_of_ours_twice(built: Path) -> None:
    for layer, package in LAYERS.items():
        assert (built / layer / "python" / package / "__init__.py").is_file()
    assert {path.name for path in (built / "SigningLayer" / "python").iterdir()} == {"alipay_signing"}
    assert {path.name for path in (built / "AutodebitLayer" / "python").iterdir()} == {"autodebit"}


def test_no_layer_knows_the_machine_that_built_it(built: Path) -> None:
    for layer in ("SigningLayer", "AutodebitLayer"):
        for compiled in (built / layer).rglob("*.pyc"):
            assert str(built).encode() not in compiled.read_bytes()
            assert str(ROOT).encode() not in compiled.read_bytes()


def test_functions_are_tiny_and_bring_no_packages(built: Path) -> None:
    names = [name for name, found in load()["Resources"].items() if found["Type"] == "AWS::Serverless::Function"]
    for name in names:
        files = [path for path in (built / name).rglob("*") if path.is_file()]
        assert [path.name for path in files] == ["app.py"], name
        assert files[0].stat().st_size < 4096, name


def test_all_layers_together_stay_far_below_what_lambda_unpacks(built: Path) -> None:
    size = sum(path.stat().st_size for layer in LAYERS for path in (built / layer).rglob("*") if path.is_file())
    assert size < 100 * 1024 * 1024, "Lambda takes 250 MB; a cold start pays for each of them"
