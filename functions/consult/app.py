"""POST /v1/authorizations/consult: ask for a page where the owner of a wallet can authorise us."""

from autodebit.contract import ConsultRequest
from autodebit.edge import Reply, merchant_api
from autodebit.flows.authorizations import consult
from autodebit.runtime import Runtime


@merchant_api(ConsultRequest)
def handler(request: ConsultRequest, runtime: Runtime) -> Reply:
    return consult(request, runtime)
