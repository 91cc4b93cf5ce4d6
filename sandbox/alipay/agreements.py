"""What a wallet's customer has agreed to: the authorization, its auth codes and its tokens."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.alipay.answers import Answer
from sandbox.alipay.wallets import Wallet


@dataclass
class User:
    """A wallet's customer."""

    wallet: str
    user_id: str
    login_id: str

    @property
    def ledger_account(self) -> str:
        return f"customer:{self.wallet}:{self.user_id}"


@dataclass
class Token:
    """One access token and the refresh token that came with it, if the wallet gives one."""

    access: str
    access_expiry: float
    refresh: str | None
    refresh_expiry: float | None
    refreshed: bool = False


@dataclass
class Authorization:
    """What one consult started. *decision* is None while the user has not decided."""

    auth_id: str
    auth_state: str
    wallet: Wallet
    redirect_url: str
    notify_url: str | None
    scopes: tuple[str, ...]
    auth_client_id: str | None
    decision: str | None = None
    user: User | None = None
    revoked: bool = False
    tokens: list[Token] = field(default_factory=list)


@dataclass
class AuthCode:
    """A code, valid for a minute, good for one token; *given* is the answer of its first use."""

    authorization: Authorization
    expiry: float
    given: Answer | None = None
