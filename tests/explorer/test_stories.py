"""Stories that the explorer told of the code of 2026-11-27: none of them can be told any more.

Each has budgets of its own, so that it does not depend on those of scenarios.py. A choice that is not on offer ends a story, too:
test_sees.py shows that the explorer still sees each kind where its rule is broken.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from autodebit.clock import MINUTE
from tests.explorer import checks
from tests.explorer.alipay import (
    MOVED,
    NO_ANSWER,
    NO_ANSWER_ACTED,
    NO_ANSWER_LATER,
    NOT_REACHED,
    REPEAT_FAILS,
    STOP,
)
from tests.explorer.payments import PaymentModel
from tests.explorer.quick import quick
from tests.explorer.scenarios import Scenario
from tests.explorer.story import replay

_S, _AWAY = "debits, and answers S", "the store is away from here on"
_ALL = "in the end Alipay acts on all that it has, and pollers run for days"
_NOTHING_MORE = "in the end Alipay acts on nothing more, and pollers run for days"
_TAKEN = "F REPEAT_REQ_INCONSISTENT"
_CANCELS = {"pay": 2, "cancel": 2, "poll": 2, "alipay": 2}
_OWN = {"pay": 2, "poll": 2, "alipay": 1, "store": 1, "wait": 1}
_FOREIGN = {"pay": 2, "cancel": 1, "refund": 1, "poll": 2, "notify": 1, "alipay": 1}


@dataclass(frozen=True)
class Told:
    """A story, and the rule that it broke."""

    rule: str
    budgets: dict[str, int]
    story: list[list[str]]
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def at_the_end(self) -> bool:
        return self.story[-1] in ([_ALL], [_NOTHING_MORE], [])


_STORIES = [
    Told(checks.NOT_FINAL, {"pay": 2, "alipay": 1, "store": 1}, [["written", "F, without a record", _AWAY]]),
    Told(
        checks.NOTHING_SENT,
        {"pay": 2, "alipay": 2},
        [[NO_ANSWER_ACTED], [NOT_REACHED]],
    ),
    Told(
        checks.EVENT_SUCCESS,
        _CANCELS,
        [["pay PAY-1", _S], ["cancels, and answers S"]],
    ),
    Told(
        checks.NOT_DUE,
        _CANCELS,
        [
            ["cancel PAY-1", "ORDER_NOT_EXIST", "answers F ORDER_NOT_EXIST"],
            ["poll payment PAY-1", "ORDER_NOT_EXIST"],
            ["poll payment PAY-1", "ORDER_NOT_EXIST"],
            [],
        ],
    ),
    Told(
        checks.TWO_DEBITS,
        {"pay": 2, "cancel": 2, "poll": 2, "alipay": 1, "notify": 1},
        [["cancel PAY-1", REPEAT_FAILS], ["pay PAY-1"], ["pay PAY-2"]],
        {"not_submitted": True},
    ),
    Told(
        checks.WRONG_END,
        {"pay": 1, "cancel": 2, "poll": 1, "alipay": 2},
        [
            ["pay PAY-1", _S],
            [NO_ANSWER_LATER],
            ["cancel PAY-1", STOP],
            ["poll payment PAY-1"],
            [_ALL],
        ],
        {"unjudged": frozenset({checks.EVENT_SUCCESS})},
    ),
    Told(
        checks.UNASKED,
        _OWN,
        [
            ["pay PAY-1", "written", _S, _AWAY],
            ["10 minutes pass"],
            ["poll payment PAY-1", "cancels, and answers S"],
        ],
        {"patience": 5 * MINUTE},
    ),
    Told(
        checks.IMPATIENT,
        _OWN,
        [
            ["pay PAY-1", "written", _S, _AWAY],
            ["10 minutes pass"],
            ["pay PAY-1", NO_ANSWER],
            ["poll payment PAY-1"],
        ],
        {"patience": 5 * MINUTE, "unjudged": frozenset({checks.UNASKED})},
    ),
    Told(MOVED, _FOREIGN, [["pay PAY-1", _TAKEN], ["cancel PAY-1"]], {"foreign_payment": True}),
    Told(MOVED, _FOREIGN, [["pay PAY-1", NOT_REACHED], ["cancel PAY-1"]], {"foreign_payment": True}),
    Told(
        checks.NOT_OURS,
        _FOREIGN,
        [["pay PAY-1", _TAKEN], ["poll payment PAY-1", "SUCCESS"]],
        {"foreign_payment": True},
    ),
    Told(
        checks.NOT_OURS,
        {"refund": 2, "poll": 2, "alipay": 1, "notify": 1},
        [["refund REF-1", _TAKEN], ["poll refund REF-1", "SUCCESS"]],
        {"foreign_refund": True, "paid": True},
    ),
]


@pytest.mark.parametrize("told", _STORIES, ids=lambda told: told.rule)
def test_the_story_cannot_be_told(told: Told) -> None:
    scenario = Scenario("story", "", budgets=told.budgets, **told.more)
    with quick():
        assert replay(PaymentModel(scenario), told.story, at_the_end=told.at_the_end) is None
