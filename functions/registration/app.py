"""POST /v1/merchants/registration: ask wallets to accept a secondary merchant."""

from autodebit.contract import RegistrationRequest
from autodebit.edge import Reply, merchant_api
from autodebit.flows.registrations import registration
from autodebit.runtime import Runtime


@merchant_api(RegistrationRequest)
def handler(request: RegistrationRequest, runtime: Runtime) -> Reply:
    return registration(request, runtime)
