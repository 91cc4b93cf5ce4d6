"""The simulator in a process of its own, its clock on the board that all processes share.

`python -m tests.chaos.alipay` reads its settings (JSON, one line) from standard input, prints its address,
and ends with its standard input.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.alipay import Config, Simulator
from sandbox.alipay.authorizations import Authorizations
from sandbox.alipay.mixture import Mixture
from sandbox.alipay.world import World
from tests.chaos.board import Board
from tests.chaos.notes import ARRIVED, NOTED, Notes, content_of
from tests.chaos.ports import TAKEN, id_in


@dataclass
class Door(Mixture):
    """The mixture meets every call before anything is done: so it notes what arrives about money.

    Codes and tokens are handed out in the order of arrival. What goes by one of them goes by its authState here.
    """

    refused_again: float = 0.0
    """The share of ``answer`` (F PROCESS_FAIL) among repeats of what moves money: it may speak of the repeat only."""
    by_operation: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Shares of faults of one operation, beside those of every call."""
    notes: Notes | None = None
    world: World | None = None

    def call(self, operation: str, body: Mapping[str, Any]) -> tuple[str, float] | None:
        """See Mixture."""
        if self.notes is not None and operation in NOTED:
            self.notes.add(
                ARRIVED,
                operation=operation,
                id=id_in(body),
                content=content_of(operation, body),
                order=(body.get("order") or {}).get("referenceOrderId", ""),
                given_back=self._given_back(body) if operation == "cancel" else 0,
            )
        return super().call(operation, self._named(body))

    def delivery(self, kind: str, body: Mapping[str, Any]) -> tuple[str, float] | None:
        """See Mixture."""
        return super().delivery(kind, self._named(body))

    def _next(
        self, way: str, weights: Mapping[str, float], operation: str, body: Mapping[str, Any]
    ) -> tuple[str | None, tuple[object, ...]]:
        if way == "calls":
            if operation in ("pay", "refund") and TAKEN in id_in(body):
                return super()._next(way, {}, operation, body)
            weights = {**weights, **self.by_operation.get(operation, {})}
        if operation in NOTED and self._seen[operation, id_in(body)]:
            weights = {**weights, "answer": max(self.refused_again, weights.get("answer", 0.0))}
        return super()._next(way, weights, operation, body)

    def _given_back(self, body: Mapping[str, Any]) -> int:
        payments = self.world.payments if self.world else None
        payment = payments.find(body.get("paymentId"), body.get("paymentRequestId")) if payments else None
        return payment.given_back if payment else 0

    def _named(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        identity = id_in(body)
        secret = next((name for name in ("authCode", "refreshToken", "accessToken") if body.get(name) == identity), "")
        known = _auth_state(self.world.authorizations, secret, identity) if secret and self.world else ""
        return {"authState": known} if known else body


def _auth_state(authorizations: Authorizations, name: str, secret: str) -> str:
    """The authState behind a code or a token, and which of its tokens it is; "" if there is none."""
    if name == "authCode":
        code = authorizations._codes.get(secret)
        return f"{code.authorization.auth_state}/code" if code else ""
    held = (authorizations._refresh if name == "refreshToken" else authorizations._access).get(secret)
    return f"{held[0].auth_state}/{name}{held[0].tokens.index(held[1])}" if held else ""


def main() -> None:
    """Run until standard input ends."""
    given = json.loads(sys.stdin.readline())
    board, notes = Board(Path(given.pop("board"))), Notes(Path(given.pop("notes")))
    door = Door(**given.pop("mixture"), notes=notes)
    config = Config(mixture=door, header_time="simulated", **given)
    with Simulator(config) as simulator:
        door.world = simulator.world
        simulator.clock.follow(board.set_clock)
        print(json.dumps({"url": simulator.url}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
