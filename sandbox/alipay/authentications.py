"""Authentications: one-time passwords that show that a wallet's customer is present."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.alipay.agreements import Authorization
from sandbox.alipay.answers import Answer, answer, first_answer
from sandbox.alipay.authorizations import Authorizations
from sandbox.alipay.clock import Clock
from sandbox.alipay.config import Config
from sandbox.alipay.ids import Ids
from sandbox.alipay.wishes import Wishes

MOST_WRONG_TRIES = 5


@dataclass
class Authentication:
    """One initAuthentication; *holder* and *otp* are None when it was refused, and no password was sent."""

    request_id: str
    channel: str
    access_token: str
    holder: Authorization | None
    otp: str | None
    expiry: float
    wrong_tries: int = 0
    passed: bool = False

    @property
    def status(self) -> str:
        if self.otp is None:
            return "REFUSED"
        return "PASSED" if self.passed else "SENT"


class Authentications:
    """The wallets' side of initAuthentication and verifyAuthentication. Guarded by the simulator's lock.

    Length, life and tries of a password are not published: six digits, five minutes, five wrong tries.
    """

    def __init__(self, config: Config, clock: Clock, ids: Ids, authorizations: Authorizations, wishes: Wishes) -> None:
        self._config, self._clock, self._ids = config, clock, ids
        self._authorizations, self._wishes = authorizations, wishes
        self._by_request: dict[str, Authentication] = {}

    def start(self, body: dict[str, Any]) -> Answer:
        """Send one password per authenticationRequestId; a repeat gets the result of the first."""
        request_id = str(body["authenticationRequestId"])
        channel, access_token = str(body["authenticationChannelType"]), str(body["userIdentityValue"])
        known = self._by_request.get(request_id)
        if known is None:
            known = self._by_request[request_id] = self._send(request_id, channel, access_token)
            return first_answer(_started(known), self._wishes.spelled("initAuthentication", request_id))
        if (known.channel, known.access_token) != (channel, access_token):
            return answer("REPEAT_REQ_INCONSISTENT", "This authenticationRequestId came with other values before.")
        return _started(known)

    def verify(self, body: dict[str, Any]) -> Answer:
        """Whether the customer typed the password that was sent: S with isPassed, a bare boolean."""
        known = self._by_request.get(str(body["authenticationRequestId"]))
        if known is None or known.otp is None:
            return answer("PROCESS_FAIL", "No one-time password was sent for this authenticationRequestId.")
        right = str(body["authenticationValue"]) == known.otp
        if known.passed:
            return answer("SUCCESS", isPassed=right)
        if self._authorizations.holder(known.access_token) is None:
            return answer("INVALID_ACCESS_TOKEN")
        if known.wrong_tries >= MOST_WRONG_TRIES:
            return answer("PROCESS_FAIL", "The one-time password was wrong too often.")
        known.passed = right and self._clock.now() < known.expiry
        known.wrong_tries += not known.passed
        return answer("SUCCESS", isPassed=known.passed)

    def describe(self) -> list[dict[str, Any]]:
        """Every authentication, without its password."""
        return [
            {
                "authenticationRequestId": entry.request_id,
                "channel": entry.channel,
                "customerBelongsTo": entry.holder.wallet.enum if entry.holder else None,
                "userId": entry.holder.user.user_id if entry.holder and entry.holder.user else None,
                "status": entry.status,
                "wrongTries": entry.wrong_tries,
            }
            for entry in self._by_request.values()
        ]

    def phone(self) -> list[dict[str, Any]]:
        """What customers received: the only place where a password is shown."""
        return [
            {"authenticationRequestId": entry.request_id, "otp": entry.otp, "channel": entry.channel}
            for entry in self._by_request.values()
            if entry.otp is not None
        ]

    def _send(self, request_id: str, channel: str, access_token: str) -> Authentication:
        # SEND_OTP is not asked for: that initAuthentication needs this scope is nowhere written.
        holder = self._authorizations.holder(access_token)
        otp = self._ids.otp() if holder is not None else None
        expiry = self._clock.now() + self._config.otp_seconds
        return Authentication(request_id, channel, access_token, holder, otp, expiry)


def _started(authentication: Authentication) -> Answer:
    if authentication.otp is None:
        return answer("INVALID_ACCESS_TOKEN")
    return answer("SUCCESS", authenticationRequestId=authentication.request_id)
