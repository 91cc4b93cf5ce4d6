"""POST /v1/merchants/registration: ask wallets to accept a secondary merchant."""

from autodebit.contract import RegistrationRequest
from autodebit.entrypoints import Response, merchant_api
from autodebit.flows.merchants.register import registration
from autodebit.runtime import Runtime


@merchant_api(RegistrationRequest)
def handler(request: RegistrationRequest, runtime: Runtime) -> Response:
    return registration(request, runtime)
