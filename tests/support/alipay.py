"""A fake of Alipay at the port: answers in order, remembers what it was sent."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from autodebit.errors import GatewayError
from autodebit.gateway.client import Operation, VerifiedResponse, read_response

Script = VerifiedResponse | GatewayError | Callable[[Mapping[str, Any]], VerifiedResponse]


class FakeAlipay:
    """Gives the scripted answers of an operation one after the other; the last one again and again."""

    def __init__(self) -> None:
        self.sent: list[tuple[Operation, dict[str, Any]]] = []
        self._scripts: dict[Operation, list[Script]] = {}

    def will(self, operation: Operation, *scripts: Script) -> None:
        """From now on answer *operation* with *scripts*."""
        self._scripts[operation] = list(scripts)

    def call(self, operation: Operation, body: Mapping[str, Any], within: int) -> VerifiedResponse:
        """See autodebit.gateway.Alipay."""
        del within
        self.sent.append((operation, json.loads(json.dumps(body))))
        scripts = self._scripts.get(operation)
        if not scripts:
            raise AssertionError(f"{operation.label} was called, and nothing was scripted for it")
        script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        if isinstance(script, GatewayError):
            raise script
        return script if isinstance(script, VerifiedResponse) else script(body)

    def sends_of(self, operation: Operation) -> list[dict[str, Any]]:
        """The bodies that *operation* was called with."""
        return [body for called, body in self.sent if called is operation]


def answer(status: str, code: str, message: str = "", **fields: Any) -> VerifiedResponse:
    """A verified answer."""
    result = {"resultCode": code, "resultStatus": status, "resultMessage": message}
    return read_response("fake", json.dumps({"result": result, **fields}, ensure_ascii=False).encode())


def no_answer(operation: str = "pay") -> GatewayError:
    """Alipay may have acted, and its answer is lost."""
    return GatewayError(operation, "ReadTimeout", may_have_acted=True)


def not_reached(operation: str = "pay") -> GatewayError:
    """Certainly no byte left."""
    return GatewayError(operation, "ConnectTimeout", may_have_acted=False)


def unsigned(operation: str = "pay", hint: str = "SUCCESS") -> GatewayError:
    """An answer that is not proven."""
    return GatewayError(operation, "the answer is not signed", may_have_acted=True, hint=hint)
