"""Registrations of secondary merchants (Alipay's /merchants)."""
