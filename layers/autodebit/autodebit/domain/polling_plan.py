"""When to ask next: the polling plan of open items. Pure arithmetic over durations and instants.

With it goes what the pure rules have to know of the deployment: its client id, and whether its store was restored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from autodebit.clock import DAY, HOUR, MINUTE, SECOND, Instant


@dataclass(frozen=True, slots=True)
class Backoff:
    """The waits between two inquiries for one item, in milliseconds: those listed, then doubling up to the longest."""

    first: tuple[int, ...]
    longest: int = HOUR

    def after(self, polls: int) -> int:
        """How long to wait after *polls* inquiries without outcome."""
        if polls < len(self.first):
            return min(self.first[polls], self.longest)
        doublings = polls - len(self.first) + 1
        return int(min(self.first[-1] * 2 ** min(doublings, 40), self.longest))

    def exhausted(self, polls: int) -> bool:
        """Whether the wait has reached the longest interval, which people should hear of."""
        return self.after(polls) >= self.longest


def seconds(*listed: float, longest: int = HOUR) -> Backoff:
    """Backoff of so many seconds."""
    return Backoff(tuple(round(wait * SECOND) for wait in listed), longest)


_PAYMENTS = seconds(2, 3, 5, 5, 10, 10, 15, 15)
_REFUNDS = seconds(15, 15, 15, 30, 60, 120, 300)
_DECLARATIONS = seconds(30, 60, 120, 300, 600)
_REGISTRATIONS = seconds(60, 120, 300, 600, 1800)
_SLOW_METHODS = {"ACH_DIRECT_DEBIT": 7 * DAY}
"""Alipay's default time-out of ACH payments; a result takes up to 3 business days (docs.antom.com, Auto Debit, ACH)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The intervals of a deployment, in milliseconds. Every one is a template parameter or derived from one."""

    client_id: str = ""
    """The client id that requests are sent under; empty where it plays no part."""
    restored_at: Instant = 0
    """When the deployment began to work on a restored table; 0 if it never did."""
    forgetful_for: int = 2 * DAY
    """How long after a restore a request id that seems to be new may have been used before."""

    payments: Backoff = _PAYMENTS
    """Of payments, of cancels, and of calls about tokens that are repeated."""
    slow_methods: Mapping[str, int] = field(default_factory=lambda: _SLOW_METHODS)
    """By payment method: how long its payments may rightly stay open. Others should be settled within minutes."""
    refunds: Backoff = _REFUNDS
    declarations: Backoff = _DECLARATIONS
    registrations: Backoff = _REGISTRATIONS
    send_lease: int = 25 * SECOND
    """How long a sender owns an item: the time-out of an API function, after which it cannot be sending any more."""
    poll_lease: int = 20 * SECOND
    """How long a poller owns an item: longer than one call to Alipay may take."""
    absent_grace: int = 60 * SECOND
    """ORDER_NOT_EXIST is not counted sooner than this after the last send could have ended."""
    not_found_gap: int = 15 * SECOND
    not_found_times: int = 3
    not_found_rechecks: tuple[int, ...] = (15 * MINUTE, HOUR, 6 * HOUR, DAY)
    """When a payment that was closed as NOT_SUBMITTED is asked for again, counted from that moment."""
    throttled_wait: int = 60 * SECOND
    """An inquiry waits at least so long after Alipay has answered that it gets too many calls."""
    throttled_retry: int = 2 * SECOND
    """A caller's repeat is sent again so long after a throttled send; twice as long each time, up to the wait above."""
    retransmit_after: int = 5 * MINUTE
    """A declaration is not sent again sooner than this after its last send; Alipay's documents call the time changeable."""
    abandon_after: int = 15 * MINUTE
    exchange_gives_up_after: int = DAY
    cancel_asks_after: int = 3
    """After so many tries of a cancel without a verdict each further one waits for an inquiry, and operators are told."""
    cancel_gives_up_after: int = 2 * DAY
    """How long after its request a cancel of a paid payment is given up: every cancel period is over then."""
    refresh_before: int = 10 * DAY
    """How long before its end a token is refreshed; held when the token is stored."""

    def may_stay_open_for(self, payment_method: str) -> int:
        """How long a payment by *payment_method* may stay open without anybody having to look at it, in milliseconds."""
        return self.slow_methods.get(payment_method, 0)

    def retry_throttled_after(self, throttles: int, at: Instant) -> int:
        """How long a repeat waits after a throttled send at *at*, *throttles* others before it: spread, so that callers part."""
        wait = min(self.throttled_retry * 2 ** min(throttles, 16), self.throttled_wait // 2)
        return int(wait // 2 + (at * 2_654_435_761) % wait)

    def kept_recheck_after(self, closed_for: int) -> int:
        """How long to wait for the next recheck of a payment whose cancel is kept, *closed_for* so long: ever longer, no end."""
        return min(max(closed_for, self.not_found_rechecks[-1]), 30 * self.not_found_rechecks[-1])

    def is_own_client(self, client_id: str) -> bool:
        """Whether what was made under *client_id* is known to Alipay under ours; empty: nobody has noted it, so it is."""
        return client_id in ("", self.client_id) or not self.client_id

    def may_have_forgotten(self, created_at: Instant) -> bool:
        """Whether an id first seen at *created_at* may have been sent and the store not know it, because it was restored."""
        return self.restored_at > 0 and created_at < self.restored_at + self.forgetful_for

    def not_found_counts_from(self, last_sent: Instant) -> Instant:
        """The first moment at which ORDER_NOT_EXIST says something of a payment last sent at *last_sent*."""
        return last_sent + self.send_lease + self.absent_grace
