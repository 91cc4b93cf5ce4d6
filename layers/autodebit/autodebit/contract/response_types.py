"""The objects inside answers and notifications. Scalars are the text that came, whether bare or quoted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field

from autodebit.contract.model import ResponseModel
from autodebit.contract.scalars import AnsweredFlag, AnsweredText


def _objects(value: object) -> object:
    """An element that is no object is left out: it must not hide its neighbours."""
    return [element for element in value if isinstance(element, Mapping)] if isinstance(value, list) else value


Element = TypeVar("Element", bound=ResponseModel)
AnsweredList = Annotated[list[Element], BeforeValidator(_objects)]


class Result(ResponseModel):
    """What an answer says; judge an unknown result_code by result_status (S, F or U)."""

    result_code: AnsweredText | None = None
    result_status: AnsweredText | None = None
    result_message: AnsweredText | None = None


class ResponseAmount(ResponseModel):
    """An amount in the currency's smallest unit, as text."""

    currency: AnsweredText | None = None
    value: AnsweredText | None = None


class AcquirerInfo(ResponseModel):
    acquirer_name: AnsweredText | None = None
    reference_request_id: AnsweredText | None = None
    acquirer_transaction_id: AnsweredText | None = None
    acquirer_merchant_id: AnsweredText | None = None
    acquirer_result_code: AnsweredText | None = None
    acquirer_result_message: AnsweredText | None = None
    acquirer_merchant_name: AnsweredText | None = None
    acquirer_reason_description: AnsweredText | None = None
    ptsp_transaction_id: AnsweredText | None = None
    acquirer_card_token: AnsweredText | None = None


class CodeDetail(ResponseModel):
    display_type: AnsweredText | None = None
    code_value: AnsweredText | None = None
    code_value_type: AnsweredText | None = None


class AuthCodeForm(ResponseModel):
    """Data of a QR code, for wallets that can be authorised by scanning."""

    code_details: AnsweredList[CodeDetail] | None = None


class AnsweredCreditPayPlan(ResponseModel):
    installment_num: AnsweredText | None = None
    credit_pay_fee_type: AnsweredText | None = None
    fee_percentage: AnsweredText | None = None
    interval: AnsweredText | None = None


class Discount(ResponseModel):
    discount_name: AnsweredText | None = None
    savings_amount: ResponseAmount | None = None
    discount_tag: AnsweredText | None = None
    estimate_savings_amount: ResponseAmount | None = None


class PaymentResultInfo(ResponseModel):
    """The form of wallets (GRABPAY_MY, GRABPAY_SG); other members are kept as unknown fields."""

    funding: AnsweredText | None = None
    credit_pay_plan: AnsweredCreditPayPlan | None = None
    user_authorization_status: AnsweredText | None = None


class PromotionResult(ResponseModel):
    promotion_type: AnsweredText | None = None
    discount: Discount | None = None


class PspCustomerInfo(ResponseModel):
    psp_name: AnsweredText | None = None
    psp_customer_id: AnsweredText | None = None
    display_customer_id: AnsweredText | None = None
    display_customer_name: AnsweredText | None = None
    customer2088_id: AnsweredText | None = None
    extend_info: AnsweredText | None = None


class Quote(ResponseModel):
    """An exchange rate. quote_currency_pair is "JPY/CNY", in an old sample "392/156"."""

    guaranteed: AnsweredFlag | None = None
    quote_id: AnsweredText | None = None
    quote_currency_pair: AnsweredText | None = None
    quote_price: AnsweredText | None = None
    quote_start_time: AnsweredText | None = None
    quote_expiry_time: AnsweredText | None = None
    exchange_amount: ResponseAmount | None = None


class RedirectActionForm(ResponseModel):
    method: AnsweredText | None = None
    parameters: AnsweredText | None = None
    redirect_url: AnsweredText | None = None
    action_form_type: AnsweredText | None = None


class TrackedRequest(ResponseModel):
    """A refund or capture of an inquired payment."""

    transaction_result: Result | None = None
    transaction_id: AnsweredText | None = None
    transaction_type: AnsweredText | None = None
    transaction_status: AnsweredText | None = None
    transaction_amount: ResponseAmount | None = None
    transaction_request_id: AnsweredText | None = None
    transaction_time: AnsweredText | None = None
    acquirer_info: AcquirerInfo | None = None
    gross_settlement_amount: ResponseAmount | None = None
    settlement_quote: Quote | None = None


class AnsweredCustomizedInfo(ResponseModel):
    """Only the SDK names it."""

    customized_field1: AnsweredText | None = None
    customized_field2: AnsweredText | None = None
    customized_field3: AnsweredText | None = None
    customized_field4: AnsweredText | None = None
    customized_field5: AnsweredText | None = None


class AnsweredCustomsInfo(ResponseModel):
    customs_code: AnsweredText | None = None
    region: AnsweredText | None = None


class AnsweredMerchantCustomsInfo(ResponseModel):
    merchant_customs_code: AnsweredText | None = None
    merchant_customs_name: AnsweredText | None = None


class DeclarationRecord(ResponseModel):
    """One declaration as customs has it, once declaration_request_status is CUSTOMS_PROCESSING_COMPLETED.

    customs_declaration_result_code comes from customs as it is: "2" accepted, "120" the data agree, below 0 an error.
    """

    declaration_request_id: AnsweredText | None = None
    customs_payment_id: AnsweredText | None = None
    customs_order_id: AnsweredText | None = None
    customs: AnsweredCustomsInfo | None = None
    merchant_customs_info: AnsweredMerchantCustomsInfo | None = None
    declaration_amount: ResponseAmount | None = None
    split_order: AnsweredFlag | None = None
    declaration_request_status: AnsweredText | None = None
    last_modified_time: AnsweredText | None = None
    customs_declaration_result_code: AnsweredText | None = None
    customs_declaration_result_desc: AnsweredText | None = None
    customs_declaration_return_time: AnsweredText | None = None


class RegistrationResult(ResponseModel):
    """In all: PENDING, COMPLETED, REJECTED; of one wallet: PENDING, APPROVED, REJECTED. Read from samples: no list is given."""

    registration_status: AnsweredText | None = None
    reject_reasons: AnsweredText | None = None  # a text, whatever its name says


class PspRegistrationResult(ResponseModel):
    """What one wallet says; its result may be absent although the registration is COMPLETED."""

    psp_name: AnsweredText | None = None
    registration_result: RegistrationResult | None = None


class AnsweredAddress(ResponseModel):
    region: AnsweredText | None = None
    state: AnsweredText | None = None
    city: AnsweredText | None = None
    address1: AnsweredText | None = None
    address2: AnsweredText | None = None
    zip_code: AnsweredText | None = None
    label: AnsweredText | None = None
    address3: AnsweredText | None = None


class AnsweredLogo(ResponseModel):
    logo_name: AnsweredText | None = None
    logo_url: AnsweredText | None = None


class AnsweredWebSite(ResponseModel):
    name: AnsweredText | None = None
    url: AnsweredText | None = None
    desc: AnsweredText | None = None
    type: AnsweredText | None = None


class AnsweredAttachment(ResponseModel):
    attachment_type: AnsweredText | None = None
    file: AnsweredText | None = None
    attachment_name: AnsweredText | None = None


class AnsweredContactInfo(ResponseModel):
    contact_no: AnsweredText | None = None
    contact_type: AnsweredText | None = None


class AnsweredRegistrationDetail(ResponseModel):
    legal_name: AnsweredText | None = None
    attachments: AnsweredList[AnsweredAttachment] | None = None
    contact_info: AnsweredList[AnsweredContactInfo] | None = None
    registration_type: AnsweredText | None = None
    registration_no: AnsweredText | None = None
    registration_address: AnsweredAddress | None = None
    business_type: AnsweredText | None = None
    registration_effective_date: AnsweredText | None = None
    registration_expire_date: AnsweredText | None = None


class AnsweredMerchantRegistrationInfo(ResponseModel):
    reference_merchant_id: AnsweredText | None = None
    merchant_display_name: AnsweredText | None = None
    merchant_mcc: AnsweredText | None = Field(None, alias="merchantMCC")
    logo: AnsweredLogo | None = None
    websites: AnsweredList[AnsweredWebSite] | None = None
    merchant_address: AnsweredAddress | None = None
    registration_detail: AnsweredRegistrationDetail | None = None


class AnsweredStoreContact(ResponseModel):
    full_name: AnsweredText | None = None
    contact_no: AnsweredText | None = None
    identification_id: AnsweredText | None = None


class AnsweredStoreRegistrationInfo(ResponseModel):
    reference_store_id: AnsweredText | None = None
    store_name: AnsweredText | None = None
    store_mcc: AnsweredText | None = Field(None, alias="storeMCC")
    store_address: AnsweredAddress | None = None
    fee_tier: AnsweredText | None = None
    store_contacts: AnsweredList[AnsweredStoreContact] | None = None
