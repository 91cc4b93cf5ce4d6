"""POST /v1/payments/notifyDispute (SPI): Alipay tells that a payment is disputed, and what becomes of the dispute."""

from autodebit.contract import NotifyDisputeRequest
from autodebit.entrypoints import alipay_spi
from autodebit.flows.payments.disputes import notify_dispute
from autodebit.runtime import Runtime


@alipay_spi(NotifyDisputeRequest)
def handler(notification: NotifyDisputeRequest, runtime: Runtime) -> None:
    notify_dispute(notification, runtime)
