"""The deployed template on a local AWS emulator, beside the simulator of Alipay."""

from sandbox.stack.local import CLIENT_ID, LocalStack

__all__ = ["CLIENT_ID", "LocalStack"]
