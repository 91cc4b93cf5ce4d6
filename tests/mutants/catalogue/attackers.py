"""What each attacker of docs/money-safety.md has to catch all by itself, with no narrower test before it.

Every mutant of the other modules has a narrow test that catches it in a second. That does not tell whether the suites that
play time, crashes and races can fail at all; this table does.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tests.mutants.mutant import Mutant

ATTACKERS = ("promises", "order", "race", "crash", "chaos", "fuzz")

_MONEY = "tests/promises/test_money_promises.py::"
_BACK = "tests/promises/test_money_goes_back.py::"
_RACES = "tests/race/test_races.py::"
_CRASHES = "tests/crash/test_crashes.py::"
_GRANTS = "tests/race/test_token_races.py::"
_ANSWERS = "tests/fuzz/test_fuzz_answers.py::test_no_answer_makes_a_route_fail_or_settles_what_it_does_not_say[pay]"
_ATTACKS = "tests/fuzz/test_signature_attacks.py::"

ALONE: dict[str, tuple[str, ...]] = {
    _MONEY + "test_1_the_intent_is_stored_leased_and_due_before_a_byte_goes_to_alipay": (
        "pay is sent before its intent is stored",
    ),
    _MONEY + "test_3_an_unknown_outcome_is_no_failure": ("a lost answer to pay is a failure",),
    _MONEY + "test_4_what_is_final_stays_final": ("SUCCESS becomes FAIL",),
    _MONEY + "test_5_everything_open_is_due_and_what_is_final_is_not": ("a poll without outcome ends the polling",),
    _MONEY + "test_6_what_is_acknowledged_is_stored": ("a store that fails under a notification is passed over",),
    _MONEY + "test_7_repeats_are_answers": ("a repeat of a final payment is sent",),
    _MONEY + "test_9_a_success_must_be_ours": ("another amount is good enough",),
    _MONEY + "test_10_whoever_is_overtaken_between_reading_and_writing_reads_again": (
        "a fact is dropped for a conflict",
    ),
    _BACK + "test_2_refunds_that_race_never_give_back_more_than_was_paid": ("no amount is reserved",),
    _BACK + "test_2_a_payment_is_refunded_or_cancelled_never_both": ("a payment with refunds is cancelled",),
    _BACK + "test_2_what_waits_for_its_cancel_is_not_refunded": ("a payment that is being cancelled is refunded",),
    "tests/order/test_any_order.py": (
        "an F to a repeat of pay is believed",
        "no amount is reserved",
        "CANCELLED becomes SUCCESS",
        "a payment with refunds is cancelled",
        "a poll without outcome ends the polling",
        "after U a repeat of pay is sent, not asked for",
        "ORDER_NOT_EXIST is believed at once",
        "a payment that is being cancelled is refunded",
        "another amount is good enough",
        "pay is sent again while a cancel is pending",
        "the cancel of a payment that nobody knows is not stored",
    ),
    _CRASHES + "test_a_killed_process_costs_nobody_anything[a first pay]": (
        "pay is sent before its intent is stored",
        "a send takes no lease",
        "a repeat of pay is sent with its own body, not the first one",
        "a poller sends a payment whose answer was lost",
        "an intent is stored without a due time",
    ),
    _CRASHES + "test_a_killed_process_costs_nobody_anything[a pay in process]": (
        "an open payment loses its due time with the answer to pay",
    ),
    _CRASHES + "test_a_killed_process_costs_nobody_anything[a pay whose repeat is refused]": (
        "an F to a repeat of pay is believed",
    ),
    _CRASHES + "test_a_killed_process_costs_nobody_anything[a pay whose token is renewed meanwhile]": (
        "a repeat of pay is sent with the newest token, not the pinned one",
    ),
    _CRASHES + "test_a_killed_process_costs_nobody_anything[a pay after a lost answer]": (
        "a repeat is sent without taking the lease",
    ),
    _CRASHES + "test_a_killed_process_costs_nobody_anything[a payment that is notified]": (
        "a notification is acknowledged before it is stored",
    ),
    _CRASHES + "test_a_killed_process_costs_nobody_anything[a code that is notified]": (
        "a notified code is exchanged before it is stored",
    ),
    _CRASHES + "test_a_killed_process_costs_nobody_anything[a refund]": (
        "a refund is sent before its intent is stored",
        "NOT_SUBMITTED frees the amount",
    ),
    _CRASHES + "test_a_killed_process_costs_nobody_anything[a refund of a payment made elsewhere with its refunds]": (
        "a payment made elsewhere is adopted without its refunds",
    ),
    _CRASHES + "test_a_killed_process_costs_nobody_anything[a cancel]": ("a cancel whose sender died is not due",),
    _CRASHES + "test_a_killed_process_costs_nobody_anything[a registration]": (
        "the lease of a registration is ignored",
    ),
    _CRASHES + "test_a_killed_poller_costs_nobody_anything[a poll of a payment]": (
        "what a poller has claimed is due no more should it die",
    ),
    _CRASHES + "test_a_killed_poller_costs_nobody_anything[a poll of a declaration]": ("a poller declares again",),
    _CRASHES + "test_a_killed_poller_costs_nobody_anything[a poll of a revoke]": (
        "a revoke without a verdict is not repeated",
    ),
    "tests/crash/test_publishing.py::test_every_change_is_told_and_the_newest_one_last[nothing else]": (
        "the last changes of a batch are dropped",
    ),
    "tests/chaos/test_chaos_run.py::test_nothing_is_debited_twice_lost_stuck_or_different_after_a_chaos_run": (
        "an F to a repeat of pay is believed",
        "an F to a repeat of refund is believed",
        "a repeat of pay is sent with the newest token, not the pinned one",
        "a repeat of pay may have other money content",
        "a repeat of refund may have another amount",
        "no amount is reserved",
        "a notification is acknowledged before it is stored",
        "an open payment loses its due time with the answer to pay",
        "a poller sends a payment whose answer was lost",
        "the cancel of a payment that nobody knows is not stored",
    ),
    _RACES + "test_one_pay_from_everywhere_is_one_debit": (
        "the lease of pay is ignored",
        "a new item is put over one that is there",
        "a send takes no lease",
    ),
    _RACES + "test_one_refund_from_everywhere_is_one_credit": ("the lease of refund is ignored",),
    _RACES + "test_one_cancel_from_everywhere_is_one_cancel": (
        "the lease of cancel is ignored",
        "a cancel is sent without being written ahead",
    ),
    _RACES + "test_of_many_pollers_one_sends_a_cancel_that_is_due": (
        "a poller sends a cancel that it could not claim",
    ),
    _RACES + "test_refunds_that_together_exceed_the_payment_give_back_what_fits": (
        "no amount is reserved",
        "what others have reserved is not checked",
        "the amount is reserved apart from the intent, not with it",
    ),
    _GRANTS + "test_refreshes_against_revokes_are_never_under_way_together_and_end_the_newest_token": (
        "a revoke does not wait for the refresh under way",
        "a refresh is claimed over whoever has moved the grant",
    ),
    _GRANTS + "test_of_refreshes_from_everywhere_one_arrives_and_all_pay_with_what_it_brought": (
        "the lease of a refresh is ignored",
        "a refresh takes no lease",
    ),
    _GRANTS + "test_of_revokes_from_everywhere_one_arrives_and_the_daily_renewal_keeps_away": (
        "the lease of a revoke is ignored",
        "a revoke takes no lease",
        "a revoke is sent by whoever could not claim it",
        "the daily renewal renews what is being renewed or revoked",
    ),
    _ANSWERS: ("another currency is good enough",),
    "tests/fuzz/test_fuzz_findings.py::test_an_amount_under_a_blank_name_is_an_amount": (
        "an amount that cannot be read passes for absent",
    ),
    _ATTACKS + "test_a_forged_signature_of_an_answer_is_not_believed": (
        "an unsigned answer is believed",
        "an answer whose signature does not hold is believed",
        "a signature that does not fit is good enough",
    ),
    _ATTACKS + "test_an_answer_signed_for_another_path_is_not_believed": (
        "the answer to another operation is believed",
    ),
    _ATTACKS + "test_keys_of_two_versions_do_not_stand_for_each_other": ("any key will do, whatever keyVersion says",),
    _ATTACKS + "test_a_forged_notification_changes_nothing": (
        "a notification whose signature does not hold is believed",
    ),
}
"""Names of mutants by the test, as pytest's node id, that is their only one here."""


def attacker_of(suite: str) -> str:
    """The attacker to which the test *suite* (a node id) belongs, by its folder."""
    return suite.split("/")[1]


def alone(known: Iterable[Mutant]) -> Iterator[Mutant]:
    """The mutants of the table: those of *known* once more, each with one attacker as its only suite.

    Raises:
        KeyError: the table names a mutant that is not known.
    """
    by_name = {mutant.name: mutant for mutant in known}
    for suite, names in ALONE.items():
        for name in names:
            yield replace(by_name[name], name=f"{name} ({attacker_of(suite)} alone)", suites=(suite,))
