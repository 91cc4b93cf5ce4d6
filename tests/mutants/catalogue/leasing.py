"""Leases beside those of payments: who may send or ask, for how long, and what it means that a holder died."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_FLOWS = AUTODEBIT + "flows/"
_TOKEN_LIFE = AUTODEBIT + "domain/grant_lifecycle.py"
_REGISTRATION = AUTODEBIT + "domain/registration.py"
_UNIT_TOKENS = "tests/unit/domain/test_token_life.py::"
_TWO_POLLERS = "tests/flows/test_two_pollers.py::test_whoever_could_not_claim_it_leaves_it_alone"
_RACES = "tests/race/test_races.py::"
_RACES_FOR_GRANTS = "tests/race/test_token_races.py::"

LEASING = (
    Mutant(
        "a repeat of refund is sent without taking the lease",
        Promise.WRITTEN_AHEAD,
        _FLOWS + "payments/refund.py",
        "    claimed = _claim(stored, runtime)",
        "    claimed = stored",
        ("tests/flows/test_refund_trouble.py::test_if_the_repeats_lease_cannot_be_written_nothing_is_sent_again",),
    ),
    Mutant(
        "a repeat of declare is sent without taking the lease",
        Promise.WRITTEN_AHEAD,
        _FLOWS + "customs/declare.py",
        "    claimed = runtime.repository.declarations.send_again(stored, intent, now)",
        "    claimed = stored",
        ("tests/flows/test_declare_again.py::test_with_the_store_down_nothing_is_retransmitted",),
    ),
    Mutant(
        "a repeat of registration is sent without taking the lease",
        Promise.WRITTEN_AHEAD,
        _FLOWS + "merchants/register.py",
        "    claimed = runtime.repository.registrations.claim_send(stored, runtime.clock.now())",
        "    claimed = stored",
        ("tests/flows/test_registration.py::test_if_the_repeats_lease_cannot_be_written_nothing_is_sent_again",),
    ),
    Mutant(
        "a repeat of initAuthentication is sent without taking the lease",
        Promise.WRITTEN_AHEAD,
        _FLOWS + "users/authentication.py",
        "        claimed = runtime.repository.authentications.claim(",
        """        from dataclasses import replace

        claimed = replace(stored, lease_until=lease_end(runtime)) if stored else runtime.repository.authentications.claim(""",
        ("tests/flows/test_init_authentication.py::test_a_sender_that_died_may_have_sent",),
    ),
    Mutant(
        "a poller sends a cancel that it could not claim",
        Promise.LEASE,
        _FLOWS + "payments/cancel.py",
        "    if claimed is not None:\n        _send(claimed, runtime)",
        "    _send(claimed or payment, runtime)",
        (
            _TWO_POLLERS,
            _RACES + "test_of_many_pollers_one_sends_a_cancel_that_is_due",
        ),
    ),
    Mutant(
        "the send of a cancel takes no lease",
        Promise.LEASE,
        AUTODEBIT + "domain/cancellation.py",
        "        lease_until=at + plan.send_lease,",
        "        lease_until=at,",
        (
            "tests/unit/domain/test_judge_cancels.py::test_a_refused_cancel_may_be_requested_once_more_and_starts_anew",
            "tests/flows/test_cancel.py::test_a_repeat_while_the_cancel_is_under_way_is_u_without_a_call",
        ),
    ),
    Mutant(
        "a cancel that is being sent is due at once when news come",
        Promise.LEASE,
        AUTODEBIT + "domain/payment.py",
        "    return replace(payment, due_at=max(due_at, cancel.lease_until))",
        "    return replace(payment, due_at=due_at)",
        (
            "tests/unit/domain/test_judge_cancels.py::"
            "test_a_wanted_cancel_is_always_due_and_not_before_its_sender_is_done",
            "tests/flows/test_cancel.py::test_a_poller_does_not_send_while_a_caller_does",
        ),
    ),
    Mutant(
        "a payment that is being sent is cancelled for being open too long",
        Promise.LEASE,
        _FLOWS + "payments/sync.py",
        "payment.cancel is not None or payment.leased(now):",
        "payment.cancel is not None:",
        ("tests/flows/test_poll_cancels.py::test_a_payment_whose_sender_is_at_work_is_not_cancelled",),
    ),
    Mutant(
        "the send of a declaration takes no lease",
        Promise.LEASE,
        AUTODEBIT + "domain/declaration.py",
        "    return replace(leased, over_at=leased.lease_until)",
        "    return replace(leased, over_at=leased.lease_until, lease_until=at)",
        ("tests/flows/test_declare.py::test_a_repeat_while_the_send_is_under_way_is_u_without_a_call",),
    ),
    Mutant(
        "a poller asks for a declaration that it could not claim",
        Promise.LEASE,
        _FLOWS + "customs/declare.py",
        "    claimed = declarations.claim_poll(declaration, now)",
        "    claimed = declarations.claim_poll(declaration, now) or declaration",
        (_TWO_POLLERS,),
    ),
    Mutant(
        "the send of a registration takes no lease",
        Promise.LEASE,
        _REGISTRATION,
        "        lease_until=until,",
        "        lease_until=at,",
        ("tests/flows/test_registration.py::test_a_repeat_while_the_send_is_under_way_is_u_without_a_call",),
    ),
    Mutant(
        "a poller asks for a registration that it could not claim",
        Promise.LEASE,
        _FLOWS + "merchants/sync.py",
        "    claimed = registrations.claim_poll(registration, now)",
        "    claimed = registrations.claim_poll(registration, now) or registration",
        (_TWO_POLLERS,),
    ),
    Mutant(
        "a poll's claim of a registration holds for no time",
        Promise.LEASE,
        _REGISTRATION,
        "polls=registration.polls + 1, due_at=at + plan.poll_lease)",
        "polls=registration.polls + 1, due_at=at)",
        (
            "tests/unit/domain/test_registration_judge.py::test_a_claim_leaves_it_due_should_its_holder_die",
            "tests/flows/test_poll_registrations.py::test_what_is_settled_or_claimed_is_not_asked_for",
        ),
    ),
    Mutant(
        "a revoke is sent by whoever could not claim it",
        Promise.LEASE,
        _FLOWS + "authorizations/revoke.py",
        "    claimed = grants.replaced(lease_for_revoke(grant, body, runtime.clock.now(), lease_end(runtime)))",
        "    wanted = lease_for_revoke(grant, body, runtime.clock.now(), lease_end(runtime))\n"
        "    claimed = grants.replaced(wanted) or wanted",
        (
            "tests/flows/test_revoke.py::test_of_ten_revokes_at_once_one_is_sent",
            _RACES_FOR_GRANTS + "test_of_revokes_from_everywhere_one_arrives_and_the_daily_renewal_keeps_away",
        ),
    ),
    Mutant(
        "a refresh takes no lease",
        Promise.LEASE,
        _TOKEN_LIFE,
        "lease_until=until, due_at=until, refreshes=",
        "lease_until=0, due_at=until, refreshes=",
        ("tests/flows/test_refresh_token.py::test_a_second_refresh_meanwhile_is_u_without_a_call",),
    ),
    Mutant(
        "a revoke takes no lease",
        Promise.LEASE,
        _TOKEN_LIFE,
        "revocation=sending, lease_until=until,",
        "revocation=sending, lease_until=0,",
        ("tests/flows/test_revoke.py::test_a_repeat_while_the_first_is_under_way_is_u_without_a_call",),
    ),
    Mutant(
        "leases about tokens end before their holder does",
        Promise.LEASE,
        _FLOWS + "authorizations/tokens.py",
        "    return now + min(runtime.deadline - now, runtime.settings.plan.send_lease) + 1 * SECOND",
        "    return now + 16 * SECOND",
        (
            "tests/flows/test_token_time.py::"
            "test_refresh_and_revoke_never_overlap_however_slow_kms_is[kms_six-revoke-revoke]",
        ),
    ),
    Mutant(
        "the daily renewal renews what is being renewed or revoked",
        Promise.LEASE,
        _FLOWS + "authorizations/refresh.py",
        "    if grant is None or grant.under_way or grant.due_at",
        "    if grant is None or grant.due_at",
        ("tests/flows/test_two_pollers.py::test_the_daily_run_does_not_renew_what_was_to_be_revoked_since_it_looked",),
    ),
    Mutant(
        "a refresh that ends late gives back the lease of the next one",
        Promise.LEASE,
        _TOKEN_LIFE,
        '    """*grant* after a refresh without a verdict: a poller repeats it, unless certainly nothing left (*unsent*)."""\n'
        "    if grant.refreshes != sent.refreshes:\n        return grant\n",
        "",
        (_UNIT_TOKENS + "test_whoever_lost_the_lease_decides_nothing",),
    ),
    Mutant(
        "a revoke that ends late gives back the lease of the next one",
        Promise.LEASE,
        _TOKEN_LIFE,
        "        and grant.revocation.tries == sent.revocation.tries\n",
        "",
        (_UNIT_TOKENS + "test_whoever_lost_the_lease_decides_nothing",),
    ),
    Mutant(
        "a password that is answered late gives back the lease of the next one",
        Promise.LEASE,
        AUTODEBIT + "domain/authentication.py",
        "    if authentication.sends != sent.sends:\n        return authentication\n",
        "",
        ("tests/repository/test_repository_authentications.py::test_a_lease_is_given_back_by_whoever_holds_it",),
    ),
    Mutant(
        "a code whose holder died counts as not sent",
        Promise.LEASE,
        AUTODEBIT + "repository/codes.py",
        "            lost = code.lost or (code.sends > 0 and code.lease_until > 0)",
        "            lost = code.lost",
        (
            "tests/repository/test_repository_codes.py::test_a_lease_that_ran_out_can_be_taken_and_its_answer_counts_as_lost",
        ),
    ),
)
