"""Authentications in the table: one password for each authenticationRequestId."""

from collections.abc import Callable
from dataclasses import replace

from autodebit.clock import Instant
from autodebit.domain.authentication import (
    Authentication,
    AuthenticationTransition,
    apply_authentication_event,
    claimed,
    left_open,
)
from autodebit.domain.authentication_states import AuthenticationEvent
from autodebit.errors import StoreUnavailable
from autodebit.repository.anomalies import anomaly
from autodebit.repository.serialization import Kind, item_of, key_of, record_of
from autodebit.repository.table import ConditionFailed, Table, Write, put

_ROUNDS = 64


class Authentications:
    """The promises that the store keeps for authentications. All raise StoreUnavailable when the table does not answer."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, authentication_request_id: str) -> Authentication | None:
        """The authentication of that id as of now."""
        item = self._table.get(key_of(Kind.AUTHENTICATION, authentication_request_id))
        return record_of(Authentication, item) if item else None

    def claim(self, authentication: Authentication, until: Instant) -> Authentication | None:
        """Write *authentication* ahead, leased to a sender; None if somebody has moved it since it was read."""
        ready = claimed(authentication, until)
        try:
            self._table.write(_put(ready))
        except ConditionFailed:
            return None
        return self._table.stored(ready)

    def release(self, sent: Authentication, *, unsent: bool) -> None:
        """Give the lease of *sent* back, if nobody else has it."""
        self._changed(
            sent.authentication_request_id,
            lambda known: AuthenticationTransition(left_open(known, sent, unsent=unsent)),
            0,
            "",
        )

    def lose_check(self, authentication_request_id: str) -> None:
        """Keep that an answer to a check of the password was lost."""
        self._changed(
            authentication_request_id,
            lambda known: AuthenticationTransition(replace(known, check_lost=True)),
            0,
            "",
        )

    def settle(
        self, authentication_request_id: str, news: AuthenticationEvent, at: Instant, *, code: str, answer: str = ""
    ) -> tuple[Authentication | None, str]:
        """Record *news*, again until stored or without effect; the authentication, and the anomaly recorded, or ""."""
        return self._changed(
            authentication_request_id,
            lambda known: apply_authentication_event(known, news, code=code, answer=answer),
            at,
            code,
        )

    def _changed(
        self,
        authentication_request_id: str,
        change: Callable[[Authentication], AuthenticationTransition],
        at: Instant,
        code: str,
    ) -> tuple[Authentication | None, str]:
        for _ in range(_ROUNDS):
            before = self.find(authentication_request_id)
            if before is None:
                return None, ""
            judgement = change(before)
            after = judgement.authentication
            writes = [_put(after)] if after != before else []
            if judgement.anomaly:
                beside = key_of(Kind.AUTHENTICATION, authentication_request_id)
                writes.append(anomaly(beside, judgement.anomaly, at, {"code": code}))
            if not writes:
                return before, ""
            try:
                self._table.write(*writes)
            except ConditionFailed:
                continue
            return self._table.stored(after) if after != before else before, judgement.anomaly
        raise StoreUnavailable("too many writers on one authentication")


def _put(authentication: Authentication) -> Write:
    identity = authentication.authentication_request_id
    item = item_of(Kind.AUTHENTICATION, identity, authentication)
    return put(key_of(Kind.AUTHENTICATION, identity), item, over=authentication.version)
