"""POST /v1/users/verifyAuthentication: check what the customer typed."""

from autodebit.contract import VerifyAuthenticationRequest
from autodebit.edge import Reply, merchant_api
from autodebit.flows.users import verify_authentication
from autodebit.runtime import Runtime


@merchant_api(VerifyAuthenticationRequest)
def handler(request: VerifyAuthenticationRequest, runtime: Runtime) -> Reply:
    return verify_authentication(request, runtime)
