"""POST /v1/authorizations/revoke: end an authorization."""

from autodebit.contract import RevokeRequest
from autodebit.edge import Reply, merchant_api
from autodebit.flows.revoking import revoke
from autodebit.runtime import Runtime


@merchant_api(RevokeRequest)
def handler(request: RevokeRequest, runtime: Runtime) -> Reply:
    return revoke(request, runtime)
