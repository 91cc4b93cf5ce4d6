"""How every Alipay that chooses answers, or does not: the moves that all operations share."""

import json
from functools import lru_cache
from typing import Any, Generic, TypeVar

from autodebit.clock import SECOND
from autodebit.gateway.client import VerifiedResponse
from tests.explorer.stage import Stage
from tests.support.alipay import answer, no_answer, not_reached

_CONNECT = 3 * SECOND
NO_ANSWER_ACTED = "acts, and its answer is lost"
NO_ANSWER_LATER = "its answer is lost; it acts later or never"
NO_ANSWER = "its answer is lost, and it has not acted"
U_LATER = "U UNKNOWN_EXCEPTION; it acts later or never"
U_ACTED = "U UNKNOWN_EXCEPTION, and it has acted"
THROTTLED = "U REQUEST_TRAFFIC_EXCEED_LIMIT"
NOT_REACHED = "not a byte reaches it"
REPEAT_FAILS = "F SYSTEM_ERROR, of this repeat alone"
UNHEARD = [NO_ANSWER, THROTTLED, NOT_REACHED]
P = TypeVar("P", bound=Stage[Any])


class Chooser(Generic[P]):
    """Asks the oracle of its play, and answers."""

    def __init__(self, play: P) -> None:
        self._play = play

    def _choose(self, label: str, identity: str, free: list[str], costly: list[str]) -> str:
        move = self._play.pick(f"Alipay: {label} {identity}", free, costly, "alipay")
        self._play.say(f"Alipay: {move}")
        return move

    def _not_heard(self, move: str, label: str, within: int) -> VerifiedResponse:
        """U, or nothing at all."""
        if move == THROTTLED:
            return said("U", "REQUEST_TRAFFIC_EXCEED_LIMIT")
        if move in (U_LATER, U_ACTED):
            return said("U", "UNKNOWN_EXCEPTION")
        raise self._unheard(move, label, within)

    def _unheard(self, move: str, label: str, within: int) -> Exception:
        if move == NOT_REACHED:
            self._play.scene.now += _CONNECT
            return not_reached(label)
        self._play.scene.now += within
        return no_answer(label)


def said(status: str, code: str, **fields: Any) -> VerifiedResponse:
    """An answer with this result."""
    return _cached(status, code, json.dumps(fields))


@lru_cache(maxsize=1000)
def _cached(status: str, code: str, fields: str) -> VerifiedResponse:
    return answer(status, code, code, **json.loads(fields))
