"""Parameters explain themselves, refuse what cannot be meant, and are used."""

import json
import re
import tomllib
from typing import Any

import pytest

from autodebit.config import read_settings
from tests.support.template import ROOT, load

PARAMETERS = load()["Parameters"]


def restored_at(moment: str) -> int:
    needed = ("TABLE_NAME", "ALIPAY_CLIENT_ID", "ALIPAY_KEYS_SECRET", "TOKEN_KEY_ID")
    environment = {**dict.fromkeys(needed, "x"), "ALIPAY_GATEWAY_URL": "https://open.example.com"}
    return read_settings({**environment, "RESTORED_AT": moment}).plan.restored_at


WITHOUT_DEFAULT = {"AlipayClientId"}  # any default would be somebody else's
FREE = {"CallerPrincipals"}  # a list type: CloudFormation has no pattern for its parts


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_a_parameter_is_described_limited_and_has_a_default(name: str) -> None:
    given = PARAMETERS[name]
    assert given["Description"].endswith((".", ")."))
    assert ("Default" in given) == (name not in WITHOUT_DEFAULT)
    assert name in FREE or {"AllowedPattern", "AllowedValues", "MinValue"} & set(given)
    if "AllowedPattern" in given and "Default" in given:
        assert re.fullmatch(given["AllowedPattern"], given["Default"])


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_a_parameter_is_used(template: dict[str, Any], name: str) -> None:
    rest = json.dumps({part: template[part] for part in ("Conditions", "Globals", "Resources", "Outputs")})
    assert f'{{"Ref": "{name}"}}' in rest or f"${{{name}}}" in rest


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("AlipayGatewayUrl", "http://open-sea-global.alipay.com"),
        ("AlipayGatewayUrl", "https://open-sea-global.alipay.com/ams/api"),
        ("AlipayClientId", ""),
        ("AlipayApiUrl", "https://pay.example.com/live/"),
        ("RegisteredPathPrefix", "live"),
        ("PaymentPollSeconds", "2,,3"),
        ("RefundPollSeconds", "15;30"),
        ("DeclarationPollSeconds", ""),
        ("RegistrationPollSeconds", "1m"),
        ("SlowPaymentMethods", "ACH_DIRECT_DEBIT"),
        ("SlowPaymentMethods", ""),
        ("VpcEndpointId", "vpc-0123456789abcdef0"),
        ("RestoredAt", "2026-11-30"),
        ("RestoredAt", "2026-11-30T23:10:00"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(name: str, refused: str) -> None:
    assert not re.fullmatch(PARAMETERS[name]["AllowedPattern"], refused)


@pytest.mark.parametrize("moment", ["2026-11-30T23:10:00Z", "2026-12-01T07:10+08:00", ""])
def test_a_moment_that_the_template_takes_the_functions_take_too(moment: str) -> None:
    assert re.fullmatch(PARAMETERS["RestoredAt"]["AllowedPattern"], moment)
    assert (restored_at(moment) > 0) == bool(moment)


def test_the_environments_of_samconfig_set_known_parameters() -> None:
    configured = tomllib.loads((ROOT / "samconfig.toml").read_text())
    environments = {name for name, value in configured.items() if isinstance(value, dict)}
    assert environments == {"default", "staging", "prod"}
    for name in environments:
        for override in configured[name]["deploy"]["parameters"]["parameter_overrides"]:
            parameter, _, value = override.partition("=")
            assert parameter in PARAMETERS, (name, parameter)
            assert value in map(str, PARAMETERS[parameter].get("AllowedValues", [value])), (name, parameter)
    assert "DeletionProtection=false" not in configured["prod"]["deploy"]["parameters"]["parameter_overrides"]
