"""Who may see the console, and who may press its buttons: this machine's browser, on the console's own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.alipay.config import Config

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def protect(blueprint: Blueprint, config: Config) -> None:
    public = urlsplit(config.public_url or "")

    @blueprint.before_request
    def admit() -> None:
        # A name that somebody else points to this machine is not ours (DNS rebinding).
        if urlsplit(f"//{request.host}").hostname not in {*LOOPBACK, config.host, public.hostname}:
            abort(Response("The console answers to its own address only.", 403, content_type="text/plain"))
        # Browsers say with every form where it comes from; programs have /_sandbox/.
        sender = urlsplit(request.headers.get("Origin", "")).netloc
        if request.method == "POST" and sender not in {request.host, public.netloc or request.host}:
            abort(Response("Buttons work on the console's own pages only.", 403, content_type="text/plain"))

    @blueprint.after_request
    def harden(response: AnyResponse) -> AnyResponse:
        response.headers["Cache-Control"] = "no-store"
        # Not no-referrer: with that, browsers hide the origin of forms, which admit() asks for.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = POLICY
        return response
