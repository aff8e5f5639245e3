"""The law of apply: whatever becomes of a spec, and whenever, one apply later there is nothing to do."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings, strategies as st

from batchspec.errors import UsageError
from batchspec.planning.document import document
from batchspec.planning.markdown import render as markdown
from batchspec.planning.text import render
from batchspec.run import Options
from batchspec.run.look import plan_of
from batchspec.service.bodies import wire
from tests.support.fakes import Behaviour
from tests.support.project import Project
from tests.support.world import World

BASE: dict[str, Any] = {
    "batchspec": "v1",
    "name": "demo",
    "pool": {
        "id": "p",
        "vm_size": "Standard_D2s_v5",
        "image": "ubuntu-24.04",
        "nodes": {"dedicated": 2},
        "task_slots_per_node": 2,
        "start_task": {"run": "ls"},
    },
    "job": {"id": "j", "timeout": "2h", "environment": {"MODE": "fast"}},
    "tasks": [{"id": "a", "command": "/bin/a"}, {"id": "b", "command": "/bin/b", "depends_on": ["a"]}],
}
Edit = tuple[tuple[str, ...], Any]  # a path, and a value for it; None takes it away
IDS = ("a", "b", "c", "d")
EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.tuples(st.just(("pool", "vm_size")), st.sampled_from(["Standard_D2s_v5", "Standard_D4s_v5"])),
    st.tuples(st.just(("pool", "image")), st.sampled_from(["ubuntu-24.04", "ubuntu-22.04"])),
    st.tuples(
        st.just(("pool", "nodes")),
        st.sampled_from(
            [
                {"dedicated": 1},
                {"dedicated": 3},
                {"dedicated": 1, "spot": 1},
                {"autoscale": {"formula": "$TargetDedicatedNodes = 2;"}},
                {"autoscale": {"formula": "$TargetDedicatedNodes = 1;", "interval": "10m"}},
            ]
        ),
    ),
    st.tuples(st.just(("pool", "task_slots_per_node")), st.sampled_from([None, 1, 2, 4])),
    st.tuples(st.just(("pool", "lifetime")), st.sampled_from([None, "1d", "2d"])),
    st.tuples(st.just(("pool", "resize_timeout")), st.sampled_from([None, "30m"])),
    st.tuples(st.just(("pool", "display_name")), st.sampled_from([None, "one", "two"])),
    st.tuples(st.just(("pool", "metadata")), st.sampled_from([None, {"team": "x"}, {"team": "y", "cost": "1"}])),
    st.tuples(
        st.just(("pool", "start_task")),
        st.sampled_from([None, {"run": "ls"}, {"run": "pwd", "elevated": True}, {"run": "ls", "retries": 2}]),
    ),
    st.tuples(st.just(("job", "timeout")), st.sampled_from([None, "3h", "4h"])),
    st.tuples(st.just(("job", "priority")), st.sampled_from([None, 0, 5])),
    st.tuples(st.just(("job", "retries")), st.sampled_from([None, 0, 2])),
    st.tuples(st.just(("job", "environment")), st.sampled_from([None, {"MODE": "slow"}, {"A": "1", "B": "2"}])),
    st.tuples(st.just(("job", "prepare")), st.sampled_from([None, {"run": "true"}, {"run": "ls", "elevated": True}])),
    st.tuples(st.just(("job", "metadata")), st.sampled_from([None, {"k": "v"}])),
    st.tuples(
        st.just(("on_finish",)), st.sampled_from([None, {"pool": "scale_to_zero"}, {"pool": "keep", "job": "keep"}])
    ),
    st.tuples(st.sampled_from([("task", name) for name in IDS]), st.booleans()),  # there, or not
    st.tuples(st.sampled_from([("task", name, "command") for name in IDS]), st.sampled_from(["/bin/x", "/bin/y"])),
    st.tuples(st.sampled_from([("task", name, "timeout") for name in IDS]), st.sampled_from([None, "1h", "2h"])),
    st.tuples(st.sampled_from([("task", name, "retention") for name in IDS]), st.sampled_from([None, "1d"])),
    st.tuples(
        st.sampled_from([("task", name, "environment") for name in IDS]), st.sampled_from([None, {"K": "1"}, {}])
    ),
    st.tuples(st.sampled_from([("task", name, "required_slots") for name in IDS]), st.sampled_from([None, 1])),
    st.tuples(st.sampled_from([("task", name, "depends_on") for name in IDS[1:]]), st.sampled_from([None, ["a"]])),
)
MOMENTS = st.sampled_from([0.0, 1.0, 30.0, 150.0, 2000.0])
LONG = {name: Behaviour(seconds=100.0) for name in IDS}


def edited(spec: dict[str, Any], edit: Edit) -> dict[str, Any]:
    """The spec with the edit, as far as it can be made: dependencies name what is there, and some task is."""
    made = copy.deepcopy(spec)
    path, value = edit
    if path[0] == "task":
        _task(made["tasks"], path[1], path[2:], value)
    else:
        owner = made
        for key in path[:-1]:
            owner = owner[key]
        if value is None:
            owner.pop(path[-1], None)
        else:
            owner[path[-1]] = value
    ids = {task["id"] for task in made["tasks"]}
    for task in made["tasks"]:
        if not set(task.get("depends_on", ())) <= ids - {task["id"]}:
            del task["depends_on"]
    return made


def _task(tasks: list[dict[str, Any]], name: str, rest: tuple[str, ...], value: Any) -> None:
    found = next((task for task in tasks if task["id"] == name), None)
    if not rest:
        if value and found is None:
            tasks.append({"id": name, "command": f"/bin/{name}"})
        elif not value and found is not None and len(tasks) > 1:
            tasks.remove(found)
    elif found is not None and value is None:
        found.pop(rest[0], None)
    elif found is not None:
        found[rest[0]] = value


class History:
    """Which content each task id of each job has had."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen: dict[tuple[int, str], Any] = {}
        self._jobs: list[Any] = []  # kept, so that none of their identities comes again

    def look(self) -> None:
        for job in self._world.batch.jobs.values():
            self._jobs.append(job)
            for task_id, task in job.tasks.items():
                body = {key: value for key, value in wire(task.body).items() if key != "constraints"}
                assert self._seen.setdefault((id(job), task_id), body) == body, task_id


def destroyed(world: World) -> list[str]:
    return [line for line in world.batch.log if line.startswith(("disable", "terminate"))] + sorted(
        [view.view.id for view in world.batch.jobs.values() if view.view.state == "deleting"]
        + [view.view.id for view in world.batch.pools.values() if view.view.state == "deleting"]
    )


def tried(action: Callable[[], Any]) -> bool:
    try:
        action()
    except UsageError:
        return False
    return True


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.tuples(st.lists(EDITS, min_size=1, max_size=3), MOMENTS), min_size=1, max_size=4))
def test_after_each_apply_of_an_edited_spec_there_is_nothing_to_do(steps: list[tuple[list[Edit], float]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project, world, spec = Project(Path(folder)), World(LONG), BASE
        history = History(world)
        world.apply(project.program(yaml.safe_dump(spec)), Options(wait=False))
        for edits, moment in steps:
            world.clock.sleep(moment)
            history.look()
            for edit in edits:
                spec = edited(spec, edit)
            made = project.program(yaml.safe_dump(spec))
            world_of = (world.batch, world.blobs, world.clock)
            first, again = plan_of(made, *world_of), plan_of(made, *world_of)
            before = (destroyed(world), {name: set(job.tasks) for name, job in world.batch.jobs.items()})

            agreed = tried(lambda made=made: world.apply(made, Options(wait=False)))  # type: ignore[misc]

            assert first == again
            assert [render(first), markdown([first]), document([first])] == [
                render(again), markdown([again]), document([again])
            ]  # fmt: skip
            assert agreed == (not first.destroys)
            if not agreed:
                after = (destroyed(world), {name: set(job.tasks) for name, job in world.batch.jobs.items()})
                assert after == before
                world.apply(made, Options(wait=False, force=True, agree=lambda _plan: True))
            history.look()
            left = plan_of(made, *world_of)
            assert left.empty, (edits, render(first), render(left))
            assert len(world.batch.pools) == len(world.batch.jobs) == 1
            job = world.batch.jobs["j"]
            assert job.view.armed or job.view.state == "completed"
            assert set(job.tasks) == {task["id"] for task in spec["tasks"]} or job.view.state == "completed"
