"""template.yaml as data: tests take definitions from it, so that they cannot drift from what is deployed."""

import functools
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _short_form)


def load(name: str = "template.yaml") -> dict[str, Any]:
    """The template with short forms written out."""
    data: dict[str, Any] = yaml.load((ROOT / name).read_text(), Loader=_Loader)
    return data


@functools.cache
def table_definition() -> dict[str, Any]:
    """What CreateTable takes, from the template's Table."""
    properties = load()["Resources"]["Table"]["Properties"]
    names = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")
    stream = {"StreamEnabled": True, **properties["StreamSpecification"]}
    return {**{name: properties[name] for name in names}, "StreamSpecification": stream}
