"""Any row of facts, claims and waits, in any order: the promises hold after every step."""

from hypothesis import given, settings
from hypothesis import strategies as st

from autodebit.clock import HOUR
from autodebit.domain.payment import Payment, PaymentUpdate, judge, never_left
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.polling_plan import Plan
from autodebit.domain.tracked_request import Money, ReportedStatus, Source, lease_for_poll, lease_for_send, reopen

PLAN = Plan()
START = 1_800_000_000_000
FACTS = st.builds(
    PaymentUpdate,
    word=st.sampled_from(ReportedStatus),
    source=st.sampled_from([Source.PAY, Source.INQUIRY, Source.POLL, Source.NOTIFICATION]),
    code=st.sampled_from(["SUCCESS", "PROCESS_FAIL", "REPEAT_REQ_INCONSISTENT"]),
    payment_request_id=st.sampled_from([None, "PAY-1", "PAY-2"]),
    payment_id=st.sampled_from([None, "A", "B"]),
    amount=st.sampled_from([None, Money("1000", "JPY"), Money("1", "JPY"), Money("1000", "PHP")]),
    body=st.just("{}"),
)
STEPS = st.lists(
    st.tuples(st.integers(0, 2 * HOUR), st.one_of(FACTS, st.sampled_from(["poll", "send", "unsent"]))), max_size=25
)


def step(payment: Payment, what: PaymentUpdate | str, at: int) -> Payment:
    """One step as the flows would take it: nobody claims what is final, nor sends what another holds."""
    if isinstance(what, PaymentUpdate):
        return judge(payment, what, at, PLAN).item
    if what == "poll":
        return payment if payment.due_at is None else lease_for_poll(payment, at, PLAN)
    if payment.state.final or payment.leased(at):
        return payment
    free = reopen(payment, "{}") if payment.state is PaymentState.NOT_SUBMITTED else payment
    sent = lease_for_send(free, at, PLAN)
    return never_left(sent, sent, at, PLAN).item if what == "unsent" else sent


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_no_row_of_facts_leaves_a_final_state_except_from_success_to_cancelled(
    steps: list[tuple[int, PaymentUpdate | str]],
) -> None:
    intent = Payment(
        payment_request_id="PAY-1",
        state=PaymentState.INITIATED,
        amount=Money("1000", "JPY"),
        fingerprint="f",
        grant="tok_1",
        token_version=1,
        body="{}",
        created_at=START,
    )
    at, payment = START, lease_for_send(intent, START, PLAN)
    for wait, what in steps:
        at += wait
        before, payment = payment, step(payment, what, at)
        if before.state.final and payment.state is not before.state:
            assert (before.state, payment.state) == (PaymentState.SUCCESS, PaymentState.CANCELLED)
        assert payment.state is not PaymentState.INITIATED or before.state in (
            PaymentState.INITIATED,
            PaymentState.NOT_SUBMITTED,
        )
        if payment.state.open:
            assert payment.due_at is not None
        if payment.state.final:
            assert payment.due_at is None
        if before.payment_id:
            assert payment.payment_id == before.payment_id
        assert payment.sends >= 0
        assert payment.amount == Money("1000", "JPY")
