"""Who kills: a fault at the port after which the process does nothing any more.

A step is a call at a port (the table, KMS, Alipay). Nothing is left of a killed process but what it has changed. So a boundary
lies before its first change and after each one: to die before a read, a send, a later write or the reply is to have died after
the last change.
"""

from collections.abc import Callable
from typing import TypeVar

from chaos.ports import Step

_T = TypeVar("_T")


class Killed(BaseException):
    """The process ends here; nothing may catch this."""


class Killer:
    """See chaos.ports.Trouble: kills at the boundary of that number, or never."""

    def __init__(self, at: int = 0) -> None:
        self.at = at
        self.place = ""
        self.passed = 0
        self.meanwhile: Callable[[], None] | None = None
        """What happens elsewhere once Alipay has acted, before we read its answer."""

    def around(self, step: Step, call: Callable[[], _T]) -> _T:
        """Carry out *call*, if the process lives."""
        if self.place:
            raise Killed(self.place)
        if step.writes and not self.passed:
            self._pass(f"before {step.port} {step.operation}")
        done = call()
        if step.port == "alipay" and self.meanwhile:
            self.meanwhile()
        if step.writes:
            self._pass(f"after {step.port} {step.operation}")
        return done

    def _pass(self, place: str) -> None:
        self.passed += 1
        if self.passed == self.at:
            self.place = place
            raise Killed(place)
