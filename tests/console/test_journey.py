"""What people do at the console, by clicks; the merchant's own calls are signed ones."""

import http.client
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from alipay_signing import BadSignature
from tests.console.conftest import Visit, register
from tests.sandbox.merchant import Merchant, Shop


def menu(page: Page, name: str) -> None:
    """The click ends before the new page is read whole, so what follows waits for its load."""
    with page.expect_event("load"):
        page.get_by_role("navigation", name="Console").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def said(page: Page) -> str:
    return page.locator(".notice").inner_text()


def test_a_person_goes_from_consent_to_refund_by_clicks(page: Page, merchant: Merchant, shop: Shop) -> None:
    merchant.consult("STATE-7", authRedirectUrl=f"http://{shop.address}/back")
    menu(page, "Authorizations")
    page.get_by_role("link", name="Open the wallet’s page for STATE-7").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Allow automatic payments?")
    page.get_by_label("Your GCash account").fill("juan@wallet.example")
    with page.expect_navigation(url=re.compile("/back")):
        page.get_by_role("button", name="Agree").click()
    code = parse_qs(urlsplit(page.url).query)["authCode"][0]
    token = merchant.exchange(code).body["accessToken"]

    assert merchant.pay(token, "PAY-7-stuck").code == "PAYMENT_IN_PROCESS"
    page.goto("/console/payments")
    expect(page.get_by_role("row", name="PAY-7-stuck")).to_contain_text("PROCESSING")
    page.get_by_role("button", name="Paid settle PAY-7-stuck", exact=True).click()
    assert said(page) == "PAY-7-stuck is SUCCESS"
    expect(page.get_by_role("row", name="PAY-7-stuck")).to_contain_text("SUCCESS")
    paid = merchant.inquire(paymentRequestId="PAY-7-stuck").body

    assert merchant.refund(paid["paymentId"], "REF-7-stuck", "400").code == "REFUND_IN_PROCESS"
    menu(page, "Refunds")
    page.get_by_role("button", name="Refunded settle REF-7-stuck").click()
    assert said(page) == "REF-7-stuck is SUCCESS"
    page.get_by_role("link", name="PAY-7-stuck").click()
    timeline = page.get_by_role("region", name="Timeline").get_by_role("listitem").get_by_role("link")
    for event in ("pay", "payment JPY 1,000", "inquiryPayment", "refund", "refund JPY 400"):
        expect(timeline.filter(has_text=re.compile(rf"^\s*{event}\s*(\(|$)")).first).to_be_visible()
    expect(page.locator(".tiles b")).to_have_text(["JPY 1,000", "JPY 400", "JPY 600"])

    menu(page, "Ledger")
    expect(page.get_by_text("The books balance")).to_be_visible()
    merchant.advance(0)
    assert merchant.admin("ledger")["PAY-7-stuck"]["net"] == "600"
    assert [len(shop.of(kind)) for kind in ("AUTHCODE_CREATED", "PAYMENT_RESULT", "REFUND_RESULT")] == [1, 1, 1]


def test_a_declined_consent_leads_back_and_shows_in_the_console(page: Page, merchant: Merchant, shop: Shop) -> None:
    merchant.consult("STATE-8", authRedirectUrl=f"http://{shop.address}/back")
    menu(page, "Authorizations")
    page.get_by_role("link", name="Open the wallet’s page").click()
    page.get_by_role("button", name="Decline").click()
    page.wait_for_url(f"http://{shop.address}/back")
    page.goto("/console/authorizations")
    expect(page.get_by_role("row", name="STATE-8")).to_contain_text("declined")


def test_the_customer_ends_the_agreement_in_the_wallet(page: Page, merchant: Merchant, shop: Shop) -> None:
    token = merchant.token("STATE-9")
    menu(page, "Authorizations")
    page.get_by_role("button", name="End in the wallet the agreement of STATE-9").click()
    expect(page.get_by_role("row", name="STATE-9")).to_contain_text("revoked")
    merchant.advance(0)
    assert len(shop.of("TOKEN_CANCELED")) == 1
    assert merchant.pay(token).code == "INVALID_ACCESS_TOKEN"


@pytest.mark.parametrize(
    ("name", "deliveries", "holds"), [("Send now", 1, True), ("Send twice", 2, True), ("Tamper", 1, False)]
)
def test_a_notification_is_sent_once_more_as_ordered(
    page: Page, merchant: Merchant, shop: Shop, name: str, deliveries: int, holds: bool
) -> None:
    merchant.pay(merchant.token())
    merchant.advance(0)
    before = len(shop.of("PAYMENT_RESULT"))
    menu(page, "Notifications")
    number = merchant.admin("outbox")[-1]["number"]
    page.get_by_role("button", name=re.compile(rf"{name} .*notification {number}")).click()
    assert said(page).startswith(f"Notification {number} was sent")
    new = shop.of("PAYMENT_RESULT")[before:]
    assert len(new) == deliveries
    for delivered in new:
        if holds:
            delivered.verify()
        else:
            with pytest.raises(BadSignature):
                delivered.verify()
    page.get_by_role("link", name=f"{number} notifyPayment").click()
    page.get_by_role("link", name="Delivery 2").click()
    altered = page.get_by_role("heading", name="The body that was sent is another one")
    expect(altered).to_be_hidden() if holds else expect(altered).to_be_visible()


def test_a_waiting_notification_says_when_it_comes_again(page: Page, merchant: Merchant, shop: Shop) -> None:
    shop.answer = lambda _: (500, b"")
    merchant.auth_code()
    merchant.advance(0)
    menu(page, "Notifications")
    waiting = page.get_by_role("table", name="Waiting notifications").get_by_role("row", name="notifyAuthorization")
    expect(waiting).to_contain_text("next")
    shop.answer = Shop.answer
    page.get_by_role("button", name="+1 h on the clock").click()
    expect(page.get_by_role("table", name="Past notifications")).to_contain_text("acknowledged")


def test_the_answer_to_the_next_pay_is_lost_by_one_press(page: Page, merchant: Merchant) -> None:
    token = merchant.token()
    menu(page, "Scenarios & faults")
    page.get_by_role("button", name="The answer to pay is lost").click()
    expect(page.get_by_role("table", name="Open orders, oldest first")).to_contain_text("act_then_cut")
    with pytest.raises(http.client.RemoteDisconnected):
        merchant.pay(token)
    assert merchant.admin("ledger")["PAY_1"]["debits"] == 1
    page.reload()
    expect(page.get_by_text("None: every call goes as its id and amount say.")).to_be_visible()
    menu(page, "Journal")
    expect(page.get_by_role("row", name="Call pay ")).to_contain_text("no answer sent")


def test_a_fault_is_ordered_by_form_for_one_request_id(page: Page, merchant: Merchant) -> None:
    token = merchant.token()
    menu(page, "Scenarios & faults")
    form = page.get_by_role("region", name="Order for a call")
    form.get_by_label("Operation").select_option("pay")
    form.get_by_label("What it meets").select_option("RISK_REJECT")
    form.get_by_label("Only for this request id").fill("PAY_2")
    form.get_by_label("Times").fill("always")
    form.get_by_role("button", name="Order").click()
    codes = [merchant.pay(token, request_id).code for request_id in ("PAY_1", "PAY_2", "PAY_2")]
    assert codes == ["SUCCESS", "RISK_REJECT", "RISK_REJECT"]
    page.get_by_role("button", name="Clear all orders").click()
    assert merchant.pay(token, "PAY_2").code == "SUCCESS"


def test_scenarios_are_offered_for_the_operation_that_knows_them(page: Page) -> None:
    menu(page, "Scenarios & faults")
    form = page.get_by_role("region", name="Order for a call")
    usable = (
        "group => [...group.querySelectorAll('optgroup[data-for]')].filter(one => !one.disabled).map(one => one.label)"
    )
    assert form.get_by_label("What it meets").evaluate(usable) == ["Scenarios of pay"]
    form.get_by_label("Operation").select_option("refund")
    assert form.get_by_label("What it meets").evaluate(usable) == ["Scenarios of refund"]


def test_the_next_answers_come_one_after_the_other(page: Page, merchant: Merchant) -> None:
    token = merchant.token()
    menu(page, "Scenarios & faults")
    form = page.get_by_role("region", name="The next answers")
    form.get_by_label("Answers").fill("declined, unknown, pass")
    form.get_by_role("button", name="Order these").click()
    codes = [merchant.pay(token, request_id).code for request_id in ("P1", "P2", "P3")]
    assert codes == ["USER_BALANCE_NOT_ENOUGH", "UNKNOWN_EXCEPTION", "SUCCESS"]


def test_an_order_that_cannot_be_taken_says_why_and_orders_nothing(page: Page, merchant: Merchant) -> None:
    menu(page, "Scenarios & faults")
    form = page.get_by_role("region", name="The next answers")
    form.get_by_label("Answers").fill("pending, nonsense")
    form.get_by_role("button", name="Order these").click()
    expect(page.get_by_role("alert")).to_contain_text("fault of pay must be one of")
    assert merchant.admin("faults") == []


def test_a_notification_is_made_late_by_form(page: Page, merchant: Merchant, shop: Shop) -> None:
    menu(page, "Scenarios & faults")
    form = page.get_by_role("region", name="Order for a notification")
    form.get_by_label("What it meets").select_option("delay")
    form.get_by_label("Seconds").fill("30")
    form.get_by_role("button", name="Order").click()
    merchant.pay(merchant.token())
    merchant.advance(0)
    assert shop.of("PAYMENT_RESULT") == []
    page.get_by_role("button", name="+1 min on the clock").click()
    assert len(shop.of("PAYMENT_RESULT")) == 1


def test_a_wallet_approves_a_registration(page: Page, merchant: Merchant) -> None:
    register(merchant, "REG-7-stuck")
    menu(page, "Registrations")
    page.get_by_role("button", name="Approve REG-7-stuck").click()
    expect(page.get_by_role("row", name="REG-7-stuck")).to_contain_text("COMPLETED")


def test_the_one_time_password_is_on_the_customers_phone_and_nowhere_else(page: Page, busy: Merchant) -> None:
    (message,) = busy.admin("otps")
    menu(page, "Authentications")
    expect(page.get_by_role("region", name="The customer’s phone")).to_contain_text(f"Your code is {message['otp']}")
    busy.call(
        "users/verifyAuthentication",
        {"authenticationType": "OTP", "authenticationRequestId": "AUTHN-1", "authenticationValue": message["otp"]},
    )
    page.reload()
    expect(page.get_by_role("row", name="AUTHN-1")).to_contain_text("PASSED")
    menu(page, "Journal")
    page.get_by_role("link", name="verifyAuthentication").click()
    page.get_by_text("The whole entry as JSON").click()
    text = page.locator("body").inner_text()
    assert "authenticationValue" in text
    assert message["otp"] not in text


def test_a_cancelled_payment_is_notified_as_paid_too_late(page: Page, busy: Merchant, shop: Shop) -> None:
    before = len(shop.of("PAYMENT_RESULT"))
    page.goto("/console/payment?id=PAY-3-stuck")
    page.get_by_role("button", name="Notify late success of PAY-3-stuck").click()
    busy.advance(0)
    assert len(shop.of("PAYMENT_RESULT")) == before + 1
    assert busy.admin("ledger")["PAY-3-stuck"]["debits"] == 0


def test_the_clock_stops_runs_jumps_and_goes_to_a_moment(page: Page, merchant: Merchant) -> None:
    merchant.pay(merchant.token(), "PAY-pending")
    before = merchant.admin("clock")["epoch"]
    page.get_by_role("button", name="+1 min on the clock").click()
    assert merchant.admin("clock")["epoch"] == pytest.approx(before + 60)
    assert merchant.admin("payments")[0]["paymentStatus"] == "SUCCESS"
    page.get_by_role("button", name="Run the clock").click()
    assert merchant.admin("clock")["speed"] == 1
    page.get_by_role("button", name="Stop the clock").click()
    assert merchant.admin("clock")["speed"] == 0
    menu(page, "Clock and reset")
    page.get_by_label("By").fill("2")
    page.get_by_label("Unit").select_option("days")
    now = merchant.admin("clock")["epoch"]
    page.get_by_role("button", name="Move ahead").click()
    assert merchant.admin("clock")["epoch"] == pytest.approx(now + 2 * 86_400)
    page.get_by_label("To a moment").fill("2040-01-01T00:15:01")
    page.get_by_role("button", name="Go there").click()
    assert merchant.admin("clock")["time"] == "2040-01-01T00:15:01+08:00"
    page.get_by_label("Simulated seconds in a real second").fill("30")
    page.get_by_role("button", name="Set the speed").click()
    assert merchant.admin("clock")["speed"] == 30


def test_a_reset_asks_first_and_forgets(page: Page, busy: Merchant) -> None:
    menu(page, "Clock and reset")
    page.get_by_role("button", name="Reset").click()
    assert busy.admin("payments") != []
    page.get_by_label("Forget everything").check()
    page.get_by_role("button", name="Reset").click()
    assert said(page) == "Everything is forgotten but keys and settings"
    assert busy.admin("payments") == []


def test_everything_works_without_javascript(visit: Visit, merchant: Merchant) -> None:
    page = visit("/console/payments", java_script_enabled=False)
    merchant.pay(merchant.token(), "PAY-7-stuck")
    page.reload()
    page.get_by_role("button", name="Fail settle PAY-7-stuck").click()
    expect(page.get_by_role("row", name="PAY-7-stuck")).to_contain_text("FAIL")
    assert said(page) == "PAY-7-stuck is FAIL"
    expect(page.get_by_role("button", name="Live")).to_be_hidden()
