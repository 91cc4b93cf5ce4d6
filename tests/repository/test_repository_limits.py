"""Nothing true is too large to store: DynamoDB takes 400 KB of an item, and DynamoDB Local enforces it."""

import json
from typing import Any

import pytest

from autodebit.clock import SECOND
from autodebit.domain.authentication import Authentication
from autodebit.domain.authentication_states import AuthenticationEvent, AuthenticationState
from autodebit.domain.cancellation import NextStep
from autodebit.domain.declaration import Declaration, DeclarationUpdate
from autodebit.domain.declaration_states import DeclarationState
from autodebit.domain.payment_states import PaymentState
from autodebit.domain.registration import RegistrationReport, RegistrationSource, RegistrationUpdate, WalletResult
from autodebit.domain.tracked_request import ReportedStatus, Source
from autodebit.flows.payments.final_responses import cancel_answer, pay_answer
from autodebit.repository.limits import LARGEST_ITEM, fitting, shortened, size_of
from tests.repository.samples import JPY, NOW, fact, intent, rows
from tests.repository.test_repository_registrations import intent as registration_intent
from tests.support.world import World

BODY = json.dumps({"a": "x" * 240_000})
LONG = "é" * 40_000
"""80,000 bytes of a text that Alipay sends."""
LATER = NOW + 30 * SECOND


def message(size: int = 120_000, **more: Any) -> str:
    """An answer of Alipay of about *size* bytes, most of it in a field that nobody needs."""
    result = {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": LONG[:1000]}
    return json.dumps({"result": result, "paymentId": "2024P", "extendInfo": "y" * size, **more}, ensure_ascii=False)


def test_a_long_message_is_kept_up_to_a_length_and_the_outcome_is_stored(store: World) -> None:
    store.repository.payments.open(intent(body=BODY), NOW)
    told = fact(ReportedStatus.SUCCEEDED, code="SUCCESS", message=LONG, body=message(), amount=JPY, payment_id="2024P")
    settled = store.repository.payments.settle("PAY-1", told, NOW)
    assert settled is not None
    kept = store.repository.payments.find("PAY-1")
    assert kept is not None
    assert (kept.state, kept.body) == (PaymentState.SUCCESS, BODY)
    assert len(kept.result_message.encode()) <= 1024
    assert LONG.startswith(kept.result_message[:-1])


def test_two_large_messages_and_a_large_body_leave_answers_of_the_same_shape(store: World) -> None:
    """Body, answer to pay and answer to cancel have more than 400 KB together: repeats still hear what Alipay said."""
    store.repository.payments.open(intent(body=BODY), NOW)
    done = fact(ReportedStatus.SUCCEEDED, code="SUCCESS", body=message(), amount=JPY, payment_id="2024P")
    assert store.repository.payments.settle("PAY-1", done, NOW) is not None
    paid = store.repository.payments.find("PAY-1")
    assert paid is not None
    assert store.repository.payments.claim_cancel(paid, LATER) is not None
    cancelled = fact(
        ReportedStatus.CANCELLED, Source.CANCEL, code="SUCCESS", body=message(cancelTime="2024"), payment_id="2024P"
    )
    assert store.repository.payments.settle("PAY-1", cancelled, LATER) is not None
    kept = store.repository.payments.find("PAY-1")
    assert kept is not None
    assert kept.state is PaymentState.CANCELLED
    told = json.loads(cancel_answer(kept).text)
    assert (told["result"]["resultStatus"], told["paymentId"], told["cancelTime"]) == ("S", "2024P", "2024")
    assert "extendInfo" not in told


def test_an_answer_that_fits_is_kept_byte_for_byte(store: World) -> None:
    store.repository.payments.open(intent(), NOW)
    said = message()
    store.repository.payments.settle(
        "PAY-1", fact(ReportedStatus.SUCCEEDED, body=said, amount=JPY, payment_id="2024P"), NOW
    )
    kept = store.repository.payments.find("PAY-1")
    assert kept is not None
    assert pay_answer(kept).text == said


def test_an_anomaly_with_long_texts_is_stored_with_the_item_it_stands_beside(store: World) -> None:
    store.repository.payments.open(intent(), NOW)
    other = fact(ReportedStatus.SUCCEEDED, code=LONG, payment_request_id=LONG * 5, payment_id=LONG, amount=JPY)
    settled = store.repository.payments.settle("PAY-1", other, NOW)
    assert settled is not None
    assert settled.anomaly
    store.repository.payments.record_unknown("PAY-9", "a reason", other, NOW)
    anomalies = [item for key, item in rows(store).items() if key[1].startswith("anomaly#")]
    assert len(anomalies) == 2
    assert all(len(item["payment_request_id"]["S"].encode()) <= 1024 for item in anomalies)


def test_a_refused_cancel_with_a_long_message_is_stored(store: World) -> None:
    store.repository.payments.open(intent(body=BODY), NOW)
    read = store.repository.payments.find("PAY-1")
    assert read is not None
    assert store.repository.payments.claim_cancel(read, NOW) is not None
    refused = fact(
        ReportedStatus.REJECTED, Source.CANCEL, code="CANCEL_WINDOW_EXCEED", message=LONG * 3, then=NextStep.STOP
    )
    assert store.repository.payments.settle("PAY-1", refused, NOW) is not None
    kept = store.repository.payments.find("PAY-1")
    assert kept is not None
    assert kept.cancel is not None
    assert len(kept.cancel.message.encode()) <= 1024


def test_a_refused_declaration_with_a_large_body_and_answer_stays_refused(store: World) -> None:
    """Its answer must not be lost: without one a repeat would hear that it was taken."""
    made = Declaration(
        declaration_request_id="DCL-1",
        state=DeclarationState.INITIATED,
        payment_id="2024P",
        customs_code="ZHENGZHOU",
        amount=JPY,
        amounts=(JPY,),
        body=json.dumps({"a": "x" * 260_000}),
        created_at=NOW,
    )
    claimed = store.repository.declarations.open(made, NOW)
    assert claimed is not None
    said = DeclarationUpdate(
        ReportedStatus.REJECTED,
        Source.DECLARE,
        code="PARAM_ILLEGAL",
        message=LONG,
        body=message(125_000).replace('"S"', '"F"').replace("SUCCESS", "PARAM_ILLEGAL") + " " * 20_000,
        asked_at=claimed.sent_at,
    )
    assert store.repository.declarations.settle("DCL-1", said, NOW) is not None
    kept = store.repository.declarations.find("DCL-1")
    assert kept is not None
    assert (kept.state, kept.body) == (DeclarationState.FAIL, made.body)
    assert json.loads(kept.answer)["result"]["resultCode"] == "PARAM_ILLEGAL"


def test_a_registration_with_many_wallets_and_long_reasons_is_stored(store: World) -> None:
    assert store.repository.registrations.open(registration_intent(body=BODY), NOW) is not None
    wallets = tuple(WalletResult(f"WALLET-{n}", "REJECTED", LONG[:3000]) for n in range(20))
    told = RegistrationUpdate(
        RegistrationReport.REJECTED, RegistrationSource.NOTIFICATION, reject_reasons=LONG, wallets=wallets, message=LONG
    )
    assert store.repository.registrations.settle("REG-1", told, NOW) is not None
    kept = store.repository.registrations.find("REG-1")
    assert kept is not None
    assert [wallet.name for wallet in kept.wallets] == [wallet.name for wallet in wallets]
    assert max(len(wallet.reject_reasons.encode()) for wallet in kept.wallets) <= 1024


def test_an_authentication_with_a_large_body_keeps_what_was_answered(store: World) -> None:
    made = Authentication(
        "AUTHN-1", AuthenticationState.INITIATED, "f", "tok_1", 1, json.dumps({"a": "x" * 290_000}), NOW
    )
    assert store.repository.authentications.claim(made, LATER) is not None
    store.repository.authentications.settle(
        "AUTHN-1", AuthenticationEvent.SENT, NOW, code=LONG, answer=message(125_000)
    )
    kept = store.repository.authentications.find("AUTHN-1")
    assert kept is not None
    assert (kept.state, json.loads(kept.answer)["result"]["resultStatus"]) == (AuthenticationState.SENT, "S")


@pytest.mark.parametrize("character", ["a", "é", "界", "😀"])
@pytest.mark.parametrize("longest", [10, 11, 12, 13, 14, 15])
def test_a_text_is_cut_on_a_character(character: str, longest: int) -> None:
    cut = shortened(character * 20, longest)
    assert cut.endswith("…")
    assert set(cut[:-1]) == {character}
    assert longest - 4 < len(cut.encode()) <= longest
    assert shortened(character, longest) == character


def test_half_a_surrogate_pair_is_no_obstacle() -> None:
    assert shortened("\ud83d" * 1000, 100).endswith("…")
    assert size_of("\ud83d") == 3


def test_ids_and_bodies_are_kept_as_they_are() -> None:
    item = {
        "payment_id": "p" * 3000,
        "body": "b" * 3000,
        "result_message": "m" * 3000,
        "cancel": {"message": "n" * 3000},
    }
    kept = fitting(item)
    assert (kept["payment_id"], kept["body"]) == (item["payment_id"], item["body"])
    assert (len(kept["result_message"].encode()), len(kept["cancel"]["message"].encode())) == (1024, 1024)


def test_sizes_count_bytes_not_characters() -> None:
    answer = json.dumps({"result": {"resultStatus": "S"}, "x": "界" * 60_000}, ensure_ascii=False)
    item = {"body": "界" * 80_000, "answer": answer}
    assert size_of(item) > LARGEST_ITEM > sum(len(value) for value in item.values())
    assert json.loads(fitting(item)["answer"]) == {"result": {"resultStatus": "S"}}
