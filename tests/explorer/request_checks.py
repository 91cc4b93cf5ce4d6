"""The promises of requests that move no money, judged with Alipay's records and with what callers were told."""

import json
from dataclasses import dataclass
from typing import Any

from autodebit.repository.stream import StateChanged, state_changes
from autodebit.responses import Response
from tests.explorer.moneyless import RequestPlay
from tests.explorer.oracle import Violation
from tests.support.memory_table import TypedItem

TWO = "the same accepted twice"
NOT_OURS = "another's record counts as ours"
NOT_FINAL = "F told and not stored"
CHANGED = "final and changed"
NOTHING_SENT = "503 of what Alipay has"
NOT_DUE = "open and not due"
WRONG_FAIL = "FAIL of what Alipay has"
WRONG_END = "the end differs from Alipay's record"
NOT_AHEAD = "acted on and not written ahead"
TOO_SOON = "other data sent too soon"
WRONG_EVENT = "the last event tells another's outcome"
LET_OUT = "a store's absence let out after a send"
_ENDS = (TWO, CHANGED, WRONG_END)
"""Beyond these a story is not followed."""


@dataclass(frozen=True, slots=True)
class Lives:
    """What the states of a kind mean."""

    open: frozenset[str]
    known: frozenset[str]
    """Alipay has it."""
    done: frozenset[str]
    reopens: frozenset[tuple[str, str]] = frozenset()
    """Moves away from a final state that are allowed: another transmission."""


class RequestChecks:
    """The judge of one play."""

    def __init__(self, play: RequestPlay, lives: Lives) -> None:
        self._play, self._lives = play, lives
        self.reached: set[str] = set()
        """The ids for which this invocation has sent something."""

    def fail(self, rule: str, told: str) -> None:
        """*rule* is broken."""
        if rule in self._play.scenario.unjudged:
            return
        if rule in _ENDS:
            raise Violation(rule, told)
        self._play.oracle.noted.append(Violation(rule, told))

    # --- what is written, and the events that it makes

    def written(self, before: TypedItem | None, after: TypedItem) -> None:
        """An item is stored."""
        play, lives = self._play, self._lives
        kind, _, identity = after["pk"]["S"].partition("#")
        if after["sk"]["S"] != "item" or kind != play.KIND:
            return
        was, now = (before or {}).get("state", {}).get("S"), after["state"]["S"]
        final = was == "FAIL" or was in lives.done
        if final and now != was and (was, now) not in lives.reopens:
            self.fail(CHANGED, f"{identity} was {was} and is {now}")
        if "due_at" not in after and now in lives.open:
            self.fail(NOT_DUE, f"{identity} is {now}, and nobody sees to it")
        record = play.scene.records.get(identity)
        if now == "FAIL" and record is not None and record.ours:
            self.fail(WRONG_FAIL, f"{identity} is stored as FAIL, and Alipay has it")
        if was != now or _taken(before) != _taken(after):
            play.say(f"stored: {identity} {now}{', the id is taken' if _taken(after) else ''}")
        images: dict[str, Any] = {"NewImage": after, **({"OldImage": before} if before is not None else {})}
        change = state_changes({"dynamodb": images})
        if isinstance(change, StateChanged):
            play.scene.announced[identity] = change.after
            if change.after == "FAIL":
                play.scene.told |= {identity}

    # --- what Alipay gets

    def sent(self, identity: str) -> None:
        """A request leaves: the intent has to be stored by then."""
        self.reached.add(identity)
        if self._play.item(identity) is None:
            self.fail(NOT_AHEAD, f"{identity} is sent, and nothing is stored")

    def acted_on(self, identity: str, *, before: TypedItem | None) -> None:
        """Alipay takes it, or transmits it again; *before* is what was stored when the request left."""
        if before is not None and before["state"]["S"] not in self._lives.open:
            state = before["state"]["S"]
            self.fail(NOT_AHEAD, f"{identity} is handed on by Alipay, and was stored as {state} when it was sent")

    # --- what callers hear

    def told(self, kind: str, identity: str, reply: Response) -> None:
        """A caller hears *reply*."""
        result = json.loads(reply.text)["result"]
        status, code, message = result["resultStatus"], result["resultCode"], result["resultMessage"]
        play, record = self._play, self._play.scene.records.get(identity)
        told = "" if message == code else f": {message}"
        play.say(f"the caller hears {reply.http_status} {status} {code}{told}")
        if kind not in ("send", "correct"):
            return
        ours = record is not None and record.ours
        if status == "S" and not ours:
            self.fail(NOT_OURS, f"S was told of {identity}, and Alipay has no such {play.KIND} of ours")
        if reply.http_status == 503 and ours:
            self.fail(NOTHING_SENT, f"Alipay has {identity}, and its caller hears that nothing was sent")
        if status == "F" and reply.http_status == 200 and identity not in play.scene.corrected:
            play.scene.told |= {identity}
            item = play.item(identity)
            state = item["state"]["S"] if item else "nothing"
            if state != "FAIL":
                self.fail(NOT_FINAL, f"F was told of {identity}, and {state} is stored")

    def store_was_away(self, kind: str, identity: str) -> None:
        """A flow let StoreUnavailable out: its caller hears 503, nothing was sent."""
        if kind in ("send", "correct") and identity in self.reached:
            self.fail(LET_OUT, f"{identity} was sent in this very invocation")

    # --- between two steps, and in the end

    def judge(self) -> None:
        """What has to be so whenever no invocation is under way."""
        play = self._play
        scene = play.scene
        ours = [name for name, one in scene.records.items() if one.ours]
        if len(ours) > 1:
            self.fail(TWO, f"Alipay has accepted {' and '.join(ours)}")
        for identity, item in play.stored_items(play.KIND).items():
            record, state = scene.records.get(identity), item["state"]["S"]
            if state in self._lives.known and not (record and record.ours) and not _taken(item):
                self.fail(NOT_OURS, f"{identity} is stored as {state}, and Alipay has no such {play.KIND} of ours")
            if _taken(item) and scene.announced.get(identity) in self._lives.done:
                self.fail(WRONG_EVENT, f"the last event of {identity} tells {scene.announced[identity]}")

    def the_end(self) -> None:
        """What is stored agrees with Alipay's records, or the item says that its id is taken."""
        play = self._play
        for identity, item in play.stored_items(play.KIND).items():
            record, state = play.scene.records.get(identity), item["state"]["S"]
            if _taken(item):
                if record is not None and record.ours:
                    self.fail(WRONG_END, f"{identity} is ours at Alipay, and is stored as another's")
                continue
            if record is None:
                agrees = state not in self._lives.known
            elif record.ours:
                agrees = state in self._lives.done
            else:
                agrees = state not in self._lives.known
            if not agrees:
                kept = record.state if record else "nothing"
                self.fail(WRONG_END, f"{identity} is stored as {state}, and Alipay has {kept}")


def _taken(item: TypedItem | None) -> bool:
    return bool((item or {}).get("id_taken", {}).get("BOOL"))
