"""The wallet's pages in the browser: the customer agrees or declines here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.alipay.agreements import Authorization
from sandbox.alipay.config import Config
from sandbox.alipay.journal import Journal
from sandbox.alipay.wallet_colours import colours
from sandbox.alipay.world import World

DEFAULT_ACCOUNT = "maria@wallet.example"
SCOPES_IN_WORDS = {
    "AGREEMENT_PAY": "Take payments from your wallet without asking each time",
    "BASE_USER_INFO": "See your wallet user number",
    "USER_INFO": "See your profile",
    "USER_LOGIN_ID": "See the account name you sign in with",
    "HASH_LOGIN_ID": "Recognise the account name you sign in with",
    "SEND_OTP": "Ask for one-time passwords to be sent to you",
    "TAOBAO_REBIND": "Link your Taobao account again",
}


def pages(config: Config, journal: Journal, current: Callable[[], World]) -> Blueprint:
    blueprint = Blueprint("pages", __name__, url_prefix="/wallet", template_folder="templates")

    @blueprint.get("/authorize")
    def show() -> AnyResponse:
        world = current()
        with world.lock:
            authorization = world.authorizations.find(request.args.get("authId", ""))
            closed = _closed(authorization)
        if closed is not None or authorization is None:
            return _message(closed or "", authorization)
        text = _render(
            "consent.html",
            authorization,
            merchant=config.merchant_name or authorization.auth_client_id or config.client_id,
            scopes=[SCOPES_IN_WORDS.get(scope, scope) for scope in authorization.scopes],
            back_to=urlsplit(authorization.redirect_url).hostname or "the merchant's app",
            account=DEFAULT_ACCOUNT,
        )
        return _page(text, 200)

    @blueprint.post("/authorize")
    def decide() -> AnyResponse:
        world = current()
        decision = request.form.get("decision")
        if decision not in ("agree", "decline"):
            return _page(_render("message.html", None, title="Please choose Agree or Decline"), 400)
        with world.lock:
            authorization = world.authorizations.find(request.args.get("authId", ""))
            closed = _closed(authorization)
            if closed is not None or authorization is None:
                return _message(closed or "", authorization)
            account = request.form.get("account", "").strip()[:64] or DEFAULT_ACCOUNT
            if decision == "agree":
                location = world.authorizations.agree(authorization, account)
            else:
                location = world.authorizations.decline(authorization)
        journal.record("page", decision=decision, authState=authorization.auth_state, redirect=location)
        response = redirect(location, 303)
        # The default body repeats the address, which holds the auth code.
        response.set_data("")
        return _guard(response)

    return blueprint


def _closed(authorization: Authorization | None) -> str | None:
    if authorization is None:
        return "unknown"
    return "used" if authorization.decision is not None else None


def _render(template: str, authorization: Authorization | None, **content: Any) -> str:
    """A page in the colour of the wallet, if it is known which one."""
    wallet = authorization.wallet if authorization else None
    brand, on_brand = colours(wallet.enum if wallet else "")
    return render_template(
        template, wallet=wallet.name if wallet else "Wallet", brand=brand, on_brand=on_brand, **content
    )


def _message(reason: str, authorization: Authorization | None) -> Response:
    if reason == "used":
        title = "This link has been used"
        text = "A link works for one decision. Go back to the merchant and start again if you still need one."
        return _page(_render("message.html", authorization, title=title, text=text), 410)
    title, text = "This link is not known", "Go back to the merchant and start again."
    return _page(_render("message.html", authorization, title=title, text=text), 404)


def _page(text: str, status: int) -> Response:
    response = Response(text, status, content_type="text/html; charset=utf-8")
    _guard(response)
    return response


def _guard(response: AnyResponse) -> AnyResponse:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    # No form-action: browsers apply it to the redirect to the merchant as well.
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
    )
    return response
