"""Refunds: refund, inquiryRefund, and what happens to a refund while nobody asks."""

from __future__ import annotations

from dataclasses import replace
from threading import RLock
from typing import Any

from sandbox.alipay.answers import Answer, answer, first_answer, troubled
from sandbox.alipay.clock import Clock, compact_date
from sandbox.alipay.config import Config
from sandbox.alipay.elsewhere import EARLIER
from sandbox.alipay.ids import Ids
from sandbox.alipay.money import Money
from sandbox.alipay.notifications import NOTIFY_REFUND, Outbox
from sandbox.alipay.payments import Payments
from sandbox.alipay.records import CANCELLED, FAIL, PROCESSING, SUCCESS, Payment, Refund
from sandbox.alipay.scenarios import RefundCourse, RefundScenario, refund_scenario
from sandbox.alipay.wallets import WALLETS
from sandbox.alipay.wishes import Wishes

DAY = 86_400


class Refunds:
    """All refunds of the merchant. Calls are guarded by the simulator's lock, which timers take themselves."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        ids: Ids,
        payments: Payments,
        outbox: Outbox,
        wishes: Wishes,
        lock: RLock,
    ) -> None:
        self._config, self._clock, self._ids = config, clock, ids
        self._payments, self._outbox, self._wishes, self._lock = payments, outbox, wishes, lock
        self._by_request: dict[str, Refund] = {}
        self._by_id: dict[str, Refund] = {}

    def refund(self, body: dict[str, Any]) -> Answer:
        """Give back once per refundRequestId; a repeat gets the outcome of the first."""
        course = refund_scenario(self._wishes.spelled("refund", str(body["refundRequestId"])))
        return self._refunded(body, self._config.late_seconds if course.executed_late else 0.0, course)

    def refund_late(self, body: dict[str, Any], seconds: float) -> Answer:
        """Accept a refund (S), and carry it out *seconds* later; until then no inquiry tells of it."""
        return self._refunded(body, seconds, RefundScenario())

    def _refunded(self, body: dict[str, Any], late: float, course: RefundScenario) -> Answer:
        request_id = str(body["refundRequestId"])
        known = self._by_request.get(request_id)
        if known is None and course.taken:
            known = self.refund_elsewhere(request_id, _amount(body))
        if known is not None:
            return _outcome(known) if _same(known, body) else answer("REPEAT_REQ_INCONSISTENT")
        payment = self._payments.find(payment_id=body["paymentId"])
        if payment is None:
            return answer("ORDER_NOT_EXIST")
        placed = self._place(payment, body, late)
        if placed.hidden:
            told = replace(placed, refunded_at=placed.created).common()
            return troubled(answer("SUCCESS", paymentId=payment.payment_id, **told), course.trouble)
        return first_answer(_outcome(placed), self._wishes.spelled("refund", request_id))

    def refund_elsewhere(self, request_id: str, amount: Money) -> Refund:
        """Another system of this client gives *amount* back under *request_id*, of a payment that we do not know.

        Raises ValueError if the id has a refund.
        """
        if request_id in self._by_request:
            raise ValueError("this refundRequestId has a refund already")
        payment = self._payments.pay_elsewhere(f"{request_id}-PAYMENT", amount, "GCASH", told=False)
        body = {"refundRequestId": request_id, "refundAmount": amount.wire()}
        placed = self._place(payment, body, scenario=RefundScenario())
        placed.elsewhere, placed.refunded_at = True, placed.created - EARLIER
        return placed

    def inquire(self, body: dict[str, Any]) -> Answer:
        """Where a refund stands; refundId wins over refundRequestId."""
        refund = self.find(refund_id=body.get("refundId"), request_id=body.get("refundRequestId"))
        if refund is None or refund.hidden:
            return answer("ORDER_NOT_EXIST")
        return answer("SUCCESS", refundStatus=refund.status, metadata=refund.metadata, **refund.common())

    def find(self, refund_id: object = None, request_id: object = None) -> Refund | None:
        if refund_id is not None:
            return self._by_id.get(str(refund_id))
        return self._by_request.get(str(request_id))

    def settle(self, refund: Refund, *, succeeds: bool) -> None:
        """Bring a refund in process to its end and notify it; nothing happens to a final one."""
        if refund.status != PROCESSING:
            return
        self._finish(refund, None if succeeds else "PROCESS_FAIL")
        if refund.scenario.notified:
            body = {"notifyType": "REFUND_RESULT", "refundStatus": refund.status, **refund.common()}
            if refund.metadata is not None:
                body["metadata"] = refund.metadata
            self._outbox.put(NOTIFY_REFUND, refund.notify_url, body, refund.code)

    def describe(self) -> list[dict[str, Any]]:
        return [
            {
                **refund.common(),
                "paymentId": refund.payment.payment_id,
                "refundStatus": refund.status,
                "refundResultCode": refund.code,
                **({"elsewhere": True} if refund.elsewhere else {}),
                **({"executedLate": True} if refund.late else {}),
            }
            for refund in self._by_request.values()
        ]

    def _place(
        self, payment: Payment, body: dict[str, Any], late: float = 0.0, scenario: RefundScenario | None = None
    ) -> Refund:
        """Take in a new refund, start it on its way (*late* seconds later) or refuse it; a refusal uses up the id, too."""
        now, request_id = self._clock.now(), str(body["refundRequestId"])
        refund = Refund(
            request_id=request_id,
            refund_id=self._ids.refund_id(now),
            payment=payment,
            amount=_amount(body),
            notify_url=body.get("refundNotifyUrl"),
            metadata=body.get("metadata"),
            created=now,
            scenario=scenario or refund_scenario(self._wishes.spelled("refund", request_id)),
        )
        refusal = self._refusal(payment, refund.amount)
        payment.refunds.append(refund)
        self._by_request[request_id] = self._by_id[refund.refund_id] = refund
        if refusal is not None:
            self._finish(refund, refusal)
        elif late:
            refund.hidden = refund.late = True
            self._clock.at(now + late, lambda: self._settle_in_turn(refund, succeeds=True))
        else:
            self._start(refund)
        refund.refused = refund.status == FAIL
        return refund

    def _refusal(self, payment: Payment, amount: Money) -> str | None:
        now, wallet = self._clock.now(), WALLETS.get(payment.wallet)
        if payment.status == CANCELLED or payment.cancel_accepted_at is not None:
            return "ORDER_IS_CANCELED"
        if payment.status != SUCCESS or payment.paid_at is None or wallet is None:
            return "ORDER_STATUS_INVALID"
        if wallet.refund_days is None:
            return "PAYMENT_METHOD_NOT_SUPPORTED"
        if amount.currency != payment.amount.currency:
            return "CURRENCY_NOT_SUPPORT"
        if now > payment.paid_at + wallet.refund_days * DAY:
            return "REFUND_WINDOW_EXCEED"
        if amount.value + payment.given_back > payment.amount.value:
            return "REFUND_AMOUNT_EXCEED"
        if amount.value < payment.amount.value and not wallet.refunds_in_part:
            return "PARTIAL_REFUND_NOT_SUPPORTED"
        today = [
            one for one in payment.refunds if one.status != FAIL and compact_date(one.created) == compact_date(now)
        ]
        return "MULTIPLE_REFUNDS_NOT_SUPPORTED" if today and wallet.one_refund_a_day else None

    def _start(self, refund: Refund) -> None:
        match refund.scenario.course:
            case RefundCourse.DONE:
                self._finish(refund)
            case RefundCourse.DECLINED:
                self._finish(refund, "PROCESS_FAIL")
            case RefundCourse.LATER | RefundCourse.FAILED_LATE as course:
                due = refund.created + self._config.pending_seconds
                self._clock.at(due, lambda: self._settle_in_turn(refund, course is RefundCourse.LATER))
            case RefundCourse.STUCK:
                pass

    def _settle_in_turn(self, refund: Refund, succeeds: bool) -> None:
        with self._lock:
            refund.hidden = False
            self.settle(refund, succeeds=succeeds)

    def _finish(self, refund: Refund, failure: str | None = None) -> None:
        """The end of a refund: with the money back at the payer, or with the code of a *failure*."""
        if failure is None and not self._payments.give_back("refund", refund.request_id, refund.payment, refund.amount):
            failure = "MERCHANT_BALANCE_NOT_ENOUGH"
        if failure is None:
            refund.status, refund.code, refund.refunded_at = SUCCESS, "SUCCESS", self._clock.now()
        else:
            refund.status, refund.code = FAIL, failure


def _amount(body: dict[str, Any]) -> Money:
    return Money(str(body["refundAmount"]["currency"]), int(body["refundAmount"]["value"]))


def _same(refund: Refund, body: dict[str, Any]) -> bool:
    """Whether a repeat carries what Alipay compares: payment, amount and currency."""
    return _amount(body) == refund.amount and str(body["paymentId"]) == refund.payment.payment_id


def _outcome(refund: Refund) -> Answer:
    """The answer of refund; ids and amount come back with S only."""
    if refund.status != SUCCESS:
        return answer(refund.code)
    return answer("SUCCESS", paymentId=refund.payment.payment_id, **refund.common())
