"""The outbox: signed notifications, delivered and resent by the simulator's clock until they are
acknowledged.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from threading import RLock
from typing import Any

from alipay_signing import canonical
from sandbox.alipay import delivery
from sandbox.alipay.clock import Clock, in_zone, iso
from sandbox.alipay.codes import result
from sandbox.alipay.config import Config
from sandbox.alipay.delivery import NotOnThisMachine, Outcome
from sandbox.alipay.faults import Fault, Faults
from sandbox.alipay.journal import Journal, masked, readable
from sandbox.alipay.keys import SIGNATURE_FAULTS, Keys

NOTIFY_AUTHORIZATION, NOTIFY_PAYMENT = "notifyAuthorization", "notifyPayment"
NOTIFY_REFUND = "notifyRefund"
NOTIFY_REGISTRATION_STATUS = "notifyRegistrationStatus"
NOTIFY_DISPUTE = "notifyDispute"
LONGEST_HELD_SECONDS = 120
WAITING, ACKNOWLEDGED, GIVEN_UP, REFUSED = "waiting", "acknowledged", "given up", "refused"


@dataclass
class Attempt:
    """One delivery: when (simulated), and what came of it."""

    time: str
    outcome: Outcome
    fault: str | None = None


@dataclass
class Notification:
    """One message to the merchant and its deliveries; *due* is the next one's time."""

    number: int
    kind: str
    url: str
    body: dict[str, Any]
    created: float
    state: str = WAITING
    attempts: list[Attempt] = field(default_factory=list)
    due: float | None = None

    def describe(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "kind": self.kind,
            "url": self.url,
            "state": self.state,
            "body": masked(self.body),
            "attempts": [asdict(attempt) for attempt in self.attempts],
            "due": iso(self.due) if self.due is not None and self.state == WAITING else None,
        }


@dataclass(frozen=True)
class Sent:
    """One message as it went over the wire, if it did: *content* is the string that was signed, *body* what was sent."""

    outcome: Outcome
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    body: bytes | None = None

    def describe(self) -> dict[str, Any]:
        """For the journal."""
        told: dict[str, Any] = {"outcome": asdict(self.outcome), "headers": dict(self.headers)}
        if self.content is not None:
            told["content"] = readable(self.content)
        if self.body is not None:
            told["sent"] = readable(self.body)
        return told


class Outbox:
    """All notifications since the start. ``put`` is called under the simulator's lock, deliveries run outside
    it.
    """

    def __init__(self, config: Config, clock: Clock, keys: Keys, faults: Faults, journal: Journal, lock: RLock) -> None:
        self._config, self._clock, self._keys = config, clock, keys
        self._faults, self._journal, self._lock = faults, journal, lock
        self._notifications: list[Notification] = []
        self._held: list[Callable[[], None]] = []
        self._retired = False

    def put(self, kind: str, url: str | None, body: dict[str, Any], code: str | None = None) -> Notification | None:
        """Notify *body* to *url*, or to the URL set for *kind* in the dashboard, with the result of *code* if
        notifications of this kind have one.
        """
        target = url or self.dashboard_url(kind)
        body = in_zone(body if code is None else {**body, "result": result(code)}, self._config.time_zone)
        if target is None:
            self._journal.record("notification", operation=kind, state="no URL known", body=body)
            return None
        notification = Notification(len(self._notifications) + 1, kind, target, body, self._clock.now())
        self._notifications.append(notification)
        self._plan(notification, 0)
        return notification

    def dashboard_url(self, kind: str) -> str | None:
        return {
            NOTIFY_AUTHORIZATION: self._config.auth_notify_url,
            NOTIFY_PAYMENT: self._config.payment_notify_url,
            NOTIFY_REFUND: self._config.refund_notify_url,
            NOTIFY_REGISTRATION_STATUS: self._config.registration_notify_url,
            NOTIFY_DISPUTE: self._config.dispute_notify_url,
        }[kind]

    def get(self, number: int) -> Notification | None:
        return self._notifications[number - 1] if 1 <= number <= len(self._notifications) else None

    def send_now(self, notification: Notification, fault: Fault | None = None) -> Attempt:
        """One more delivery at once, beside the schedule; *fault* is one of NOW_FAULTS."""
        return self._attempt(notification, fault)

    def send_crafted(self, kind: str, url: str, body: bytes, overrides: Mapping[str, str | None]) -> Outcome:
        """Deliver exactly *body* once; *overrides*: clientId, requestTime, signature (a signature fault)."""
        sent = self._transmit(url, body, overrides)
        self._journal.record("notification", operation=kind, url=url, crafted=True, **sent.describe())
        return sent.outcome

    def retire(self) -> None:
        """Plan nothing any more: a reset has put another outbox in place."""
        self._retired = True

    def describe(self) -> list[dict[str, Any]]:
        return [notification.describe() for notification in self._notifications]

    def _plan(self, notification: Notification, number: int) -> None:
        # Due times count from the first sending, so that a jump of the clock does not stretch the schedule.
        due = notification.created + sum(self._config.resend_intervals[: number + 1])
        notification.due = due
        self._clock.at(due, lambda: self._deliver(notification, number), apart=True)

    def _deliver(self, notification: Notification, number: int) -> None:
        with self._lock:
            fault = self._faults.take(notification.kind, notification.body)
        if fault is not None and fault.fault == "delay":
            later = self._clock.now() + fault.seconds
            self._clock.at(later, lambda: self._finish(notification, number, fault), apart=True)
        elif fault is not None and fault.fault == "reorder":
            self._hold(notification, number, fault)
        else:
            self._finish(notification, number, fault)
            self._release()

    def _hold(self, notification: Notification, number: int, fault: Fault) -> None:
        """Keep a delivery back until another one has been made, two minutes at most."""

        def deliver() -> None:
            with self._lock:
                if deliver not in self._held:
                    return
                self._held.remove(deliver)
            self._finish(notification, number, fault)

        with self._lock:
            self._held.append(deliver)
        self._clock.at(self._clock.now() + LONGEST_HELD_SECONDS, deliver, apart=True)

    def _release(self) -> None:
        for deliver in list(self._held):
            deliver()

    def _finish(self, notification: Notification, number: int, fault: Fault | None) -> None:
        if notification.state != WAITING or self._retired:
            return
        self._attempt(notification, fault)
        with self._lock:
            if notification.state != WAITING or self._retired:
                return
            if number + 1 < len(self._config.resend_intervals):
                self._plan(notification, number + 1)
            else:
                notification.state = GIVEN_UP

    def _attempt(self, notification: Notification, fault: Fault | None) -> Attempt:
        name = fault.fault if fault else None
        body = json.dumps(notification.body, ensure_ascii=False, separators=(",", ":")).encode()
        signature = {"signature": name if name in SIGNATURE_FAULTS else None}
        if name == "drop":
            sent = Sent(Outcome(acknowledged=False, error="dropped on the way"))
        else:
            sent = self._transmit(notification.url, body, signature, tamper=name == "tamper")
            if name == "duplicate":
                sent = self._transmit(notification.url, body, signature)
        outcome = sent.outcome
        attempt = Attempt(iso(self._clock.now()), outcome, name)
        with self._lock:
            notification.attempts.append(attempt)
            if outcome.acknowledged:
                notification.state = ACKNOWLEDGED
            elif outcome.error and outcome.error.startswith("refused:"):
                notification.state = REFUSED
            # A delivery that was under way during a reset belongs to what has been forgotten.
            if not self._retired:
                self._journal.record(
                    "notification",
                    operation=notification.kind,
                    notification=notification.number,
                    attempt=len(notification.attempts),
                    url=notification.url,
                    body=notification.body,
                    fault=name,
                    **sent.describe(),
                )
        return attempt

    def _transmit(self, url: str, body: bytes, overrides: Mapping[str, str | None], *, tamper: bool = False) -> Sent:
        try:
            target = delivery.resolve(url, self._config.connect)
        except NotOnThisMachine as refusal:
            return Sent(Outcome(acknowledged=False, error=f"refused: {refusal}"))
        client_id = overrides.get("clientId") or self._config.client_id
        now = time.time() if self._config.header_time == "real" else self._clock.now()
        request_time = overrides.get("requestTime") or iso(now)
        path = delivery.signed_path(url)
        signature = self._keys.sign(path, client_id, request_time, body, overrides.get("signature"))
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "Client-Id": client_id,
            "Request-Time": request_time,
            **({"Signature": signature} if signature is not None else {}),
        }
        content = None if signature is None else canonical("POST", path, client_id, request_time, body)
        if tamper:
            body = _tampered(body)
        outcome = delivery.send(target, headers, body, self._config.answer_timeout_real_seconds)
        return Sent(outcome, headers, content, body)


def _tampered(body: bytes) -> bytes:
    """*body* as somebody on the way might alter it after it was signed: more money, or another
    authorization or merchant.
    """
    for name in (b'"value":"', b'"authState":"', b'"accessToken":"', b'"referenceMerchantId":"'):
        if name in body:
            return body.replace(name, name + b"9", 1)
    return body + b" "
