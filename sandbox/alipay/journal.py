"""What happened, for developers to read: no token, auth code, one-time password or key in it."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

LONGEST = 10_000
SECRET_NAMES = frozenset(
    {
        "accesstoken", "refreshtoken", "authcode", "paymentmethodid", "useridentityvalue",
        "authenticationvalue", "privatekey", "signature", "certificateno",
        "fullname", "firstname", "middlename", "lastname",
    }
)  # fmt: skip
_ASSIGNED = re.compile(
    r"""(?i)\b(accessToken|refreshToken|authCode|paymentMethodId)(["\\]*\s*[=:]\s*["\\]*)([^&\s"'\\,;}]+)"""
)
# The shape of every secret that the simulator issues, wherever it turns up.
_ISSUED = re.compile(r"\b(2810)[0-9]{4}[0-9A-Za-z_]{20,}")


def mask(value: str) -> str:
    """The first four characters, then an ellipsis; nothing of a short value."""
    return f"{value[:4]}…" if len(value) > 8 else "…"


def masked(value: Any, name: str = "") -> Any:
    """A copy of *value* in which tokens, auth codes, one-time passwords and signatures are masked."""
    if isinstance(value, dict):
        return {key: masked(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item, name) for item in value]
    if name.lower() in SECRET_NAMES and isinstance(value, str | int | float):
        return mask(str(value))
    if isinstance(value, str):
        text = _ASSIGNED.sub(lambda match: match[1] + match[2] + mask(match[3]), value)
        return _ISSUED.sub(lambda match: f"{match[1]}…", text)
    return value


class Journal:
    """The latest 10,000 entries in memory, and all of them as JSON lines in *path*, when given."""

    def __init__(self, now: Callable[[], str], path: Path | None = None) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._entries: deque[dict[str, Any]] = deque(maxlen=LONGEST)
        self._number = 0
        self._file: TextIO | None = path.open("a", encoding="utf-8") if path else None

    def record(self, kind: str, **facts: Any) -> None:
        """Add an entry; *facts* are masked before they are kept."""
        clean = masked(facts)
        with self._lock:
            self._number += 1
            entry = {"number": self._number, "time": self._now(), "kind": kind, **clean}
            self._entries.append(entry)
            if self._file is not None:
                self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
                self._file.flush()

    def entries(self, after: int = 0, kind: str | None = None) -> list[dict[str, Any]]:
        with self._lock:
            return [entry for entry in self._entries if entry["number"] > after and kind in (None, entry["kind"])]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
