"""POST /v1/payments/refund: give back all or part of a payment."""

from autodebit.contract import RefundRequest
from autodebit.entrypoints import Response, merchant_api
from autodebit.flows.payments.refund import refund
from autodebit.runtime import Runtime


@merchant_api(RefundRequest)
def handler(request: RefundRequest, runtime: Runtime) -> Response:
    return refund(request, runtime)
