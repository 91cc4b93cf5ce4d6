"""The words that the tests of customs are written in, beside those of steps.py."""

from typing import Any

from autodebit.contract import DeclareRequest, InquiryDeclarationRequestsRequest
from autodebit.domain.declaration import Declaration
from autodebit.domain.declaration_states import DeclarationState
from autodebit.flows.customs.declare import declare, inquiry_declaration_requests, poll_declaration
from autodebit.gateway.client import Operation, VerifiedResponse
from autodebit.responses import Response
from tests.support.alipay import answer, no_answer, unsigned
from tests.support.world import World

DECLARE, INQUIRY = Operation.DECLARE, Operation.INQUIRY_DECLARATION_REQUESTS
NAME, NUMBER = "张三 Zhang San", "110101199003070000"
"""Whom the declarations name: neither may be found in a log or an event."""
FIVE_MINUTES = 300
LESS = {"currency": "CNY", "value": "23600"}
CLEARED = {"clearingChannel": "NUCC", "clearingTransactionId": "T-1", "customsProviderRegistrationId": "31222699S7"}
"""What an answer to declare has besides, once customs has given its receipt."""
UNANSWERED = {"no answer": no_answer("declare"), "unsigned": unsigned("declare"), "U": answer("U", "UNKNOWN_EXCEPTION")}


def declare_body(identity: str = "DCL-1", **changed: Any) -> dict[str, Any]:
    """A request to declare 236.10 CNY of a payment that was made elsewhere."""
    return {
        "declarationRequestId": identity,
        "paymentId": "2024ELSEWHERE",
        "declarationAmount": {"currency": "CNY", "value": "23610"},
        "customs": {"customsCode": "ZONGSHU", "region": "CN"},
        "merchantCustomsInfo": {"merchantCustomsCode": "4401960ABC", "merchantCustomsName": "Example Trading"},
        "splitOrder": "true",
        "suborderId": "SO-A",
        "buyerCertificate": buyer(),
        **changed,
    }


def buyer(number: str = NUMBER, **name: str) -> dict[str, Any]:
    return {"certificateType": "ID_CARD", "certificateNo": number, "holderName": {"fullName": NAME, **name}}


def hand_over(world: World, identity: str = "DCL-1", seconds: float = 25, **changed: Any) -> Response:
    """declare, by an invocation that may take *seconds*."""
    return declare(DeclareRequest.model_validate(declare_body(identity, **changed)), world.runtime(seconds))


def ask_customs(world: World, *identities: str, seconds: float = 25) -> Response:
    """inquiryDeclarationRequests."""
    body = {"declarationRequestIds": list(identities or ("DCL-1",))}
    return inquiry_declaration_requests(InquiryDeclarationRequestsRequest.model_validate(body), world.runtime(seconds))


def handed_over(**more: Any) -> VerifiedResponse:
    told = {"customsPaymentId": "C-1", "customsOrderId": "SO-A", "identityCheckResult": "CHECK_PASSED", **more}
    return answer("S", "SUCCESS", "Success", **told)


def record(identity: str = "DCL-1", code: str | None = "2", **changed: Any) -> dict[str, Any]:
    """One record of an inquiry: completed with a receipt, or, without a code, in process."""
    made = {
        "declarationRequestId": identity,
        "customsPaymentId": "C-1",
        "customsOrderId": "SO-A",
        "customs": {"customsCode": "ZONGSHU", "region": "CN"},
        "merchantCustomsInfo": {"merchantCustomsCode": "4401960ABC", "merchantCustomsName": "Example Trading"},
        "declarationAmount": {"currency": "CNY", "value": "23610"},
        "splitOrder": True,
        "declarationRequestStatus": "CUSTOMS_PROCESSING_COMPLETED" if code else "IN_PROCESS",
        "lastModifiedTime": "2024-06-20T15:20:11+08:00",
    }
    if code:
        made |= {
            "customsDeclarationResultCode": code,
            "customsDeclarationResultDesc": "received",
            "customsDeclarationReturnTime": "2024-06-20T15:21:40+08:00",
        }
    return {**made, **changed}


def on_record(*records: dict[str, Any], missing: tuple[str, ...] = ()) -> VerifiedResponse:
    """An answer to inquiryDeclarationRequests."""
    told: dict[str, Any] = {"declarationRecords": list(records)} if records else {}
    told |= {"declarationRequestsNotFound": list(missing)} if missing else {}
    return answer("S", "SUCCESS", "Success", **told)


def declaration(world: World, identity: str = "DCL-1") -> Declaration:
    found = world.repository.declarations.find(identity)
    assert found is not None
    return found


def poll_customs_when_due(world: World, identity: str = "DCL-1") -> None:
    """Move on to the moment at which it is due, and ask for it as poll_payments does."""
    due_at = declaration(world, identity).due_at
    assert due_at is not None
    world.clock.time = max(world.clock.time, due_at)
    poll_declaration(identity, world.runtime(58))


def accepted(world: World, code: str | None = None, **told: str) -> None:
    """DCL-1 is handed over; with a code, customs has answered it. Then five minutes pass."""
    world.alipay.will(DECLARE, handed_over(**told))
    hand_over(world)
    if code:
        world.alipay.will(INQUIRY, on_record(record(code=code)))
        poll_customs_when_due(world)
        assert declaration(world).state is DeclarationState.COMPLETED
    world.clock.time = declaration(world).sent_at + FIVE_MINUTES * 1_000


def sends(world: World) -> list[dict]:
    return world.alipay.sends_of(DECLARE)
