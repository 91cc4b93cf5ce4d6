"""The routes of MerchantApi: other services of the merchant call them, signed with SigV4."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from autodebit import telemetry
from autodebit.contract import RequestModel, explain
from autodebit.entrypoints import http
from autodebit.entrypoints.invocation import Context, Handler, deadline_of, proxy_handler
from autodebit.errors import ConfigurationError, RequestRejected, StoreUnavailable
from autodebit.gateway.json_body import InvalidJson
from autodebit.responses import Response, not_sent, refusal, unknown
from autodebit.runtime import Runtime, runtime

Request = TypeVar("Request", bound=RequestModel)


def merchant_api(model: type[Request]) -> Callable[[Callable[[Request, Runtime], Response]], Handler]:
    """A Lambda handler that reads a *model* from API Gateway's event, calls the flow, and answers with its reply."""

    def decorate(flow: Callable[[Request, Runtime], Response]) -> Handler:
        return proxy_handler(lambda event, context: _answered(model, flow, event, context))

    return decorate


def _answered(
    model: type[Request],
    flow: Callable[[Request, Runtime], Response],
    event: Mapping[str, Any],
    context: Context,
) -> Response:
    present = runtime()
    try:
        data = http.parsed(http.checked_body(event))
        request = model.model_validate(data, context={"unknown_fields": present.settings.unknown_fields})
        return flow(request, present.until(deadline_of(context, present.clock)))
    except InvalidJson as error:
        return refusal(RequestRejected(400, "PARAM_ILLEGAL", str(error)))
    except ValidationError as error:
        return refusal(RequestRejected(400, "PARAM_ILLEGAL", explain(error, model, present.settings.unknown_fields)))
    except RequestRejected as refused:
        telemetry.log("refused", operation=context.function_name, code=refused.code)
        return refusal(refused)
    except StoreUnavailable as error:
        # Flows let this out only before anything was sent.
        telemetry.log("store unavailable", level="ERROR", reason=str(error))
        telemetry.metric("StoreUnavailable")
        return not_sent("Our store is not available; nothing was sent. Send the same request again.")
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001  nothing of a request may reach the log through an error's text
        telemetry.log_unexpected(error)
        return unknown("An error of ours. Whatever was begun stays open and is settled by polling.", http_status=500)
