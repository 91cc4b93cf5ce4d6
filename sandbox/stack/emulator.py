"""The local AWS emulator: one process on loopback, with IAM enforced, in a folder of its own."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from sandbox.stack.processes import Children, await_url, free_port

REGION = "us-east-1"
DOMAIN = f"{REGION}.amazonaws.com"
"""The emulator answers for API Gateway's real host names, so that URLs in the template need no second form."""
CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}


@dataclass(frozen=True)
class Emulator:
    """A running emulator."""

    url: str
    pid: int
    log: Path

    @property
    def address(self) -> str:
        """Host and port, for connections under another Host header."""
        return self.url.removeprefix("http://")

    def client(self, service: str) -> Any:
        """A boto3 client of *service*, as the account's administrator."""
        return boto3.client(service, endpoint_url=self.url, **CREDENTIALS)  # type: ignore[call-overload]

    def function_processes(self) -> list[int]:
        """The processes that run functions' code right now."""
        rows = subprocess.run(
            ["ps", "-ww", "--ppid", str(self.pid), "-o", "pid=", "-o", "args="],
            capture_output=True,
            text=True,
            check=False,
        )
        return [int(row.split()[0]) for row in rows.stdout.splitlines() if "_worker.py" in row]


def start_emulator(tools: Path, home: Path, children: Children) -> Emulator:
    """Start the emulator; its state, temporary files and log are in *home*."""
    port, temporary, log = free_port(), home / "tmp", home / "emulator.log"
    temporary.mkdir(parents=True)
    environment = {
        "PATH": f"{tools / 'emulator' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "AWS_DEFAULT_REGION": REGION,
        "GATEWAY_PORT": str(port),
        "EDGE_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": DOMAIN,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AUTH": "true",
        "TMPDIR": str(temporary),
        "S3_DATA_DIR": str(home / "s3"),
        "STATE_DIR": str(home / "state"),
    }
    process = children.start([str(tools / "emulator" / "bin" / "ministack")], environment, log)
    url = f"http://127.0.0.1:{port}"
    await_url(f"{url}/_ministack/health", process, log)
    return Emulator(url, process.pid, log)
