"""Whatever is open and due is asked for, until it is settled. Pollers ask; they never send a payment or a refund."""

from autodebit.flows.authorizations.consent import abandon_stale
from autodebit.flows.authorizations.exchange import exchange_due
from autodebit.flows.authorizations.revoke import poll_grant
from autodebit.flows.customs.declare import poll_declaration
from autodebit.flows.merchants.sync import poll_registration
from autodebit.flows.payments.disputes import poll_dispute
from autodebit.flows.payments.refund_sync import poll_refund
from autodebit.flows.payments.sync import poll_payment
from autodebit.flows.worker import Handlers, run_due_work
from autodebit.repository import Kind
from autodebit.runtime import Runtime


def poll_payments(runtime: Runtime) -> None:
    """See to payments, refunds, declarations, codes, refreshes, revokes, silent authorizations, and disputes to be defended."""
    run_due_work(_PAYMENTS, runtime)


def poll_registrations(runtime: Runtime) -> None:
    """See to the registrations of secondary merchants: wallets take days, so they are kept apart from what customers wait for."""
    run_due_work(_REGISTRATIONS, runtime)


_PAYMENTS: Handlers = {
    Kind.PAYMENT: poll_payment,
    Kind.REFUND: poll_refund,
    Kind.DECLARATION: poll_declaration,
    Kind.AUTHORIZATION: abandon_stale,
    Kind.CODE: exchange_due,
    Kind.GRANT: poll_grant,
    Kind.DISPUTE: poll_dispute,
}
_REGISTRATIONS: Handlers = {Kind.REGISTRATION: poll_registration}
