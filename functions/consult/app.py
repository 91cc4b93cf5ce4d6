"""POST /v1/authorizations/consult: ask for a page where the owner of a wallet can authorise us."""

from autodebit.contract import ConsultRequest
from autodebit.entrypoints import Response, merchant_api
from autodebit.flows.authorizations.consent import consult
from autodebit.runtime import Runtime


@merchant_api(ConsultRequest)
def handler(request: ConsultRequest, runtime: Runtime) -> Response:
    return consult(request, runtime)
