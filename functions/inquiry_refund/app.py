"""POST /v1/payments/inquiryRefund: ask Alipay where a refund stands."""

from autodebit.contract import InquiryRefundRequest
from autodebit.edge import Reply, merchant_api
from autodebit.flows.refund_outcomes import inquiry_refund
from autodebit.runtime import Runtime


@merchant_api(InquiryRefundRequest)
def handler(request: InquiryRefundRequest, runtime: Runtime) -> Reply:
    return inquiry_refund(request, runtime)
