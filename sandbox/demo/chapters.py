"""The chapters that follow the payments. Each says what it does as it goes, and leaves its items with the journey."""

import time
from typing import Any

import requests

from sandbox.demo.journey import Journey, payment

CNY = "CNY"


def give_money_back(journey: Journey) -> None:
    """A part, then the rest; one refund more than the payment bears; one that takes its time; a cancel."""
    paid = f"PAY-{journey.run}-paid"
    _refund(journey, "part", {"paymentRequestId": paid}, "5000")
    _refund(journey, "rest", {"paymentRequestId": paid}, "9900")
    over = {"refundRequestId": f"REF-{journey.run}-over", "paymentRequestId": paid, "refundAmount": _php("1")}
    status, answer = journey.stack.merchant.call("/v1/payments/refund", over)
    journey.tell(f"refund of 1 more: HTTP {status} {answer['result']['resultCode']}, nothing was sent")
    # Alipay never notifies this one: only asking tells.
    _refund(journey, "quiet", {"paymentRequestId": f"PAY-{journey.run}-pending"}, "20000")

    mistake = journey.pay("mistake", "mistake")
    result = journey.called("/v1/payments/cancel", {"paymentRequestId": mistake}, fine=("S", "U"))["result"]
    journey.tell(f"cancel {mistake}: {result['resultStatus']} {result['resultCode']}; all of it goes back")


def prove_presence(journey: Journey) -> None:
    """A one-time password: a wrong one, then the right one."""
    identity = f"OTP-{journey.run}"
    body = {
        "authenticationType": "OTP",
        "authenticationRequestId": identity,
        "authenticationChannelType": "SMS",
        "userIdentityType": "WALLET_TOKEN",
        "userIdentityValue": journey.handle,
    }
    journey.called("/v1/users/initAuthentication", body)
    sent = requests.get(f"{journey.stack.simulator}/_sandbox/otps", timeout=10).json()
    otp = next(str(one["otp"]) for one in sent if one["authenticationRequestId"] == identity)
    journey.tell("initAuthentication: the customer's phone shows a one-time password")
    wrong = "".join(str((int(digit) + 1) % 10) for digit in otp)
    for typed, name in ((wrong, "a wrong password"), (otp, "the right one")):
        verify = {"authenticationType": "OTP", "authenticationRequestId": identity, "authenticationValue": typed}
        passed = journey.called("/v1/users/verifyAuthentication", verify).get("isPassed")
        journey.tell(f"verifyAuthentication with {name}: isPassed {str(passed).lower()}")
    if journey.stack.state_of("authentication", identity) != "PASSED":
        raise SystemExit("the right password did not pass")


def declare_to_customs(journey: Journey) -> None:
    """Goods for mainland China, paid by another wallet in CNY, are declared; customs takes a moment."""
    china = Journey(journey.stack, wallet="ALIPAY_CN", run=journey.run, began=journey.began)
    china.authorise()
    identity = china.pay("monthly plan", "export", CNY)
    china.await_outcomes()
    journey.payments |= china.payments
    journey.tokens |= china.tokens
    journey.codes += china.codes
    told = journey.called("/v1/payments/inquiryPayment", {"paymentRequestId": identity})
    declaration = f"DCL-{journey.run}"
    body: dict[str, Any] = {
        "declarationRequestId": declaration,
        "paymentId": told["paymentId"],
        "declarationAmount": told["customsDeclarationAmount"],
        "customs": {"customsCode": "ZONGSHU", "region": "CN"},
        "merchantCustomsInfo": {
            "merchantCustomsCode": "4401960ABC",
            "merchantCustomsName": "Example Trading Co., Ltd.",
        },
        "splitOrder": "false",
    }
    journey.called("/ams/api/v1/customs/declare", body)
    journey.declarations[declaration] = ""
    journey.tell(f"declare {declaration}: handed over, which is not accepted")


def register_merchants(journey: Journey) -> None:
    """Two secondary merchants: of one Alipay tells the result, of the other only asking does."""
    for ending in ("notified", "quiet"):
        identity = f"REG-{journey.run}-{ending}"
        journey.called("/v1/merchants/registration", _registration(identity, f"M-{journey.run}-{ending}"))
        journey.registrations[identity] = ""
        journey.tell(f"registration {identity}: received, which is not approved")


def await_all(journey: Journey) -> None:
    """Wait until all that was begun is settled; an inquiry of a caller's tells the customs' verdict."""
    journey.settled("payment", journey.payments)
    journey.settled("refund", journey.refunds)
    journey.settled("declaration", journey.declarations)
    for identity in journey.declarations:
        asked = journey.called("/ams/api/v1/customs/inquiryDeclarationRequests", {"declarationRequestIds": [identity]})
        (record,) = asked["declarationRecords"]
        journey.tell(f"inquiryDeclarationRequests: {identity} has the verdict {record['customsDeclarationResultCode']}")
    journey.settled("registration", journey.registrations)


def renew_token(journey: Journey) -> None:
    """The token changes behind the handle; callers go on with the handle that they have."""
    body = {
        "grantType": "REFRESH_TOKEN",
        "customerBelongsTo": journey.wallet,
        "refreshToken": journey.refresh_handle,
    }
    answer = journey.called("/v1/authorizations/applyToken", body)
    if answer["accessToken"] != journey.handle:
        raise SystemExit("a refresh changed the handle")
    journey.tell(f"applyToken with the refresh handle: a new token behind the same handle {journey.handle[:12]}...")
    journey.pay("monthly plan", "after-refresh")


def end_authorization(journey: Journey) -> None:
    """Revoked is revoked: at Alipay, in our store, and for whoever tries to pay with the handle."""
    journey.called("/v1/authorizations/revoke", {"accessToken": journey.handle})
    journey.tell("revoke: the authorization is ended")
    journey.await_authorization("REVOKED")
    refused = journey.stack.merchant.call(
        "/v1/payments/pay", payment(f"PAY-{journey.run}-too-late", "100", "too late", journey.handle)
    )
    journey.tell(f"pay after that: HTTP {refused[0]} {refused[1]['result']['resultCode']}, nothing was sent")
    for handle in journey.tokens:
        journey.tokens[handle] = journey.stack.state_of("grant", handle) or ""
    time.sleep(1)  # the last events are on their way
    journey.hear()


def _refund(journey: Journey, ending: str, of: dict[str, str], value: str) -> None:
    identity = f"REF-{journey.run}-{ending}"
    body = {"refundRequestId": identity, **of, "refundAmount": _php(value)}
    result = journey.called("/v1/payments/refund", body, fine=("S", "U"))["result"]
    journey.refunds[identity] = ""
    journey.tell(f"refund {identity} ({value}): {result['resultStatus']} {result['resultCode']}")


def _php(value: str) -> dict[str, str]:
    return {"currency": "PHP", "value": value}


def _registration(identity: str, merchant: str) -> dict[str, Any]:
    address = {"region": "HK", "city": "Hong Kong", "address1": "1 Example Road"}
    return {
        "registrationRequestId": identity,
        "productCodes": ["AGREEMENT_PAYMENT"],
        "merchantInfo": {
            "referenceMerchantId": merchant,
            "merchantDisplayName": "Harbour Books",
            "merchantMCC": "5942",
            "logo": {"logoName": "Harbour Books", "logoUrl": "https://cdn.merchant.example/logo.png"},
            "websites": [{"name": "Harbour Books", "url": "https://harbourbooks.example"}],
            "merchantAddress": address,
            "registrationDetail": {
                "legalName": "Harbour Books Limited",
                "registrationType": "ENTERPRISE_REGISTRATION_NO",
                "registrationNo": "1234567",
                "businessType": "ENTERPRISE",
                "registrationAddress": address,
                "registrationEffectiveDate": "2018-04-01T00:00:00+08:00",
                "registrationExpireDate": "2028-03-31T23:59:59+08:00",
                "contactInfo": [{"contactType": "EMAIL", "contactNo": "ops@harbourbooks.example"}],
                "attachments": [
                    {
                        "attachmentType": "REGISTRATION_CERTIFICATE",
                        "attachmentName": "br.pdf",
                        "file": "https://files.merchant.example/br.pdf",
                    }
                ],
            },
        },
    }
