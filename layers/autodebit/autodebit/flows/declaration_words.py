"""Alipay's messages as facts on declarations: the one place where a status, a code or a missing field is given its meaning."""

from collections.abc import Mapping

from autodebit.clock import Instant
from autodebit.contract import DeclarationRecord, DeclareResponse, InquiryDeclarationRequestsResponse
from autodebit.declaration import DeclarationFact
from autodebit.flows.kept_bodies import status_to_keep
from autodebit.flows.words import money, status_in, throttled
from autodebit.gateway import Answer, Status
from autodebit.reading import status_text
from autodebit.transaction import Origin, Word

# S of declare means handed over. U is no word of the declaration, and asks for the same call once more.
_ANSWER_WORDS = {Status.S: Word.PENDING, Status.F: Word.REFUSED, Status.U: Word.NOTHING}
_RECORD_WORDS = {"IN_PROCESS": Word.PENDING, "CUSTOMS_PROCESSING_COMPLETED": Word.DONE}


def of_declare(answer: Answer, sent_at: Instant) -> DeclarationFact:
    """The answer to the declare that was claimed at *sent_at*: whether Alipay has taken it, never what customs says."""
    told = DeclareResponse.read(answer.data)
    return DeclarationFact(
        word=_ANSWER_WORDS[answer.status],
        throttled=throttled(answer),
        origin=Origin.DECLARE,
        code=answer.code,
        message=answer.message,
        body=answer.text,
        asked_at=sent_at,
        customs_payment_id=told.customs_payment_id,
        customs_order_id=told.customs_order_id,
        identity_check_result=told.identity_check_result,
        clearing_channel=told.clearing_channel,
        clearing_transaction_id=told.clearing_transaction_id,
        customs_provider_registration_id=told.customs_provider_registration_id,
    )


def of_inquiry(answer: Answer, origin: Origin, asked_at: Instant) -> Mapping[str, DeclarationFact]:
    """The answer to inquiryDeclarationRequests: what it says of each declaration, by declarationRequestId.

    Its result speaks of the inquiry. A declaration without a record is absent only if the answer says so.
    """
    if answer.status is not Status.S:
        return {}
    told = InquiryDeclarationRequestsResponse.read(answer.data)
    absent = DeclarationFact(Word.ABSENT, origin, asked_at=asked_at)
    facts = dict.fromkeys(told.declaration_requests_not_found or (), absent)
    for record in told.declaration_records or ():
        if record.declaration_request_id:
            facts[record.declaration_request_id] = _of_record(record, origin, asked_at)
    return facts


def of_silence(origin: Origin, asked_at: Instant, reason: str = "") -> DeclarationFact:
    """No answer that we may act on."""
    return DeclarationFact(Word.NOTHING, origin, message=reason, asked_at=asked_at, status=status_in(reason))


def without_record(answer: Answer, origin: Origin, asked_at: Instant) -> DeclarationFact:
    """An answer to inquiryDeclarationRequests that has no word of the declaration."""
    return DeclarationFact(Word.NOTHING, origin, message=answer.code, asked_at=asked_at, throttled=throttled(answer))


def _of_record(record: DeclarationRecord, origin: Origin, asked_at: Instant) -> DeclarationFact:
    word = _RECORD_WORDS.get(status_text(record.declaration_request_status), Word.NOTHING)
    return DeclarationFact(
        word=word,
        origin=origin,
        status=status_to_keep(record.declaration_request_status) if word is Word.NOTHING else "",
        amount=money(record.declaration_amount, named="declaration_amount" in record.model_fields_set),
        asked_at=asked_at,
        customs_payment_id=record.customs_payment_id,
        customs_order_id=record.customs_order_id,
        customs_result_code=record.customs_declaration_result_code,
        customs_result_desc=record.customs_declaration_result_desc,
        customs_return_time=record.customs_declaration_return_time,
    )
