"""One line for each thing that was looked at."""

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """How a check ended: in order, worth a look, to be mended."""

    OK = "ok"
    NOTE = "note"
    WRONG = "WRONG"


@dataclass(frozen=True)
class Finding:
    """*check* came to *verdict*: *text* says what was found, *advice* what to do."""

    verdict: Verdict
    check: str
    text: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.verdict.value:<6} {self.check}: {self.text}" + (f" -> {self.advice}" if self.advice else "")


def ok(check: str, text: str) -> Finding:
    return Finding(Verdict.OK, check, text)


def note(check: str, text: str, advice: str = "") -> Finding:
    return Finding(Verdict.NOTE, check, text, advice)


def wrong(check: str, text: str, advice: str) -> Finding:
    return Finding(Verdict.WRONG, check, text, advice)
