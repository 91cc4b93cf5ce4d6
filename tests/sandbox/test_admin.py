"""Clock, journal, reset, settings, and the process on the command line."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.alipay import Config, Simulator
from sandbox.alipay.clock import Clock
from sandbox.alipay.journal import Journal, masked
from tests.sandbox.conftest import Start
from tests.sandbox.merchant import CLIENT_ID, Merchant, Shop, key_pair, send

ROOT = Path(__file__).parents[2]


def test_health(merchant: Merchant) -> None:
    health = merchant.admin("health")
    assert (health["status"], health["clientId"]) == ("ok", CLIENT_ID)


def test_the_clock_stands_still_jumps_and_runs(merchant: Merchant) -> None:
    first = merchant.admin("clock")
    assert first["speed"] == 0
    assert merchant.admin("clock")["epoch"] == first["epoch"]
    assert merchant.admin("clock", {"advance": 90})["epoch"] == pytest.approx(first["epoch"] + 90)
    merchant.admin("clock", {"speed": 1000})
    time.sleep(0.05)
    moved = merchant.admin("clock", {"stop": True})
    assert moved["speed"] == 0
    assert moved["epoch"] > first["epoch"] + 90 + 20


def test_the_clock_goes_to_a_moment_and_not_back(start: Start) -> None:
    merchant = Merchant(start(start=1_700_000_000.0).url)
    assert merchant.admin("clock", {"to": "2030-01-01T00:15:01+08:00"})["time"] == "2030-01-01T00:15:01+08:00"
    for wrong in ("2029-12-31T00:00:00+08:00", "2031-01-01T00:00:00", "tomorrow", 5):
        assert merchant.admin_reply("clock", {"to": wrong}).status == 400


@pytest.mark.parametrize("wrong", [{"advance": -1}, {"speed": -1}, {"speed": "fast"}, {"sped": 1}])
def test_the_clock_takes_no_nonsense(merchant: Merchant, wrong: dict[str, object]) -> None:
    assert merchant.admin_reply("clock", wrong).status == 400


def test_timers_run_in_order_at_their_times() -> None:
    clock, seen = Clock(start=100.0, speed=0.0), list[tuple[str, float]]()
    clock.run()
    try:
        for name, due in (("late", 130.0), ("early", 110.0), ("too late", 141.0)):
            clock.at(due, lambda name=name: seen.append((name, clock.now())))  # type: ignore[misc]
        clock.advance(40)
    finally:
        clock.shut_down()
    assert seen == [("early", 110.0), ("late", 130.0)]
    assert clock.now() == 140.0


def test_a_failing_timer_does_not_stop_the_others() -> None:
    faults, seen = list[BaseException](), list[int]()
    clock = Clock(start=0.0, speed=0.0, on_error=faults.append)
    clock.run()
    try:
        clock.at(1, lambda: seen.append(1 // 0))
        clock.at(2, lambda: seen.append(2))
        clock.advance(3)
    finally:
        clock.shut_down()
    assert seen == [2]
    assert [type(fault) for fault in faults] == [ZeroDivisionError]


def test_a_reset_forgets_everything_but_the_settings(merchant: Merchant) -> None:
    token = merchant.token()
    merchant.pay(token)
    merchant.admin("faults", {"operation": "pay", "fault": "unknown"})
    merchant.admin("reset", {})
    for path in ("payments", "authorizations", "faults", "outbox", "journal"):
        assert merchant.admin(path) == []
    assert merchant.admin("ledger") == {}
    assert merchant.pay(token).code == "INVALID_ACCESS_TOKEN"
    assert merchant.admin("settings")["paymentNotifyUrl"] is not None


def test_settings_change_while_it_runs(start: Start, shop: Shop) -> None:
    merchant = Merchant(start(auth_notify_url=None).url)
    order = {"authNotifyUrl": "https://api.example/x", "connect": {"api.example": shop.address}, "resend": "none"}
    assert merchant.admin("settings", order)["resend"] == "none"
    merchant.auth_code()
    merchant.advance(0)
    assert shop.received[0].path == "/x"
    assert merchant.admin_reply("settings", {"resend": "never"}).status == 400
    assert merchant.admin_reply("settings", {"merchantPublicKeys": {"1": "no key"}}).status == 400


def test_a_foreign_page_cannot_post_to_the_admin_side(merchant: Merchant) -> None:
    form = {"Content-Type": "text/plain"}
    assert send(merchant.url, "POST", "/_sandbox/clock", form, b'{"advance": 9}').status == 415


def test_states_are_shown_without_tokens(merchant: Merchant) -> None:
    token = merchant.token()
    merchant.pay(token)
    (authorization,) = merchant.admin("authorizations")
    assert authorization["tokens"][0]["accessToken"] == "2810…"
    assert authorization["tokens"][0]["valid"] is True
    assert merchant.admin("payments")[0]["paymentStatus"] == "SUCCESS"
    assert merchant.admin_reply("payments/settle", {"paymentRequestId": "X", "outcome": "SUCCESS"}).status == 404
    assert merchant.admin_reply("payments/settle", {"paymentRequestId": "PAY_1", "outcome": "?"}).status == 400


def test_the_journal_tells_what_happened_and_no_secret(start: Start, tmp_path: Path) -> None:
    log = tmp_path / "journal.jsonl"
    merchant = Merchant(start(log=log).url)
    code = merchant.auth_code()
    tokens = merchant.exchange(code).body
    renewed = merchant.renew(tokens["refreshToken"]).body
    merchant.pay(renewed["accessToken"])
    merchant.pay("a-token-of-somebody-else", "PAY_2")
    merchant.admin("authorizations/cancel", {"authState": "STATE_1"})
    merchant.advance(0)
    entries = merchant.admin("journal")
    calls = [(entry["operation"], entry["code"]) for entry in entries if entry["kind"] == "call"]
    assert calls == [
        ("consult", "SUCCESS"),
        ("applyToken", "SUCCESS"),
        ("applyToken", "SUCCESS"),
        ("pay", "SUCCESS"),
        ("pay", "INVALID_ACCESS_TOKEN"),
    ]
    assert {"page", "notification", "clock"} <= {entry["kind"] for entry in entries}
    everything = json.dumps(entries, ensure_ascii=False) + log.read_text() + json.dumps(merchant.admin("outbox"))
    for secret in (
        code,
        "a-token-of-somebody-else",
        *(body[name] for body in (tokens, renewed) for name in ("accessToken", "refreshToken")),
    ):
        assert secret not in everything
    assert "2810…" in everything
    assert len(log.read_text().splitlines()) >= len(entries)
    last = entries[-1]["number"]
    assert all(entry["number"] > last for entry in merchant.admin(f"journal?after={last}"))


@pytest.mark.parametrize(
    "value",
    [
        {"accessToken": "SECRETSECRET"},
        {"extendInfo": '{"refreshToken":"SECRETSECRET"}'},
        {"url": "https://m.example/?a=1&authCode=SECRETSECRET&b=2"},
        {"paymentMethod": {"paymentMethodId": "SECRETSECRET"}},
        {"list": [{"authCode": "SECRETSECRET"}]},
        {"text": "found 28101003_20260101SECRETSECRETSECRET here"},
    ],
)
def test_secrets_are_masked_wherever_they_stand(value: dict[str, object]) -> None:
    assert "SECRETSECRET" not in json.dumps(masked(value))


def test_the_journal_keeps_the_latest_entries() -> None:
    journal = Journal(lambda: "now")
    for number in range(10_005):
        journal.record("call", n=number)
    assert len(journal.entries()) == 10_000
    assert journal.entries()[-1]["n"] == 10_004


def test_a_fault_of_the_simulator_is_reported_without_what_it_was_about(
    alipay: Simulator, merchant: Merchant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("28101003_SECRETSECRETSECRETSECRET")

    monkeypatch.setattr(alipay.world.payments, "inquire", broken)
    assert merchant.inquire(paymentRequestId="X").status == 500
    assert "fault of the simulator: RuntimeError at" in capsys.readouterr().err
    assert "SECRET" not in json.dumps(merchant.admin("journal"))


def test_settings_out_of_range_are_refused() -> None:
    for wrong in (
        {"resend": "x"},
        {"header_time": "x"},
        {"repeat_auth_code": "x"},
        {"speed": -1.0},
        {"token_seconds": 0.0},
    ):
        with pytest.raises(ValueError, match="must"):
            Config(client_id="X", private_key="", **wrong)


def test_a_seed_makes_runs_equal(start: Start) -> None:
    first, second = (start(seed=7, start=0.0) for _ in range(2))
    assert Merchant(first.url).token() == Merchant(second.url).token()
    assert Merchant(start(start=0.0).url).token("S") != Merchant(start(start=0.0).url).token("S")


def test_the_command_line(tmp_path: Path, shop: Shop) -> None:
    for name, text in (("alipay", key_pair("alipay")[0]), ("merchant", key_pair("merchant")[1])):
        (tmp_path / name).write_text(text)
    process = subprocess.Popen(
        [
            sys.executable, "-W", "error", "-m", "sandbox.alipay", "--client-id", CLIENT_ID, "--port", "0",
            "--private-key", tmp_path / "alipay", "--merchant-public-key", f"1={tmp_path / 'merchant'}",
            "--auth-notify-url", "https://api.example/hook", "--connect", f"api.example={shop.address}",
            "--registration-notify-url", "https://api.example/merchants", "--token-seconds", "90",
            "--require-registration", "--log", tmp_path / "journal", "--speed", "10", "--resend", "none",
        ],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(("layers/signing", "layers/autodebit"))},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        merchant = Merchant(ready["url"])
        token = merchant.token()
        assert merchant.pay(token).code == "SUCCESS"
        merchant.advance(1)
        assert merchant.admin("settings") == {
            "authNotifyUrl": "https://api.example/hook",
            "paymentNotifyUrl": None,
            "refundNotifyUrl": None,
            "registrationNotifyUrl": "https://api.example/merchants",
            "disputeNotifyUrl": None,
            "tokenSeconds": 90,
            "requireRegistration": True,
            "merchantMayOwe": True,
            "connect": {"api.example": shop.address},
            "resend": "none",
        }
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
    assert process.returncode == 0
    assert (out, err) == ("", "")
    assert len(shop.of("AUTHCODE_CREATED")) == 1
    assert token not in (tmp_path / "journal").read_text()


def test_the_command_line_says_what_is_wrong_with_a_key(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("no key at all")
    arguments = ["--client-id", "X", "--private-key", str(tmp_path / "key")]
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.alipay", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=20,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(("layers/signing", "layers/autodebit"))},
    )  # fmt: skip
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "no key at all" not in done.stderr
