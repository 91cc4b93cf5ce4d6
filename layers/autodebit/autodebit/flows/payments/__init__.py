"""Payments, their cancels and refunds, and disputes about them (Alipay's /payments)."""
