"""The port to Alipay: one signed call, one verified answer, or an error that says whether Alipay may have acted."""

import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError

from alipay_signing import BadSignature, Verifier, canonical
from autodebit.clock import SECOND, Clock, Instant
from autodebit.config import Signer
from autodebit.errors import GatewayError
from autodebit.gateway.connect import Deadline, connect_to, in_time
from autodebit.gateway.json_body import LARGEST_MESSAGE, InvalidJson, json_message, status_text

CONNECT_TIMEOUT = 3 * SECOND
ANSWER_TIMEOUT = 12 * SECOND
IDLE_LIMIT = 30 * SECOND
"""A connection idle for longer is not used again: a frozen execution environment leaves dead sockets behind."""
_CODE = re.compile(r"[A-Z0-9_]{1,64}")
NO_RESULT = "the answer has no readable result"
UNKNOWN_STATUS = "the status in the answer is not known"


class Operation(StrEnum):
    """The operations of Alipay that we call, with their paths after the gateway's."""

    CONSULT = "/v1/authorizations/consult"
    APPLY_TOKEN = "/v1/authorizations/applyToken"  # noqa: S105  a path
    REVOKE = "/v1/authorizations/revoke"
    PAY = "/v1/payments/pay"
    INQUIRY_PAYMENT = "/v1/payments/inquiryPayment"
    CANCEL = "/v1/payments/cancel"
    REFUND = "/v1/payments/refund"
    INQUIRY_REFUND = "/v1/payments/inquiryRefund"
    DECLARE = "/v1/customs/declare"
    INQUIRY_DECLARATION_REQUESTS = "/v1/customs/inquiryDeclarationRequests"
    INIT_AUTHENTICATION = "/v1/users/initAuthentication"
    VERIFY_AUTHENTICATION = "/v1/users/verifyAuthentication"
    REGISTRATION = "/v1/merchants/registration"
    INQUIRY_REGISTRATION_STATUS = "/v1/merchants/inquiryRegistrationStatus"
    INQUIRY_REGISTRATION_INFO = "/v1/merchants/inquiryRegistrationInfo"

    @property
    def label(self) -> str:
        """The name of the operation as Alipay's documents write it."""
        return self.value.rsplit("/", 1)[1]


class ResultStatus(StrEnum):
    """`resultStatus`: done, not done, not known."""

    S = "S"
    F = "F"
    U = "U"


@dataclass(frozen=True, slots=True)
class VerifiedResponse:
    """An answer whose signature held, over exactly these bytes."""

    status: ResultStatus
    code: str
    message: str
    text: str = field(repr=False)
    """The body as it came, without a byte order mark and with whole characters; where its result was called or written in
    another way (resultInfo, blanks, small letters), with the result as documented.
    """
    data: Mapping[str, Any] = field(repr=False)
    sent_at: Instant = 0
    """When its request was sent; 0 where nobody has noted it."""


class Alipay(Protocol):
    """What the flows need of Alipay. Fakes of it must keep the promise about `may_have_acted`."""

    def call(self, operation: Operation, body: Mapping[str, Any], within: int) -> VerifiedResponse:
        """Send *body* and return the verified answer, in at most *within* milliseconds.

        Raises:
            GatewayError: there is no answer that we may act on.
        """


class HttpAlipayClient:
    """Alipay over HTTPS: no retry, no redirect, no proxy from the environment, TLS always verified."""

    def __init__(
        self, *, url: str, path: str, client_id: str, signer: Signer, verifier: Verifier, clock: Clock
    ) -> None:
        self._url = url
        self._path = path
        self._client_id = client_id
        self._signer = signer
        self._verifier = verifier
        self._clock = clock
        self._lines = threading.local()

    def call(self, operation: Operation, body: Mapping[str, Any], within: int = ANSWER_TIMEOUT) -> VerifiedResponse:
        """See Alipay.call. *within* is cut to 12 s; signing and connecting come off it."""
        deadline = Deadline(min(within, ANSWER_TIMEOUT) / SECOND)
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        path = self._path + operation.value
        now = self._clock.now()
        sent_at = str(now)
        headers = {
            "Client-Id": self._client_id,
            "Request-Time": sent_at,
            "Signature": self._signature(
                operation, canonical("POST", path, self._client_id, sent_at, content), deadline
            ),
            "Content-Type": "application/json; charset=UTF-8",
            "Accept": "application/json",
        }
        status, answered, text = self._line().post(self._url + path, headers, content, deadline, operation.label)
        return replace(self._proven(operation.label, path, status, answered, text), sent_at=now)

    def _signature(self, operation: Operation, content: bytes, deadline: Deadline) -> str:
        try:
            return in_time(lambda: self._signer.sign(content), deadline)
        except TimeoutError:
            raise GatewayError(operation.label, "not signed in time", may_have_acted=False) from None
        except Exception as error:  # noqa: BLE001  KMS may fail in many ways, and all of them come before the first byte
            raise GatewayError(operation.label, f"not signed ({type(error).__name__})", may_have_acted=False) from None

    def _line(self) -> "_Line":
        line = getattr(self._lines, "line", None)
        if line is None or line.idle_for() > IDLE_LIMIT:
            if line is not None:
                line.close()
            line = self._lines.line = _Line()
        return line

    def _proven(
        self, operation: str, path: str, status: int, headers: Mapping[str, str], content: bytes
    ) -> VerifiedResponse:
        """The answer in *content*, once its signature holds; nothing is read from it before."""
        signature, answered_at = headers.get("signature"), headers.get("response-time")
        if status != 200:
            raise _untrusted(operation, f"HTTP status {status}", content)
        if not signature or not answered_at:
            raise _untrusted(operation, "the answer is not signed", content)
        if headers.get("client-id", self._client_id) != self._client_id:
            raise _untrusted(operation, "the answer is for another client id", content)
        try:
            self._verifier.verify(signature, canonical("POST", path, self._client_id, answered_at, content))
        except BadSignature as error:
            reason = f"the signature of the answer does not hold: {error.reason}"
            raise _untrusted(operation, reason, content) from None
        return read_response(operation, content)


def read_response(operation: str, content: bytes) -> VerifiedResponse:
    """The answer in bytes that are proven.

    Raises:
        GatewayError: not a JSON object with a result whose status is S, F or U.
    """
    data, text = _message(content)
    result = _documented(data)
    if result is None or result.get("resultStatus") not in list(ResultStatus):
        named = result is not None and isinstance(result.get("resultStatus"), str)
        raise GatewayError(operation, UNKNOWN_STATUS if named else NO_RESULT, may_have_acted=True)
    if data.get("result") != result:
        # Samples in Alipay's guides call it resultInfo, and have blanks in it; our callers are promised a result.
        data = {"result": result, **{name: value for name, value in data.items() if name.strip() != "result"}}
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return VerifiedResponse(
        status=ResultStatus(result["resultStatus"]),
        code=_text(result.get("resultCode")),
        message=_text(result.get("resultMessage")),
        text=text,
        data=data,
    )


def _documented(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """The result in *data*, its names without blanks, its status and code as documented; None if there is none."""
    named = {**{name.strip(): value for name, value in data.items()}, **data}
    found = next((named[name] for name in ("result", "resultInfo") if isinstance(named.get(name), dict)), None)
    if found is None:
        return None
    result = {**{name.strip(): value for name, value in found.items() if name.strip() not in found}, **found}
    result = {name: value for name, value in result.items() if name == name.strip()}
    status, code = result.get("resultStatus"), result.get("resultCode")
    if isinstance(status, str):
        result["resultStatus"] = status_text(status)
    if isinstance(code, str):
        result["resultCode"] = code.strip()
    return result


def _text(value: object) -> str:
    """*value* as text. Codes are logged: what is no scalar is no code, and may hold anything."""
    return str(value or "") if isinstance(value, str | int) else ""


def _message(content: bytes) -> tuple[dict[str, Any], str]:
    try:
        return json_message(content)
    except InvalidJson:
        return {}, ""


def _untrusted(operation: str, reason: str, content: bytes) -> GatewayError:
    """Errors of configuration come unsigned: their code is a hint for people and nothing more."""
    result = _message(content)[0].get("result")
    code = result.get("resultCode") if isinstance(result, dict) else None
    hint = code if isinstance(code, str) and _CODE.fullmatch(code) else ""
    return GatewayError(operation, reason, may_have_acted=True, hint=hint)


class _Line:
    """One thread's connection to the gateway. It knows whether a byte of the present request has left."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.clear()
        self._sending = _Sending()
        self._used = time.time()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, _Adapter(self._sending))

    def idle_for(self) -> int:
        """Milliseconds since the last use, by the wall clock: monotonic clocks stop while the environment is frozen."""
        return round((time.time() - self._used) * SECOND)

    def close(self) -> None:
        """Let go of the sockets."""
        self._session.close()

    def post(
        self, url: str, headers: Mapping[str, str], content: bytes, deadline: Deadline, operation: str
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers (by lower-case name) and body of the answer."""
        left = deadline.left
        if not left:
            raise GatewayError(operation, "Timeout", may_have_acted=False)
        self._sending.start(deadline)
        end = threading.Timer(left, self._sending.cut)
        end.start()
        try:
            with self._session.post(
                url, data=content, headers=dict(headers), timeout=left, allow_redirects=False, stream=True
            ) as answer:
                body = self._read(answer, operation)
                return (
                    answer.status_code,
                    {name.lower(): value for name, value in answer.headers.items()},
                    body,
                )
        except (requests.RequestException, HTTPError, OSError) as error:
            self._session.close()
            reason = "Timeout" if self._sending.late else type(error).__name__
            raise GatewayError(operation, reason, may_have_acted=self._sending.begun) from None
        finally:
            end.cancel()
            end.join()
            self._used = time.time()

    def _read(self, answer: requests.Response, operation: str) -> bytes:
        body = b""
        for part in answer.iter_content(65_536):
            body += part
            if len(body) > LARGEST_MESSAGE:
                raise GatewayError(operation, "the answer is too long", may_have_acted=True)
        if self._sending.late:  # without a length, a cut looks like an end
            raise GatewayError(operation, "Timeout", may_have_acted=True)
        return body


class _Sending:
    """One request on its way: whether it has begun to leave, and its end.

    The end cuts the socket, because a socket's own timeout begins anew with every byte that trickles in.
    """

    def __init__(self) -> None:
        self.start(Deadline(0))

    def start(self, deadline: Deadline) -> None:
        """Another request, which ends by *deadline*; nothing of it has left."""
        self.begun = False
        self.late = False
        self._deadline = deadline
        self._socket: socket.socket | None = None

    def connect(self, connection: HTTPConnection) -> socket.socket:
        """A socket for *connection*: one budget for looking the name up and for all addresses of the host.

        Raises:
            HTTPError: there is none. No byte has left.
        """
        budget = Deadline(min(CONNECT_TIMEOUT / SECOND, self._deadline.left))
        try:
            return connect_to(connection._dns_host, connection.port, connection.socket_options or (), budget)
        except socket.gaierror as error:
            raise NameResolutionError(connection.host, connection, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(connection, "not connected in time") from error
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(connection, "not connected") from error

    def begin(self, connected: socket.socket) -> None:
        """Bytes are about to be handed to a *connected* (and, with TLS, authenticated) socket.

        The clock is read here, right before the first byte: a timer may be late, and connecting has taken its time.

        Raises:
            TimeoutError: the time is over, and they must not leave.
        """
        self._socket = connected
        left = self._deadline.left
        if self.late or not left:
            self.late = True
            raise TimeoutError
        # The socket still has what was left for connecting as its timeout.
        connected.settimeout(left)
        self.begun = True

    def cut(self) -> None:
        """The time is over."""
        self.late = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                # The plain socket's method for a TLS socket, too: no farewell is waited for.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    """An adapter whose connections tell when they begin to send: what fails before cannot have been acted on."""

    def __init__(self, sending: _Sending) -> None:
        self._sending = sending
        super().__init__(max_retries=0, pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        sending = self._sending

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return sending.connect(self)

            def send(self, data: Any) -> None:
                if self.sock is None:
                    self.connect()
                sending.begin(self.sock)
                super().send(data)

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return sending.connect(self)

            def send(self, data: Any) -> None:
                if self.sock is None:
                    self.connect()
                sending.begin(self.sock)
                super().send(data)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
