"""POST /v1/payments/inquiryRefund: ask Alipay where a refund stands."""

from autodebit.contract import InquiryRefundRequest
from autodebit.entrypoints import Response, merchant_api
from autodebit.flows.payments.refund_sync import inquiry_refund
from autodebit.runtime import Runtime


@merchant_api(InquiryRefundRequest)
def handler(request: InquiryRefundRequest, runtime: Runtime) -> Response:
    return inquiry_refund(request, runtime)
