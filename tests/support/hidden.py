"""A small program whose pool and job hold values that the service never tells, and a world it was applied in."""

from __future__ import annotations

from typing import Any

import yaml

from batchspec.compiler.program import Program
from batchspec.planning import Change, Plan
from batchspec.run import Options
from batchspec.run.look import plan_of
from tests.support.imports import compiled
from tests.support.wire_values import NEW
from tests.support.world import World

ONE, TWO = "s3cret-1", "s3cret-2"
YES = Options(agree=lambda _plan: True, wait=False, force=True, adopt=True)
BASE: dict[str, Any] = {
    "batchspec": "v1",
    "name": "demo",
    "api_version": NEW,
    "pool": {"id": "p", "vm_size": "Standard_D2s_v5", "image": "ubuntu-24.04", "nodes": {"dedicated": 1}},
    "job": {"id": "j"},
    "tasks": [{"id": "a", "command": "ls"}],
}


def spec(pool: Any = None, job: Any = None, **others: Any) -> Program:
    """The program of the base with more in its pool and job."""
    made = {**BASE, "pool": {**BASE["pool"], **(pool or {})}, "job": {**BASE["job"], **(job or {})}, **others}
    return compiled(yaml.safe_dump(made))


def applied(made: Program, world: World | None = None) -> World:
    """A world in which it was applied; its pools get no nodes, and no task ever runs."""
    world = world or World(nodes=0)
    world.apply(made, YES)
    return world


def planned(made: Program, world: World) -> Plan:
    return plan_of(made, world.batch, world.blobs, world.clock, YES)


def account(password: str) -> dict[str, Any]:
    return {"user_accounts": [{"name": "u", "password": password}]}


def container(password: str, **others: Any) -> dict[str, Any]:
    registry = {"user_name": "u", "password": password}
    return {"command": "ls", "container_settings": {"image_name": "i", "registry": registry}, **others}


def fetching(signature: str) -> dict[str, Any]:
    return {"command": "ls", "inputs": [{"url": f"https://a.b/c?sig={signature}", "to": "c"}]}


DAILY = {"schedule": {"every": "1d"}}


def live(world: World, kind: str) -> Any:
    """The body of what is there."""
    return _view(world, kind).body


def metadata(world: World, kind: str) -> Any:
    """The metadata of what is there."""
    return _view(world, kind).metadata


def _view(world: World, kind: str) -> Any:
    if kind == "job_schedule":
        return world.batch.schedules["j"]
    return (world.batch.pools["p"] if kind == "pool" else world.batch.jobs["j"]).view


def change_of(plan: Plan, kind: str) -> Change:
    found = plan.of(kind)
    assert found is not None
    return found


def body_of(made: Program, kind: str) -> Any:
    found = {"pool": made.pool, "job": made.job, "job_schedule": made.schedule}[kind]
    assert found is not None
    return found.body
