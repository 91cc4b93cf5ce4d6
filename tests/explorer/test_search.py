"""The search itself, on a model that is small enough to count by hand."""

from collections.abc import Hashable

from tests.explorer.oracle import Oracle, Violation
from tests.explorer.search import Search
from tests.explorer.story import replay, story_of


class Counter:
    """A number from 0: a step adds one or two. *broken* numbers break a promise, *ending* ones break it in the end."""

    name = "counter"

    def __init__(self, most: int, broken: tuple[int, ...] = (), ending: tuple[int, ...] = ()) -> None:
        self.most, self.broken, self.ending = most, broken, ending

    def start(self) -> int:
        return 0

    def step(self, state: int, oracle: Oracle) -> int | None:
        if state >= self.most:
            return None
        after = state + (1 if oracle.choose("add", ["one", "two"]) == "one" else 2)
        oracle.say(f"{after}")
        if after in self.broken:
            raise Violation("broken", f"{after}")
        return after

    def key(self, state: int) -> Hashable:
        return state

    def finish(self, state: int, oracle: Oracle) -> None:
        if oracle.choose("end", ["still", "moved"]) == "moved" and state in self.ending:
            raise Violation("ends badly", f"{state}")


def test_equal_states_are_explored_once() -> None:
    report = Search(Counter(10)).run(20)
    assert report.complete
    assert report.states == 12  # 0 to 11
    assert report.runs == 10 * 2 + 2


def test_the_depth_is_a_bound() -> None:
    report = Search(Counter(10)).run(2)
    assert not report.complete
    assert report.states == 5


def test_a_violation_is_told_by_its_shortest_story() -> None:
    model = Counter(10, broken=(5,))
    [found] = Search(model).run(20).found
    assert len(found.scripts) == 3  # two and two and one, in some order
    assert story_of(model, found).text().startswith("broken\n")


def test_a_violation_in_the_end_has_a_story_too() -> None:
    model = Counter(10, ending=(3,))
    [found] = Search(model).run(20).found
    story = story_of(model, found)
    assert found.at_the_end
    assert story.choices[-1] == ("moved",)


def test_a_story_can_be_told_again_and_ends_where_it_is_mended() -> None:
    model = Counter(10, broken=(5,))
    [found] = Search(model).run(20).found
    choices = story_of(model, found).choices
    assert isinstance(replay(model, choices), Violation)
    assert replay(Counter(10), choices) is None
    assert replay(model, [["three"]]) is None


def test_violations_beyond_the_first_are_counted_and_not_repeated() -> None:
    report = Search(Counter(10, broken=(5, 6))).run(20)
    assert report.violations == 3
    assert len(report.found) == 1
