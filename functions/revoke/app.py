"""POST /v1/authorizations/revoke: end an authorization."""

from autodebit.contract import RevokeRequest
from autodebit.entrypoints import Response, merchant_api
from autodebit.flows.authorizations.revoke import revoke
from autodebit.runtime import Runtime


@merchant_api(RevokeRequest)
def handler(request: RevokeRequest, runtime: Runtime) -> Response:
    return revoke(request, runtime)
