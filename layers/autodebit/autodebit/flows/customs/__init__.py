"""Customs declarations (Alipay's /customs)."""
