"""An Alipay that chooses: at each request every move that its contract does not forbid. Its ledger is the judge's.

What it never does, because its contract forbids it: book one id twice, book under an id what was asked for otherwise, deny in an
answer to a first send what it has done, execute a cancel later than a minute after it came, forget what it has booked.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from autodebit.clock import MINUTE, SECOND
from autodebit.gateway.client import Operation, VerifiedResponse
from tests.explorer.answers import (
    NO_ANSWER,
    NO_ANSWER_ACTED,
    NO_ANSWER_LATER,
    NOT_REACHED,
    REPEAT_FAILS,
    THROTTLED,
    U_ACTED,
    U_LATER,
    UNHEARD,
    Chooser,
    said,
)
from tests.explorer.oracle import Violation
from tests.explorer.scene import Booked, Late, Letter, Scene

if TYPE_CHECKING:
    pass

LATE_CANCEL = 60 * SECOND
"""A cancel that was answered otherwise is executed within this time, or never."""
LATE_OTHERS = 1440 * MINUTE
"""A request to pay or to refund arrives within this time, or never."""
REFUNDED = "400"
"""Two refunds fit into one payment, so that a second one is really made."""
MOVED = "somebody else's money moved"
_TIMES = {"paymentTime": "2037-01-15T08:00:01+00:00", "paymentCreateTime": "2037-01-15T08:00:00+00:00"}
"""Later than any request, because a record that is older is told by its time alone."""
_AMOUNT = {"currency": "JPY", "value": "1000"}

IN_PROCESS = "U, in process"
F_KEPT = "F, with a record"
F_FORGOTTEN = "F, without a record"
STOP = "F PROCESS_FAIL, not cancelled"
ASK = "F ORDER_STATUS_INVALID, not cancelled"
AGAIN = "F MERCHANT_BALANCE_NOT_ENOUGH, not cancelled"


def paid_fields(identity: str, *, ours: bool = True) -> dict[str, Any]:
    """What Alipay says of a payment besides its result."""
    return {
        "paymentRequestId": identity,
        "paymentId": payment_id(identity, ours=ours),
        "paymentAmount": _AMOUNT,
        **_TIMES,
    }


def refunded_fields(identity: str, *, ours: bool = True) -> dict[str, Any]:
    """What Alipay says of a refund besides its result."""
    return {
        "refundRequestId": identity,
        "refundId": f"R{'' if ours else 'X'}-{identity}",
        "refundAmount": {"currency": "JPY", "value": REFUNDED},
        "refundTime": "2037-01-16T08:00:00+00:00",
    }


def payment_id(identity: str, *, ours: bool = True) -> str:
    """Alipay's own id."""
    return f"A-{identity}" if ours else f"X-{identity}"


class ChoosingAlipay(Chooser["Play"]):
    """See autodebit.gateway.Alipay. It acts on the scene of the play that is under way."""

    @property
    def _scene(self) -> Scene:
        return self._play.scene

    def call(self, operation: Operation, body: Mapping[str, Any], within: int) -> VerifiedResponse:
        """One request, and what may happen while it is out."""
        play, label = self._play, operation.label
        identity = str(body.get("refundRequestId") or body.get("paymentRequestId"))
        play.say(f"{label} {identity} leaves")
        play.meanwhile()
        match operation:
            case Operation.PAY:
                came = self._pay(identity, within)
            case Operation.CANCEL:
                came = self._cancel(identity, within)
            case Operation.REFUND:
                came = self._refund(identity, str(body["paymentId"]), within)
            case Operation.INQUIRY_PAYMENT:
                came = self._inquired(self._scene.payments.get(identity), identity, "payment", within)
            case Operation.INQUIRY_REFUND:
                came = self._inquired(self._scene.refunds.get(identity), identity, "refund", within)
            case _:
                raise AssertionError(operation)
        play.meanwhile()
        play.spoken[identity] = came
        return came

    # --- pay

    def _pay(self, identity: str, within: int) -> VerifiedResponse:
        scene = self._scene
        booked = scene.payments.get(identity)
        if booked is not None and not booked.ours:
            # Its answer is not lost: an id of another system with the same content, of which nobody has heard, looks like ours.
            move = self._choose("pay", identity, ["F REPEAT_REQ_INCONSISTENT"], [NOT_REACHED])
            if move == NOT_REACHED:
                raise self._unheard(move, "pay", within)
            self._play.must_record(identity)
            return said("F", "REPEAT_REQ_INCONSISTENT")
        if booked is not None:
            move = self._choose("pay", identity, ["answers as it stands"], [*UNHEARD, REPEAT_FAILS])
            self._reached(identity, move)
            if move == REPEAT_FAILS:
                return said("F", "SYSTEM_ERROR")
            return self._stands(identity, booked) if move not in UNHEARD else self._not_heard(move, "pay", within)
        move = self._choose(
            "pay",
            identity,
            ["debits, and answers S"],
            [
                NO_ANSWER_ACTED,
                NO_ANSWER_LATER,
                F_FORGOTTEN,
                F_KEPT,
                IN_PROCESS,
                U_LATER,
                U_ACTED,
                THROTTLED,
                NOT_REACHED,
            ],
        )
        self._reached(identity, move)
        match move:
            case "F, with a record":
                self._book("payment", identity, "FAIL")
                return said("F", "USER_BALANCE_NOT_ENOUGH")
            case "F, without a record":
                return said("F", "SYSTEM_ERROR")
            case "U, in process":
                self._book("payment", identity, "PROCESSING")
                return said("U", "PAYMENT_IN_PROCESS", **_without(paid_fields(identity), "paymentTime"))
        if move in (NO_ANSWER_LATER, U_LATER):
            self._delay("pay", identity)
        elif move in ("debits, and answers S", NO_ANSWER_ACTED, U_ACTED):
            self._book("payment", identity, "SUCCESS")
        if move == "debits, and answers S":
            return said("S", "SUCCESS", **paid_fields(identity))
        return self._not_heard(move, "pay", within)

    def _stands(self, identity: str, booked: Booked) -> VerifiedResponse:
        match booked.state:
            case "SUCCESS":
                return said("S", "SUCCESS", **paid_fields(identity))
            case "PROCESSING":
                return said("U", "PAYMENT_IN_PROCESS", **_without(paid_fields(identity), "paymentTime"))
            case "FAIL":
                return said("F", "USER_BALANCE_NOT_ENOUGH")
            case _:
                return said("F", "ORDER_IS_CANCELED")

    def _reached(self, identity: str, move: str) -> None:
        if move != NOT_REACHED:
            self._play.reached.add(identity)
            self._scene.sent[identity] = self._scene.now

    # --- cancel

    def _cancel(self, identity: str, within: int) -> VerifiedResponse:
        scene = self._scene
        booked = scene.payments.get(identity)
        if booked is not None and not booked.ours:
            raise Violation(MOVED, f"a cancel of {identity} was sent, which is another customer's payment")
        own = ("asked to cancel", identity) not in scene.told
        if booked is None or booked.state == "FAIL":
            code = "ORDER_NOT_EXIST" if booked is None else "ORDER_STATUS_INVALID"
            move = self._choose("cancel", identity, [f"answers F {code}"], [*UNHEARD, REPEAT_FAILS, U_LATER])
            if move.startswith("answers"):
                return said("F", code)
            return said("F", "SYSTEM_ERROR") if move == REPEAT_FAILS else self._not_heard(move, "cancel", within)
        if booked.state == "CANCELLED":
            move = self._choose("cancel", identity, ["has cancelled it, and answers S"], [*UNHEARD, STOP])
        elif any(refund.state in ("SUCCESS", "PROCESSING") and refund.ours for refund in scene.refunds.values()):
            move = self._choose("cancel", identity, [STOP], UNHEARD)
        else:
            moves = [NO_ANSWER_ACTED, NO_ANSWER_LATER, NO_ANSWER, STOP, ASK, AGAIN, U_LATER, THROTTLED, NOT_REACHED]
            move = self._choose("cancel", identity, ["cancels, and answers S"], moves)
        if move in (NO_ANSWER_LATER, U_LATER):
            self._delay("cancel", identity)
        elif move in ("cancels, and answers S", NO_ANSWER_ACTED):
            self.give_back(identity, own=own)
        if move.endswith("answers S"):
            fields = {"paymentId": payment_id(identity), "paymentRequestId": identity}
            return said("S", "SUCCESS", cancelTime="2027-01-15T09:00:00+00:00", **fields)
        codes = {STOP: "PROCESS_FAIL", ASK: "ORDER_STATUS_INVALID", AGAIN: "MERCHANT_BALANCE_NOT_ENOUGH"}
        return said("F", codes[move]) if move in codes else self._not_heard(move, "cancel", within)

    def give_back(self, identity: str, *, own: bool) -> None:
        """Execute a cancel."""
        scene, booked = self._scene, self._scene.payments[identity]
        if booked.state not in ("SUCCESS", "PROCESSING"):
            return
        if own and ("S", identity) in scene.told:
            raise Violation(
                "given back unasked", f"{identity} was told as paid, and the deployment cancels it by itself"
            )
        scene.payments[identity] = replace(booked, state="CANCELLED")

    # --- refund

    def _refund(self, identity: str, paid: str, within: int) -> VerifiedResponse:
        scene = self._scene
        if paid.startswith("X-"):
            raise Violation(MOVED, f"a refund of {paid} was sent, which is another customer's payment")
        booked = scene.refunds.get(identity)
        if booked is not None and not booked.ours:
            move = self._choose("refund", identity, ["F REPEAT_REQ_INCONSISTENT"], [NOT_REACHED])
            if move == NOT_REACHED:
                raise self._unheard(move, "refund", within)
            self._play.must_record(identity)
            return said("F", "REPEAT_REQ_INCONSISTENT")
        fields = {"paymentId": paid, **refunded_fields(identity)}
        if booked is not None:
            move = self._choose("refund", identity, ["answers as it stands"], [*UNHEARD, REPEAT_FAILS])
            if move in UNHEARD:
                return self._not_heard(move, "refund", within)
            if move == REPEAT_FAILS:
                return said("F", "SYSTEM_ERROR")
            match booked.state:
                case "SUCCESS":
                    return said("S", "SUCCESS", **fields)
                case "PROCESSING":
                    return said("U", "REFUND_IN_PROCESS", **fields)
                case _:
                    return said("F", "MERCHANT_BALANCE_NOT_ENOUGH")
        original = scene.payments.get(paid.removeprefix("A-"))
        if original is None or original.state != "SUCCESS":
            return said("F", "ORDER_STATUS_INVALID")
        return self._first_refund(identity, fields, within)

    def _first_refund(self, identity: str, fields: dict[str, Any], within: int) -> VerifiedResponse:
        moves = [
            NO_ANSWER_ACTED,
            NO_ANSWER_LATER,
            F_FORGOTTEN,
            F_KEPT,
            IN_PROCESS,
            U_LATER,
            U_ACTED,
            THROTTLED,
            NOT_REACHED,
        ]
        move = self._choose("refund", identity, ["refunds, and answers S"], moves)
        match move:
            case "F, with a record":
                self._book("refund", identity, "FAIL")
                return said("F", "MERCHANT_BALANCE_NOT_ENOUGH")
            case "F, without a record":
                return said("F", "SYSTEM_ERROR")
            case "U, in process":
                self._book("refund", identity, "PROCESSING")
                return said("U", "REFUND_IN_PROCESS", **fields)
        if move in (NO_ANSWER_LATER, U_LATER):
            self._delay("refund", identity)
        elif move in ("refunds, and answers S", NO_ANSWER_ACTED, U_ACTED):
            self._book("refund", identity, "SUCCESS")
        if move == "refunds, and answers S":
            return said("S", "SUCCESS", **fields)
        return self._not_heard(move, "refund", within)

    # --- inquiries

    def _inquired(self, booked: Booked | None, identity: str, kind: str, within: int) -> VerifiedResponse:
        move = self._choose("inquiry", identity, [f"{booked.state if booked else 'ORDER_NOT_EXIST'}"], [NO_ANSWER])
        if move == NO_ANSWER:
            raise self._unheard(move, f"inquiry of a {kind}", within)
        if booked is None:
            return said("F", "ORDER_NOT_EXIST")
        if kind == "refund":
            return said("S", "SUCCESS", refundStatus=booked.state, **refunded_fields(identity, ours=booked.ours))
        code = {"FAIL": "USER_BALANCE_NOT_ENOUGH", "PROCESSING": "PAYMENT_IN_PROCESS"}.get(booked.state, "SUCCESS")
        told = {"paymentStatus": booked.state, "paymentResultCode": code, "paymentResultMessage": "as it stands"}
        return said("S", "SUCCESS", **told, **paid_fields(identity, ours=booked.ours))

    # --- what it does later

    def execute(self, late: Late) -> None:
        """Act on a request that came earlier."""
        scene = self._scene
        scene.late = tuple(one for one in scene.late if one != late)
        if late.kind == "cancel":
            if late.identity in scene.payments:
                self.give_back(late.identity, own=("asked to cancel", late.identity) not in scene.told)
        elif late.kind == "pay" and late.identity not in scene.payments:
            self._book("payment", late.identity, "SUCCESS")
        elif late.kind == "refund" and late.identity not in scene.refunds and scene.outstanding():
            self._book("refund", late.identity, "SUCCESS")

    def finish(self, kind: str, identity: str, state: str) -> None:
        """What was in process comes to its end."""
        self._book(kind, identity, state)

    def _book(self, kind: str, identity: str, state: str) -> None:
        scene = self._scene
        made = Booked(state, debited=state == "SUCCESS")
        (scene.payments if kind == "payment" else scene.refunds)[identity] = made
        letter = Letter(kind, identity, state)
        if state in ("SUCCESS", "FAIL") and letter not in scene.letters:
            scene.letters = (*scene.letters, letter)

    def _delay(self, kind: str, identity: str) -> None:
        late = Late(kind, identity, self._scene.now)
        if not any((one.kind, one.identity) == (kind, identity) for one in self._scene.late):
            self._scene.late = (*self._scene.late, late)


def _without(fields: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != name}
