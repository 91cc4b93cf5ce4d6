"""declare with an id that Alipay has already: what is a retransmission, and when, and of what."""

from dataclasses import replace

import pytest

from autodebit.domain.declaration_states import DeclarationState
from autodebit.errors import RequestRejected, StoreUnavailable
from autodebit.gateway.client import Operation
from tests.flows.customs_steps import (
    CLEARED,
    DECLARE,
    FIVE_MINUTES,
    LESS,
    UNANSWERED,
    accepted,
    buyer,
    declaration,
    declare_body,
    hand_over,
    handed_over,
    sends,
)
from tests.flows.steps import PAYMENT_ID, asked, inquire, outage, paid, result_of, send
from tests.support.alipay import answer, no_answer, not_reached
from tests.support.world import World

S = DeclarationState
MAY_CHANGE = {
    "declarationAmount.value": {"declarationAmount": LESS},
    "customs.customsCode": {"customs": {"customsCode": "NINGBO", "region": "CN"}},
    "merchantCustomsInfo.merchantCustomsCode": {
        "merchantCustomsInfo": {"merchantCustomsCode": "4401960XYZ", "merchantCustomsName": "Example Trading"}
    },
    "merchantCustomsInfo.merchantCustomsName": {
        "merchantCustomsInfo": {"merchantCustomsCode": "4401960ABC", "merchantCustomsName": "Example Trading Ltd."}
    },
    "suborderId": {"suborderId": "SO-B"},
    "buyerCertificate.certificateNo": {"buyerCertificate": buyer("110101199003070001")},
    "buyerCertificate.holderName.fullName": {"buyerCertificate": buyer(fullName="Zhang Si")},
}
MAY_NOT_CHANGE = {
    "paymentId": {"paymentId": "2024OTHER"},
    "splitOrder": {"splitOrder": "false"},
    "buyerCertificate.certificateType": {
        "buyerCertificate": {**buyer(), "certificateType": "PASSPORT"},
    },
    "buyerCertificate.holderName.firstName": {"buyerCertificate": buyer(firstName="San")},
}


def refusal_of(world: World, **changed: object) -> str:
    """What a declare with these changes hears, which must be 409 REPEAT_REQ_INCONSISTENT."""
    with pytest.raises(RequestRejected) as caught:
        hand_over(world, **changed)
    assert (caught.value.http_status, caught.value.code) == (409, "REPEAT_REQ_INCONSISTENT")
    return caught.value.message


@pytest.mark.parametrize("code", [None, "-621501", "success", "2", "120"])
@pytest.mark.parametrize("path", MAY_CHANGE)
def test_what_may_change_is_stored_and_sent_after_five_minutes(world: World, path: str, code: str | None) -> None:
    accepted(world, code)
    seen = []

    def look(_body: object):
        seen.append(declaration(world))
        return handed_over(customsOrderId="SO-B")

    world.alipay.will(DECLARE, look)
    assert result_of(hand_over(world, **MAY_CHANGE[path])) == (200, "S", "SUCCESS")
    assert sends(world) == [declare_body(), declare_body(**MAY_CHANGE[path])]
    [ahead] = seen
    assert (ahead.state, ahead.leased(world.clock.now()), ahead.customs_result_code) == (S.IN_PROCESS, True, None)
    then = declaration(world)
    assert (then.state, then.customs_order_id, then.due_at) == (S.IN_PROCESS, "SO-B", world.clock.now() + 30_000)


@pytest.mark.parametrize("path", MAY_CHANGE)
def test_what_may_change_is_refused_too_soon_with_the_time_to_come_again(world: World, path: str) -> None:
    accepted(world)
    world.clock.forward(-0.001)
    before = declaration(world)
    reply = refusal_of(world, **MAY_CHANGE[path])
    assert path in reply
    assert "2027-01-15T08:05:00+00:00" in reply
    assert declaration(world) == before
    assert len(sends(world)) == 1


@pytest.mark.parametrize("wait", [0, 3_600])
@pytest.mark.parametrize("path", MAY_NOT_CHANGE)
def test_what_may_not_change_is_refused_by_name_whatever_the_time(world: World, path: str, wait: int) -> None:
    accepted(world)
    world.clock.forward(wait)
    assert path in refusal_of(world, **MAY_NOT_CHANGE[path], **MAY_CHANGE["declarationAmount.value"])
    assert len(sends(world)) == 1


def test_a_certificate_that_was_not_given_at_first_cannot_be_added(world: World) -> None:
    world.alipay.will(DECLARE, handed_over())
    hand_over(world, buyerCertificate=None)
    world.clock.forward(FIVE_MINUTES)
    assert "buyerCertificate.certificateType" in refusal_of(world)


@pytest.mark.parametrize("said", UNANSWERED.values(), ids=UNANSWERED)
def test_nothing_may_change_while_it_is_not_known_that_alipay_has_it(world: World, said) -> None:
    world.alipay.will(DECLARE, said)
    hand_over(world)
    world.clock.forward(FIVE_MINUTES)
    assert "repeat it unchanged" in refusal_of(world, declarationAmount=LESS)
    assert len(sends(world)) == 1


def test_the_five_minutes_begin_when_a_call_is_over_and_are_told_in_whole_seconds(world: World) -> None:
    """Alipay counts from the moment at which the call reached it, which is not known here."""

    def take_long(_body: object):
        world.clock.forward(2.5)
        return handed_over()

    world.alipay.will(DECLARE, take_long)
    hand_over(world)
    world.clock.forward(FIVE_MINUTES - 0.001)
    assert "2027-01-15T08:05:03+00:00" in refusal_of(world, declarationAmount=LESS)
    world.clock.forward(0.001)
    assert result_of(hand_over(world, declarationAmount=LESS)) == (200, "S", "SUCCESS")


def test_nothing_may_change_once_it_was_refused(world: World) -> None:
    world.alipay.will(DECLARE, answer("F", "TOTAL_DECLARATION_AMOUNT_EXCEED"))
    hand_over(world)
    world.clock.forward(FIVE_MINUTES)
    told = refusal_of(world, declarationAmount=LESS)
    assert "TOTAL_DECLARATION_AMOUNT_EXCEED" in told
    assert "take a new one" in told


# --- unchanged


@pytest.mark.parametrize("code", [None, "-621501", "success", "2", "120"])
def test_an_unchanged_repeat_within_five_minutes_is_the_stored_answer(world: World, code: str | None) -> None:
    accepted(world, code, **CLEARED)
    world.clock.forward(-0.001)
    before = declaration(world)
    assert hand_over(world).text == handed_over(**CLEARED).text
    assert declaration(world) == before
    assert len(sends(world)) == 1


@pytest.mark.parametrize("code", ["-621501", "success", "2", "120"])
def test_the_clearing_data_of_what_is_completed_are_fetched_by_a_repeat_once(world: World, code: str) -> None:
    """Alipay tells them only in an answer to declare, and only after the receipt; so soon a repeat transmits nothing."""
    accepted(world, code)
    world.clock.forward(-15)
    before = declaration(world)
    world.alipay.will(DECLARE, handed_over(**CLEARED))
    for _ in range(3):
        assert hand_over(world).text == handed_over(**CLEARED).text
        assert sends(world) == [declare_body()] * 2
    then = declaration(world)
    assert (then.state, then.due_at, then.customs_result_code) == (S.COMPLETED, None, code)
    assert (then.clearing_channel, then.clearing_transaction_id) == ("NUCC", "T-1")
    assert then.customs_provider_registration_id == "31222699S7"
    assert (then.over_at, then.sends) == (world.clock.now(), before.sends)


def test_clearing_data_that_come_while_it_is_retransmitted_are_not_its_answer(world: World) -> None:
    accepted(world, "-621501")
    world.clock.forward(-15)

    def retransmit_meanwhile(_body: object):
        world.clock.forward(FIVE_MINUTES + 30)  # the process was frozen for so long
        world.alipay.will(DECLARE, no_answer("declare"))
        hand_over(world, declarationAmount=LESS)
        return handed_over(**CLEARED)

    world.alipay.will(DECLARE, retransmit_meanwhile)
    hand_over(world)
    assert (declaration(world).state, declaration(world).answered) == (S.IN_PROCESS, False)


@pytest.mark.parametrize(
    "said",
    [
        no_answer("declare"),
        not_reached("declare"),
        answer("F", "CONTEXT_INCONSISTENT"),
        answer("U", "UNKNOWN_EXCEPTION"),
    ],
)
def test_without_them_a_completed_declaration_is_answered_as_stored(world: World, said) -> None:
    accepted(world, "2")
    world.clock.forward(-15)
    before = declaration(world)
    world.alipay.will(DECLARE, said)
    assert hand_over(world).text == handed_over().text
    then = declaration(world)
    assert replace(then, over_at=before.over_at, version=before.version) == before
    assert then.over_at == world.clock.now() + 25_000
    assert hand_over(world, seconds=14.9).text == handed_over().text


@pytest.mark.parametrize(
    ("code", "told"),
    [(None, {}), ("-621501", CLEARED), ("success", CLEARED), ("2", {})],
    ids=["in process", "an error", "no verdict yet", "accepted, clearing data missing"],
)
def test_an_unchanged_repeat_after_five_minutes_goes_again_unless_all_is_well(
    world: World, code: str | None, told: dict
) -> None:
    """Alipay's page names payment data that are missing at customs as a reason to call declare again."""
    accepted(world, code, **told)
    world.alipay.will(DECLARE, handed_over(customsOrderId="SO-B"))
    assert hand_over(world).text == handed_over(customsOrderId="SO-B").text
    assert sends(world) == [declare_body(), declare_body()]
    assert declaration(world).state is S.IN_PROCESS
    assert declaration(world).due_at == world.clock.now() + 30_000


@pytest.mark.parametrize("code", ["2", "120"])
def test_an_unchanged_repeat_of_what_customs_has_accepted_is_never_sent(world: World, code: str) -> None:
    accepted(world, code, **CLEARED)
    world.clock.forward(30 * 86_400)
    assert hand_over(world).text == handed_over(**CLEARED).text
    assert len(sends(world)) == 1
    assert declaration(world).state is S.COMPLETED


def test_the_five_minutes_begin_anew_with_every_call(world: World) -> None:
    accepted(world)
    hand_over(world, declarationAmount=LESS)
    world.clock.forward(FIVE_MINUTES - 1)
    assert "too soon" in refusal_of(world)
    world.clock.forward(1)
    hand_over(world)
    assert sends(world) == [declare_body(), declare_body(declarationAmount=LESS), declare_body()]


# --- what is not sent at all


def test_with_the_store_down_nothing_is_retransmitted(world: World) -> None:
    accepted(world)
    store = outage(world)
    store.on = True
    store.hits = lambda method, _request: method == "put_item"
    with pytest.raises(StoreUnavailable):
        hand_over(world, declarationAmount=LESS)
    assert len(sends(world)) == 1


def test_with_too_little_time_nothing_is_retransmitted(world: World) -> None:
    accepted(world)
    before = declaration(world)
    assert result_of(hand_over(world, seconds=14.9, declarationAmount=LESS)) == (200, "U", "UNKNOWN_EXCEPTION")
    assert declaration(world) == before


def test_a_payment_that_was_cancelled_meanwhile_is_not_retransmitted(world: World, refused) -> None:
    world.alipay.will(Operation.PAY, paid())
    send(world)
    world.alipay.will(DECLARE, handed_over())
    hand_over(world, paymentId=PAYMENT_ID)
    world.alipay.will(Operation.INQUIRY_PAYMENT, asked("CANCELLED"))
    inquire(world)
    world.clock.forward(FIVE_MINUTES)
    again = refused(lambda: hand_over(world, paymentId=PAYMENT_ID, declarationAmount=LESS))
    assert again == (409, "ORDER_STATUS_INVALID")
    assert len(sends(world)) == 1
