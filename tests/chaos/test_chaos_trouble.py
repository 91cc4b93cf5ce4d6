"""Which harm befalls a step: a function of the seed, of its caller's own id, and of how often it was tried."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from autodebit.errors import StoreUnavailable
from autodebit.gateway.client import GatewayError, Operation
from autodebit.repository.table import ConditionFailed, Key, Table, put
from tests.chaos.alipay import Door
from tests.chaos.board import Board
from tests.chaos.notes import ARRIVED, ENDED, SENT, NotedAlipay, Notes, content_of
from tests.chaos.ports import OneLook, Step, Watched
from tests.chaos.trouble import SeededTrouble, refusal
from tests.support.world import pay_body

# --- whose fault it is


def fates(board: Board, about: str, items: list[str], port: str = "store", operation: str = "put_item") -> list[str]:
    """What befalls one step for each of *items*, in an invocation that is about *about*."""
    trouble = SeededTrouble(board, 0, seed=1, intensity=20)
    trouble.begin(None, about)
    return [str(trouble._fate(Step(port, operation, item))) for item in items]


def test_what_goes_by_a_random_name_goes_by_the_id_that_its_caller_chose(tmp_path: Path) -> None:
    handles = [[f"grant#tok_{run}{number}" for number in range(30)] for run in "ab"]
    runs = [fates(Board(tmp_path / str(run)), "AUTH-1", handles[run]) for run in (0, 1)]
    assert runs[0] == runs[1]
    assert len(set(runs[0])) > 2
    assert fates(Board(tmp_path / "2"), "AUTH-2", handles[0]) != runs[0]
    tokens = [fates(Board(tmp_path / f"t{run}"), "AUTH-1", handles[run], "alipay", "applyToken") for run in (0, 1)]
    assert tokens[0] == tokens[1]


def test_what_has_an_id_of_its_own_goes_by_that(tmp_path: Path) -> None:
    items = [f"payment#P{number}" for number in range(30)]
    assert fates(Board(tmp_path / "1"), "one", items) == fates(Board(tmp_path / "2"), "other", items)


# --- how the store tells of it


class Refusing:
    """A table whose every call is refused in one way."""

    def __init__(self, fate: str) -> None:
        self.fate = fate

    def around(self, step: Step, _call: Any) -> Any:
        raise refusal(step, self.fate)


class Client:
    """What Table needs of boto's client."""

    def put_item(self, **_request: Any) -> None: ...

    def transact_write_items(self, **_request: Any) -> None: ...


@pytest.mark.parametrize(
    ("fate", "writes", "error"),
    [
        ("error", 1, StoreUnavailable),
        ("throttled", 1, StoreUnavailable),
        ("unreachable", 1, StoreUnavailable),
        ("conflict", 1, ConditionFailed),
        ("conflict", 3, ConditionFailed),
        ("transaction throttled", 3, StoreUnavailable),
    ],
)
def test_a_refusal_of_the_store_is_one_that_the_repository_can_read(
    fate: str, writes: int, error: type[Exception]
) -> None:
    table = Table(Watched(Client(), "store", Refusing(fate)), "t")  # type: ignore[arg-type]
    with pytest.raises(error):
        table.write(*(put(Key(f"payment#{number}"), {}, over=0) for number in range(writes)))


def test_a_cancelled_transaction_names_a_reason_for_each_of_its_writes() -> None:
    told = refusal(Step("store", "transact_write_items", "a", 3), "transaction throttled")
    assert isinstance(told, ClientError)
    assert [reason["Code"] for reason in told.response["CancellationReasons"]] == ["ThrottlingError", "None", "None"]
    assert isinstance(refusal(Step("store", "get_item", "a"), "unreachable"), EndpointConnectionError)
    assert "KMS" in str(refusal(Step("kms", "decrypt", "a"), "error"))


# --- what is noted


class Silent:
    """Alipay that never answers."""

    def call(self, operation: Operation, body: Any, within: int) -> Any:
        raise GatewayError(operation.label, "silence", may_have_acted=True)


def test_a_send_is_noted_with_its_beginning_its_end_and_its_function(tmp_path: Path) -> None:
    times = iter(range(10, 100, 10))
    notes = Notes(tmp_path / "notes")
    alipay = NotedAlipay(Silent(), notes, lambda: next(times), lambda: "pay")
    for operation in (Operation.PAY, Operation.INQUIRY_PAYMENT):
        with pytest.raises(GatewayError):
            alipay.call(operation, pay_body("P", "tok"), 1)
    sent, ended = notes.read()
    assert (sent["kind"], sent["function"], sent["operation"], sent["id"], sent["at"]) == (SENT, "pay", "pay", "P", 10)
    assert (ended["kind"], ended["number"], ended["at"]) == (ENDED, sent["number"], 20)


def test_no_two_senders_share_a_number(tmp_path: Path) -> None:
    """Nor do two of one process id: in a long run those come round again."""
    notes = Notes(tmp_path / "notes")
    for _ in range(2):
        alipay = NotedAlipay(Silent(), notes, lambda: 1, lambda: "pay")
        for _ in range(2):
            with pytest.raises(GatewayError):
                alipay.call(Operation.PAY, pay_body("P", "tok"), 1)
    sends = [note["number"] for note in notes.read() if note["kind"] == SENT]
    assert len(set(sends)) == len(sends) == 4


CHANGES: list[tuple[str, Any]] = [
    ("paymentAmount", {"currency": "JPY", "value": "1"}),
    ("paymentMethod", {"paymentMethodType": "GCASH", "paymentMethodId": "another"}),
    ("paymentMethod", {"paymentMethodType": "DANA", "paymentMethodId": "token"}),
    ("order", {"referenceOrderId": "another"}),
    ("settlementStrategy", {"settlementCurrency": "EUR"}),
]


@pytest.mark.parametrize(("name", "value"), CHANGES)
def test_another_amount_token_wallet_order_or_settlement_is_another_content(name: str, value: Any) -> None:
    body = {**pay_body("P", "token"), "settlementStrategy": {"settlementCurrency": "USD"}}
    assert content_of("pay", {**body, name: value}) != content_of("pay", body)
    assert content_of("pay", {**body, "paymentNotifyUrl": "https://other.example"}) == content_of("pay", body)


# --- what the simulator meets


def doors(tmp_path: Path, **calls: float) -> Iterator[Door]:
    for number in (0, 1):
        yield Door(seed=1, calls=calls, notes=Notes(tmp_path / str(number)))


def test_what_arrives_about_money_is_noted_before_anything_befalls_it(tmp_path: Path) -> None:
    door, _ = doors(tmp_path, cut_before=1.0)
    assert door.call("pay", pay_body("P", "token")) == ("cut_before", 0.0)
    door.call("inquiryPayment", {"paymentRequestId": "P"})
    assert door.notes is not None
    (note,) = door.notes.read()
    assert (note["kind"], note["operation"], note["id"], note["order"]) == (
        ARRIVED, "pay", "P", pay_body("P", "token")["order"]["referenceOrderId"],
    )  # fmt: skip


def test_repeats_of_what_moves_money_may_be_refused_more_often_than_the_first(tmp_path: Path) -> None:
    door = Door(seed=1, refused_again=1.0, notes=Notes(tmp_path / "notes"))
    assert [door.call("pay", pay_body("P", "token")) for _ in range(3)] == [None, ("answer", 0.0), ("answer", 0.0)]
    assert [door.call("inquiryPayment", {"paymentRequestId": "P"}) for _ in range(2)] == [None, None]


def test_a_code_goes_by_its_auth_state_whatever_it_is(tmp_path: Path) -> None:
    fates: list[list[Any]] = []
    for number, door in enumerate(doors(tmp_path, cut_before=0.3, unknown=0.3)):
        code = SimpleNamespace(authorization=SimpleNamespace(auth_state="AUTH-1"))
        door.world = SimpleNamespace(authorizations=SimpleNamespace(_codes={f"code{number}": code}))  # type: ignore[assignment]
        exchange = {"grantType": "AUTHORIZATION_CODE", "customerBelongsTo": "GCASH", "authCode": f"code{number}"}
        fates.append([door.call("applyToken", exchange) for _ in range(20)])
    assert fates[0] == fates[1]
    assert len({str(fate) for fate in fates[0]}) == 3


# --- ids of another system, and faults of one operation


def test_what_alipay_says_of_an_id_of_another_system_is_never_lost(tmp_path: Path) -> None:
    shares = {"act_then_cut": 1.0}
    door = Door(seed=1, calls=shares, by_operation={"pay": shares}, refused_again=1.0, notes=Notes(tmp_path / "notes"))
    assert [door.call("pay", pay_body("P-taken", "token")) for _ in range(3)] == [None] * 3
    assert door.call("pay", pay_body("P", "token")) == ("act_then_cut", 0.0)
    assert door.call("inquiryPayment", {"paymentRequestId": "P-taken"}) == ("act_then_cut", 0.0)


def test_faults_of_one_operation_befall_that_operation(tmp_path: Path) -> None:
    late = Door(
        seed=1, by_operation={"cancel": {"late": 1.0}}, seconds={"late": (5.0, 5.0)}, notes=Notes(tmp_path / "notes")
    )
    assert late.call("cancel", {"paymentRequestId": "P"}) == ("late", 5.0)
    assert late.call("pay", pay_body("P", "token")) is None


# --- the store goes away between an answer and its record


class Going(SeededTrouble):
    """The store goes away after every answer of Alipay."""

    def _fate(self, step: Step) -> str | None:
        return "store away" if step.port == "alipay" else None


def test_a_store_that_goes_away_after_an_answer_comes_back(tmp_path: Path) -> None:
    board = Board(tmp_path / "board", tries=64)
    trouble = Going(board, 0, seed=1, intensity=1)
    trouble.begin(None, "P")
    board.set_clock(1_000_000, 0)
    assert trouble.around(Step("store", "put_item", "payment#P"), lambda: "written") == "written"
    assert trouble.around(Step("alipay", "pay", "P"), lambda: "S") == "S"
    assert board.counts()["store away after an answer"] == 1
    for step in (Step("store", "get_item", "payment#P"), Step("store", "put_item", "payment#Q")):
        with pytest.raises(EndpointConnectionError):
            trouble.around(step, lambda: "never")
    assert trouble.around(Step("kms", "encrypt", "P"), lambda: "there") == "there"
    board.set_clock(1_000_000 + 241, 0)
    assert trouble.around(Step("store", "get_item", "payment#P"), lambda: "back") == "back"


def test_a_store_stays_where_alipay_gave_no_answer(tmp_path: Path) -> None:
    board = Board(tmp_path / "board", tries=64)
    trouble = Going(board, 0, seed=1, intensity=1)
    trouble.begin(None, "P")
    board.set_clock(1_000_000, 0)

    def silent() -> None:
        raise GatewayError("pay", "silence", may_have_acted=True)

    with pytest.raises(GatewayError):
        trouble.around(Step("alipay", "pay", "P"), silent)
    assert trouble.around(Step("store", "get_item", "payment#P"), lambda: "there") == "there"


def test_a_calm_invocation_suffers_nothing_new(tmp_path: Path) -> None:
    trouble = SeededTrouble(Board(tmp_path / "board"), 0, seed=1, intensity=20)
    steps = [Step("store", "put_item", f"payment#P{number}") for number in range(50)]
    trouble.begin(None, "P-taken", calm=True)
    assert {trouble._fate(step) for step in steps} == {None}
    trouble.begin(None, "P")
    assert len({trouble._fate(step) for step in steps}) > 2


# --- two deployments, each with a half of all items


def test_a_poller_sees_its_half_of_what_is_due() -> None:
    names = [f"payment#P{number}" for number in range(40)]
    rows = [{"pk": {"S": name}, "due_key": {"S": "payment#1"}, "due_at": {"N": "5"}} for name in names]

    class Due:
        def get_paginator(self, _operation: str) -> Any:
            return SimpleNamespace(paginate=lambda **_: [{"Items": rows}])

    look, seen = OneLook(Due()), {}
    values = {":key": {"S": "payment#1"}, ":until": {"N": "9"}}
    for half in (0, 1, None):
        look.half = half
        found = look.query(TableName="t", Limit=100, ExpressionAttributeValues=values)["Items"]
        seen[half] = {row["pk"]["S"] for row in found}
    assert seen[0] | seen[1] == seen[None] == set(names)
    assert not seen[0] & seen[1]
    assert min(len(seen[0]), len(seen[1])) > 8
