"""The promises, judged with Alipay's ledger and with what callers were told; never by asking the flows."""

import json
from typing import TYPE_CHECKING, Any

from autodebit.gateway.client import VerifiedResponse
from autodebit.repository.stream import StateChanged, state_changes
from autodebit.responses import Response
from tests.explorer.alipay import MOVED
from tests.explorer.oracle import Violation
from tests.support.memory_table import TypedItem

if TYPE_CHECKING:
    from tests.explorer.play import Play

TWO_DEBITS = "two debits for one order"
TWO_REFUNDS = "two refunds for one"
NOT_OURS = "success without our debit"
NOT_FINAL = "F told and not stored"
CHANGED = "final and changed"
NOTHING_SENT = "503 of a debited payment"
NOT_DUE = "open and not due"
EVENT_SUCCESS = "event SUCCESS while a cancel is pending"
UNASKED = "own cancel without asking"
IMPATIENT = "own cancel before its time"
WRONG_FAIL = "FAIL of what has moved money"
WRONG_END = "the end differs from the ledger"
LET_OUT = "a store's absence let out after a send"
_ENDS = (TWO_DEBITS, TWO_REFUNDS, CHANGED, WRONG_END)
"""Beyond these a story is not followed; beyond the others it goes on, to what they do to the money."""
_FINAL = ("FAIL", "CANCELLED")
_TAKE_NEW = "take a new paymentRequestId"


class Checks:
    """The judge of one play."""

    def __init__(self, play: "Play") -> None:
        self._play = play

    def _fail(self, rule: str, told: str) -> None:
        if rule in self._play.scenario.unjudged:
            return
        if rule in _ENDS:
            raise Violation(rule, told)
        self._play.oracle.noted.append(Violation(rule, told))

    # --- what is written, and the events that it makes

    def written(self, before: TypedItem | None, after: TypedItem) -> None:
        """An item is stored: its event goes out, and its reader does what docs/events.md says."""
        if after["sk"]["S"] != "item":
            return
        kind, _, identity = after["pk"]["S"].partition("#")
        if kind not in ("payment", "refund"):
            return
        was, now = (before or {}).get("state", {}).get("S"), after["state"]["S"]
        cancel = _cancel_state(after)
        if (was in _FINAL and now != was) or (was == "SUCCESS" and now not in ("SUCCESS", "CANCELLED")):
            self._fail(CHANGED, f"{identity} was {was} and is {now}")
        if "due_at" not in after and (now in ("INITIATED", "PROCESSING") or cancel == "REQUESTED"):
            self._fail(NOT_DUE, f"{identity} is {now}, its cancel {cancel}, and nobody sees to it")
        if was == now and cancel == _cancel_state(before):
            return
        self._play.say(f"stored: {identity} {now}{f', cancel {cancel}' if cancel else ''}")
        wanted = cancel == "REQUESTED" and _cancel_state(before) != cancel
        if wanted and ("asked to cancel", identity) not in self._play.scene.told:
            self._own_cancel(identity)
        self._state(kind, identity, now)
        record: dict[str, Any] = {"dynamodb": {"NewImage": after}}
        if before is not None:
            record["dynamodb"]["OldImage"] = before
        change = state_changes(record)
        if isinstance(change, StateChanged):
            self._event(kind, identity, change, cancel)

    def _state(self, kind: str, identity: str, now: str) -> None:
        booked = self._booked(kind, identity)
        if now == "SUCCESS" and not (booked and booked.ours and booked.debited):
            self._fail(NOT_OURS, f"{identity} is stored as SUCCESS, and Alipay's ledger has no such {kind} of ours")
        if now == "FAIL" and booked and booked.ours and booked.state == "SUCCESS":
            self._fail(WRONG_FAIL, f"{identity} is stored as FAIL, and Alipay has executed it")

    def _event(self, kind: str, identity: str, change: StateChanged, cancel: str) -> None:
        scene = self._play.scene
        if kind == "payment":
            kept = change.after == "NOT_SUBMITTED" and change.facts.get("cancel") == "REQUESTED"
            if change.after in _FINAL or kept:
                scene.told |= {("new id", identity)}
            if change.after == "SUCCESS":
                scene.told |= {("S", identity)}
                if cancel == "REQUESTED":
                    self._fail(EVENT_SUCCESS, f"{identity} is to be delivered, and is about to be given back")
        elif change.after == "FAIL":
            scene.told |= {("new id", identity)}

    # --- what callers hear

    def told(self, kind: str, identity: str, reply: Response) -> None:
        """A caller hears *reply*."""
        result = json.loads(reply.text)["result"]
        http_status, status, code, message = (
            reply.http_status,
            result["resultStatus"],
            result["resultCode"],
            result["resultMessage"],
        )
        play = self._play
        play.say(f"the caller hears {http_status} {status} {code}" + (f": {message}" if message != code else ""))
        scene = play.scene
        booked = self._booked("refund" if kind == "refund" else "payment", identity)
        debited = booked is not None and booked.ours and booked.debited
        if kind in ("pay", "refund"):
            if status == "S":
                scene.told |= {("S", identity)}
                if not debited:
                    self._fail(NOT_OURS, f"S was told of {identity}, and Alipay's ledger has no such {kind} of ours")
            if status == "F" and http_status == 200:
                scene.told |= {("new id", identity)}
                self._final(kind, identity)
            if http_status == 503 and debited:
                self._fail(NOTHING_SENT, f"{identity} has moved money, and its caller hears that nothing was sent")
        if kind in ("pay", "cancel") and status == "F" and _TAKE_NEW in message:
            scene.told |= {("new id", identity)}
        if kind == "inquire":
            paid = json.loads(reply.text).get("paymentStatus") == "SUCCESS"
            if paid and not debited and identity in play.stored_items("payment"):
                self._fail(NOT_OURS, f"{identity} was told as paid, and Alipay's ledger has no such payment of ours")
        if kind == "cancel" and status == "S":
            scene.told |= {("new id", identity)}
            if booked is not None and booked.ours and booked.state == "SUCCESS":
                self._fail(WRONG_FAIL, f"the cancel of {identity} was told as done, and the money is still there")

    def _final(self, kind: str, identity: str) -> None:
        item = self._play.stored_items("refund" if kind == "refund" else "payment").get(identity)
        if item is None or item["state"]["S"] not in _FINAL:
            state = item["state"]["S"] if item else "nothing"
            self._fail(NOT_FINAL, f"F was told of {identity}, and {state} is stored")

    def store_was_away(self, kind: str, identity: str) -> None:
        """A flow let StoreUnavailable out: its caller hears 503, nothing was sent."""
        if kind in ("pay", "refund") and identity in self._play.reached:
            self._fail(LET_OUT, f"{identity} was sent in this very invocation")

    # --- the deployment's own cancel

    def _own_cancel(self, identity: str) -> None:
        """A cancel is written ahead that no caller has asked for. From then on it is one like any other, and driven on."""
        play = self._play
        scene, patience = play.scene, play.scenario.patience
        if scene.now < scene.sent.get(identity, 0) + patience:
            waited = (scene.now - scene.sent[identity]) / 1000
            self._fail(
                IMPATIENT,
                f"{identity} is cancelled {waited:g} s after its last send; {patience / 1000:g} s are to pass",
            )
        booked, word = scene.payments.get(identity), play.spoken.get(identity)
        asked = isinstance(word, VerifiedResponse) and word.data.get("paymentStatus") in ("PROCESSING", "PENDING")
        if booked is not None and booked.state == "SUCCESS" and not asked:
            self._fail(UNASKED, f"{identity} is paid, and is cancelled without asking for its state first")

    # --- the ledger

    def ledger(self) -> None:
        """At most one debit of the order stays, and at most one of its refunds is made."""
        play = self._play
        scene = play.scene
        there = scene.outstanding()
        if len(there) > 1:
            kept = [name for name in there if not self._on_its_way_back(name)]
            if len(kept) > 1:
                self._fail(TWO_DEBITS, f"{' and '.join(kept)} are debited, and none of them is being given back")
        made = [name for name, one in scene.refunds.items() if one.ours and one.state == "SUCCESS"]
        if len(made) > 1:
            self._fail(TWO_REFUNDS, f"{' and '.join(made)} are both made")

    def _on_its_way_back(self, identity: str) -> bool:
        item = self._play.stored_items("payment").get(identity)
        late = any((one.kind, one.identity) == ("cancel", identity) for one in self._play.scene.late)
        return late or (item is not None and _cancel_state(item) == "REQUESTED")

    def the_end(self) -> None:
        """Everything has been delivered, and pollers have run for days: what is stored agrees with the ledger."""
        play = self._play
        scene = play.scene
        there = scene.outstanding()
        if len(there) > 1:
            self._fail(TWO_DEBITS, f"in the end {' and '.join(there)} are debited")
        for kind in ("payment", "refund"):
            for identity, item in play.stored_items(kind).items():
                booked, state = self._booked(kind, identity), item["state"]["S"]
                if booked is not None and not booked.ours:
                    continue
                kept = booked is not None and booked.state == "SUCCESS"
                if state == "SUCCESS" and not kept:
                    self._fail(
                        WRONG_END,
                        f"{identity} is stored as SUCCESS, and Alipay has {booked.state if booked else 'nothing'}",
                    )
                if state != "SUCCESS" and kept:
                    self._fail(WRONG_END, f"{identity} is stored as {state}, and Alipay has executed it")

    def _booked(self, kind: str, identity: str) -> Any:
        scene = self._play.scene
        return (scene.payments if kind == "payment" else scene.refunds).get(identity)


def _cancel_state(item: TypedItem | None) -> str:
    return str((item or {}).get("cancel", {}).get("M", {}).get("state", {}).get("S", ""))


__all__ = ["MOVED", "Checks"]
