"""What the simulator knows of a payment and of its refunds, and how both look on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.alipay import codes, money
from sandbox.alipay.agreements import User
from sandbox.alipay.clock import iso
from sandbox.alipay.money import Money
from sandbox.alipay.scenarios import RefundScenario, Scenario

PROCESSING, SUCCESS, FAIL, CANCELLED = "PROCESSING", "SUCCESS", "FAIL", "CANCELLED"


@dataclass
class Payment:
    """One payment; *code* is why it stands where it stands, *closed* that it was not paid before its
    expiry, *refunds* every refund that named it, refused ones too.
    """

    request_id: str
    payment_id: str
    amount: Money
    wallet: str
    token: str
    settlement_currency: str | None
    notify_url: str | None
    created: float
    expiry: float
    scenario: Scenario
    merchant_id: str | None = None
    account: str | None = None
    """The merchantAccountId that pay named; None for the client's default account."""
    elsewhere: bool = False
    """Made by another system of the same client id: its customer, token and merchant are not ours."""
    user: User | None = None
    status: str = PROCESSING
    code: str = "PAYMENT_IN_PROCESS"
    paid_at: float | None = None
    cancelled_at: float | None = None
    cancel_accepted_at: float | None = None
    """When a cancel was accepted that takes effect later; inquiries do not tell of it."""
    closed: bool = False
    refunds: list[Refund] = field(default_factory=list)

    @property
    def reference(self) -> str:
        """Its name in the ledger: the paymentRequestId, marked if it is another system's."""
        return f"{self.request_id}@elsewhere" if self.elsewhere else self.request_id

    @property
    def payer(self) -> str:
        """The payer's account in the ledger."""
        if self.user is None:
            raise ValueError("a payment without a payer cannot be settled")
        return self.user.ledger_account

    @property
    def given_back(self) -> int:
        """What refunds have returned, or will return if they succeed."""
        return sum(refund.amount.value for refund in self.refunds if refund.status != FAIL)

    @property
    def customs_amount(self) -> Money | None:
        """What may be declared to customs, in CNY; None unless it is a paid AlipayCN payment."""
        if self.paid_at is None or self.wallet != "ALIPAY_CN":
            return None
        return self.amount if self.amount.currency == "CNY" else money.convert(self.amount, "CNY")

    def common(self) -> dict[str, Any]:
        """The fields that answers, inquiries and notifications share."""
        fields: dict[str, Any] = {
            "paymentRequestId": self.request_id,
            "paymentId": self.payment_id,
            "paymentAmount": self.amount.wire(),
            "paymentCreateTime": iso(self.created),
        }
        if self.paid_at is not None:
            fields |= {"paymentTime": iso(self.paid_at)} | money.settlement(self.amount, self.settlement_currency)
        if self.user is not None:
            fields["pspCustomerInfo"] = {
                "pspName": self.wallet,
                "pspCustomerId": self.user.user_id,
                "displayCustomerId": self.user.login_id,
            }
        return fields

    def customs(self) -> dict[str, Any]:
        amount = self.customs_amount
        return {} if amount is None else {"customsDeclarationAmount": amount.wire()}

    def transactions(self) -> list[dict[str, Any]] | None:
        """The refunds as an inquiry of the payment tells them; None while there are none."""
        return [refund.transaction() for refund in self.refunds if not refund.refused and not refund.hidden] or None


@dataclass
class Refund:
    """One refund; *code* is why it stands where it stands, *refused* that it failed at its first call."""

    request_id: str
    refund_id: str
    payment: Payment = field(repr=False, compare=False)
    amount: Money
    notify_url: str | None
    metadata: str | None
    created: float
    scenario: RefundScenario
    status: str = PROCESSING
    code: str = "REFUND_IN_PROCESS"
    refunded_at: float | None = None
    refused: bool = False
    hidden: bool = False
    """Accepted, to be executed later (*late*): until then no inquiry tells of it."""
    late: bool = False
    elsewhere: bool = False
    """Made by another system of the same client id, as its payment was."""

    def common(self) -> dict[str, Any]:
        """The fields that answers, inquiries and notifications share."""
        fields: dict[str, Any] = {
            "refundRequestId": self.request_id,
            "refundId": self.refund_id,
            "refundAmount": self.amount.wire(),
        }
        if self.refunded_at is not None:
            fields |= {"refundTime": iso(self.refunded_at)}
            fields |= money.settlement(self.amount, self.payment.settlement_currency)
        return fields

    def transaction(self) -> dict[str, Any]:
        """An element of ``transactions``; its table of codes has PAYMENT_IN_PROCESS and no REFUND_IN_PROCESS."""
        code = {PROCESSING: "PAYMENT_IN_PROCESS", SUCCESS: "SUCCESS"}.get(self.status, "PROCESS_FAIL")
        return {
            "transactionResult": codes.result(code),
            "transactionId": self.refund_id,
            "transactionType": "REFUND",
            "transactionStatus": self.status,
            "transactionAmount": self.amount.wire(),
            "transactionRequestId": self.request_id,
            "transactionTime": iso(self.created if self.refunded_at is None else self.refunded_at),
        }
