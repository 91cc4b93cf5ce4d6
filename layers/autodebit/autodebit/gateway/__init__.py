"""Signed calls to Alipay."""
