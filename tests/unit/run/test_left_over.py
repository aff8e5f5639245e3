"""What a spec has made under other ids goes on costing: a plan and a destroy tell of it, and leave it alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from batchspec.errors import Unauthorized
from batchspec.planning import Plan
from batchspec.planning.document import document
from batchspec.planning.live import Left
from batchspec.planning.markdown import render as as_markdown
from batchspec.planning.text import render
from batchspec.run import Options
from batchspec.run.destroy import destroy
from batchspec.run.events import Kept
from batchspec.run.look import plan_of
from tests.support.fakes import Behaviour
from tests.support.project import Project
from tests.support.world import World, of

BASE = """\
batchspec: v1
name: demo
pool: {id: act, vm_size: Standard_D2s_v5, image: ubuntu-24.04, nodes: {dedicated: 2}}
job: {id: j}
tasks: [{id: a, command: /bin/true}]
"""
DAILY = BASE.replace("tasks:", "schedule: {every: 1d, credential: account_key}\ntasks:")
LATER = Options(wait=False, agree=lambda _plan: True)
HOW = "the spec made it with other parameters, or before it was changed"


def a_world(project: Project, text: str = BASE) -> World:
    world = World({"a": Behaviour(seconds=600.0)})
    world.apply(project.program(text), LATER)
    return world


def planned(world: World, project: Project, text: str) -> Plan:
    return plan_of(project.program(text), world.batch, world.blobs, world.clock)


CHANGES: dict[str, tuple[str, str, list[Left]]] = {  # what was applied, and how it is edited
    "nothing": (BASE, BASE, []),
    "another pool": (BASE, BASE.replace("act", "act2"), [Left("pool", "act", 2)]),
    "another job": (BASE, BASE.replace("id: j}", "id: k}"), [Left("job", "j")]),
    "no job": (BASE, BASE[: BASE.index("job:")], [Left("job", "j")]),
    "another schedule": (DAILY, DAILY.replace("id: j}", "id: k}"), [Left("job schedule", "j")]),
    "another name": (BASE, BASE.replace("demo", "other").replace("act", "act2"), []),
    "the case of an id": (BASE, BASE.replace("act", "ACT"), []),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_plan_tells_what_is_live_of_the_spec_and_no_longer_in_it(project: Project, case: str) -> None:
    before, after, wanted = CHANGES[case]
    world = a_world(project, before)

    plan = planned(world, project, after)

    assert list(plan.left) == wanted


def test_it_is_told_in_every_form_of_a_plan_and_is_no_change(project: Project) -> None:
    world = a_world(project)
    made = BASE.replace("act", "act2")
    world.apply(project.program(made), LATER)

    plan = planned(world, project, made)

    told = f"note: pool act is still there, with 2 nodes: {HOW}"
    assert plan.empty
    assert told in render(plan)
    assert told in as_markdown([plan])
    assert json.loads(json.dumps(document([plan])))["plans"][0]["left"] == [{"kind": "pool", "id": "act", "nodes": 2}]


def test_of_many_only_the_first_are_named(project: Project) -> None:
    world = World({"a": Behaviour(seconds=600.0)})
    for at in range(8):
        world.apply(project.program(BASE.replace("id: j}", f"id: j{at}}}")), LATER)

    text = render(planned(world, project, BASE))

    assert "note: job j0 is still there" in text
    assert "job j5" not in text
    assert "note: 3 more of this spec are still there" in text


def test_runs_of_the_same_job_and_what_has_ended_are_not_told(project: Project) -> None:
    world = World()
    world.apply(project.program(BASE))

    plan = planned(world, project, BASE.replace("id: j}", "id: k}"))

    assert not plan.left


def test_who_may_not_list_still_has_a_plan(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    world = a_world(project)

    def refuse(*_: Any, **__: Any) -> Any:
        raise Unauthorized("no", status=403)

    monkeypatch.setattr(world.batch, "list_pools", refuse)

    assert planned(world, project, BASE).empty


def test_a_destroy_leaves_it_and_says_so(project: Project) -> None:
    world = a_world(project)
    made = project.program(BASE.replace("act", "act2"))
    world.apply(made, LATER)

    events = list(destroy(made, world.batch, world.blobs, world.clock))

    assert Kept("pool", "act", HOW) in of(events, Kept)
    assert list(world.batch.pools) == ["act"]
