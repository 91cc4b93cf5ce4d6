"""Alarms reach somebody, watch metrics that exist, and the dashboard can be read."""

import json
import re
from typing import Any

from tests.support.template import ROOT, load
from tests.unit.template.resources import ASYNCHRONOUS, of_type

OBSERVABILITY = load("observability.yaml")
ALARMS = {name: found["Properties"] for name, found in of_type(OBSERVABILITY, "AWS::CloudWatch::Alarm").items()}


def test_every_alarm_says_what_is_wrong_and_tells_the_topic() -> None:
    for name, alarm in ALARMS.items():
        assert len(alarm["AlarmDescription"]) > 40, name
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}], name
        assert alarm["TreatMissingData"] in ("notBreaching", "breaching"), name


def test_alarms_on_our_own_metrics_watch_metrics_that_the_code_counts() -> None:
    code = "".join(path.read_text() for path in (ROOT / "layers" / "autodebit" / "autodebit").rglob("*.py"))
    counted = {name for call in re.findall(r"\bmetric\(([^)]*)\)", code) for name in re.findall(r"\"(\w+)\"", call)}
    ours = {alarm["MetricName"] for alarm in ALARMS.values() if alarm["Namespace"] == {"Ref": "Namespace"}}
    assert ours
    assert ours <= counted


def test_what_runs_in_the_background_has_alarms() -> None:
    watched = {(alarm["MetricName"], str(alarm["Dimensions"][0]["Value"])) for alarm in ALARMS.values()}
    for function in ASYNCHRONOUS:
        assert ("Errors", str({"Ref": f"{function}Name"})) in watched
    assert ("IteratorAge", str({"Ref": "PublishEventsName"})) in watched
    for function in ("PollPayments", "PollRegistrations"):  # others run too seldom for their absence to be soon seen
        assert ("Invocations", str({"Ref": f"{function}Name"})) in watched


def test_the_nested_stack_is_given_exactly_its_parameters(template: dict[str, Any]) -> None:
    nested = template["Resources"]["Observability"]["Properties"]
    assert set(nested["Parameters"]) == set(OBSERVABILITY["Parameters"])
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    assert nested["Parameters"]["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
    service = {d["Value"] for alarm in ALARMS.values() for d in alarm["Dimensions"] if d["Name"] == "service"}
    assert service == {variables["POWERTOOLS_SERVICE_NAME"]}


def test_the_dashboard_is_json() -> None:
    body = OBSERVABILITY["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert len(json.loads(body)["widgets"]) == 5
