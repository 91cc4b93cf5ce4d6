"""What befalls a request before its operation runs: it is held on the way, answered without a record, or throttled."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sandbox.alipay import codes
from sandbox.alipay.answers import Answer, answer
from sandbox.alipay.clock import Clock
from sandbox.alipay.config import Config
from sandbox.alipay.scenarios import FIRST_REQUESTS
from sandbox.alipay.wishes import REQUEST_IDS, Wishes

HELD, FORGOTTEN, THROTTLED = FIRST_REQUESTS
THROTTLE = "REQUEST_TRAFFIC_EXCEED_LIMIT"
_FORGOTTEN = re.compile(rf"{FORGOTTEN}(?:-([A-Z_]+))?\Z")
_OPERATIONS = ("pay", "refund")


class FirstRequests:
    """The scenarios of a first request, and waves of throttling. Guarded by the simulator's lock."""

    def __init__(self, config: Config, clock: Clock, wishes: Wishes) -> None:
        self._config, self._clock, self._wishes = config, clock, wishes
        self._met: set[tuple[str, str]] = set()
        self._waves: dict[tuple[str, str], float] = {}
        self.given: Counter[str] = Counter()

    def begin_wave(self, operation: str, seconds: float, request_id: str = "") -> None:
        """From now on, for *seconds*, calls of *operation* (``*``: any) are throttled, or those of one *request_id*."""
        self._waves[operation, request_id] = self._clock.now() + (seconds or self._config.wave_seconds)

    def throttled(self, operation: str, request_id: str = "") -> bool:
        """Whether a wave is over a call now; counts what it meets."""
        now = self._clock.now()
        found = any(self._waves.get((name, one), now) > now for name in (operation, "*") for one in {"", request_id})
        if found:
            self.given["throttled"] += 1
        return found

    def meet(self, operation: str, body: Mapping[str, Any]) -> Answer | None:
        """The answer in place of the operation, nothing being done; None: the operation runs.

        An answer with ``wire="hold"`` means that the request arrives later.
        """
        if operation not in _OPERATIONS:
            return None
        request_id = str(body[REQUEST_IDS[operation]])
        spelled = self._wishes.spelled(operation, request_id)
        if (operation, request_id) not in self._met:
            self._met.add((operation, request_id))
            if spelled.endswith(HELD):
                self.given["held"] += 1
                return answer("UNKNOWN_EXCEPTION", wire="hold")
            if forgotten := _FORGOTTEN.search(spelled):
                self.given["forgotten"] += 1
                return answer(forgotten[1] if codes.refusal(forgotten[1]) else "PROCESS_FAIL")
            if spelled.endswith(THROTTLED):
                self.begin_wave(operation, 0.0, request_id)
        return answer(THROTTLE) if self.throttled(operation, request_id) else None
