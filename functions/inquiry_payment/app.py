"""POST /v1/payments/inquiryPayment: ask Alipay where a payment stands."""

from autodebit.contract import InquiryPaymentRequest
from autodebit.entrypoints import Response, merchant_api
from autodebit.flows.payments.sync import inquiry_payment
from autodebit.runtime import Runtime


@merchant_api(InquiryPaymentRequest)
def handler(request: InquiryPaymentRequest, runtime: Runtime) -> Response:
    return inquiry_payment(request, runtime)
