"""Shapes of requests, as Alipay's field tables give them: one module for each family of operations."""
