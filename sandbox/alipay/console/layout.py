"""What all pages of the console share: menu, clock, and the notice about the button that was pressed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from itertools import count
from typing import Any

from flask import render_template, request

from sandbox.alipay.admin.parts import Parts
from sandbox.alipay.clock import iso
from sandbox.alipay.notifications import WAITING

# Name of the page, its words in the menu, and the icon.
MENU = (
    ("journal", "Journal"),
    ("authorizations", "Authorizations"),
    ("payments", "Payments"),
    ("refunds", "Refunds"),
    ("declarations", "Declarations"),
    ("registrations", "Registrations"),
    ("authentications", "Authentications"),
    ("ledger", "Ledger"),
    ("notifications", "Notifications"),
    ("faults", "Scenarios & faults"),
    ("clock", "Clock and reset"),
)
MOST_NOTICES = 100


@dataclass(frozen=True)
class Notice:
    """What came of a button; *good* unless it could not be done."""

    text: str
    good: bool


class Layout:
    """Renders pages, and keeps notices until the page that follows the button shows them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._notices: OrderedDict[str, Notice] = OrderedDict()

    def leave_notice(self, text: str, *, good: bool) -> str:
        """Keep a notice; returns the value of ``notice`` in the address of the page that is to show it."""
        number = str(next(self._numbers))
        with self._lock:
            self._notices[number] = Notice(text, good)
            if len(self._notices) > MOST_NOTICES:
                self._notices.popitem(last=False)
        return number

    def page(self, template: str, **content: Any) -> str:
        with self._lock:
            notice = self._notices.pop(request.args.get("notice", ""), None)
        parts = self._parts
        with parts.world.lock:
            counts = self._counts()
        return render_template(
            f"console/{template}",
            menu=[(name, text, counts.get(name, 0)) for name, text in MENU],
            client_id=parts.config.client_id,
            time=iso(parts.clock.now()),
            speed=parts.clock.speed,
            notice=notice,
            here=self._here(),
            **content,
        )

    def _here(self) -> str:
        """The address of this page, to come back to, without the notice."""
        query = "&".join(part for part in request.query_string.decode().split("&") if not part.startswith("notice="))
        return request.path + (f"?{query}" if query else "")

    def _counts(self) -> dict[str, int]:
        world = self._parts.world
        return {
            "authorizations": len(world.authorizations.describe()),
            "payments": len(world.payments.describe()),
            "refunds": len(world.refunds.describe()),
            "declarations": len(world.declarations.describe()),
            "registrations": len(world.registrations.describe()),
            "authentications": len(world.authentications.describe()),
            "notifications": sum(one["state"] == WAITING for one in world.outbox.describe()),
            "faults": len(world.faults.describe()),
        }
