"""POST /v1/merchants/inquiryRegistrationStatus: ask Alipay where a registration stands."""

from autodebit.contract import InquiryRegistrationStatusRequest
from autodebit.edge import Reply, merchant_api
from autodebit.flows.registration_outcomes import inquiry_registration_status
from autodebit.runtime import Runtime


@merchant_api(InquiryRegistrationStatusRequest)
def handler(request: InquiryRegistrationStatusRequest, runtime: Runtime) -> Reply:
    return inquiry_registration_status(request, runtime)
