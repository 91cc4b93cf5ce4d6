"""The explorer can see: with one rule of the money core broken at a time, it finds what that rule is for.

Each small scenario is first explored with the code as it is, where nothing may be found.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from unittest import mock

import pytest

from autodebit import responses
from autodebit.clock import MINUTE
from autodebit.domain import cancellation, tracked_request
from autodebit.domain.cancellation import CancelState
from autodebit.flows.payments import pay, refund, sync
from autodebit.repository import stream
from tests.explorer import alipay, checks
from tests.explorer.payments import PaymentModel
from tests.explorer.quick import quick
from tests.explorer.scenarios import Scenario
from tests.explorer.search import Report, Search
from tests.explorer.story import replay, story_of


@dataclass(frozen=True)
class Broken:
    """One rule, how it is broken, and what has to be found where."""

    name: str
    finds: str
    holder: object
    attribute: str
    breaks: Callable[..., Any]
    depth: int
    budgets: Mapping[str, int]
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def scenario(self) -> Scenario:
        return Scenario(self.name, "", budgets=self.budgets, **self.more)


def _believed_at_once(before: Any, code: str, message: str, _then: object, at: int, _plan: object) -> Any:
    return replace(cancellation.heard(before, code, message, at, ask=False), state=CancelState.REFUSED)


_ONLY_HALF_A_MINUTE = frozenset({"10 minutes pass", "3 days pass"})
_FEW_ANSWERS = frozenset({alipay.THROTTLED, alipay.U_LATER, alipay.U_ACTED, alipay.NO_ANSWER, alipay.NOT_REACHED})

_BROKEN = [
    Broken(
        "F is told before it is stored (pay)",
        checks.NOT_FINAL,
        pay,
        "not_recorded",
        lambda _kind, _status, text, _judged: responses.passthrough(text),
        1,
        {"pay": 1, "alipay": 1, "store": 1},
    ),
    Broken(
        "F is told before it is stored (refund)",
        checks.NOT_FINAL,
        refund,
        "not_recorded",
        lambda _kind, _status, text, _judged: responses.passthrough(text),
        1,
        {"refund": 1, "alipay": 1, "store": 1},
        {"paid": True},
    ),
    Broken(
        "F is told before it is stored, to the second refund",
        checks.TWO_REFUNDS,
        refund,
        "not_recorded",
        lambda _kind, _status, text, _judged: responses.passthrough(text),
        4,
        {"refund": 3, "alipay": 1, "store": 1, "wait": 1},
        {"paid": True, "unjudged": frozenset({checks.NOT_FINAL}), "without": _ONLY_HALF_A_MINUTE | _FEW_ANSWERS},
    ),
    Broken(
        "a kept cancel is dropped",
        checks.TWO_DEBITS,
        cancellation,
        "keep",
        lambda before: before,
        4,
        {"pay": 1, "cancel": 2, "alipay": 1},
        {"not_submitted": True, "without": _FEW_ANSWERS},
    ),
    Broken(
        "a word on another's request counts",
        checks.NOT_OURS,
        tracked_request,
        "_kept_apart",
        lambda item, _fact, _anomaly: item,
        2,
        {"pay": 1, "poll": 1, "notify": 1},
        {"foreign_payment": True},
    ),
    Broken(
        "a word on another's request counts, and their money is cancelled",
        alipay.MOVED,
        tracked_request,
        "_kept_apart",
        lambda item, _fact, _anomaly: item,
        2,
        {"pay": 1, "cancel": 1},
        {"foreign_payment": True, "unjudged": frozenset({checks.NOT_OURS})},
    ),
    Broken(
        "a word on another's refund counts",
        checks.NOT_OURS,
        tracked_request,
        "_kept_apart",
        lambda item, _fact, _anomaly: item,
        2,
        {"refund": 1, "poll": 1, "notify": 1},
        {"foreign_refund": True, "paid": True},
    ),
    Broken(
        "given back without asking",
        checks.UNASKED,
        sync,
        "_to_be_cancelled",
        lambda payment: payment.state.open and payment.cancel is None,
        3,
        {"pay": 1, "poll": 1, "wait": 1, "alipay": 1},
        {"patience": 5 * MINUTE, "without": frozenset({"30 seconds pass", "3 days pass"})},
    ),
    Broken(
        "the patience counts from the first request",
        checks.IMPATIENT,
        sync,
        "_patience_is_over",
        lambda payment, _fact, runtime: payment.state.open and payment.cancel is None and runtime.clock.now() > 0,
        2,
        {"pay": 1, "poll": 1, "alipay": 1},
        {"patience": 5 * MINUTE},
    ),
    Broken(
        "a refused cancel is believed at once",
        checks.WRONG_END,
        cancellation,
        "refused",
        _believed_at_once,
        2,
        {"cancel": 2, "alipay": 2},
        {"paid": True},
    ),
    Broken(
        "503 of a repeat whose first send has debited",
        checks.NOTHING_SENT,
        pay,
        "no_trusted_answer",
        lambda error, **_: responses.no_trusted_answer(error),
        2,
        {"pay": 2, "alipay": 2},
    ),
    Broken(
        "the event SUCCESS while a cancel is pending",
        checks.EVENT_SUCCESS,
        stream,
        "_announced",
        lambda image: image["state"],
        1,
        {"cancel": 1},
        {"paid": True},
    ),
]


@pytest.fixture(autouse=True)
def _quickly() -> Iterator[None]:
    with quick():
        yield


def _explored(scenario: Scenario, depth: int) -> tuple[PaymentModel, Report]:
    model = PaymentModel(scenario)
    return model, Search(model).run(depth, stop_at_first=True)


@pytest.mark.parametrize("broken", _BROKEN, ids=lambda broken: broken.name)
def test_a_broken_rule_is_found_and_its_story_can_be_told_again(broken: Broken) -> None:
    _, whole = _explored(broken.scenario, broken.depth)
    assert whole.found == []
    with mock.patch.object(broken.holder, broken.attribute, broken.breaks):
        model, report = _explored(broken.scenario, broken.depth)
        assert broken.finds in [found.rule for found in report.found]
        found = next(found for found in report.found if found.rule == broken.finds)
        choices = story_of(model, found).choices
        told = replay(PaymentModel(broken.scenario), choices, at_the_end=found.at_the_end)
        assert told is not None
    assert replay(PaymentModel(broken.scenario), choices, at_the_end=found.at_the_end) is None


def test_an_error_of_ours_is_a_violation() -> None:
    def breaks(*_: object) -> None:
        raise LookupError

    with mock.patch.object(pay, "_check_same", breaks):
        _, report = _explored(Scenario("error", "", budgets={"pay": 2, "alipay": 1}), 2)
    assert [found.rule for found in report.found] == ["an error of ours"]
