"""The simulator in the browser, under ``/console``: what happened, how things stand, and buttons.

Pages are made on the server and work without JavaScript; ``console.js`` only reads them again by itself. They show
what the admin interface shows, with the same secrets masked, and on the customers' phones the one-time passwords.
"""

from __future__ import annotations

from flask import Blueprint

from sandbox.alipay.admin.parts import Parts
from sandbox.alipay.console import buttons, guard, happenings, states, words
from sandbox.alipay.console.layout import Layout

__all__ = ["console"]


def console(parts: Parts) -> Blueprint:
    blueprint = Blueprint(
        "console", __name__, url_prefix="/console", template_folder="templates", static_folder="static"
    )
    layout = Layout(parts)
    guard.protect(blueprint, parts.config)
    words.register(blueprint)
    happenings.routes(blueprint, parts, layout)
    states.routes(blueprint, parts, layout)
    buttons.routes(blueprint, parts, layout)

    @blueprint.get("/<path:path>")
    def unknown(path: str) -> tuple[str, int]:  # noqa: ARG001 - Flask passes it
        return layout.page("problem.html", title="There is no such page", text="Choose one from the menu."), 404

    return blueprint
