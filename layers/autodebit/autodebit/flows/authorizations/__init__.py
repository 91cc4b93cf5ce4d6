"""Consents, tokens and their renewal and end (Alipay's /authorizations)."""
