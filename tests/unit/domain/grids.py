"""A life as people read it: a row for each state, a column for each piece of news.

- stands for nothing, ! for an anomaly: beside a state the move is made all the same.
"""

from autodebit.domain.transitions import InvalidTransition, MoveTo


def cells(grid: str) -> list[tuple[str, str, str]]:
    """State, news and cell of every place in *grid*."""
    head, *rows = [line.split() for line in grid.strip().splitlines()]
    return [(row[0], news, cell) for row in rows for news, cell in zip(head, row[1:], strict=True)]


def as_cell(step: object) -> str:
    """A step of a table as a grid writes it."""
    if isinstance(step, MoveTo):
        return step.to + ("!" if step.anomaly else "")
    return "!" if isinstance(step, InvalidTransition) else "-"
