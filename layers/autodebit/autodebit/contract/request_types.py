"""The objects inside requests, in the contract's order of names and fields.

Where the sources disagree or only an SDK names a rule, the tolerant reading is taken and the reason is given.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from autodebit.contract.model import RequestModel, Unmet
from autodebit.contract.scalars import (
    BusinessTypes,
    Count,
    CountFrom1,
    Currency,
    DayOrMoment,
    Email64,
    Filled256,
    Flag,
    Id8,
    Id32,
    Id64,
    Id128,
    MinorUnits,
    MinorUnitsFrom0,
    Open,
    Percentage,
    Region,
    Text,
    Text16,
    Text24,
    Text32,
    Text64,
    Text128,
    Text256,
    Text1000,
    Text1024,
    Text2000,
    Text2048,
    Wallet,
    refusal,
)

TerminalType = Annotated[Literal["WEB", "WAP", "APP", "MINI_APP"], Open]
OsType = Annotated[Literal["IOS", "ANDROID"], Open]
_NEEDED_FOR_BUSINESS = {
    "1": ("hotelName", "checkinTime"),
    "2": ("flightNumber", "departureTime"),
    "3": ("admissionNoticeUrl",),
    "4": ("totalQuantity", "goodsInfo"),
}
TERMINALS_WITH_OS = frozenset({"WAP", "APP", "MINI_APP"})


class Address(RequestModel):
    region: Region
    state: Text | None = None  # the reference says 8 characters, its own sample is "California"
    city: Text32 | None = None
    address1: Text256 | None = None
    address2: Text256 | None = None
    zip_code: Text32 | None = None
    label: Text | None = None
    address3: Text | None = None


class AgreementInfo(RequestModel):
    auth_state: Text | None = None
    user_login_id: Text | None = None
    user_login_type: Text | None = None
    display_user_login_id: Text | None = None


class Amount(RequestModel):
    """A positive amount in the currency's smallest unit: JPY 1 is "1", USD 1.00 is "100"."""

    currency: Currency
    value: MinorUnits


class AmountFrom0(RequestModel):
    """As Amount; for orderAmount, which moves no money and may be 0."""

    currency: Currency
    value: MinorUnitsFrom0


class PaymentAmount(Amount):
    """What is debited or given back. Alipay rounds IDR to whole rupiah, so its last two digits must be 00."""

    @field_validator("value")
    @classmethod
    def _whole_rupiah(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("currency") == "IDR" and not value.endswith("00"):
            raise refusal("must end in 00 for IDR")
        return value


class AuthMetaData(RequestModel):
    account_holder_name: Text | None = None
    account_holder_cert_no: Text | None = None


class UserName(RequestModel):
    """The order pages call firstName and lastName required; their own sample sends only fullName."""

    first_name: Text32 | None = None
    middle_name: Text32 | None = None
    last_name: Text32 | None = None
    full_name: Text128 | None = None


class Buyer(RequestModel):
    reference_buyer_id: Text64 | None = None
    buyer_name: UserName | None = None
    buyer_phone_no: Text24 | None = None
    buyer_email: Email64 | None = None
    buyer_registration_time: Text64 | None = None  # only the SDK names it: no format is certain
    is_account_verified: Flag | None = None
    successful_order_count: Count | None = None
    buyer_phone_no_contry_code: Text | None = None  # spelled so on the wire


class ChinaExtraTransInfo(RequestModel):
    """Asked for by ALIPAY_CN, inside order.extendInfo. Several values in one field are joined with ``|``."""

    business_type: BusinessTypes
    hotel_name: Text1000 | None = None
    checkin_time: Text1000 | None = None
    checkout_time: Text | None = None
    flight_number: Text1000 | None = None
    departure_time: Text1000 | None = None
    admission_notice_url: Text1000 | None = None
    total_quantity: Text | None = None
    goods_info: Text2000 | None = None
    other_business_type: Text | None = None

    @classmethod
    def unmet_conditions(cls, wire: Mapping[str, object]) -> Iterator[Unmet]:
        business = wire.get("businessType")
        for kind in business.split("|") if isinstance(business, str) else ():
            for needed in _NEEDED_FOR_BUSINESS.get(kind, ()):
                if needed not in wire:
                    yield (needed,), f"is required when businessType is {kind}"


class OrderExtendInfo(RequestModel):
    """The documented content of order.extendInfo, which travels as JSON text."""

    china_extra_trans_info: ChinaExtraTransInfo | None = None

    def to_text(self) -> str:
        """The value of order.extendInfo."""
        return json.dumps(self.to_wire(), ensure_ascii=False, separators=(",", ":"))


class ConsultEnv(RequestModel):
    """Since 2026 the home of terminalType, osType and osVersion; ConsultRequest wants them in one place."""

    terminal_type: TerminalType | None = None
    os_type: OsType | None = None
    os_version: Text16 | None = None


class CreditPayPlan(RequestModel):
    """The instalments: how many, or (Java SDK) the numbers among which the customer chooses."""

    installment_num: Id8 | None = None
    credit_pay_fee_type: Annotated[Literal["PERCENTAGE"], Open] | None = None
    fee_percentage: Percentage | None = None
    interval: Annotated[Literal["MONTH"], Open] | None = None  # documented for answers only

    @classmethod
    def unmet_conditions(cls, wire: Mapping[str, object]) -> Iterator[Unmet]:
        if "installmentNum" not in wire and "filteredInstallmentPeriods" not in wire:
            yield ("installmentNum",), "is required, or filteredInstallmentPeriods"
        if wire.get("creditPayFeeType") == "PERCENTAGE" and "feePercentage" not in wire:
            yield ("feePercentage",), "is required when creditPayFeeType is PERCENTAGE"


class Env(RequestModel):
    terminal_type: TerminalType
    os_type: OsType | None = None
    user_agent: Text1024 | None = None
    device_token_id: Text64 | None = None
    client_ip: Text64 | None = None
    cookie_id: Text64 | None = None
    extend_info: Text2048 | None = None
    device_id: Text | None = None
    os_version: Text | None = None

    @classmethod
    def unmet_conditions(cls, wire: Mapping[str, object]) -> Iterator[Unmet]:
        terminal = wire.get("terminalType")
        if isinstance(terminal, str) and terminal in TERMINALS_WITH_OS and "osType" not in wire:
            yield ("osType",), f"is required when terminalType is {terminal}"


class Goods(RequestModel):
    """One of referenceGoodsId and priceId is required, say the SDKs; the Auto Debit pages know the first only."""

    reference_goods_id: Id64 | None = None
    goods_name: Filled256
    goods_category: Text64 | None = None
    goods_unit_amount: Amount | None = None
    goods_quantity: CountFrom1 | None = None
    goods_brand: Text | None = None
    goods_url: Text2048 | None = None
    delivery_method_type: Text32 | None = None  # the SDK alone lists PHYSICAL and DIGITAL

    @classmethod
    def unmet_conditions(cls, wire: Mapping[str, object]) -> Iterator[Unmet]:
        if "referenceGoodsId" not in wire and "priceId" not in wire:
            yield ("referenceGoodsId",), "is required, or priceId"


class Store(RequestModel):
    reference_store_id: Text | None = None
    store_name: Text | None = None
    store_mcc: Text | None = Field(None, alias="storeMCC")
    store_display_name: Text | None = None
    store_terminal_id: Text | None = None
    store_operator_id: Text | None = None
    store_address: Address | None = None
    store_phone_no: Text | None = None


class Merchant(RequestModel):
    """The secondary merchant that an acquirer collects for."""

    reference_merchant_id: Id32
    merchant_mcc: Text32 | None = Field(None, alias="merchantMCC")
    merchant_name: Text256 | None = None
    merchant_display_name: Text64 | None = None
    merchant_address: Address | None = None
    merchant_register_date: DayOrMoment | None = None
    store: Store | None = None  # no longer on the Auto Debit page, still in the SDK
    merchant_type: Text | None = None  # the SDK alone lists INDIVIDUAL and ENTERPRISE


class Shipping(RequestModel):
    shipping_name: UserName | None = None
    shipping_address: Address | None = None
    shipping_carrier: Text128 | None = None
    shipping_phone_no: Text16 | None = None
    ship_to_email: Text64 | None = None


class Order(RequestModel):
    """What the payment is for: risk control, reports and the customer's bill. Its amount moves no money."""

    order_amount: AmountFrom0
    reference_order_id: Id64
    order_description: Filled256
    goods: Annotated[list[Goods], Field(max_length=100)] | None = None
    shipping: Shipping | None = None
    buyer: Buyer | None = None
    merchant: Merchant | None = None
    env: Env | None = None
    extend_info: Text | None = None


class PaymentMethod(RequestModel):
    payment_method_type: Wallet
    payment_method_id: Id128
    extend_info: Text2048 | None = None


class SettlementStrategy(RequestModel):
    settlement_currency: Currency


class AckResult(RequestModel):
    """The fixed result by which a notification is acknowledged: received and stored."""

    result_code: Literal["SUCCESS"]
    result_status: Literal["S"]
    result_message: Literal["success", "Success"]
