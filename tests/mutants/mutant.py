"""A mutant: one promise broken at one place, and the suites that must notice."""

import functools
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

AUTODEBIT = "layers/autodebit/autodebit/"
SIGNING = "layers/signing/alipay_signing/"


class Promise(StrEnum):
    """What a mutant breaks: the ten money promises of the README by number, and the further ones of docs/money-safety.md."""

    WRITTEN_AHEAD = "1 written ahead"
    ONCE = "2 one debit, one refund"
    UNKNOWN = "3 unknown is not failure"
    FINAL = "4 final stays final"
    DUE = "5 everything open is due"
    DURABLE = "6 acknowledged is stored"
    REPEATS = "7 repeats are answers"
    POLLERS = "8 pollers never send"
    OURS = "9 a success must be ours"
    NO_FACT_LOST = "10 no fact is dropped"
    PROVEN = "only what is proven"
    ABSENT = "not there is not believed"
    RESERVED = "reservation"
    CANCEL = "cancel"
    LEASE = "lease"
    TOKENS = "tokens"
    ELSEWHERE = "no money, same rules"
    TOLD = "every change is told"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of the code. *old* stands exactly once in *file*, however it is wrapped.

    *suites* are pytest node ids, cheapest first. Each catches the mutant by itself;
    one is enough, and the first that does ends the search.
    """

    name: str
    breaks: Promise
    file: str
    old: str
    new: str
    suites: tuple[str, ...]

    def applied(self, source: str) -> str:
        """*source* with the promise broken.

        Raises:
            ValueError: the code has changed, and this mutant is to be written anew.
        """
        if self.old == self.new:
            raise ValueError(f"{self.name}: it changes nothing")
        found = source.count(self.old)
        if found == 1:
            return source.replace(self.old, self.new)
        places = _wrapped_otherwise(self.old, source) if not found else []
        if len(places) != 1:
            raise ValueError(f"{self.name}: its old text stands {found or len(places)} times in {self.file}, not once")
        start, end = places[0]
        return source[:start] + self.new.strip() + source[end:]

    def source(self, root: Path) -> Path:
        """The file to change, in the tree at *root*."""
        return root / self.file


_WRAPPING = re.compile(r"\s+|,(?=\s*[)\]}])")
"""What a formatter may change: white space, and a comma before a closing bracket."""


def _wrapped_otherwise(old: str, source: str) -> list[tuple[int, int]]:
    """Where *old* stands in *source* apart from its wrapping: begins and ends."""
    kept = [index for index in range(len(source)) if index not in _covered(source)]
    squeezed, wanted = "".join(source[index] for index in kept), _WRAPPING.sub("", old)
    begins = [match.start() for match in re.finditer(re.escape(wanted), squeezed)]
    return [(kept[begin], kept[begin + len(wanted) - 1] + 1) for begin in begins]


@functools.cache
def _covered(source: str) -> frozenset[int]:
    return frozenset(index for match in _WRAPPING.finditer(source) for index in range(*match.span()))
