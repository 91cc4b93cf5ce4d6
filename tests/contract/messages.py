"""Every message of the contract and the model that reads or judges it."""

from __future__ import annotations

from typing import NamedTuple

from autodebit import contract
from autodebit.contract import RequestModel, ResponseModel


class Message(NamedTuple):
    operation: str
    """Alipay's name, such as inquiryPayment."""
    file: str
    """The contract's document, without .json."""
    part: str
    """request or response"""
    model: type[RequestModel] | type[ResponseModel]


MESSAGES = [
    Message("consult", "consult", "request", contract.ConsultRequest),
    Message("consult", "consult", "response", contract.ConsultResponse),
    Message("applyToken", "apply_token", "request", contract.ApplyTokenRequest),
    Message("applyToken", "apply_token", "response", contract.ApplyTokenResponse),
    Message("revoke", "revoke", "request", contract.RevokeRequest),
    Message("revoke", "revoke", "response", contract.RevokeResponse),
    Message("pay", "pay", "request", contract.PayRequest),
    Message("pay", "pay", "response", contract.PayResponse),
    Message("inquiryPayment", "inquiry_payment", "request", contract.InquiryPaymentRequest),
    Message("inquiryPayment", "inquiry_payment", "response", contract.InquiryPaymentResponse),
    Message("cancel", "cancel", "request", contract.CancelRequest),
    Message("cancel", "cancel", "response", contract.CancelResponse),
    Message("refund", "refund", "request", contract.RefundRequest),
    Message("refund", "refund", "response", contract.RefundResponse),
    Message("inquiryRefund", "inquiry_refund", "request", contract.InquiryRefundRequest),
    Message("inquiryRefund", "inquiry_refund", "response", contract.InquiryRefundResponse),
    Message("declare", "declare", "request", contract.DeclareRequest),
    Message("declare", "declare", "response", contract.DeclareResponse),
    Message(
        "inquiryDeclarationRequests",
        "inquiry_declaration_requests",
        "request",
        contract.InquiryDeclarationRequestsRequest,
    ),
    Message(
        "inquiryDeclarationRequests",
        "inquiry_declaration_requests",
        "response",
        contract.InquiryDeclarationRequestsResponse,
    ),
    Message("initAuthentication", "init_authentication", "request", contract.InitAuthenticationRequest),
    Message("initAuthentication", "init_authentication", "response", contract.InitAuthenticationResponse),
    Message("verifyAuthentication", "verify_authentication", "request", contract.VerifyAuthenticationRequest),
    Message("verifyAuthentication", "verify_authentication", "response", contract.VerifyAuthenticationResponse),
    Message("registration", "registration", "request", contract.RegistrationRequest),
    Message("registration", "registration", "response", contract.RegistrationResponse),
    Message(
        "inquiryRegistrationStatus",
        "inquiry_registration_status",
        "request",
        contract.InquiryRegistrationStatusRequest,
    ),
    Message(
        "inquiryRegistrationStatus",
        "inquiry_registration_status",
        "response",
        contract.InquiryRegistrationStatusResponse,
    ),
    Message("inquiryRegistrationInfo", "inquiry_registration_info", "request", contract.InquiryRegistrationInfoRequest),
    Message(
        "inquiryRegistrationInfo", "inquiry_registration_info", "response", contract.InquiryRegistrationInfoResponse
    ),
    Message("notifyAuthorization", "notify_authorization", "request", contract.NotifyAuthorizationRequest),
    Message("notifyAuthorization", "notify_authorization", "response", contract.NotifyAuthorizationResponse),
    Message("notifyPayment", "notify_payment", "request", contract.NotifyPaymentRequest),
    Message("notifyPayment", "notify_payment", "response", contract.NotifyPaymentResponse),
    Message("notifyRefund", "notify_refund", "request", contract.NotifyRefundRequest),
    Message("notifyRefund", "notify_refund", "response", contract.NotifyRefundResponse),
    Message("notifyDispute", "notify_dispute", "request", contract.NotifyDisputeRequest),
    Message("notifyDispute", "notify_dispute", "response", contract.NotifyDisputeResponse),
    Message(
        "notifyRegistrationStatus", "notify_registration_status", "request", contract.NotifyRegistrationStatusRequest
    ),
    Message(
        "notifyRegistrationStatus", "notify_registration_status", "response", contract.NotifyRegistrationStatusResponse
    ),
]
