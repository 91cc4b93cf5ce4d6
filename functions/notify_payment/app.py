"""POST /v1/payments/payNotify (SPI): Alipay tells the outcome of a payment."""

from autodebit.contract import NotifyPaymentRequest
from autodebit.entrypoints import alipay_spi
from autodebit.flows.payments.sync import notify_payment
from autodebit.runtime import Runtime


@alipay_spi(NotifyPaymentRequest)
def handler(notification: NotifyPaymentRequest, runtime: Runtime) -> None:
    notify_payment(notification, runtime)
