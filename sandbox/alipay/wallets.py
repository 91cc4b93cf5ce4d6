"""The wallets of Auto Debit: tokens, refunds, app."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sandbox.alipay.clock import HANGZHOU

YEAR = 365 * 86_400


@dataclass(frozen=True)
class Wallet:
    """One value of ``customerBelongsTo`` / ``paymentMethodType``.

    ``valid_seconds`` counts from the issue of a token, ``valid_until`` (a date, UTC+8) is a fixed end.
    Where Alipay publishes no life, a year is taken, the shortest one documented, without a refresh token.
    ``refund_days`` count from the payment; None: money that was taken can be neither refunded nor cancelled.
    """

    enum: str
    name: str
    valid_seconds: int = YEAR
    valid_until: str | None = None
    refreshable: bool = False
    renewed_by_payment: bool = False
    android_package: str | None = None
    refund_days: int | None = 365
    refunds_in_part: bool = True
    one_refund_a_day: bool = False

    def token_expiry(self, issued: float) -> float:
        if self.valid_until is None:
            return issued + self.valid_seconds
        return datetime.fromisoformat(self.valid_until).replace(tzinfo=HANGZHOU).timestamp()

    @property
    def app(self) -> str:
        return self.android_package or f"sandbox.wallet.{self.enum.lower()}"


_DOCUMENTED = (
    Wallet("ALIPAY_CN", "Alipay", valid_until="2115-02-01", android_package="com.eg.android.AlipayGphone"),
    Wallet(
        "ALIPAY_HK",
        "AlipayHK",
        valid_until="2038-01-01",
        refreshable=True,
        android_package="hk.alipay.wallet",
    ),
    Wallet("BOOST", "Boost", valid_seconds=YEAR, refreshable=True),
    Wallet("DANA", "DANA", valid_seconds=10 * YEAR, refreshable=True, android_package="id.dana"),
    Wallet("GCASH", "GCash", valid_seconds=2 * YEAR, refreshable=True, android_package="com.globe.gcash.android"),
    Wallet("KAKAOPAY", "KakaoPay", valid_until="2120-08-25", android_package="com.kakao.talk"),
    Wallet("NAVERPAY", "NAVER Pay", valid_seconds=YEAR, renewed_by_payment=True),
    Wallet("MAYA", "Maya", valid_seconds=YEAR, refreshable=True),
    Wallet("RABBIT_LINE_PAY", "Rabbit LINE Pay", valid_until="2050-07-19", refreshable=True),
    Wallet(
        "TRUEMONEY",
        "TrueMoney",
        valid_seconds=2 * YEAR,
        refreshable=True,
        android_package="th.co.truemoney.wallet",
    ),
    Wallet(
        "TNG",
        "Touch 'n Go eWallet",
        valid_seconds=2 * YEAR,
        refreshable=True,
        android_package="my.com.tngdigital.ewallet",
    ),
    # The table calls bKash refreshable, yet lists no refresh token for it.
    Wallet("BKASH", "bKash", valid_until="2099-12-31"),
    Wallet("ZALOPAY", "ZaloPay", refund_days=180),
    Wallet("PAYPAY", "PayPay", refund_days=90, refunds_in_part=False),
    Wallet("EASYPAISA", "Easypaisa", one_refund_a_day=True),
    Wallet("DIRECT_DEBIT_SIAMCOMMERCIALBANK", "Siam Commercial Bank", refund_days=None),
    Wallet("DIRECT_DEBIT_KRUNGTHAIBANK", "KrungThai Bank", refund_days=None),
)
_LIFE_NOT_PUBLISHED = {
    "GRABPAY_SG": "GrabPay", "GRABPAY_MY": "GrabPay", "GRABPAY_PH": "GrabPay", "TOSSPAY": "Toss Pay",
    "KPLUS": "K PLUS",
    "DIRECTDEBIT_YAPILY": "One click payment", "ACH_DIRECT_DEBIT": "ACH direct debit",
    "ANTOM_BIZ_ACCOUNT": "Antom business account", "HIPAY": "HiPay", "JKOPAY": "JKOPay", "MOMO": "MoMo",
    "MPAY": "MPay", "VIETTELMONEY": "Viettel Money", "TEST_WALLET": "Test wallet",
}  # fmt: skip
WALLETS: dict[str, Wallet] = {wallet.enum: wallet for wallet in _DOCUMENTED} | {
    enum: Wallet(enum, name) for enum, name in _LIFE_NOT_PUBLISHED.items()
}
