"""The harm that a worker suffers: errors of the store, and its own death.

It is a function of the seed, the port, the operation, what that is about, and how often it was tried before.
"""

import os
import signal
from collections.abc import Callable, Mapping
from typing import TypeVar

from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from chaos.board import Board
from chaos.ports import Step
from sandbox.alipay.mixture import pick

_T = TypeVar("_T")
_READ = {"error": 0.008, "throttled": 0.008, "killed before": 0.0015}
_WRITE = {
    "error": 0.012, "throttled": 0.012, "reply lost": 0.012, "repeated": 0.02, "killed before": 0.004, "killed after": 0.006,
}  # fmt: skip
_WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "read": _READ,
    "query": {"error": 0.002, "throttled": 0.002},
    "write": _WRITE,
    "kms": {"error": 0.01, "killed before": 0.002},
    "alipay": {"killed before": 0.006, "killed after": 0.012},
    "reply": {"killed before": 0.006},
}
_NAMES = {
    ("store", "error"): "store error",
    ("store", "throttled"): "store throttled",
    ("store", "reply lost"): "store reply lost",
    ("store", "repeated"): "store write repeated",
    ("store", "killed before"): "killed before a store call",
    ("store", "killed after"): "killed after a store write",
    ("kms", "error"): "KMS error",
    ("kms", "killed before"): "killed at a KMS call",
    ("alipay", "killed before"): "killed before the send",
    ("alipay", "killed after"): "killed after Alipay acted",
    ("reply", "killed before"): "killed before the reply",
}


class SeededTrouble:
    """See chaos.ports.Trouble. *kill_at* is the number of the boundary at which the present invocation is to die, if any."""

    def __init__(self, board: Board, slot: int, seed: int, intensity: float) -> None:
        self._board, self._slot, self._seed, self._intensity = board, slot, seed, intensity
        self.kill_at: int | None = None
        self._boundary = 0

    def begin(self, kill_at: int | None) -> None:
        """A new invocation."""
        self.kill_at, self._boundary = kill_at, 0

    def around(self, step: Step, call: Callable[[], _T]) -> _T:
        """Carry out *call*, or something worse."""
        self._pass_boundary()
        fate = self._fate(step)
        if fate is not None:
            self._board.count(self._slot, _NAMES[step.port, fate])
        match fate:
            case "killed before":
                die()
            case "error" if step.port == "store":
                raise refusal(step, "InternalServerError")
            case "error":
                raise refusal(step, "KMSInternalException")
            case "throttled":
                raise refusal(step, "ProvisionedThroughputExceededException")
            case "reply lost":
                call()
                raise ReadTimeoutError(endpoint_url="http://dynamodb")
            case "repeated":
                # What botocore does when the reply to its first try is lost: the same request once more.
                call()
                return call()
        done = call()
        if fate == "killed after":
            die()
        if step.writes:
            self._pass_boundary()
        return done

    def _fate(self, step: Step) -> str | None:
        if not self._intensity:
            return None
        kind = step.port
        if kind == "store":
            kind = "write" if step.writes else "query" if step.operation == "query" else "read"
        attempt = self._board.attempt(step.port, step.operation, step.about)
        weights = {name: weight * self._intensity for name, weight in _WEIGHTS[kind].items()}
        return pick(weights, self._seed, step.port, step.operation, step.about, attempt)

    def _pass_boundary(self) -> None:
        self._boundary += 1
        if self.kill_at == self._boundary:
            self._board.count(self._slot, "killed on request")
            die()


def die() -> None:
    """The end of this process, here and now: nothing is cleaned up, nothing is written any more."""
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()


def refusal(step: Step, code: str) -> Exception:
    """How boto tells of a call that was not carried out."""
    if code == "unreachable":
        return EndpointConnectionError(endpoint_url="http://dynamodb")
    return ClientError({"Error": {"Code": code, "Message": ""}}, step.operation)
