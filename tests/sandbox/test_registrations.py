"""registration, its inquiries and notifyRegistrationStatus: secondary merchants."""

import copy
import http.client
from typing import Any

import pytest

from alipay_signing import BadSignature
from tests.sandbox.conftest import Start
from tests.sandbox.merchant import SANDBOX, Merchant, Received, Reply, Shop, payment

LOST = http.client.RemoteDisconnected
DECIDED_AFTER = 5
APPROVED = [{"pspName": "AlipayCN", "registrationResult": {"registrationStatus": "APPROVED"}}]
STORE = {"referenceStoreId": "STORE_1", "storeName": "Harbour", "storeMCC": "5942", "storeAddress": {"region": "HK"}}
MERCHANT = {
    "referenceMerchantId": "SECM_1",
    "merchantDisplayName": "Harbour Books",
    "merchantMCC": "5942",
    "logo": {"logoName": "Harbour Books", "logoUrl": "https://cdn.merchant.example/harbour.png"},
    "websites": [{"name": "Harbour Books", "url": "https://harbourbooks.example"}],
    "merchantAddress": {"region": "US", "state": "California", "city": "Oakland"},
    "registrationDetail": {
        "legalName": "Harbour Books Limited",
        "registrationType": "ENTERPRISE_REGISTRATION_NO",
        "registrationNo": "1234567",
        "registrationAddress": {"region": "HK", "city": "Hong Kong", "address1": "1 Example Road"},
        "businessType": "ENTERPRISE",
        "registrationEffectiveDate": "2018-04-01T00:00:00+08:00",
        "contactInfo": [{"contactType": "EMAIL", "contactNo": "ops@harbourbooks.example"}],
        "attachments": [
            {"attachmentType": "REGISTRATION_CERTIFICATE", "file": "https://files.merchant.example/br.pdf"},
        ],
    },
}


@pytest.fixture
def merchant(start: Start, shop: Shop) -> Merchant:
    return Merchant(start(registration_notify_url=f"http://{shop.address}/notify/registration").url)


def registration(request_id: str, merchant_id: str = "SECM_1") -> dict[str, Any]:
    return {
        "registrationRequestId": request_id,
        "productCodes": ["AGREEMENT_PAYMENT"],
        "merchantInfo": MERCHANT | {"referenceMerchantId": merchant_id},
        "passThroughInfo": '{"batch":"2022-03"}',
    }


def register(merchant: Merchant, request_id: str = "REG_1", merchant_id: str = "SECM_1", **changes: Any) -> Reply:
    return merchant.call("merchants/registration", registration(request_id, merchant_id) | changes)


def status(merchant: Merchant, **ids: Any) -> dict[str, Any]:
    """The body of an inquiry without its result."""
    reply = merchant.call("merchants/inquiryRegistrationStatus", ids)
    assert reply.code == "SUCCESS", reply.raw
    return {name: value for name, value in reply.body.items() if name != "result"}


def info(merchant: Merchant, merchant_id: str = "SECM_1", **more: Any) -> Reply:
    return merchant.call("merchants/inquiryRegistrationInfo", {"referenceMerchantId": merchant_id, **more})


def overall(merchant: Merchant, request_id: str = "REG_1") -> str:
    return str(status(merchant, registrationRequestId=request_id)["registrationResult"]["registrationStatus"])


def notified(shop: Shop) -> list[Received]:
    """What came about registrations; such notifications can be told by their URL only."""
    return [one for one in shop.received if one.path == "/notify/registration"]


def test_accepted_is_not_approved(merchant: Merchant) -> None:
    reply = register(merchant)
    reply.verify(f"{SANDBOX}/v1/merchants/registration")
    assert (reply.code, reply.body["passThroughInfo"]) == ("SUCCESS", '{"batch":"2022-03"}')
    assert status(merchant, registrationRequestId="REG_1") == {"registrationResult": {"registrationStatus": "PENDING"}}


def test_a_wallet_approves_seconds_later_and_the_merchant_is_notified(merchant: Merchant, shop: Shop) -> None:
    register(merchant)
    merchant.advance(DECIDED_AFTER - 1)
    assert overall(merchant) == "PENDING"
    assert notified(shop) == []
    merchant.advance(1)
    expected = {"registrationResult": {"registrationStatus": "COMPLETED"}, "pspRegistrationResultList": APPROVED}
    assert status(merchant, registrationRequestId="REG_1") == expected
    assert status(merchant, referenceMerchantId="SECM_1") == expected
    (delivered,) = notified(shop)
    delivered.verify()
    assert delivered.body == {"registrationRequestId": "REG_1", "referenceMerchantId": "SECM_1", **expected}


def test_a_store_is_named_in_the_notification(merchant: Merchant, shop: Shop) -> None:
    register(merchant, productCodes=["IN_STORE_PAYMENT"], storeInfo=STORE)
    merchant.advance(DECIDED_AFTER)
    assert notified(shop)[0].body["referenceStoreId"] == "STORE_1"
    assert info(merchant, referenceStoreId="STORE_1").body["storeInfo"] == STORE
    assert info(merchant, referenceStoreId="STORE_2").code == "RECORD_NOT_FOUND"


@pytest.mark.parametrize("name", ["registrationNotifyURL", "registrationNotifyUrl"])
def test_the_url_of_the_registration_wins_in_either_spelling(merchant: Merchant, shop: Shop, name: str) -> None:
    register(merchant, **{name: f"http://{shop.address}/mine"})
    merchant.advance(DECIDED_AFTER)
    assert [one.path for one in shop.received] == ["/mine"]


def test_without_an_acknowledgement_it_is_resent(merchant: Merchant, shop: Shop) -> None:
    shop.answer = lambda _: (500, b"")
    register(merchant)
    merchant.advance(2 * 86_400)
    assert len(notified(shop)) == 8


def test_approved_but_never_notified(merchant: Merchant, shop: Shop) -> None:
    register(merchant, "REG-quiet")
    merchant.advance(86_400)
    assert overall(merchant, "REG-quiet") == "COMPLETED"
    assert notified(shop) == []


def test_a_rejection_has_reasons(merchant: Merchant, shop: Shop) -> None:
    register(merchant, "REG-rejected")
    merchant.advance(DECIDED_AFTER)
    found = status(merchant, registrationRequestId="REG-rejected")
    rejected = {"registrationStatus": "REJECTED", "rejectReasons": "The registration certificate cannot be read."}
    assert found["registrationResult"] == rejected
    assert found["pspRegistrationResultList"] == [{"pspName": "AlipayCN", "registrationResult": rejected}]
    assert notified(shop)[0].body["registrationResult"] == rejected


def test_pending_for_ever_until_somebody_settles_it(merchant: Merchant, shop: Shop) -> None:
    register(merchant, "REG-stuck")
    merchant.advance(30 * 86_400)
    assert overall(merchant, "REG-stuck") == "PENDING"
    order = {"registrationRequestId": "REG-stuck", "outcome": "APPROVED"}
    assert merchant.admin("registrations/settle", order)["registrationResult"]["registrationStatus"] == "COMPLETED"
    merchant.advance(0)
    assert len(notified(shop)) == 1


def test_one_wallet_decides_before_the_other(merchant: Merchant, shop: Shop) -> None:
    register(merchant, "REG-two-wallets")
    seen = []
    for _ in range(2):
        merchant.advance(DECIDED_AFTER)
        found = status(merchant, registrationRequestId="REG-two-wallets")
        assert {name: notified(shop)[-1].body[name] for name in found} == found
        wallets = [
            (one["pspName"], one["registrationResult"]["registrationStatus"])
            for one in found["pspRegistrationResultList"]
        ]
        seen.append((found["registrationResult"]["registrationStatus"], *wallets))
    assert seen == [
        ("PENDING", ("AlipayCN", "APPROVED"), ("GCash", "PENDING")),
        ("COMPLETED", ("AlipayCN", "APPROVED"), ("GCash", "APPROVED")),
    ]
    assert len(notified(shop)) == 2


def test_completed_without_any_wallet(merchant: Merchant, shop: Shop) -> None:
    register(merchant, "REG-empty")
    merchant.advance(DECIDED_AFTER)
    expected = {"registrationResult": {"registrationStatus": "COMPLETED"}}
    assert status(merchant, registrationRequestId="REG-empty") == expected
    assert "pspRegistrationResultList" not in notified(shop)[0].body


def test_accepted_although_the_first_answer_is_lost(merchant: Merchant) -> None:
    with pytest.raises(LOST):
        register(merchant, "REG-answer-lost")
    assert overall(merchant, "REG-answer-lost") == "PENDING"
    assert register(merchant, "REG-answer-lost").code == "SUCCESS"
    assert register(merchant, "REG-unknown", "SECM_2").code == "UNKNOWN_EXCEPTION"
    assert register(merchant, "REG-unknown", "SECM_2").code == "SUCCESS"


def test_a_repeat_gets_the_first_result(merchant: Merchant, shop: Shop) -> None:
    first = register(merchant)
    merchant.advance(DECIDED_AFTER)
    assert register(merchant, registrationNotifyURL="https://elsewhere.example").body == first.body
    assert register(merchant, productCodes=["CASHIER_PAYMENT"]).code == "REPEAT_REQ_INCONSISTENT"
    assert register(merchant, merchant_id="SECM_2").code == "REPEAT_REQ_INCONSISTENT"
    merchant.advance(86_400)
    assert len(notified(shop)) == 1
    assert len(merchant.admin("registrations")) == 1


def test_a_merchant_is_registered_once(merchant: Merchant) -> None:
    register(merchant)
    assert register(merchant, "REG_2").code == "REGISTRATION_UNDER_REVIEW"
    assert register(merchant, "OTHER", "SECM_2").code == "SUCCESS"
    merchant.advance(DECIDED_AFTER)
    assert register(merchant, "REG_3").code == "REPEAT_REGISTRATION"
    assert register(merchant, "REG_2").code == "REGISTRATION_UNDER_REVIEW"
    refused = merchant.call("merchants/inquiryRegistrationStatus", {"registrationRequestId": "REG_2"})
    assert refused.code == "RECORD_NOT_FOUND"


def test_after_a_rejection_the_merchant_may_try_again_with_a_new_id(merchant: Merchant) -> None:
    register(merchant, "REG-rejected")
    merchant.advance(DECIDED_AFTER)
    assert register(merchant, "REG_2").code == "SUCCESS"
    assert status(merchant, referenceMerchantId="SECM_1")["registrationResult"]["registrationStatus"] == "PENDING"
    merchant.advance(DECIDED_AFTER)
    assert status(merchant, referenceMerchantId="SECM_1")["registrationResult"]["registrationStatus"] == "COMPLETED"
    assert overall(merchant, "REG-rejected") == "REJECTED"


def test_the_ids_of_an_inquiry_must_belong_together(merchant: Merchant) -> None:
    register(merchant)
    assert status(merchant, registrationRequestId="REG_1", referenceMerchantId="SECM_1")
    for ids in (
        {"registrationRequestId": "REG_9"},
        {"referenceMerchantId": "SECM_9"},
        {"registrationRequestId": "REG_1", "referenceMerchantId": "SECM_9"},
        {"referenceMerchantId": "SECM_1", "referenceStoreId": "STORE_1"},
    ):
        assert merchant.call("merchants/inquiryRegistrationStatus", ids).code == "RECORD_NOT_FOUND"
    assert merchant.call("merchants/inquiryRegistrationStatus", {}).code == "PARAM_ILLEGAL"


def test_the_data_of_a_registered_merchant_can_be_read_back(merchant: Merchant) -> None:
    assert info(merchant).code == "RECORD_NOT_FOUND"
    register(merchant)
    assert (info(merchant).code, set(info(merchant).body)) == ("SUCCESS", {"result"})
    merchant.advance(DECIDED_AFTER)
    found = info(merchant).body
    assert found["merchantInfo"] == MERCHANT
    assert found["productCodes"] == ["AGREEMENT_PAYMENT"]
    assert "storeInfo" not in found
    assert merchant.call("merchants/inquiryRegistrationInfo", {}).code == "PARAM_ILLEGAL"


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("productCodes", "AGREEMENT_PAYMENT"),
        ("productCodes", []),
        ("productCodes", ["CARD_PAYMENT"]),
        ("productCodes", ["IN_STORE_PAYMENT"]),
        ("registrationNotifyURL", "no url"),
        ("registrationNotifyUrl", "no url"),
        ("merchantInfo.referenceMerchantId", "x" * 65),
        ("merchantInfo.merchantMCC", None),
        ("merchantInfo.websites", [{"url": "no url"}]),
        ("merchantInfo.websites", ["https://m.example"]),
        ("merchantInfo.registrationDetail.legalName", None),
        ("merchantInfo.registrationDetail.registrationType", "PASSPORT"),
        ("merchantInfo.registrationDetail.businessType", "1"),
        ("merchantInfo.registrationDetail.registrationAddress", {"city": "Hong Kong"}),
        ("merchantInfo.registrationDetail.contactInfo", [{"contactType": "PIGEON", "contactNo": "1"}]),
        ("merchantInfo.registrationDetail.attachments", [{"attachmentType": "LOGO", "file": "https://m.example/f"}]),
        ("merchantInfo.registrationDetail.attachments", {}),
        ("storeInfo", STORE | {"feeTier": "06"}),
    ],
)
def test_fields_are_checked_and_a_refusal_uses_up_no_id(merchant: Merchant, path: str, wrong: Any) -> None:
    body = copy.deepcopy(registration("REG_1"))
    place, names = body, path.split(".")
    for name in names[:-1]:
        place = place[name]
    place[names[-1]] = wrong
    reply = merchant.call("merchants/registration", body)
    assert reply.code == "PARAM_ILLEGAL"
    assert names[-1] in reply.body["result"]["resultMessage"]
    assert register(merchant).code == "SUCCESS"


def test_unregistered_merchants_are_paid_for_unless_registration_is_required(merchant: Merchant) -> None:
    token = merchant.token()

    def pay(request_id: str, merchant_id: str | None) -> str:
        order = payment(token, request_id, "1000", "JPY", "GCASH")["order"]
        order |= {"merchant": {"referenceMerchantId": merchant_id}} if merchant_id else {}
        return merchant.pay(token, request_id, order=order).code

    assert pay("PAY_1", "SECM_1") == "SUCCESS"
    assert merchant.admin("settings", {"requireRegistration": True})["requireRegistration"] is True
    assert pay("PAY_1", "SECM_1") == "SUCCESS"
    assert pay("PAY_2", None) == "SUCCESS"
    assert pay("PAY_3", "SECM_1") == "MERCHANT_NOT_REGISTERED"
    register(merchant)
    assert pay("PAY_4", "SECM_1") == "MERCHANT_NOT_REGISTERED"
    merchant.advance(DECIDED_AFTER)
    assert pay("PAY_5", "SECM_1") == "SUCCESS"
    assert pay("PAY_3", "SECM_1") == "MERCHANT_NOT_REGISTERED"
    debits = {name: taken["debits"] for name, taken in merchant.admin("ledger").items()}
    assert debits == {"PAY_1": 1, "PAY_2": 1, "PAY_3": 0, "PAY_4": 0, "PAY_5": 1}
    assert merchant.admin_reply("settings", {"requireRegistration": "yes"}).status == 400


@pytest.mark.parametrize("outcome", ["APPROVED", "REJECTED"])
def test_a_developer_settles_a_registration_once(merchant: Merchant, shop: Shop, outcome: str) -> None:
    register(merchant, "REG-two-wallets")
    merchant.advance(DECIDED_AFTER)
    for order in (outcome, "APPROVED", "REJECTED"):
        merchant.admin("registrations/settle", {"registrationRequestId": "REG-two-wallets", "outcome": order})
    merchant.advance(86_400)
    (found,) = merchant.admin("registrations")
    assert found["registrationResult"]["registrationStatus"] == {"APPROVED": "COMPLETED"}.get(outcome, outcome)
    assert {one["registrationResult"]["registrationStatus"] for one in found["pspRegistrationResultList"]} == {outcome}
    assert len(notified(shop)) == 2
    assert (
        merchant.admin_reply("registrations/settle", {"registrationRequestId": "X", "outcome": outcome}).status == 404
    )
    assert merchant.admin_reply("registrations/settle", {"outcome": "COMPLETED"}).status == 400


def test_a_wallet_that_decides_after_everything_is_settled_changes_nothing(merchant: Merchant, shop: Shop) -> None:
    register(merchant, "REG-two-wallets")
    merchant.admin("registrations/settle", {"registrationRequestId": "REG-two-wallets", "outcome": "REJECTED"})
    settled = merchant.admin("registrations")
    merchant.advance(86_400)
    assert merchant.admin("registrations") == settled
    assert len(notified(shop)) == 1


def test_faults_meet_registrations_and_their_notifications(merchant: Merchant, shop: Shop) -> None:
    merchant.admin("faults", {"operation": "registration", "fault": "answer", "code": "INVALID_CLIENT"})
    assert register(merchant).code == "INVALID_CLIENT"
    merchant.admin("faults", {"operation": "notifyRegistrationStatus", "fault": "tamper", "requestId": "REG_1"})
    merchant.admin("faults", {"operation": "inquiryRegistrationStatus", "fault": "unknown"})
    register(merchant)
    ids = {"registrationRequestId": "REG_1"}
    assert merchant.call("merchants/inquiryRegistrationStatus", ids).code == "UNKNOWN_EXCEPTION"
    merchant.advance(DECIDED_AFTER)
    (delivered,) = notified(shop)
    assert delivered.body["referenceMerchantId"] == "9SECM_1"
    with pytest.raises(BadSignature):
        delivered.verify()


def test_a_notification_of_ones_own_making_goes_to_the_dashboards_url(merchant: Merchant, shop: Shop) -> None:
    merchant.admin("notify", {"kind": "notifyRegistrationStatus", "body": {"registrationRequestId": "X"}})
    assert notified(shop)[0].body == {"registrationRequestId": "X"}
    merchant.admin("settings", {"registrationNotifyUrl": f"http://{shop.address}/other"})
    register(merchant)
    merchant.advance(DECIDED_AFTER)
    assert [one.path for one in shop.received] == ["/notify/registration", "/other"]
