"""The rows of the crash suite, by the function whose process is killed."""

from collections.abc import Mapping

from autodebit.clock import SECOND
from tests.crash.case import Case
from tests.crash.elsewhere import consulted_here
from tests.crash.money_cases import MONEY
from tests.crash.notified import code_notified, dispute_notified, end_notified, notified, token_notified
from tests.crash.steps import (
    CANCELS_AFTER,
    agreed,
    apply_token,
    cancel_unanswered,
    cancelled_meanwhile,
    consult,
    customer,
    declare,
    declare_less,
    declared,
    declared_a_while_ago,
    exchange_unanswered,
    inquire_declaration,
    inquire_registration,
    nothing,
    open_for_long,
    paid,
    paid_in_cny,
    paid_untold,
    password_sent,
    polled,
    refunded,
    register,
    registered,
    renew,
    revoke,
    send_password,
    stranger,
    token_near_its_end,
    troubled,
    type_password,
)

READS = {"inquiry_registration_info"}
"""Functions that change nothing."""
REFRESHED_NOBODY_KNOWS = troubled("cut_before", "applyToken", renew, stranger)
REFRESH_LOST = troubled("act_then_cut", "applyToken", renew, stranger)
REVOKE_LOST = troubled("act_then_cut", "revoke", revoke, stranger)

CASES: Mapping[str, list[Case]] = {
    **MONEY,
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
    "notify_dispute": [
        Case(
            "a dispute that is notified",
            dispute_notified,
            paid,
            least=2,
            ends="dispute CREATED",
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
