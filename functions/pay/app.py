"""POST /v1/payments/pay: debit a wallet that its owner has authorised."""

from autodebit.contract import PayRequest
from autodebit.entrypoints import Response, merchant_api
from autodebit.flows.payments.pay import pay
from autodebit.runtime import Runtime


@merchant_api(PayRequest)
def handler(request: PayRequest, runtime: Runtime) -> Response:
    return pay(request, runtime)
