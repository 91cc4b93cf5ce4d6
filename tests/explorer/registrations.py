"""The model of registrations of secondary merchants: registration, its repeats, inquiries, polls and notifications."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from autodebit.clock import DAY, MINUTE, SECOND
from autodebit.contract import InquiryRegistrationStatusRequest, NotifyRegistrationStatusRequest, RegistrationRequest
from autodebit.flows.merchants.register import registration
from autodebit.flows.merchants.sync import inquiry_registration_status, notify_registration_status, poll_registration
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
from tests.explorer.moneyless import Late, Letter, Record, RequestModel, RequestPlay, RequestScene
from tests.explorer.request_checks import Lives, RequestChecks
from tests.explorer.scenarios import Scenario
from tests.support.memory_table import TypedItem

ACCEPTS = "accepts, and answers S"
REFUSES = "F PARAM_ILLEGAL, without a record"
AS_IT_STANDS = "answers as it stands"
UNDER_REVIEW = "F REGISTRATION_UNDER_REVIEW, of what an earlier send has begun"
TAKEN = "F REPEAT_REQ_INCONSISTENT"
_ACTED = (ACCEPTS, NO_ANSWER_ACTED, U_ACTED)
_PENDING: Final = "PENDING"
_LIVES = Lives(
    open=frozenset({"INITIATED", "PENDING"}),
    known=frozenset({"PENDING", "COMPLETED", "REJECTED"}),
    done=frozenset({"COMPLETED", "REJECTED"}),
)


class Registry(Chooser["RegistrationPlay"]):
    """An Alipay that chooses. It never reviews what it has refused, and never forgets what it has accepted."""

    def call(self, operation: Operation, body: Mapping[str, Any], within: int) -> VerifiedResponse:
        """See autodebit.gateway.Alipay."""
        play, identity = self._play, str(body["registrationRequestId"])
        play.say(f"{operation.label} {identity} leaves")
        if operation is Operation.INQUIRY_REGISTRATION_STATUS:
            play.meanwhile()
            came = self._inquired(identity, within)
        else:
            stored = play.item(identity)
            play.checks.sent(identity)
            play.meanwhile()
            came = self._registered(identity, stored, within)
        play.meanwhile()
        return came

    def _registered(self, identity: str, stored: TypedItem | None, within: int) -> VerifiedResponse:
        play = self._play
        record = play.scene.records.get(identity)
        if record is None:
            moves = [NO_ANSWER_ACTED, NO_ANSWER_LATER, NO_ANSWER, U_LATER, U_ACTED, REFUSES, THROTTLED, NOT_REACHED]
            move = self._choose("registration", identity, [ACCEPTS], moves)
        elif not record.ours:
            move = self._choose("registration", identity, [TAKEN], [NOT_REACHED])
        else:
            moves = [UNDER_REVIEW, REPEAT_FAILS, *UNHEARD]
            move = self._choose("registration", identity, [AS_IT_STANDS], moves)
        if move in _ACTED:
            play.checks.acted_on(identity, before=stored)
            play.scene.records[identity] = Record(_PENDING)
        elif move in (NO_ANSWER_LATER, U_LATER):
            play.scene.late = (*play.scene.late, Late(identity, "A", play.scene.now))
        codes = {
            REFUSES: "PARAM_ILLEGAL",
            REPEAT_FAILS: "SYSTEM_ERROR",
            UNDER_REVIEW: "REGISTRATION_UNDER_REVIEW",
            TAKEN: "REPEAT_REQ_INCONSISTENT",
        }
        if move in codes:
            return said("F", codes[move])
        return (
            said("S", "SUCCESS") if move in (ACCEPTS, AS_IT_STANDS) else self._not_heard(move, "registration", within)
        )

    def _inquired(self, identity: str, within: int) -> VerifiedResponse:
        record = self._play.scene.records.get(identity)
        move = self._choose("inquiry", identity, [record.state if record else "RECORD_NOT_FOUND"], [NO_ANSWER])
        if move == NO_ANSWER:
            raise self._unheard(move, "inquiry", within)
        if record is None:
            return said("F", "RECORD_NOT_FOUND")
        return said("S", "SUCCESS", registrationResult={"registrationStatus": record.state})


class RegistrationPlay(RequestPlay):
    """The flows of registrations."""

    KINDS = ("registration",)
    KIND, PREFIX, UNDER_WAY = "registration", "REG", _PENDING
    ENDS = ("COMPLETED", "REJECTED")
    WAITS = {"30 seconds pass": 30 * SECOND, "10 minutes pass": 10 * MINUTE, "3 days pass": 3 * DAY}  # noqa: RUF012

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario, RequestScene(now=0))
        self.registry = Registry(self)
        self.checks = RequestChecks(self, _LIVES)

    @property
    def gateway(self) -> Registry:
        """See Stage."""
        return self.registry

    def run(self, step: str, identity: str, what: str, runtime: Runtime) -> Response | None:
        """See RequestPlay."""
        match step:
            case "send":
                record = self.scene.records.get(identity)
                if record is not None and not record.ours:
                    # A send of which nobody can tell whether it left, or what it was answered, is not judged.
                    self.must_record(identity)
                return registration(_request(identity), runtime)
            case "inquire":
                return inquiry_registration_status(_inquiry(identity), runtime)
            case "poll":
                poll_registration(identity, runtime)
            case _:
                notify_registration_status(_notification(identity, what), runtime)
        return None

    def arrive_late(self, late: Late) -> None:
        """See RequestPlay. Where there is a record by then, nothing changes."""
        self.scene.records.setdefault(late.identity, Record(self.UNDER_WAY))

    def finish_record(self, identity: str, state: str) -> None:
        """See RequestPlay. Alipay tells of it."""
        super().finish_record(identity, state)
        letter = Letter(identity, state, ours=self.scene.records[identity].ours)
        if letter not in self.scene.letters:
            self.scene.letters = (*self.scene.letters, letter)


class RegistrationModel(RequestModel):
    """Registrations, in the bounds of one scenario."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario, RegistrationPlay(scenario))


@cache
def _request(identity: str) -> RegistrationRequest:
    address = {"region": "HK", "city": "Hong Kong", "address1": "1 Example Road"}
    body = {
        "registrationRequestId": identity,
        "productCodes": ["AGREEMENT_PAYMENT"],
        "merchantInfo": {
            "referenceMerchantId": "M-1",
            "merchantDisplayName": "Harbour Books",
            "merchantMCC": "5942",
            "websites": [{"name": "Harbour Books", "url": "https://harbourbooks.example"}],
            "merchantAddress": address,
            "registrationDetail": {
                "legalName": "Harbour Books Limited",
                "registrationType": "ENTERPRISE_REGISTRATION_NO",
                "registrationNo": "1234567",
                "registrationAddress": address,
                "businessType": "ENTERPRISE",
                "contactInfo": [{"contactType": "EMAIL", "contactNo": "ops@harbourbooks.example"}],
            },
        },
    }
    return RegistrationRequest.model_validate(json.loads(json.dumps(body)))


@cache
def _inquiry(identity: str) -> InquiryRegistrationStatusRequest:
    return InquiryRegistrationStatusRequest.model_validate({"registrationRequestId": identity})


def _notification(identity: str, state: str) -> NotifyRegistrationStatusRequest:
    ids = {"registrationRequestId": identity, "referenceMerchantId": "M-1"}
    return NotifyRegistrationStatusRequest.read({**ids, "registrationResult": {"registrationStatus": state}})
