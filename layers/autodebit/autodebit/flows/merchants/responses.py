"""Answers of an operation's shape, built from what is stored of a registration."""

import json
from typing import Any

from autodebit.domain.registration import Registration, WalletResult
from autodebit.domain.registration_states import RegistrationState
from autodebit.responses import Response, built, passthrough, result


def registration_answer(registration: Registration) -> Response:
    """What registration answers once Alipay has accepted or refused: its own answer, or one built where that was lost.

    S says received, also of a registration that was rejected in the end: the operation says no more.
    """
    if registration.answer:
        return passthrough(registration.answer)
    if registration.state is RegistrationState.FAIL:
        return built({"result": result("F", registration.result_code, registration.result_message)})
    passed = json.loads(registration.body).get("passThroughInfo")
    handed_through = {"passThroughInfo": passed} if passed is not None else {}
    return built({"result": result("S", "SUCCESS", "success"), **handed_through})


def inquiry_registration_answer(registration: Registration) -> Response:
    """What inquiryRegistrationStatus answers after the review when Alipay cannot be asked, or has not caught up with itself."""
    body: dict[str, Any] = {
        "result": result("S", "SUCCESS", "success"),
        "registrationResult": _told(registration.state.value, registration.reject_reasons),
    }
    if registration.wallets:
        body["pspRegistrationResultList"] = [_wallet(wallet) for wallet in registration.wallets]
    return built(body)


def _wallet(wallet: WalletResult) -> dict[str, Any]:
    told = {"pspName": wallet.name}
    return told | ({"registrationResult": _told(wallet.status, wallet.reject_reasons)} if wallet.status else {})


def _told(status: str, reject_reasons: str) -> dict[str, str]:
    return {"registrationStatus": status, **({"rejectReasons": reject_reasons} if reject_reasons else {})}
