"""Real workers, really killed (SIGKILL) at one boundary after the other; what a fault at the port imitates is the same thing."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests

from tests.chaos.books import Verdict, books_of
from tests.chaos.callers import Merchant, SendOutcome
from tests.chaos.customers import authorise
from tests.chaos.functions import BY_NAME
from tests.chaos.judge import judge
from tests.chaos.stack import Setting, Stack, running
from tests.chaos.virtual import VirtualTime
from tests.chaos.worker import KILL_AT
from tests.crash.steps import LEASE_OVER
from tests.support.engines import Engine
from tests.support.world import pay_body


@pytest.fixture(scope="module")
def stack(dynamodb_local_engine: Engine) -> Iterator[Stack]:
    """A stack on which nothing goes wrong by itself."""
    with running(Setting(workers=2, intensity=0, engine=dynamodb_local_engine.url)) as started:
        yield started


@pytest.fixture(scope="module")
def handle(stack: Stack) -> str:
    """What the customer pays with."""

    async def ask() -> str:
        time = VirtualTime(stack.board, _no_advance)
        keeper = asyncio.create_task(time.keep())
        merchant = Merchant(stack.workers, stack.alipay, time, asyncio.Semaphore(1))
        found = await authorise(merchant, 1, "0", "GCASH")
        keeper.cancel()
        return found.handle

    return asyncio.run(ask())


async def _no_advance(_seconds: float) -> None:
    raise AssertionError("nobody waits")


def call(stack: Stack, function: str, body: Mapping[str, Any], **headers: str) -> SendOutcome | None:
    """One call; None if the worker died."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        answer = requests.post(f"http://{stack.workers}{BY_NAME[function].path}", json=body, headers=named, timeout=30)
    except requests.ConnectionError:
        return None
    told = json.loads(answer.text or "{}")
    result = told.get("result", {"resultStatus": "", "resultCode": ""})
    return SendOutcome(answer.status_code, result["resultStatus"], result["resultCode"], told)


def settled(stack: Stack) -> Verdict:
    """The verdict once pollers have seen to whatever is open."""
    for _ in range(40):
        due = [row for row in stack.items(IndexName="due") if not row["due_key"]["S"].startswith("token-life#")]
        if not due:
            break
        stack.ask("clock", {"advance": 10})
        call(stack, "poll_payments", {}, Chaos_Seconds="20")
    else:
        raise AssertionError(f"still due after 40 polls: {due}")
    return judge(books_of(stack.ask), stack.items())


def request_of(function: str, number: int, handle: str) -> dict[str, Any]:
    """What a caller of *function* asks for, and repeats."""
    if function == "pay":
        return pay_body(f"PAY-{number}", handle)
    amount = {"currency": "JPY", "value": "700"}
    return {"refundRequestId": f"REF-{number}", "paymentRequestId": f"PAY-{number}", "refundAmount": amount}


def test_a_worker_that_is_killed_at_any_boundary_of_pay_and_refund_costs_nobody_anything(
    stack: Stack, handle: str
) -> None:
    killed = 0
    for function in ("pay", "refund"):
        for number in range(1, 40):
            if function == "refund":
                call(stack, "pay", request_of("pay", number, handle))
            if call(stack, function, request_of(function, number, handle), **{KILL_AT: str(number)}):
                break
            killed += 1
        else:
            raise AssertionError(f"{function} never ends")
        stack.ask("clock", {"advance": LEASE_OVER})
        for repeated in range(1, number):
            heard = call(stack, function, request_of(function, repeated, handle))
            assert heard is not None
            assert heard.status == "S", heard
    verdict = settled(stack)
    assert verdict.sound, verdict.faults
    assert {entry["debits"] for entry in stack.ask("ledger").values()} == {1}
    assert killed == stack.board.counts()["killed on request"] > 15
