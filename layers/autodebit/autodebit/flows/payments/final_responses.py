"""Answers of an operation's shape, built from what is stored, for repeats of what is final."""

import json
from typing import Any

from autodebit.domain.payment import Payment
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.refund import Refund
from autodebit.domain.refund_states import RefundState
from autodebit.domain.tracked_request import Source
from autodebit.gateway.json_body import with_whole_characters
from autodebit.responses import Response, built, passthrough, result

_SETTLEMENT = ("grossSettlementAmount", "settlementQuote", "acquirerInfo")
_OF_PAYMENTS = (
    *_SETTLEMENT,
    "pspCustomerInfo",
    "actualPaymentAmount",
    "processingAmount",
    "paymentQuote",
    "paymentResultInfo",
    "promotionResult",
)
"""What the documents and the SDKs' classes have in the answers to pay and inquiryPayment alike, with the same meaning."""
_OF_PAYMENT_INQUIRIES = (
    *_OF_PAYMENTS,
    "promotionResults",  # as the SDKs call promotionResult in inquiries
    "customsDeclarationAmount",
    "acquirerReferenceNo",
    "nonGuaranteeCouponAmount",
    "merchantAccountId",
    "paymentMethodType",
    "earliestSettlementTime",
    "customizedInfo",
    "metadata",
)
_OF_REFUNDS = (*_SETTLEMENT, "actualRefundAmount")
_OF_REFUND_ANSWERS = (*_OF_REFUNDS, "acquirerReferenceNo", "refundNonGuaranteeCouponAmount")
_OF_REFUND_INQUIRIES = (*_OF_REFUNDS, "arn", "rrn", "metadata", "customizedInfo", "splitDetails")
_STATUS = {PaymentState.SUCCESS: "SUCCESS", PaymentState.FAIL: "FAIL", PaymentState.CANCELLED: "CANCELLED"}


def pay_answer(payment: Payment) -> Response:
    """What pay answers for a final payment: Alipay's own answer, or one built from the word that settled it."""
    if payment.settled_by == Source.PAY and payment.answer:
        return passthrough(payment.answer)
    return built({"result": _pay_result(payment), **_known(payment), **_carried(payment, _OF_PAYMENTS)})


def inquiry_answer(payment: Payment) -> Response:
    """What inquiryPayment answers for a final payment when Alipay cannot be asked, or has not caught up with itself."""
    return built(
        {
            "result": result("S", "SUCCESS", "success"),
            "paymentStatus": _STATUS[payment.state],
            # Alipay gives SUCCESS as the code of a cancelled payment, too.
            "paymentResultCode": payment.result_code
            or ("PROCESS_FAIL" if payment.state is PaymentState.FAIL else "SUCCESS"),
            "paymentResultMessage": payment.result_message,
            **_known(payment),
            **_carried(payment, _OF_PAYMENT_INQUIRIES),
        }
    )


def cancel_answer(payment: Payment) -> Response:
    """What cancel answers for a payment that is cancelled: Alipay's own answer, or one built from the word that said so."""
    if payment.cancel is not None and payment.cancel.answer:
        return passthrough(payment.cancel.answer)
    known = {
        "paymentId": payment.payment_id,
        "paymentRequestId": payment.payment_request_id,
        "cancelTime": payment.cancel_time,
    }
    told = {name: value for name, value in known.items() if value}
    return built({"result": result("S", "SUCCESS", "success"), **told})


def refund_answer(refund: Refund) -> Response:
    """What refund answers for a final refund: Alipay's own answer, or one built from the word that settled it."""
    if refund.settled_by == Source.REFUND and refund.answer:
        return passthrough(refund.answer)
    if refund.state is RefundState.FAIL:
        code, message = refund.result_code or "PROCESS_FAIL", refund.result_message or "the refund failed"
        return built({"result": result("F", code, message)})
    told = {"paymentId": refund.payment_id, **_refunded(refund)}
    return built({"result": result("S", "SUCCESS", "success"), **told, **_carried(refund, _OF_REFUND_ANSWERS)})


def inquiry_refund_answer(refund: Refund) -> Response:
    """What inquiryRefund answers for a final refund when Alipay cannot be asked, or has not caught up with itself."""
    told = {**_refunded(refund), "refundStatus": refund.state.value, **_carried(refund, _OF_REFUND_INQUIRIES)}
    return built({"result": result("S", "SUCCESS", "success"), **told})


def _refunded(refund: Refund) -> dict[str, Any]:
    known = {
        "refundRequestId": refund.refund_request_id,
        "refundId": refund.refund_id,
        "refundAmount": {"currency": refund.amount.currency, "value": refund.amount.value},
        "refundTime": refund.refund_time,
    }
    return {name: value for name, value in known.items() if value is not None}


def _pay_result(payment: Payment) -> dict[str, str]:
    match payment.state:
        case PaymentState.SUCCESS:
            return result("S", "SUCCESS", "success")
        case PaymentState.CANCELLED:
            return result(
                "F",
                "ORDER_IS_CANCELED",
                "the payment was cancelled; take a new paymentRequestId to pay again",
            )
        case _:
            return result("F", payment.result_code or "PROCESS_FAIL", payment.result_message or "the payment failed")


def _known(payment: Payment) -> dict[str, Any]:
    amount = {"currency": payment.amount.currency, "value": payment.amount.value}
    known: dict[str, Any] = {
        "paymentRequestId": payment.payment_request_id,
        "paymentId": payment.payment_id,
        "paymentAmount": amount if payment.amount.known else None,
        "paymentCreateTime": payment.payment_create_time,
        "paymentTime": payment.payment_time if payment.state is not PaymentState.FAIL else None,
    }
    return {name: value for name, value in known.items() if value is not None}


def _carried(item: Payment | Refund, names: tuple[str, ...]) -> dict[str, Any]:
    """The parts of the message that settled the payment which mean the same in every operation's answer, as they came."""
    message = json.loads(with_whole_characters(item.answer)) if item.answer else {}
    if "promotionResult" not in message and "promotionResults" not in names:
        message["promotionResult"] = message.get("promotionResults")
    return {name: message[name] for name in names if message.get(name) is not None}
