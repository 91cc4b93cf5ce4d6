"""POST /v1/merchants/notifyRegistrationStatus (SPI): Alipay tells what wallets say of a secondary merchant."""

from autodebit.contract import NotifyRegistrationStatusRequest
from autodebit.entrypoints import alipay_spi
from autodebit.flows.merchants.sync import notify_registration_status
from autodebit.runtime import Runtime


@alipay_spi(NotifyRegistrationStatusRequest)
def handler(notification: NotifyRegistrationStatusRequest, runtime: Runtime) -> None:
    notify_registration_status(notification, runtime)
