"""Authorization codes in the table: one exchange per code, whoever comes first, and the token that it brings."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from autodebit.clock import DAY, SECOND, Instant
from autodebit.domain.authorization import AuthCode, CodeState, Grant, GrantState, Token, for_wallet
from autodebit.domain.authorization_states import AuthorizationEvent, AuthorizationState
from autodebit.domain.grant_lifecycle import linked, of_wallet, rested, to_be_revoked, with_token
from autodebit.domain.polling_plan import Plan
from autodebit.errors import StoreUnavailable
from autodebit.repository.anomalies import anomaly
from autodebit.repository.authorizations import Authorizations
from autodebit.repository.cipher import TokenCipher, digest_of
from autodebit.repository.grants import Grants
from autodebit.repository.renewal_request import consented, for_account_of
from autodebit.repository.serialization import Kind, item_of, key_of, record_of
from autodebit.repository.table import ConditionFailed, Item, Table, Write, put

_ROUNDS = 64
_CODE = "code"
_WAITING_FOR_CODE = (AuthorizationState.CONSULTED, AuthorizationState.CODE_RECEIVED, AuthorizationState.ABANDONED)
_FORGET_CODES_AFTER = 30 * DAY
_LINKS_FORGOTTEN = "more authorizations lead to one token than can be kept; the oldest are forgotten"


@dataclass(frozen=True, slots=True)
class CodeClaim:
    """A code as it stands, and whether this caller now holds the lease on its exchange."""

    code: AuthCode
    mine: bool


class Codes:
    """The promises that the store keeps for codes. All raise StoreUnavailable when table or KMS does not answer."""

    def __init__(
        self, table: Table, cipher: TokenCipher, grants: Grants, authorizations: Authorizations, plan: Plan
    ) -> None:
        self._table = table
        self._cipher = cipher
        self._grants = grants
        self._authorizations = authorizations
        self._plan = plan

    def find_code(self, digest: str) -> AuthCode | None:
        """The code of that SHA-256 as of now."""
        item = self._table.get(key_of(Kind.CODE, digest))
        return record_of(AuthCode, item) if item else None

    def secret_of(self, code: AuthCode) -> str:
        """The code itself, in clear."""
        key = key_of(Kind.CODE, code.digest)
        item = self._table.get(key)
        if item is None:
            raise LookupError("this code is not stored")
        return self._cipher.decrypt(item[_CODE], key.pk)

    def receive_code(
        self, auth_state: str, secret: str, body: str, wallet: str, at: Instant, *, due: bool = True
    ) -> tuple[AuthCode, str]:
        """Keep the code that a notification brought, linked with its authorization; the code and the anomaly recorded, or "".

        With *due* a poller exchanges the code should nobody else. A code for an authorization that waits for none is kept
        without a due time: nobody is to exchange it. If the redirect came first and the code is exchanged already, the
        authorization becomes what its grant is, in the same transaction: active, or ended if that has ended meanwhile.
        *wallet* is the one of the consent: a redirect that named another one has said nothing of the code.
        """
        digest = digest_of(secret)
        for _ in range(_ROUNDS):
            stored = self._table.get(key_of(Kind.CODE, digest))
            known = record_of(AuthCode, stored) if stored else None
            if known is not None and known.auth_state == auth_state:
                return known, ""
            if known is not None and known.auth_state:
                reason = "one authorization code came for two authorizations"
                self._authorizations.record(
                    key_of(Kind.AUTHORIZATION, auth_state), reason, at, {"other_auth_state": known.auth_state}
                )
                return known, reason
            wanted = due and self._waits_for_code(auth_state)
            fresh = AuthCode(digest, CodeState.WAITING, body, wallet, at, due_at=at if wanted else None)
            code = replace(for_wallet(known, fresh) if known else fresh, auth_state=auth_state)
            grant = self._linked_grant(code, body, at)
            writes = [self._put_code(code, stored, secret), *([self._grants.put(grant)] if grant else [])]
            moves, reason = self._advance_by_code(code, at, grant)
            try:
                self._table.write(*writes, *moves)
            except ConditionFailed:
                continue
            return self._table.stored(code), reason
        raise StoreUnavailable("too many writers on one code")

    def claim_code(self, secret: str, body: str, wallet: str, at: Instant, lease: int) -> CodeClaim:
        """Take the lease on the exchange of *secret*, for *lease* milliseconds, unless it is finished or in other hands."""
        digest = digest_of(secret)
        for _ in range(_ROUNDS):
            stored = self._table.get(key_of(Kind.CODE, digest))
            fresh = AuthCode(digest, CodeState.WAITING, body, wallet, at)
            code = record_of(AuthCode, stored) if stored else fresh
            if code.refused_for_another(wallet):
                code = for_wallet(code, fresh)
            if code.state is not CodeState.WAITING or at < code.lease_until:
                return CodeClaim(code, mine=False)
            lost = code.lost or (code.sends > 0 and code.lease_until > 0)
            until = at + lease
            claimed = replace(
                code, lease_until=until, due_at=until, sends=code.sends + 1, polls=code.polls + 1, lost=lost
            )
            try:
                self._table.write(self._put_code(claimed, stored, secret))
            except ConditionFailed:
                continue
            return CodeClaim(self._table.stored(claimed), mine=True)
        raise StoreUnavailable("too many writers on one code")

    def exchanged(
        self, code: AuthCode, grant: Grant, token: Token, answer: Callable[[Grant], str], at: Instant
    ) -> tuple[AuthCode, str]:
        """Store the token that *code* was exchanged for: grant, code and authorization in one transaction, again until stored.

        *answer* makes the body for callers from the grant that holds the token in the end.
        """
        for _ in range(_ROUNDS):
            stored = self._table.get(key_of(Kind.CODE, code.digest))
            current = record_of(AuthCode, stored) if stored else code
            if current.state is CodeState.EXCHANGED:
                return current, ""
            known = self._grants.find_by_secret(token.access)
            if known is not None and known[0].ending is not None:
                # Its end belongs to the consents before this one.
                self._authorizations.finish_end(known[0], at)
                continue
            # A wallet may issue the very token again that it issued before: it stays behind the handle that callers hold.
            # It is renewed as by the newest exchange, for the account that the grant has where that names none.
            renewal = for_account_of(grant.refresh_body, known[0].refresh_body if known else "")
            ours = of_wallet(replace(known[0] if known else grant, refresh_body=renewal), current.wallet)
            held = self._held(ours, token, current.auth_state, at)
            done = self._finished(
                current,
                CodeState.EXCHANGED,
                at,
                grant=held.handle,
                answer=answer(held),
                result_code="SUCCESS",
            )
            moves, reason = self._advance_by_code(done, at)
            if known is not None and len(held.auth_states) < len(known[0].auth_states):
                moves.append(anomaly(key_of(Kind.GRANT, held.handle), _LINKS_FORGOTTEN, at, {}))
            try:
                elsewhere = self._grants.held_elsewhere(held, token.refresh)
                versions = self._grants.new_version(held, token, at, elsewhere=elsewhere)
                self._table.write(*versions, self._put_code(done, stored), *moves)
            except ConditionFailed:
                continue
            return self._table.stored(done), reason
        raise StoreUnavailable("too many writers on one code")

    def exchange_failed(self, code: AuthCode, answer: str, result_code: str, at: Instant, reason: str = "") -> AuthCode:
        """Close the exchange of *code* without a token, and its authorization with it; *reason* makes it an anomaly."""
        for _ in range(_ROUNDS):
            stored = self._table.get(key_of(Kind.CODE, code.digest))
            current = record_of(AuthCode, stored) if stored else code
            if current.state is not CodeState.WAITING or current.polls != code.polls:
                # Somebody else has finished it, or holds it now: a refusal of ours may be due to the other's success.
                return current
            if current.wallet != code.wallet:
                # The consent has named another wallet meanwhile: the refusal says nothing of the code under that one.
                again = replace(current, lease_until=0, due_at=at, sends=0, lost=False)
                try:
                    self._table.write(self._put_code(again, stored))
                except ConditionFailed:
                    continue
                return self._table.stored(again)
            done = self._finished(current, CodeState.FAILED, at, answer=answer, result_code=result_code)
            moves, contradiction = self._advance_by_code(done, at)
            writes = [self._put_code(done, stored), *moves]
            if reason and not contradiction:
                beside = (
                    key_of(Kind.AUTHORIZATION, done.auth_state) if done.auth_state else key_of(Kind.CODE, done.digest)
                )
                writes.append(anomaly(beside, reason, at, {"code": result_code}))
            try:
                self._table.write(*writes)
            except ConditionFailed:
                continue
            return self._table.stored(done)
        raise StoreUnavailable("too many writers on one code")

    def exchange_open(self, claimed: AuthCode, at: Instant, *, lost: bool, unsent: bool = False) -> None:
        """Hand the exchange on to the poller: *lost* says that an answer may have been lost, *unsent* that nothing left."""
        for _ in range(_ROUNDS):
            stored = self._table.get(key_of(Kind.CODE, claimed.digest))
            current = record_of(AuthCode, stored) if stored else None
            if current is None or current.state is not CodeState.WAITING or current.polls != claimed.polls:
                return
            later = replace(
                current,
                lease_until=0,
                lost=current.lost or lost,
                sends=current.sends - unsent,
                due_at=at + self._plan.payments.after(current.polls - 1),
            )
            try:
                self._table.write(self._put_code(later, stored))
            except ConditionFailed:
                continue
            return
        raise StoreUnavailable("too many writers on one code")

    # --- parts of transactions

    def _waits_for_code(self, auth_state: str) -> bool:
        authorization = self._authorizations.find(auth_state)
        return authorization is not None and authorization.state in _WAITING_FOR_CODE

    def _advance_by_code(self, code: AuthCode, at: Instant, grant: Grant | None = None) -> tuple[list[Write], str]:
        if not code.auth_state:
            return [], ""
        match code.state:
            case CodeState.EXCHANGED:
                return self._authorizations.writes_of(
                    code.auth_state, AuthorizationEvent.TOKEN, at, grant=code.grant, ended=grant
                )
            case CodeState.FAILED:
                return self._authorizations.writes_of(
                    code.auth_state, AuthorizationEvent.REFUSED, at, code=code.result_code
                )
            case CodeState.WAITING:
                return self._authorizations.writes_of(code.auth_state, AuthorizationEvent.CODE, at)

    def _held(self, grant: Grant, token: Token, auth_state: str, at: Instant) -> Grant:
        """*grant* with the *token* that a code brought; if its authorization was revoked meanwhile, so is the token."""
        held = linked(with_token(grant, token), auth_state)
        if self._authorizations.is_revoked(auth_state) and not (grant.newest and grant.usable):
            return to_be_revoked(held, at)
        # Whoever was revoked has agreed anew; a revoke that is still wanted is not forgotten for that.
        wanted = None if grant.ended else grant.revocation
        active = replace(held, state=GrantState.ACTIVE, reason="", revocation=wanted, refreshes=0)
        return rested(active, at, self._plan)

    def _linked_grant(self, code: AuthCode, body: str, at: Instant) -> Grant | None:
        """The grant that *code* was exchanged for, as the outcome of its authorization, whose consent led to *body*."""
        grant = self._grants.find(code.grant) if code.grant else None
        if grant is None:
            return None
        # A grant that no authorization has yet can only be this one's: if this one is revoked, the token came too late.
        late = grant.usable and not grant.auth_state and self._authorizations.is_revoked(code.auth_state)
        after = linked(consented(of_wallet(grant, code.wallet), body), code.auth_state)
        return to_be_revoked(after, at) if late else after

    def _put_code(self, code: AuthCode, stored: Item | None, secret: str = "") -> Write:
        key = key_of(Kind.CODE, code.digest)
        sealed = stored[_CODE] if stored else self._cipher.encrypt(secret, key.pk)
        return put(key, {**item_of(Kind.CODE, code.digest, code), _CODE: sealed}, over=code.version)

    def _finished(self, code: AuthCode, state: CodeState, at: Instant, **known: str) -> AuthCode:
        forget = (at + _FORGET_CODES_AFTER) // SECOND
        return replace(code, state=state, lease_until=0, due_at=None, expires_at=forget, **known)  # type: ignore[arg-type]
