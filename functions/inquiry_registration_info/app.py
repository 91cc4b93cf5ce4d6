"""POST /v1/merchants/inquiryRegistrationInfo: ask Alipay for the data of a registered merchant."""

from autodebit.contract import InquiryRegistrationInfoRequest
from autodebit.entrypoints import Response, merchant_api
from autodebit.flows.merchants.register import inquiry_registration_info
from autodebit.runtime import Runtime


@merchant_api(InquiryRegistrationInfoRequest)
def handler(request: InquiryRegistrationInfoRequest, runtime: Runtime) -> Response:
    return inquiry_registration_info(request, runtime)
