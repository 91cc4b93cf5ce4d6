"""One step of the payment model: the real flows, run by whoever acts, with every open point asked of the oracle."""

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from autodebit.clock import DAY, MINUTE, SECOND
from autodebit.config import Keys
from autodebit.contract import (
    CancelRequest,
    InquiryPaymentRequest,
    NotifyPaymentRequest,
    NotifyRefundRequest,
    PayRequest,
    RefundRequest,
)
from autodebit.errors import Refused, StoreUnavailable
from autodebit.flows.cancels import cancel
from autodebit.flows.outcomes import inquiry_payment, notify_payment, poll_payment
from autodebit.flows.payments import pay
from autodebit.flows.refund_outcomes import notify_refund, poll_refund
from autodebit.flows.refunds import refund
from autodebit.gateway import Answer
from autodebit.replies import Reply, refusal
from autodebit.repository import Repository
from autodebit.runtime import Runtime
from tests.explorer.alipay import LATE_CANCEL, LATE_OTHERS, REFUNDED, ChoosingAlipay, paid_fields, refunded_fields
from tests.explorer.checks import Checks
from tests.explorer.oracle import Diverged, Excluded, Oracle, Violation
from tests.explorer.scenarios import Scenario
from tests.explorer.scene import Letter, Scene
from tests.explorer.store import ChoosingStore, Crash
from tests.support.memory_table import MemoryTable, TypedItem
from tests.support.world import pay_body, settings

TABLE = "explored"
_CALL, _POLL, _NOTIFICATION = 25 * SECOND, 58 * SECOND, 15 * SECOND
_WAITS = {"30 seconds pass": 30 * SECOND, "10 minutes pass": 10 * MINUTE, "3 days pass": 3 * DAY}
_PAST_ALL_RECHECKS = 12 * DAY
_MOST_POLLS = 60
NOTHING = "nothing"


class PlainKms:
    """KMS without secrets: what is under test here is money. The context is checked all the same."""

    def encrypt(self, *, KeyId: str, Plaintext: bytes, EncryptionContext: dict[str, str]) -> dict[str, Any]:  # noqa: N803
        """See KMS."""
        return {"CiphertextBlob": EncryptionContext["item"].encode() + b"\n" + Plaintext}

    def decrypt(self, *, KeyId: str, CiphertextBlob: bytes, EncryptionContext: dict[str, str]) -> dict[str, Any]:  # noqa: N803
        """See KMS."""
        item, plaintext = CiphertextBlob.split(b"\n", 1)
        assert item.decode() == EncryptionContext["item"]
        return {"Plaintext": plaintext}


class Play:
    """The flows on one table, with one scene under way. It is its own clock."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.scene = Scene(now=0)
        self.oracle = Oracle()
        self.table = MemoryTable(TABLE)
        self.store = ChoosingStore(self.table, self)
        self.alipay = ChoosingAlipay(self)
        self.checks = Checks(self)
        self.spoken: dict[str, Answer] = {}
        """Alipay's last word on each id in the invocation that is under way."""
        self.reached: set[str] = set()
        """The ids for which this invocation has sent a pay or a refund."""
        self._settings = settings(cancel_open_after=scenario.patience)
        self.repository = Repository(
            self.store,  # type: ignore[arg-type]
            PlainKms(),  # type: ignore[arg-type]
            table=TABLE,
            token_key="key",
            plan=self._settings.plan,
        )
        self._depth = 0
        self._must_record: set[str] = set()
        self._ends_well: set[int] = set()
        """Keys of scenes from which pollers alone lead to a good end."""
        self.handle = ""

    # --- the clock

    def now(self) -> int:
        """See autodebit.clock.Clock."""
        return self.scene.now

    def sleep(self, milliseconds: int) -> None:
        """See autodebit.clock.Clock. While the store is away, one long wait stands for many short ones."""
        self.scene.now += max(milliseconds, 5 * SECOND) if self.store.away else milliseconds

    # --- choices

    def begin(self, scene: Scene, oracle: Oracle) -> None:
        """Be in *scene*, which becomes this play's own."""
        self.scene, self.oracle, self._depth = scene, oracle, 0
        self.table.items = scene.items
        self.table.on_write = self._seen
        self.spoken, self._must_record = {}, set()

    def pick(self, label: str, free: Sequence[str], costly: Sequence[str], budget: str) -> str:
        """One of *free*, or of *costly* while *budget* lasts."""
        left = self.scene.budgets
        if left.get(budget):
            chosen = self.oracle.choose(label, [*free, *(one for one in costly if one not in self.scenario.without)])
            if chosen in costly:
                left[budget] -= 1
            return chosen
        return self.oracle.choose(label, free)

    def say(self, text: str) -> None:
        """Add *text* to the story, with the time."""
        if self.oracle.lines is not None:
            self.oracle.say(f"{'  ' * max(self._depth - 1, 0)}{text}")

    def must_record(self, identity: str) -> None:
        """The answer that is on its way must be recorded: the story of one that is lost is not judged."""
        self._must_record.add(identity)

    # --- steps

    def steps(self, *, inside: bool = False) -> list[str]:
        """What may happen next; *inside* a call to Alipay no time passes."""
        scene, left, moves = self.scene, self.scene.budgets, []
        payments = {name: self._stored("payment", name) for name in self._ids()}
        if left.get("pay"):
            moves += [f"pay {name}" for name, item in payments.items() if not _is_over(item)]
        if left.get("cancel"):
            moves += [f"cancel {name}" for name, item in payments.items() if self._may_cancel(name, item)]
        if left.get("refund") and (scene.sent or self.scenario.paid):
            moves += [f"refund {name}" for name in self._refund_ids() if not _is_over(self._stored("refund", name))]
        if left.get("inquire"):
            moves += [f"inquire {name}" for name in payments]
        if left.get("poll"):
            moves += [f"poll {kind} {name}" for kind, name, due in self.due() if not inside or due <= scene.now]
        if left.get("notify"):
            moves += [f"notify {letter.kind} {letter.identity} {letter.state}" for letter in scene.letters]
        moves += [f"late {late.kind} {late.identity}" for late in scene.late]
        for kind, booked in (("payment", scene.payments), ("refund", scene.refunds)):
            for name, one in booked.items():
                if one.state == "PROCESSING":
                    moves += [f"finish {kind} {name} SUCCESS", f"finish {kind} {name} FAIL"]
        if left.get("wait") and not inside:
            moves += list(_WAITS)
        return [move for move in moves if move not in self.scenario.without]

    def take(self, step: str) -> None:
        """Let *step* happen."""
        scene = self.scene
        if step in _WAITS:
            self.say(step)
            scene.budgets["wait"] -= 1
            scene.now += _WAITS[step]
            return
        name, *rest = step.split(" ")
        if name in scene.budgets:
            scene.budgets[name] -= 1
        match name, rest:
            case "pay", [identity]:
                self._call(step, "pay", identity, _CALL, lambda runtime: pay(_pay(identity, self.handle), runtime))
            case "cancel", [identity]:
                scene.told |= {("asked to cancel", identity)}
                self._call(step, "cancel", identity, _CALL, lambda runtime: cancel(_cancel(identity), runtime))
            case "refund", [identity]:
                self._call(step, "refund", identity, _CALL, lambda runtime: refund(_refund(identity), runtime))
            case "inquire", [identity]:
                self._call(
                    step, "inquire", identity, _CALL, lambda runtime: inquiry_payment(_inquire(identity), runtime)
                )
            case "poll", [kind, identity]:
                due = next(due for one, other, due in self.due() if (one, other) == (kind, identity))
                passed = max(due - scene.now, 0)
                scene.now += passed
                poll = poll_payment if kind == "payment" else poll_refund
                self._call(
                    f"{passed / SECOND:g} s later: {step}",
                    "poll",
                    identity,
                    _POLL,
                    lambda runtime: poll(identity, runtime),
                )
            case "notify", [kind, identity, state]:
                letter = next(
                    one for one in scene.letters if (one.kind, one.identity, one.state) == (kind, identity, state)
                )
                self._call(step, "notify", identity, _NOTIFICATION, lambda runtime: _notified(letter, runtime))
            case "late", [kind, identity]:
                self.say(f"Alipay acts on the {kind} of {identity} that came earlier")
                self.alipay.execute(next(one for one in scene.late if (one.kind, one.identity) == (kind, identity)))
            case "finish", [kind, identity, state]:
                self.say(f"the {kind} {identity} comes to its end at Alipay: {state}")
                self.alipay.finish(kind, identity, state)

    def after(self) -> None:
        """Judge what is the case now, and let go of requests that are too old to be acted on."""
        scene = self.scene
        scene.late = tuple(
            late
            for late in scene.late
            if scene.now - late.since <= (LATE_CANCEL if late.kind == "cancel" else LATE_OTHERS)
        )
        self.checks.ledger()

    def meanwhile(self) -> None:
        """While a call to Alipay is out, somebody else may act: one level of that is enough."""
        if self._depth != 1 or not self.scene.budgets.get("nested"):
            return
        options = [NOTHING, *(f"meanwhile {step}" for step in self.steps(inside=True))]
        chosen = self.oracle.choose("meanwhile", options)
        if chosen == NOTHING:
            return
        self.scene.budgets["nested"] -= 1
        spoken, self.spoken = self.spoken, {}
        reached, self.reached = self.reached, set()
        self.say("meanwhile:")
        self.take(chosen.removeprefix("meanwhile "))
        self.spoken, self.reached = spoken, reached

    def bring_to_an_end(self, *, acts: bool) -> None:
        """Everything that is under way ends (Alipay *acts* on what it has, or never does), and pollers run for days."""
        scene = self.scene
        for late in scene.late if acts else ():
            self.take(f"late {late.kind} {late.identity}")
        scene.late = ()
        for kind, booked in (("payment", scene.payments), ("refund", scene.refunds)):
            for name, one in tuple(booked.items()):
                if one.state == "PROCESSING":
                    self.take(f"finish {kind} {name} {'SUCCESS' if acts else 'FAIL'}")
        if acts:
            for letter in scene.letters:
                self.take(f"notify {letter.kind} {letter.identity} {letter.state}")
        until, passed = scene.now + _PAST_ALL_RECHECKS, []
        for _ in range(_MOST_POLLS):
            key = hash(scene.key(patience=self.scenario.patience, at_the_end=True))
            if key in self._ends_well:
                self._ends_well.update(passed)
                return
            passed.append(key)
            due = min(self.due(), key=lambda one: one[2], default=None)
            if due is None or due[2] > until:
                break
            self.take(f"poll {due[0]} {due[1]}")
        self.checks.ledger()
        self.checks.the_end()
        if not self.oracle.noted:
            self._ends_well.update(passed)

    # --- what is stored

    def due(self) -> list[tuple[str, str, int]]:
        """Kind, id and due time of whatever is due at some time."""
        found = []
        for (pk, sk), item in self.table.items.items():
            kind, _, identity = pk.partition("#")
            if sk == "item" and kind in ("payment", "refund") and "due_at" in item:
                found.append((kind, identity, int(item["due_at"]["N"])))
        return found

    def _stored(self, kind: str, identity: str) -> TypedItem | None:
        return self.table.items.get((f"{kind}#{identity}", "item"))

    def stored_items(self, kind: str) -> dict[str, TypedItem]:
        """All payments, or all refunds, by id."""
        return {
            pk.partition("#")[2]: item
            for (pk, sk), item in self.table.items.items()
            if sk == "item" and pk.startswith(f"{kind}#")
        }

    def _ids(self) -> list[str]:
        """The ids that callers may use: one after the other, each only once our word was: take a new one."""
        names = ["PAY-1"]
        while len(names) < self.scenario.ids and ("new id", names[-1]) in self.scene.told:
            names.append(f"PAY-{len(names) + 1}")
        return names

    def _refund_ids(self) -> list[str]:
        return ["REF-1", "REF-2"] if ("new id", "REF-1") in self.scene.told else ["REF-1"]

    def _may_cancel(self, identity: str, item: TypedItem | None) -> bool:
        if item is None:
            # A payment of another system may be cancelled by callers who know it: that is no mistake of ours.
            return identity == "PAY-1" and not self.scenario.foreign_payment
        return item["state"]["S"] not in ("FAIL", "CANCELLED")

    def _seen(self, before: TypedItem | None, after: TypedItem) -> None:
        self.checks.written(before, after)

    # --- invocations

    def _call(self, step: str, kind: str, identity: str, lasts: int, flow: Callable[[Runtime], Reply | None]) -> None:
        """One invocation of a function, and what its caller hears."""
        store = self.store
        outer, store.away, store.hurt = (store.away, store.hurt), False, False
        self._depth += 1
        self.say(step)
        if self._depth == 1:
            self.spoken, self.reached = {}, set()
        runtime = Runtime(
            settings=self._settings,
            keys=_NO_KEYS,
            repository=self.repository,
            alipay=self.alipay,
            clock=self,
            deadline=self.scene.now + lasts,
        )
        try:
            reply = flow(runtime)
            if reply is not None:
                self.checks.told(kind, identity, reply)
        except Refused as refused:
            self.checks.told(kind, identity, refusal(refused))
        except StoreUnavailable:
            self.say("the caller hears that the store is away")
            self.checks.store_was_away(kind, identity)
        except Crash:
            self.say("the process is dead")
        except (Violation, Excluded, Diverged):
            raise
        except Exception as error:
            raise Violation("an error of ours", f"{kind} {identity}: {type(error).__name__}: {error}") from error
        finally:
            lost = identity in self._must_record and store.hurt
            store.away, store.hurt = outer
            self._depth -= 1
        if lost:
            raise Excluded


def _is_over(item: TypedItem | None) -> bool:
    """Whether a repeat could only be a replay."""
    if item is None or item["state"]["S"] not in ("SUCCESS", "FAIL", "CANCELLED"):
        return False
    return item.get("cancel", {}).get("M", {}).get("state", {}).get("S") != "REQUESTED"


_NO_KEYS: Keys = None  # type: ignore[assignment]


@cache
def _pay(identity: str, handle: str) -> PayRequest:
    return PayRequest.model_validate(pay_body(identity, handle))


@cache
def _cancel(identity: str) -> CancelRequest:
    return CancelRequest.model_validate({"paymentRequestId": identity})


@cache
def _inquire(identity: str) -> InquiryPaymentRequest:
    return InquiryPaymentRequest.model_validate({"paymentRequestId": identity})


@cache
def _refund(identity: str) -> RefundRequest:
    amount = {"currency": "JPY", "value": REFUNDED}
    return RefundRequest.model_validate(
        {"refundRequestId": identity, "paymentRequestId": "PAY-1", "refundAmount": amount}
    )


def _notified(letter: Letter, runtime: Runtime) -> None:
    done = letter.state == "SUCCESS"
    code = "SUCCESS" if done else "USER_BALANCE_NOT_ENOUGH"
    result = {"resultCode": code, "resultStatus": "S" if done else "F", "resultMessage": code}
    if letter.kind == "payment":
        fields = paid_fields(letter.identity, ours=letter.ours)
        notify_payment(NotifyPaymentRequest.read({"notifyType": "PAYMENT_RESULT", "result": result, **fields}), runtime)
    else:
        fields = refunded_fields(letter.identity, ours=letter.ours)
        body = {"notifyType": "REFUND_RESULT", "result": result, "refundStatus": letter.state, **fields}
        notify_refund(NotifyRefundRequest.read(body), runtime)


def reply_parts(reply: Reply) -> tuple[int, str, str, str]:
    """HTTP status, resultStatus, code and message."""
    result = json.loads(reply.text)["result"]
    return reply.http_status, result["resultStatus"], result["resultCode"], result["resultMessage"]
