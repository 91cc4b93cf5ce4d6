"""Tokens: none leaves the bundle, none is lost, none outlives its end; one exchange, one refresh or revoke at a time."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_LIFE = AUTODEBIT + "domain/grant_lifecycle.py"
_CODES = AUTODEBIT + "repository/codes.py"
_AUTHORIZATIONS = AUTODEBIT + "repository/authorizations.py"
_GRANTS = AUTODEBIT + "repository/grants.py"
_FLOW = AUTODEBIT + "flows/authorizations/tokens.py"
_REVOKING = AUTODEBIT + "flows/authorizations/revoke.py"
_UNIT = "tests/unit/domain/test_token_life.py::"
_REVOKE = "tests/flows/test_revoke.py::"
_LATE = "tests/flows/test_revoke_late_tokens.py::"
_REVIEW = "tests/flows/test_review_of_money.py::"
_STORE = "tests/repository/test_repository_tokens.py::"

TOKENS = (
    Mutant(
        "the lease on a code's exchange is ignored",
        Promise.LEASE,
        _CODES,
        "            if code.state is not CodeState.WAITING or at < code.lease_until:",
        "            if code.state is not CodeState.WAITING:",
        ("tests/repository/test_repository_codes.py::test_of_twenty_threads_that_exchange_one_code_exactly_one_may",),
    ),
    Mutant(
        "the lease of a refresh is ignored",
        Promise.LEASE,
        AUTODEBIT + "flows/authorizations/refresh.py",
        "    if runtime.clock.now() < grant.lease_until:\n",
        "    if runtime.clock.now() < grant.lease_until and not grant.under_way:\n",
        ("tests/flows/test_refresh_token.py::test_a_second_refresh_meanwhile_is_u_without_a_call",),
    ),
    Mutant(
        "the lease of a revoke is ignored",
        Promise.LEASE,
        _REVOKING,
        "        if now < grant.lease_until or grant.refreshes:",
        "        if grant.refreshes:",
        (_REVOKE + "test_a_repeat_while_the_first_is_under_way_is_u_without_a_call",),
    ),
    Mutant(
        "a revoke does not wait for the refresh under way",
        Promise.LEASE,
        _REVOKING,
        "        if now < grant.lease_until or grant.refreshes:",
        "        if now < grant.lease_until and not grant.refreshes:",
        (_LATE + "test_a_revoke_during_a_refresh_waits_for_it_and_ends_the_newest_token",),
    ),
    Mutant(
        "a refresh is claimed over whoever has moved the grant",
        Promise.LEASE,
        AUTODEBIT + "flows/authorizations/refresh.py",
        '    claimed = grants.replaced(lease_for_refresh(grant, body, lease_end(runtime), asked["customerBelongsTo"]))',
        '    wanted = lease_for_refresh(grant, body, lease_end(runtime), asked["customerBelongsTo"])\n'
        "    claimed = grants.replaced(wanted) or wanted",
        (_LATE + "test_refresh_and_revoke_that_race_are_never_under_way_together",),
    ),
    Mutant(
        "a caller gets the raw token of an exchange",
        Promise.TOKENS,
        AUTODEBIT + "flows/authorizations/exchange.py",
        "passthrough(done.answer if runtime.settings.tokens_as_handles else answer.text)",
        "passthrough(answer.text)",
        ("tests/flows/test_apply_token.py::test_the_caller_gets_handles_and_nothing_is_stored_in_clear",),
    ),
    Mutant(
        "a caller gets the raw token of a refresh",
        Promise.TOKENS,
        AUTODEBIT + "flows/authorizations/refresh.py",
        "passthrough(answer_with_handles(answer, token, claimed) if runtime.settings.tokens_as_handles else answer.text)",
        "passthrough(answer.text)",
        ("tests/flows/test_refresh_token.py::test_the_handles_stay_and_the_token_behind_them_is_new",),
    ),
    Mutant(
        "a caller gets the raw token that an answer to pay quotes",
        Promise.TOKENS,
        AUTODEBIT + "flows/payments/pay.py",
        "    text = replace_tokens(answer.text, handles)",
        "    text = answer.text",
        (
            "tests/flows/test_pay_handles.py::test_an_answer_that_contains_the_token_comes_back_with_the_handle",
            _REVIEW + "test_a_token_in_a_result_message_is_stored_and_published_as_its_handle",
        ),
    ),
    Mutant(
        "a payment is stored with its raw token",
        Promise.TOKENS,
        AUTODEBIT + "flows/payments/pay.py",
        "        body=to_json(body),",
        "        body=to_json(request.to_wire()),",
        ("tests/flows/test_pay_handles.py::test_a_raw_token_is_vaulted_once",),
    ),
    Mutant(
        "tokens are stored in clear",
        Promise.TOKENS,
        _GRANTS,
        "                sealed[name] = self._cipher.encrypt(secret, _context(key, name))",
        "                sealed[name] = secret.encode()",
        (_STORE + "test_no_token_and_no_code_stands_in_clear_anywhere_in_the_table",),
    ),
    Mutant(
        "a ciphertext opens in another place",
        Promise.TOKENS,
        _GRANTS,
        """    return f"{key.pk}/{key.sk}/{name}\"""",
        """    return "token\"""",
        (
            _STORE + "test_a_token_copied_to_another_grant_does_not_open",
            _STORE + "test_a_token_copied_to_another_version_or_place_of_its_grant_does_not_open",
        ),
    ),
    Mutant(
        "a handle that is not known is sent as a token",
        Promise.TOKENS,
        _FLOW,
        "    if text.startswith(ACCESS_PREFIX):\n        known = grants.find(text)\n        if known is None:",
        "    if text.startswith(ACCESS_PREFIX) and grants.find(text):\n"
        "        known = grants.find(text)\n        if known is None:",
        ("tests/flows/test_pay_handles.py::test_an_unknown_handle_is_refused_and_never_sent",),
    ),
    Mutant(
        "a new token is dropped for a conflict",
        Promise.TOKENS,
        _GRANTS,
        "            except ConditionFailed:\n                continue\n            return self._table.stored(ready)",
        "            except ConditionFailed:\n                return grant\n            return self._table.stored(ready)",
        (_STORE + "test_renewals_that_race_are_all_kept_under_numbers_of_their_own",),
    ),
    Mutant(
        "a wallet that does not rotate loses its refresh token",
        Promise.TOKENS,
        AUTODEBIT + "flows/authorizations/refresh.py",
        "replace(brought, refresh=brought.refresh or secret)",
        "brought",
        ("tests/flows/test_refresh_token.py::test_a_wallet_that_does_not_rotate_keeps_its_refresh_token",),
    ),
    Mutant(
        "a refresh without a verdict is not repeated",
        Promise.TOKENS,
        _LIFE,
        "    return replace(left, due_at=at + plan.payments.after(left.refreshes))",
        "    return rested(replace(left, refreshes=0), at, plan)",
        (
            _UNIT + "test_a_refresh_without_a_verdict_is_due_by_the_plan_and_one_that_never_left_is_forgotten",
            "tests/flows/test_refresh_token.py::test_a_lost_answer_is_repeated_by_the_poller",
        ),
    ),
    Mutant(
        "a revoke without a verdict is not repeated",
        Promise.TOKENS,
        _LIFE,
        "lease_until=0, due_at=at + plan.payments.after(left.tries - 1))",
        "lease_until=0, due_at=None)",
        (_REVOKE + "test_a_poller_repeats_what_was_not_answered",),
    ),
    Mutant(
        "an F to a repeat of revoke is believed",
        Promise.TOKENS,
        _LIFE,
        "    if not is_only_send(grant.revocation, at, plan) or grant.state is GrantState.REVOKED:",
        "    if grant.state is GrantState.REVOKED:",
        (
            _UNIT + "test_an_f_to_the_only_send_gives_the_grant_back_and_to_a_later_one_nothing",
            _REVOKE + "test_after_a_send_that_may_have_been_acted_on_an_f_settles_nothing",
        ),
    ),
    Mutant(
        "an older token is revoked, not the newest",
        Promise.TOKENS,
        _REVOKING,
        "    secret = grants.access_token(grant.handle, grant.newest)",
        "    secret = grants.access_token(grant.handle, 1)",
        (_LATE + "test_a_revoke_during_a_refresh_waits_for_it_and_ends_the_newest_token",),
    ),
    Mutant(
        "a token that a refresh brings after the revoke lives on",
        Promise.TOKENS,
        _LIFE,
        "    elif state is GrantState.REVOKED:\n        after = to_be_revoked(after, at)\n",
        "",
        (
            _UNIT + "test_a_renewed_grant_goes_on_and_a_revoked_one_has_the_new_token_revoked",
            _LATE + "test_a_token_that_a_refresh_brings_after_the_end_is_revoked_too",
        ),
    ),
    Mutant(
        "a token that a code brings after the revoke lives on",
        Promise.TOKENS,
        _CODES,
        "            return to_be_revoked(held, at)\n        # Whoever",
        "            pass\n        # Whoever",
        (
            "tests/repository/test_repository_token_life.py::"
            "test_a_token_for_an_authorization_that_was_revoked_has_to_be_revoked",
            _LATE + "test_a_token_that_a_code_brings_after_the_end_is_revoked_too",
        ),
    ),
    Mutant(
        "the revoke of an older token passes for the newest's",
        Promise.TOKENS,
        _AUTHORIZATIONS,
        "            if current.newest != grant.newest:\n                after = newer_to_revoke(current, at)",
        "            if current.newest < grant.newest:\n                after = newer_to_revoke(current, at)",
        (
            "tests/repository/test_repository_token_life.py::"
            "test_what_was_said_of_an_older_token_does_not_end_a_newer_one",
            _LATE + "test_the_revoke_of_an_older_token_does_not_pass_for_the_end_of_a_newer_one",
        ),
    ),
    Mutant(
        "a revoked authorization can pay",
        Promise.TOKENS,
        AUTODEBIT + "flows/payments/pay.py",
        "    if not grant.usable:\n        if runtime.settings.plan.may_have_forgotten(runtime.clock.now()):",
        "    if False:\n        if runtime.settings.plan.may_have_forgotten(runtime.clock.now()):",
        (_REVOKE + "test_nobody_pays_with_what_is_being_revoked",),
    ),
    Mutant(
        "a dead token that is not the newest ends the authorization",
        Promise.TOKENS,
        _FLOW,
        "    if grant is None or grant.newest != token_version or not grant.usable or grant.under_way:",
        "    if grant is None or not grant.usable or grant.under_way:",
        ("tests/flows/test_pay_handles.py::test_invalid_access_token_of_a_superseded_version_ends_nothing",),
    ),
    Mutant(
        "a cancellation that comes before its token is forgotten",
        Promise.TOKENS,
        _FLOW,
        "    if runtime.repository.grants.was_cancelled(secret):",
        "    if not secret:",
        (_REVIEW + "test_a_cancellation_that_comes_before_its_token_ends_it",),
    ),
    Mutant(
        "an F to the exchange of a code that somebody else holds fails it",
        Promise.TOKENS,
        _CODES,
        "            if current.state is not CodeState.WAITING or current.polls != code.polls:\n"
        "                # Somebody else has finished",
        "            if current.state is not CodeState.WAITING:\n                # Somebody else has finished",
        (_REVIEW + "test_a_refusal_that_may_be_due_to_anothers_send_does_not_fail_the_authorization",),
    ),
    Mutant(
        "a notified code is exchanged before it is stored",
        Promise.DURABLE,
        AUTODEBIT + "flows/authorizations/consent.py",
        "    code, anomaly = runtime.repository.codes.receive_code(\n",
        '    runtime.alipay.call(Operation.APPLY_TOKEN, {"authCode": secret}, _EXCHANGE_WITHIN)\n'
        "    code, anomaly = runtime.repository.codes.receive_code(\n",
        ("tests/flows/test_notify_authorization.py::test_what_cannot_be_stored_is_not_acknowledged_and_not_exchanged",),
    ),
)
