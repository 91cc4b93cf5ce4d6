"""What of a scenario is explored with every run of the tests."""

from tests.explorer.models import model_of
from tests.explorer.quick import quick
from tests.explorer.scenarios import SCENARIOS
from tests.explorer.search import Search
from tests.explorer.story import story_of


def explored(name: str) -> str:
    """The stories that break a promise, or "". Fails if fewer states are met than this scenario has or is bound to."""
    scenario = SCENARIOS[name]
    with quick():
        model = model_of(scenario)
        report = Search(model).run(scenario.depth, most_states=scenario.states)
        stories = [f"{story_of(model, found).text()}\n{story_of(model, found).test(name)}" for found in report.found]
    assert report.complete or report.states >= scenario.states, report.line()
    assert report.states >= scenario.least, report.line()
    return "\n\n".join(stories)
