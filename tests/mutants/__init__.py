"""Proof that the suites can fail: each money rule and each lease is broken in a copy of the code, one at a time."""
