"""One call of a function in a thread of its own. It stops where it needs Alipay, until somebody brings what came of that.

So an answer is an event of its own: while a call waits, others are made, notifications come and time goes by. Only one thread
runs at any moment, so every run of the same events is the same.
"""

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from autodebit.errors import GatewayError, RequestRejected
from autodebit.gateway.client import Alipay, Operation, VerifiedResponse
from autodebit.responses import Response, refusal
from tests.support.simulated import Killed

_PATIENCE = 60
"""Real seconds, after which a call that neither asks nor ends counts as hanging."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a call has sent to Alipay, or is about to."""

    operation: Operation
    body: Mapping[str, Any]
    within: int

    @property
    def identity(self) -> str:
        """The id of ours that it goes by."""
        return str(self.body.get("refundRequestId") or self.body.get("paymentRequestId") or "")


Came = VerifiedResponse | GatewayError | Killed
"""What may come of a request: an answer, none, or the end of whoever waits for it."""


class Errand:
    """A call of *kind* about *identity*. *request* is what it waits for; None once it has ended."""

    def __init__(self, kind: str, identity: str, flow: Callable[[Alipay], Response | None]) -> None:
        self.kind, self.identity = kind, identity
        self.request: Request | None = None
        self.reply: Response | None = None
        """What a caller is told; None while nothing is, and for ever where the process has died."""
        self._said: queue.SimpleQueue[Request | BaseException | None] = queue.SimpleQueue()
        self._brought: queue.SimpleQueue[Came] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, args=(flow,), daemon=True)
        self._thread.start()
        self._listen()

    def call(self, operation: Operation, body: Mapping[str, Any], within: int) -> VerifiedResponse:
        """See autodebit.gateway.Alipay: wait until somebody brings what came of it."""
        self._said.put(Request(operation, body, within))
        came = self._brought.get()
        if isinstance(came, BaseException):
            raise came
        return came

    def bring(self, came: Came) -> None:
        """What came of the request; returns when the next one is on its way or the call has ended."""
        self._brought.put(came)
        self._listen()

    def _listen(self) -> None:
        try:
            said = self._said.get(timeout=_PATIENCE)
        except queue.Empty:
            raise TimeoutError(f"{self.kind} {self.identity} neither asks Alipay nor ends") from None
        self.request = said if isinstance(said, Request) else None
        if self.request is None:
            self._thread.join(_PATIENCE)
        if isinstance(said, BaseException) and not isinstance(said, Killed):
            raise said

    def _run(self, flow: Callable[[Alipay], Response | None]) -> None:
        try:
            self.reply = flow(self)
        except RequestRejected as refused:
            self.reply = refusal(refused)
        except BaseException as error:  # noqa: BLE001  it is raised where the errand is waited for
            self._said.put(error)
            return
        self._said.put(None)
