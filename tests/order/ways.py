"""How things go: the courses of payments and refunds, the ways of a call, and the times of a machine."""

from autodebit.clock import HOUR, SECOND

COURSES = (
    *("-paid",) * 4, "-pending", "-pending", "-late-success", "-late-success", "-answer-lost", "-unknown", "-unpaid",
    "-declined", "-stuck", "-cancel-lost",
)  # fmt: skip
REFUND_COURSES = (
    "-paid", "-paid", "-pending", "-failed-late", "-quiet", "-answer-lost", "-unknown", "-declined",
)  # fmt: skip
VALUES = ("400", "600", "700", "1000")
MOST_REFUNDS = 4

ANSWERED, HELD, DELAYED, NOT_SENT = "answered", "held", "delayed", "not sent"
"""HELD: Alipay has acted, and its answer waits. DELAYED: the request itself is on its way."""
FAULTS = (
    "act_then_cut", "answer", "cut_before", "unsigned", "act_then_unknown", "act_then_http_500", "wrong_signature",
    "traffic_limit", "unknown",
)  # fmt: skip
"""Those of the simulator; *answer* is an F, and nothing is done."""
WAYS = (*(ANSWERED,) * 5, *(HELD,) * 4, *(DELAYED,) * 2, NOT_SENT, *FAULTS)
INSISTING = (ANSWERED, "answer", "answer", HELD, DELAYED, NOT_SENT, "cut_before", "act_then_cut", "act_then_unknown")
BEGINNINGS = (
    *(ANSWERED,) * 7, *(HELD,) * 5, DELAYED, DELAYED, NOT_SENT, "act_then_cut", "act_then_cut", "act_then_unknown", "unsigned",
    "act_then_http_500", "cut_before", "answer", "unknown", "nothing", "cancel first",
)  # fmt: skip
WANTS = ("refunds", "refunds", "refunds", "cancel", "both", "both")
"""What the callers of a machine are after: a cancel leaves little to refund, and a refund nothing to cancel."""

MORNING, EVENING = 2 * HOUR, 16 * HOUR - 60 * SECOND
"""In UTC. Alipay's day begins at 16:00, and a quarter of an hour later its time to cancel what was paid the day before ends."""
LIFE = 25 * SECOND
"""How long a function lives, and with it the lease of what it sends."""
GONE = 60 * SECOND
"""A request that has been on its way for so long arrives no more."""
QUIET_DAYS = 4
DOZES_AFTER, DOZE = HOUR // 2, 12 * HOUR
"""After so long of the quiet days the poller looks only every so often: what stays in process for days costs little then."""
