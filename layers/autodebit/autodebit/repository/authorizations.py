"""Authorizations in the table, and the end of the tokens that they led to."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from autodebit.clock import Instant
from autodebit.domain.authorization import Authorization, Grant, GrantState, apply_authorization_event
from autodebit.domain.authorization_states import AuthorizationEvent, AuthorizationState
from autodebit.domain.grant_lifecycle import all_told, closed, ending, newer_to_revoke
from autodebit.errors import StoreUnavailable
from autodebit.repository.anomalies import anomaly
from autodebit.repository.grants import Grants
from autodebit.repository.serialization import Kind, item_of, key_of, record_of
from autodebit.repository.table import ConditionFailed, Key, Table, Write, put

_ROUNDS = 64
_PIECE = 45
"""Authorizations to a transaction: each may take two items (itself, and an anomaly), and DynamoDB takes 100."""


class Authorizations:
    """The promises that the store keeps for authorizations. All raise StoreUnavailable when the table does not answer."""

    def __init__(self, table: Table, grants: Grants) -> None:
        self._table = table
        self._grants = grants

    def find(self, auth_state: str) -> Authorization | None:
        """The authorization of that authState as of now."""
        item = self._table.get(key_of(Kind.AUTHORIZATION, auth_state))
        return record_of(Authorization, item) if item else None

    def replaced(self, authorization: Authorization) -> Authorization | None:
        """Store *authorization* as changed (version 0: as new); None if somebody has moved it since it was read."""
        try:
            self._table.write(_put_authorization(authorization))
        except ConditionFailed:
            return None
        return self._table.stored(authorization)

    def is_revoked(self, auth_state: str) -> bool:
        """Whether the authorization of that authState has ended by a revoke; False for none."""
        authorization = self.find(auth_state) if auth_state else None
        return authorization is not None and authorization.state is AuthorizationState.REVOKED

    def answered(self, auth_state: str, answer: str, *, refused: str = "") -> Authorization | None:
        """Keep Alipay's answer to consult for repeats; *refused* is the code of an F that ends the authorization."""
        for _ in range(_ROUNDS):
            before = self.find(auth_state)
            if before is None or before.answer:
                return before
            after = before
            if refused:
                after = apply_authorization_event(before, AuthorizationEvent.REFUSED, code=refused).authorization
            stored = self.replaced(replace(after, answer=answer))
            if stored is not None:
                return stored
        raise StoreUnavailable("too many writers on one authorization")

    def advance(
        self,
        auth_state: str,
        news: AuthorizationEvent,
        at: Instant,
        *,
        code: str = "",
        message: str = "",
        grant: str = "",
    ) -> str:
        """Record *news*, again until stored or without effect; the anomaly that was recorded, or ""."""
        for _ in range(_ROUNDS):
            writes, reason = self.writes_of(auth_state, news, at, code=code, message=message, grant=grant)
            if not writes:
                return ""
            try:
                self._table.write(*writes)
            except ConditionFailed:
                continue
            return reason
        raise StoreUnavailable("too many writers on one authorization")

    # --- tokens that ended

    def close_grant(
        self, grant: Grant, to: GrantState, news: AuthorizationEvent, at: Instant, reason: str
    ) -> Grant | None:
        """End *grant* and its authorizations, again until stored or ended already; the grant as it stands.

        In one transaction, where that holds them all. Else the end of the grant is stored first, with a due time; then its
        authorizations, piece by piece; the due time is removed last. A repeat, or the poller, completes what was cut.

        What was said of *grant* ends it only if it has no newer token: that one lives on, or is revoked in its turn. A dead
        token ends nothing while a refresh or a revoke is under way, whose answer will tell.
        """
        for _ in range(_ROUNDS):
            current = self._grants.find(grant.handle)
            if current is not None and current.ending is not None:
                current = self.finish_end(current, at)
            if current is None or (current.ended and current.revocation is None):
                return current
            if to is GrantState.EXPIRED and (current.under_way or current.newest != grant.newest):
                return current
            moves: list[Write] = []
            if current.newest != grant.newest:
                after = newer_to_revoke(current, at)
            elif len(current.auth_states) > _PIECE:
                after = ending(current, to, reason, news, at)
            else:
                after = closed(current, to, reason)
                moves = self._moves(current.auth_states, news, at, reason)
            if after == current:
                return current
            try:
                self._table.write(self._grants.put(after), *moves)
            except ConditionFailed:
                continue
            after = self._table.stored(after)
            return self.finish_end(after, at) if after.ending is not None else after
        raise StoreUnavailable("too many writers on one grant")

    def finish_end(self, grant: Grant, at: Instant) -> Grant | None:
        """Tell the authorizations of an ended grant of its end, in pieces; then it is no longer due. The grant as it stands."""
        known: Grant | None = grant
        for _ in range(_ROUNDS):
            if known is None or known.ending is None:
                return known
            names = known.auth_states
            for first in range(0, len(names), _PIECE):
                self._tell(names[first : first + _PIECE], known.ending, at, known.reason)
            # Only over the version that was read: whatever was linked meanwhile is told in the next round.
            stored = self._grants.replaced(all_told(known))
            if stored is not None:
                return stored
            known = self._grants.find(grant.handle)
        raise StoreUnavailable("too many writers on one grant")

    def record_grant_anomaly(self, grant: Grant, reason: str, code: str, at: Instant) -> None:
        """Keep a fact about a grant that people should look at."""
        self.record(key_of(Kind.GRANT, grant.handle), reason, at, {"code": code, "auth_state": grant.auth_state})

    def record_unknown(self, auth_state: str, reason: str, at: Instant, facts: Mapping[str, str]) -> None:
        """Keep a fact that concerns no authorization of ours (*auth_state* may be empty)."""
        self.record(key_of(Kind.AUTHORIZATION, auth_state), reason, at, facts)

    def record(self, beside: Key, reason: str, at: Instant, facts: Mapping[str, str]) -> None:
        """Keep a fact that cannot be applied."""
        self._table.write(anomaly(beside, reason, at, facts))

    # --- parts of transactions

    def writes_of(
        self,
        auth_state: str,
        news: AuthorizationEvent,
        at: Instant,
        *,
        code: str = "",
        message: str = "",
        grant: str = "",
        ended: Grant | None = None,
    ) -> tuple[list[Write], str]:
        """The writes that record *news*, and the end of its grant after it if that has *ended* already; the anomaly, or ""."""
        before = self.find(auth_state)
        if before is None:
            return [], ""
        judgement = apply_authorization_event(before, news, code=code, message=message, grant=grant)
        if ended is not None and ended.ended and not judgement.anomaly:
            end = AuthorizationEvent.CANCELED if ended.state is GrantState.REVOKED else AuthorizationEvent.LAPSED
            judgement = apply_authorization_event(judgement.authorization, end, message=ended.reason)
        writes: list[Write] = []
        if judgement.authorization != before:
            writes.append(_put_authorization(judgement.authorization))
        if judgement.anomaly:
            told = {"news": str(news), "code": code}
            writes.append(anomaly(key_of(Kind.AUTHORIZATION, auth_state), judgement.anomaly, at, told))
        return writes, judgement.anomaly

    def _moves(self, names: Sequence[str], news: AuthorizationEvent, at: Instant, reason: str) -> list[Write]:
        return [write for name in names for write in self.writes_of(name, news, at, message=reason)[0]]

    def _tell(self, names: Sequence[str], news: AuthorizationEvent, at: Instant, reason: str) -> None:
        """Record *news* of those authorizations in one transaction; nothing is written where all of them know."""
        for _ in range(_ROUNDS):
            moves = self._moves(names, news, at, reason)
            if not moves:
                return
            try:
                self._table.write(*moves)
            except ConditionFailed:
                continue
            return
        raise StoreUnavailable("too many writers on one authorization")


def _put_authorization(authorization: Authorization) -> Write:
    identity = authorization.auth_state
    key = key_of(Kind.AUTHORIZATION, identity)
    return put(key, item_of(Kind.AUTHORIZATION, identity, authorization), over=authorization.version)
