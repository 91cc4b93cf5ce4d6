"""Alipay's messages as facts on a registration: the one place where a status, a code or a missing field is given its meaning."""

from collections.abc import Sequence

from autodebit.contract import (
    InquiryRegistrationStatusResponse,
    NotifyRegistrationStatusRequest,
    PspRegistrationResult,
    RegistrationResult,
)
from autodebit.domain.registration import RegistrationReport, RegistrationSource, RegistrationUpdate, WalletResult
from autodebit.flows.kept_bodies import status_to_keep, unread
from autodebit.flows.payments.messages import status_in, throttled
from autodebit.gateway.client import ResultStatus, VerifiedResponse
from autodebit.gateway.json_body import status_text

RECORD_NOT_FOUND = "RECORD_NOT_FOUND"
_ANSWER_WORDS = {
    ResultStatus.S: RegistrationReport.ACCEPTED,
    ResultStatus.F: RegistrationReport.REFUSED,
    ResultStatus.U: RegistrationReport.UNKNOWN,
}
_STATUS_WORDS = {
    "PENDING": RegistrationReport.PENDING,
    "COMPLETED": RegistrationReport.COMPLETED,
    "REJECTED": RegistrationReport.REJECTED,
}
_WALLETS = ("PENDING", "APPROVED", "REJECTED")


def from_registration(answer: VerifiedResponse) -> RegistrationUpdate:
    """The answer to registration: S says that the request was received, and nothing of what comes of it.

    That Alipay gets too many calls says no more than silence.
    """
    return RegistrationUpdate(
        word=RegistrationReport.NO_INFORMATION if throttled(answer) else _ANSWER_WORDS[answer.status],
        source=RegistrationSource.REGISTRATION,
        throttled=throttled(answer),
        code=answer.code,
        message=answer.message,
        body=answer.text,
    )


def from_inquiry(answer: VerifiedResponse, source: RegistrationSource) -> RegistrationUpdate:
    """The answer to inquiryRegistrationStatus: its result speaks of the inquiry, only registrationResult of the registration."""
    if answer.status is not ResultStatus.S:
        absent = answer.status is ResultStatus.F and answer.code == RECORD_NOT_FOUND
        word = RegistrationReport.NOT_FOUND if absent else RegistrationReport.NO_INFORMATION
        return RegistrationUpdate(
            word,
            source,
            code=answer.code,
            message=answer.message,
            throttled=throttled(answer),
            asked_at=answer.sent_at,
        )
    told = InquiryRegistrationStatusResponse.read(answer.data)
    word, result = _word(told.registration_result), told.registration_result
    silent = word is RegistrationReport.NO_INFORMATION and (result is not None or not told.psp_registration_result_list)
    return RegistrationUpdate(
        word=word,
        source=source,
        status=status_to_keep(result.registration_status if result else None) if silent else "",
        reject_reasons=_reasons(told.registration_result),
        wallets=_wallets(told.psp_registration_result_list or ()),
    )


def from_notification(told: NotifyRegistrationStatusRequest) -> RegistrationUpdate:
    """A notification: there is one each time a wallet reports, and it holds what all of them say."""
    return RegistrationUpdate(
        word=_word(told.registration_result),
        source=RegistrationSource.NOTIFICATION,
        registration_request_id=told.registration_request_id or None,
        reference_merchant_id=told.reference_merchant_id or None,
        reference_store_id=told.reference_store_id or None,
        reject_reasons=_reasons(told.registration_result),
        wallets=_wallets(told.psp_registration_result_list or ()),
    )


def understood(told: NotifyRegistrationStatusRequest) -> bool:
    """Whether a notification could be read whole, and says something: a status that is known, or what wallets say."""
    if unread(told):
        return False
    result, wallets = told.registration_result, told.psp_registration_result_list or ()
    if result is None:
        return bool(wallets)
    return _word(result) is not RegistrationReport.NO_INFORMATION and all(wallet.psp_name for wallet in wallets)


def no_answer(source: RegistrationSource, reason: str = "") -> RegistrationUpdate:
    """No answer that we may act on."""
    return RegistrationUpdate(RegistrationReport.NO_INFORMATION, source, message=reason, status=status_in(reason))


def _word(result: RegistrationResult | None) -> RegistrationReport:
    """What the whole comes to. APPROVED belongs to a wallet: of the whole it is as good as any unknown status."""
    return _STATUS_WORDS.get(
        status_text(result.registration_status if result else None), RegistrationReport.NO_INFORMATION
    )


def _of_wallet(result: RegistrationResult | None) -> str:
    """What a wallet says, as documented; what nobody knows is kept as it came."""
    status = (result.registration_status if result else None) or ""
    return known if (known := status_text(status)) in _WALLETS else status


def _reasons(result: RegistrationResult | None) -> str:
    return (result.reject_reasons if result else None) or ""


def _wallets(told: Sequence[PspRegistrationResult]) -> tuple[WalletResult, ...]:
    """The wallets that can be told apart; a wallet's own result may be missing although the whole is COMPLETED."""
    return tuple(
        WalletResult(
            name=wallet.psp_name,
            status=_of_wallet(wallet.registration_result),
            reject_reasons=_reasons(wallet.registration_result),
        )
        for wallet in told
        if wallet.psp_name
    )
