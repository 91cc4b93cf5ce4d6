"""POST /v1/merchants/inquiryRegistrationStatus: ask Alipay where a registration stands."""

from autodebit.contract import InquiryRegistrationStatusRequest
from autodebit.entrypoints import Response, merchant_api
from autodebit.flows.merchants.sync import inquiry_registration_status
from autodebit.runtime import Runtime


@merchant_api(InquiryRegistrationStatusRequest)
def handler(request: InquiryRegistrationStatusRequest, runtime: Runtime) -> Response:
    return inquiry_registration_status(request, runtime)
