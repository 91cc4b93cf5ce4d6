"""The journey through everything that the bundle does, told as it goes; the simulator's books are the judge.

A customer authorises wallets, is charged, gets money back, has goods declared, proves who they are by a one-time password; a
platform registers secondary merchants; a token is renewed, an authorization ended.
"""

from sandbox.demo.journey import Journey, payment
from sandbox.demo.verdict import verdict

__all__ = ["Journey", "payment", "verdict"]
