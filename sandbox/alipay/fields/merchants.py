"""Requests of registration and its two inquiries, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.alipay.fields.table import Field, list_of, object_of, problems, text, url

IN_STORE = "IN_STORE_PAYMENT"
PRODUCTS = ("CASHIER_PAYMENT", "AGREEMENT_PAYMENT", IN_STORE)
ADDRESS = {
    "region": text(2, required=True),
    # The field table says 8 at most, and a sample of the same page has California.
    "state": text(),
    "city": text(32),
    "address1": text(256),
    "address2": text(256),
    "zipCode": text(32),
}
REGISTRATION_DETAIL = {
    "legalName": text(256, required=True),
    "registrationType": text(
        required=True,
        allowed=(
            "ENTERPRISE_REGISTRATION_NO", "INDEPENDENT_CONTRACTOR_LICENSE_NO", "OTHER_IDENTIFICATION_NO",
            "US_FEDERAL_EIN",
        ),
    ),
    "registrationNo": text(64, required=True),
    "registrationAddress": object_of(ADDRESS, required=True),
    "businessType": text(required=True, allowed=("ENTERPRISE", "INDIVIDUAL")),
    "registrationEffectiveDate": Field("time"),
    "registrationExpireDate": Field("time"),
    "contactInfo": list_of(
        {
            "contactType": text(required=True, allowed=("MOBILE_PHONE", "TELEPHONE", "EMAIL")),
            "contactNo": text(64, required=True),
        }
    ),
    "attachments": list_of(
        {
            "attachmentType": text(
                required=True,
                allowed=(
                    "ARTICLES_OF_ASSOCIATION", "ENTERPRISES_ANNUAL_INSPECTION_REPORT", "PROOF_OF_ADDRESS",
                    "REGISTRATION_CERTIFICATE",
                ),
            ),
            "file": url(1024, required=True),
            "attachmentName": text(128),
        }
    ),
}  # fmt: skip
REGISTRATION: Mapping[str, Field] = {
    "registrationRequestId": text(64, required=True),
    "productCodes": Field("list", True, None, PRODUCTS),
    "merchantInfo": object_of(
        {
            "referenceMerchantId": text(64, required=True),
            "merchantDisplayName": text(),
            "merchantMCC": text(32, required=True),
            "logo": object_of({"logoName": text(required=True), "logoUrl": url(2048)}),
            "websites": list_of({"name": text(), "url": url(2048, required=True), "desc": text()}),
            "merchantAddress": object_of(ADDRESS),
            "registrationDetail": object_of(REGISTRATION_DETAIL, required=True),
        },
        required=True,
    ),
    "storeInfo": object_of(
        {
            "referenceStoreId": text(32, required=True),
            "storeName": text(256, required=True),
            "storeMCC": text(32, required=True),
            "storeAddress": object_of(ADDRESS, required=True),
            "feeTier": text(allowed=("01", "02", "03", "04", "05")),
            "storeContacts": list_of(
                {"fullName": text(128, required=True), "contactNo": text(), "identificationId": text(64, required=True)}
            ),
        }
    ),
    # Two pages of the documents, two spellings.
    "registrationNotifyURL": url(2048),
    "registrationNotifyUrl": url(2048),
    "passThroughInfo": text(2048),
}
INQUIRY_REGISTRATION_STATUS: Mapping[str, Field] = {
    "referenceMerchantId": text(64),
    "registrationRequestId": text(64),
    "referenceStoreId": text(32),
}
INQUIRY_REGISTRATION_INFO: Mapping[str, Field] = {
    "referenceMerchantId": text(64, required=True),
    "referenceStoreId": text(32),
}


def registration(body: Mapping[str, Any]) -> Iterator[str]:
    yield from problems(REGISTRATION, body)
    products = body.get("productCodes")
    if isinstance(products, list) and IN_STORE in products and body.get("storeInfo") is None:
        yield f"storeInfo is required when productCodes has {IN_STORE}"


def inquiry_registration_status(body: Mapping[str, Any]) -> Iterator[str]:
    yield from problems(INQUIRY_REGISTRATION_STATUS, body)
    if body.get("registrationRequestId") is None and body.get("referenceMerchantId") is None:
        yield "registrationRequestId or referenceMerchantId is required"


def inquiry_registration_info(body: Mapping[str, Any]) -> Iterator[str]:
    yield from problems(INQUIRY_REGISTRATION_INFO, body)
