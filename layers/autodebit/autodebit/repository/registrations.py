"""What the store promises of registrations: written ahead, settled by facts, and found by the merchant whom they are for."""

from dataclasses import replace

from autodebit.clock import Instant
from autodebit.domain.polling_plan import Plan
from autodebit.domain.registration import (
    Registration,
    RegistrationTransition,
    RegistrationUpdate,
    judge,
    lease_for_poll,
    lease_for_send,
    never_left,
)
from autodebit.domain.registration_states import RegistrationState
from autodebit.errors import StoreUnavailable
from autodebit.repository.anomalies import anomaly
from autodebit.repository.serialization import Kind, item_of, key_of, record_of
from autodebit.repository.table import ConditionFailed, Key, Table, Write, put
from autodebit.repository.tracked_requests import ROUNDS


class Registrations:
    """The promises that the store keeps for registrations. All raise StoreUnavailable when the table does not answer."""

    def __init__(self, table: Table, plan: Plan) -> None:
        self._table = table
        self._plan = plan

    def find(self, registration_request_id: str) -> Registration | None:
        """The registration of that id as of now."""
        item = self._table.get(key_of(Kind.REGISTRATION, registration_request_id))
        return record_of(Registration, item) if item else None

    def of_merchant(
        self, reference_merchant_id: str, reference_store_id: str
    ) -> tuple[Registration, Registration | None] | None:
        """The newest registration of a merchant (and store) that Alipay has not refused, and the one before it, if any."""
        pointer = self._table.get(_pointer(reference_merchant_id, reference_store_id))
        newest = self._standing(str(pointer["target"])) if pointer else None
        return (newest, self._standing(newest.supersedes)) if newest else None

    def open(self, intent: Registration, at: Instant) -> Registration | None:
        """Write *intent* ahead, leased to its first sender, as the newest of its merchant, in one transaction.

        None if a registration of that id is already there, or if another one of the merchant was faster.
        """
        place = _pointer(intent.reference_merchant_id, intent.reference_store_id)
        pointer = self._table.get(place)
        earlier = self._standing(str(pointer["target"])) if pointer else None
        followed = replace(intent, supersedes=earlier.registration_request_id if earlier else "")
        claimed = lease_for_send(followed, at, self._plan)
        over, told = (pointer["version"], pointer) if pointer else (0, {})
        newest = put(place, {**told, "target": claimed.registration_request_id}, over=over)
        try:
            self._table.write(_put(claimed), newest)
        except ConditionFailed:
            return None
        return self._table.stored(claimed)

    def claim_send(self, registration: Registration, at: Instant) -> Registration | None:
        """Lease *registration* for another send; None if somebody has moved it since it was read."""
        return self._replaced(lease_for_send(registration, at, self._plan))

    def claim_poll(self, registration: Registration, at: Instant) -> Registration | None:
        """Move its due time out of the way of other pollers; None if somebody has moved it since it was read."""
        return self._replaced(lease_for_poll(registration, at, self._plan))

    def release_unsent(self, claimed: Registration, at: Instant) -> None:
        """Undo the claim of a send of which certainly no byte left, also where somebody has recorded a fact since."""
        identity, stored = claimed.registration_request_id, claimed
        for _ in range(ROUNDS):
            judgement = never_left(stored, claimed, at, self._plan)
            writes = [_put(judgement.registration)] if judgement.registration != stored else []
            if judgement.anomaly:
                told = {"word": "", "origin": "registration", "state": stored.state.value}
                writes.append(anomaly(key_of(Kind.REGISTRATION, identity), judgement.anomaly, at, told))
            if not writes:
                return
            try:
                self._table.write(*writes)
            except ConditionFailed:
                found = self.find(identity)
                if found is None:
                    return
                stored = found
                continue
            return
        raise StoreUnavailable("too many writers on one registration")

    def settle(
        self, registration_request_id: str, fact: RegistrationUpdate, at: Instant
    ) -> RegistrationTransition | None:
        """Record *fact*: read, judge, write, and again until it is stored or without effect. None: no such registration."""
        key = key_of(Kind.REGISTRATION, registration_request_id)
        for _ in range(ROUNDS):
            before = self.find(registration_request_id)
            if before is None:
                return None
            judgement = judge(before, fact, at, self._plan)
            after = judgement.registration
            writes = [_put(after)] if after != before else []
            if judgement.anomaly:
                writes.append(anomaly(key, judgement.anomaly, at, _told(fact)))
            if not writes:
                return judgement
            try:
                self._table.write(*writes)
            except ConditionFailed:
                continue
            stored = self._table.stored(after) if after != before else before
            return RegistrationTransition(stored, judgement.anomaly)
        raise StoreUnavailable("too many writers on one registration")

    def record_unknown(self, identity: str, reason: str, fact: RegistrationUpdate, at: Instant, body: str = "") -> None:
        """Keep a fact that concerns no registration of ours, or says nothing, with what may be kept of the *body*."""
        self._table.write(anomaly(key_of(Kind.REGISTRATION, identity), reason, at, _told(fact) | {"body": body}))

    def _standing(self, registration_request_id: str) -> Registration | None:
        """The registration of that id, or the nearest one before it that Alipay has not refused, nor holds for another."""
        while registration_request_id:
            found = self.find(registration_request_id)
            if found is None or not (found.state is RegistrationState.FAIL or found.id_taken):
                return found
            registration_request_id = found.supersedes
        return None

    def _replaced(self, registration: Registration) -> Registration | None:
        try:
            self._table.write(_put(registration))
        except ConditionFailed:
            return None
        return self._table.stored(registration)


def _put(registration: Registration) -> Write:
    """The write that stores *registration* over the version that it was read as."""
    identity = registration.registration_request_id
    item = item_of(Kind.REGISTRATION, identity, registration)
    return put(key_of(Kind.REGISTRATION, identity), item, over=registration.version)


def _pointer(reference_merchant_id: str, reference_store_id: str) -> Key:
    """Where a merchant, and each of its stores, points to its newest registration: Alipay may name no other id."""
    return Key(f"merchant#{reference_merchant_id}", f"registration#{reference_store_id}")


def _told(fact: RegistrationUpdate) -> dict[str, str]:
    """What an anomaly keeps of *fact*."""
    return {
        "word": fact.word.value,
        "origin": fact.source.value,
        "code": fact.code,
        "status": fact.status,
        "registration_request_id": fact.registration_request_id or "",
        "reference_merchant_id": fact.reference_merchant_id or "",
        "reference_store_id": fact.reference_store_id or "",
        "wallets": ", ".join(f"{wallet.name} {wallet.status}".strip() for wallet in fact.wallets),
    }
