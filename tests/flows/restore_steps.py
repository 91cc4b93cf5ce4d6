"""Steps of an operator who puts a point-in-time copy of the table into use."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.support.world import World

Rows = list[Mapping[str, Any]]


def snapshot(world: World) -> Rows:
    items: Rows = world.dynamodb.scan(TableName=world.table, ConsistentRead=True)["Items"]
    return items


def restore(world: World, items: Rows) -> None:
    """The table of *items* is put into use now, and the deployment is told."""
    fresh = world.engine.new_table(world.table + "-r")
    for item in items:
        world.dynamodb.put_item(TableName=fresh, Item=item)
    world.table = fresh
    plan = replace(world.settings.plan, restored_at=world.clock.now())
    world.settings = replace(world.settings, plan=plan)
