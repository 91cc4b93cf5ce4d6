"""What each attacker of docs/money-safety.md has to catch all by itself, with no narrower test before it.

Every mutant of the other modules has a narrow test that catches it in a second. That does not tell whether the suites that
play time, crashes and races can fail at all; this table does.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mutants.mutant import Mutant

ATTACKERS = ("promises", "order", "race", "crash", "chaos", "fuzz")

ALONE: dict[str, tuple[str, ...]] = {
    "tests/order/test_any_order.py": ("a poll without outcome ends the polling",),
}
"""Names of mutants by the test, as pytest's node id, that is their only one here."""


def attacker_of(suite: str) -> str:
    """The attacker to which the test *suite* (a node id) belongs, by its folder."""
    return suite.split("/")[1]


def alone(known: Iterable[Mutant]) -> Iterator[Mutant]:
    """The mutants of the table: those of *known* once more, each with one attacker as its only suite.

    Raises:
        KeyError: the table names a mutant that is not known.
    """
    by_name = {mutant.name: mutant for mutant in known}
    for suite, names in ALONE.items():
        for name in names:
            yield replace(by_name[name], name=f"{name} ({attacker_of(suite)} alone)", suites=(suite,))
