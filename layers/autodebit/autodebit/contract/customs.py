"""Declarations to China customs: declare and inquiryDeclarationRequests (/ams/api/v1/customs/...)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from autodebit.contract.model import RequestModel, ResponseModel, Unmet, at
from autodebit.contract.request_types import AmountFrom0, UserName
from autodebit.contract.response_types import AnsweredList, DeclarationRecord, Result
from autodebit.contract.scalars import AnsweredText, AnsweredTexts, Flag, Id32, Id64, Id128, Id256, Open, Text, Text64


class CustomsInfo(RequestModel):
    """HENAN is listed for one office only: declare there first, then to ZONGSHU."""

    customs_code: Annotated[Literal["ZONGSHU", "ZHENGZHOU", "NINGBO", "SHANGHAI_CBT", "HENAN"], Open]
    region: Literal["CN"]


class MerchantCustomsInfo(RequestModel):
    """The merchant as registered with customs."""

    merchant_customs_code: Id128
    merchant_customs_name: Id256


class Certificate(RequestModel):
    """Who the buyer is; customs compares holderName.fullName and certificateNo."""

    certificate_type: Annotated[Literal["ID_CARD", "PASSPORT"], Open]
    certificate_no: Id64
    holder_name: UserName | None = None
    file_keys: Annotated[list[Text], Field(max_length=10)] | None = None  # only the SDK, for marketplaces
    certificate_authority: Text64 | None = None  # only the SDK, for marketplaces

    @classmethod
    def unmet_conditions(cls, wire: Mapping[str, object]) -> Iterator[Unmet]:
        if wire.get("certificateType") != "ID_CARD":
            return
        if "holderName" not in wire:
            yield ("holderName",), "is required when certificateType is ID_CARD"
        elif isinstance(wire["holderName"], Mapping) and at(wire, "holderName", "fullName") is None:
            yield ("holderName", "fullName"), "is required when certificateType is ID_CARD"


class DeclareRequest(RequestModel):
    """Hands a payment's data to customs; declarationRequestId is the idempotency key, and that of a retransmission."""

    # Pages, Python SDK: suborderId. Java, PHP, Go and .NET SDKs: subOrderId.
    other_spellings: ClassVar[Mapping[str, str]] = {"subOrderId": "suborderId"}

    declaration_request_id: Id32
    payment_id: Id64
    declaration_amount: AmountFrom0
    customs: CustomsInfo
    merchant_customs_info: MerchantCustomsInfo
    split_order: Flag
    suborder_id: Id64 | None = None
    buyer_certificate: Certificate | None = None

    @classmethod
    def unmet_conditions(cls, wire: Mapping[str, object]) -> Iterator[Unmet]:
        if at(wire, "declarationAmount", "currency") not in (None, "CNY"):
            yield ("declarationAmount", "currency"), "must be CNY"
        if wire.get("splitOrder") in (True, "true") and "suborderId" not in wire:
            yield ("suborderId",), "is required when splitOrder is true"


class DeclareResponse(ResponseModel):
    """S: handed over. What customs says comes by inquiryDeclarationRequests.

    Without identity_check_result the buyer was not checked; CHECK_NOT_PASSED comes with S, too.
    """

    result: Result | None = None
    customs_payment_id: AnsweredText | None = None
    customs_order_id: AnsweredText | None = None
    identity_check_result: AnsweredText | None = None
    clearing_channel: AnsweredText | None = None
    clearing_transaction_id: AnsweredText | None = None
    customs_provider_registration_id: AnsweredText | None = None


class InquiryDeclarationRequestsRequest(RequestModel):
    """Asks customs' word on one to ten declarations."""

    declaration_request_ids: Annotated[list[Id32], Field(min_length=1, max_length=10)]


class InquiryDeclarationRequestsResponse(ResponseModel):
    """Records in no certain order, and the ids of which there is none: with S both may be present."""

    result: Result | None = None
    declaration_requests_not_found: AnsweredTexts | None = None
    declaration_records: AnsweredList[DeclarationRecord] | None = None
