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
        "fullname", "firstname", "middlename", "lastname", "authorization", "cookie",
        "telephone", "phoneno", "buyerphoneno", "shippingphoneno", "storephoneno", "email", "buyeremail", "shiptoemail",
        "address1", "address2", "zipcode",
    }
)  # fmt: skip
LONGEST_TEXT = 20_000
# In texts, `signature` is a word like any other; as the name of a part of the header it is not.
_IN_TEXTS = "|".join(sorted(SECRET_NAMES - {"signature", "authorization", "cookie"}))
_ASSIGNED = re.compile(rf"""(?i)\b({_IN_TEXTS})(["\\]*\s*[=:]\s*["\\]*)([^&\s"'\\,;{{}}\[\]]+)""")
# A JSON string, quotes escaped or not (JSON within JSON), up to its end or, where that is missing, to the end of the text.
_QUOTED = re.compile(rf"""(?is)((\\{{0,7}}")(?:{_IN_TEXTS})\2\s*:\s*\2)(.*?)((?<!\\)\2|\Z)""")
_SIGNATURE = re.compile(r"(?i)\b(signature\s*=\s*)([^,\s]+)")
# The shape of every secret that the simulator issues, wherever it turns up.
_ISSUED = re.compile(r"\b(2810)[0-9]{4}[0-9A-Za-z_]{20,}")


def mask(value: str) -> str:
    """The first four characters, then an ellipsis; nothing of a short value."""
    return f"{value[:4]}…" if len(value) > 8 else "…"


def _assigned(match: re.Match[str]) -> str:
    return match[1] + match[2] + (match[3] if match[3].endswith("…") else mask(match[3]))


def masked(value: Any, name: str = "") -> Any:
    """A copy of *value* in which tokens, auth codes, one-time passwords, signatures and personal data are masked."""
    if isinstance(value, dict):
        return {key: masked(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item, name) for item in value]
    if name.lower() == "signature" and isinstance(value, str) and _SIGNATURE.search(value):
        return _SIGNATURE.sub(lambda match: match[1] + mask(match[2]), value)
    if name.lower() in SECRET_NAMES and isinstance(value, str | int | float):
        return mask(str(value))
    if isinstance(value, str):
        text = _QUOTED.sub(lambda match: match[1] + mask(match[3]) + match[4], value)
        text = _ASSIGNED.sub(_assigned, text)
        return _ISSUED.sub(lambda match: f"{match[1]}…", text)
    return value


def readable(content: bytes) -> str:
    """*content* as a text for the journal: the first 20,000 characters of it."""
    text = content.decode(errors="replace")
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}… ({len(text) - LONGEST_TEXT} more)"


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

    def entry(self, number: int) -> dict[str, Any] | None:
        """The entry of that *number*, if it is still kept."""
        with self._lock:
            return next((entry for entry in self._entries if entry["number"] == number), None)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
