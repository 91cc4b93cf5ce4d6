"""Whatever is open and due is asked for, until it is settled. Pollers ask; they never send a payment or a refund."""

from autodebit.flows.authorizations import close_silent
from autodebit.flows.customs import poll_declaration
from autodebit.flows.disputes import poll_dispute
from autodebit.flows.due_work import Handlers, work_through
from autodebit.flows.outcomes import poll_payment
from autodebit.flows.refund_outcomes import poll_refund
from autodebit.flows.registration_outcomes import poll_registration
from autodebit.flows.revoking import see_to_grant
from autodebit.flows.tokens import exchange_due
from autodebit.repository import Kind
from autodebit.runtime import Runtime


def poll_payments(runtime: Runtime) -> None:
    """See to payments, refunds, declarations, codes, refreshes, revokes, silent authorizations, and disputes to be defended."""
    work_through(_PAYMENTS, runtime)


def poll_registrations(runtime: Runtime) -> None:
    """See to the registrations of secondary merchants: wallets take days, so they are kept apart from what customers wait for."""
    work_through(_REGISTRATIONS, runtime)


_PAYMENTS: Handlers = {
    Kind.PAYMENT: poll_payment,
    Kind.REFUND: poll_refund,
    Kind.DECLARATION: poll_declaration,
    Kind.AUTHORIZATION: close_silent,
    Kind.CODE: exchange_due,
    Kind.GRANT: see_to_grant,
    Kind.DISPUTE: poll_dispute,
}
_REGISTRATIONS: Handlers = {Kind.REGISTRATION: poll_registration}
