"""A generic mutant: one edit of one file, between two positions of its text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Mutation:
    """Replace the bytes from *start* to *end* of *file* (a path below the tree) by *text*."""

    file: str
    start: int
    end: int
    text: str
    operator: str
    line: int
    """The first line of the edit."""
    head: tuple[int, int]
    """First and last line of the statement around it, without the statements inside that one: what a test has to execute."""
    function: str
    """The qualified name of the innermost function or class around it; "" at the level of the module."""
    root: tuple[str, int] | None
    """Qualified name and first line of the outermost function whose code it changes; None if it changes what an import runs."""
    before: str
    """The lines that it touches, blanks made one."""
    after: str

    def applied(self, source: bytes) -> bytes:
        """*source* with the edit made."""
        return source[: self.start] + self.text.encode() + source[self.end :]

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What a judgement of it refers to: it survives moved lines, not a change of the statement."""
        return self.file, self.function, self.before, self.after
