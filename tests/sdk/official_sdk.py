"""The official Python SDK, run in an environment of its own, as an object of the tests."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

ROOT = Path(__file__).parents[2]
BRIDGE = Path(__file__).with_name("sdk_bridge.py")
PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
HOW_TO_MAKE_IT = (
    f".tools/uv/bin/uv venv -q --clear --python {PYTHON_VERSION} .tools/sdk && "
    ".tools/uv/bin/uv pip install -q --python .tools/sdk/bin/python --require-hashes -r requirements/sdk.txt"
)


def sdk_python(root: Path) -> Path:
    """The Python of the official SDK's environment; without it the test fails, it is never skipped."""
    python = root / ".tools" / "sdk" / "bin" / "python"
    if not python.exists():
        pytest.fail(f"the environment of the official SDK is missing; make it with:\n{HOW_TO_MAKE_IT}", pytrace=False)
    return python


class SdkError(Exception):
    """The SDK raised; ``name`` is the name of its exception."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name


class Sdk:
    """The official Python SDK, in a process and an environment of its own."""

    def __init__(self, process: "subprocess.Popen[str]", errors: IO[str]) -> None:
        self._process = process
        self._errors = errors

    def __call__(self, call: str, *arguments: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"call": call, "arguments": arguments}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self._process.wait()
            self._errors.seek(0)
            output = self._errors.read()
            pytest.fail(
                f"the official SDK's process ended:\n{output}\nmake its environment anew:\n{HOW_TO_MAKE_IT}",
                pytrace=False,
            )
        answer = json.loads(line)
        if "error" in answer:
            raise SdkError(answer["error"], answer["message"])
        return answer["value"]


@contextmanager
def running_sdk(bridge: Path = BRIDGE, **environment: str) -> Iterator[Sdk]:
    """The SDK's process, with *environment* beside ours; it ends with its input."""
    # -I: neither our PYTHONPATH nor this folder may reach the SDK's environment.
    command = [str(sdk_python(ROOT)), "-I", str(bridge)]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as errors,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
            env={**os.environ, **environment},
        ) as process,
    ):
        yield Sdk(process, errors)
