"""The explorer can see in declarations and registrations, too: with one rule broken at a time, it finds what that rule is for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import pytest

from autodebit.domain import declaration, registration
from autodebit.domain.tracked_request import Transition
from autodebit.flows.customs import declare
from autodebit.flows.merchants import register
from autodebit.repository import declarations as stored_declarations
from autodebit.repository import registrations as stored_registrations
from autodebit.repository import stream
from autodebit.responses import passthrough
from tests.explorer import request_checks
from tests.explorer.models import model_of
from tests.explorer.quick import quick
from tests.explorer.scenarios import Scenario
from tests.explorer.search import Search
from tests.explorer.story import replay, story_of


@dataclass(frozen=True)
class Broken:
    """One rule, how it is broken, and what has to be found where."""

    name: str
    of: str
    finds: str
    holder: object
    attribute: str
    breaks: Callable[..., Any]
    depth: int
    budgets: Mapping[str, int]
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def scenario(self) -> Scenario:
        return Scenario(self.name, "", budgets=self.budgets, of=self.of, **self.more)


_FOREIGN = {"foreign": True}
_MEANWHILE = {"send": 1, "inquire": 1, "nested": 1, "alipay": 1}
_BROKEN = [
    Broken(
        "a refusal never speaks of another's declaration",
        "declaration",
        request_checks.NOT_OURS,
        declaration,
        "_of_another_request",
        lambda *_: False,
        2,
        {"send": 1, "inquire": 1},
        _FOREIGN,
    ),
    Broken(
        "a record found while a declare was out that never left counts as ours",
        "declaration",
        request_checks.NOT_OURS,
        stored_declarations,
        "never_left",
        lambda stored, *_: Transition(stored),
        1,
        _MEANWHILE,
        _FOREIGN,
    ),
    Broken(
        "a call for a receipt is not noted ahead",
        "declaration",
        request_checks.TOO_SOON,
        stored_declarations,
        "asked_for_receipt",
        lambda declared, *_: declared,
        4,
        {"send": 1, "correct": 1, "wait": 2, "alipay": 1},
        {"declared": True},
    ),
    Broken(
        "the event of another's completed declaration says COMPLETED",
        "declaration",
        request_checks.WRONG_EVENT,
        stream,
        "_announced",
        lambda image: image["state"],
        2,
        {"send": 1, "inquire": 1, "nested": 1},
        _FOREIGN,
    ),
    Broken(
        "F to a declare is told before it is stored",
        "declaration",
        request_checks.NOT_FINAL,
        declare,
        "unknown",
        lambda _message: passthrough(
            '{"result":{"resultStatus":"F","resultCode":"SYSTEM_ERROR","resultMessage":"no"}}'
        ),
        1,
        {"send": 1, "alipay": 1, "store": 1},
    ),
    Broken(
        "a review found while a registration was out that is refused counts as ours",
        "registration",
        request_checks.NOT_OURS,
        registration,
        "_of_another_request",
        lambda *_: False,
        1,
        _MEANWHILE,
        _FOREIGN,
    ),
    Broken(
        "a review found while a registration was out that never left counts as ours",
        "registration",
        request_checks.NOT_OURS,
        stored_registrations,
        "never_left",
        lambda stored, *_: registration.RegistrationTransition(stored),
        1,
        _MEANWHILE,
        _FOREIGN,
    ),
    Broken(
        "F to a registration is told before it is stored",
        "registration",
        request_checks.NOT_FINAL,
        register,
        "unknown",
        lambda _message: passthrough(
            '{"result":{"resultStatus":"F","resultCode":"SYSTEM_ERROR","resultMessage":"no"}}'
        ),
        1,
        {"send": 1, "alipay": 1, "store": 1},
    ),
]


@pytest.fixture(autouse=True)
def _quickly() -> Iterator[None]:
    with quick():
        yield


@pytest.mark.parametrize("broken", _BROKEN, ids=lambda broken: broken.name)
def test_a_broken_rule_is_found_and_its_story_can_be_told_again(broken: Broken) -> None:
    assert Search(model_of(broken.scenario)).run(broken.depth).found == []
    with mock.patch.object(broken.holder, broken.attribute, broken.breaks):
        model = model_of(broken.scenario)
        report = Search(model).run(broken.depth, stop_at_first=True)
        assert broken.finds in [found.rule for found in report.found]
        found = next(found for found in report.found if found.rule == broken.finds)
        choices = story_of(model, found).choices
        assert replay(model_of(broken.scenario), choices, at_the_end=found.at_the_end) is not None
    assert replay(model_of(broken.scenario), choices, at_the_end=found.at_the_end) is None
