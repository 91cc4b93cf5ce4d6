"""The gateway: what every call goes through before and after its operation.

Order of the checks: method, media type, path, client, key, signature, fields; then idempotency and business
in the operation. The first six answer without a signature, as Alipay does for a request that it cannot
trust; everything after a good signature is signed, F and U included. HTTP status 200 throughout: official
SDKs take any other for a broken connection.
"""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Request, Response

from alipay_signing import BadSignature, canonical
from sandbox.alipay import faults
from sandbox.alipay.answers import Answer, answer
from sandbox.alipay.clock import Clock, in_zone, iso, parse_iso
from sandbox.alipay.codes import result
from sandbox.alipay.config import Config
from sandbox.alipay.faults import Fault
from sandbox.alipay.first_requests import THROTTLE
from sandbox.alipay.journal import Journal, readable
from sandbox.alipay.keys import SIGNATURE_FAULTS, Keys
from sandbox.alipay.operations import BY_PATH, Operation
from sandbox.alipay.world import World

if TYPE_CHECKING:
    from alipay_signing.doctor import Finding

PRODUCTION, SANDBOX = "/ams/api", "/ams/sandbox/api"
JSON_UTF8 = "application/json; charset=UTF-8"
_EPOCH = re.compile(r"[0-9]{10}(?:[0-9]{3})?\Z")
# What the official SDKs send: with Z, +08:00 or +0800, with or without a fraction of up to nine digits.
_ISO = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:?\d\d)\Z")


class Refused(Exception):
    """The gateway turns the request away before anything is done, with an unsigned answer; *why* is for the
    journal.
    """

    def __init__(self, code: str, detail: str = "", why: Sequence[Finding] = ()) -> None:
        super().__init__(code)
        self.code, self.detail, self.why = code, detail, why


@dataclass(frozen=True)
class Call:
    """A request that passed the gateway: whose it is, over which path, what it says."""

    operation: Operation
    path: str
    client_id: str
    raw: bytes
    body: dict[str, Any] | None


class Gateway:
    """Receives calls, keeps order among them, signs and journals answers."""

    def __init__(self, config: Config, clock: Clock, keys: Keys, journal: Journal) -> None:
        self._config, self._clock, self._keys, self._journal = config, clock, keys, journal

    def receive(self, request: Request, world: World) -> Response:
        try:
            call = self._admit(request)
        except Refused as refused:
            refusal = self._unsigned(refused.code, refused.detail)
            self._journal.record(
                "call",
                path=request.path,
                code=refused.code,
                signed=False,
                detail=refused.detail,
                answer=refusal.get_json(),
                **_findings(refused.why),
                **_as_it_came(request),
                **({"signatureHolds": False} if refused.code == "INVALID_SIGNATURE" else {}),
                **_as_it_goes(refusal),
            )
            return refusal
        fault, given = None, None
        try:
            asked = faults.from_headers(dict(request.headers), call.operation.name)
        except ValueError as wrong:
            given = answer("PARAM_ILLEGAL", f"{wrong}.")
        else:
            with world.lock:
                fault = world.faults.take(call.operation.name, call.body or {}) or asked
                given = self._carry_out(call, world, fault)
                if given is not None and given.wire == "hold":
                    self._hold(call, world, fault)
        response = self._written(call, given, fault)
        self._journal.record(
            "call",
            operation=call.operation.name,
            path=call.path,
            request=call.body,
            code=given.code if given else None,
            answer=given.body if given else None,
            fault=fault.fault if fault else None,
            scenario=fault.scenario if fault else None,
            wire=given.wire if given else None,
            signatureHolds=True,
            **_as_it_came(request),
            **_as_it_goes(response, call),
        )
        if fault is not None and fault.seconds and fault.fault not in faults.SIMULATED:
            time.sleep(fault.seconds)
        if given is not None and given.wire == "hang":
            time.sleep(self._config.hang_real_seconds)
        return cut(request) if response is None else response

    def _admit(self, request: Request) -> Call:
        if request.method != "POST":
            raise Refused("METHOD_NOT_SUPPORTED")
        if not _is_json(request.headers.get("Content-Type")):
            raise Refused("MEDIA_TYPE_NOT_ACCEPTABLE")
        path = _raw_path(request)
        client_id = request.headers.get("Client-Id", "")
        operation = _operation(path, client_id)
        if not client_id:
            raise Refused("PARAM_ILLEGAL", "The header Client-Id is missing.")
        if client_id != self._config.client_id:
            raise Refused("UNKNOWN_CLIENT")
        if not self._keys.registered:
            raise Refused("KEY_NOT_FOUND")
        sent_at, signature = request.headers.get("Request-Time", ""), request.headers.get("Signature")
        if not well_formed_time(sent_at):
            raise Refused("PARAM_ILLEGAL", "The header Request-Time is missing or not a time.")
        if signature is None:
            raise Refused("PARAM_ILLEGAL", "The header Signature is missing.")
        raw = request.get_data()
        try:
            self._keys.verify(signature, path, client_id, sent_at, raw)
        except BadSignature as bad:
            why = self._keys.why_not(dict(request.headers), path, raw)
            raise Refused("INVALID_SIGNATURE", f"({bad})", why) from None
        return Call(operation, path, client_id, raw, _json_object(raw))

    def _carry_out(self, call: Call, world: World, fault: Fault | None) -> Answer | None:
        """The answer of the operation, or of the fault that takes its place; None when there is to be
        none.
        """
        match fault.fault if fault else None:
            case "cut_before" | "http_500":
                return None
            case "unknown":
                return answer("UNKNOWN_EXCEPTION")
            case "traffic_limit":
                return answer(THROTTLE)
            case "traffic_wave" if fault:
                world.first_requests.begin_wave(fault.operation, fault.seconds)
            case "answer" if fault and fault.code:
                return answer(fault.code)
            case faults.HELD:
                return answer("UNKNOWN_EXCEPTION", wire="hold")
        if world.first_requests.throttled(call.operation.name):
            return answer(THROTTLE)
        if call.body is None:
            return answer("PARAM_ILLEGAL", "The body is not a JSON object.")
        problems = list(call.operation.problems(call.body))
        if problems:
            return answer("PARAM_ILLEGAL", f"{'; '.join(problems)}.")
        if fault is not None and fault.scenario is not None:
            world.wishes.ask(call.operation.name, call.body, fault.scenario)
        if given := world.first_requests.meet(call.operation.name, call.body):
            return given
        if fault is not None and fault.fault in faults.LATE:
            late = world.cancels.cancel_late if call.operation.name == "cancel" else world.refunds.refund_late
            return late(call.body, fault.seconds or self._config.late_seconds)
        given = call.operation.carry_out(world, call.body)
        return replace(given, body=in_zone(given.body, self._config.time_zone))

    def _hold(self, call: Call, world: World, fault: Fault | None) -> None:
        """A proxy keeps the request: it arrives later, and nobody hears its answer."""

        def arrive() -> None:
            with world.lock:
                given = self._carry_out(call, world, None)
            self._journal.record(
                "call",
                operation=call.operation.name,
                path=call.path,
                request=call.body,
                code=given.code if given else None,
                answer=given.body if given else None,
                fault="held, and arrived",
                httpStatus=None,
            )

        self._clock.at(self._clock.now() + ((fault.seconds if fault else 0.0) or self._config.late_seconds), arrive)

    def _written(self, call: Call, given: Answer | None, fault: Fault | None) -> Response | None:
        """What goes over the wire; None when the connection is to be cut."""
        name = fault.fault if fault else None
        if name in ("http_500", "act_then_http_500"):
            return Response("<html><body>Internal Server Error</body></html>", 500, content_type="text/html")
        if given is None or given.wire != "send" or name in ("cut_before", "act_then_cut", "late_cut"):
            return None
        if name in ("act_then_unknown", "late_unknown"):
            given = answer("UNKNOWN_EXCEPTION")
        body = json.dumps(given.body, ensure_ascii=False, separators=(",", ":")).encode()
        if name == "broken_json":
            body = body[: len(body) // 2]
        return self._signed(call, body, name if name in SIGNATURE_FAULTS else None)

    def _signed(self, call: Call, body: bytes, fault: str | None) -> Response:
        answered_at = self._header_time()
        signature = self._keys.sign(call.path, call.client_id, answered_at, body, fault)
        response = Response(body, 200, content_type=JSON_UTF8)
        # Lower case: the official Python and PHP SDKs look for exactly these names.
        response.headers["client-id"] = call.client_id
        response.headers["response-time"] = answered_at
        if signature is not None:
            response.headers["signature"] = signature
        return response

    def _unsigned(self, code: str, detail: str) -> Response:
        response = Response(json.dumps({"result": result(code, detail)}), 200, content_type=JSON_UTF8)
        response.headers["client-id"] = self._config.client_id
        response.headers["response-time"] = self._header_time()
        return response

    def _header_time(self) -> str:
        return iso(time.time() if self._config.header_time == "real" else self._clock.now())


def _as_it_came(request: Request) -> dict[str, Any]:
    """Headers of a request for the journal, and the string that its signature has to be over."""
    headers = request.headers
    if request.method != "POST":
        return {"headers": dict(headers)}
    content = canonical(
        "POST",
        _raw_path(request),
        headers.get("Client-Id", ""),
        headers.get("Request-Time", ""),
        request.get_data(),
    )
    return {"headers": dict(headers), "content": readable(content)}


def _as_it_goes(response: Response | None, call: Call | None = None) -> dict[str, Any]:
    """Status and headers of an answer for the journal and, where it is signed, the string that was signed."""
    if response is None:
        return {"httpStatus": None}
    told = {"httpStatus": response.status_code, "answerHeaders": dict(response.headers)}
    if call is None or "signature" not in response.headers:
        return told
    content = canonical("POST", call.path, call.client_id, response.headers["response-time"], response.get_data())
    return {**told, "answerContent": readable(content)}


def _findings(why: Sequence[Finding]) -> dict[str, Any]:
    """What the doctor says for the journal, and the parts in which the request differs from what was signed."""
    if not why:
        return {}
    differs = [finding.check for finding in why if finding.verdict.value == "WRONG"]
    return {"why": [str(finding) for finding in why], "differs": differs}


def cut(request: Request) -> Response:
    """Close the connection without an answer byte. (The server's attempt to write the response then fails
    quietly.)
    """
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response(status=200)


def well_formed_time(text: str) -> bool:
    """Whether *text* is a Request-Time: epoch seconds or milliseconds, or ISO 8601 in the shapes that SDKs
    send.
    """
    if _EPOCH.match(text):
        return True
    shape = _ISO.match(text)
    return shape is not None and parse_iso(shape[1] + shape[2].replace("Z", "+00:00")) is not None


def _is_json(content_type: str | None) -> bool:
    """The header is optional; the Go SDK sends it twice (one value with a comma)."""
    if content_type is None:
        return True
    for part in content_type.split(","):
        media, _, options = part.partition(";")
        charset = options.partition("charset=")[2].strip(" \"'").lower()
        if media.strip().lower() != "application/json" or charset not in ("", "utf-8", "utf8"):
            return False
    return True


def _raw_path(request: Request) -> str:
    """The path as it was sent, percent-encoding kept, without query; of an absolute-form request line too."""
    target = str(request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI") or request.path)
    return (urlsplit(target).path if "://" in target else target.partition("?")[0]) or "/"


def _operation(path: str, client_id: str) -> Operation:
    for prefix in (SANDBOX, PRODUCTION):
        operation = BY_PATH.get(path.removeprefix(prefix)) if path.startswith(prefix) else None
        if operation is not None:
            if client_id.startswith("SANDBOX_") and prefix != SANDBOX:
                raise Refused("NO_INTERFACE_DEF", "A sandbox client uses the sandbox path.")
            return operation
    raise Refused("NO_INTERFACE_DEF")


def _json_object(raw: bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(raw)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
