"""Whatever changes state is killed at every boundary, one after the other; then callers repeat and pollers run. The books judge.

A run for boundary 1, 2, 3, ... until one ends without having met its boundary: so a new step of a flow is a new run.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.chaos import ROOT
from tests.chaos.books import Books
from tests.crash.arrivals import MONEY, Death, faults_in
from tests.crash.case import Case
from tests.crash.cases import CASES, POLLED, READS
from tests.crash.ends import Ends
from tests.crash.killer import Killer
from tests.crash.shop import Place, Shop
from tests.crash.steps import LEASE_OVER

_MOST = 60
_FUNCTIONS = {folder.parent.name for folder in ROOT.glob("functions/*/app.py")}
_Rows = Mapping[str, list[Case]]


def _each(cases: _Rows) -> list[Any]:
    return [pytest.param(name, case, id=case.name) for name, rows in cases.items() for case in rows]


def test_every_function_that_changes_state_is_attacked() -> None:
    assert {*CASES, *POLLED, "publish_events"} == _FUNCTIONS - READS


def _attacked(shop: Shop, place: Place, case: Case, identity: str, killer: Killer) -> int:
    """Let *killer* attend to the case; when that was, in seconds."""
    shop.closed = True
    case.before(shop, place, identity)
    shop.forward(1)
    shop.calm()
    at = shop.clock.now() // 1000
    case.attack(shop, place, identity, killer)
    shop.calm()
    shop.closed = False
    if case.soon:
        shop.forward(LEASE_OVER)
        case.attack(shop, place, identity, Killer())
    return at


def _wanted(case: Case, killed_at: str) -> str:
    """Kind and state in which it ends whose process was killed there, and whose caller comes back."""
    return f"{case.ends.split()[0]} {case.lost}" if case.lost and killed_at == "after alipay applyToken" else case.ends


def _wanted_of_twin(case: Case, killed_at: str) -> str:
    """The same of one whose caller never comes back."""
    return f"{case.ends.split()[0]} {case.undone}" if case.undone and killed_at.startswith("before") else case.ends


def _run(shop: Shop, place: Place, case: Case) -> tuple[list[str], list[Death]]:
    """Kill at each boundary in its turn: where that was, and who died in the middle of a send."""
    ends, passed = {}, list[str]()
    for boundary in range(1, _MOST):
        killer, identity = Killer(boundary), f"case-{boundary}{case.course}"
        ends[boundary] = _attacked(shop, place, case, identity, killer)
        passed = killer.passed
        if not killer.place:
            break
        if case.sends:
            # While the lease of the killed process stands, a repeat finds it.
            case.attack(shop, place, identity, Killer())
        if case.told:
            _attacked(shop, place, case, f"case-{boundary}m{case.course}", Killer(boundary, merciful=True))
        if case.twins:
            _attacked(shop, place, case, f"case-{boundary}x{case.course}", Killer(boundary))
        case.meanwhile(shop, place, identity)
    assert case.least <= len(passed) < _MOST - 1, passed
    if not case.sends:
        return passed, []
    sent = passed.index(f"after alipay {case.sends}") + 1
    assert passed[sent - 2].startswith("after store"), passed
    return passed, [
        Death(case.sends, f"case-{boundary}{case.course}", ends[boundary], boundary - sent + 1)
        for boundary in (sent - 1, sent)
    ]


def _sound(shop: Shop, places: list[Place], books: Books, killed_at: list[str]) -> None:
    for place in places:
        verdict = shop.verdict(place, books)
        found = {name: lines for name, lines in verdict.faults.items() if lines}
        assert not found, (found, killed_at, dict(verdict.anomalies))
        assert not shop.unheard(place), killed_at


@pytest.mark.parametrize(("function", "case"), _each(CASES))
def test_a_killed_process_costs_nobody_anything(shop: Shop, function: str, case: Case) -> None:
    place = shop.place("case", **case.settings)
    killed_at, deaths = _run(shop, place, case)
    assert shop.killed == {function}
    wanted = {str(number): _wanted(case, where) for number, where in enumerate(killed_at, 1)}
    come_back = {f"case-{number}{case.course}": end for number, end in wanted.items()}
    if case.told:
        come_back |= {f"case-{number}m{case.course}": end for number, end in wanted.items()}
    twins = {
        f"case-{number}x{case.course}": _wanted_of_twin(case, where)
        for number, where in enumerate(killed_at if case.twins else [], 1)
    }
    for _ in range(0 if case.soon else case.returns):
        shop.forward(LEASE_OVER)
        for identity in come_back:
            case.attack(shop, place, identity, Killer())
    shop.settle(place)
    shop.end_of_resends()
    books, arrived = shop.books(), shop.arrivals()
    _sound(shop, [place], books, killed_at)
    assert not faults_in(arrived, deaths, lambda identity: identity in twins), killed_at
    ends = Ends(shop, place, books, arrived)
    found = [fault for identity, end in come_back.items() for fault in ends.faults(end, identity)]
    # Pollers go on with whatever was begun, except that they never send what takes or gives money.
    judged = ends.faults_of_twin if case.sends in MONEY else ends.faults
    found += [fault for identity, end in twins.items() for fault in judged(end, identity)]
    assert not found, killed_at


@pytest.mark.parametrize(("function", "case"), _each(POLLED))
def test_a_killed_poller_costs_nobody_anything(shop: Shop, function: str, case: Case) -> None:
    place, places = shop.place("case", **case.settings), dict[str, Place]()
    wanted, killed_at = dict[str, str](), []
    for boundary in range(1, _MOST):
        if case.apart:
            place = shop.place(f"case{boundary}", **case.settings)
        killer, identity = Killer(boundary), f"{place.tag}-{boundary}{case.course}"
        _attacked(shop, place, case, identity, killer)
        places[identity], wanted[identity] = place, _wanted(case, killer.place)
        # Nobody else is due when the next one is killed.
        shop.settle(place)
        if not killer.place:
            break
        killed_at.append(killer.place)
    assert case.least <= len(killed_at) < _MOST - 1, killed_at
    assert shop.killed == {function}
    shop.end_of_resends()
    books, arrived = shop.books(), shop.arrivals()
    _sound(shop, list({place.tag: place for place in places.values()}.values()), books, killed_at)
    # Nobody repeats here: whatever was sent twice was sent by a poller.
    assert not faults_in(arrived, (), lambda _identity: True), killed_at
    for identity, own in places.items():
        assert not Ends(shop, own, books, arrived).faults(wanted[identity], identity), killed_at
