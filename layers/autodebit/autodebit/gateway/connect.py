"""One time budget for all that a call does: work that would not end by itself, and connecting to a host of many addresses."""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

from urllib3.util.connection import allowed_gai_family

_LEAST_FOR_AN_ADDRESS = 1.0
"""Seconds: in less, a far address that lost one packet would count as silent."""
_T = TypeVar("_T")


class Deadline:
    """When something must be over: *seconds* from now, by a clock that no adjustment of the time moves."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until then, 0 once it has passed."""
        return max(0.0, self._at - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether nothing is left."""
        return not self.left


def in_time(work: Callable[[], _T], deadline: Deadline) -> _T:
    """The result of *work*, or its error. Where it takes longer, it is left to itself and its outcome is dropped.

    Raises:
        TimeoutError: the deadline passed first.
    """
    if deadline.passed:
        raise TimeoutError
    outcome: Future[_T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001  raised again by whoever waits
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return outcome.result(deadline.left)


def connect_to(
    host: str, port: int, options: Sequence[tuple[int, int, int | bytes]], deadline: Deadline
) -> socket.socket:
    """A socket to the first address of *host* that answers; looking the name up and all attempts share one *deadline*.

    The time that is left at the end is the socket's timeout, for a TLS handshake belongs to connecting.

    Raises:
        TimeoutError: no address answered in time.
        OSError: the name has no address, or each one refused.
    """
    name = host.strip("[]")
    found = in_time(lambda: socket.getaddrinfo(name, port, allowed_gai_family(), socket.SOCK_STREAM), deadline)
    trouble: OSError = OSError("the name has no address")
    for place, (family, kind, protocol, _, address) in enumerate(found):
        if deadline.passed:
            raise TimeoutError
        # An address that does not answer must leave time for those after it.
        patience = max(_LEAST_FOR_AN_ADDRESS, deadline.left / (len(found) - place))
        try:
            made = socket.socket(family, kind, protocol)
        except OSError as error:  # a family that this machine does not have
            trouble = error
            continue
        try:
            for option in options:
                made.setsockopt(*option)
            made.settimeout(max(0.001, min(patience, deadline.left)))  # 0 would mean: do not wait
            made.connect(address)
            if deadline.passed:
                raise TimeoutError
            made.settimeout(deadline.left)
        except OSError as error:
            made.close()
            trouble = error
        else:
            return made
    raise trouble
