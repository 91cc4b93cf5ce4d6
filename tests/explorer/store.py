"""The table between the repository and the in-memory one: away, without a reply, or there; and where the process may die."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from tests.support.memory_table import MemoryTable

if TYPE_CHECKING:
    from tests.explorer.stage import Stage

_AWAY = [
    "the store is away from here on",
    "written; the reply is lost",
    "written; the reply is lost, and the store is away",
]
_DIES = ["the process dies before it", "written, and the process dies"]


class Crash(BaseException):
    """The process ends here; nothing may catch this."""


class ChoosingStore:
    """The low-level client of one table, as one invocation after the other meets it."""

    def __init__(self, table: MemoryTable, play: "Stage[Any]") -> None:
        self._table, self._play = table, play
        self.away = False
        """For the rest of this invocation."""
        self.hurt = False
        """Whether anything happened to this invocation."""

    def get_item(self, **request: Any) -> dict[str, Any]:
        """See DynamoDB."""
        self._check()
        return self._table.get_item(**request)

    def query(self, **request: Any) -> dict[str, Any]:
        """See DynamoDB."""
        self._check()
        return self._table.query(**request)

    def put_item(self, **request: Any) -> dict[str, Any]:
        """See DynamoDB."""
        return self._written(lambda: self._table.put_item(**request), str(request["Item"]["pk"]["S"]))

    def update_item(self, **request: Any) -> dict[str, Any]:
        """See DynamoDB."""
        return self._written(lambda: self._table.update_item(**request), str(request["Key"]["pk"]["S"]))

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """See DynamoDB."""
        return self._written(lambda: self._table.transact_write_items(**request), "a transaction")

    def _written(self, write: Callable[[], dict[str, Any]], what: str) -> dict[str, Any]:
        self._check()
        play = self._play
        left = play.scene.budgets
        moves = ["written", *(_AWAY if left.get("store") else ()), *(_DIES if left.get("crash") else ())]
        move = play.oracle.choose(f"write {what}", [one for one in moves if one not in play.scenario.without])
        if move == "written":
            return write()
        left["crash" if move in _DIES else "store"] -= 1
        self.hurt = True
        play.say(f"the store, asked to write {what}: {move}")
        if move.startswith("written"):
            write()
        if move in _DIES:
            raise Crash
        self.away = move.endswith(("from here on", "is away"))
        if move.startswith("written"):
            raise ReadTimeoutError(endpoint_url="http://dynamodb")
        raise EndpointConnectionError(endpoint_url="http://dynamodb")

    def _check(self) -> None:
        if self.away:
            raise EndpointConnectionError(endpoint_url="http://dynamodb")
