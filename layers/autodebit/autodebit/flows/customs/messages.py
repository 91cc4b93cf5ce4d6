"""Alipay's messages as facts on declarations: the one place where a status, a code or a missing field is given its meaning."""

from collections.abc import Mapping

from autodebit.clock import Instant
from autodebit.contract import DeclarationRecord, DeclareResponse, InquiryDeclarationRequestsResponse
from autodebit.domain.declaration import DeclarationUpdate
from autodebit.domain.tracked_request import ReportedStatus, Source
from autodebit.flows.kept_bodies import status_to_keep
from autodebit.flows.payments.messages import money, status_in, throttled
from autodebit.gateway.client import ResultStatus, VerifiedResponse
from autodebit.gateway.json_body import status_text

# S of declare means handed over. U is no word of the declaration, and asks for the same call once more.
_ANSWER_WORDS = {
    ResultStatus.S: ReportedStatus.PENDING,
    ResultStatus.F: ReportedStatus.REJECTED,
    ResultStatus.U: ReportedStatus.NO_INFORMATION,
}
_RECORD_WORDS = {"IN_PROCESS": ReportedStatus.PENDING, "CUSTOMS_PROCESSING_COMPLETED": ReportedStatus.SUCCEEDED}


def from_declare(answer: VerifiedResponse, sent_at: Instant) -> DeclarationUpdate:
    """The answer to the declare that was claimed at *sent_at*: whether Alipay has taken it, never what customs says."""
    told = DeclareResponse.read(answer.data)
    return DeclarationUpdate(
        word=_ANSWER_WORDS[answer.status],
        throttled=throttled(answer),
        source=Source.DECLARE,
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


def from_inquiry(answer: VerifiedResponse, source: Source, asked_at: Instant) -> Mapping[str, DeclarationUpdate]:
    """The answer to inquiryDeclarationRequests: what it says of each declaration, by declarationRequestId.

    Its result speaks of the inquiry. A declaration without a record is absent only if the answer says so.
    """
    if answer.status is not ResultStatus.S:
        return {}
    told = InquiryDeclarationRequestsResponse.read(answer.data)
    absent = DeclarationUpdate(ReportedStatus.NOT_FOUND, source, asked_at=asked_at)
    facts = dict.fromkeys(told.declaration_requests_not_found or (), absent)
    for record in told.declaration_records or ():
        if record.declaration_request_id:
            facts[record.declaration_request_id] = _of_record(record, source, asked_at)
    return facts


def no_answer(source: Source, asked_at: Instant, reason: str = "") -> DeclarationUpdate:
    """No answer that we may act on."""
    return DeclarationUpdate(
        ReportedStatus.NO_INFORMATION, source, message=reason, asked_at=asked_at, status=status_in(reason)
    )


def without_record(answer: VerifiedResponse, source: Source, asked_at: Instant) -> DeclarationUpdate:
    """An answer to inquiryDeclarationRequests that has no word of the declaration."""
    return DeclarationUpdate(
        ReportedStatus.NO_INFORMATION, source, message=answer.code, asked_at=asked_at, throttled=throttled(answer)
    )


def _of_record(record: DeclarationRecord, source: Source, asked_at: Instant) -> DeclarationUpdate:
    word = _RECORD_WORDS.get(status_text(record.declaration_request_status), ReportedStatus.NO_INFORMATION)
    return DeclarationUpdate(
        word=word,
        source=source,
        status=status_to_keep(record.declaration_request_status) if word is ReportedStatus.NO_INFORMATION else "",
        amount=money(record.declaration_amount, named="declaration_amount" in record.model_fields_set),
        asked_at=asked_at,
        customs_payment_id=record.customs_payment_id,
        customs_order_id=record.customs_order_id,
        customs_result_code=record.customs_declaration_result_code,
        customs_result_desc=record.customs_declaration_result_desc,
        customs_return_time=record.customs_declaration_return_time,
    )
