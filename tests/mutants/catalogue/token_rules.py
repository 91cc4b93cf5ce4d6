"""Tokens: one slip ends nothing, every send looks at the clock, an F is told once it is stored, and what is true fits."""

from tests.mutants.mutant import AUTODEBIT, Mutant, Promise

_LIFE = AUTODEBIT + "domain/grant_lifecycle.py"
_ACCOUNTS = "tests/flows/test_token_accounts.py::"
_CODES = AUTODEBIT + "repository/codes.py"
_AUTHORIZATIONS = AUTODEBIT + "repository/authorizations.py"
_CIPHER = AUTODEBIT + "repository/cipher.py"
_GRANTS = AUTODEBIT + "flows/authorizations/tokens.py"
_REFRESHING = AUTODEBIT + "flows/authorizations/refresh.py"
_REVOKING = AUTODEBIT + "flows/authorizations/revoke.py"
_EXCHANGING = AUTODEBIT + "flows/authorizations/exchange.py"
_USERS = AUTODEBIT + "flows/users/authentication.py"
_SLIPS = "tests/flows/test_wallet_slips.py::"
_TIME = "tests/flows/test_token_time.py::"
_ANSWERS = "tests/flows/test_token_answers.py::"
_SIZES = "tests/flows/test_token_sizes.py::"
_STORE = "tests/repository/test_repository_token_sizes.py::"

TOKEN_RULES = (
    Mutant(
        "a known token is sent with another wallet",
        Promise.TOKENS,
        _GRANTS,
        "    if grant.wallet_known and grant.wallet != wallet:",
        "    if not grant.wallet_known and grant.wallet != wallet:",
        (_SLIPS + "test_a_pay_with_another_wallet_is_refused_and_not_sent",),
    ),
    Mutant(
        "a word on a token under a wrong wallet ends its authorization",
        Promise.TOKENS,
        _GRANTS,
        "    if wallet is not None and not (grant.wallet_known and grant.wallet == wallet):",
        "    if wallet is None:",
        (_SLIPS + "test_the_first_use_of_a_raw_token_with_a_wrong_wallet_does_not_lock_it_out",),
    ),
    Mutant(
        "the wallet of a raw token is taken for known before Alipay has acted on it",
        Promise.TOKENS,
        AUTODEBIT + "domain/authorization.py",
        "        return bool(self.wallet) and (self.wallet_confirmed or bool(self.auth_state))",
        "        return bool(self.wallet)",
        (_SLIPS + "test_the_first_use_of_a_raw_token_with_a_wrong_wallet_does_not_lock_it_out",),
    ),
    Mutant(
        "a payment does not confirm the wallet of a raw token",
        Promise.TOKENS,
        AUTODEBIT + "flows/payments/pay.py",
        "            confirm_wallet(grant, intent.payment_request_id, runtime)\n",
        "",
        (_SLIPS + "test_a_raw_token_that_has_paid_is_dead_by_a_word_on_its_wallet",),
    ),
    Mutant(
        "a refusal under the wrong wallet fails the code of the right one",
        Promise.TOKENS,
        _CODES,
        "            if current.wallet != code.wallet:\n",
        "            if not current.wallet:\n",
        (_SLIPS + "test_a_refusal_of_the_wrong_wallet_that_comes_after_the_notification_fails_nothing",),
    ),
    Mutant(
        "a code that was refused under a wrong wallet stays refused",
        Promise.TOKENS,
        AUTODEBIT + "domain/authorization.py",
        "        return self.state is CodeState.FAILED and self.wallet != wallet and not self.auth_state",
        "        return False",
        (_SLIPS + "test_a_redirect_with_a_wrong_wallet_is_mended_by_the_right_one",),
    ),
    Mutant(
        "a lease about a token is counted from before KMS",
        Promise.LEASE,
        _REVOKING,
        "    secret = grants.access_token(grant.handle, grant.newest)\n"
        "    claimed = grants.replaced(lease_for_revoke(grant, body, runtime.clock.now(), lease_end(runtime)))",
        "    now = runtime.clock.now()\n"
        "    secret = grants.access_token(grant.handle, grant.newest)\n"
        "    claimed = grants.replaced(lease_for_revoke(grant, body, now, now + lease_end(runtime) - runtime.clock.now()))",
        (_TIME + "test_refresh_and_revoke_never_overlap_however_slow_kms_is[kms_six-revoke-revoke]",),
    ),
    Mutant(
        "a code is exchanged without the time to store its token",
        Promise.LEASE,
        _EXCHANGING,
        "    if not has_time_to_send_under(code.lease_until, runtime, needs):",
        "    if runtime.left < 0:",
        (_TIME + "test_a_code_is_not_exchanged_without_the_time_to_store_its_token[writes_six]",),
    ),
    Mutant(
        "a refresh is sent without the time to store its token",
        Promise.LEASE,
        _REFRESHING,
        "    if not has_time_to_send_under(claimed.lease_until, runtime):",
        "    if runtime.left < 0:",
        (_TIME + "test_a_refresh_is_given_back_when_no_time_is_left_to_send[writes_six]",),
    ),
    Mutant(
        "a revoke is sent without the time to record it",
        Promise.LEASE,
        _REVOKING,
        "    if not has_time_to_send_under(claimed.lease_until, runtime):",
        "    if runtime.left < 0:",
        (_TIME + "test_a_revoke_is_given_back_when_no_time_is_left_to_send[writes_six]",),
    ),
    Mutant(
        "a sender holds on for longer than its lease",
        Promise.LEASE,
        _GRANTS,
        "    return min(runtime.deadline, lease_until) - runtime.clock.now() >= needs",
        "    return runtime.left >= needs",
        (_TIME + "test_a_poller_whose_claim_took_longer_than_its_lease_sends_nothing",),
    ),
    Mutant(
        "an F to a refresh is told although it was not stored",
        Promise.UNKNOWN,
        _REFRESHING,
        "    if left is None or left.refreshes or left.newest != claimed.newest:",
        "    if left is not None and (left.refreshes or left.newest != claimed.newest):",
        ("tests/flows/test_refresh_token.py::test_a_refusal_that_cannot_be_stored_is_not_told_as_final",),
    ),
    Mutant(
        "an F to a revoke is told although it was not stored",
        Promise.UNKNOWN,
        _REVOKING,
        "        if only_send and (after is None or after.revocation is not None):",
        "        if only_send and after is not None and after.revocation is not None:",
        (_ANSWERS + "test_a_refused_revoke_that_cannot_be_stored_is_not_told_as_final[refused]",),
    ),
    Mutant(
        "an F to an exchange is told although it was not stored",
        Promise.UNKNOWN,
        _EXCHANGING,
        "        if failed is None or failed.state is CodeState.WAITING:",
        "        if failed is not None and failed.state is CodeState.WAITING:",
        (_ANSWERS + "test_a_refused_code_that_cannot_be_stored_is_not_told_as_final",),
    ),
    Mutant(
        "an F to initAuthentication is told although it was not stored",
        Promise.UNKNOWN,
        _USERS,
        "        final = settled is not None and settled.state is AuthenticationState.FAILED",
        "        final = settled is None or settled.state is AuthenticationState.FAILED",
        (_ANSWERS + "test_a_refused_password_that_cannot_be_stored_is_not_told_as_final",),
    ),
    Mutant(
        "503 is said of a refresh whose first send may have been acted on",
        Promise.UNKNOWN,
        _REFRESHING,
        "        return _in_process() if repeated and not error.may_have_acted else no_trusted_answer(error)",
        "        return no_trusted_answer(error)",
        (_ANSWERS + "test_503_is_not_said_after_a_send_that_may_have_been_acted_on[refresh]",),
    ),
    Mutant(
        "the end of a token with many authorizations is not due until all of them know",
        Promise.DUE,
        _LIFE,
        "    return replace(closed(grant, to, reason), ending=news, due_at=at)",
        "    return replace(closed(grant, to, reason), ending=news)",
        (_STORE + "test_an_end_that_was_cut_anywhere_is_due_and_a_repeat_completes_it[emulator-1-before]",),
    ),
    Mutant(
        "a token with many authorizations is ended in one transaction",
        Promise.DURABLE,
        _AUTHORIZATIONS,
        "            elif len(current.auth_states) > _PIECE:",
        "            elif not current.auth_states:",
        (_SIZES + "test_a_token_that_a_wallet_issues_again_and_again_can_be_ended[end_in_the_wallet]",),
    ),
    Mutant(
        "a new consent is ended by an end that was cut before it",
        Promise.TOKENS,
        _CODES,
        "            if known is not None and known[0].ending is not None:",
        "            if known is not None and known[0].ending is not None and not current.auth_state:",
        (_STORE + "test_a_new_consent_to_a_token_whose_end_was_cut_is_active_and_the_old_ones_are_not[emulator]",),
    ),
    Mutant(
        "a token longer than KMS takes is lost",
        Promise.TOKENS,
        _CIPHER,
        "_KMS_TAKES = 4_096\n",
        "_KMS_TAKES = 40_960\n",
        (_SIZES + "test_long_tokens_that_alipay_issues_are_kept_and_can_be_used",),
    ),
    Mutant(
        "the parts of a long token open in any order",
        Promise.TOKENS,
        _CIPHER,
        '"part": f"{number + 1} of {count}"',
        '"part": f"of {count}"',
        (_STORE + "test_the_parts_of_a_long_token_open_in_their_own_place_only[emulator]",),
    ),
    Mutant(
        "a refresh that names no account forgets the account of the token",
        Promise.TOKENS,
        AUTODEBIT + "flows/authorizations/refresh.py",
        "    body = for_account_of(body, grant.refresh_body)\n",
        "",
        (_ACCOUNTS + "test_a_refresh_that_names_no_account_is_for_the_account_of_the_token",),
    ),
    Mutant(
        "a bare token that a code brings again is renewed for no account",
        Promise.TOKENS,
        _CODES,
        'for_account_of(grant.refresh_body, known[0].refresh_body if known else "")',
        "known[0].refresh_body if known else grant.refresh_body",
        (_ACCOUNTS + "test_a_bare_token_that_a_code_brings_again_is_renewed_for_the_account_of_the_code",),
    ),
    Mutant(
        "a token that comes again for no account forgets its account",
        Promise.TOKENS,
        _CODES,
        'for_account_of(grant.refresh_body, known[0].refresh_body if known else "")',
        "grant.refresh_body",
        (_ACCOUNTS + "test_a_token_that_comes_again_for_no_account_keeps_its_account",),
    ),
    Mutant(
        "the account of a consent is not known to a token that was exchanged before its notification",
        Promise.TOKENS,
        _CODES,
        "linked(consented(of_wallet(grant, code.wallet), body), code.auth_state)",
        "linked(of_wallet(grant, code.wallet), code.auth_state)",
        (_ACCOUNTS + "test_a_code_that_a_caller_exchanged_for_no_account_has_the_account_of_its_consent",),
    ),
)
