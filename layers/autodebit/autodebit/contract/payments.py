"""Debits: pay, inquiryPayment and cancel (/v1/payments/pay, /inquiryPayment, /cancel)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

from autodebit.contract.model import RequestModel, ResponseModel, Unmet, at
from autodebit.contract.request_types import (
    AgreementInfo,
    CreditPayPlan,
    Order,
    PaymentAmount,
    PaymentMethod,
    SettlementStrategy,
)
from autodebit.contract.response_types import (
    AnsweredList,
    PaymentResultInfo,
    PromotionResult,
    PspCustomerInfo,
    Quote,
    RedirectActionForm,
    ResponseAmount,
    Result,
    TrackedRequest,
)
from autodebit.contract.scalars import (
    AnsweredText,
    Id32,
    Id64,
    Json,
    Moment,
    Region,
    WebAddress2048,
    WebOrAppAddress2048,
)


class PayRequest(RequestModel):
    """Debits a wallet whose owner has agreed; paymentRequestId is the idempotency key."""

    product_code: Literal["AGREEMENT_PAYMENT"]
    payment_request_id: Id64
    order: Order
    payment_amount: PaymentAmount
    payment_method: PaymentMethod
    payment_expiry_time: Moment | None = None
    settlement_strategy: SettlementStrategy | None = None  # required in the 2024 reference, not in newer excerpts
    credit_pay_plan: CreditPayPlan | None = None
    app_id: Id32 | None = None
    payment_notify_url: WebAddress2048 | None = None
    merchant_account_id: Id32 | None = None
    user_region: Region | None = None
    agreement_info: AgreementInfo | None = None
    recurring_type: Json | None = None  # announced in January 2026 without type or values: sent as it came
    payment_redirect_url: WebOrAppAddress2048 | None = None

    @classmethod
    def unmet_conditions(cls, wire: Mapping[str, object]) -> Iterator[Unmet]:
        if at(wire, "order", "env", "terminalType") == "MINI_APP" and "appId" not in wire:
            yield ("appId",), "is required when order.env.terminalType is MINI_APP"


class PayResponse(ResponseModel):
    """Here result.resultStatus is the payment's own result: S paid, F failed, U not known yet."""

    result: Result | None = None
    payment_request_id: AnsweredText | None = None
    payment_id: AnsweredText | None = None
    payment_amount: ResponseAmount | None = None
    payment_time: AnsweredText | None = None
    payment_create_time: AnsweredText | None = None
    psp_customer_info: PspCustomerInfo | None = None
    gross_settlement_amount: ResponseAmount | None = None
    settlement_quote: Quote | None = None
    normal_url: AnsweredText | None = None
    scheme_url: AnsweredText | None = None
    applink_url: AnsweredText | None = None


class InquiryPaymentRequest(RequestModel):
    """Asks for a payment's state; with both ids Alipay goes by paymentId."""

    payment_request_id: Id64 | None = None
    payment_id: Id64 | None = None
    merchant_account_id: Id32 | None = None

    @classmethod
    def unmet_conditions(cls, wire: Mapping[str, object]) -> Iterator[Unmet]:
        if "paymentRequestId" not in wire and "paymentId" not in wire:
            yield ("paymentRequestId",), "is required, or paymentId"


class InquiryPaymentResponse(ResponseModel):
    """Here result tells only whether the query worked; the payment's state is payment_status.

    payment_time may be present although nothing was paid. A refunded payment keeps SUCCESS: see transactions.
    """

    other_spellings: ClassVar[Mapping[str, str]] = {"promotionResults": "promotionResult"}  # Java and Python SDKs

    result: Result | None = None
    payment_status: AnsweredText | None = None
    payment_result_code: AnsweredText | None = None
    payment_result_message: AnsweredText | None = None
    payment_request_id: AnsweredText | None = None
    payment_id: AnsweredText | None = None
    payment_amount: ResponseAmount | None = None
    payment_create_time: AnsweredText | None = None
    payment_time: AnsweredText | None = None
    psp_customer_info: PspCustomerInfo | None = None
    redirect_action_form: RedirectActionForm | None = None
    acquirer_reference_no: AnsweredText | None = None
    transactions: AnsweredList[TrackedRequest] | None = None
    customs_declaration_amount: ResponseAmount | None = None
    gross_settlement_amount: ResponseAmount | None = None
    settlement_quote: Quote | None = None
    payment_result_info: PaymentResultInfo | None = None
    promotion_result: AnsweredList[PromotionResult] | None = None


class CancelRequest(RequestModel):
    """Closes a payment, or gives all of it back; with both ids Alipay goes by paymentId.

    The original payment is the idempotency key: repeat with the same parameters after U or no answer.
    """

    payment_id: Id64 | None = None
    payment_request_id: Id64 | None = None
    merchant_account_id: Id32 | None = None

    @classmethod
    def unmet_conditions(cls, wire: Mapping[str, object]) -> Iterator[Unmet]:
        if "paymentRequestId" not in wire and "paymentId" not in wire:
            yield ("paymentRequestId",), "is required, or paymentId"


class CancelResponse(ResponseModel):
    """S: cancelled, and the whole amount goes back if it was paid. F: not cancelled."""

    result: Result | None = None
    payment_id: AnsweredText | None = None
    payment_request_id: AnsweredText | None = None
    cancel_time: AnsweredText | None = None
