"""Who kills: a fault at the port after which the process does nothing any more.

A step is a call at a port (the table, KMS, Alipay, the bus). Nothing is left of a killed process but what it has changed. So a
boundary lies before its first change and after each one: to die before a read, a send, a later write or the reply is to have died
after the last change.
"""

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError

from tests.chaos.ports import Step
from tests.support.simulated import Killed

_T = TypeVar("_T")


class Killer:
    """See chaos.ports.Trouble: kills at the boundary of that number, or never.

    A *merciful* one leaves the process alive, and takes the table away from it there: a change that was just made is not
    confirmed, and nothing is read or written any more.
    """

    def __init__(self, at: int = 0, *, merciful: bool = False) -> None:
        self.at, self._merciful = at, merciful
        self.place = ""
        self.passed: list[str] = []
        """The boundaries that the process has met."""
        self.meanwhile: Callable[[], None] | None = None
        """What happens elsewhere once Alipay has acted, before we read its answer."""

    def around(self, step: Step, call: Callable[[], _T]) -> _T:
        """Carry out *call*, if the process lives and the port is there."""
        if self.place:
            self._end(step)
        if step.writes and not self.passed:
            self._pass(step, "before")
        done = call()
        if step.port == "alipay" and self.meanwhile:
            self.meanwhile()
        if step.writes:
            self._pass(step, "after")
        return done

    def _pass(self, step: Step, when: str) -> None:
        self.passed.append(f"{when} {step.port} {step.operation}")
        if len(self.passed) == self.at:
            self.place = self.passed[-1]
            self._end(step)

    def _end(self, step: Step) -> None:
        if not self._merciful:
            raise Killed(self.place)
        if step.port == "store":
            raise ClientError({"Error": {"Code": "InternalServerError", "Message": "away"}}, step.operation)
