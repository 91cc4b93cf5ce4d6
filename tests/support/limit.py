"""Loops of tests have an end, also when the code under test never reaches what they wait for."""

import time
from collections.abc import Callable


class Limit:
    """Counts the rounds of a loop, and fails the test when there are more than *rounds*."""

    def __init__(self, rounds: int = 60) -> None:
        self._rounds, self._begun = rounds, 0

    def step(self) -> None:
        """One more round begins.

        Raises:
            AssertionError: there were *rounds* already.
        """
        self._begun += 1
        if self._begun > self._rounds:
            raise AssertionError(f"what this loop waits for has not come in {self._rounds} rounds")


def wait_until(reached: Callable[[], object], *, seconds: float = 10, pause: float = 0.01) -> None:
    """Wait in real time, for what another thread or process does.

    Raises:
        AssertionError: it has not come after *seconds*.
    """
    end = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > end:
            raise AssertionError(f"what this loop waits for has not come in {seconds} seconds")
        time.sleep(pause)
