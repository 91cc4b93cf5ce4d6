"""What a table of a life can say: a move, a contradiction, or nothing new."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Move:
    """Where the item goes; *anomaly* says why people should look although the move is made."""

    to: str
    anomaly: str = ""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The news contradicts what is final: recorded, counted, alarmed, not applied."""

    anomaly: str


class _Nothing:
    """The news changes nothing."""


NOTHING: Final = _Nothing()
Step = Move | Contradiction | _Nothing
