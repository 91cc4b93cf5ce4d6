"""POST /v1/users/initAuthentication: have the wallet send its customer a one-time password."""

from autodebit.contract import InitAuthenticationRequest
from autodebit.edge import Reply, merchant_api
from autodebit.flows.users import init_authentication
from autodebit.runtime import Runtime


@merchant_api(InitAuthenticationRequest)
def handler(request: InitAuthenticationRequest, runtime: Runtime) -> Reply:
    return init_authentication(request, runtime)
