"""The one source of choices: whatever a model leaves open is chosen here, so that a run can be repeated choice by choice."""

from collections.abc import Sequence


class Violation(AssertionError):
    """A promise is broken. *rule* is the same for all stories of one kind."""

    def __init__(self, rule: str, told: str) -> None:
        super().__init__(f"{rule}: {told}")
        self.rule = rule


class Excluded(Exception):
    """The model does not judge what comes of these choices; the model's documentation says why."""


class Diverged(Exception):
    """A recorded choice is not on offer any more: the story cannot be told of this code."""


class Oracle:
    """Chooses by index along *script*, and the first option beyond it; or by name along *names*."""

    def __init__(self, script: Sequence[int] = (), *, names: Sequence[str] | None = None) -> None:
        self._script, self._names = script, names
        self.taken: list[int] = []
        self.widths: list[int] = []
        self.chosen: list[str] = []
        self.noted: list[Violation] = []
        """Broken promises beyond which the story goes on, so that one kind does not hide another."""
        self.lines: list[str] | None = None
        """What has happened, if somebody wants to read it."""

    def choose(self, label: str, options: Sequence[str]) -> str:
        """One of *options*. Where there is only one, nothing is chosen and nothing recorded."""
        if len(options) == 1:
            return options[0]
        at = len(self.taken)
        if self._names is not None:
            if at >= len(self._names) or self._names[at] not in options:
                raise Diverged(f"{label}: {list(self._names)[at : at + 1]} is not one of {list(options)}")
            index = options.index(self._names[at])
        else:
            index = self._script[at] if at < len(self._script) else 0
        self.taken.append(index)
        self.widths.append(len(options))
        self.chosen.append(options[index])
        return options[index]

    def say(self, text: str) -> None:
        """Add *text* to the story."""
        if self.lines is not None:
            self.lines.append(text)

    def next_script(self) -> list[int] | None:
        """The script of the next run, depth first; None if this was the last one."""
        for at in range(len(self.taken) - 1, -1, -1):
            if self.taken[at] + 1 < self.widths[at]:
                return [*self.taken[:at], self.taken[at] + 1]
        return None
