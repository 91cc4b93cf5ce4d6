"""The in-memory table as an engine: served on loopback in DynamoDB's JSON protocol, so that boto3 and its faults stand before it.

Only the repository's contract suite uses it this way; whoever explores calls the table itself.
"""

import base64
import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore.exceptions import ClientError

from tests.support.engines import Engine
from tests.support.memory_table import MemoryTable, UnknownForm


@contextlib.contextmanager
def memory() -> Iterator[Engine]:
    """An engine of in-memory tables."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Engine("memory", f"http://127.0.0.1:{server.server_address[1]}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    """One call of the protocol: the operation is named in X-Amz-Target, its parameters are the JSON body."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    tables: dict[str, MemoryTable] = {}  # noqa: RUF012  shared by all requests of the process

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].split(".")[1]
        try:
            status, answer = 200, self._call(operation, _decoded(json.loads(content)))
        except ClientError as error:
            status, answer = 400, _as_wire(error)
        except UnknownForm as error:
            status, answer = 400, {"__type": "UnknownForm", "message": f"{operation}: {error}"}
        text = json.dumps(answer, default=_as_base64).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""

    def _call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        if operation == "CreateTable":
            self.tables[request["TableName"]] = MemoryTable(request["TableName"])
            return {"TableDescription": {"TableName": request["TableName"], "TableStatus": "ACTIVE"}}
        name = request.get("TableName")
        if operation == "TransactWriteItems":
            name = next(iter(request["TransactItems"][0].values()))["TableName"]
        method = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        # A table that is not there is one without a name: every call of it is refused as DynamoDB refuses it.
        table = self.tables.get(str(name)) or MemoryTable("")
        call: Callable[..., dict[str, Any]] | None = getattr(table, method, None)
        if call is None:
            raise UnknownForm(f"{operation} of {name}")
        return call(**request)


def _as_wire(error: ClientError) -> dict[str, Any]:
    answer: Mapping[str, Any] = error.response
    told = answer["Error"]
    more = {name: value for name, value in answer.items() if name != "Error"}
    return {"__type": f"com.amazonaws.dynamodb.v20120810#{told['Code']}", "message": told["Message"], **more}


def _decoded(value: Any) -> Any:
    """*value* with every binary attribute as bytes: base64 is the form of the wire only."""
    match value:
        case {"B": str() as text} if len(value) == 1:
            return {"B": base64.b64decode(text)}
        case dict():
            return {name: _decoded(inner) for name, inner in value.items()}
        case list():
            return [_decoded(inner) for inner in value]
        case _:
            return value


def _as_base64(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value).__name__)
