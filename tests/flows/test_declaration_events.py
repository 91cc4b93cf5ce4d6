"""Every event of a declaration fits its schema, tells the receipt of customs, and nothing of the buyer."""

import json

from autodebit.flows.outbox import publish_events
from tests.flows.conftest import Logged
from tests.flows.customs_steps import (
    DECLARE,
    FIVE_MINUTES,
    INQUIRY,
    NAME,
    NUMBER,
    declaration,
    hand_over,
    handed_over,
    on_record,
    poll_customs_when_due,
    record,
)
from tests.flows.test_publish_events import Bus, as_lambda_has_it, records_of
from tests.support.alipay import answer, no_answer
from tests.support.limit import Limit
from tests.support.schemas import faults_of
from tests.support.world import World


def test_every_event_of_a_declaration_fits_its_schema(world: World, logged: Logged) -> None:
    world.alipay.will(DECLARE, handed_over(), answer("F", "RISK_REJECT", "no"), no_answer("declare"))
    for identity in ("DCL-1", "DCL-2", "DCL-3"):
        hand_over(world, identity)
    world.alipay.will(INQUIRY, on_record(record(code="-621501")), on_record(missing=("DCL-3",)))
    poll_customs_when_due(world)
    limit = Limit()
    while declaration(world, "DCL-3").state.open:
        limit.step()
        poll_customs_when_due(world, "DCL-3")
    world.clock.forward(FIVE_MINUTES)
    world.alipay.will(DECLARE, handed_over())
    hand_over(world, declarationAmount={"currency": "CNY", "value": "23600"})
    world.alipay.will(INQUIRY, on_record(record(declarationAmount={"currency": "CNY", "value": "1"})))
    poll_customs_when_due(world)

    bus = Bus()
    assert publish_events([as_lambda_has_it(told) for told in records_of(world)], bus.publisher) == []
    told = [(entry["DetailType"], json.loads(entry["Detail"])) for entry in bus.entries]
    assert [fault for kind, detail in told for fault in faults_of(kind, detail)] == []
    assert {kind for kind, _ in told} == {"Declaration State Changed", "Anomaly Recorded"}
    assert [detail["state"] for _, detail in told if detail.get("declarationRequestId") == "DCL-1"] == [
        "INITIATED",
        "IN_PROCESS",
        "COMPLETED",
        "IN_PROCESS",
    ]
    completed = next(detail for _, detail in told if detail.get("state") == "COMPLETED")
    assert completed["declarationAmount"] == {"currency": "CNY", "value": "23610"}
    assert completed["customsDeclarationResultCode"] == "-621501"
    assert told[-2][1]["declarationAmount"]["value"] == "23600"
    assert "customsDeclarationResultCode" not in told[-2][1]
    assert completed["settledBy"] == "poll"
    failed = next(detail for _, detail in told if detail.get("state") == "FAIL")
    assert (failed["resultCode"], failed["resultMessage"], failed["settledBy"]) == ("RISK_REJECT", "no", "declare")
    assert "advice" in next(detail for _, detail in told if detail.get("state") == "NOT_SUBMITTED")
    published = json.dumps(bus.entries, ensure_ascii=False)
    assert NAME not in published
    assert NUMBER not in published + logged()
