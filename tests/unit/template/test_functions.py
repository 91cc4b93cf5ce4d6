"""A function's logical id, folder, handler, log group and route belong together, and all stanzas have one shape."""

import re
from typing import Any

import pytest

from tests.support.template import ROOT, load
from tests.unit.template.resources import (
    ASYNCHRONOUS,
    MERCHANT_ROUTES,
    NOTIFY_URLS,
    SCHEDULES,
    SPI_ROUTES,
    folder_of,
    functions,
    of_type,
    routes,
)

NAMES = sorted(functions(load()))
ORDER = ["CodeUri", "Policies", "LoggingConfig", "Timeout", "Environment", "EventInvokeConfig", "Events"]
ALWAYS = {"CodeUri", "Policies", "LoggingConfig"}


def test_every_folder_has_its_function_and_every_function_its_folder() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    assert folders == {folder_of(name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_code_and_logs_are_named_after_the_function(template: dict[str, Any], name: str) -> None:
    properties = functions(template)[name]
    assert properties["CodeUri"] == f"functions/{folder_of(name)}"
    assert properties["LoggingConfig"] == {"LogGroup": {"Ref": f"{name}Logs"}}
    group = template["Resources"][f"{name}Logs"]
    assert group["Type"] == "AWS::Logs::LogGroup"
    assert group["Properties"]["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/${{AWS::StackName}}/{folder_of(name)}"}


@pytest.mark.parametrize("name", NAMES)
def test_stanzas_have_one_shape(template: dict[str, Any], name: str) -> None:
    resource = template["Resources"][name]
    assert list(resource) == ["Type", "Properties"]
    said = list(resource["Properties"])
    assert said == [key for key in ORDER if key in said], "an unexpected property, or out of order"
    assert set(said) >= ALWAYS


def test_what_all_functions_share_is_said_once(template: dict[str, Any]) -> None:
    shared = template["Globals"]["Function"]
    assert (shared["Handler"], shared["Runtime"], shared["Timeout"]) == ("app.handler", "python3.13", 25)
    assert shared["Tracing"] == "Active"
    for folder in (ROOT / "functions").iterdir():
        assert re.search(r"^def handler\(", (folder / "app.py").read_text(), re.M), folder.name
        assert {path.name for path in folder.iterdir()} <= {"app.py", "__pycache__"}, "dependencies belong in layers"


def test_every_route_belongs_to_its_function_and_gateway(template: dict[str, Any]) -> None:
    found = {name: routes(properties) for name, properties in functions(template).items() if routes(properties)}
    expected = {name: [("MerchantApi", "post", path) for path in paths] for name, paths in MERCHANT_ROUTES.items()}
    expected |= {name: [("AlipayApi", "post", path) for path in paths] for name, paths in SPI_ROUTES.items()}
    assert found == expected
    assert set(found) | ASYNCHRONOUS == set(NAMES)


def test_timeouts_fit_what_waits_for_the_function(template: dict[str, Any]) -> None:
    given = {name: properties.get("Timeout", 25) for name, properties in functions(template).items()}
    assert {given[name] for name in MERCHANT_ROUTES} == {25}
    assert {given[name] for name in SPI_ROUTES} == {15}
    assert {name: given[name] for name in SCHEDULES} == {name: timeout for name, (_, timeout) in SCHEDULES.items()}


def test_every_schedule_wakes_its_function_as_often_as_its_work_needs(template: dict[str, Any]) -> None:
    for name, (rate, _) in SCHEDULES.items():
        (event,) = functions(template)[name]["Events"].values()
        assert (event["Type"], event["Properties"]["Schedule"]) == ("Schedule", rate), name


def test_a_notification_url_is_sent_by_who_needs_it_and_is_the_url_to_register(template: dict[str, Any]) -> None:
    given = {
        name: properties.get("Environment", {}).get("Variables") for name, properties in functions(template).items()
    }
    urls = {
        name: {variable: {"Fn::Sub": f"${{AlipayApiBase.Value}}{SPI_ROUTES[spi][0]}"}}
        for name, (variable, _, spi) in NOTIFY_URLS.items()
    }
    assert {name: variables for name, variables in given.items() if variables} == urls
    for name, (variable, output, _) in NOTIFY_URLS.items():
        assert template["Outputs"][output]["Value"] == urls[name][variable]
    condition, own, foreign = template["Resources"]["AlipayApiBase"]["Properties"]["Value"]["Fn::If"]
    assert (condition, foreign) == ("OwnAlipayUrl", {"Ref": "AlipayApiUrl"})
    stage = template["Resources"]["AlipayApi"]["Properties"]["StageName"]
    assert own["Fn::Sub"] == f"https://${{AlipayApi}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/{stage}"


def test_the_table_of_contents_names_the_sections_in_their_order() -> None:
    text = (ROOT / "template.yaml").read_text()
    contents = re.findall(r"^#   (.+)$", text[: text.index("\nParameters:")], re.M)
    assert len(contents) > 10
    assert contents == re.findall(r"^ *# -{5,} (.+)$", text, re.M)


def test_every_log_group_forgets(template: dict[str, Any], expanded: dict[str, Any]) -> None:
    for name, group in of_type(template, "AWS::Logs::LogGroup").items():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name
    for name, function in of_type(expanded, "AWS::Lambda::Function").items():
        logging = function["Properties"]["LoggingConfig"]
        assert logging == {"LogFormat": "JSON", "LogGroup": {"Ref": f"{name}Logs"}}


def test_what_the_code_reads_from_its_environment_is_what_the_template_sets(template: dict[str, Any]) -> None:
    code = "".join((path).read_text() for path in (ROOT / "layers" / "autodebit" / "autodebit").rglob("*.py"))
    read = set(re.findall(r"environ(?:ment)?(?:\.get\(|\[)\"([A-Z_]+)\"", code))
    read |= set(re.findall(r"_[a-z]+\(environment, \"([A-Z_]+)\"", code))
    given = set(template["Globals"]["Function"]["Environment"]["Variables"])
    for properties in functions(template).values():
        given |= set(properties.get("Environment", {}).get("Variables", {}))
    assert len(read) > 10, "the way the code reads its environment has changed; mend this test"
    assert read <= given
    assert given <= read | {"ENVIRONMENT_NAME", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"}
