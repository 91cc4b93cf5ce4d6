"""Registrations: secondary merchants whom wallets have to approve before they are paid for."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from sandbox.alipay.answers import Answer, answer, first_answer
from sandbox.alipay.clock import Clock
from sandbox.alipay.config import Config
from sandbox.alipay.notifications import NOTIFY_REGISTRATION_STATUS, Outbox
from sandbox.alipay.scenarios import APPROVED, REJECTED, Review, review
from sandbox.alipay.wishes import Wishes

PENDING, COMPLETED = "PENDING", "COMPLETED"
REJECT_REASONS = "The registration certificate cannot be read."
CONTENT = ("productCodes", "merchantInfo", "storeInfo", "passThroughInfo")


@dataclass
class Registration:
    """One accepted registration; *wallets* has a status for each wallet that has been heard of."""

    request_id: str
    content: dict[str, Any]
    notify_url: str | None
    created: float
    course: Review
    status: str = PENDING
    wallets: dict[str, str] = field(default_factory=dict)

    @property
    def merchant_id(self) -> str:
        return str(self.content["merchantInfo"]["referenceMerchantId"])

    @property
    def store_id(self) -> str | None:
        store = self.content["storeInfo"]
        return None if store is None else str(store["referenceStoreId"])

    def results(self) -> dict[str, Any]:
        """The overall result, and the wallets' results if there are any; both kinds of result look alike."""
        wallets = [{"pspName": name, "registrationResult": _result(status)} for name, status in self.wallets.items()]
        return {"registrationResult": _result(self.status)} | (
            {"pspRegistrationResultList": wallets} if wallets else {}
        )

    def describe(self) -> dict[str, Any]:
        ids = {
            "registrationRequestId": self.request_id,
            "referenceMerchantId": self.merchant_id,
            "referenceStoreId": self.store_id,
        }
        return {name: value for name, value in ids.items() if value is not None} | self.results()


class Registrations:
    """All secondary merchants of the client. Calls are guarded by the simulator's lock, which timers take
    themselves.
    """

    def __init__(self, config: Config, clock: Clock, outbox: Outbox, wishes: Wishes, lock: RLock) -> None:
        self._config, self._clock, self._outbox = config, clock, outbox
        self._wishes, self._lock = wishes, lock
        self._received: dict[str, tuple[dict[str, Any], Answer]] = {}
        self._by_request: dict[str, Registration] = {}

    def register(self, body: dict[str, Any]) -> Answer:
        """Take in a registration; S says that it was received, not more. A repeat gets the first result."""
        request_id, content = str(body["registrationRequestId"]), {name: body.get(name) for name in CONTENT}
        if request_id not in self._received:
            given = self._accept(request_id, content, body)
            self._received[request_id] = content, given
            return first_answer(given, self._wishes.spelled("registration", request_id))
        before, given = self._received[request_id]
        if before != content:
            return answer("REPEAT_REQ_INCONSISTENT", "This registrationRequestId came with other values before.")
        return given

    def inquire_status(self, body: dict[str, Any]) -> Answer:
        """Where a registration stands; without registrationRequestId the merchant's newest one."""
        found = self._find(body)
        return answer("RECORD_NOT_FOUND") if found is None else answer("SUCCESS", **found.results())

    def inquire_info(self, body: dict[str, Any]) -> Answer:
        """The data of a registered merchant; without a successful registration only that it was received."""
        found = self._find(body)
        if found is None:
            return answer("RECORD_NOT_FOUND")
        if found.status != COMPLETED:
            return answer("SUCCESS")
        return answer(
            "SUCCESS", **{name: found.content[name] for name in ("merchantInfo", "storeInfo", "productCodes")}
        )

    def find(self, request_id: object) -> Registration | None:
        return self._by_request.get(str(request_id))

    def refuses(self, merchant_id: str | None) -> bool:
        """Whether ``pay`` has to refuse the secondary merchant, if there is one: when registration is
        required, and none was successful.
        """
        if merchant_id is None or not self._config.require_registration:
            return False
        newest = self._newest(str(merchant_id))
        return newest is None or newest.status != COMPLETED

    def settle(self, registration: Registration, outcome: str) -> None:
        """All wallets have decided on a pending registration: APPROVED or REJECTED. Others stay as they are."""
        if registration.status == PENDING:
            registration.status = COMPLETED if outcome == APPROVED else REJECTED
            registration.wallets = dict.fromkeys(registration.course.wallets, outcome)
            self._notify(registration)

    def describe(self) -> list[dict[str, Any]]:
        return [registration.describe() for registration in self._by_request.values()]

    def _accept(self, request_id: str, content: dict[str, Any], body: dict[str, Any]) -> Answer:
        newest = self._newest(str(content["merchantInfo"]["referenceMerchantId"]))
        if newest is not None and newest.status == PENDING:
            return answer("REGISTRATION_UNDER_REVIEW")
        if newest is not None and newest.status == COMPLETED:
            return answer("REPEAT_REGISTRATION")
        url = body.get("registrationNotifyURL") or body.get("registrationNotifyUrl")
        course = review(self._wishes.spelled("registration", request_id))
        registration = Registration(request_id, content, url, self._clock.now(), course)
        self._by_request[request_id] = registration
        self._start(registration)
        return answer("SUCCESS", passThroughInfo=content["passThroughInfo"])

    def _start(self, registration: Registration) -> None:
        if registration.course.outcome is None:
            return
        for number in range(1, max(1, len(registration.course.wallets)) + 1):
            self._later(registration, number)

    def _later(self, registration: Registration, number: int) -> None:
        def decided() -> None:
            with self._lock:
                self._decided(registration, number)

        self._clock.at(registration.created + number * self._config.registration_seconds, decided)

    def _decided(self, registration: Registration, number: int) -> None:
        """The first *number* wallets have decided; every notification holds the statuses of all of them."""
        names, outcome = registration.course.wallets, str(registration.course.outcome)
        if number >= len(names):
            self.settle(registration, outcome)
        elif registration.status == PENDING:
            registration.wallets = dict.fromkeys(names, PENDING) | dict.fromkeys(names[:number], outcome)
            self._notify(registration)

    def _notify(self, registration: Registration) -> None:
        if registration.course.notified:
            self._outbox.put(NOTIFY_REGISTRATION_STATUS, registration.notify_url, registration.describe())

    def _find(self, body: dict[str, Any]) -> Registration | None:
        """The registration that every id of an inquiry fits."""
        request_id, merchant_id, store_id = (
            None if body.get(name) is None else str(body[name])
            for name in ("registrationRequestId", "referenceMerchantId", "referenceStoreId")
        )
        found = self._newest(str(merchant_id)) if request_id is None else self.find(request_id)
        if found is None or merchant_id not in (None, found.merchant_id) or store_id not in (None, found.store_id):
            return None
        return found

    def _newest(self, merchant_id: str) -> Registration | None:
        of_merchant = [entry for entry in self._by_request.values() if entry.merchant_id == merchant_id]
        return of_merchant[-1] if of_merchant else None


def _result(status: str) -> dict[str, Any]:
    return {"registrationStatus": status} | ({"rejectReasons": REJECT_REASONS} if status == REJECTED else {})
