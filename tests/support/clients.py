"""DynamoDB clients between the repository and a real engine: crowded ones, and ones that let something happen first."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

WRITES = ("put_item", "update_item", "transact_write_items")


class Before:
    """A client that lets *happens* take place once: right before a call of the *methods* for which *wanted* holds.

    *skip* of these calls go by before that. *happens* may read and write through this same client.
    """

    def __init__(
        self,
        client: Any,
        happens: Callable[[], object],
        *,
        methods: tuple[str, ...] = WRITES,
        wanted: Callable[[Mapping[str, Any]], bool] = lambda _request: True,
        skip: int = 0,
    ) -> None:
        self._client, self._happens, self._methods, self._wanted = client, happens, methods, wanted
        self._skip, self._happened = skip, False

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name not in self._methods:
            return method

        def call(**request: Any) -> Any:
            if not self._happened and self._wanted(request):
                if self._skip:
                    self._skip -= 1
                else:
                    self._happened = True
                    self._happens()
            return method(**request)

        return call


class Crowded:
    """A client whose every write is lost to somebody faster, for as long as *on*."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.on = True
        self.lost = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name not in WRITES:
            return method

        def call(**request: Any) -> Any:
            if not self.on:
                return method(**request)
            self.lost += 1
            answer: Any = {"Error": {"Code": "ConditionalCheckFailedException"}}
            if name == "transact_write_items":
                failed = [{"Code": "ConditionalCheckFailed"} for _ in request["TransactItems"]]
                answer = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": failed}
            raise ClientError(answer, name)

        return call
