"""POST /v1/users/initAuthentication: have the wallet send its customer a one-time password."""

from autodebit.contract import InitAuthenticationRequest
from autodebit.entrypoints import Response, merchant_api
from autodebit.flows.users.authentication import init_authentication
from autodebit.runtime import Runtime


@merchant_api(InitAuthenticationRequest)
def handler(request: InitAuthenticationRequest, runtime: Runtime) -> Response:
    return init_authentication(request, runtime)
