"""consult: a page is asked for once, and repeats hear the same."""

import pytest

from autodebit.domain.authorization_states import AuthorizationState
from autodebit.errors import StoreUnavailable
from autodebit.flows.authorizations.consent import abandon_stale
from autodebit.gateway.client import Operation
from tests.flows.steps import STATE, ask_consent, authorization, outage, poll, result_of
from tests.support.alipay import answer, no_answer, not_reached, unsigned
from tests.support.world import World

CONSULT = Operation.CONSULT
PAGE = answer("S", "SUCCESS", "ok", normalUrl="https://wallet.example.com/agree?x=1", somethingNew=1)


def test_alipays_answer_is_passed_on_and_the_authorization_is_written_ahead(world: World) -> None:
    seen = []

    def look(_body: object):
        seen.append(authorization(world).state)
        return PAGE

    world.alipay.will(CONSULT, look)
    assert ask_consent(world).text == PAGE.text
    assert seen == [AuthorizationState.CONSULTED]
    assert authorization(world).due_at == world.clock.now() + 900_000


def test_a_repeat_after_s_is_the_same_answer_without_a_call(world: World) -> None:
    world.alipay.will(CONSULT, PAGE)
    assert ask_consent(world) == ask_consent(world)
    assert len(world.alipay.sent) == 1


def test_a_repeat_with_another_notify_url_or_device_is_a_repeat(world: World) -> None:
    world.alipay.will(CONSULT, PAGE)
    first = ask_consent(world)
    assert ask_consent(world, terminalType="APP", osType="IOS", authNotifyUrl="https://shop.example.com/x") == first


CONTENTS = {
    "wallet": {"customerBelongsTo": "DANA"},
    "redirect address": {"authRedirectUrl": "https://shop.example.com/elsewhere"},
    "scopes": {"scopes": ["AGREEMENT_PAY", "USER_INFO"]},
    "client": {"authClientId": "ANOTHER"},
}


@pytest.mark.parametrize("changed", CONTENTS.values(), ids=CONTENTS)
def test_other_content_under_the_same_auth_state_is_refused(world: World, changed: dict, refused) -> None:
    world.alipay.will(CONSULT, PAGE)
    ask_consent(world)
    assert refused(lambda: ask_consent(world, **changed)) == (409, "REPEAT_REQ_INCONSISTENT")
    assert len(world.alipay.sent) == 1


def test_f_fails_the_authorization_and_is_repeated(world: World) -> None:
    world.alipay.will(CONSULT, answer("F", "PARAM_ILLEGAL", "no"))
    first = ask_consent(world)
    assert result_of(first) == (200, "F", "PARAM_ILLEGAL")
    assert (authorization(world).state, authorization(world).due_at) == (AuthorizationState.FAILED, None)
    assert ask_consent(world) == first
    assert len(world.alipay.sent) == 1


def test_u_leaves_it_open_and_a_repeat_asks_again(world: World) -> None:
    world.alipay.will(CONSULT, answer("U", "UNKNOWN_EXCEPTION", "wait"), PAGE)
    assert result_of(ask_consent(world)) == (200, "U", "UNKNOWN_EXCEPTION")
    assert ask_consent(world).text == PAGE.text
    first, second = world.alipay.sends_of(CONSULT)
    assert first == second


@pytest.mark.parametrize(
    ("error", "http_status"), [(no_answer("consult"), 200), (unsigned("consult"), 200), (not_reached("consult"), 503)]
)
def test_without_answer_it_stays_open(world: World, error, http_status: int) -> None:
    world.alipay.will(CONSULT, error, PAGE)
    assert result_of(ask_consent(world)) == (http_status, "U", "UNKNOWN_EXCEPTION")
    assert authorization(world).state is AuthorizationState.CONSULTED
    assert ask_consent(world).text == PAGE.text


def test_an_f_after_a_lost_answer_fails_nothing(world: World) -> None:
    """The page of the first answer may be in use."""
    world.alipay.will(CONSULT, no_answer("consult"), answer("F", "PARAM_ILLEGAL"), PAGE)
    ask_consent(world)
    assert result_of(ask_consent(world)) == (200, "F", "PARAM_ILLEGAL")
    assert authorization(world).state is AuthorizationState.CONSULTED
    assert ask_consent(world).text == PAGE.text


NOTIFY_URLS = {
    "absent": ({}, "https://alipay.example.com/live/v1/authorizations/notifyAuthorization"),
    "given": ({"authNotifyUrl": "https://shop.example.com/hook"}, "https://shop.example.com/hook"),
}


@pytest.mark.parametrize(("given", "sent"), NOTIFY_URLS.values(), ids=NOTIFY_URLS)
def test_the_notify_url(world: World, given: dict, sent: str) -> None:
    world.alipay.will(CONSULT, PAGE)
    ask_consent(world, **given)
    assert world.alipay.sends_of(CONSULT)[0]["authNotifyUrl"] == sent


def test_with_the_store_down_nothing_is_sent(world: World) -> None:
    outage(world).on = True
    with pytest.raises(StoreUnavailable):
        ask_consent(world)
    assert world.alipay.sent == []


def test_with_the_store_down_after_the_answer_the_caller_gets_it(world: World) -> None:
    store = outage(world)

    def and_then_the_store_is_gone(_body: object):
        store.on = True
        return PAGE

    world.alipay.will(CONSULT, and_then_the_store_is_gone, PAGE)
    assert ask_consent(world).text == PAGE.text
    store.on = False
    assert ask_consent(world).text == PAGE.text
    assert len(world.alipay.sent) == 2


def test_with_too_little_time_nothing_is_sent(world: World) -> None:
    assert result_of(ask_consent(world, seconds=14.9)) == (503, "U", "UNKNOWN_EXCEPTION")
    assert world.alipay.sent == []
    assert world.repository.authorizations.find(STATE) is None


def test_after_fifteen_minutes_of_silence_it_is_abandoned(world: World, refused) -> None:
    world.alipay.will(CONSULT, no_answer("consult"))
    ask_consent(world)
    world.clock.forward(899)
    poll(world)
    assert authorization(world).state is AuthorizationState.CONSULTED
    world.clock.forward(1)
    poll(world)
    assert (authorization(world).state, authorization(world).due_at) == (AuthorizationState.ABANDONED, None)
    assert refused(lambda: ask_consent(world)) == (409, "ORDER_STATUS_INVALID")
    assert len(world.alipay.sent) == 1


def test_what_a_poller_finds_before_it_is_due_it_leaves_alone(world: World) -> None:
    """The index may be older than the item."""
    world.alipay.will(CONSULT, no_answer("consult"))
    ask_consent(world)
    world.clock.forward(899.999)
    abandon_stale(STATE, world.runtime())
    assert authorization(world).state is AuthorizationState.CONSULTED
    world.clock.forward(0.001)
    abandon_stale(STATE, world.runtime())
    assert authorization(world).state is AuthorizationState.ABANDONED
