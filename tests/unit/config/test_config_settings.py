"""read_settings: every variable that is missing or malformed is named, and its value is not shown."""

from dataclasses import replace
from typing import Any

import pytest

from autodebit.clock import DAY
from autodebit.config import Settings, read_settings
from autodebit.domain.polling_plan import Plan
from autodebit.errors import ConfigurationError
from tests.support.template import load

NEEDED = {
    "TABLE_NAME": "table",
    "ALIPAY_CLIENT_ID": "SANDBOX_5Y0000000000000001",
    "ALIPAY_GATEWAY_URL": "https://open-sea-global.alipay.com",
    "ALIPAY_KEYS_SECRET": "keys",
    "TOKEN_KEY_ID": "token-key",
}


def read(**changed: str) -> Settings:
    return read_settings({**NEEDED, **changed})


def test_what_is_needed_is_enough_and_the_rest_has_defaults() -> None:
    assert read() == Settings(
        client_id="SANDBOX_5Y0000000000000001",
        gateway_url="https://open-sea-global.alipay.com",
        table="table",
        token_key="token-key",
        keys_secret="keys",
    )


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_what_is_needed_and_missing_is_named(name: str, value: str | None) -> None:
    environment = {**NEEDED, name: value}
    with pytest.raises(ConfigurationError, match=f"{name} is not set"):
        read_settings({given: text for given, text in environment.items() if text is not None})


WRONG = [
    ("RESTORED_AT", "yesterday"),
    ("RESTORED_AT", "2026-11-30"),
    ("RESTORED_AT", "2026-11-30T23:10:00"),
    ("RESTORED_AT", "2026-13-30T23:10:00Z"),
    ("RESTORED_AT", "1796080200"),
    ("ALIPAY_GATEWAY_URL", "open-sea-global.alipay.com"),
    ("ALIPAY_GATEWAY_URL", "https://"),
    ("ALIPAY_GATEWAY_URL", "https://open.example.com/ams/api"),
    ("ALIPAY_GATEWAY_URL", "https://open.example.com?"),
    ("ALIPAY_GATEWAY_URL", "https://open.example.com?a=b"),
    ("ALIPAY_GATEWAY_URL", "https://open.example.com#"),
    ("ALIPAY_GATEWAY_URL", "https://open.example.com#frag"),
    ("ALIPAY_GATEWAY_URL", "https://user:hunter2@open.example.com"),
    ("ALIPAY_GATEWAY_URL", "https://open.example.com:port"),
    ("ALIPAY_GATEWAY_URL", "https://open.example.com:99999"),
    ("ALIPAY_GATEWAY_URL", "https://open.example.com:0"),
    ("ALIPAY_GATEWAY_URL", "https://[::1"),
    ("ALIPAY_GATEWAY_URL", "https://open.exa\nmple.com"),
    ("ALIPAY_GATEWAY_URL", "ftp://open.example.com"),
    ("ALIPAY_GATEWAY_URL", "http://open.example.com"),
    ("ALIPAY_GATEWAY_URL", "http://127.0.0.1.example.com"),
    ("ALIPAY_GATEWAY_URL", "http://localhost@open.example.com"),
    ("ALIPAY_GATEWAY_URL", "http://127.0.0.2"),
    ("ALIPAY_GATEWAY_URL", "http://0.0.0.0"),
    ("ALIPAY_CLIENT_ID", "SANDBOX 1"),
    ("ALIPAY_CLIENT_ID", "SANDBOX_\u00e9"),
    ("ALIPAY_CLIENT_ID", "SANDBOX_1\r\nX: y"),
    ("ALIPAY_CLIENT_ID", "A" * 129),
    ("TOKENS_AS_HANDLES", "yes"),
    ("TOKENS_AS_HANDLES", "True"),
    ("EXCHANGE_AUTH_CODES", "1"),
    ("UNKNOWN_FIELDS", "true"),
    ("REGISTERED_PATH_PREFIX", "hooks"),
    ("REGISTERED_PATH_PREFIX", "https://hooks.example.com/x"),
    ("REGISTERED_PATH_PREFIX", "/hooks "),
    ("NOTIFICATION_MAX_AGE_SECONDS", "-1"),
    ("NOTIFICATION_MAX_AGE_SECONDS", "1.5"),
    ("NOTIFICATION_MAX_AGE_SECONDS", "\u0661"),
    ("NOTIFICATION_MAX_AHEAD_SECONDS", "5m"),
    ("PAYMENT_POLL_SECONDS", "2,,3"),
    ("PAYMENT_POLL_SECONDS", "2;3"),
    ("PAYMENT_POLL_SECONDS", "0"),
    ("PAYMENT_POLL_SECONDS", "2,-3"),
    ("PAYMENT_POLL_SECONDS", "nan"),
    ("PAYMENT_POLL_SECONDS", "inf"),
    ("LONGEST_POLL_SECONDS", "an hour"),
    ("UNKNOWN_PAYMENT_GRACE_SECONDS", "x"),
    ("ABANDON_AFTER_SECONDS", "x"),
    ("SLOW_PAYMENT_METHODS", "ACH_DIRECT_DEBIT"),
    ("SLOW_PAYMENT_METHODS", "ACH_DIRECT_DEBIT=0"),
    ("SLOW_PAYMENT_METHODS", "ACH_DIRECT_DEBIT=7,ACH_DIRECT_DEBIT=8"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_what_is_malformed_is_named_and_not_shown(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(**{name: value})
    assert name in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_plain_http_is_for_this_machine_only(host: str) -> None:
    assert read(ALIPAY_GATEWAY_URL=f"http://{host}:8080/").gateway_url == f"http://{host}:8080"


@pytest.mark.parametrize(
    ("client", "path"), [("SANDBOX_5Y1", "/ams/sandbox/api"), ("5Y1", "/ams/api"), ("sandbox_5Y1", "/ams/api")]
)
def test_the_client_id_chooses_sandbox_or_production(client: str, path: str) -> None:
    assert read(ALIPAY_CLIENT_ID=client).gateway_path == path


GIVEN: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({"TOKENS_AS_HANDLES": "false"}, {"tokens_as_handles": False}),
    ({"TOKENS_AS_HANDLES": ""}, {"tokens_as_handles": True}),
    ({"EXCHANGE_AUTH_CODES": "false"}, {"exchange_auth_codes": False}),
    ({"UNKNOWN_FIELDS": "forward"}, {"unknown_fields": "forward"}),
    ({"UNKNOWN_FIELDS": "refuse"}, {"unknown_fields": "refuse"}),
    ({"UNKNOWN_FIELDS": ""}, {"unknown_fields": "known"}),
    ({"SIGNING_KEY_ID": "key"}, {"signing_key": "key"}),
    ({"REGISTERED_PATH_PREFIX": "/hooks"}, {"registered_path_prefix": "/hooks"}),
    ({"REGISTERED_PATH_PREFIX": "/"}, {"registered_path_prefix": "/"}),
    ({"NOTIFICATION_MAX_AGE_SECONDS": "60"}, {"notification_max_age": 60_000}),
    ({"NOTIFICATION_MAX_AHEAD_SECONDS": "0"}, {"notification_max_ahead": 0}),
    ({"PAYMENT_NOTIFY_URL": "https://a/b"}, {"payment_notify_url": "https://a/b"}),
    ({"AUTH_NOTIFY_URL": "https://a/b"}, {"auth_notify_url": "https://a/b"}),
]


@pytest.mark.parametrize(("environment", "expected"), GIVEN)
def test_what_is_given_is_read(environment: dict[str, str], expected: dict[str, Any]) -> None:
    settings = read(**environment)
    assert {name: getattr(settings, name) for name in expected} == expected


def test_the_timetable_is_read_in_seconds() -> None:
    plan = read(
        PAYMENT_POLL_SECONDS="0.5,1, 2",
        LONGEST_POLL_SECONDS="60",
        UNKNOWN_PAYMENT_GRACE_SECONDS="0",
        ABANDON_AFTER_SECONDS="9",
    ).plan
    assert plan.payments.first == (500, 1_000, 2_000)
    assert (plan.payments.longest, plan.absent_grace, plan.abandon_after) == (60_000, 0, 9_000)


@pytest.mark.parametrize(
    ("given", "days"),
    [("", {"ACH_DIRECT_DEBIT": 7}), ("none", {}), ("A=1, B_2=30", {"A": 1, "B_2": 30})],
)
def test_slow_methods_are_read_in_days(given: str, days: dict[str, int]) -> None:
    plan = read(SLOW_PAYMENT_METHODS=given).plan
    assert plan.slow_methods == {method: number * DAY for method, number in days.items()}


def test_the_defaults_of_the_template_are_the_defaults_of_the_code() -> None:
    parameters = load()["Parameters"]
    pairs = {
        "TOKENS_AS_HANDLES": "TokensAsHandles",
        "EXCHANGE_AUTH_CODES": "ExchangeAuthCodes",
        "UNKNOWN_FIELDS": "UnknownFields",
        "REGISTERED_PATH_PREFIX": "RegisteredPathPrefix",
        "NOTIFICATION_MAX_AGE_SECONDS": "NotificationMaxAgeSeconds",
        "NOTIFICATION_MAX_AHEAD_SECONDS": "NotificationMaxAheadSeconds",
        "PAYMENT_POLL_SECONDS": "PaymentPollSeconds",
        "LONGEST_POLL_SECONDS": "LongestPollSeconds",
        "UNKNOWN_PAYMENT_GRACE_SECONDS": "UnknownPaymentGraceSeconds",
        "ABANDON_AFTER_SECONDS": "AbandonAfterSeconds",
        "SLOW_PAYMENT_METHODS": "SlowPaymentMethods",
    }
    given = {variable: str(parameters[parameter]["Default"]) for variable, parameter in pairs.items()}
    assert read(**given) == read()


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("", 0),
        (" ", 0),
        ("2026-11-30T23:10:00Z", 1_796_080_200_000),
        ("2026-12-01T07:10:00+08:00", 1_796_080_200_000),
        ("2026-11-30T23:10Z", 1_796_080_200_000),
    ],
)
def test_the_moment_of_a_restore_reaches_the_plan(told: str, moment: int) -> None:
    assert read(RESTORED_AT=told).plan.restored_at == moment


def test_the_plan_knows_the_client_id_whatever_becomes_of_the_settings() -> None:
    made = read()
    assert made.plan.client_id == "SANDBOX_5Y0000000000000001"
    assert replace(made, client_id="5Y2").plan.client_id == "5Y2"
    assert replace(made, plan=Plan()).plan == Plan(client_id="SANDBOX_5Y0000000000000001")
