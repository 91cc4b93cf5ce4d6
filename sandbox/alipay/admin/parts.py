"""What the admin interface needs of the simulator."""

from __future__ import annotations

from typing import Protocol

from sandbox.alipay.clock import Clock
from sandbox.alipay.config import Config
from sandbox.alipay.journal import Journal
from sandbox.alipay.keys import Keys
from sandbox.alipay.world import World


class Parts(Protocol):
    config: Config
    clock: Clock
    keys: Keys
    journal: Journal

    @property
    def world(self) -> World: ...

    def reset(self) -> None: ...
