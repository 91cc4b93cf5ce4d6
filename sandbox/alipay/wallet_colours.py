"""The colour of each wallet's consent page: near to the wallet's own, without its mark, and readable."""

from __future__ import annotations

WHITE, INK = "#ffffff", "#10151f"
# What a text needs on its ground (WCAG 2.2, 1.4.3).
LEAST_CONTRAST = 4.5
OTHERS = "#33475f"
_COLOURS = {
    "ALIPAY_CN": "#1266d6", "ALIPAY_HK": "#1266d6", "ANTOM_BIZ_ACCOUNT": "#1266d6", "BOOST": "#d8232a", "DANA": "#0d70c9",
    "GCASH": "#0057e4", "KAKAOPAY": "#fee102", "NAVERPAY": "#03c75a", "MAYA": "#0f7a4b", "RABBIT_LINE_PAY": "#06c755",
    "TRUEMONEY": "#f58220", "TNG": "#0a5cb8", "BKASH": "#d12053", "ZALOPAY": "#0a5ee6", "PAYPAY": "#e6002d",
    "EASYPAISA": "#14803b", "DIRECT_DEBIT_SIAMCOMMERCIALBANK": "#4e2a84", "DIRECT_DEBIT_KRUNGTHAIBANK": "#0079a8",
    "GRABPAY_SG": "#00813f", "GRABPAY_MY": "#00813f", "GRABPAY_PH": "#00813f", "TOSSPAY": "#0f62e0", "KPLUS": "#0d7a5f",
    "JKOPAY": "#d3122a", "MOMO": "#a50064", "VIETTELMONEY": "#d4002a", "HIPAY": "#007c74", "MPAY": "#0b57b5",
}  # fmt: skip


def colours(wallet: str) -> tuple[str, str]:
    """The ground of *wallet* and the colour of texts on it, as ``#rrggbb``."""
    ground = _COLOURS.get(wallet, OTHERS)
    return ground, WHITE if contrast(ground, WHITE) >= LEAST_CONTRAST else INK


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21, as WCAG 2.2 defines it."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
