"""The deployed template, end to end. The judge is the simulator's ledger."""

import contextlib
import json
import random
import threading
import time

import requests

from sandbox.demo import Journey, payment, verdict
from sandbox.stack import LocalStack
from tests.support.schemas import faults_of

FINAL = ("SUCCESS", "FAIL", "CANCELLED")


def test_the_journey_ends_with_store_and_ledger_in_agreement(stack: LocalStack, journey: Journey) -> None:
    journey.pay("monthly plan", "paid")
    journey.pay("top-up", "pending")
    journey.pay("big order", "declined")
    journey.pay("second month", "answer-lost")
    journey.await_outcomes()
    found = verdict(journey)
    assert found["consistent"], found
    assert sorted(found["payments"].values()) == ["FAIL", "SUCCESS", "SUCCESS", "SUCCESS"]
    assert sum(entry["debits"] for entry in found["ledger"].values()) == 3


def test_a_call_without_sigv4_is_refused_before_any_function_runs(stack: LocalStack) -> None:
    status, _ = stack.merchant.call("/v1/payments/pay", {}, signed=False)
    assert status == 403


def test_a_notification_without_a_signature_is_refused(stack: LocalStack) -> None:
    url = f"{stack.emulator.url}/live/v1/payments/payNotify"
    answer = requests.post(url, json={}, headers={"Host": stack.alipay_api_host}, timeout=30)
    assert (answer.status_code, answer.json()["result"]["resultStatus"]) == (401, "F")


def test_the_second_route_of_notify_payment_answers_too(stack: LocalStack) -> None:
    url = f"{stack.emulator.url}/live/v1/payments/notifyPayment"
    answer = requests.post(url, json={}, headers={"Host": stack.alipay_api_host}, timeout=30)
    assert answer.status_code == 401


def test_a_success_with_another_amount_settles_nothing_and_is_heard_of(stack: LocalStack, journey: Journey) -> None:
    identity = f"PAY-{journey.run}-amount-stuck"
    status, _ = stack.merchant.call("/v1/payments/pay", payment(identity, "14900", "plan", journey.handle))
    assert status == 200
    told = {
        "notifyType": "PAYMENT_RESULT",
        "result": {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"},
        "paymentRequestId": identity,
        "paymentAmount": {"currency": "PHP", "value": "1"},
    }
    stack.notify("notifyPayment", told)
    until = time.monotonic() + 30
    reasons: list[str] = []
    while not reasons and time.monotonic() < until:
        heard = stack.heard()
        assert [fault for event in heard for fault in faults_of(event["detail-type"], event["detail"])] == []
        told = [event["detail"] for event in heard if event["detail-type"] == "Anomaly Recorded"]
        reasons = [detail["reason"] for detail in told if detail.get("payment_request_id") == identity]
        time.sleep(0.2)
    assert reasons == ["amount differs from the intent's"]
    assert stack.state_of("payment", identity) == "PROCESSING"


def test_kill_9_of_the_functions_loses_no_payment_and_debits_none_twice(stack: LocalStack, journey: Journey) -> None:
    """Processes die while callers pay, repeat and pollers run; then everything is settled, each id debited at most once."""
    endings = ["paid", "answer-lost", "pending", "declined"] * 2
    bodies = {
        f"PAY-{journey.run}-k{number}-{ending}": payment(
            f"PAY-{journey.run}-k{number}-{ending}", "14900", "plan", journey.handle
        )
        for number, ending in enumerate(endings)
    }
    killing, killed = threading.Event(), []

    def kill_again_and_again() -> None:
        while not killing.wait(1.0):
            killed.append(stack.kill_functions())

    def pay_until_known(body: dict[str, object]) -> None:
        """Whoever hears nothing waits longer each time: the emulator ends *all* starting workers of a function when one of them
        fails to start, so that callers who come back at once and together would keep each other from ever being served.
        """
        until, longest = time.monotonic() + 180, 1.0
        while time.monotonic() < until:
            with contextlib.suppress(requests.RequestException):
                status, answer = stack.merchant.call("/v1/payments/pay", body)
                if status == 200 and answer["result"]["resultStatus"] in ("S", "F"):
                    return
            time.sleep(random.uniform(0.25, longest))
            longest = min(2 * longest, 16.0)

    killer = threading.Thread(target=kill_again_and_again)
    callers = [threading.Thread(target=pay_until_known, args=(body,)) for body in bodies.values()]
    killer.start()
    for caller in callers:
        caller.start()
    time.sleep(12)
    killing.set()
    killer.join()
    for caller in callers:
        caller.join()
    assert sum(killed) >= 3, f"too little was killed to show anything: {killed}"
    until = time.monotonic() + 150
    while time.monotonic() < until:
        states = {identity: stack.state_of("payment", identity) for identity in bodies}
        if all(state in FINAL for state in states.values()):
            break
        time.sleep(1)
    assert all(state in FINAL for state in states.values()), states
    ledger = stack.ledger()
    debits = {identity: ledger.get(identity, {}).get("debits", 0) for identity in bodies}
    assert debits == {identity: int(state == "SUCCESS") for identity, state in states.items()}
    assert {state for identity, state in states.items() if not identity.endswith("declined")} == {"SUCCESS"}


def test_no_private_key_token_or_code_is_in_any_log(stack: LocalStack, journey: Journey) -> None:
    """Runs last in this file: by now tokens were issued, used, lost and asked for again."""
    secrets = [*stack.secrets(), *(("authorization code", code) for code in journey.codes)]
    assert len(secrets) >= 4, "keys, tokens and codes must be among what is looked for"
    logs = {
        "functions": "\n".join(stack.function_logs()),
        "emulator": (stack.home / "emulator.log").read_text(errors="replace"),
        "simulator": (stack.home / "simulator.log").read_text(errors="replace"),
        "journal": (stack.home / "simulator-journal.log").read_text(errors="replace"),
        "admin journal": json.dumps(requests.get(f"{stack.simulator}/_sandbox/journal", timeout=10).json()),
    }
    assert "handled" in logs["functions"], "the functions' logs were not found"
    assert journey.run in logs["journal"] + logs["admin journal"], "the simulator's journal was not found"
    found = [(name, kind) for name, text in logs.items() for kind, secret in secrets if secret in text]
    assert not found
