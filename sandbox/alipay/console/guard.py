"""Who may see the console, and who may press its buttons: this machine's browser, on the console's own pages."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.alipay.access import has_own_name, has_own_origin
from sandbox.alipay.config import Config

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def protect(blueprint: Blueprint, config: Config) -> None:
    @blueprint.before_request
    def admit() -> None:
        if not has_own_name(request, config):
            abort(Response("The console answers to its own address only.", 403, content_type="text/plain"))
        # Browsers say with every form where it comes from; programs have /_sandbox/.
        if request.method == "POST" and not has_own_origin(request, config):
            abort(Response("Buttons work on the console's own pages only.", 403, content_type="text/plain"))

    @blueprint.after_request
    def harden(response: AnyResponse) -> AnyResponse:
        response.headers["Cache-Control"] = "no-store"
        # Not no-referrer: with that, browsers hide the origin of forms, which admit() asks for.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = POLICY
        return response
