"""The guard of this package itself: what it would see, and that it sees."""

import json

from autodebit import telemetry
from autodebit.gateway.client import Operation
from tests.flows.conftest import Logged
from tests.flows.refund_steps import buy, give_back
from tests.flows.steps import ask_consent, bring_code, paid, send, token_answer
from tests.support.alipay import answer, no_answer
from tests.support.world import World


def test_logs_tell_ids_states_and_codes(world: World, logged: Logged) -> None:
    world.alipay.will(Operation.PAY, paid())
    send(world)
    for told in ('"payment_request_id":"PAY-1"', '"state":"SUCCESS"', '"source":"pay"'):
        assert told in logged().replace('": "', '":"')


def test_logs_tell_a_refund_by_its_own_id(world: World, logged: Logged) -> None:
    buy(world)
    world.alipay.will(Operation.REFUND, no_answer("refund"))
    give_back(world, "REF-7")
    lines = [json.loads(line) for line in logged().splitlines() if "REF-7" in line]
    told = {line["message"]: line for line in lines}
    assert set(told) == {"no answer", "refund"}
    assert told["refund"]["payment_request_id"] == "PAY-1"
    assert {line["refund_request_id"] for line in lines} == {"REF-7"}


def test_the_guard_reads_logs_and_metrics(logged: Logged) -> None:
    telemetry.log("a line", reason="a reason")
    telemetry.metric("AMetric")
    assert "a reason" in logged()
    assert "AMetric" in logged()


def test_an_authorization_is_logged_without_code_or_token(world: World, logged: Logged) -> None:
    """The autouse guard fails this test if a seeded secret is logged."""
    world.alipay.will(Operation.CONSULT, answer("S", "SUCCESS"))
    world.alipay.will(Operation.APPLY_TOKEN, token_answer())
    ask_consent(world)
    bring_code(world)
    assert "code received" in logged()
