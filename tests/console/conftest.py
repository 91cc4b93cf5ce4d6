"""A person at the console: headless Chromium on a simulator of one's own, beside a merchant that calls it."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from sandbox.alipay import Simulator
from tests.sandbox.conftest import alipay, merchant, shop, start  # noqa: F401 - fixtures
from tests.sandbox.merchant import Merchant

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE_MILLISECONDS = 10_000
Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for each file: Playwright keeps an event loop running in this thread, which the files of other suites cannot bear."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail(f"none of {', '.join(NAMES)} is here: run make setup")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser, alipay: Simulator) -> Iterator[Visit]:  # noqa: F811
    """Open a page of the simulator with settings of a browser context; nothing may be asked of another server, and
    nothing go wrong in the page.
    """
    contexts, wrong = list[BrowserContext](), list[str]()

    def opened(path: str = "/console", **settings: object) -> Page:
        context = browser.new_context(**{"base_url": alipay.url, **settings})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        page.on(
            "request",
            lambda asked: (
                None if asked.url.startswith((alipay.url, "data:", "http://127.0.0.1")) else wrong.append(asked.url)
            ),
        )
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def page(visit: Visit) -> Page:
    return visit()


@pytest.fixture
def busy(merchant: Merchant) -> Merchant:  # noqa: F811
    """A merchant after a day's work: something of everything that the console shows."""
    merchant.consult("OPEN", "DANA")
    token = merchant.token("AGREED")
    chinese = merchant.token("CHINESE", "ALIPAY_CN")
    merchant.pay(token, "PAY-PAID")
    merchant.pay(token, "PAY-1-stuck", "250000", "PHP")
    merchant.pay(token, "PAY-2-declined")
    merchant.pay(token, "PAY-3-stuck")
    merchant.cancel(paymentRequestId="PAY-3-stuck")
    declared = merchant.pay(chinese, "PAY-CNY", "5000", "CNY", "ALIPAY_CN").body["paymentId"]
    merchant.declare(declared, "DCL-1")
    paid = merchant.inquire(paymentRequestId="PAY-PAID").body["paymentId"]
    merchant.refund(paid, "REF-1", "400")
    merchant.refund(paid, "REF-2-stuck", "100")
    merchant.call(
        "users/initAuthentication",
        {
            "authenticationType": "OTP",
            "authenticationRequestId": "AUTHN-1",
            "authenticationChannelType": "SMS",
            "userIdentityType": "WALLET_TOKEN",
            "userIdentityValue": token,
        },
    )
    register(merchant, "REG-1-stuck")
    merchant.admin("faults", {"operation": "refund", "fault": "act_then_cut", "requestId": "REF-9"})
    merchant.advance(5)
    return merchant


def register(merchant: Merchant, request_id: str) -> None:  # noqa: F811
    from tests.sandbox.test_registrations import registration

    reply = merchant.call("merchants/registration", registration(request_id))
    assert reply.code == "SUCCESS", reply.raw


def keep(page: Page, name: str) -> None:
    """A screenshot for people to look at, where CONSOLE_SCREENSHOTS names a folder."""
    folder = os.environ.get("CONSOLE_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True, animations="disabled")
