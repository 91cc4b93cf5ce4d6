"""Where API Gateway, EventBridge and the table's stream meet the flows: one decorator for each kind of caller."""

from autodebit.edge.merchant import merchant_api
from autodebit.edge.scheduled import schedule
from autodebit.edge.spi import alipay_spi
from autodebit.edge.streamed import stream
from autodebit.replies import Reply

__all__ = ["Reply", "alipay_spi", "merchant_api", "schedule", "stream"]
