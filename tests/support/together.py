"""DynamoDB clients that put a moment between reading and writing, in which others write."""

import threading
from collections.abc import Callable
from typing import Any


class Together:
    """A DynamoDB client whose first two writes wait for each other; every later one goes its way."""

    def __init__(self, client: Any) -> None:
        self._client, self._both = client, threading.Barrier(2)
        self._free, self._lock = 2, threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **request: Any) -> Any:
        self._wait()
        return self._client.put_item(**request)

    def transact_write_items(self, **request: Any) -> Any:
        self._wait()
        return self._client.transact_write_items(**request)

    def _wait(self) -> None:
        with self._lock:
            self._free -= 1
            waits = self._free >= 0
        if waits:
            self._both.wait(10)


class Overtaken:
    """A DynamoDB client before whose first write somebody else does what *by* does."""

    def __init__(self, client: Any, by: Callable[[], object]) -> None:
        self._client, self._by = client, [by]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **request: Any) -> Any:
        self._overtake()
        return self._client.put_item(**request)

    def transact_write_items(self, **request: Any) -> Any:
        self._overtake()
        return self._client.transact_write_items(**request)

    def _overtake(self) -> None:
        while self._by:
            self._by.pop()()
