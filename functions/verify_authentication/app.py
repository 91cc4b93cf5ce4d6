"""POST /v1/users/verifyAuthentication: check what the customer typed."""

from autodebit.contract import VerifyAuthenticationRequest
from autodebit.entrypoints import Response, merchant_api
from autodebit.flows.users.authentication import verify_authentication
from autodebit.runtime import Runtime


@merchant_api(VerifyAuthenticationRequest)
def handler(request: VerifyAuthenticationRequest, runtime: Runtime) -> Response:
    return verify_authentication(request, runtime)
