"""KMS and DynamoDB clients that take their time: the clock moves on while they work."""

from typing import Any

from tests.support.world import HandClock

_CALLS = ("encrypt", "decrypt", "get_item", "put_item", "update_item", "transact_write_items")


class Slow:
    """A client of KMS or DynamoDB, each call of which takes *seconds*; only the calls *of* those names, where named."""

    def __init__(self, client: Any, clock: HandClock, seconds: float, of: tuple[str, ...] = _CALLS) -> None:
        self._client, self._clock, self._of = client, clock, of
        self.seconds = seconds

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name not in self._of:
            return method

        def call(**request: Any) -> Any:
            self._clock.forward(self.seconds)
            return method(**request)

        return call
