"""Grants in the table: tokens behind handles, every version kept, none in clear."""

import secrets
from collections.abc import Callable, Container
from typing import Any

from autodebit.clock import Instant
from autodebit.domain.authorization import Grant, GrantState, Token
from autodebit.domain.grant_lifecycle import renewed, rested, revoke_wanted, with_token
from autodebit.domain.polling_plan import Plan
from autodebit.errors import StoreUnavailable
from autodebit.repository.cipher import TokenCipher, digest_of
from autodebit.repository.serialization import Kind, item_of, key_of, record_of
from autodebit.repository.table import ConditionFailed, Key, Table, Write, absent, point, put

ACCESS_PREFIX = "tok_"
REFRESH_PREFIX = "rtk_"
_ACCESS, _REFRESH = "access", "refresh"
_ROUNDS = 64


def new_grant(wallet: str, at: Instant, *, state: GrantState = GrantState.ACTIVE, auth_state: str = "") -> Grant:
    """A grant with two fresh handles of 128 random bits each, not stored yet."""
    return Grant(
        handle=ACCESS_PREFIX + secrets.token_hex(16),
        refresh_handle=REFRESH_PREFIX + secrets.token_hex(16),
        wallet=wallet,
        state=state,
        created_at=at,
        auth_state=auth_state,
    )


class Grants:
    """The promises that the store keeps for tokens. All raise StoreUnavailable when the table or KMS does not answer."""

    def __init__(self, table: Table, cipher: TokenCipher, plan: Plan) -> None:
        self._table = table
        self._cipher = cipher
        self._plan = plan

    def find(self, handle: str) -> Grant | None:
        """The grant behind an access handle."""
        item = self._table.get(key_of(Kind.GRANT, handle))
        return record_of(Grant, item) if item else None

    def find_by_refresh_handle(self, refresh_handle: str) -> Grant | None:
        """The grant behind a refresh handle."""
        pointer = self._table.get(_refresh_pointer(refresh_handle))
        return self.find(str(pointer["target"])) if pointer else None

    def find_by_secret(self, secret: str) -> tuple[Grant, int] | None:
        """The grant that has, or had, *secret* as its access or refresh token, and the version that it was."""
        pointer = self._table.get(_secret_pointer(secret))
        if pointer is None:
            return None
        grant = self.find(str(pointer["target"]))
        return (grant, int(pointer["token_version"])) if grant else None

    def token(self, handle: str, version: int) -> Token:
        """The tokens of one version, in clear."""
        key = _version_key(handle, version)
        item = self._table.get(key)
        if item is None:
            raise LookupError("a payment pins a token version that is not stored")
        return Token(
            access=self._open(item, _ACCESS, key),
            refresh=self._open(item, _REFRESH, key),
            access_expires=str(item.get("access_expires", "")),
            refresh_expires=str(item.get("refresh_expires", "")),
        )

    def access_token(self, handle: str, version: int) -> str:
        """The access token of one version, in clear."""
        return self._one_of(handle, version, _ACCESS)

    def refresh_token(self, handle: str, version: int) -> str:
        """The refresh token of one version, in clear; empty if it has none."""
        return self._one_of(handle, version, _REFRESH)

    def remember_cancelled(self, secret: str) -> None:
        """Keep that *secret* was cancelled before we had it: it may be on its way to us."""
        self._table.write(point(_cancelled_marker(secret), "cancelled"))

    def was_cancelled(self, secret: str) -> bool:
        """Whether *secret* was cancelled before we had it."""
        return self._table.get(_cancelled_marker(secret)) is not None

    def adopt(self, grant: Grant, token: Token) -> Grant:
        """Store a token that a caller or a notification brought along; if it is known already, the grant that has it."""
        secret = token.access or token.refresh
        for _ in range(_ROUNDS):
            known = self.find_by_secret(secret)
            if known is not None:
                return known[0]
            held = rested(with_token(grant, token), grant.created_at, self._plan)
            try:
                self._table.write(*self.new_version(held, token, grant.created_at))
            except ConditionFailed:
                continue
            return self._table.stored(held)
        raise StoreUnavailable("too many writers on one token")

    def renewed(self, grant: Grant, token: Token, at: Instant) -> Grant:
        """Store *token* as the newest version of *grant*, again until stored; it is never dropped.

        A grant that was ended meanwhile keeps its state; one that was revoked is due for the revoke of the new token.
        """
        for _ in range(_ROUNDS):
            ready = renewed(self.find(grant.handle) or grant, token, at, self._plan)
            try:
                elsewhere = self.held_elsewhere(ready, token.access, token.refresh)
                self._table.write(*self.new_version(ready, token, at, elsewhere=elsewhere))
            except ConditionFailed:
                continue
            return self._table.stored(ready)
        raise StoreUnavailable("too many writers on one grant")

    def changed(self, handle: str, change: Callable[[Grant], Grant]) -> Grant | None:
        """Apply *change* to the grant as it stands, again until stored or without effect. None: no such grant."""
        for _ in range(_ROUNDS):
            before = self.find(handle)
            if before is None:
                return None
            after = change(before)
            if after == before:
                return before
            stored = self.replaced(after)
            if stored is not None:
                return stored
        raise StoreUnavailable("too many writers on one grant")

    def replaced(self, grant: Grant) -> Grant | None:
        """Store *grant* as changed; None if somebody has moved it since it was read."""
        try:
            self._table.write(self.put(grant))
        except ConditionFailed:
            return None
        return self._table.stored(grant)

    def put(self, grant: Grant) -> Write:
        """The write that stores *grant* as changed."""
        due_as = Kind.GRANT if grant.under_way else Kind.TOKEN_LIFE
        item = item_of(Kind.GRANT, grant.handle, grant, due_as=due_as)
        return put(key_of(Kind.GRANT, grant.handle), item, over=grant.version)

    def new_version(self, grant: Grant, token: Token, at: Instant, *, elsewhere: Container[str] = ()) -> list[Write]:
        """The writes that store *grant* with *token*, its newest version: all of them in one transaction.

        A secret among *elsewhere* stays with the grant that has it; any other that another grant has is a conflict. A token that
        was cancelled before we had it is stored with a revoke that is wanted: should whoever stores it die before ending the
        grant, a poller does. A mark of that which appears meanwhile is a conflict.
        """
        number = grant.newest
        cancelled = bool(token.access) and self.was_cancelled(token.access)
        if cancelled and not grant.ended:
            grant = revoke_wanted(grant, "", at)
        key = _version_key(grant.handle, number)
        sealed: dict[str, Any] = {"kind": "token"}
        writes = [self.put(grant)]
        for name, secret in ((_ACCESS, token.access), (_REFRESH, token.refresh)):
            if secret:
                sealed[name] = self._cipher.encrypt(secret, _context(key, name))
        if token.access_expires:
            sealed["access_expires"] = token.access_expires
        if token.refresh_expires:
            sealed["refresh_expires"] = token.refresh_expires
        writes.append(put(key, sealed, over=0))
        if token.access and not cancelled:
            writes.append(absent(_cancelled_marker(token.access)))
        # A wallet may renew the expiry and keep the token: the pointer then moves on to the newest version of the grant.
        known = [
            secret for secret in dict.fromkeys((token.access, token.refresh)) if secret and secret not in elsewhere
        ]
        writes += [point(_secret_pointer(secret), grant.handle, token_version=number) for secret in known]
        if number == 1:
            writes.append(point(_refresh_pointer(grant.refresh_handle), grant.handle))
        return writes

    def held_elsewhere(self, grant: Grant, *texts: str) -> set[str]:
        """Those of *texts* that another grant has: a merchant may bring the two tokens of one wallet along one by one.

        That must never keep a new token from being stored.
        """
        held = {text: self._table.get(_secret_pointer(text)) for text in texts if text}
        return {text for text, pointer in held.items() if pointer and pointer["target"] != grant.handle}

    def _one_of(self, handle: str, version: int, name: str) -> str:
        key = _version_key(handle, version)
        item = self._table.get(key)
        if item is None:
            raise LookupError("a payment pins a token version that is not stored")
        return self._open(item, name, key)

    def _open(self, item: dict[str, Any], name: str, key: Key) -> str:
        return self._cipher.decrypt(item[name], _context(key, name)) if name in item else ""


def _version_key(handle: str, version: int) -> Key:
    return Key(f"{Kind.GRANT}#{handle}", f"token#{version:06d}")


def _context(key: Key, name: str) -> str:
    """What a ciphertext is bound to: a version's access token opens in no other version, nor as its refresh token."""
    return f"{key.pk}/{key.sk}/{name}"


def _refresh_pointer(refresh_handle: str) -> Key:
    return Key(f"refresh-handle#{refresh_handle}", "pointer")


def _cancelled_marker(secret: str) -> Key:
    return Key(f"token#{digest_of(secret)}", "cancelled")


def _secret_pointer(secret: str) -> Key:
    return Key(f"token#{digest_of(secret)}", "pointer")
