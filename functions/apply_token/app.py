"""POST /v1/authorizations/applyToken: turn an authorization code into a token, or renew a token."""

from autodebit.contract import ApplyTokenRequest
from autodebit.entrypoints import Response, merchant_api
from autodebit.flows.authorizations.exchange import apply_token
from autodebit.runtime import Runtime


@merchant_api(ApplyTokenRequest)
def handler(request: ApplyTokenRequest, runtime: Runtime) -> Response:
    return apply_token(request, runtime)
