"""Everything that a reset forgets, in one place."""

from __future__ import annotations

from threading import RLock

from sandbox.alipay.authentications import Authentications
from sandbox.alipay.authorizations import Authorizations
from sandbox.alipay.cancels import Cancels
from sandbox.alipay.clock import Clock
from sandbox.alipay.config import Config
from sandbox.alipay.customs import Declarations
from sandbox.alipay.faults import Faults
from sandbox.alipay.first_requests import FirstRequests
from sandbox.alipay.ids import Ids
from sandbox.alipay.journal import Journal
from sandbox.alipay.keys import Keys
from sandbox.alipay.ledger import Ledger
from sandbox.alipay.notifications import Outbox
from sandbox.alipay.payments import Payments
from sandbox.alipay.refunds import Refunds
from sandbox.alipay.registrations import Registrations
from sandbox.alipay.wishes import Wishes


class World:
    """The ledger, wallets, merchants, payments, outbox and ordered faults; *lock* guards all of them."""

    def __init__(self, config: Config, clock: Clock, keys: Keys, journal: Journal, ids: Ids, base_url: str) -> None:
        self.lock = RLock()
        self.base_url = base_url
        self.ledger = Ledger(config.opening_balance, journal.record)
        self.faults = Faults(config.mixture)
        self.wishes = Wishes()
        self.first_requests = FirstRequests(config, clock, self.wishes)
        self.outbox = Outbox(config, clock, keys, self.faults, journal, self.lock)
        self.authorizations = Authorizations(config, clock, ids, self.outbox)
        self.authentications = Authentications(config, clock, ids, self.authorizations, self.wishes)
        self.registrations = Registrations(config, clock, self.outbox, self.wishes, self.lock)
        self.payments = Payments(
            config,
            clock,
            ids,
            self.ledger,
            self.authorizations,
            self.registrations,
            self.outbox,
            self.wishes,
            self.lock,
        )
        self.cancels = Cancels(config, clock, self.payments, self.lock)
        self.refunds = Refunds(config, clock, ids, self.payments, self.outbox, self.wishes, self.lock)
        self.declarations = Declarations(config, clock, ids, self.payments, self.wishes, self.lock)
