"""Child processes that never outlive us, and what it takes to wait for them."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path


class Children:
    """Processes in groups of their own; `stop` ends them and whatever they started."""

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
        """Start *command* with its output in *log*."""
        with log.open("ab") as output:
            process = subprocess.Popen(
                list(command), env=dict(environment), stdout=output, stderr=output, start_new_session=True
            )
        self._processes.append(process)
        return process

    def stop(self) -> None:
        """End all, the last one first; what does not end by itself is killed."""
        for process in reversed(self._processes):
            _signal_group(process, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            _signal_group(process, signal.SIGKILL)
            process.wait()
        self._processes.clear()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def await_url(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 30) -> None:
    """Wait until *url* answers.

    Raises:
        RuntimeError: *process* ended, or *seconds* passed; the message ends with the log's last lines.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310  loopback
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{url} does not answer:\n{tail(log)}")


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of *log*."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
