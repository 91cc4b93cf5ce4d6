"""Requests that were made under another client id: Alipay's idempotency is per client id, so nothing is sent for them."""

from typing import Protocol

from autodebit import telemetry
from autodebit.clock import Instant
from autodebit.errors import RequestRejected
from autodebit.repository import DueItem, Kind
from autodebit.runtime import Runtime


class Made(Protocol):
    """What was made under a client id, and may be due."""

    @property
    def client_id(self) -> str:
        """The client id that it was made under; empty where nobody has noted it."""

    @property
    def due_at(self) -> Instant | None:
        """When somebody has to see to it."""


def refuse_other_client_id(made: Made, runtime: Runtime) -> None:
    """Refuse to send anything for what was made under another client id than the deployment's.

    Raises:
        RequestRejected: it was.
    """
    if not runtime.settings.plan.is_own_client(made.client_id):
        raise RequestRejected(
            409,
            "ORDER_STATUS_INVALID",
            f"this was requested under the client id {made.client_id}, and is known to Alipay under that one only; nothing was "
            "sent. Send the same request to the deployment with that client id; take no new id before its outcome is known.",
        )


def left_to_its_client_id(kind: Kind, identity: str, made: Made, runtime: Runtime) -> bool:
    """Whether *made* is none of this deployment's: then operators are told, and it stays due at the longest interval."""
    if runtime.settings.plan.is_own_client(made.client_id) or made.due_at is None:
        return False
    telemetry.log("made under another client id", level="ERROR", kind=kind.value, reason=identity)
    telemetry.metric("PollsExhausted")
    longest = runtime.settings.plan.payments.longest
    runtime.repository.due.postpone(DueItem(kind, identity, made.due_at), runtime.clock.now() + longest)
    return True
