"""Each function has a sample event of its own: its own route, and a body that its contract accepts."""

import json
from typing import Any

import pytest

from autodebit import contract
from autodebit.contract import RequestModel, ResponseModel
from tests.support.events import sample
from tests.support.template import ROOT
from tests.unit.template.resources import MERCHANT_ROUTES, SCHEDULES, SPI_ROUTES, folder_of, functions

ROUTES = {**MERCHANT_ROUTES, **SPI_ROUTES}


def test_every_function_has_a_sample_event(template: dict[str, Any]) -> None:
    found = {path.stem for path in (ROOT / "events").glob("*.json")}
    assert found == {folder_of(name) for name in functions(template)}


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_a_sample_has_the_route_of_its_function(name: str) -> None:
    event, route = sample(folder_of(name)), ROUTES[name][0]
    assert [event["resource"], event["path"], event["requestContext"]["resourcePath"]] == [route] * 3
    assert event["requestContext"]["path"] == "/live" + route
    assert event["multiValueHeaders"] == {key: [value] for key, value in event["headers"].items()}


def test_no_two_samples_are_the_same_request() -> None:
    assert len({sample(folder_of(name))["requestContext"]["requestId"] for name in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize("name", sorted(MERCHANT_ROUTES))
def test_the_contract_accepts_the_body_of_a_sample(name: str) -> None:
    body, model = json.loads(sample(folder_of(name))["body"]), getattr(contract, f"{name}Request")
    assert issubclass(model, RequestModel)
    assert set(model.model_validate(body).to_wire()) == set(body)


@pytest.mark.parametrize("name", sorted(SPI_ROUTES))
def test_all_of_a_sample_notification_is_understood(name: str) -> None:
    body, model = json.loads(sample(folder_of(name))["body"]), getattr(contract, f"{name}Request")
    assert issubclass(model, ResponseModel)
    read = model.read(body)
    assert read.model_extra == {}
    names = model.wire_names()
    assert [field for field in body if getattr(read, names[field]) is None] == []


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_a_sample_of_a_schedule_comes_from_its_rule(name: str, template: dict[str, Any]) -> None:
    event = sample(folder_of(name))
    (rule,) = functions(template)[name]["Events"]
    assert (event["source"], event["detail-type"]) == ("aws.events", "Scheduled Event")
    assert f":rule/auto-debit-{name}{rule}-" in event["resources"][0]
