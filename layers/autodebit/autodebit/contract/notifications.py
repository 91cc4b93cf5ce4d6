"""What Alipay tells us: notifyAuthorization, -Payment, -Refund, -RegistrationStatus and -Dispute, and the one fixed answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from autodebit.contract.model import RequestModel, ResponseModel
from autodebit.contract.request_types import AckResult
from autodebit.contract.response_types import (
    AcquirerInfo,
    AnsweredCustomizedInfo,
    AnsweredList,
    PaymentResultInfo,
    PromotionResult,
    PspCustomerInfo,
    PspRegistrationResult,
    Quote,
    RegistrationResult,
    ResponseAmount,
    Result,
)
from autodebit.contract.scalars import AnsweredFlag, AnsweredText


class NotifyAuthorizationRequest(ResponseModel):
    """AUTHCODE_CREATED brings auth_code and auth_state; TOKEN_CANCELED ends access_token."""

    authorization_notify_type: AnsweredText | None = None
    auth_client_id: AnsweredText | None = None
    access_token: AnsweredText | None = None
    auth_state: AnsweredText | None = None
    auth_code: AnsweredText | None = None
    reason: AnsweredText | None = None
    result: Result | None = None
    user_login_id: AnsweredText | None = None
    user_id: AnsweredText | None = None
    pass_through_info: AnsweredText | None = None


class NotifyPaymentRequest(ResponseModel):
    """A payment's result. With notify_type PAYMENT_PENDING an S means no more than in process.

    payment_time may be present although the payment failed.
    """

    other_spellings: ClassVar[Mapping[str, str]] = {"promotionResults": "promotionResult"}  # as the SDKs read inquiries

    notify_type: AnsweredText | None = None
    result: Result | None = None
    payment_request_id: AnsweredText | None = None
    payment_id: AnsweredText | None = None
    payment_amount: ResponseAmount | None = None
    payment_create_time: AnsweredText | None = None
    payment_time: AnsweredText | None = None
    psp_customer_info: PspCustomerInfo | None = None
    customs_declaration_amount: ResponseAmount | None = None
    gross_settlement_amount: ResponseAmount | None = None
    settlement_quote: Quote | None = None
    acquirer_reference_no: AnsweredText | None = None
    payment_result_info: PaymentResultInfo | None = None
    promotion_result: AnsweredList[PromotionResult] | None = None


class NotifyRefundRequest(ResponseModel):
    """A refund's final result; unlike in an inquiry, result speaks of the refund itself."""

    notify_type: AnsweredText | None = None
    result: Result | None = None
    refund_status: AnsweredText | None = None
    refund_request_id: AnsweredText | None = None
    refund_id: AnsweredText | None = None
    refund_amount: ResponseAmount | None = None
    refund_time: AnsweredText | None = None
    gross_settlement_amount: ResponseAmount | None = None
    settlement_quote: Quote | None = None
    arn: AnsweredText | None = None
    metadata: AnsweredText | None = None
    customized_info: AnsweredCustomizedInfo | None = None
    actual_refund_amount: ResponseAmount | None = None


class NotifyRegistrationStatusRequest(ResponseModel):
    """How a registration stands, in all and per wallet. It has no notifyType: its URL tells what it is."""

    reference_merchant_id: AnsweredText | None = None
    registration_request_id: AnsweredText | None = None
    reference_store_id: AnsweredText | None = None
    registration_result: RegistrationResult | None = None
    psp_registration_result_list: AnsweredList[PspRegistrationResult] | None = None


class NotifyDisputeRequest(ResponseModel):
    """A dispute of a payment: dispute_notification_type says what has become of it. It has neither result nor notifyType."""

    payment_request_id: AnsweredText | None = None
    dispute_id: AnsweredText | None = None
    payment_id: AnsweredText | None = None
    dispute_time: AnsweredText | None = None
    dispute_amount: ResponseAmount | None = None
    dispute_notification_type: AnsweredText | None = None
    dispute_reason_msg: AnsweredText | None = None
    dispute_reason_code: AnsweredText | None = None
    dispute_judged_time: AnsweredText | None = None
    dispute_judged_amount: ResponseAmount | None = None
    dispute_judged_result: AnsweredText | None = None
    defense_due_time: AnsweredText | None = None
    dispute_source: AnsweredText | None = None
    arn: AnsweredText | None = None
    dispute_accept_reason: AnsweredText | None = None
    dispute_accept_time: AnsweredText | None = None
    dispute_type: AnsweredText | None = None
    defendable: AnsweredFlag | None = None
    capture_id: AnsweredText | None = None
    auto_defend_reason: AnsweredText | None = None
    acquirer_info: AcquirerInfo | None = None


class Acknowledgement(RequestModel):
    """Our answer once a notification is stored; without it Alipay sends the notification again for a day."""

    result: AckResult

    @classmethod
    def success(cls) -> Self:
        """The only documented acknowledgement."""
        result = {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"}
        return cls.model_validate({"result": result})


class NotifyAuthorizationResponse(Acknowledgement):
    """Acknowledges notifyAuthorization."""


class NotifyPaymentResponse(Acknowledgement):
    """Acknowledges notifyPayment."""


class NotifyRefundResponse(Acknowledgement):
    """Acknowledges notifyRefund."""


class NotifyRegistrationStatusResponse(Acknowledgement):
    """Acknowledges notifyRegistrationStatus."""


class NotifyDisputeResponse(Acknowledgement):
    """Acknowledges notifyDispute."""
