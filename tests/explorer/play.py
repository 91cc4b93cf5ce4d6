"""One step of the payment model: the real flows, run by whoever acts, with every open point asked of the oracle."""

import json
from functools import cache

from autodebit.clock import DAY, SECOND
from autodebit.contract import (
    CancelRequest,
    InquiryPaymentRequest,
    NotifyPaymentRequest,
    NotifyRefundRequest,
    PayRequest,
    RefundRequest,
)
from autodebit.flows.payments.cancel import cancel
from autodebit.flows.payments.pay import pay
from autodebit.flows.payments.refund import refund
from autodebit.flows.payments.refund_sync import notify_refund, poll_refund
from autodebit.flows.payments.sync import inquiry_payment, notify_payment, poll_payment
from autodebit.gateway.client import VerifiedResponse
from autodebit.responses import Response
from autodebit.runtime import Runtime
from tests.explorer.alipay import LATE_CANCEL, LATE_OTHERS, REFUNDED, ChoosingAlipay, paid_fields, refunded_fields
from tests.explorer.checks import Checks
from tests.explorer.oracle import Oracle
from tests.explorer.scenarios import Scenario
from tests.explorer.scene import Letter, Scene
from tests.explorer.stage import CALL, NOTIFICATION, POLL, WAITS, Stage
from tests.support.memory_table import TypedItem
from tests.support.world import pay_body

_PAST_ALL_RECHECKS = 12 * DAY
_MOST_POLLS = 60


class Play(Stage[Scene]):
    """The flows of payments and refunds."""

    KINDS = ("payment", "refund")

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario, Scene(now=0))
        self.alipay = ChoosingAlipay(self)
        self.checks = Checks(self)
        self.spoken: dict[str, VerifiedResponse] = {}
        """Alipay's last word on each id in the invocation that is under way."""
        self.reached: set[str] = set()
        """The ids for which this invocation has sent a pay or a refund."""
        self.handle = ""

    @property
    def gateway(self) -> ChoosingAlipay:
        """See Stage."""
        return self.alipay

    def begin(self, scene: Scene, oracle: Oracle) -> None:
        """See Stage."""
        super().begin(scene, oracle)
        self.spoken = {}

    def invoked(self) -> None:
        """See Stage."""
        self.spoken, self.reached = {}, set()

    def nested(self, step: str) -> None:
        """See Stage."""
        spoken, self.spoken = self.spoken, {}
        reached, self.reached = self.reached, set()
        self.take(step)
        self.spoken, self.reached = spoken, reached

    def told(self, kind: str, identity: str, reply: Response) -> None:
        """See Stage."""
        self.checks.told(kind, identity, reply)

    def store_was_away(self, kind: str, identity: str) -> None:
        """See Stage."""
        self.checks.store_was_away(kind, identity)

    # --- steps

    def steps(self, *, inside: bool = False) -> list[str]:
        """What may happen next; *inside* a call to Alipay no time passes."""
        scene, left, moves = self.scene, self.scene.budgets, []
        payments = {name: self.stored("payment", name) for name in self._ids()}
        if left.get("pay"):
            moves += [f"pay {name}" for name, item in payments.items() if not _is_over(item)]
        if left.get("cancel"):
            moves += [f"cancel {name}" for name, item in payments.items() if self._may_cancel(name, item)]
        if left.get("refund") and (scene.sent or self.scenario.paid):
            moves += [f"refund {name}" for name in self._refund_ids() if not _is_over(self.stored("refund", name))]
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
            moves += list(WAITS)
        return [move for move in moves if move not in self.scenario.without]

    def take(self, step: str) -> None:
        """Let *step* happen."""
        scene = self.scene
        if step in WAITS:
            self.say(step)
            scene.budgets["wait"] -= 1
            scene.now += WAITS[step]
            return
        name, *rest = step.split(" ")
        if name in scene.budgets:
            scene.budgets[name] -= 1
        match name, rest:
            case "pay", [identity]:
                self.invoke(step, "pay", identity, CALL, lambda runtime: pay(_pay(identity, self.handle), runtime))
            case "cancel", [identity]:
                scene.told |= {("asked to cancel", identity)}
                self.invoke(step, "cancel", identity, CALL, lambda runtime: cancel(_cancel(identity), runtime))
            case "refund", [identity]:
                self.invoke(step, "refund", identity, CALL, lambda runtime: refund(_refund(identity), runtime))
            case "inquire", [identity]:
                self.invoke(
                    step, "inquire", identity, CALL, lambda runtime: inquiry_payment(_inquire(identity), runtime)
                )
            case "poll", [kind, identity]:
                due = next(due for one, other, due in self.due() if (one, other) == (kind, identity))
                passed = max(due - scene.now, 0)
                scene.now += passed
                poll = poll_payment if kind == "payment" else poll_refund
                self.invoke(
                    f"{passed / SECOND:g} s later: {step}",
                    "poll",
                    identity,
                    POLL,
                    lambda runtime: poll(identity, runtime),
                )
            case "notify", [kind, identity, state]:
                letter = next(
                    one for one in scene.letters if (one.kind, one.identity, one.state) == (kind, identity, state)
                )
                self.invoke(step, "notify", identity, NOTIFICATION, lambda runtime: _notified(letter, runtime))
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

    def seen(self, before: TypedItem | None, after: TypedItem) -> None:
        """See Stage."""
        self.checks.written(before, after)


def _is_over(item: TypedItem | None) -> bool:
    """Whether a repeat could only be a replay."""
    if item is None or item["state"]["S"] not in ("SUCCESS", "FAIL", "CANCELLED"):
        return False
    return item.get("cancel", {}).get("M", {}).get("state", {}).get("S") != "REQUESTED"


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


def reply_parts(reply: Response) -> tuple[int, str, str, str]:
    """HTTP status, resultStatus, code and message."""
    result = json.loads(reply.text)["result"]
    return reply.http_status, result["resultStatus"], result["resultCode"], result["resultMessage"]
