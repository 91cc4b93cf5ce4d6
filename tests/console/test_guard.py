"""The console is for this machine's browser: foreign pages can neither read it nor press its buttons."""

from urllib.parse import urlencode, urlsplit

import pytest

from tests.sandbox.conftest import Start
from tests.sandbox.merchant import Merchant, Reply, send


def press(merchant: Merchant, deed: str = "clock", path: str = "/console", /, **headers: str) -> Reply:
    form = {"back": path, "amount": "60", "unit": "seconds"}
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return send(
        merchant.url,
        "POST",
        f"/console/do/{deed}",
        {"Content-Type": "application/x-www-form-urlencoded", **given},
        urlencode(form).encode(),
    )


def test_a_button_works_on_the_consoles_own_page(merchant: Merchant) -> None:
    before = merchant.admin("clock")["epoch"]
    reply = press(merchant, Origin=merchant.url)
    assert reply.status == 303
    assert (reply.header("Location") or "").startswith("/console?notice=")
    assert merchant.admin("clock")["epoch"] == pytest.approx(before + 60)


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1:1", "http://localhost"])
def test_a_foreign_page_cannot_press_a_button(merchant: Merchant, origin: str | None) -> None:
    before = merchant.admin("clock")["epoch"]
    assert press(merchant, **({} if origin is None else {"Origin": origin})).status == 403
    assert merchant.admin("clock")["epoch"] == before


def test_a_name_that_somebody_points_to_this_machine_is_refused(merchant: Merchant) -> None:
    foreign = {"Host": "evil.example"}
    for path in ("/console", "/console/authentications", "/console/static/console.css"):
        assert send(merchant.url, "GET", path, foreign).status == 403
    assert press(merchant, Host="evil.example", Origin="http://evil.example").status == 403


def test_a_console_behind_another_address_takes_its_own_forms(start: Start) -> None:
    merchant = Merchant(start(public_url="https://alipay.example").url)
    assert send(merchant.url, "GET", "/console", {"Host": "alipay.example"}).status == 200
    assert press(merchant, Origin="https://alipay.example").status == 303
    assert press(merchant, Origin="https://evil.example").status == 403


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/wallet/authorize", "/console\\evil", ""])
def test_a_button_leads_to_the_console_only(merchant: Merchant, back: str) -> None:
    location = press(merchant, "clock", back, Origin=merchant.url).header("Location") or ""
    assert urlsplit(location).path == "/console"
    assert urlsplit(location).netloc == ""


@pytest.mark.parametrize("deed", ["nothing", "send", "settle-payment"])
def test_a_button_that_cannot_work_says_so(merchant: Merchant, deed: str) -> None:
    reply = press(merchant, deed, Origin=merchant.url)
    assert reply.status == 303
    page = send(merchant.url, "GET", reply.header("Location") or "", {})
    assert b"That did not work" in page.raw
    assert b"That did not work" not in send(merchant.url, "GET", reply.header("Location") or "", {}).raw


@pytest.mark.parametrize(
    "form", [{"amount": "-1", "unit": "days"}, {"amount": "nan", "unit": "days"}, {"speed": "inf"}]
)
def test_the_clock_takes_no_nonsense_from_a_form(merchant: Merchant, form: dict[str, str]) -> None:
    before = merchant.admin("clock")
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": merchant.url}
    reply = send(merchant.url, "POST", "/console/do/clock", headers, urlencode(form).encode())
    assert b"That did not work" in send(merchant.url, "GET", reply.header("Location") or "", {}).raw
    assert merchant.admin("clock") == before


def test_pages_bring_nothing_from_elsewhere_and_run_only_their_own_scripts(merchant: Merchant) -> None:
    for path in ("/console", "/console/static/console.js", "/console/nowhere"):
        reply = send(merchant.url, "GET", path, {})
        policy = reply.header("Content-Security-Policy") or ""
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert reply.header("Cache-Control") == "no-store"


def test_what_a_merchant_sends_is_shown_as_text(merchant: Merchant) -> None:
    merchant.pay(merchant.token(), "<script>alert(1)</script>")
    for path in ("/console", "/console/payments", "/console/ledger"):
        raw = send(merchant.url, "GET", path, {}).raw
        assert b"<script>alert" not in raw
        assert b"&lt;script&gt;alert" in raw
