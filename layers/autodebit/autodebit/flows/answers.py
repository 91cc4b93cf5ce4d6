"""Answers of an operation's shape, built from what is stored, for repeats of what is final."""

import json
from typing import Any

from autodebit.lifecycle import PaymentState
from autodebit.payment import Origin, Payment
from autodebit.replies import Reply, built, relayed, result

_CARRIED = ("pspCustomerInfo", "grossSettlementAmount", "settlementQuote")
_MORE_OF_INQUIRY = ("customsDeclarationAmount", "paymentResultInfo", "promotionResult", "acquirerReferenceNo")
_STATUS = {PaymentState.SUCCESS: "SUCCESS", PaymentState.FAIL: "FAIL", PaymentState.CANCELLED: "CANCELLED"}


def pay_answer(payment: Payment) -> Reply:
    """What pay answers for a final payment: Alipay's own answer, or one built from the word that settled it."""
    if payment.settled_by == Origin.PAY and payment.answer:
        return relayed(payment.answer)
    return built({"result": _pay_result(payment), **_known(payment), **_carried(payment, _CARRIED)})


def inquiry_answer(payment: Payment) -> Reply:
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
            **_carried(payment, _CARRIED + _MORE_OF_INQUIRY),
        }
    )


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
    known: dict[str, Any] = {
        "paymentRequestId": payment.payment_request_id,
        "paymentId": payment.payment_id,
        "paymentAmount": {"currency": payment.amount.currency, "value": payment.amount.value},
        "paymentCreateTime": payment.payment_create_time,
        "paymentTime": payment.payment_time if payment.state is not PaymentState.FAIL else None,
    }
    return {name: value for name, value in known.items() if value is not None}


def _carried(payment: Payment, names: tuple[str, ...]) -> dict[str, Any]:
    """The parts of the message that settled the payment which mean the same in every operation's answer."""
    message = json.loads(payment.answer) if payment.answer else {}
    return {name: message[name] for name in names if message.get(name) is not None}
