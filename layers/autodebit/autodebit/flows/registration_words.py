"""Alipay's messages as facts on a registration: the one place where a status, a code or a missing field is given its meaning."""

from collections.abc import Sequence

from autodebit.contract import (
    InquiryRegistrationStatusResponse,
    NotifyRegistrationStatusRequest,
    PspRegistrationResult,
    RegistrationResult,
)
from autodebit.flows.kept_bodies import status_to_keep, unread
from autodebit.flows.words import status_in, throttled
from autodebit.gateway import Answer, Status
from autodebit.reading import status_text
from autodebit.registration import RegistrationFact, RegistrationOrigin, RegistrationWord, WalletResult

RECORD_NOT_FOUND = "RECORD_NOT_FOUND"
_ANSWER_WORDS = {
    Status.S: RegistrationWord.ACCEPTED,
    Status.F: RegistrationWord.REFUSED,
    Status.U: RegistrationWord.UNKNOWN,
}
_STATUS_WORDS = {
    "PENDING": RegistrationWord.PENDING,
    "COMPLETED": RegistrationWord.COMPLETED,
    "REJECTED": RegistrationWord.REJECTED,
}
_WALLETS = ("PENDING", "APPROVED", "REJECTED")


def of_registration(answer: Answer) -> RegistrationFact:
    """The answer to registration: S says that the request was received, and nothing of what comes of it.

    That Alipay gets too many calls says no more than silence.
    """
    return RegistrationFact(
        word=RegistrationWord.NOTHING if throttled(answer) else _ANSWER_WORDS[answer.status],
        origin=RegistrationOrigin.REGISTRATION,
        throttled=throttled(answer),
        code=answer.code,
        message=answer.message,
        body=answer.text,
    )


def of_inquiry(answer: Answer, origin: RegistrationOrigin) -> RegistrationFact:
    """The answer to inquiryRegistrationStatus: its result speaks of the inquiry, only registrationResult of the registration."""
    if answer.status is not Status.S:
        absent = answer.status is Status.F and answer.code == RECORD_NOT_FOUND
        word = RegistrationWord.ABSENT if absent else RegistrationWord.NOTHING
        return RegistrationFact(
            word,
            origin,
            code=answer.code,
            message=answer.message,
            throttled=throttled(answer),
            asked_at=answer.sent_at,
        )
    told = InquiryRegistrationStatusResponse.read(answer.data)
    word, result = _word(told.registration_result), told.registration_result
    silent = word is RegistrationWord.NOTHING and (result is not None or not told.psp_registration_result_list)
    return RegistrationFact(
        word=word,
        origin=origin,
        status=status_to_keep(result.registration_status if result else None) if silent else "",
        reject_reasons=_reasons(told.registration_result),
        wallets=_wallets(told.psp_registration_result_list or ()),
    )


def of_notification(told: NotifyRegistrationStatusRequest) -> RegistrationFact:
    """A notification: there is one each time a wallet reports, and it holds what all of them say."""
    return RegistrationFact(
        word=_word(told.registration_result),
        origin=RegistrationOrigin.NOTIFICATION,
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
    return _word(result) is not RegistrationWord.NOTHING and all(wallet.psp_name for wallet in wallets)


def of_silence(origin: RegistrationOrigin, reason: str = "") -> RegistrationFact:
    """No answer that we may act on."""
    return RegistrationFact(RegistrationWord.NOTHING, origin, message=reason, status=status_in(reason))


def _word(result: RegistrationResult | None) -> RegistrationWord:
    """What the whole comes to. APPROVED belongs to a wallet: of the whole it is as good as any unknown status."""
    return _STATUS_WORDS.get(status_text(result.registration_status if result else None), RegistrationWord.NOTHING)


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
