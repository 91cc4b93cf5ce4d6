"""Where API Gateway, EventBridge and the table's stream meet the flows: one decorator for each kind of caller."""

from autodebit.entrypoints.merchant_requests import merchant_api
from autodebit.entrypoints.notifications import alipay_spi
from autodebit.entrypoints.schedules import schedule
from autodebit.entrypoints.streams import stream
from autodebit.responses import Response

__all__ = ["Response", "alipay_spi", "merchant_api", "schedule", "stream"]
