"""States and events that payments and refunds share."""

from enum import StrEnum


class RequestState(StrEnum):
    """Where a transaction (a payment or a refund) stands. Each kind names its own states, with these names."""

    @property
    def final(self) -> bool:
        """Whether the outcome is known."""
        return self.value in ("SUCCESS", "FAIL", "CANCELLED")

    @property
    def open(self) -> bool:
        """Whether the outcome is still to be found out."""
        return self.value in ("INITIATED", "PROCESSING")

    @property
    def not_submitted(self) -> bool:
        """Whether it is closed because Alipay does not know it."""
        return self.value == "NOT_SUBMITTED"


class RequestEvent(StrEnum):
    """What a signed word of Alipay can say of a transaction."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    """The money has moved: paid, or refunded."""
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    NOT_FOUND = "NOT_FOUND"
