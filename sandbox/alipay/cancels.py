"""Cancels: an unpaid payment is closed, a paid one goes back to the payer in full."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from threading import RLock
from typing import Any

from sandbox.alipay.answers import Answer, answer, troubled
from sandbox.alipay.clock import HANGZHOU, Clock, iso
from sandbox.alipay.config import Config
from sandbox.alipay.payments import Payments
from sandbox.alipay.records import CANCELLED, FAIL, SUCCESS, Payment
from sandbox.alipay.wallets import WALLETS


class Cancels:
    """Calls are guarded by the simulator's lock, which timers take themselves."""

    def __init__(self, config: Config, clock: Clock, payments: Payments, lock: RLock) -> None:
        self._config, self._clock, self._payments, self._lock = config, clock, payments, lock

    def cancel(self, body: dict[str, Any]) -> Answer:
        """End a payment once; a repeat is told of the first cancel. paymentId wins over paymentRequestId."""
        payment = self._payments.named(body)
        late = payment is not None and payment.scenario.late_cancel
        return self._cancelled(payment, self._config.late_seconds if late else 0.0)

    def cancel_late(self, body: dict[str, Any], seconds: float) -> Answer:
        """Accept a cancel, and carry it out *seconds* later; until then no inquiry tells of it."""
        return self._cancelled(self._payments.named(body), seconds)

    def _cancelled(self, payment: Payment | None, late: float) -> Answer:
        if payment is None:
            return answer("ORDER_NOT_EXIST")
        cancelled_at, trouble = payment.cancelled_at or payment.cancel_accepted_at, None
        if cancelled_at is None:
            refusal = self._refusal(payment)
            if refusal is not None:
                return answer(refusal)
            cancelled_at = self._accept(payment, late) if late else self._end(payment)
            trouble = payment.scenario.first_cancel
        told = answer(
            "SUCCESS",
            paymentId=payment.payment_id,
            paymentRequestId=payment.request_id,
            cancelTime=iso(cancelled_at),
        )
        return troubled(told, trouble)

    def tell_of_success(self, payment: Payment) -> None:
        """The wallet's success arrives too late: it is notified, and neither state nor money follow it."""
        if payment.status != CANCELLED:
            raise ValueError("only a cancelled payment can succeed too late")
        self._payments.notify(replace(payment, paid_at=self._clock.now()))

    def _refusal(self, payment: Payment) -> str | None:
        if payment.status == FAIL:
            return "ORDER_STATUS_INVALID"
        # An unpaid payment is long final when the period ends, so only a paid one has to be in time.
        if payment.status != SUCCESS:
            return None
        if WALLETS[payment.wallet].refund_days is None:
            return "PAYMENT_METHOD_NOT_SUPPORTED"
        if payment.given_back:
            return "PROCESS_FAIL"
        if self._clock.now() > deadline(payment.created):
            return "CANCEL_WINDOW_EXCEED"
        return None if self._payments.can_give_back(payment.amount) else "MERCHANT_BALANCE_NOT_ENOUGH"

    def _accept(self, payment: Payment, seconds: float) -> float:
        now = payment.cancel_accepted_at = self._clock.now()

        def end() -> None:
            with self._lock:
                if payment.status != FAIL:
                    self._end(payment)

        self._clock.at(now + seconds, end)
        return now

    def _end(self, payment: Payment) -> float:
        now = self._clock.now()
        if payment.status == SUCCESS:
            self._payments.give_back("cancel", payment.reference, payment, payment.amount)
        elif payment.scenario.late_success:
            self._clock.at(now + self._config.pending_seconds, lambda: self._tell_in_turn(payment))
        # An inquiry tells of a cancelled payment with the code SUCCESS, paid before or not.
        payment.status, payment.code = CANCELLED, "SUCCESS"
        payment.cancelled_at = payment.cancel_accepted_at or now
        return payment.cancelled_at

    def _tell_in_turn(self, payment: Payment) -> None:
        with self._lock:
            self.tell_of_success(payment)


def deadline(created: float) -> float:
    """Until when a paid payment can be cancelled: 00:15 UTC+8 of the day after it was *created*."""
    midnight = datetime.fromtimestamp(created, HANGZHOU).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + timedelta(days=1, minutes=15)).timestamp()
