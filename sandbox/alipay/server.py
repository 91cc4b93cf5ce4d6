"""The simulator as one HTTP server on the loopback interface."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from flask import Flask, Response, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Response as AnyResponse

from sandbox.alipay.admin import admin
from sandbox.alipay.clock import Clock, iso
from sandbox.alipay.config import Config
from sandbox.alipay.console import console
from sandbox.alipay.gateway import Gateway
from sandbox.alipay.ids import Ids
from sandbox.alipay.journal import Journal
from sandbox.alipay.keys import Keys
from sandbox.alipay.pages import pages
from sandbox.alipay.world import World

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
OWN = ("/_sandbox", "/wallet", "/console")
STOP_POLL_REAL_SECONDS = 0.02


def _tls(folder: Path) -> ssl.SSLContext:
    # Imported here: only a simulator with TLS pays for it.
    from sandbox.alipay.tls import server_context

    return server_context(folder)


class _QuietHandler(WSGIRequestHandler):
    """Writes nothing to the console: addresses hold auth codes, and the journal has all that is needed."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        pass


class Simulator:
    """A running Alipay for one merchant.

    Example:
        >>> with Simulator(config) as alipay:
        ...     alipay.url, alipay.world.payments.debits()
    """

    def __init__(self, config: Config) -> None:
        """Raises ValueError for a key that is none."""
        self.config = config
        self.keys = Keys(config.private_key, config.key_version, config.merchant_public_keys)
        self.clock = Clock(config.start, config.speed, on_error=self._failed)
        self.journal = Journal(lambda: iso(self.clock.now()), config.log)
        self._ids = Ids(config.seed)
        self._server: BaseWSGIServer | None = None
        self._world: World | None = None

    @property
    def world(self) -> World:
        if self._world is None:
            raise RuntimeError("the simulator has not been started")
        return self._world

    @property
    def url(self) -> str:
        """``http://127.0.0.1:<port>``, ``https://...`` with TLS; gateway paths follow."""
        if self._server is None:
            raise RuntimeError("the simulator has not been started")
        scheme = "http" if self.config.tls is None else "https"
        return f"{scheme}://{self.config.host}:{self._server.port}"

    def start(self) -> Self:
        """Listen and let the clock run; returns when calls are accepted. Raises OSError when the port is
        taken.
        """
        self._server = self._listen()
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self._world = self._new_world()
        self.clock.run()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(STOP_POLL_REAL_SECONDS,), name="alipay", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port, end all threads."""
        if self._server is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.world.outbox.retire()
        self.clock.shut_down()
        self.journal.close()
        self._server = None

    def reset(self) -> None:
        """Forget payments, authorizations, notifications, faults and the journal; keys, URLs and speed
        stay.
        """
        with self.world.lock:
            self.world.outbox.retire()
            self.clock.clear()
            self.journal.clear()
            self._world = self._new_world()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _listen(self) -> BaseWSGIServer:
        # Bound here: werkzeug ends the process when the port is taken.
        with socket.create_server((self.config.host, self.config.port), backlog=128) as bound:
            server = make_server(
                self.config.host,
                self.config.port,
                self._app(),
                threaded=True,
                request_handler=_QuietHandler,
                ssl_context=None if self.config.tls is None else _tls(self.config.tls),
                fd=bound.fileno(),
            )
        if self.config.tls is not None:
            # The handshake belongs to the connection's thread: a client that is slow with it keeps nobody waiting.
            server.socket.do_handshake_on_connect = False  # type: ignore[attr-defined]
        return server

    def _new_world(self) -> World:
        base_url = (self.config.public_url or self.url).rstrip("/")
        return World(self.config, self.clock, self.keys, self.journal, self._ids, base_url)

    def _app(self) -> Flask:
        app = Flask("sandbox.alipay", static_folder=None)
        app.url_map.merge_slashes = False
        gateway = Gateway(self.config, self.clock, self.keys, self.journal)
        app.register_blueprint(admin(self))
        app.register_blueprint(console(self))
        app.register_blueprint(pages(self.config, self.journal, lambda: self.world))

        @app.get("/favicon.ico")
        def no_icon() -> tuple[str, int]:
            return "", 204

        # Every path and method that is nobody else's is the gateway's: it has answers of its own
        # for wrong ones.
        @app.route("/", defaults={"path": ""}, methods=METHODS, provide_automatic_options=False)
        @app.route("/<path:path>", methods=METHODS, provide_automatic_options=False)
        def call(path: str) -> Response | AnyResponse:  # noqa: ARG001 - the gateway reads the raw path
            if request.method == "GET" and request.path == "/" and request.accept_mimetypes.best == "text/html":
                return redirect("/console", 303)  # a person with a browser, and no client of the gateway
            return gateway.receive(request, self.world)

        @app.errorhandler(405)
        def method_not_allowed(error: HTTPException) -> Response | HTTPException:
            return error if request.path.startswith(OWN) else gateway.receive(request, self.world)

        @app.errorhandler(Exception)
        def failed(error: Exception) -> tuple[dict[str, str], int] | HTTPException:
            if isinstance(error, HTTPException):
                return error
            self._failed(error)
            return {"error": f"fault of the simulator: {type(error).__name__}"}, 500

        return app

    def _failed(self, error: BaseException) -> None:
        """Report a fault of the simulator itself: its kind and place, not its text, which might hold a
        token.
        """
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "unknown place"
        self.journal.record("fault of the simulator", error=type(error).__name__, where=where)
        print(f"fault of the simulator: {type(error).__name__} at {where}", file=sys.stderr)
