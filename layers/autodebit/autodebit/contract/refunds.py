"""Money back: refund (/v1/payments/refund) and inquiryRefund (/v1/payments/inquiryRefund)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from autodebit.contract.model import RequestModel, ResponseModel, Unmet
from autodebit.contract.request_types import Amount, PaymentAmount, UserName
from autodebit.contract.response_types import AcquirerInfo, AnsweredCustomizedInfo, Quote, ResponseAmount, Result
from autodebit.contract.scalars import AnsweredText, Flag, Id32, Id64, Text, Text64, Text256, Text512, WebAddress1024


class CustomizedInfo(RequestModel):
    """Only the SDK names it."""

    customized_field1: Text | None = None
    customized_field2: Text | None = None
    customized_field3: Text | None = None
    customized_field4: Text | None = None
    customized_field5: Text | None = None


class RefundDetail(RequestModel):
    """Who pays how much of a marketplace's refund. Only the SDK names it, so nothing is required."""

    refund_amount: Amount | None = None
    refund_from: Text | None = None  # the SDK alone lists SELLER, MARKETPLACE and UNSETTLED_FUNDS


class RefundToBankInfo(RequestModel):
    """Only the SDK names it, so nothing is required."""

    bank_code: Text | None = None
    account_holder_name: UserName | None = None
    account_no: Text | None = None


class RefundRequest(RequestModel):
    """Gives back all or part of a payment; refundRequestId is the idempotency key.

    paymentRequestId is an extension of ours, for callers who never learned the paymentId: one of the two is required.
    Alipay does not know it: the paymentId is looked up, and paymentRequestId is never sent.
    "Special characters are not supported" in refundRequestId says inquiryRefund, without a list: none is refused here
    except control characters.
    """

    refund_request_id: Id64
    payment_id: Id64 | None = None
    payment_request_id: Id64 | None = None
    reference_refund_id: Id64 | None = None
    refund_amount: PaymentAmount
    refund_reason: Text256 | None = None
    refund_notify_url: WebAddress1024 | None = None
    capture_id: Id64 | None = None
    metadata: Text64 | None = None  # notifyRefund gives it 2048 characters
    # Only SDKs name what follows, without documented rules.
    is_async_refund: Flag | None = None
    extend_info: Text512 | None = None
    refund_request_time: Text | None = None
    customized_info: CustomizedInfo | None = None
    refund_to_bank_info: RefundToBankInfo | None = None
    refund_details: list[RefundDetail] | None = None
    refund_source_account_no: Text | None = None
    actual_refund_amount: Amount | None = None

    @classmethod
    def unmet_conditions(cls, wire: Mapping[str, object]) -> Iterator[Unmet]:
        if "paymentId" not in wire and "paymentRequestId" not in wire:
            yield ("paymentId",), "is required, or paymentRequestId"


class RefundResponse(ResponseModel):
    """Here result.resultStatus is the refund's own result: S given back, F failed, U not known yet.

    The ids and the amount come only with S. refund_time is when the refund became success, failure or unknown.
    """

    result: Result | None = None
    refund_request_id: AnsweredText | None = None
    refund_id: AnsweredText | None = None
    payment_id: AnsweredText | None = None
    refund_amount: ResponseAmount | None = None
    refund_time: AnsweredText | None = None
    gross_settlement_amount: ResponseAmount | None = None
    settlement_quote: Quote | None = None
    acquirer_reference_no: AnsweredText | None = None
    refund_non_guarantee_coupon_amount: ResponseAmount | None = None
    actual_refund_amount: ResponseAmount | None = None
    acquirer_info: AcquirerInfo | None = None


class InquiryRefundRequest(RequestModel):
    """Asks for a refund's state; with both ids Alipay goes by refundId. After a timeout only refundRequestId is known."""

    refund_request_id: Id64 | None = None
    refund_id: Id64 | None = None
    merchant_account_id: Id32 | None = None

    @classmethod
    def unmet_conditions(cls, wire: Mapping[str, object]) -> Iterator[Unmet]:
        if "refundRequestId" not in wire and "refundId" not in wire:
            yield ("refundRequestId",), "is required, or refundId"


class InquiryRefundResponse(ResponseModel):
    """Here result tells only whether the query worked; the refund's state, on Alipay's side, is refund_status."""

    result: Result | None = None
    refund_id: AnsweredText | None = None
    refund_request_id: AnsweredText | None = None
    refund_amount: ResponseAmount | None = None
    refund_status: AnsweredText | None = None
    refund_time: AnsweredText | None = None
    gross_settlement_amount: ResponseAmount | None = None
    settlement_quote: Quote | None = None
    metadata: AnsweredText | None = None
    arn: AnsweredText | None = None
    rrn: AnsweredText | None = None
    customized_info: AnsweredCustomizedInfo | None = None
    actual_refund_amount: ResponseAmount | None = None
    acquirer_info: AcquirerInfo | None = None
