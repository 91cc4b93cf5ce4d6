"""The very template, built for this machine and deployed with SAM to the emulator."""

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sandbox.stack.emulator import CREDENTIALS, REGION, Emulator

STACK = "local"
ROOT = Path(__file__).parents[2]


def build(tools: Path, target: Path) -> Path:
    """Build template and layers for the emulator's interpreter and this processor; the built template."""
    python = tools / "emulator" / "bin" / "python"
    version = _output([str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
    layers = {"LAYER_VERSION": version, "LAYER_PLATFORM": "", "LAYER_PYTHON": str(python)}
    _sam(tools, "build", "--build-dir", str(target), "--parallel", "--parameter-overrides", _overrides({}), **layers)
    return target / "template.yaml"


def deploy(tools: Path, template: Path, emulator: Emulator, parameters: Mapping[str, str]) -> dict[str, str]:
    """Deploy *template*; the outputs of the stack."""
    arguments = [
        *("-t", str(template), "--stack-name", STACK, "--resolve-s3"),
        *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
        *("--no-confirm-changeset", "--no-progressbar", "--parameter-overrides", _overrides(parameters)),
    ]
    _sam(tools, "deploy", *arguments, AWS_ENDPOINT_URL=emulator.url)
    described = emulator.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def _overrides(parameters: Mapping[str, str]) -> str:
    processor = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    given = {"Environment": "local", "Architecture": processor, "DeletionProtection": "false", **parameters}
    return " ".join(f"{name}={value}" for name, value in given.items())


def _sam(tools: Path, command: str, *arguments: str, **variables: str) -> None:
    environment = {
        **os.environ,
        **variables,
        "PATH": f"{tools / 'sam' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.2",
        "UV_PYTHON_DOWNLOADS": "never",
    }
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as nothing:
        # samconfig.toml is about real accounts.
        nothing.write("version = 0.1\n")
        nothing.flush()
        program = [str(tools / "sam" / "bin" / "sam"), command, "--config-file", nothing.name, *arguments]
        done = subprocess.run(program, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout[-4000:] + done.stderr[-4000:])
        raise RuntimeError(f"sam {command} failed")


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
