"""docs/api.md has every route of ours, with a request that the models accept and an answer that they read."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from autodebit import contract
from autodebit.contract import RequestModel, ResponseModel
from tests.unit.template.resources import MERCHANT_ROUTES

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
SECTIONS = dict(re.findall(r"^### POST (\S+)\n(.*?)(?=^##|\Z)", PAGE, re.M | re.S))
ROUTES = {name: paths[0] for name, paths in MERCHANT_ROUTES.items()}


def models_of(name: str) -> tuple[type[RequestModel], type[ResponseModel]]:
    return getattr(contract, f"{name}Request"), getattr(contract, f"{name}Response")


def examples_in(section: str) -> list[dict[str, Any]]:
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", section, re.S)]


def test_every_route_has_its_section_and_no_section_is_of_another() -> None:
    assert set(SECTIONS) == set(ROUTES.values())


@pytest.mark.parametrize("name", ROUTES)
def test_a_routes_examples_are_what_the_models_take_and_read(name: str) -> None:
    section, (request, response) = SECTIONS[ROUTES[name]], models_of(name)
    asked, answered, *_ = examples_in(section)
    request.model_validate(asked)
    assert set(answered) <= set(response.wire_names()), "an answer with fields that the contract does not know"
    read = response.read(answered)
    assert all(
        getattr(read, response.wire_names()[field]) is not None for field in answered if answered[field] is not None
    )


@pytest.mark.parametrize("name", ROUTES)
def test_a_section_says_what_is_idempotent_and_what_to_do(name: str) -> None:
    section = SECTIONS[ROUTES[name]]
    if "nquiry" not in name:
        assert re.search(r"\*\*Idempotency key:?\*\*|[Ii]dempotency key|repeat", section)
    assert re.search(r"^\| .*\|$", section, re.M) or "FAIL" in section, "a table of what a caller hears"
