"""POST /ams/api/v1/customs/declare: have a payment's data transmitted to customs."""

from autodebit.contract import DeclareRequest
from autodebit.entrypoints import Response, merchant_api
from autodebit.flows.customs.declare import declare
from autodebit.runtime import Runtime


@merchant_api(DeclareRequest)
def handler(request: DeclareRequest, runtime: Runtime) -> Response:
    return declare(request, runtime)
