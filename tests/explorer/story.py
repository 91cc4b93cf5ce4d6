"""A violation as people read it, and as a test that tells it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.explorer.oracle import Diverged, Excluded, Oracle, Violation
from tests.explorer.search import Found, Model


@dataclass(frozen=True, slots=True)
class Story:
    """What happened, step by step, and by which choices."""

    found: Found
    steps: tuple[tuple[str, ...], ...]
    choices: tuple[tuple[str, ...], ...]

    def text(self) -> str:
        """The story, to be read."""
        lines = [self.found.rule]
        for number, step in enumerate(self.steps, 1):
            end = self.found.at_the_end and number == len(self.steps)
            lines += [
                f"  {'end' if end else number}. {step[0] if step else '(nothing)'}",
                *(f"       {line}" for line in step[1:]),
            ]
        return "\n".join([*lines, f"  => {self.found.message}"])

    def test(self, scenario: str) -> str:
        """Source text of a test that fails while the story can be told."""
        name = "".join(letter if letter.isalnum() else "_" for letter in self.found.rule.lower()).strip("_")
        steps = "\n".join(f"        {list(step)!r}," for step in self.choices)
        return (
            f"def test_{name}() -> None:\n"
            f"    story = [\n{steps}\n    ]\n"
            f"    assert replay(model_of(SCENARIOS[{scenario!r}]), story, at_the_end={self.found.at_the_end}) is None\n"
        )


def story_of(model: Model[Any], found: Found) -> Story:
    """Run the choices of *found* once more, and write down what happens."""
    steps: list[tuple[str, ...]] = []
    choices: list[tuple[str, ...]] = []
    state = model.start()
    for number, script in enumerate(found.scripts, 1):
        oracle = Oracle(script)
        oracle.lines = []
        try:
            if found.at_the_end and number == len(found.scripts):
                model.finish(state, oracle)
            else:
                state = model.step(state, oracle)
        except Violation:
            pass
        steps.append(tuple(oracle.lines))
        choices.append(tuple(oracle.chosen))
    return Story(found, tuple(steps), tuple(choices))


def replay(model: Model[Any], story: Sequence[Sequence[str]], *, at_the_end: bool = False) -> Violation | None:
    """Take the choices of *story*, by name: the violation that they lead to, or None.

    None also where a choice is not on offer any more: then the story cannot be told of this code.
    """
    state, oracle = model.start(), Oracle()
    try:
        for number, names in enumerate(story, 1):
            oracle = Oracle(names=names)
            if at_the_end and number == len(story):
                model.finish(state, oracle)
            else:
                state = model.step(state, oracle)
            if oracle.noted:
                return oracle.noted[0]
            if state is None:
                return None
    except Violation as violation:
        return oracle.noted[0] if oracle.noted else violation
    except (Diverged, Excluded):
        return None
    return None
