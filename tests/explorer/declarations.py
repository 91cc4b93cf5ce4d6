"""The model of declarations to customs: declare, its repeats and corrections, inquiries and polls."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

from autodebit.clock import MINUTE, SECOND
from autodebit.contract import DeclareRequest, InquiryDeclarationRequestsRequest
from autodebit.flows.customs.declare import declare, inquiry_declaration_requests, poll_declaration
from autodebit.gateway.client import Operation, VerifiedResponse
from autodebit.responses import Response
from autodebit.runtime import Runtime
from tests.explorer.answers import (
    NO_ANSWER,
    NO_ANSWER_ACTED,
    NO_ANSWER_LATER,
    NOT_REACHED,
    REPEAT_FAILS,
    THROTTLED,
    U_ACTED,
    U_LATER,
    UNHEARD,
    Chooser,
    said,
)
from tests.explorer.moneyless import FIRST, Late, Record, RequestModel, RequestPlay, RequestScene
from tests.explorer.request_checks import TOO_SOON, Lives, RequestChecks
from tests.explorer.scenarios import Scenario
from tests.support.memory_table import TypedItem

ACCEPTS = "accepts, and answers S"
SLOWLY = "accepts at once, and its S takes all the time"
REFUSES = "F SYSTEM_ERROR, without a record"
AS_IT_STANDS = "answers as it stands"
INCONSISTENT = ("F REPEAT_REQ_INCONSISTENT", "F CONTEXT_INCONSISTENT")
RETRANSMITS_AFTER: Final = 5 * MINUTE
_AMOUNTS = {FIRST: "23610", "B": "23600"}
_CLEARED = {"clearingChannel": "NUCC", "clearingTransactionId": "T-1", "customsProviderRegistrationId": "31222699S7"}
_ACTED = (ACCEPTS, SLOWLY, NO_ANSWER_ACTED, U_ACTED)
_LIVES = Lives(
    open=frozenset({"INITIATED", "IN_PROCESS"}),
    known=frozenset({"IN_PROCESS", "COMPLETED"}),
    done=frozenset({"COMPLETED"}),
    reopens=frozenset({("COMPLETED", "IN_PROCESS")}),
)


class Customs(Chooser["DeclarationPlay"]):
    """An Alipay that chooses, and counts five minutes from the last call of a declaration.

    It never transmits another data set under an id than it answers for, and never forgets what it has accepted.
    """

    def call(self, operation: Operation, body: Mapping[str, Any], within: int) -> VerifiedResponse:
        """See autodebit.gateway.Alipay."""
        play = self._play
        if operation is Operation.INQUIRY_DECLARATION_REQUESTS:
            [identity] = body["declarationRequestIds"]
            play.say(f"inquiry of {identity} leaves")
            play.meanwhile()
            came = self._inquired(identity, within)
        else:
            identity = str(body["declarationRequestId"])
            data = next(name for name, value in _AMOUNTS.items() if value == body["declarationAmount"]["value"])
            play.say(f"declare {identity} {data} leaves")
            stored = play.item(identity)
            play.checks.sent(identity)
            play.meanwhile()
            came = self._declared(identity, data, stored, within)
        play.meanwhile()
        return came

    def _declared(self, identity: str, data: str, stored: TypedItem | None, within: int) -> VerifiedResponse:
        play = self._play
        record = play.scene.records.get(identity)
        if record is None:
            moves = [NO_ANSWER_ACTED, NO_ANSWER_LATER, NO_ANSWER, SLOWLY, U_LATER, U_ACTED, REFUSES, THROTTLED]
            move = self._choose("declare", identity, [ACCEPTS], [*moves, NOT_REACHED])
        elif not record.ours:
            # Its answer is not lost: an id of another system with the same content, of which nobody has heard, looks like ours.
            move = self._choose("declare", identity, list(INCONSISTENT), [NOT_REACHED])
        elif data != record.data and self._too_soon(record):
            play.checks.fail(TOO_SOON, f"other data of {identity} are sent within five minutes of Alipay's last call")
            move = self._choose("declare", identity, [INCONSISTENT[1]], UNHEARD)
        elif self._too_soon(record):
            move = self._choose("declare", identity, [AS_IT_STANDS], [*UNHEARD, REPEAT_FAILS])
        else:
            moves = [NO_ANSWER_ACTED, U_ACTED, SLOWLY, *UNHEARD, REPEAT_FAILS]
            move = self._choose("declare", identity, [ACCEPTS], moves)
        if move in _ACTED:
            play.checks.acted_on(identity, before=stored)
            play.scene.records[identity] = Record(_LIVES_UNDER_WAY, data=data, called_at=play.scene.now)
        elif move in (AS_IT_STANDS, REPEAT_FAILS, *INCONSISTENT) and record is not None and record.ours:
            play.scene.records[identity] = replace(record, called_at=play.scene.now)
        elif move in (NO_ANSWER_LATER, U_LATER):
            play.scene.late = (*play.scene.late, Late(identity, data, play.scene.now))
        if move == SLOWLY:
            play.scene.now += within
        if move in (ACCEPTS, SLOWLY, AS_IT_STANDS):
            return self._handed_over(play.scene.records[identity])
        if move in (REFUSES, REPEAT_FAILS):
            return said("F", "SYSTEM_ERROR")
        if move in INCONSISTENT:
            return said("F", move.removeprefix("F "))
        return self._not_heard(move, "declare", within)

    def _too_soon(self, record: Record) -> bool:
        return self._play.scene.now - record.called_at < RETRANSMITS_AFTER

    @staticmethod
    def _handed_over(record: Record) -> VerifiedResponse:
        cleared = _CLEARED if record.state == "COMPLETED" else {}
        return said("S", "SUCCESS", customsPaymentId="C-1", identityCheckResult="CHECK_PASSED", **cleared)

    def _inquired(self, identity: str, within: int) -> VerifiedResponse:
        record = self._play.scene.records.get(identity)
        move = self._choose("inquiry", identity, [record.state if record else "no record"], [NO_ANSWER])
        if move == NO_ANSWER:
            raise self._unheard(move, "inquiry", within)
        if record is None:
            return said("S", "SUCCESS", declarationRequestsNotFound=[identity])
        told: dict[str, Any] = {
            "declarationRequestId": identity,
            "declarationAmount": {"currency": "CNY", "value": _AMOUNTS[record.data]},
            "declarationRequestStatus": "IN_PROCESS",
        }
        if record.state != _LIVES_UNDER_WAY:
            code = "2" if record.state == "COMPLETED" else "-1"
            told |= {"declarationRequestStatus": "CUSTOMS_PROCESSING_COMPLETED", "customsDeclarationResultCode": code}
        return said("S", "SUCCESS", declarationRecords=[told])


_LIVES_UNDER_WAY: Final = "IN_PROCESS"


class DeclarationPlay(RequestPlay):
    """The flows of declarations."""

    KINDS = ("declaration",)
    KIND, PREFIX, UNDER_WAY = "declaration", "DCL", _LIVES_UNDER_WAY
    ENDS = ("COMPLETED", "ERROR")
    WAITS = {  # noqa: RUF012  see RequestPlay
        "30 seconds pass": 30 * SECOND,
        "4 minutes and 55 seconds pass": 295 * SECOND,
        "10 minutes pass": 10 * MINUTE,
    }

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario, RequestScene(now=0))
        self.customs = Customs(self)
        self.checks = RequestChecks(self, _LIVES)

    @property
    def gateway(self) -> Customs:
        """See Stage."""
        return self.customs

    def run(self, step: str, identity: str, what: str, runtime: Runtime) -> Response | None:
        """See RequestPlay."""
        match step:
            case "send" | "correct":
                record = self.scene.records.get(identity)
                if record is not None and not record.ours:
                    # A send of which nobody can tell whether it left, or what it was answered, is not judged.
                    self.must_record(identity)
                return declare(_request(identity, what), runtime)
            case "inquire":
                return inquiry_declaration_requests(_inquiry(identity), runtime)
            case _:
                poll_declaration(identity, runtime)
                return None

    def arrive_late(self, late: Late) -> None:
        """See RequestPlay. Where there is a record by then, it is one more call that changes nothing."""
        records, known = self.scene.records, self.scene.records.get(late.identity)
        if known is None:
            records[late.identity] = Record(self.UNDER_WAY, data=late.data, called_at=late.since)


class DeclarationModel(RequestModel):
    """Declarations, in the bounds of one scenario."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario, DeclarationPlay(scenario))


@cache
def _request(identity: str, data: str) -> DeclareRequest:
    body = {
        "declarationRequestId": identity,
        "paymentId": "2024ELSEWHERE",
        "declarationAmount": {"currency": "CNY", "value": _AMOUNTS[data]},
        "customs": {"customsCode": "ZONGSHU", "region": "CN"},
        "merchantCustomsInfo": {"merchantCustomsCode": "4401960ABC", "merchantCustomsName": "Example Trading"},
        "splitOrder": "false",
    }
    return DeclareRequest.model_validate(json.loads(json.dumps(body)))


@cache
def _inquiry(identity: str) -> InquiryDeclarationRequestsRequest:
    return InquiryDeclarationRequestsRequest.model_validate({"declarationRequestIds": [identity]})
