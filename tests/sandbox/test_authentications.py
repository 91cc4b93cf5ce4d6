"""initAuthentication and verifyAuthentication: one-time passwords."""

import http.client
import json
from typing import Any

import pytest

from tests.sandbox.conftest import Start
from tests.sandbox.merchant import SANDBOX, Merchant, Reply

LOST = http.client.RemoteDisconnected


@pytest.fixture
def token(merchant: Merchant) -> str:
    return merchant.token()


def init(merchant: Merchant, token: str, request_id: str = "AUTHN_1", **changes: Any) -> Reply:
    body = {
        "authenticationType": "OTP",
        "authenticationRequestId": request_id,
        "authenticationChannelType": "SMS",
        "userIdentityType": "WALLET_TOKEN",
        "userIdentityValue": token,
    }
    return merchant.call("users/initAuthentication", body | changes)


def verify(merchant: Merchant, otp: object, request_id: str = "AUTHN_1") -> Reply:
    body = {"authenticationType": "OTP", "authenticationRequestId": request_id, "authenticationValue": otp}
    return merchant.call("users/verifyAuthentication", body)


def otp(merchant: Merchant) -> str:
    (received,) = merchant.admin("otps")
    return str(received["otp"])


def wrong(otp: str) -> str:
    return f"{(int(otp) + 1) % 10**6:06d}"


def test_the_customer_types_what_came_on_the_phone(merchant: Merchant, token: str) -> None:
    reply = init(merchant, token)
    reply.verify(f"{SANDBOX}/v1/users/initAuthentication")
    assert reply.code == "SUCCESS"
    assert {name: reply.body[name] for name in reply.body if name != "result"} == {"authenticationRequestId": "AUTHN_1"}
    (received,) = merchant.admin("otps")
    assert (received["authenticationRequestId"], received["channel"]) == ("AUTHN_1", "SMS")
    assert len(received["otp"]) == 6
    assert received["otp"].isdigit()
    passed = verify(merchant, received["otp"])
    passed.verify(f"{SANDBOX}/v1/users/verifyAuthentication")
    assert (passed.code, passed.body["isPassed"]) == ("SUCCESS", True)
    assert b'"isPassed":true' in passed.raw


def test_a_wrong_password_is_a_success_that_is_not_passed(merchant: Merchant, token: str) -> None:
    init(merchant, token)
    tried = verify(merchant, wrong(otp(merchant)))
    assert (tried.result_status, tried.body["isPassed"]) == ("S", False)
    assert verify(merchant, otp(merchant)).body["isPassed"] is True


def test_a_repeated_verification_says_passed_again_but_not_for_another_password(merchant: Merchant, token: str) -> None:
    init(merchant, token)
    for _ in range(2):
        assert verify(merchant, otp(merchant)).body["isPassed"] is True
        merchant.advance(600)
        assert verify(merchant, wrong(otp(merchant))).body["isPassed"] is False


@pytest.mark.parametrize(("age", "passed"), [(299, True), (300, False)])
def test_a_password_lives_five_minutes(merchant: Merchant, token: str, age: int, passed: bool) -> None:
    init(merchant, token)
    merchant.advance(age)
    assert verify(merchant, otp(merchant)).body["isPassed"] is passed


def test_five_wrong_tries_are_the_most(merchant: Merchant, token: str) -> None:
    init(merchant, token)
    for _ in range(5):
        assert verify(merchant, wrong(otp(merchant))).body["isPassed"] is False
    assert verify(merchant, otp(merchant)).code == "PROCESS_FAIL"
    assert merchant.admin("authentications")[0]["wrongTries"] == 5


def test_an_unknown_id_cannot_be_verified(merchant: Merchant) -> None:
    assert verify(merchant, "123456").code == "PROCESS_FAIL"


def test_a_repeat_sends_no_second_password(merchant: Merchant, token: str) -> None:
    init(merchant, token)
    sent = otp(merchant)
    assert init(merchant, token).code == "SUCCESS"
    assert otp(merchant) == sent


@pytest.mark.parametrize("change", [{"authenticationChannelType": "EMAIL"}, {"userIdentityValue": "another"}])
def test_a_repeat_with_other_values_is_inconsistent(merchant: Merchant, token: str, change: dict[str, str]) -> None:
    init(merchant, token)
    assert init(merchant, token, **change).code == "REPEAT_REQ_INCONSISTENT"
    assert verify(merchant, otp(merchant)).body["isPassed"] is True


@pytest.mark.parametrize("suffix", ["-answer-lost", "-unknown"])
def test_the_password_was_sent_although_the_first_answer_does_not_say_so(
    merchant: Merchant, token: str, suffix: str
) -> None:
    request_id = f"AUTHN{suffix}"
    if suffix == "-answer-lost":
        with pytest.raises(LOST):
            init(merchant, token, request_id)
    else:
        first = init(merchant, token, request_id)
        assert (first.code, first.result_status) == ("UNKNOWN_EXCEPTION", "U")
    sent = otp(merchant)
    assert init(merchant, token, request_id).code == "SUCCESS"
    assert otp(merchant) == sent
    assert verify(merchant, sent, request_id).body["isPassed"] is True


def test_a_token_that_is_not_alive_gets_no_password(start: Start) -> None:
    merchant = Merchant(start(token_seconds=60).url)
    expired, revoked = merchant.token("STATE_1"), merchant.token("STATE_2")
    merchant.call("authorizations/revoke", {"accessToken": revoked})
    merchant.advance(60)
    for number, token in enumerate(("unknown", revoked, expired)):
        assert init(merchant, token, f"AUTHN_{number}").code == "INVALID_ACCESS_TOKEN"
        assert init(merchant, token, f"AUTHN_{number}").code == "INVALID_ACCESS_TOKEN"
        assert verify(merchant, "123456", f"AUTHN_{number}").code == "PROCESS_FAIL"
    assert merchant.admin("otps") == []
    assert {entry["status"] for entry in merchant.admin("authentications")} == {"REFUSED"}


def test_a_token_revoked_in_between_verifies_nothing(merchant: Merchant, token: str) -> None:
    init(merchant, token)
    merchant.call("authorizations/revoke", {"accessToken": token})
    assert verify(merchant, otp(merchant)).code == "INVALID_ACCESS_TOKEN"


@pytest.mark.parametrize(
    "change",
    [
        {"authenticationType": "FACE"},
        {"authenticationChannelType": "PIGEON"},
        {"userIdentityType": "LOGIN_ID"},
        {"userIdentityValue": None},
        {"authenticationRequestId": "x" * 65},
    ],
)
def test_fields_are_checked(merchant: Merchant, token: str, change: dict[str, Any]) -> None:
    assert init(merchant, token, **change).code == "PARAM_ILLEGAL"
    assert verify(merchant, "").code == "PARAM_ILLEGAL"


def test_nothing_but_the_phone_shows_a_password(merchant: Merchant, token: str) -> None:
    init(merchant, token)
    sent = otp(merchant)
    verify(merchant, int(wrong(sent)))
    verify(merchant, wrong(sent))
    verify(merchant, sent)
    (entry,) = merchant.admin("authentications")
    assert entry == {
        "authenticationRequestId": "AUTHN_1",
        "channel": "SMS",
        "customerBelongsTo": "GCASH",
        "userId": entry["userId"],
        "status": "PASSED",
        "wrongTries": 2,
    }
    everything = json.dumps([merchant.admin("journal"), merchant.admin("authentications")])
    for secret in (sent, wrong(sent), str(int(wrong(sent))), token):
        assert f'"{secret}"' not in everything
        assert f" {secret}" not in everything


def test_a_fault_may_wait_for_an_authentication(merchant: Merchant, token: str) -> None:
    order = {"operation": "initAuthentication", "fault": "answer", "code": "USER_NOT_EXIST", "requestId": "AUTHN_2"}
    merchant.admin("faults", order)
    assert init(merchant, token).code == "SUCCESS"
    assert init(merchant, token, "AUTHN_2").code == "USER_NOT_EXIST"
    merchant.admin("faults", {"operation": "verifyAuthentication", "fault": "act_then_unknown"})
    assert verify(merchant, otp(merchant)).code == "UNKNOWN_EXCEPTION"
    assert verify(merchant, otp(merchant)).body["isPassed"] is True
