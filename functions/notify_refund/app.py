"""POST /v1/payments/notifyRefund (SPI): Alipay tells the outcome of a refund that took its time."""

from autodebit.contract import NotifyRefundRequest
from autodebit.entrypoints import alipay_spi
from autodebit.flows.payments.refund_sync import notify_refund
from autodebit.runtime import Runtime


@alipay_spi(NotifyRefundRequest)
def handler(notification: NotifyRefundRequest, runtime: Runtime) -> None:
    notify_refund(notification, runtime)
