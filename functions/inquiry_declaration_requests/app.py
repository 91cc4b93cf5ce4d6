"""POST /ams/api/v1/customs/inquiryDeclarationRequests: ask what customs says of up to ten declarations."""

from autodebit.contract import InquiryDeclarationRequestsRequest
from autodebit.entrypoints import Response, merchant_api
from autodebit.flows.customs.declare import inquiry_declaration_requests
from autodebit.runtime import Runtime


@merchant_api(InquiryDeclarationRequestsRequest)
def handler(request: InquiryDeclarationRequestsRequest, runtime: Runtime) -> Response:
    return inquiry_declaration_requests(request, runtime)
