"""Alipay Auto Debit: contract, lifecycle, repository and flows behind the functions."""
