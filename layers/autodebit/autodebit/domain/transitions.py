"""What a transition table can say: move to a state, an invalid transition, or no change."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class MoveTo:
    """Where the item goes; *anomaly* says why people should look although the move is made."""

    to: str
    anomaly: str = ""


@dataclass(frozen=True, slots=True)
class InvalidTransition:
    """The news contradicts what is final: recorded, counted, alarmed, not applied."""

    anomaly: str


class _Nothing:
    """The news changes nothing."""


NOTHING: Final = _Nothing()
Step = MoveTo | InvalidTransition | _Nothing
