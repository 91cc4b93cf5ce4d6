"""POST /v1/payments/cancel: close a payment, or give all of it back."""

from autodebit.contract import CancelRequest
from autodebit.entrypoints import Response, merchant_api
from autodebit.flows.payments.cancel import cancel
from autodebit.runtime import Runtime


@merchant_api(CancelRequest)
def handler(request: CancelRequest, runtime: Runtime) -> Response:
    return cancel(request, runtime)
