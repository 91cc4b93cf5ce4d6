"""POST /v1/payments/inquiryPayment: ask Alipay where a payment stands."""

from autodebit.contract import InquiryPaymentRequest
from autodebit.edge import Reply, merchant_api
from autodebit.flows.outcomes import inquiry_payment
from autodebit.runtime import Runtime


@merchant_api(InquiryPaymentRequest)
def handler(request: InquiryPaymentRequest, runtime: Runtime) -> Reply:
    return inquiry_payment(request, runtime)
