"""POST /v1/payments/cancel: close a payment, or give all of it back."""

from autodebit.contract import CancelRequest
from autodebit.edge import Reply, merchant_api
from autodebit.flows.cancels import cancel
from autodebit.runtime import Runtime


@merchant_api(CancelRequest)
def handler(request: CancelRequest, runtime: Runtime) -> Reply:
    return cancel(request, runtime)
