"""The lives of all that the bundle keeps, as tables. No clock, no AWS, no HTTP.

A table answers one question: given where an item stands and what has become known, where does it stand now? What is not a
move is either nothing new (the state stays) or a contradiction, which is recorded as an anomaly and never applied.
"""

from autodebit.lifecycle.authentications import AUTHENTICATION, AuthenticationNews, AuthenticationState
from autodebit.lifecycle.authorizations import AUTHORIZATION, AuthorizationNews, AuthorizationState
from autodebit.lifecycle.declarations import (
    DECLARATION,
    DECLARATION_NOT_SUBMITTED_ADVICE,
    DeclarationNews,
    DeclarationState,
)
from autodebit.lifecycle.disputes import DISPUTE, DisputeEvent, DisputeState
from autodebit.lifecycle.payments import KEPT_CANCEL_ADVICE, NOT_SUBMITTED_ADVICE, PAYMENT, PaymentState
from autodebit.lifecycle.refunds import REFUND, REFUND_NEVER_SENT_ADVICE, REFUND_NOT_SUBMITTED_ADVICE, RefundState
from autodebit.lifecycle.registrations import REGISTRATION, RegistrationNews, RegistrationState
from autodebit.lifecycle.steps import NOTHING, Contradiction, Move, Step
from autodebit.lifecycle.transactions import TransactionNews, TransactionState

__all__ = [
    "AUTHENTICATION",
    "AUTHORIZATION",
    "DECLARATION",
    "DECLARATION_NOT_SUBMITTED_ADVICE",
    "DISPUTE",
    "KEPT_CANCEL_ADVICE",
    "NOTHING",
    "NOT_SUBMITTED_ADVICE",
    "PAYMENT",
    "REFUND",
    "REFUND_NEVER_SENT_ADVICE",
    "REFUND_NOT_SUBMITTED_ADVICE",
    "REGISTRATION",
    "AuthenticationNews",
    "AuthenticationState",
    "AuthorizationNews",
    "AuthorizationState",
    "Contradiction",
    "DeclarationNews",
    "DeclarationState",
    "DisputeEvent",
    "DisputeState",
    "Move",
    "PaymentState",
    "RefundState",
    "RegistrationNews",
    "RegistrationState",
    "Step",
    "TransactionNews",
    "TransactionState",
]
