"""One-time-password authentications (Alipay's /users)."""
