"""Who may use what is for people and for tests: this machine, under the simulator's own names."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Request

from sandbox.alipay.config import Config

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def has_own_name(request: Request, config: Config) -> bool:
    """Whether *request* calls the simulator by a name of its own. Another name that leads here is somebody's DNS rebinding."""
    public = urlsplit(config.public_url or "")
    return urlsplit(f"//{request.host}").hostname in {*LOOPBACK, config.host, public.hostname}


def has_own_origin(request: Request, config: Config) -> bool:
    """Whether the page that sends *request* is the simulator's. Browsers name the page, programs name none."""
    sender = urlsplit(request.headers.get("Origin", "")).netloc
    return sender in {request.host, urlsplit(config.public_url or "").netloc or request.host}
