"""The console for those who see little, use no mouse, or have a small screen; in light and in dark."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from sandbox.alipay.wallet_colours import LEAST_CONTRAST, colours, contrast
from sandbox.alipay.wallets import WALLETS
from tests.console.conftest import Visit, keep
from tests.console.test_live_journal import badly
from tests.sandbox.merchant import Merchant

PAGES = {
    "journal": "/console", "authorizations": "/console/authorizations", "payments": "/console/payments",
    "payment": "/console/payment?id=PAY-PAID", "refunds": "/console/refunds", "declarations": "/console/declarations",
    "registrations": "/console/registrations", "authentications": "/console/authentications",
    "ledger": "/console/ledger", "notifications": "/console/notifications", "notification": "/console/notification/2",
    "faults": "/console/faults", "clock": "/console/clock", "missing": "/console/nowhere",
}  # fmt: skip
NARROW: ViewportSize = {"width": 320, "height": 640}
WIDE: ViewportSize = {"width": 1280, "height": 860}


def addresses(merchant: Merchant) -> dict[str, str]:
    """Every kind of page, the details of a good and a bad call and the wallet's page included."""
    badly(merchant, "body")
    calls = merchant.admin("journal?kind=call")
    (undecided,) = (one["authId"] for one in merchant.admin("authorizations") if one["decision"] is None)
    return PAGES | {
        "good-call": f"/console/entry/{calls[0]['number']}",
        "bad-call": f"/console/entry/{calls[-1]['number']}",
        "consent": f"/wallet/authorize?authId={undecided}",
        "consent-unknown": "/wallet/authorize?authId=none",
    }


def test_no_page_has_a_fault_that_axe_knows(visit: Visit, busy: Merchant) -> None:
    page, script = visit(viewport=WIDE), Axe().axe_script
    found = list[str]()
    for name, path in addresses(busy).items():
        page.goto(path)
        page.evaluate(script)
        # In dark only colours differ.
        for scheme, only in (("light", {}), ("dark", {"runOnly": {"type": "rule", "values": ["color-contrast"]}})):
            page.emulate_media(color_scheme=scheme)
            keep(page, f"{name}-{scheme}")
            options = {"resultTypes": ["violations"], "preload": False, **only}
            result = page.evaluate("options => axe.run(document, options)", options)
            found += [
                f"{name}, {scheme}: {one['id']} {[node['html'][:120] for node in one['nodes']][:3]}"
                for one in result["violations"]
            ]
    assert found == []


def test_every_page_has_its_parts_and_no_page_is_scrolled_sideways(visit: Visit, busy: Merchant) -> None:
    page = visit()
    busy.pay(busy.token("LONG" * 10), f"{'PAY-OF-A-LONG-NAME-' * 3}-stuck"[:64], "999999999999", "VND")
    for name, path in addresses(busy).items():
        page.goto(path)
        assert page.get_by_role("heading", level=1).count() == 1, name
        assert (page.get_by_role("main").count(), page.get_by_role("banner").count()) == (1, 1), name
        assert page.title().count("·") == 1, name
        bare = page.locator("table").evaluate_all(
            "found => found.filter(one => !one.caption || [...one.querySelectorAll('th')].some(th => !th.scope)).length"
        )
        assert bare == 0, name
        for viewport in (NARROW, WIDE):
            page.set_viewport_size(viewport)
            keep(page, f"{name}-{viewport['width']}")
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], (name, viewport)


def test_buttons_of_a_page_can_be_told_apart_by_name(visit: Visit, busy: Merchant) -> None:
    page = visit("/console/notifications")
    names = page.locator("main button").evaluate_all("found => found.map(one => one.textContent)")
    assert len(names) == len(set(names)) >= 9


def test_light_and_dark_follow_the_system(visit: Visit, busy: Merchant) -> None:
    shots = dict[str, bytes]()
    grounds = dict[str, float]()
    for scheme in ("light", "dark"):
        page = visit("/console", color_scheme=scheme, viewport=WIDE)
        shots[scheme] = page.screenshot(animations="disabled")
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        grounds[scheme] = sum(map(int, re.findall(r"\d+", colour)[:3])) / 3
    assert shots["light"] != shots["dark"]
    assert grounds["light"] > 200 > 60 > grounds["dark"]


def test_a_payment_is_settled_with_the_keyboard_alone(page: Page, merchant: Merchant) -> None:
    merchant.pay(merchant.token(), "PAY-KEYS-stuck")
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    expect(skip).to_have_text("Skip to the content")
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.reload()
    walk_to(page, "Payments 1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Payments")
    walk_to(page, "Paid settle PAY-KEYS-stuck")
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_be_focused()
    expect(page.locator(".notice")).to_have_text("PAY-KEYS-stuck is SUCCESS")
    assert page.title().startswith("PAY-KEYS-stuck is SUCCESS")


def walk_to(page: Page, name: str) -> None:
    """Press Tab until *name* has the focus, which has to be seen all the way."""
    page.wait_for_load_state("load")  # a page can be read, and walked, before its style sheet is there
    for _ in range(60):
        page.keyboard.press("Tab")
        now, outline = page.evaluate(
            "[document.activeElement.textContent.replace(/\\s+/g, ' ').trim(),"
            " parseFloat(getComputedStyle(document.activeElement).outlineWidth)]"
        )
        assert outline >= 2, now
        if re.sub(r"\s", "", now) == re.sub(r"\s", "", name):
            return
    raise AssertionError(f"{name} is not reached by Tab")


@pytest.mark.parametrize("wallet", [*WALLETS, "UNKNOWN"])
def test_texts_on_a_wallets_colour_can_be_read(wallet: str) -> None:
    assert contrast(*colours(wallet)) >= LEAST_CONTRAST


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_the_consent_page_has_the_wallets_colour(visit: Visit, merchant: Merchant) -> None:
    grounds = set[str]()
    for wallet in ("GCASH", "KAKAOPAY"):
        page = visit(merchant.consult(f"STATE-{wallet}", wallet).body["normalUrl"])
        grounds.add(page.get_by_role("button", name="Agree").evaluate("one => getComputedStyle(one).backgroundColor"))
    assert len(grounds) == 2
