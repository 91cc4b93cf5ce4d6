"""POST /v1/payments/pay: debit a wallet that its owner has authorised."""

from autodebit.contract import PayRequest
from autodebit.edge import Reply, merchant_api
from autodebit.flows.payments import pay
from autodebit.runtime import Runtime


@merchant_api(PayRequest)
def handler(request: PayRequest, runtime: Runtime) -> Reply:
    return pay(request, runtime)
