"""The journal as it happens, and what it says of a signature that does not hold."""

import re

import pytest
from playwright.sync_api import Page, expect

from alipay_signing import LocalSigner, canonical, load_private_key
from tests.console.conftest import Visit
from tests.sandbox.merchant import SANDBOX, Merchant, key_pair, send

PATH = f"{SANDBOX}/v1/payments/inquiryPayment"
BODY = b'{"paymentRequestId":"ORDER-1"}'
TURN = 1_000


@pytest.fixture
def page(visit: Visit) -> Page:
    """The journal in a browser whose time the test moves."""
    page = visit()
    page.clock.install()
    page.reload()
    return page


def badly(merchant: Merchant, differing: str) -> None:
    """A call whose signature is right but for one part."""
    path, body, client_id, key = PATH, BODY, merchant.client_id, "merchant"
    headers = merchant.headers(PATH, BODY)
    moment = headers["Request-Time"]
    match differing:
        case "path":
            path = PATH.replace("/sandbox", "")
        case "time":
            moment = moment[:-3]
        case "client id":
            client_id = client_id.lower()
        case "body":
            body = BODY.replace(b":", b": ")
        case "key":
            key = "stranger"
    signer = LocalSigner(load_private_key(key_pair(key)[0]), "1")
    headers["Signature"] = signer.sign(canonical("POST", path, client_id, moment, body))
    assert send(merchant.url, "POST", PATH, headers, BODY).code == "INVALID_SIGNATURE"


@pytest.mark.parametrize("differing", ["path", "time", "client id", "body", "key"])
def test_the_part_that_differs_is_shown(page: Page, merchant: Merchant, differing: str) -> None:
    badly(merchant, differing)
    page.reload()
    expect(page.get_by_role("row", name="inquiryPayment")).to_contain_text(f"{differing} differs")
    page.get_by_role("link", name="inquiryPayment").click()
    verdict = page.get_by_role("region", name="The signature does not hold")
    expect(verdict.locator(".parts li")).to_have_count(5)
    parts = [tuple(text.rsplit(" ", 1)) for text in verdict.locator(".parts li").all_inner_texts()]
    wrong = [part for part, found in parts if found == "differs"]
    assert wrong == [differing]
    others = {found for part, found in parts if part != differing}
    assert others == ({"known"} if differing == "key" else {"fits"})
    expect(page.locator("mark")).to_have_count(0 if differing == "key" else 1)


def test_a_call_is_shown_with_its_headers_and_the_string_that_was_signed(page: Page, merchant: Merchant) -> None:
    token = merchant.token()
    merchant.pay(token, "ORDER-7")
    page.reload()
    page.get_by_role("link", name=re.compile("^pay .entry")).click()
    signed = page.get_by_role("region", name="Signed string").first.inner_text()
    assert signed.startswith(f"POST {SANDBOX}/v1/payments/pay\n{merchant.client_id}.")
    assert '"paymentRequestId": "ORDER-7"' in signed
    assert token not in page.content()
    headers = page.get_by_role("table", name="Headers of the request")
    expect(headers.get_by_role("row", name="Signature")).to_contain_text("algorithm=RSA256,keyVersion=1,signature=")
    expect(page.get_by_role("table", name="Headers of the answer")).to_contain_text("response-time")
    expect(page.get_by_role("heading", name="The signature holds")).to_be_visible()


def test_the_journal_shows_a_call_without_a_reload_and_says_so(page: Page, merchant: Merchant) -> None:
    merchant.inquire(paymentRequestId="EARLIER")
    page.clock.run_for(TURN)
    earlier = page.get_by_role("row", name="EARLIER")
    expect(earlier).to_be_visible()
    earlier.get_by_role("link").focus()
    merchant.consult("STATE-LIVE")
    page.clock.run_for(TURN)
    first = page.locator("#entries tr").first
    expect(first).to_contain_text("STATE-LIVE")
    expect(page.locator("[data-news]")).to_have_text("Call: consult SUCCESS")
    assert earlier.get_by_role("link").evaluate("link => link === document.activeElement")


def test_the_live_view_can_be_stopped(page: Page, merchant: Merchant) -> None:
    live = page.get_by_role("button", name="Live")
    expect(live).to_have_attribute("aria-pressed", "true")
    live.click()
    expect(live).to_have_attribute("aria-pressed", "false")
    asked = list[str]()
    page.on("request", lambda request: asked.append(request.url))
    merchant.consult()
    page.clock.run_for(3 * TURN)
    assert asked == []
    live.click()
    page.clock.run_for(TURN)
    expect(page.get_by_role("row", name="STATE_1")).to_be_visible()


def test_a_page_of_state_follows_what_happens(page: Page, merchant: Merchant) -> None:
    token = merchant.token()
    page.goto("/console/payments")
    merchant.pay(token, "ORDER-8-stuck")
    page.clock.run_for(TURN)
    row = page.get_by_role("row", name="ORDER-8-stuck")
    expect(row).to_contain_text("PROCESSING")
    merchant.admin("payments/settle", {"paymentRequestId": "ORDER-8-stuck", "outcome": "FAIL"})
    page.clock.run_for(TURN)
    expect(row).to_contain_text("FAIL")


def test_a_button_that_somebody_is_about_to_press_stays_where_it_is(page: Page, merchant: Merchant) -> None:
    token = merchant.token()
    merchant.pay(token, "ORDER-9-stuck")
    page.goto("/console/payments")
    button = page.get_by_role("button", name="Paid settle ORDER-9-stuck", exact=True)
    button.focus()
    merchant.pay(token, "ORDER-10")
    with page.expect_response("**/console/payments"):
        page.clock.run_for(TURN)
    assert button.evaluate("button => button === document.activeElement")


def test_the_journal_is_narrowed_to_a_kind(page: Page, merchant: Merchant) -> None:
    merchant.pay(merchant.token())
    page.get_by_role("navigation", name="Kinds of entries").get_by_role("link", name="Ledger").click()
    expect(page.get_by_role("navigation", name="Kinds of entries").locator("[aria-current]")).to_have_text("Ledger")
    page.wait_for_load_state()
    assert set(page.locator("#entries .kind").all_inner_texts()) == {"Ledger"}


def test_an_entry_that_is_not_there_says_so(page: Page) -> None:
    for path in ("/console/entry/99", "/console/payment?id=NONE", "/console/notification/9", "/console/nowhere"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "There is no such page" if "nowhere" in path else "Not found"
        )
