"""Authorizations: consult, applyToken, revoke, and what a token is good for."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from sandbox.alipay.agreements import AuthCode, Authorization, Token, User
from sandbox.alipay.answers import Answer, answer
from sandbox.alipay.clock import Clock, iso
from sandbox.alipay.config import Config
from sandbox.alipay.ids import Ids, masked_login, user_id
from sandbox.alipay.journal import mask
from sandbox.alipay.notifications import NOTIFY_AUTHORIZATION, Outbox
from sandbox.alipay.wallets import WALLETS, Wallet

REFRESH_TOKEN_LIVES_LONGER = 7 * 86_400


class Authorizations:
    """The wallets' side of consult and applyToken. Guarded by the simulator's lock."""

    def __init__(self, config: Config, clock: Clock, ids: Ids, outbox: Outbox) -> None:
        self._config, self._clock, self._ids, self._outbox = config, clock, ids, outbox
        self._authorizations: dict[str, Authorization] = {}
        self._codes: dict[str, AuthCode] = {}
        self._access: dict[str, tuple[Authorization, Token]] = {}
        self._refresh: dict[str, tuple[Authorization, Token]] = {}

    def consult(self, body: dict[str, Any], base_url: str) -> Answer:
        """A page where the user can agree. The same authState gives the same page until the user has
        decided.
        """
        wallet = WALLETS.get(str(body["customerBelongsTo"]))
        if wallet is None:
            return answer("NO_PAY_OPTIONS")
        opened = self._undecided(str(body["authState"]), wallet.enum)
        if opened is None:
            opened = Authorization(
                auth_id=self._ids.auth_id(),
                auth_state=str(body["authState"]),
                wallet=wallet,
                redirect_url=str(body["authRedirectUrl"]),
                notify_url=body.get("authNotifyUrl"),
                scopes=tuple(body["scopes"]),
                auth_client_id=body.get("authClientId"),
            )
            self._authorizations[opened.auth_id] = opened
        page = f"{base_url}/wallet/authorize?authId={opened.auth_id}"
        terminal = body.get("terminalType") or body["env"]["terminalType"]
        in_app = terminal in ("APP", "WAP")
        return answer(
            "SUCCESS",
            normalUrl=page,
            schemeUrl=f"alipaysandbox://authorize?url={quote(page, safe='')}" if in_app else None,
            applinkUrl=page if in_app else None,
            appIdentifier=wallet.app if in_app else None,
        )

    def find(self, auth_id: str) -> Authorization | None:
        return self._authorizations.get(auth_id)

    def agree(self, authorization: Authorization, account: str) -> str:
        """The user agrees: an auth code is made and notified; returns where the browser goes."""
        now, wallet = self._clock.now(), authorization.wallet.enum
        user = User(wallet, user_id(wallet, account), masked_login(account))
        authorization.decision, authorization.user = "AGREED", user
        code = self._ids.auth_code(now)
        self._codes[code] = AuthCode(authorization, now + self._config.auth_code_seconds)
        self._notify(
            authorization,
            {
                "authorizationNotifyType": "AUTHCODE_CREATED",
                "authState": authorization.auth_state,
                "authCode": code,
                "userLoginId": user.login_id,
                "userId": user.user_id,
            },
        )
        return with_query(authorization.redirect_url, authCode=code, authState=authorization.auth_state)

    def decline(self, authorization: Authorization) -> str:
        """The user declines: nothing is notified; returns the bare redirect URL."""
        authorization.decision = "DECLINED"
        return authorization.redirect_url

    def apply_token(self, body: dict[str, Any]) -> Answer:
        wallet = WALLETS.get(str(body["customerBelongsTo"]))
        if wallet is None:
            return answer("NO_PAY_OPTIONS")
        if body["grantType"] == "AUTHORIZATION_CODE":
            return self._exchange(str(body["authCode"]), wallet)
        return self._renew(str(body["refreshToken"]), wallet)

    def holder(self, access_token: str) -> Authorization | None:
        """The authorization that *access_token* stands for; None when it is unknown, expired or revoked."""
        authorization, token = self._access.get(access_token, (None, None))
        if authorization is None or token is None or authorization.revoked:
            return None
        return authorization if self._clock.now() < token.access_expiry else None

    def payer(self, access_token: str, wallet: str) -> Authorization | None:
        """As ``holder``; None for another wallet's token, too."""
        found = self.holder(access_token)
        return found if found is not None and found.wallet.enum == wallet else None

    def paid_with(self, access_token: str) -> None:
        """A payment was made with the token: some wallets count its life from the last payment."""
        authorization, token = self._access[access_token]
        if authorization.wallet.renewed_by_payment:
            token.access_expiry = authorization.wallet.token_expiry(self._clock.now())

    def revoke(self, body: dict[str, Any]) -> Answer:
        """The merchant ends the agreement behind a live access token, and with it all of its tokens."""
        access_token = str(body["accessToken"])
        authorization = self.holder(access_token)
        if authorization is None:
            return answer("INVALID_ACCESS_TOKEN")
        self._end(authorization, access_token)
        return answer("SUCCESS")

    def cancel_in_wallet(self, auth_state: str, reason: str | None) -> bool:
        """The user ends the agreement in the wallet: tokens are dead at once, TOKEN_CANCELED is notified.

        False when there is no such agreement with a token.
        """
        for authorization in self._authorizations.values():
            if authorization.auth_state == auth_state and authorization.tokens and not authorization.revoked:
                self._end(authorization, authorization.tokens[-1].access, reason)
                return True
        return False

    def describe(self) -> list[dict[str, Any]]:
        """Every authorization, tokens masked."""
        now = self._clock.now()
        return [
            {
                "authId": entry.auth_id,
                "authState": entry.auth_state,
                "customerBelongsTo": entry.wallet.enum,
                "decision": entry.decision,
                "userId": entry.user.user_id if entry.user else None,
                "revoked": entry.revoked,
                "tokens": [
                    {
                        "accessToken": mask(token.access),
                        "accessTokenExpiryTime": iso(token.access_expiry),
                        "valid": not entry.revoked and now < token.access_expiry,
                        "refreshed": token.refreshed,
                    }
                    for token in entry.tokens
                ],
            }
            for entry in self._authorizations.values()
        ]

    def _undecided(self, auth_state: str, wallet: str) -> Authorization | None:
        for entry in self._authorizations.values():
            if (entry.auth_state, entry.wallet.enum, entry.decision) == (auth_state, wallet, None):
                return entry
        return None

    def _exchange(self, code: str, wallet: Wallet) -> Answer:
        known = self._codes.get(code)
        if known is None or known.authorization.wallet is not wallet:
            return answer("INVALID_AUTHCODE")
        if known.given is not None:
            # Not documented: what Alipay answers to the second use of a code whose first answer was lost.
            return known.given if self._config.repeat_auth_code == "same" else answer("INVALID_AUTHCODE")
        if self._clock.now() >= known.expiry:
            return answer("INVALID_AUTHCODE")
        known.given = self._issue(known.authorization)
        return known.given

    def _renew(self, refresh_token: str, wallet: Wallet) -> Answer:
        authorization, token = self._refresh.get(refresh_token, (None, None))
        if authorization is None or token is None or authorization.wallet is not wallet:
            return answer("INVALID_REFRESH_TOKEN")
        over = token.refresh_expiry is None or self._clock.now() >= token.refresh_expiry
        if authorization.revoked or token.refreshed or over:
            return answer("INVALID_REFRESH_TOKEN")
        # The old access token stays valid until it expires: whether Alipay ends it at a refresh is
        # not published.
        token.refreshed = True
        return self._issue(authorization)

    def _issue(self, authorization: Authorization) -> Answer:
        now, wallet, user = self._clock.now(), authorization.wallet, authorization.user
        if user is None:
            raise ValueError("nobody agreed to this authorization")
        short = self._config.token_seconds if wallet.refreshable else None
        expiry = wallet.token_expiry(now) if short is None else now + short
        token = Token(
            self._ids.access_token(now),
            expiry,
            self._ids.refresh_token(now) if wallet.refreshable else None,
            expiry + REFRESH_TOKEN_LIVES_LONGER if wallet.refreshable else None,
        )
        authorization.tokens.append(token)
        self._access[token.access] = (authorization, token)
        if token.refresh is not None:
            self._refresh[token.refresh] = (authorization, token)
        return answer(
            "SUCCESS",
            accessToken=token.access,
            accessTokenExpiryTime=iso(token.access_expiry),
            refreshToken=token.refresh,
            refreshTokenExpiryTime=None if token.refresh_expiry is None else iso(token.refresh_expiry),
            userLoginId=user.login_id if "AGREEMENT_PAY" in authorization.scopes else None,
            extendInfo=json.dumps({"userId": user.user_id, "userLoginId": user.login_id}, separators=(",", ":")),
        )

    def _end(self, authorization: Authorization, access_token: str, reason: str | None = None) -> None:
        """All tokens are dead at once; TOKEN_CANCELED names *access_token*."""
        authorization.revoked = True
        cancelled = {"authorizationNotifyType": "TOKEN_CANCELED", "accessToken": access_token}
        self._notify(authorization, cancelled | ({"reason": reason} if reason else {}))

    def _notify(self, authorization: Authorization, body: dict[str, Any]) -> None:
        if authorization.auth_client_id is not None:
            body = {**body, "authClientId": authorization.auth_client_id}
        self._outbox.put(NOTIFY_AUTHORIZATION, authorization.notify_url, body, "SUCCESS")


def with_query(url: str, **parameters: str) -> str:
    """*url* with *parameters* appended to its query, before a fragment. (How Alipay treats a query is not
    published.)
    """
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(parameters))))
    return urlunsplit(parts._replace(query=query))
