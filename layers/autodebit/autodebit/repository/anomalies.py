"""Facts that were not applied, kept beside the item they speak of (or where it would be)."""

import hashlib
import json
from collections.abc import Mapping

from autodebit.clock import Instant
from autodebit.repository.limits import LONGEST_MESSAGE, shortened
from autodebit.repository.table import Key, Write, count_occurrence

_LONGEST_BODY = 32 * 1024
"""Bytes of a message that is kept whole as evidence."""


def anomaly(beside: Key, reason: str, at: Instant, facts: Mapping[str, str]) -> Write:
    """The write that records *reason* and *facts* beside an item. The same anomaly seen again is counted, not repeated.

    *facts* hold ids, amounts, codes and the source: never a token, never an authorization code. Each is kept up to a length,
    so that an anomaly always fits beside its item.
    """
    told = {
        "kind": "anomaly",
        "reason": reason,
        **{name: shortened(value, _longest(name)) for name, value in sorted(facts.items()) if value},
    }
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]
    return count_occurrence(Key(beside.pk, f"anomaly#{digest}"), at, told)


def _longest(name: str) -> int:
    return _LONGEST_BODY if name == "body" else LONGEST_MESSAGE
