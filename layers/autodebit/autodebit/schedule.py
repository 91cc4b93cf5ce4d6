"""When to ask next: the plan for whatever is open. Pure arithmetic over durations and instants."""

from dataclasses import dataclass

from autodebit.clock import DAY, HOUR, MINUTE, SECOND, Instant


@dataclass(frozen=True, slots=True)
class Plan:
    """The intervals of a deployment, in milliseconds. Every one is a template parameter or derived from one."""

    payment_polls: tuple[int, ...] = tuple(s * SECOND for s in (2, 3, 5, 5, 10, 10, 15, 15))
    longest: int = HOUR
    send_lease: int = 25 * SECOND
    """How long a sender owns an item: the time-out of an API function, after which it cannot be sending any more."""
    poll_lease: int = 20 * SECOND
    """How long a poller owns an item: longer than one call to Alipay may take."""
    absent_grace: int = 60 * SECOND
    """ORDER_NOT_EXIST is not counted sooner than this after the last send could have ended."""
    absent_gap: int = 15 * SECOND
    absent_times: int = 3
    absent_rechecks: tuple[int, ...] = (15 * MINUTE, HOUR, 6 * HOUR, DAY)
    """When a payment that was closed as NOT_SUBMITTED is asked for again, counted from that moment."""
    abandon_after: int = 15 * MINUTE
    exchange_gives_up_after: int = DAY

    def poll_after(self, polls: int) -> int:
        """How long to wait after *polls* inquiries without outcome: the listed intervals, then doubling up to the longest."""
        if polls < len(self.payment_polls):
            return min(self.payment_polls[polls], self.longest)
        doublings = polls - len(self.payment_polls) + 1
        return int(min(self.payment_polls[-1] * 2 ** min(doublings, 40), self.longest))

    def exhausted(self, polls: int) -> bool:
        """Whether the wait has reached the longest interval, which people should hear of."""
        return self.poll_after(polls) >= self.longest

    def absent_counts_from(self, last_sent: Instant) -> Instant:
        """The first moment at which ORDER_NOT_EXIST says something of a payment last sent at *last_sent*."""
        return last_sent + self.send_lease + self.absent_grace
