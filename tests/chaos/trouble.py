"""The harm that a worker suffers: errors of the store, and its own death.

It is a function of the seed, the port, the operation, what that is about, and how often it was tried before. Handles, tokens and
codes are random or come in the order of arrival: what goes by them goes by whatever id the invocation is about. Only pollers
have none; what they do to grants and codes differs from run to run.
"""

import os
import signal
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from sandbox.alipay.mixture import pick, share
from tests.chaos.board import Board
from tests.chaos.ports import Step

_T = TypeVar("_T")
_READ = {"error": 0.006, "throttled": 0.006, "unreachable": 0.004, "killed before": 0.0015}
_ANY_WRITE = {
    "error": 0.01, "throttled": 0.01, "unreachable": 0.004, "reply lost": 0.012, "repeated": 0.02, "killed before": 0.004,
    "killed after": 0.006,
}  # fmt: skip
_WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "read": _READ,
    "query": {"error": 0.002, "throttled": 0.002},
    "write": {**_ANY_WRITE, "conflict": 0.006},
    "transaction": {**_ANY_WRITE, "conflict": 0.012, "transaction throttled": 0.012},
    "kms": {"error": 0.01, "killed before": 0.002},
    "alipay": {"killed before": 0.006, "killed after": 0.012, "store away": 0.012},
    "reply": {"killed before": 0.006},
}
_NAMES = {
    ("store", "error"): "store error",
    ("store", "throttled"): "store throttled",
    ("store", "unreachable"): "store unreachable",
    ("store", "reply lost"): "store reply lost",
    ("store", "repeated"): "store write repeated",
    ("store", "conflict"): "store transaction conflict",
    ("store", "transaction throttled"): "store transaction throttled",
    ("store", "killed before"): "killed before a store call",
    ("store", "killed after"): "killed after a store write",
    ("kms", "error"): "KMS error",
    ("kms", "killed before"): "killed at a KMS call",
    ("alipay", "killed before"): "killed before the send",
    ("alipay", "killed after"): "killed after Alipay acted",
    ("alipay", "store away"): "store away after an answer",
    ("reply", "killed before"): "killed before the reply",
}
_AWAY_SECONDS = (2.0, 240.0)
_REASONS = {"conflict": "TransactionConflict", "transaction throttled": "ThrottlingError"}
_STORE_KINDS = {"query": "query", "transact_write_items": "transaction"}
_NAMED_BY_NOBODY = ("grant", "token", "code", "refresh-handle", "payment-id", "refund-id")
"""Items whose keys no caller chose."""


class SeededTrouble:
    """See chaos.ports.Trouble. *kill_at* is the number of the boundary at which the present invocation is to die, if any."""

    def __init__(self, board: Board, slot: int, seed: int, intensity: float) -> None:
        self._board, self._slot, self._seed, self._intensity = board, slot, seed, intensity
        self.kill_at: int | None = None
        self._boundary, self._about, self._calm = 0, "", False
        self._away_until = 0

    def begin(self, kill_at: int | None, about: str = "", *, calm: bool = False) -> None:
        """A new invocation; *about* is the id that it goes by. One that is *calm* suffers nothing new."""
        self.kill_at, self._boundary, self._about, self._calm = kill_at, 0, about, calm

    def around(self, step: Step, call: Callable[[], _T]) -> _T:
        """Carry out *call*, or something worse."""
        self._pass_boundary()
        if step.port == "store" and self._board.now() < self._away_until:
            raise refusal(step, "unreachable")
        fate = self._fate(step)
        if fate is not None:
            self._board.count(self._slot, _NAMES[step.port, fate])
        match fate:
            case "killed before":
                die()
            case "error" | "throttled" | "unreachable" | "conflict" | "transaction throttled":
                raise refusal(step, fate)
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
        if fate == "store away":
            # Exactly between Alipay's answer and its record, for seconds to minutes.
            least, most = _AWAY_SECONDS
            long = least + share(self._seed, step.about, self._board.now()) ** 2 * (most - least)
            self._away_until = self._board.now() + round(long * 1000)
        if step.writes:
            self._pass_boundary()
        return done

    def _fate(self, step: Step) -> str | None:
        if not self._intensity or self._calm:
            return None
        kind = step.port
        if kind == "store":
            kind = _STORE_KINDS.get(step.operation, "write" if step.writes else "read")
        about = self._known_as(step)
        attempt = self._board.attempt(step.port, step.operation, about)
        weights = {name: weight * self._intensity for name, weight in _WEIGHTS[kind].items()}
        return pick(weights, self._seed, step.port, step.operation, about, attempt)

    def _known_as(self, step: Step) -> str:
        """What *step* is about, by an id that a caller chose where there is one."""
        if step.port in ("alipay", "reply"):
            return self._about or step.about
        kind = step.about.partition("#")[0]
        return f"{kind} of {self._about}" if self._about and kind in _NAMED_BY_NOBODY else step.about

    def _pass_boundary(self) -> None:
        self._boundary += 1
        if self.kill_at == self._boundary:
            self._board.count(self._slot, "killed on request")
            die()


def die() -> None:
    """The end of this process, here and now: nothing is cleaned up, nothing is written any more."""
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()


def refusal(step: Step, fate: str) -> Exception:
    """How boto tells of a call that was not carried out."""
    if fate == "unreachable":
        return EndpointConnectionError(endpoint_url="http://dynamodb")
    if step.port == "kms":
        return _error("KMSInternalException", step)
    if fate in _REASONS and step.operation == "transact_write_items":
        reasons = [{"Code": _REASONS[fate]}, *({"Code": "None"} for _ in range(step.parts - 1))]
        return _error("TransactionCanceledException", step, CancellationReasons=reasons)
    codes = {"error": "InternalServerError", "conflict": "TransactionConflictException"}
    return _error(codes.get(fate, "ProvisionedThroughputExceededException"), step)


def _error(code: str, step: Step, **more: Any) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}, **more}, step.operation)  # type: ignore[typeddict-item]
