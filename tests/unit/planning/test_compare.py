"""Many live tasks against a spec's: what is told of them, and what it takes to know it."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from azure.batch.models import MetadataItem
from hypothesis import given, strategies as st

from batchspec.compiler.program import Bodies, Program
from batchspec.planning import tasks
from batchspec.planning.differences import differences
from batchspec.planning.tasks import SHOWN, compare
from batchspec.ports import TASKS_KEY, JobView
from batchspec.run.look import plan_of
from batchspec.service.bodies import wire
from tests.support.programs import job_of, program
from tests.support.world import World

IDS = [f"t{at}" for at in range(12)]
MADE = program(IDS)
JOB = JobView("demo-job", "active", "1", {}, "demo-pool", armed=True, body={})
CHANGES: Mapping[str, Mapping[str, Any]] = {
    "same": {},
    "fixed": {"commandLine": "/bin/other", "displayName": "x"},
    "limit": {"constraints": {"maxTaskRetryCount": 3}},
    "completed": {"constraints": {"maxTaskRetryCount": 3}, "state": "completed"},
}


def live(task_id: str, kind: str) -> dict[str, Any]:
    """The service's JSON of a task of the spec, with a change; in letters of its own."""
    return {"state": "active", "commandLine": "/bin/true", **CHANGES[kind], "id": task_id.upper()}


@st.composite
def lives(draw: st.DrawFn) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Kinds of change by id, of the tasks that are there; and what the service tells of them, in some order."""
    kinds = draw(st.dictionaries(st.sampled_from([*IDS, "gone"]), st.sampled_from([*CHANGES])))
    return kinds, draw(st.permutations([live(task_id, kind) for task_id, kind in kinds.items()]))


@given(lives())
def test_what_differs_is_told_in_the_order_of_the_spec_whatever_the_services_is(
    case: tuple[dict[str, str], list[dict[str, Any]]],
) -> None:
    kinds, bodies = case

    found = compare(MADE, JOB, bodies)

    def those(kind: str) -> list[str]:
        return [task_id for task_id in IDS if kinds.get(task_id) == kind]

    assert list(found.new) == [task_id for task_id in IDS if task_id not in kinds]
    assert list(found.gone) == ["GONE"] * ("gone" in kinds)
    assert list(found.fixed) == those("fixed")
    assert all(len(found.fixed[task_id]) == 2 for task_id in those("fixed")[:SHOWN]), "all that differs is told of them"
    assert found.completed == len(those("completed"))
    if not found.fixed:
        assert list(found.limits) == those("limit")


def test_a_plan_makes_the_body_of_each_task_once() -> None:
    world, made = World(), 0
    world.apply(MADE)

    other = changed()

    def body(at: int) -> Any:
        nonlocal made
        made += 1
        return other.tasks[at].body

    many = replace(other, tasks=Bodies(IDS, body, lambda at: other.tasks[at].origin, keeps=False))

    plan = plan_of(many, world.batch, world.blobs, world.clock)

    assert [change.action.value for change in plan.changes if change.kind == "job"] == ["replace"]
    assert made == len(IDS)


def changed() -> Program:
    """The same job with another command for every task."""
    other = program(IDS)
    for one in other.tasks:
        one.body.command_line = "/bin/false"
    job_of(other).metadata.append(MetadataItem(name=TASKS_KEY, value="others"))
    return other


def test_once_enough_is_told_no_second_difference_of_a_task_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, int] = dict.fromkeys(IDS, 0)

    def counted(body: Any, there: Mapping[str, Any], **more: Any) -> Iterator[Any]:
        for one in differences(body, there, **more):
            found[body.id] += 1
            yield one

    monkeypatch.setattr(tasks, "differences", counted)
    other = changed()
    for one in other.tasks:
        one.body.required_slots = 2

    compare(other, JOB, [{**wire(made.body), "state": "active"} for made in MADE.tasks])

    assert [*found.values()] == [2] * SHOWN + [1] * (len(IDS) - SHOWN)


class Told(dict[str, Any]):
    """A live task, of which it can be seen whether somebody keeps it."""


def test_of_live_tasks_none_is_kept() -> None:
    seen: list[weakref.ref[Told]] = []

    def bodies() -> Iterator[Told]:
        for task_id in IDS:
            assert sum(one() is not None for one in seen) <= 1, "the last one at most"
            told = Told(live(task_id, "fixed"))
            seen.append(weakref.ref(told))
            yield told
            del told

    assert len(compare(MADE, JOB, bodies()).fixed) == len(IDS)
