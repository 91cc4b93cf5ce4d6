"""POST /v1/authorizations/notifyAuthorization (SPI): a customer agreed, or a token was cancelled."""

from autodebit.contract import NotifyAuthorizationRequest
from autodebit.entrypoints import alipay_spi
from autodebit.flows.authorizations.consent import notify_authorization
from autodebit.runtime import Runtime


@alipay_spi(NotifyAuthorizationRequest)
def handler(notification: NotifyAuthorizationRequest, runtime: Runtime) -> None:
    notify_authorization(notification, runtime)
