"""POST /v1/payments/refund: give back all or part of a payment."""

from autodebit.contract import RefundRequest
from autodebit.edge import Reply, merchant_api
from autodebit.flows.refunds import refund
from autodebit.runtime import Runtime


@merchant_api(RefundRequest)
def handler(request: RefundRequest, runtime: Runtime) -> Reply:
    return refund(request, runtime)
