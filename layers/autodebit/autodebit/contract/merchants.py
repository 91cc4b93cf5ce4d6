"""Secondary merchants: registration, inquiryRegistrationStatus and inquiryRegistrationInfo (/v1/merchants/...)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from autodebit.contract.model import RequestModel, ResponseModel, Unmet
from autodebit.contract.request_types import Address
from autodebit.contract.response_types import (
    AnsweredList,
    AnsweredMerchantRegistrationInfo,
    AnsweredStoreRegistrationInfo,
    PspRegistrationResult,
    RegistrationResult,
    Result,
)
from autodebit.contract.scalars import (
    AnsweredText,
    AnsweredTexts,
    Filled256,
    Id32,
    Id64,
    Open,
    Text,
    Text32,
    Text128,
    Text2048,
    WebAddress1024,
    WebAddress2048,
)

ProductCode = Annotated[Literal["CASHIER_PAYMENT", "AGREEMENT_PAYMENT", "IN_STORE_PAYMENT"], Open]


class Logo(RequestModel):
    logo_name: Text
    logo_url: Text2048 | None = None  # only the SDK names it


class WebSite(RequestModel):
    name: Text | None = None
    url: WebAddress2048
    desc: Text | None = None
    type: Text32 | None = None  # the SDK alone lists COMPANY_INTRODUCE and TRADING, for marketplaces


class Attachment(RequestModel):
    """A document for download. SDKs list other types and a fileKey: these belong to marketplaces."""

    attachment_type: Annotated[
        Literal[
            "ARTICLES_OF_ASSOCIATION",
            "ENTERPRISES_ANNUAL_INSPECTION_REPORT",
            "PROOF_OF_ADDRESS",
            "REGISTRATION_CERTIFICATE",
        ],
        Open,
    ]
    file: WebAddress1024
    attachment_name: Text128 | None = None


class ContactInfo(RequestModel):
    contact_no: Id64
    contact_type: Annotated[Literal["MOBILE_PHONE", "TELEPHONE", "EMAIL"], Open]


class RegistrationDetail(RequestModel):
    legal_name: Filled256
    attachments: list[Attachment] | None = None
    contact_info: list[ContactInfo] | None = None
    registration_type: Annotated[
        Literal[
            "ENTERPRISE_REGISTRATION_NO",
            "INDEPENDENT_CONTRACTOR_LICENSE_NO",
            "OTHER_IDENTIFICATION_NO",
            "US_FEDERAL_EIN",
        ],
        Open,
    ]
    registration_no: Id64
    registration_address: Address
    business_type: Annotated[Literal["ENTERPRISE", "INDIVIDUAL"], Open]
    registration_effective_date: Text | None = None  # only the SDK names it: no format is certain
    registration_expire_date: Text | None = None  # only the SDK names it: no format is certain


class MerchantRegistrationInfo(RequestModel):
    reference_merchant_id: Id64
    merchant_display_name: Text | None = None  # a sister product requires it online
    merchant_mcc: Id32 = Field(alias="merchantMCC")
    logo: Logo | None = None
    websites: list[WebSite] | None = None
    merchant_address: Address | None = None
    registration_detail: RegistrationDetail


class StoreContact(RequestModel):
    full_name: Annotated[Text128, Field(min_length=1)]
    contact_no: Text | None = None
    identification_id: Id64


class StoreRegistrationInfo(RequestModel):
    reference_store_id: Id32
    store_name: Filled256
    store_mcc: Id32 = Field(alias="storeMCC")
    store_address: Address
    fee_tier: Annotated[Literal["01", "02", "03", "04", "05"], Open] | None = None
    store_contacts: list[StoreContact] | None = None


class RegistrationRequest(RequestModel):
    """Asks wallets to accept a secondary merchant; registrationRequestId is the idempotency key."""

    # Newest page, Java, PHP and Python SDKs: registrationNotifyURL. Older online page: registrationNotifyUrl.
    other_spellings: ClassVar[Mapping[str, str]] = {"registrationNotifyUrl": "registrationNotifyURL"}

    registration_request_id: Id64
    product_codes: Annotated[list[ProductCode], Field(min_length=1)]
    merchant_info: MerchantRegistrationInfo
    registration_notify_url: WebAddress2048 | None = Field(None, alias="registrationNotifyURL")
    pass_through_info: Text2048 | None = None
    store_info: StoreRegistrationInfo | None = None

    @classmethod
    def unmet_conditions(cls, wire: Mapping[str, object]) -> Iterator[Unmet]:
        products = wire.get("productCodes")
        if isinstance(products, list) and "IN_STORE_PAYMENT" in products and "storeInfo" not in wire:
            yield ("storeInfo",), "is required when productCodes has IN_STORE_PAYMENT"


class RegistrationResponse(ResponseModel):
    """S: received. Wallets answer later, by notifyRegistrationStatus or to an inquiry."""

    result: Result | None = None
    pass_through_info: AnsweredText | None = None


class InquiryRegistrationStatusRequest(RequestModel):
    """With registrationRequestId: that registration. With a merchant or store only: all that its wallets say.

    The page calls every id optional, a third party's validator wants one of the first two: any of the three will do.
    """

    reference_merchant_id: Id64 | None = None
    registration_request_id: Id64 | None = None
    reference_store_id: Id32 | None = None

    @classmethod
    def unmet_conditions(cls, wire: Mapping[str, object]) -> Iterator[Unmet]:
        if not {"referenceMerchantId", "registrationRequestId", "referenceStoreId"} & set(wire):
            yield ("registrationRequestId",), "is required, or referenceMerchantId, or referenceStoreId"


class InquiryRegistrationStatusResponse(ResponseModel):
    """registration_result speaks of the whole; a wallet's own word may be missing although it is COMPLETED."""

    result: Result | None = None
    registration_result: RegistrationResult | None = None
    psp_registration_result_list: AnsweredList[PspRegistrationResult] | None = None


class InquiryRegistrationInfoRequest(RequestModel):
    """Asks for the newest data of a registered merchant."""

    reference_merchant_id: Id64
    reference_store_id: Id32 | None = None


class InquiryRegistrationInfoResponse(ResponseModel):
    """Without a registration that succeeded only result comes back."""

    result: Result | None = None
    merchant_info: AnsweredMerchantRegistrationInfo | None = None
    store_info: AnsweredStoreRegistrationInfo | None = None
    product_codes: AnsweredTexts | None = None  # one page types it as a text, its sample is an array
