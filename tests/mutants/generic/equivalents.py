"""Survivors that a person has judged: no test can tell them from the code, because they do the same."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.mutants.generic.mutation import Mutation

JUDGED = Path(__file__).with_name("equivalents.toml")
Identity = tuple[str, str, str, str]


def judged(text: str) -> Mapping[Identity, str]:
    """The reason for each judged mutant, by its identity.

    Raises:
        ValueError: an entry lacks something, has no reason, or stands there twice.
    """
    found: dict[Identity, str] = {}
    for entry in tomllib.loads(text).get("equivalent", []):
        try:
            identity = (entry["file"], entry["function"], entry["before"], entry["after"])
            reason = entry["reason"]
        except KeyError as error:
            raise ValueError(f"an entry without {error}: {entry}") from error
        if not reason or identity in found:
            raise ValueError(f"an entry without a reason, or a second time: {entry}")
        found[identity] = reason
    return found


def stale(reasons: Mapping[Identity, str], mutations: Iterable[Mutation]) -> list[Identity]:
    """Entries that no mutant of the code of today matches: they are to be judged anew, or deleted."""
    return sorted(reasons.keys() - {mutation.identity for mutation in mutations})


def entry(mutation: Mutation) -> str:
    """The entry to write for *mutation*, but for its reason."""
    fields = zip(("file", "function", "before", "after"), mutation.identity, strict=True)
    lines = [
        f"{name} = '''{value}'''" if "'" in value or '"' in value else f'{name} = "{value}"' for name, value in fields
    ]
    return "\n".join(["[[equivalent]]", *lines, 'reason = ""'])
