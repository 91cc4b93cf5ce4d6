"""Replies that are lost, engines that refuse or are away: nothing is done twice, nothing passes for done."""

from collections.abc import Callable

import pytest

from autodebit.domain.authorization import Token
from autodebit.domain.authorization_states import AuthorizationEvent
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.polling_plan import Plan
from autodebit.domain.tracked_request import ReportedStatus, Source
from autodebit.errors import StoreUnavailable
from autodebit.repository import Repository, new_grant
from tests.repository.faults import ONCE, LostReply, out_of_reach, refusing
from tests.repository.samples import JPY, NOW, consulted, fact, intent, opened
from tests.support.world import World

PAID = fact(ReportedStatus.SUCCEEDED, Source.PAY, payment_id="2024A", amount=JPY, body="{}")


def repository(world: World, client) -> Repository:
    return Repository(client, world.kms, table=world.table, token_key=world.token_key, plan=Plan())


def test_a_write_ahead_whose_reply_was_lost_is_recognised_as_ones_own(store: World) -> None:
    line = LostReply(store.engine, "PutItem")
    claimed = repository(store, line.client).payments.open(intent(), NOW)
    assert line.sends == 2
    assert claimed is not None
    assert store.repository.payments.find("PAY-1") == claimed


@pytest.mark.parametrize("forgets_tokens", [False, True])
def test_a_settling_transaction_whose_reply_was_lost_is_recognised_as_ones_own(
    store: World, forgets_tokens: bool
) -> None:
    opened(store)
    line = LostReply(store.engine, "TransactWriteItems", forgets_tokens=forgets_tokens)
    settlement = repository(store, line.client).payments.settle("PAY-1", PAID, NOW)
    assert line.sends == 2
    assert settlement is not None
    assert settlement.item.version == 2
    assert store.repository.payments.find("PAY-1") == settlement.item
    assert store.repository.payments.id_of("2024A") == "PAY-1"
    assert store.anomalies() == []


def test_a_write_that_nobody_confirmed_counts_as_unavailable_and_doing_it_again_is_harmless(store: World) -> None:
    opened(store)
    payments = repository(store, LostReply(store.engine, "TransactWriteItems", ONCE).client).payments
    with pytest.raises(StoreUnavailable):
        payments.settle("PAY-1", PAID, NOW)
    again = payments.settle("PAY-1", PAID, NOW + 1)
    assert again is not None
    assert (again.item.state, again.item.version) == (PaymentState.SUCCESS, 2)
    assert store.anomalies() == []


def test_another_ones_write_is_not_taken_for_ones_own(store: World) -> None:
    opened(store)
    assert store.repository.payments.open(intent(), NOW) is None


def test_an_exchange_whose_reply_was_lost_is_stored_once(store: World) -> None:
    codes = store.repository.codes
    claim = codes.claim_code("the-code", "{}", "GCASH", NOW, 1_000)
    line = LostReply(store.engine, "TransactWriteItems", forgets_tokens=True)
    grant = new_grant("GCASH", NOW)
    done, anomaly = repository(store, line.client).codes.exchanged(
        claim.code, grant, Token("the-token"), lambda held: held.handle, NOW
    )
    assert (done.grant, anomaly) == (grant.handle, "")
    found = store.repository.grants.find_by_secret("the-token")
    assert found is not None
    assert (found[0].handle, found[0].newest, found[1]) == (grant.handle, 1, 1)


@pytest.mark.parametrize(
    "use",
    [
        lambda store: store.payments.find("PAY-1"),
        lambda store: store.payments.id_of("2024A"),
        lambda store: store.payments.open(intent(), NOW),
        lambda store: store.payments.claim_poll(intent(version=1), NOW),
        lambda store: store.payments.settle("PAY-1", PAID, NOW),
        lambda store: store.payments.record_unknown("PAY-1", "reason", PAID, NOW),
        lambda store: store.due.until(NOW),
        lambda store: store.grants.find("tok_1"),
        lambda store: store.grants.adopt(new_grant("GCASH", NOW), Token("the-token")),
        lambda store: store.authorizations.replaced(consulted()),
        lambda store: store.authorizations.advance("STATE-1", AuthorizationEvent.SILENCE, NOW),
        lambda store: store.codes.receive_code("STATE-1", "the-code", "{}", "GCASH", NOW),
        lambda store: store.codes.claim_code("the-code", "{}", "GCASH", NOW, 1_000),
    ],
)
def test_a_table_that_does_not_answer_is_unavailable_never_empty(kms, use: Callable[[Repository], object]) -> None:
    away = Repository(out_of_reach("dynamodb"), kms, table="t", token_key="k", plan=Plan())
    with pytest.raises(StoreUnavailable):
        use(away)


def test_a_table_that_is_not_there_is_unavailable_never_empty(store: World) -> None:
    store.table = "another"
    with pytest.raises(StoreUnavailable, match="ResourceNotFoundException"):
        store.repository.payments.find("PAY-1")


def test_without_kms_no_token_and_no_code_is_stored(store: World) -> None:
    blind = Repository(store.dynamodb, out_of_reach("kms"), table=store.table, token_key="k", plan=Plan())
    with pytest.raises(StoreUnavailable, match="KMS encrypt"):
        blind.grants.adopt(new_grant("GCASH", NOW), Token("the-token"))
    with pytest.raises(StoreUnavailable, match="KMS encrypt"):
        blind.codes.claim_code("the-code", "{}", "GCASH", NOW, 1_000)
    held = store.repository.grants.adopt(new_grant("GCASH", NOW), Token("the-token"))
    with pytest.raises(StoreUnavailable, match="KMS decrypt"):
        blind.grants.token(held.handle, 1)


def test_a_throttled_write_is_unavailable_never_a_lost_race(store: World) -> None:
    throttled = {"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}
    payments = repository(store, refusing(store.engine, "PutItem", throttled)).payments
    with pytest.raises(StoreUnavailable):
        payments.open(intent(), NOW)


def test_a_throttled_transaction_is_unavailable_never_a_lost_race(store: World) -> None:
    opened(store)
    throttled = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "CancellationReasons": [{"Code": "None"}, {"Code": "ThrottlingError"}],
    }
    payments = repository(store, refusing(store.engine, "TransactWriteItems", throttled)).payments
    with pytest.raises(StoreUnavailable, match="TransactionCanceledException"):
        payments.settle("PAY-1", PAID, NOW)


def test_a_fact_that_meets_another_transaction_each_time_is_given_up_as_unavailable(store: World) -> None:
    opened(store)
    busy = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}],
    }
    with pytest.raises(StoreUnavailable, match="too many writers"):
        repository(store, refusing(store.engine, "TransactWriteItems", busy)).payments.settle("PAY-1", PAID, NOW)
    before = store.repository.payments.find("PAY-1")
    assert before is not None
    assert before.state is PaymentState.INITIATED
