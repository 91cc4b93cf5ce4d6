"""The words that the tests of registrations are written in, beside those of steps.py."""

import copy
import json
from pathlib import Path
from typing import Any

from autodebit.contract import (
    InquiryRegistrationInfoRequest,
    InquiryRegistrationStatusRequest,
    NotifyRegistrationStatusRequest,
    RegistrationRequest,
)
from autodebit.domain.registration import Registration
from autodebit.flows.merchants.register import inquiry_registration_info, registration
from autodebit.flows.merchants.sync import inquiry_registration_status, notify_registration_status, poll_registration
from autodebit.gateway.client import VerifiedResponse
from autodebit.responses import Response
from tests.support.alipay import answer
from tests.support.world import World

_DATA = Path(__file__).parents[1] / "contract" / "data"


def contract(operation: str) -> dict[str, Any]:
    """What the contract says of *operation*."""
    read: dict[str, Any] = json.loads((_DATA / f"{operation}.json").read_text())
    return read


def codes(operation: str, status: str) -> list[str]:
    """The result codes of *operation* with that status."""
    return [row["code"] for row in contract(operation)["result_codes"] if row["status"] == status]


def registration_body(request_id: str = "REG-1", merchant: str = "M-1", **changed: Any) -> dict[str, Any]:
    """A request to register a merchant: the contract's example, without its notification URL and its passThroughInfo."""
    body: dict[str, Any] = copy.deepcopy(contract("registration")["examples"]["request"])
    del body["registrationNotifyURL"], body["passThroughInfo"]
    body["registrationRequestId"] = request_id
    body["merchantInfo"]["referenceMerchantId"] = merchant
    return {**body, **changed}


def in_store(store: str) -> dict[str, Any]:
    """What a request for a store has besides."""
    address = {"region": "HK", "city": "Hong Kong", "address1": "1 Example Road"}
    info = {"referenceStoreId": store, "storeName": "Books", "storeMCC": "5942", "storeAddress": address}
    return {"productCodes": ["IN_STORE_PAYMENT"], "storeInfo": info}


# --- callers


def register(world: World, seconds: float = 25, **changed: Any) -> Response:
    """registration, by an invocation that may take *seconds*."""
    return registration(RegistrationRequest.model_validate(registration_body(**changed)), world.runtime(seconds))


def inquire_status(world: World, seconds: float = 25, **ids: str) -> Response:
    asked = ids or {"registrationRequestId": "REG-1"}
    return inquiry_registration_status(InquiryRegistrationStatusRequest.model_validate(asked), world.runtime(seconds))


def inquire_info(world: World, seconds: float = 25) -> Response:
    request = InquiryRegistrationInfoRequest.model_validate({"referenceMerchantId": "M-1"})
    return inquiry_registration_info(request, world.runtime(seconds))


# --- Alipay


def accepted(**fields: Any) -> VerifiedResponse:
    return answer("S", "SUCCESS", "received", **fields)


def review(status: str | None, reasons: str = "", **wallets: str | None) -> dict[str, Any]:
    """What Alipay says of a review: of the whole, and of each wallet."""
    told: dict[str, Any] = {}
    if status is not None:
        told["registrationResult"] = {
            "registrationStatus": status,
            **({"rejectReasons": reasons} if reasons else {}),
        }
    if wallets:
        told["pspRegistrationResultList"] = [
            {"pspName": name, "registrationResult": {"registrationStatus": said} if said else None}
            for name, said in wallets.items()
        ]
    return told


def stands(status: str | None, reasons: str = "", **wallets: str | None) -> VerifiedResponse:
    """An answer to inquiryRegistrationStatus."""
    return answer("S", "SUCCESS", "ok", **review(status, reasons, **wallets))


def not_found() -> VerifiedResponse:
    return answer("F", "RECORD_NOT_FOUND", "no record")


def notify_review(
    world: World,
    status: str | None = "COMPLETED",
    reasons: str = "",
    *,
    request_id: str | None = "REG-1",
    merchant: str | None = "M-1",
    store: str | None = None,
    **wallets: str | None,
) -> None:
    """notifyRegistrationStatus."""
    ids = {"registrationRequestId": request_id, "referenceMerchantId": merchant, "referenceStoreId": store}
    body = {**{name: value for name, value in ids.items() if value is not None}, **review(status, reasons, **wallets)}
    notify_registration_status(NotifyRegistrationStatusRequest.read(body), world.runtime(15))


# --- time, and what is stored


def poll_registration_when_due(world: World, request_id: str = "REG-1") -> None:
    """Move on to the moment at which a registration is due, and ask for it as poll_registrations does."""
    due_at = registered(world, request_id).due_at
    assert due_at is not None
    world.clock.time = max(world.clock.time, due_at)
    poll_registration(request_id, world.runtime(58))


def registered(world: World, request_id: str = "REG-1") -> Registration:
    found = world.repository.registrations.find(request_id)
    assert found is not None
    return found


def wallets_of(world: World, request_id: str = "REG-1") -> dict[str, str]:
    """What each wallet says, as stored."""
    return {wallet.name: wallet.status for wallet in registered(world, request_id).wallets}
