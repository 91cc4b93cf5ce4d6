"""One faultless body for every object that a request may hold: the contract's example, or the least that will do."""

from __future__ import annotations

from typing import Any

from tests.contract.documents import document


def example(file: str, part: str = "request") -> dict[str, Any]:
    found: dict[str, Any] = document(file)["examples"][part]
    return found


AMOUNT = {"currency": "PHP", "value": "14900"}
ADDRESS = {"region": "PH"}
REGISTRATION = example("registration")

BODIES: dict[str, dict[str, Any]] = {
    "consult": example("consult"),
    "applyToken": {**example("apply_token"), "refreshToken": "R"},
    "revoke": example("revoke"),
    "pay": example("pay"),
    "inquiryPayment": {"paymentId": "P", "paymentRequestId": "R"},
    "cancel": {"paymentId": "P", "paymentRequestId": "R"},
    "refund": example("refund"),
    "inquiryRefund": {"refundId": "P", "refundRequestId": "R"},
    "declare": {**example("declare"), "splitOrder": "false"},
    "inquiryDeclarationRequests": example("inquiry_declaration_requests"),
    "initAuthentication": example("init_authentication"),
    "verifyAuthentication": example("verify_authentication"),
    "registration": REGISTRATION,
    "inquiryRegistrationStatus": example("inquiry_registration_status"),
    "inquiryRegistrationInfo": example("inquiry_registration_info"),
    "notifyAuthorization": example("notify_authorization", "response"),
    "notifyPayment": example("notify_payment", "response"),
    "notifyRefund": example("notify_refund", "response"),
    "notifyDispute": example("notify_dispute", "response"),
    "notifyRegistrationStatus": example("notify_registration_status", "response"),
    "AckResult": example("notify_payment", "response")["result"],
    "Address": ADDRESS,
    "Amount": AMOUNT,
    "Attachment": {"attachmentType": "PROOF_OF_ADDRESS", "file": "https://files.example.com/1"},
    "Certificate": {"certificateType": "PASSPORT", "certificateNo": "C"},
    "ChinaExtraTransInfo": {
        "businessType": "1|2|3|4",
        "hotelName": "H",
        "checkinTime": "2024-07-01",
        "flightNumber": "F",
        "departureTime": "2024-07-01 10:00",
        "admissionNoticeUrl": "https://school.example.com/1",
        "totalQuantity": "1",
        "goodsInfo": "sku^1",
    },
    "ConsultEnv": {"terminalType": "WEB"},
    "ContactInfo": {"contactType": "EMAIL", "contactNo": "ops@example.com"},
    "CreditPayPlan": {"installmentNum": "3", "creditPayFeeType": "PERCENTAGE", "feePercentage": "0"},
    "CustomsInfo": example("declare")["customs"],
    "Env": {"terminalType": "APP", "osType": "IOS"},
    "Goods": {"referenceGoodsId": "G", "goodsName": "Album"},
    "Logo": {"logoName": "Harbour Books"},
    "Merchant": {"referenceMerchantId": "M"},
    "MerchantCustomsInfo": example("declare")["merchantCustomsInfo"],
    "MerchantRegistrationInfo": REGISTRATION["merchantInfo"],
    "Order": {"orderAmount": AMOUNT, "referenceOrderId": "O", "orderDescription": "Album"},
    "PaymentMethod": {"paymentMethodType": "GCASH", "paymentMethodId": "T"},
    "RegistrationDetail": REGISTRATION["merchantInfo"]["registrationDetail"],
    "SettlementStrategy": {"settlementCurrency": "USD"},
    "StoreContact": {"fullName": "N", "identificationId": "I"},
    "StoreRegistrationInfo": {
        "referenceStoreId": "S",
        "storeName": "Harbour Books, Pier 1",
        "storeMCC": "5942",
        "storeAddress": ADDRESS,
    },
    "WebSite": {"url": "https://shop.example.com"},
}
