"""A simulator of Alipay's Auto Debit gateway, wallets and notifications, for laptops and tests.

It behaves as Alipay's documents say, independently of the bundle: it shares only the signature package with
it.

Example:
    >>> config = Config("SANDBOX_5Y", private_key=private_pem, merchant_public_keys={"1": public_pem})
    >>> with Simulator(config) as alipay:
    ...     call(alipay.url)
"""

from sandbox.alipay.config import Config
from sandbox.alipay.server import Simulator

__all__ = ["Config", "Simulator"]
