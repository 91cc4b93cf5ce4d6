"""Payments: pay, inquiryPayment, and what happens to a payment while nobody asks."""

from __future__ import annotations

from threading import RLock
from typing import Any

from sandbox.alipay import codes, judge, money
from sandbox.alipay.agreements import Authorization
from sandbox.alipay.answers import Answer, answer, first_answer, troubled
from sandbox.alipay.authorizations import Authorizations
from sandbox.alipay.clock import Clock, parse_iso
from sandbox.alipay.config import Config
from sandbox.alipay.elsewhere import EARLIER, account_beside, payment_elsewhere
from sandbox.alipay.ids import Ids
from sandbox.alipay.ledger import InsufficientFunds, Ledger
from sandbox.alipay.money import Money
from sandbox.alipay.notifications import NOTIFY_PAYMENT, Outbox
from sandbox.alipay.records import CANCELLED, FAIL, PROCESSING, SUCCESS, Payment
from sandbox.alipay.registrations import Registrations
from sandbox.alipay.scenarios import Course, scenario
from sandbox.alipay.wallets import WALLETS
from sandbox.alipay.wishes import Wishes


class Payments:
    """All payments of the merchant. Calls are guarded by the simulator's lock, which timers take
    themselves.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        ids: Ids,
        ledger: Ledger,
        authorizations: Authorizations,
        registrations: Registrations,
        outbox: Outbox,
        wishes: Wishes,
        lock: RLock,
    ) -> None:
        self._config, self._clock, self._ids, self._ledger = config, clock, ids, ledger
        self._authorizations, self._outbox, self._lock = authorizations, outbox, lock
        self._merchant = f"merchant:{config.client_id}"
        self._registrations, self._wishes = registrations, wishes
        self._by_request: dict[str, Payment] = {}
        self._by_id: dict[str, Payment] = {}
        self._beside: dict[str, Payment] = {}
        """What another merchant account has under a paymentRequestId that ours uses, too."""

    def pay(self, body: dict[str, Any]) -> Answer:
        """Debit once per paymentRequestId; a repeat gets the outcome of the first."""
        request_id = str(body["paymentRequestId"])
        known = self._by_request.get(request_id) or self._taken(request_id, body)
        first = known is None
        if known is None:
            known = self._accept(request_id, body)
            if known is None:
                return answer("SETTLE_CONTRACT_NOT_MATCH")
        elif not _same(known, body):
            return answer("REPEAT_REQ_INCONSISTENT")
        given = troubled(self._outcome(known), known.scenario.pay)
        return first_answer(given, self._wishes.spelled("pay", request_id)) if first else given

    def inquire(self, body: dict[str, Any]) -> Answer:
        """Where a payment stands; paymentId wins over paymentRequestId."""
        payment = self.named(body)
        if payment is None:
            return answer("ORDER_NOT_EXIST")
        # An unpaid, closed payment is FAIL with PROCESS_FAIL here, although pay and the
        # notification say ORDER_IS_CLOSED.
        code = "PROCESS_FAIL" if payment.closed else payment.code
        found = answer(
            "SUCCESS",
            paymentStatus=payment.status,
            paymentResultCode=code,
            paymentResultMessage=codes.message(code),
            **payment.common(),
            **payment.customs(),
        )
        found.body["transactions"] = payment.transactions()
        return troubled(found, payment.scenario.inquiry)

    def find(self, payment_id: object = None, request_id: object = None) -> Payment | None:
        if payment_id is not None:
            return self._by_id.get(str(payment_id))
        return self._by_request.get(str(request_id))

    def named(self, body: dict[str, Any]) -> Payment | None:
        """The payment that an inquiry or a cancel names; a merchantAccountId other than the payment's names none.

        Where two accounts used one paymentRequestId, no merchantAccountId means the default account.
        """
        account = body.get("merchantAccountId")
        payment = self.find(payment_id=body.get("paymentId"), request_id=body.get("paymentRequestId"))
        if body.get("paymentId") is None and payment is not None and payment.account != account:
            payment = self._beside.get(payment.request_id, payment)
        return payment if payment is None or account in (None, payment.account) else None

    def pay_elsewhere(
        self,
        request_id: str,
        amount: Money,
        wallet: str,
        *,
        account: str | None = None,
        beside: bool = False,
        told: bool = True,
    ) -> Payment:
        """Another system of this client pays under *request_id*; *beside*: in an account of its own, so the id stays free.

        With *told* it is paid now, and its success is notified at once; else it was paid hours ago.
        Raises ValueError if the id has a payment, or the customer too little money.
        """
        taken = self._beside if beside else self._by_request
        if request_id in taken:
            raise ValueError("this paymentRequestId has a payment already")
        age = 0.0 if told else EARLIER
        payment = payment_elsewhere(request_id, amount, wallet, self._clock, self._ids, account=account, age=age)
        taken[request_id] = self._by_id[payment.payment_id] = payment
        self._take_money(payment, told=told)
        payment.paid_at = payment.created
        if payment.status != SUCCESS:
            raise ValueError("the other customer has too little money")
        return payment

    def settle(self, payment: Payment, course: Course) -> None:
        """Bring a payment in process to the end that *course* names; nothing happens to a final one."""
        if payment.status != PROCESSING:
            return
        if course is Course.PAID:
            self._take_money(payment)
        elif course is Course.DECLINED:
            self._fail(payment, "USER_BALANCE_NOT_ENOUGH")
        else:
            payment.closed = True
            self._fail(payment, "ORDER_IS_CLOSED")

    def give_back(self, kind: str, reference: str, payment: Payment, amount: Money) -> bool:
        """Book *amount* from the merchant to the payer; False when the merchant holds too little and may not
        owe.
        """
        if not self.can_give_back(amount):
            return False
        self._ledger.move(kind, reference, self._merchant, payment.payer, amount, self._clock.now())
        return True

    def can_give_back(self, amount: Money) -> bool:
        held = self._ledger.balance(self._merchant, amount.currency)
        return self._config.merchant_may_owe or held >= amount.value

    def notify(self, payment: Payment) -> None:
        """Tell the merchant how *payment* stands."""
        body = {
            "notifyType": "PAYMENT_RESULT",
            **payment.common(),
            **payment.customs(),
            # As true notifications have them.
            "actualPaymentAmount": payment.amount.wire(),
            "paymentResultInfo": {},
        }
        self._outbox.put(NOTIFY_PAYMENT, payment.notify_url, body, payment.code)

    def debits(self) -> dict[str, dict[str, Any]]:
        """What the ledger says of every payment, by paymentRequestId."""
        return judge.verdict(self._ledger.entries, self._by_id.values())

    def describe(self) -> list[dict[str, Any]]:
        return [
            {
                **payment.common(),
                "paymentStatus": payment.status,
                "paymentResultCode": payment.code,
                **({"merchantAccountId": payment.account} if payment.account else {}),
                **({"referenceMerchantId": payment.merchant_id} if payment.merchant_id else {}),
                **({"elsewhere": True} if payment.elsewhere else {}),
                **({"cancelExecutedLate": True} if payment.cancel_accepted_at else {}),
            }
            for payment in self._by_id.values()
        ]

    def _taken(self, request_id: str, body: dict[str, Any]) -> Payment | None:
        """The payment that another system has under a new id, if its scenario says that there is one."""
        course = scenario(self._wishes.spelled("pay", request_id), 0)
        if course.taken or course.two_merchants:
            amount = Money(str(body["paymentAmount"]["currency"]), int(body["paymentAmount"]["value"]))
            wallet = str(body["paymentMethod"]["paymentMethodType"])
            if course.taken:
                account = body.get("merchantAccountId")
                taken = self.pay_elsewhere(request_id, amount, wallet, account=account, told=False)
                # A resend of its notification: Alipay goes on for a day where nobody has acknowledged.
                self._clock.at(self._clock.now() + self._config.late_seconds, lambda: self._notify_in_turn(taken))
                return taken
            self.pay_elsewhere(request_id, amount, wallet, account=account_beside(body), beside=True, told=False)
        return None

    def _accept(self, request_id: str, body: dict[str, Any]) -> Payment | None:
        """Take in a new payment and start it on its way; None when no settlement contract fits."""
        settlement = (body.get("settlementStrategy") or {}).get("settlementCurrency")
        if settlement is not None and not money.supported(str(settlement)):
            return None
        now = self._clock.now()
        amount = Money(str(body["paymentAmount"]["currency"]), int(body["paymentAmount"]["value"]))
        # paymentExpiryTime may shorten the minute; a later one is cut to it.
        latest = now + self._config.payment_expiry_seconds
        wanted = parse_iso(str(body["paymentExpiryTime"])) if body.get("paymentExpiryTime") else None
        payment = Payment(
            request_id=request_id,
            payment_id=self._ids.payment_id(now),
            amount=amount,
            wallet=str(body["paymentMethod"]["paymentMethodType"]),
            token=str(body["paymentMethod"]["paymentMethodId"]),
            settlement_currency=settlement,
            notify_url=body.get("paymentNotifyUrl"),
            created=now,
            expiry=latest if wanted is None else min(latest, wanted),
            scenario=scenario(self._wishes.spelled("pay", request_id), amount.value),
            merchant_id=(body["order"].get("merchant") or {}).get("referenceMerchantId"),
            account=body.get("merchantAccountId"),
        )
        self._by_request[request_id] = self._by_id[payment.payment_id] = payment
        refusal = self._refusal(payment)
        if refusal is not None:
            payment.closed = refusal == "ORDER_IS_CLOSED"
            self._fail(payment, refusal)
        else:
            self._start(payment)
        return payment

    def _refusal(self, payment: Payment) -> str | None:
        if self._registrations.refuses(payment.merchant_id):
            return "MERCHANT_NOT_REGISTERED"
        if payment.wallet not in WALLETS:
            return "NO_PAY_OPTIONS"
        if not money.supported(payment.amount.currency):
            return "CURRENCY_NOT_SUPPORT"
        payer: Authorization | None = self._authorizations.payer(payment.token, payment.wallet)
        if payer is None:
            return "INVALID_ACCESS_TOKEN"
        if "AGREEMENT_PAY" not in payer.scopes:
            return "ACCESS_DENIED"
        payment.user = payer.user
        return "ORDER_IS_CLOSED" if payment.expiry <= payment.created else None

    def _start(self, payment: Payment) -> None:
        match payment.scenario.course:
            case Course.PAID | Course.DECLINED as course:
                self.settle(payment, course)
            case Course.PENDING:
                self._later(payment, payment.created + self._config.pending_seconds, Course.PAID)
                self._later(payment, payment.expiry, Course.UNPAID)
            case Course.UNPAID:
                self._later(payment, payment.expiry, Course.UNPAID)
            case Course.STUCK:
                pass

    def _later(self, payment: Payment, due: float, course: Course) -> None:
        def settle() -> None:
            with self._lock:
                self.settle(payment, course)

        self._clock.at(due, settle)

    def _take_money(self, payment: Payment, *, told: bool = True) -> None:
        now = self._clock.now()
        try:
            self._ledger.move("payment", payment.reference, payment.payer, self._merchant, payment.amount, now)
        except InsufficientFunds:
            self._fail(payment, "USER_BALANCE_NOT_ENOUGH")
            return
        payment.status, payment.code, payment.paid_at = SUCCESS, "SUCCESS", now
        if not payment.elsewhere:
            self._authorizations.paid_with(payment.token)
        if told:
            self.notify(payment)

    def _fail(self, payment: Payment, code: str) -> None:
        """Failures are notified at the expiry, and by some wallets never."""
        payment.status, payment.code = FAIL, code
        if payment.wallet not in self._config.silent_failure_wallets:
            self._clock.at(max(payment.expiry, self._clock.now()), lambda: self._notify_in_turn(payment))

    def _notify_in_turn(self, payment: Payment) -> None:
        with self._lock:
            self.notify(payment)

    def _outcome(self, payment: Payment) -> Answer:
        if payment.status == CANCELLED:
            return answer("ORDER_IS_CANCELED")
        if payment.status == FAIL:
            return answer(payment.code)
        return answer(payment.code, **payment.common())


def _same(payment: Payment, body: dict[str, Any]) -> bool:
    """Whether a repeat carries what Alipay compares: paymentAmount and paymentMethodId."""
    amount = Money(str(body["paymentAmount"]["currency"]), int(body["paymentAmount"]["value"]))
    return amount == payment.amount and str(body["paymentMethod"]["paymentMethodId"]) == payment.token
