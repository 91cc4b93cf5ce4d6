"""The rows of the crash suite: what was before, what is killed while doing what, what its caller does afterwards, and the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from autodebit.clock import SECOND
from tests.crash.elsewhere import (
    consulted_here,
    customer_elsewhere,
    paid_elsewhere,
    pay_with_raw_token,
    refund_elsewhere,
    refunded_elsewhere,
)
from tests.crash.notified import code_notified, end_notified, notified, token_notified
from tests.crash.steps import (
    CANCELS_AFTER,
    Attack,
    Step,
    agreed,
    apply_token,
    cancel,
    cancel_unanswered,
    cancelled_meanwhile,
    consult,
    customer,
    declare,
    declare_less,
    declared,
    declared_a_while_ago,
    exchange_unanswered,
    inquire,
    inquire_declaration,
    inquire_refund,
    inquire_registration,
    nothing,
    open_for_long,
    paid,
    paid_a_while_ago,
    paid_in_cny,
    paid_untold,
    password_sent,
    pay,
    pay_untold,
    polled,
    refund,
    refundable,
    refunded,
    refuses,
    register,
    registered,
    renew,
    renewed,
    revoke,
    send_password,
    stranger,
    token_near_its_end,
    troubled,
    type_password,
)


@dataclass(frozen=True)
class Case:
    """*course* is what the ids end with, which tells the simulator how the story goes."""

    name: str
    attack: Attack
    before: Step
    course: str = ""
    ends: str = field(kw_only=True)
    """Kind and state of what has the id, once its caller has come back. Of money the simulator's ledger has to say the same."""
    lost: str = ""
    """The state instead, where the tokens of an answer to applyToken have died with the process that was to store them."""
    undone: str = ""
    """The state instead, where its process died before anything was stored, and its caller never comes back."""
    sends: str = ""
    """What it sends to Alipay under a lease: a caller who repeats while the lease of the dead sender runs sends nothing."""
    meanwhile: Step = nothing
    """What happens between the crash and the caller's return."""
    returns: int = 1
    """How often callers come back, one lease after the other."""
    least: int = 3
    """How many boundaries there are at least: a case that meets fewer tests nothing."""
    twins: bool = False
    """Whether each has a twin that is killed at the same boundary, and whose caller is never heard of again."""
    told: bool = False
    """Whether Alipay tells: then only its own schedule tells the twins again. At each boundary the table is taken away, too."""
    apart: bool = False
    """Whether each id has a deployment of its own: because all that there is falls due together."""
    soon: bool = False
    """Whether callers repeat at once: what Alipay takes for a repeat for some minutes only."""
    settings: Mapping[str, int] = field(default_factory=dict)
    """What the deployment is set to."""


READS = {"inquiry_registration_info"}
"""Functions that change nothing."""
REFRESHED_NOBODY_KNOWS = troubled("cut_before", "applyToken", renew, stranger)
REFRESH_LOST = troubled("act_then_cut", "applyToken", renew, stranger)
REVOKE_LOST = troubled("act_then_cut", "revoke", revoke, stranger)

# By the function whose process is killed.
CASES: Mapping[str, list[Case]] = {
    "consult": [
        Case("consult", consult, nothing, ends="authorization ABANDONED"),
    ],
    "apply_token": [
        Case("an exchange", apply_token, agreed, ends="authorization ACTIVE", lost="FAILED"),
        Case(
            "a token that comes after its end",
            cancelled_meanwhile(apply_token),
            agreed,
            ends="authorization REVOKED",
            lost="FAILED",
        ),
        Case("a refresh", renew, stranger, ends="authorization ACTIVE"),
        Case("a refresh after a lost answer", renew, REFRESH_LOST, ends="authorization ACTIVE"),
        Case(
            "a refresh that comes after the end",
            cancelled_meanwhile(renew),
            stranger,
            ends="authorization REVOKED",
            lost="ACTIVE",
        ),
    ],
    "revoke": [
        Case("a revoke", revoke, stranger, ends="authorization REVOKED", undone="ACTIVE", twins=True),
        Case("a revoke after a lost answer", revoke, REVOKE_LOST, ends="authorization REVOKED"),
        Case("a revoke during a refresh", revoke, REFRESHED_NOBODY_KNOWS, least=2, ends="authorization REVOKED"),
    ],
    "pay": [
        Case("a first pay", pay, customer, least=4, ends="payment SUCCESS", sends="pay", twins=True),
        Case(
            "a pay in process",
            pay_untold,
            customer,
            "-pending",
            least=4,
            ends="payment SUCCESS",
            sends="pay",
            twins=True,
        ),
        Case("a declined pay", pay, customer, "-declined", least=4, ends="payment FAIL", sends="pay", twins=True),
        Case(
            "a pay after a lost answer",
            pay,
            paid_a_while_ago,
            "-answer-lost",
            least=4,
            ends="payment SUCCESS",
            sends="pay",
        ),
        Case("a pay after an unknown outcome", pay, paid_a_while_ago, "-unknown", ends="payment SUCCESS"),
        Case(
            "a pay whose token is renewed meanwhile",
            pay,
            customer,
            ends="payment SUCCESS",
            sends="pay",
            meanwhile=renewed,
            least=4,
        ),
        Case(
            "a pay whose repeat is refused",
            pay,
            customer,
            ends="payment SUCCESS",
            sends="pay",
            meanwhile=refuses("pay"),
            returns=2,
            least=4,
        ),
        Case(
            "a pay with a token that is brought along",
            pay_with_raw_token,
            customer_elsewhere,
            ends="payment SUCCESS",
            sends="pay",
            twins=True,
            least=5,
        ),
    ],
    "inquiry_payment": [
        Case("an inquiry", inquire, paid_a_while_ago, "-answer-lost", ends="payment SUCCESS"),
    ],
    "cancel": [
        Case("a cancel", cancel, paid_untold, ends="payment CANCELLED", undone="SUCCESS", sends="cancel", twins=True),
        Case(
            "a cancel of a payment in process",
            cancel,
            paid,
            "-unpaid",
            ends="payment CANCELLED",
            undone="FAIL",
            sends="cancel",
            twins=True,
        ),
        Case("a cancel after a lost answer", cancel, cancel_unanswered, ends="payment CANCELLED", sends="cancel"),
        Case(
            "a cancel of a payment made elsewhere",
            cancel,
            paid_elsewhere,
            ends="payment CANCELLED",
            sends="cancel",
            least=5,
        ),
    ],
    "refund": [
        Case("a refund", refund, refundable, least=4, ends="refund SUCCESS", sends="refund", twins=True),
        Case(
            "a refund in process",
            refund,
            refundable,
            "-pending",
            least=4,
            ends="refund SUCCESS",
            sends="refund",
            twins=True,
        ),
        Case(
            "a declined refund",
            refund,
            refundable,
            "-declined",
            least=4,
            ends="refund FAIL",
            sends="refund",
            twins=True,
        ),
        Case("a refund after a lost answer", refund, refunded, "-answer-lost", ends="refund SUCCESS", sends="refund"),
        Case("a refund after an unknown outcome", refund, refunded, "-unknown", ends="refund SUCCESS"),
        Case(
            "a refund whose repeat is refused",
            refund,
            refundable,
            ends="refund SUCCESS",
            sends="refund",
            meanwhile=refuses("refund"),
            returns=2,
            least=4,
        ),
        Case(
            "a refund of a payment made elsewhere with its refunds",
            refund_elsewhere,
            refunded_elsewhere,
            ends="refund SUCCESS",
            sends="refund",
            least=6,
        ),
    ],
    "inquiry_refund": [
        Case("an inquiry of a refund", inquire_refund, refunded, "-quiet", ends="refund SUCCESS"),
    ],
    "declare": [
        Case("a declaration", declare, paid_in_cny, least=4, ends="declaration COMPLETED", sends="declare"),
        Case(
            "a declaration after a lost answer",
            declare,
            declared,
            "-answer-lost",
            least=4,
            ends="declaration COMPLETED",
            sends="declare",
        ),
        Case(
            "a retransmission",
            declare_less,
            declared_a_while_ago,
            "-rejected",
            least=4,
            soon=True,
            ends="declaration COMPLETED",
        ),
    ],
    "inquiry_declaration_requests": [
        Case(
            "an inquiry of a declaration", inquire_declaration, declared, "-answer-lost", ends="declaration COMPLETED"
        ),
    ],
    "registration": [
        Case("a registration", register, nothing, least=4, ends="registration COMPLETED", sends="registration"),
        Case(
            "a registration after a lost answer",
            register,
            registered,
            "-answer-lost",
            least=4,
            ends="registration COMPLETED",
            sends="registration",
        ),
    ],
    "inquiry_registration_status": [
        Case("an inquiry of a registration", inquire_registration, registered, "-quiet", ends="registration COMPLETED"),
    ],
    "init_authentication": [
        Case("a password", send_password, customer, least=4, ends="authentication SENT", sends="initAuthentication"),
        Case(
            "a password after a lost answer",
            send_password,
            password_sent,
            "-answer-lost",
            least=4,
            ends="authentication SENT",
            sends="initAuthentication",
        ),
    ],
    "verify_authentication": [
        Case("a password that is typed", type_password, password_sent, ends="authentication PASSED"),
    ],
    "notify_authorization": [
        Case("a code that is notified", code_notified, agreed, ends="authorization ACTIVE", lost="FAILED", told=True),
        Case(
            "an end that is notified",
            end_notified,
            stranger,
            least=2,
            ends="authorization REVOKED",
            twins=True,
            told=True,
        ),
        # Nobody can tell whose it is: what was ended stays remembered for whoever brings it.
        Case(
            "an end of a token that is not here",
            end_notified,
            REFRESH_LOST,
            ends="authorization ACTIVE",
            twins=True,
            told=True,
        ),
        Case("a token that is notified", token_notified, consulted_here, ends="authorization ACTIVE", told=True),
    ],
    "notify_payment": [
        Case(
            "a payment that is notified",
            notified("notify_payment"),
            paid_a_while_ago,
            "-pending",
            least=2,
            ends="payment SUCCESS",
            twins=True,
            told=True,
        ),
    ],
    "notify_refund": [
        Case(
            "a refund that is notified",
            notified("notify_refund"),
            refunded,
            "-pending",
            least=2,
            ends="refund SUCCESS",
            twins=True,
            told=True,
        ),
    ],
    "notify_registration_status": [
        Case(
            "a registration that is notified",
            notified("notify_registration_status"),
            registered,
            least=2,
            ends="registration COMPLETED",
            twins=True,
            told=True,
        ),
    ],
}
POLLED: Mapping[str, list[Case]] = {
    "poll_payments": [
        Case("a poll of a payment", polled, paid_untold, "-answer-lost", ends="payment SUCCESS"),
        Case("a poll of a refund", polled, refunded, "-quiet", ends="refund SUCCESS"),
        Case("a poll of a cancel", polled, cancel_unanswered, ends="payment CANCELLED"),
        Case("a poll of a code", polled, exchange_unanswered, ends="authorization ACTIVE", lost="FAILED"),
        Case(
            "a poll of an authorization",
            polled,
            consult,
            least=2,
            ends="authorization ABANDONED",
        ),
        Case("a poll of a declaration", polled, declared, "-answer-lost", ends="declaration COMPLETED"),
        Case("a poll of a refresh", polled, REFRESHED_NOBODY_KNOWS, ends="authorization ACTIVE"),
        Case("a poll of a refresh that was lost", polled, REFRESH_LOST, ends="authorization ACTIVE"),
        Case("a poll of a revoke", polled, REVOKE_LOST, ends="authorization REVOKED"),
        Case(
            "the deployment's own cancel",
            polled,
            open_for_long,
            "-stuck",
            ends="payment CANCELLED",
            settings={"cancel_open_after": CANCELS_AFTER * SECOND},
        ),
    ],
    "poll_registrations": [
        Case("a poll of a registration", polled, registered, "-quiet", ends="registration COMPLETED"),
    ],
    "refresh_tokens": [
        Case("a renewal in time", polled, token_near_its_end, apart=True, ends="authorization ACTIVE"),
    ],
}
