"""POST /v1/merchants/inquiryRegistrationInfo: ask Alipay for the data of a registered merchant."""

from autodebit.contract import InquiryRegistrationInfoRequest
from autodebit.edge import Reply, merchant_api
from autodebit.flows.registrations import inquiry_registration_info
from autodebit.runtime import Runtime


@merchant_api(InquiryRegistrationInfoRequest)
def handler(request: InquiryRegistrationInfoRequest, runtime: Runtime) -> Reply:
    return inquiry_registration_info(request, runtime)
