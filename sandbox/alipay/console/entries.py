"""Entries of the journal in words: one line for the list, and for a message the parts that its signature covers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.alipay.console.words import BAD, GOOD, PLAIN, WAITING, amount, tone
from sandbox.alipay.faults import IDS, PASS

Entry = Mapping[str, Any]
PARTS = ("path", "client id", "time", "body", "key")
FITS, DIFFERS, OPEN = "fits", "differs", "not known"
KINDS = {
    "call": "Call",
    "notification": "Notification",
    "ledger": "Ledger",
    "page": "Wallet page",
    "clock": "Clock",
    "fault ordered": "Order",
    "button": "Button",
    "settings": "Settings",
}
MOVES = {"opening": "opening balance", "balance": "balance set by"}
_ABOUT = (*IDS, "paymentId", "refundId", "declarationRequestIds", "referenceMerchantId", "customerBelongsTo")


@dataclass(frozen=True)
class Line:
    """An entry in the list; *signature* is empty where none was checked."""

    number: int
    time: str
    kind: str
    title: str
    about: str
    outcome: str
    tone: str
    signature: str = ""


@dataclass(frozen=True)
class Segment:
    """A stretch of the signed string, and the part that it is, if it is one."""

    text: str
    part: str | None = None


def line(entry: Entry) -> Line:
    outcome, colour = _outcome(entry)
    return Line(
        number=entry["number"],
        time=entry["time"],
        kind=KINDS.get(entry["kind"], str(entry["kind"])),
        title=_title(entry),
        about=_about(entry),
        outcome=outcome,
        tone=colour,
        signature=_signature(entry),
    )


def verdicts(entry: Entry) -> list[tuple[str, str]]:
    """Each part that a signature covers, and whether it is what was signed.

    Who signed with another key cannot be asked what was signed, and of a content that is wholly another one only
    the key is known.
    """
    if entry.get("signatureHolds"):
        return [(part, FITS) for part in PARTS]
    differs = entry.get("differs", [])
    if not differs:
        return [(part, OPEN) for part in PARTS]
    unread = {"key", "content", "signature"} & set(differs)
    told = [(part, DIFFERS if part in differs else OPEN if unread else FITS) for part in PARTS]
    if "key" not in differs and "signature" not in differs:
        told[PARTS.index("key")] = ("key", FITS)
    return told + [(part, DIFFERS) for part in differs if part not in PARTS]


def segments(
    entry: Entry, content: str = "content", headers: str = "headers", time: str = "request-time"
) -> list[Segment]:
    """The signed string, cut where its parts meet; one piece if it cannot be cut."""
    text = str(entry.get(content, ""))
    given = {name.lower(): value for name, value in entry.get(headers, {}).items()}
    line_, feed, rest = text.partition("\n")
    method, blank, path = line_.partition(" ")
    client, moment = given.get("client-id", ""), given.get(time, "")
    if not feed or not blank or not rest.startswith(f"{client}.{moment}."):
        return [Segment(text)]
    return [
        Segment(f"{method} "), Segment(path, "path"), Segment("\n"), Segment(client, "client id"), Segment("."),
        Segment(moment, "time"), Segment("."), Segment(rest.removeprefix(f"{client}.{moment}."), "body"),
    ]  # fmt: skip


def mentions(entry: Entry, ids: frozenset[str]) -> bool:
    """Whether an entry is about one of *ids*."""
    return any(
        value in ids
        for name in ("request", "answer", "body", "entry", "given")
        if isinstance(entry.get(name), dict)
        for value in entry[name].values()
        if isinstance(value, str)
    )


def _title(entry: Entry) -> str:
    match entry["kind"]:
        case "call":
            return str(entry.get("operation") or str(entry.get("path", "")).rpartition("/")[2] or "call")
        case "ledger":
            moved = entry["entry"]
            return f"{MOVES.get(moved['kind'], moved['kind'])} {amount(moved['amount'])}"
        case "page":
            return "The customer agreed" if entry.get("decision") == "agree" else "The customer declined"
        case "clock":
            return "The clock was moved"
        case "fault ordered":
            return f"For {entry.get('operation')}: {_wish(entry)}"
        case "button":
            return str(entry.get("said", "A button was pressed"))
        case "settings":
            return f"Changed: {', '.join(entry.get('changed', []))}"
        case _:
            return str(entry.get("operation") or entry["kind"])


def _wish(entry: Entry) -> str:
    wishes = [entry.get("scenario"), entry.get("code"), entry.get("fault") if entry.get("fault") != PASS else None]
    return ", ".join(str(wish) for wish in wishes if wish) or PASS


def _about(entry: Entry) -> str:
    if entry["kind"] == "ledger":
        return str(entry["entry"]["reference"])
    said = entry.get("request") or entry.get("body") or entry
    found = next((said[name] for name in _ABOUT if isinstance(said, dict) and said.get(name)), "")
    return ", ".join(map(str, found)) if isinstance(found, list) else str(found)


def _outcome(entry: Entry) -> tuple[str, str]:
    if entry["kind"] == "call":
        return _answered(entry)
    if entry["kind"] == "notification":
        outcome = entry.get("outcome")
        if outcome is None:
            return str(entry.get("state", "")), BAD
        done = "acknowledged" if outcome["acknowledged"] else str(outcome["error"] or outcome["http_status"])
        fault = entry.get("fault")
        return (f"{done}, {fault}" if fault else done), GOOD if outcome["acknowledged"] else BAD
    return ("error", BAD) if entry["kind"] == "fault of the simulator" else ("", PLAIN)


def _answered(entry: Entry) -> tuple[str, str]:
    code, fault = entry.get("code"), entry.get("fault")
    asked = ", ".join(str(one) for one in (entry.get("scenario"), fault if fault != PASS else None) if one)
    lost = entry.get("httpStatus", 200) is None
    text = ", ".join(part for part in (str(code or ""), "no answer sent" if lost else "", asked) if part)
    return text, WAITING if lost else tone(code)


def _signature(entry: Entry) -> str:
    if entry["kind"] != "call":
        return ""
    match entry.get("signatureHolds"):
        case True:
            return "holds"
        case False:
            return f"{', '.join(entry.get('differs', [])) or 'it'} differs"
        case _:
            return "not checked"
