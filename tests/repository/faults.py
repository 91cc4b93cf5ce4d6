"""Faults between the repository and a real engine, through botocore's own events: a lost reply, an engine that throttles."""

import io
import json
import uuid
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError
from botocore.httpsession import URLLib3Session

from tests.support.engines import Engine

ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=1, read_timeout=5)
RETRYING = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=1, read_timeout=5)


class LostReply:
    """A client whose first *operation* is carried out while its reply never comes."""

    def __init__(
        self, engine: Engine, operation: str, config: Config = RETRYING, *, forgets_tokens: bool = False
    ) -> None:
        self.client = engine.client("dynamodb", config)
        self.sends = 0
        self._forgets_tokens = forgets_tokens
        self._wire = URLLib3Session()
        self.client.meta.events.register(f"before-send.dynamodb.{operation}", self._send)

    def _send(self, request: AWSPreparedRequest, **_: Any) -> None:
        self.sends += 1
        if self.sends > 1:
            return
        body = request.body
        if self._forgets_tokens:
            # An engine remembers a ClientRequestToken for ten minutes; afterwards only the condition tells.
            request.body = json.dumps({**json.loads(body), "ClientRequestToken": uuid.uuid4().hex}).encode()
            request.headers["Content-Length"] = str(len(request.body))
        answered = self._wire.send(request)
        assert answered.status_code == 200, answered.text
        request.body = body
        request.headers["Content-Length"] = str(len(body))
        raise ReadTimeoutError(endpoint_url=request.url)


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Any:
        return iter([self.read()])


def refusing(engine: Engine, operation: str, error: dict[str, Any]) -> Any:
    """A client to which *operation* is always refused with *error*."""
    client = engine.client("dynamodb", ONCE)

    def refuse(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, 400, {}, _Raw(json.dumps(error).encode()))

    client.meta.events.register(f"before-send.dynamodb.{operation}", refuse)
    return client


def out_of_reach(service: str) -> Any:
    """A client of an engine that is not there."""
    return Engine("nowhere", "http://127.0.0.1:9").client(service, ONCE)
